package permission_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/permission"
)

// call is a call of any tool in a usual place. The input is JSON.
func call(tool, input string) permission.Call {
	return permission.Call{Tool: tool, Input: json.RawMessage(input), Cwd: "/home/u/proj", Home: "/home/u"}
}

// TestTools holds one rule each, as allow, ask and deny, against calls of other tools than Bash.
func TestTools(t *testing.T) {
	const (
		never = ""
		all   = "allow ask deny"
	)
	for _, row := range []struct {
		rule, tool, input string
		matches           string // the kinds of rule that speak, or "deny?" where the person is asked
	}{
		{"Read", "Read", `{"file_path":"x"}`, all},
		{"Read", "Grep", `{"pattern":"x"}`, all},
		{"Read", "Glob", `{"pattern":"x"}`, all},
		{"Read", "Edit", `{"file_path":"x"}`, never},
		{"Edit", "Write", `{"file_path":"x"}`, all},
		{"Edit", "MultiEdit", `{"file_path":"x"}`, all},
		{"Edit", "NotebookEdit", `{"notebook_path":"x"}`, all},
		{"Write", "Write", `{"file_path":"x"}`, all},
		{"Write", "Edit", `{"file_path":"x"}`, never},
		{"Read(.env)", "Read", `{"file_path":".env"}`, all},
		{"Read(.env)", "Read", `{"file_path":"/home/u/proj/.env"}`, all},
		{"Read(.env)", "Read", `{"file_path":"/home/u/proj/a/b/.env"}`, all},
		{"Read(.env)", "Read", `{"file_path":"/home/u/proj/a/../.env"}`, all},
		{"Read(.env)", "Read", `{"file_path":"/home/u/proj/.env/../x"}`, never},
		{"Read(.env)", "Read", `{"file_path":"/home/u/.env"}`, never},
		{"Read(.env)", "Read", `{"file_path":"x.env"}`, never},
		{"Read(.env)", "Read", `{"file_path":".env.local"}`, never},
		{"Read(.env)", "Read", `{"file_path":".env/x"}`, all},
		{"Read(.env)", "Edit", `{"file_path":".env"}`, "deny"},
		{"Read(.env)", "Write", `{"file_path":".env"}`, never},
		{"Read(.env)", "Grep", `{"pattern":"x","path":".env"}`, all},
		{"Read(.env)", "Grep", `{"pattern":".env"}`, never},
		{"Read(./.env)", "Read", `{"file_path":".env"}`, all},
		{"Read(./.env)", "Read", `{"file_path":"a/.env"}`, never},
		{"Read(*.env)", "Read", `{"file_path":"a/b.env"}`, all},
		{"Read(**/.env)", "Read", `{"file_path":".env"}`, all},
		{"Read(**/.env)", "Read", `{"file_path":"a/b/.env"}`, all},
		{"Read(//**/.env)", "Read", `{"file_path":"/etc/.env"}`, all},
		{"Read(//etc/**)", "Read", `{"file_path":"/etc/passwd"}`, all},
		{"Read(//etc/**)", "Read", `{"file_path":"../../../etc/passwd"}`, all},
		{"Read(//etc/**)", "Read", `{"file_path":"/etcetera"}`, never},
		{"Read(//etc/**)", "Read", `{"file_path":"/home/u/proj/etc/x"}`, never},
		{"Read(/etc/**)", "Read", `{"file_path":"/etc/x"}`, never},
		{"Read(/etc/**)", "Read", `{"file_path":"etc/x"}`, all},
		{"Read(//)", "Read", `{"file_path":"/etc/x"}`, all},
		{"Read(~/.ssh/**)", "Read", `{"file_path":"/home/u/.ssh/id"}`, all},
		{"Read(~/.ssh/**)", "Read", `{"file_path":"/home/u/.ssh/a/b"}`, all},
		{"Read(~/.ssh/**)", "Read", `{"file_path":"/home/u/.sshx"}`, never},
		{"Read(~/.ssh/**)", "Read", `{"file_path":"~/.ssh/id"}`, "ask deny"},
		{"Read(~/.ssh/**)", "Glob", `{"pattern":"*","path":"/home/u/.ssh"}`, all},
		{"Read(~/.ssh/**)", "Glob", `{"pattern":"/home/u/.ssh/*"}`, "ask deny?"},
		{"Read(src/**)", "Glob", `{"pattern":"../*","path":"src"}`, "ask deny"},
		{"Read(src/**)", "Glob", `{"pattern":"*","path":"src"}`, all},
		{"Read(src/**)", "Read", `{"file_path":"src/a/b"}`, all},
		{"Read(src/*)", "Read", `{"file_path":"src/a"}`, all},
		{"Read(src/*.go)", "Read", `{"file_path":"src/a/b.go"}`, never},
		{"Read(src/**/*.go)", "Read", `{"file_path":"src/b.go"}`, all},
		{"Read(src/**/*.go)", "Read", `{"file_path":"src/a/c/b.go"}`, all},
		{"Read(src/**/x/**)", "Read", `{"file_path":"src/a/x/b"}`, all},
		{"Read(src)", "Read", `{"file_path":"a/src/x"}`, all},
		{"Read(src/)", "Read", `{"file_path":"src/x"}`, all},
		{"Read(src/)", "Read", `{"file_path":"src"}`, never},
		{"Read(../other/**)", "Read", `{"file_path":"/home/u/other/x"}`, all},
		{"Read(a[bc]?)", "Read", `{"file_path":"abx"}`, all},
		{"Read(a[!b]x)", "Read", `{"file_path":"abx"}`, never},
		{`Read(\[a\])`, "Read", `{"file_path":"[a]"}`, all},
		{"Read([a)", "Read", `{"file_path":"[a"}`, all},
		{"Read(!x)", "Read", `{"file_path":"x"}`, never},
		{"Read(x)", "Read", `{}`, "ask deny?"},
		{"Read(x)", "Read", `not json`, "ask deny?"},
		{"Read(x)", "Read", `{"file_path":7}`, "ask deny?"},
		{"Read(x)", "Read", `{"file_path":"x","File_Path":"y"}`, "ask deny?"},
		{"Read(y)", "Read", `{"file_path":"x","FILE_PATH":"y"}`, "ask deny?"},
		{"Read(x)", "Read", "{\"file_path\":\"x\\u0000\"}", "ask deny?"},
		{"Edit(/src/**)", "Edit", `{"file_path":"/home/u/proj/src/x"}`, all},
		{"Edit(/src/**)", "Write", `{"file_path":"src/x"}`, all},
		{"Edit(/src/**)", "NotebookEdit", `{"notebook_path":"src/x"}`, all},
		{"Edit(/src/**)", "Edit", `{"file_path":"src/../x"}`, never},
		{"Edit(/src/**)", "Read", `{"file_path":"src/x"}`, never},
		{"Write(/src/**)", "Write", `{"file_path":"src/x"}`, "ask deny"},
		{"Edit(replace_all:true)", "Edit", `{"file_path":"x","replace_all":true}`, "ask deny"},
		{"Edit(file_path:x)", "Edit", `{"file_path":"x"}`, never},
		{"WebFetch", "WebFetch", `{"url":"x"}`, all},
		{"WebFetch(domain:example.com)", "WebFetch", `{"url":"https://example.com/a?b"}`, all},
		{"WebFetch(domain:Example.COM.)", "WebFetch", `{"url":"http://EXAMPLE.com.:8080"}`, all},
		{"WebFetch(domain:example.com)", "WebFetch", `{"url":"https://a.example.com"}`, never},
		{"WebFetch(domain:example.com)", "WebFetch", `{"url":"https://example.com.evil.org"}`, never},
		{"WebFetch(domain:example.com)", "WebFetch", `{"url":"https://evil.org/example.com"}`, never},
		{"WebFetch(domain:example.com)", "WebFetch", `{"url":"https://example.com@evil.org"}`, "ask deny?"},
		{"WebFetch(domain:example.com)", "WebFetch", `{"url":"https://evil.org\\@example.com"}`, "ask deny?"},
		{"WebFetch(domain:example.com)", "WebFetch", `{"url":"https://evil.org#@example.com"}`, never},
		{"WebFetch(domain:example.com)", "WebFetch", `{"url":"file://example.com/x"}`, "ask deny?"},
		{"WebFetch(domain:example.com)", "WebFetch", `{"url":"example.com"}`, "ask deny?"},
		{"WebFetch(domain:example.com)", "WebFetch", `{"url":"https://example.com","URL":"https://evil.org"}`, "ask deny?"},
		{"WebFetch(domain:*.example.com)", "WebFetch", `{"url":"https://a.b.example.com"}`, all},
		{"WebFetch(domain:*.example.com)", "WebFetch", `{"url":"https://example.com"}`, never},
		{"WebFetch(domain:*.example.com)", "WebFetch", `{"url":"https://xexample.com"}`, never},
		{"WebFetch(domain:example.*)", "WebFetch", `{"url":"https://example.org"}`, all},
		{"WebFetch(domain:example.*)", "WebFetch", `{"url":"https://example.evil.com"}`, never},
		{"WebFetch(domain:*)", "WebFetch", `{"url":"https://x.org"}`, all},
		{"WebFetch(example.com)", "WebFetch", `{"url":"https://example.com"}`, never},
		{"WebSearch", "WebSearch", `{"query":"x"}`, all},
		{"WebSearch(x)", "WebSearch", `{"query":"x"}`, never},
		{"WebSearch(query:x*)", "WebSearch", `{"query":"xy"}`, "ask deny"},
		{"mcp__a", "mcp__a__b", `{}`, all},
		{"mcp__a", "mcp__ab__c", `{}`, never},
		{"mcp__a__*", "mcp__a__b", `{}`, all},
		{"mcp__a__get_*", "mcp__a__get_x", `{}`, all},
		{"mcp__a__get_*", "mcp__a__set_x", `{}`, never},
		{"mcp__a__b", "mcp__a__b", `{}`, all},
		{"mcp__a__b", "mcp__a__bc", `{}`, never},
		{"mcp__*", "mcp__a__b", `{}`, "ask deny"},
		{"*", "Anything", `{}`, "ask deny"},
		{"mcp__a__b(x)", "mcp__a__b", `{}`, never},
		{"mcp__a__b(x:1)", "mcp__a__b", `{"x":1}`, "ask deny"},
		{"Agent", "Task", `{}`, all},
		{"Task", "Agent", `{}`, all},
		{"Agent(Explore)", "Task", `{"subagent_type":"Explore"}`, all},
		{"Task(Explore)", "Agent", `{"subagent_type":"Explore"}`, all},
		{"Task(Explore)", "Agent", `{"subagent_type":"Plan"}`, never},
		{"Agent(general-purpose)", "Agent", `{}`, all},
		{"Agent(Explore)", "Agent", `{"subagent_type":"Plan","Subagent_Type":"Explore"}`, "ask deny?"},
		{"Agent(model:op*)", "Agent", `{"subagent_type":"x","model":"opus"}`, "ask deny"},
		{"Agent(model:*)", "Agent", `{"subagent_type":"x"}`, never},
		{"Skill(deploy)", "Skill", `{"skill":"deploy"}`, all},
		{"Skill(deploy)", "Skill", `{"command":"/deploy"}`, all},
		{"Skill(deploy)", "Skill", `{"skill":"deploy-all"}`, never},
		{"Skill(deploy:*)", "Skill", `{"skill":"deploy:all"}`, all},
		{"Skill(deploy *)", "Skill", `{"skill":"deploy"}`, all},
		{"Skill(deploy:*)", "Skill", `{"skill":"deployer"}`, never},
		{"TodoWrite", "TodoWrite", `{}`, all},
		{"TodoWrite", "Todo", `{}`, never},
		{"TodoWrite(x)", "TodoWrite", `{}`, never},
	} {
		kinds := map[string]permission.Behavior{"allow": permission.Allow, "ask": permission.Ask, "deny": permission.Deny}
		for kind, behavior := range kinds {
			want := permission.None
			for _, matching := range strings.Fields(row.matches) {
				switch matching {
				case kind:
					want = behavior
				case kind + "?":
					want = permission.Ask
				}
			}
			got := permission.New(source(t, kind+" "+row.rule)).Judge(call(row.tool, row.input))
			if got.Behavior != want {
				t.Errorf("%s %s: %s %s is %v, want %v", kind, row.rule, row.tool, row.input, got.Behavior, want)
			}
		}
	}
}

