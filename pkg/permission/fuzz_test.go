package permission_test

import (
	"strings"
	"testing"

	"claude-agent-chat/pkg/permission"
)

// FuzzJudge judges anything: nothing panics, what is suggested allows, and a command that a rule denies is seen wherever it is
// appended to something that can be read.
func FuzzJudge(f *testing.F) {
	for _, row := range evasions {
		f.Add(row.command)
	}
	f.Add("git commit -m \"$(cat <<'EOF'\na\nEOF\n)\"")
	f.Add("a <<E # \\\nE\n")
	deny := permission.New(source(f, "deny Bash(rm:*)", "allow Bash"))
	narrow := permission.New(source(f, "allow Bash(ls:*)", "allow Bash(npm test)", "allow Bash(git * main)"))
	f.Fuzz(func(t *testing.T, command string) {
		for _, tool := range []string{"Bash", "Read", "Edit", "WebFetch", "Agent", "Skill"} {
			for _, input := range []string{command, `{"command":"` + command + `"}`, `{"file_path":"` + command + `","url":"http://` + command + `"}`} {
				deny.Judge(call(tool, input))
				permission.Suggest(call(tool, input))
			}
		}
		whole := bash(command)
		if suggested := permission.Suggest(whole); suggested != nil {
			if got := permission.New(permission.Source{Allow: suggested}).Judge(whole); got.Behavior != permission.Allow {
				t.Errorf("%q is not allowed by %v", command, suggested)
			}
		}
		if (len(command)-len(strings.TrimRight(command, `\`)))%2 == 1 {
			return // the line goes on, so that nothing is appended.
		}
		appended := bash(command + "\nrm x")
		if got := narrow.Judge(appended); got.Behavior == permission.Allow {
			t.Errorf("%q with rm is allowed by %s", command, got.Rule)
		}
		if permission.ReadOnlyCommand(command+"\nrm x", "/") {
			t.Errorf("%q with rm is said to only read", command)
		}
		checkAppended(t, deny, command)
	})
}

// checkAppended appends a denied command to one that can be read.
func checkAppended(t *testing.T, deny permission.Set, command string) {
	t.Helper()
	for _, ending := range []string{" ; rm x", "\nrm x", " && rm x", " | rm x"} {
		got := deny.Judge(bash(command + ending))
		if got.Behavior == permission.Allow && !strings.ContainsAny(command, "#'\"`\\<") {
			t.Errorf("%q is allowed", command+ending)
		}
		before, readBefore := permission.Parts(command)
		after, read := permission.Parts(command + ending)
		if !read || !readBefore || len(after) != len(before)+1 || len(command) > 10_000 {
			continue
		}
		if got.Behavior != permission.Deny {
			t.Errorf("%q is %v, want deny", command+ending, got.Behavior)
		}
	}
}

// FuzzParseRule reads any rule: what is one is written and read again as the same, and judges without a panic.
func FuzzParseRule(f *testing.F) {
	for _, text := range []string{"Bash", "Bash(ls:*)", `Bash(a\(b\)*\*)`, "Read(//a/**)", "Edit(~/[!a]?)", "WebFetch(domain:*.a.*)", "mcp__a__*", "Skill(a:*)", "Read(../..//x/)"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rule, err := permission.ParseRule(text)
		if err != nil {
			return
		}
		again, err := permission.ParseRule(rule.String())
		if err != nil || again != rule {
			t.Fatalf("%q is %+v, written %q, and then %+v, %v", text, rule, rule.String(), again, err)
		}
		set := permission.New(permission.Source{Root: "/r", Allow: []permission.Rule{rule}, Ask: []permission.Rule{rule}, Deny: []permission.Rule{rule}})
		for _, c := range []permission.Call{
			bash("ls $x | rm 'a b'"), call("Read", `{"file_path":"/a/b"}`), call("WebFetch", `{"url":"http://a.b.c"}`), call("mcp__a__b", `{}`),
			call("Skill", `{"skill":"a"}`), call("Agent", `{"subagent_type":"a"}`), call("Glob", `{"pattern":"*"}`),
		} {
			if got := set.Judge(c); got.Behavior == permission.Allow && !strings.HasPrefix(rule.Tool, "mcp__") && rule.Spec == "" {
				t.Errorf("%q allows %s although it denies too", text, c.Tool)
			}
		}
	})
}

// FuzzParseSettings reads any settings.
func FuzzParseSettings(f *testing.F) {
	f.Add([]byte(`{"permissions":{"allow":["Bash(ls:*)",7],"deny":"x","defaultMode":"plan"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		settings, _ := permission.ParseSettings(data)
		for _, rule := range settings.Allow {
			if again, err := permission.ParseRule(rule.String()); err != nil || again != rule {
				t.Errorf("%+v is not read again: %+v, %v", rule, again, err)
			}
		}
	})
}