// TestOrder holds that deny comes before ask and ask before allow, over all sources.
func TestOrder(t *testing.T) {
	first := source(t, "allow Bash(a:*)", "allow Read")
	second := permission.Source{Name: "~/.claude/settings.json", Root: "/home/u", Deny: rules(t, "Bash(a b:*)"), Ask: rules(t, "Bash(a c:*)")}
	set := permission.New(first, second)
	for command, want := range map[string]permission.Verdict{
		"a":          {Behavior: permission.Allow, Rule: first.Allow[0], Source: first.Name},
		"a b":        {Behavior: permission.Deny, Rule: second.Deny[0], Source: second.Name},
		"a c":        {Behavior: permission.Ask, Rule: second.Ask[0], Source: second.Name},
		"a c && a b": {Behavior: permission.Deny, Rule: second.Deny[0], Source: second.Name},
		"x":          {},
	} {
		got := set.Judge(bash(command))
		if (got.Why == "") != (want.Behavior == permission.None) {
			t.Errorf("%q: reason %q", command, got.Why)
		}
		got.Why = ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", command, diff)
		}
	}
	if got := (permission.Set{}).Judge(bash("a")); got != (permission.Verdict{}) {
		t.Errorf("no rules: %+v", got)
	}
}

// TestLinks holds that a path and where it leads both count.
func TestLinks(t *testing.T) {
	c := call("Read", `{"file_path":"link/x"}`)
	c.Resolve = func(path string) string { return strings.Replace(path, "/proj/link/", "/secret/", 1) }
	for _, row := range []struct {
		rules string
		want  permission.Behavior
	}{
		{"allow Read(link/**)", permission.None},
		{"allow Read(~/secret/**)", permission.None},
		{"allow Read(link/**)|allow Read(~/secret/**)", permission.Allow},
		{"allow Read|deny Read(~/secret/**)", permission.Deny},
		{"allow Read|deny Read(link/**)", permission.Deny},
		{"allow Read|ask Read(~/secret/**)", permission.Ask},
	} {
		if got := permission.New(source(t, strings.Split(row.rules, "|")...)).Judge(c); got.Behavior != row.want {
			t.Errorf("%s: %v, want %v", row.rules, got.Behavior, row.want)
		}
	}
}

func TestParseRule(t *testing.T) {
	for _, row := range []struct {
		text string
		want permission.Rule
	}{
		{"Bash", permission.Rule{Tool: "Bash"}},
		{"  Bash ", permission.Rule{Tool: "Bash"}},
		{"Bash(ls -la)", permission.Rule{Tool: "Bash", Spec: "ls -la"}},
		{"Bash(echo (a))", permission.Rule{Tool: "Bash", Spec: "echo (a)"}},
		{`Bash(echo \(a\))`, permission.Rule{Tool: "Bash", Spec: "echo (a)"}},
		{`Bash(echo \\n)`, permission.Rule{Tool: "Bash", Spec: `echo \n`}},
		{"Bash(a\nb)", permission.Rule{Tool: "Bash", Spec: "a\nb"}},
		{"mcp__a-b__c.d", permission.Rule{Tool: "mcp__a-b__c.d"}},
		{"*", permission.Rule{Tool: "*"}},
	} {
		got, err := permission.ParseRule(row.text)
		if err != nil || got != row.want {
			t.Errorf("%q: %+v, %v, want %+v", row.text, got, err, row.want)
		}
		if again, err := permission.ParseRule(got.String()); err != nil || again != got {
			t.Errorf("%q is written %q and read %+v, %v", row.text, got.String(), again, err)
		}
	}
	for _, text := range []string{
		"", " ", "(", "()", "(x)", "Bash(", "Bash()", "Bash( )", "Bash(:*)", "Bash(x", "Bash(x)y", "Bash x", "Bash)", "B\x00", "Bash(\x01)", "Bash(\x7f)",
		"Bash(\xff)", `Bash(x\)`, "ba/sh", strings.Repeat("a", 1<<17), "Bash(" + strings.Repeat("a", 1<<17) + ")",
	} {
		if got, err := permission.ParseRule(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.40q: %+v, %v", text, got, err)
		}
	}
}

func TestParseSettings(t *testing.T) {
	got, problems := permission.ParseSettings([]byte(`{"model":"x","permissions":{
		"allow":["Bash(ls:*)","Bash(","mcp__*","Read",7,null], "ask":["Edit"], "deny":["*","Bash(rm:*)",""],
		"defaultMode":"plan","additionalDirectories":["../x",{}],"disableBypassPermissionsMode":"disable"}}`))
	want := permission.Settings{
		Allow: rules(t, "Bash(ls:*)", "Read"), Ask: rules(t, "Edit"), Deny: rules(t, "*", "Bash(rm:*)"),
		DefaultMode: "plan", AdditionalDirectories: []string{"../x"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if len(problems) != 6 {
		t.Errorf("%d problems: %v", len(problems), problems)
	}
	for _, problem := range problems {
		if !fault.Is(problem, fault.Invalid) || !strings.HasSuffix(fault.Message(problem), ".") && !strings.Contains(fault.Message(problem), ": ") {
			t.Errorf("no sentence: %v", problem)
		}
	}
	for text, bad := range map[string]int{
		`{}`: 0, `{"permissions":null}`: 0, `{"permissions":{}}`: 0, `{"permissions":{"allow":null}}`: 0,
		``: 1, `[]`: 1, `{"permissions":[]}`: 1, `{"permissions":{"allow":"Bash","deny":{},"defaultMode":1}}`: 3,
	} {
		got, problems := permission.ParseSettings([]byte(text))
		if len(problems) != bad || !cmp.Equal(got, permission.Settings{}) {
			t.Errorf("%s: %+v, %v", text, got, problems)
		}
	}
	from := want.Source("a", "/b")
	if diff := cmp.Diff(permission.Source{Name: "a", Root: "/b", Allow: want.Allow, Ask: want.Ask, Deny: want.Deny}, from); diff != "" {
		t.Error(diff)
	}
}
