package mcp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/mcp"
	"claude-agent-chat/pkg/tool"
)

// inProcess runs a program as the sandbox would, but in the open.
func inProcess(ctx context.Context, args []string, dir string, env []string, stdin io.Reader, stdout, stderr io.Writer) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append([]string{"PATH=/usr/bin:/bin", "GORACE=atexit_sleep_ms=0"}, env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	return cmd.Run()
}

// fake is the configuration of a server of this program.
func fake(t *testing.T, name string) mcp.Server {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return mcp.Server{Type: mcp.TypeStdio, Command: self, Args: []string{fakeArg, name}}
}

func command(name string, args ...string) mcp.Server {
	return mcp.Server{Type: mcp.TypeStdio, Command: name, Args: args}
}

// open opens a set, and sees to it that nothing is left of it when the test is over.
func open(t *testing.T, opts mcp.Options) *mcp.Set {
	t.Helper()
	running := goleak.IgnoreCurrent()
	theirs := goleak.IgnoreAnyFunction("github.com/modelcontextprotocol/go-sdk/mcp.(*streamableServerConn).Read") // of a server in this process
	t.Cleanup(func() { goleak.VerifyNone(t, running, theirs) })
	if opts.Run == nil {
		opts.Run = inProcess
	}
	if opts.Cwd == "" {
		opts.Cwd = t.TempDir()
	}
	if opts.StartTimeout == 0 {
		opts.StartTimeout = time.Minute // tests share a machine.
	}
	set := mcp.Open(t.Context(), opts)
	t.Cleanup(func() {
		began := time.Now()
		set.Close()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("Close took %s", took)
		}
	})
	return set
}

func openOne(t *testing.T, name string) *mcp.Set {
	t.Helper()
	return open(t, mcp.Options{Servers: map[string]mcp.Server{"one": fake(t, name)}})
}

func find(t *testing.T, set *mcp.Set, name string) tool.Tool {
	t.Helper()
	for _, each := range set.Tools() {
		if each.Spec().Name == name {
			return each
		}
	}
	t.Fatalf("no tool %s; %+v", name, set.Status())
	return nil
}

func call(t *testing.T, set *mcp.Set, name, input string) tool.Result {
	t.Helper()
	r, err := find(t, set, name).Run(t.Context(), nil, json.RawMessage(input))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if !json.Valid(r.Content) || !json.Valid(r.UseResult) {
		t.Fatalf("%s: not JSON: %s %s", name, r.Content, r.UseResult)
	}
	return r
}

// good makes a call that must succeed and gives its content.
func good(t *testing.T, set *mcp.Set, name, input string) string {
	t.Helper()
	r := call(t, set, name, input)
	if r.IsError || string(r.UseResult) != string(r.Content) {
		t.Fatalf("%s: %s", name, r.UseResult)
	}
	return string(r.Content)
}

// bad makes a call that must fail and gives its sentence.
func bad(t *testing.T, set *mcp.Set, name, input string) string {
	t.Helper()
	r := call(t, set, name, input)
	var content, use string
	if err := errors.Join(json.Unmarshal(r.Content, &content), json.Unmarshal(r.UseResult, &use)); err != nil || !r.IsError || use != "Error: "+content {
		t.Fatalf("%s: %s %v", name, r.Content, err)
	}
	return content
}

func TestTools(t *testing.T) {
	set := openOne(t, "good")
	var names []string
	for _, each := range set.Tools() {
		spec := each.Spec()
		names = append(names, spec.Name)
		if each.Safety(nil) != tool.RunsCommands {
			t.Errorf("%s may run without being asked about", spec.Name)
		}
		if spec.Description == "" || !json.Valid(spec.InputSchema) {
			t.Errorf("%+v", spec)
		}
	}
	want := []string{
		"mcp__one__add", "mcp__one__die", "mcp__one__echo", "mcp__one__embedded", "mcp__one__empty", "mcp__one__env", "mcp__one__fail", "mcp__one__hang",
		"mcp__one__long", "mcp__one__mixed", "mcp__one__pictures", "mcp__one__roots", "mcp__one__structured", "ListMcpResourcesTool", "ReadMcpResourceTool",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]mcp.ServerStatus{{Name: "one", State: mcp.Connected, Tools: 13}}, set.Status()); diff != "" {
		t.Error(diff)
	}
}

func TestCalls(t *testing.T) {
	t.Setenv("ANTHROPIC_API_KEY", "sk-ant-of-the-process")
	cwd := t.TempDir()
	server := fake(t, "good")
	server.Env = map[string]string{"TOKEN": "own", "A": "b"}
	set := open(t, mcp.Options{Servers: map[string]mcp.Server{"one": server}, Cwd: cwd})
	image := `{"type":"image","source":{"type":"base64","media_type":"image/png",`
	for _, tt := range []struct{ name, input, want string }{
		{"echo", `{"text":"hi"}`, `[{"type":"text","text":"hi"}]`},
		{"echo", `{"text":"  "}`, "completed with no output"},
		{"empty", `{}`, `[{"type":"text","text":"(completed with no output)"}]`},
		{"long", `{}`, `é"},{"type":"text","text":"... [50004 characters left out]"}]`},
		{"mixed", `{}`, `[{"type":"text","text":"a[1m"},` + image},
		{"mixed", `{}`, `[a sound of 3 bytes, which cannot be shown]"},{"type":"text","text":"[resource a:b] link"}]`},
		{"pictures", `{}`, `[an image of 6 bytes that is none, or is damaged]"},{"type":"text","text":"[an image of 4096 KB; at most 3662 KB`},
		{"embedded", `{}`, `[resource a:t]\ninside"},{"type":"text","text":"[resource a:b: 2 bytes of x/y`},
		{"structured", `{}`, `[{"type":"text","text":"{\"n\":1}"}]`},
		{"env", `{}`, fmt.Sprintf(`[{"type":"text","text":"%s\nPATH=/usr/bin:/bin\nGORACE=atexit_sleep_ms=0\nA=b\nTOKEN=own"}]`, cwd)},
		{"roots", `{}`, fmt.Sprintf(`"1 %s true"`, cwd)},
	} {
		if got := good(t, set, "mcp__one__"+tt.name, tt.input); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %.2000s", tt.name, got)
		}
	}
	for _, tt := range []struct{ name, input, want string }{
		{"fail", `{}`, "it is broken\n[an image]"},
		{"echo", `{"text":7}`, "MCP server one"},
		{"echo", `[]`, "must be a JSON object"},
		{"echo", ``, "must be a JSON object"},
		{"echo", `{"text":`, "must be a JSON object"},
	} {
		if got := bad(t, set, "mcp__one__"+tt.name, tt.input); !strings.Contains(got, tt.want) && !strings.Contains(got, "validating") {
			t.Errorf("%s %s: %s", tt.name, tt.input, got)
		}
	}
}

// TestBadServers has every kind of trouble beside a server that works.
func TestBadServers(t *testing.T) {
	wants := map[string]struct {
		server mcp.Server
		want   string
	}{
		"cat":       {command("/bin/cat"), "It answered with an error"},
		"false":     {command("/bin/false"), "The program has ended: exit status 1."},
		"true":      {command("true"), "The program has ended."},
		"missing":   {command("no-such-program"), "127"},
		"self":      {command("self", "agentchat-tool"), "127"},
		"flood":     {fake(t, "flood"), "It sent a line of more than 16 MB."},
		"notify":    {fake(t, "notify"), "more than 2000 messages within a second"},
		"garbage":   {fake(t, "garbage"), "It writes what is no message to standard output. It wrote instead of a message: garbage {."},
		"complaint": {fake(t, "complaint"), "exit status 3. Its last words: no such token."},
	}
	servers := map[string]mcp.Server{"good": fake(t, "good")}
	for name, each := range wants {
		servers[name] = each.server
	}
	set := open(t, mcp.Options{Servers: servers})
	for _, status := range set.Status() {
		if status.Name == "good" {
			if status.State != mcp.Connected {
				t.Errorf("the good one: %+v", status)
			}
			continue
		}
		if status.State != mcp.Failed || !strings.Contains(status.Detail, wants[status.Name].want) || strings.ContainsAny(status.Detail, "\x00\x1b\x07") {
			t.Errorf("%+v", status)
		}
	}
	if got := good(t, set, "mcp__good__echo", `{"text":"still here"}`); !strings.Contains(got, "still here") {
		t.Error(got)
	}
}

// TestSlow has a server that says nothing keep nobody longer than it may, and not the others at all.
func TestSlow(t *testing.T) {
	began := time.Now()
	set := open(t, mcp.Options{Servers: map[string]mcp.Server{"good": fake(t, "good"), "slow": command("sleep", "60")}, StartTimeout: 3 * time.Second})
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("Open took %s", took)
	}
	want := []mcp.ServerStatus{{Name: "good", State: mcp.Connected, Tools: 13}, {Name: "slow", State: mcp.Failed, Detail: "It did not answer within 3s."}}
	if diff := cmp.Diff(want, set.Status()); diff != "" {
		t.Error(diff)
	}
}

// TestTolerated has servers that are odd, or mean to break their client, and can be used all the same.
func TestTolerated(t *testing.T) {
	for _, name := range []string{"banner", "poison"} {
		set := openOne(t, name)
		if got := good(t, set, "mcp__one__echo", `{"text":"hi"}`); !strings.Contains(got, "hi") {
			t.Error(got)
		}
	}
	if status := openOne(t, "pager").Status()[0]; status.State != mcp.Connected || !strings.Contains(status.Detail, "more than 500 tools") {
		t.Errorf("%+v", status)
	}
	modern := openOne(t, "modern")
	if got := bad(t, modern, "mcp__one__new", `{}`); !strings.Contains(got, "wants to ask something back") {
		t.Error(got)
	}
}

func TestNulls(t *testing.T) {
	set := openOne(t, "nulls")
	good(t, set, "mcp__one__t", `{}`)
	good(t, set, "ListMcpResourcesTool", `{}`)
	good(t, set, "ReadMcpResourceTool", `{"server":"one","uri":"a:b"}`)
	if _, err := set.Prompt(t.Context(), "mcp__one__p", nil); !fault.Is(err, fault.Unavailable) {
		t.Error(err)
	}
}

func TestSchemas(t *testing.T) {
	set := openOne(t, "schemas")
	got := map[string]string{}
	for _, each := range set.Tools() {
		got[each.Spec().Name] = each.Spec().Description + " " + string(each.Spec().InputSchema)
	}
	want := map[string]string{
		"mcp__one__fine":   `The tool fine of the MCP server one. {"properties":{"a":{"pattern":"(?=x)","type":"string"}},"type":"object"}`,
		"mcp__one__bare":   `ab {"type":"object"}`,
		"mcp__one__twice_": `The tool twice_ of the MCP server one. {"type":"object"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	status := set.Status()[0]
	for _, part := range []string{`"twice?" was left out: it has another`, `"none"`, `"list"`, `"string"`, `"wrong"`, "alternatives", `"a b"`, "64 KB", "128 characters"} {
		if !strings.Contains(status.Detail, part) {
			t.Errorf("%q is not in %s", part, status.Detail)
		}
	}
}

// TestSameName has two servers with a tool of the same full name.
func TestSameName(t *testing.T) {
	set := open(t, mcp.Options{Servers: map[string]mcp.Server{"a": fake(t, "schemas"), "a__x": fake(t, "schemas")}})
	if n := len(set.Tools()); n != 6 {
		t.Errorf("%d tools", n)
	}
	set = open(t, mcp.Options{Servers: map[string]mcp.Server{"one": fake(t, "good")}})
	names := map[string]bool{}
	for _, each := range set.Tools() {
		if names[each.Spec().Name] {
			t.Errorf("%s is there twice", each.Spec().Name)
		}
		names[each.Spec().Name] = true
	}
}

// TestDeath has a server die in the middle of a call: the call fails, the next one finds it alive again, and the one after that
// must wait.
func TestDeath(t *testing.T) {
	set := openOne(t, "good")
	if got := bad(t, set, "mcp__one__die", `{}`); !strings.Contains(got, "ended in the middle of the call. The program has ended: exit status 4. Its last words: out of memory.") {
		t.Error(got)
	}
	if got := good(t, set, "mcp__one__echo", `{"text":"back"}`); !strings.Contains(got, "back") {
		t.Error(got)
	}
	bad(t, set, "mcp__one__die", `{}`)
	if got := bad(t, set, "mcp__one__echo", `{"text":"x"}`); !strings.Contains(got, "is not running") || !strings.Contains(got, "started again in") {
		t.Error(got)
	}
	if status := set.Status()[0]; status.State != mcp.Failed || status.Tools == 0 {
		t.Errorf("%+v", status)
	}
}

func TestNoAnswer(t *testing.T) {
	set := open(t, mcp.Options{
		Servers:     map[string]mcp.Server{"one": fake(t, "good"), "deaf": fake(t, "deaf")},
		CallTimeout: time.Second,
	})
	if got := bad(t, set, "mcp__one__hang", `{}`); got != "The MCP server one did not answer within 1s." {
		t.Error(got)
	}
	large := fmt.Sprintf(`{"a":%q}`, strings.Repeat("x", 1<<20)) // more than a pipe holds.
	if got := bad(t, set, "mcp__deaf__t", large); got != "The MCP server deaf did not answer within 1s." {
		t.Error(got)
	}
	good(t, set, "mcp__one__echo", `{}`)
}

// TestInterrupt cancels a call that is under way.
func TestInterrupt(t *testing.T) {
	set := openOne(t, "good")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	began := time.Now()
	r, err := find(t, set, "mcp__one__hang").Run(ctx, nil, json.RawMessage(`{}`))
	if !errors.Is(err, context.Canceled) || !r.IsError || time.Since(began) > time.Second {
		t.Errorf("%v %s after %s", err, r.Content, time.Since(began))
	}
	good(t, set, "mcp__one__echo", `{}`)
}

// TestCloseDuringCall closes the set while a server has a call that it never answers.
func TestCloseDuringCall(t *testing.T) {
	set := openOne(t, "good")
	hang := find(t, set, "mcp__one__hang")
	done := make(chan tool.Result)
	go func() {
		r, _ := hang.Run(context.Background(), nil, json.RawMessage(`{}`))
		done <- r
	}()
	good(t, set, "mcp__one__echo", `{}`)
	set.Close()
	if r := <-done; !r.IsError || !strings.Contains(string(r.Content), "closed") {
		t.Errorf("%s", r.Content)
	}
	if got := bad(t, set, "mcp__one__echo", `{}`); !strings.Contains(got, "closed") {
		t.Error(got)
	}
	set.Close()
}

// TestCloseDuringStart closes the set before anything has answered.
func TestCloseDuringStart(t *testing.T) {
	running := goleak.IgnoreCurrent()
	set := mcp.Start(t.Context(), mcp.Options{Servers: map[string]mcp.Server{"slow": command("sleep", "60")}, Run: inProcess, Cwd: t.TempDir()})
	if status := set.Status()[0]; status.State != mcp.Connecting {
		t.Errorf("%+v", status)
	}
	began := time.Now()
	set.Close()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("Close took %s", took)
	}
	if status := set.Status()[0]; status.State != mcp.Failed || status.Detail != "It was closed." {
		t.Errorf("%+v", status)
	}
	goleak.VerifyNone(t, running)
}

// TestChanged has a server get another tool.
func TestChanged(t *testing.T) {
	changes := make(chan struct{}, 10)
	set := open(t, mcp.Options{Servers: map[string]mcp.Server{"one": fake(t, "good")}, Changed: func() { changes <- struct{}{} }})
	<-changes // it has connected.
	good(t, set, "mcp__one__add", `{}`)
	<-changes
	if got := good(t, set, "mcp__one__added", `{}`); !strings.Contains(got, "new") {
		t.Error(got)
	}
}

func TestDisabled(t *testing.T) {
	set := mcp.Open(t.Context(), mcp.Options{Servers: map[string]mcp.Server{"far": {Type: mcp.TypeHTTP, URL: "https://x.example"}, "near": command("true")}})
	defer set.Close()
	want := []mcp.ServerStatus{
		{Name: "far", State: mcp.Disabled, Detail: "The operator of this server must allow hosts before MCP servers on the network can be used."},
		{Name: "near", State: mcp.Disabled, Detail: "Programs cannot be run on this server."},
	}
	if diff := cmp.Diff(want, set.Status()); diff != "" {
		t.Error(diff)
	}
	if len(set.Tools()) != 0 || len(set.Prompts()) != 0 {
		t.Error("there are tools or prompts")
	}
}

func TestResources(t *testing.T) {
	set := open(t, mcp.Options{Servers: map[string]mcp.Server{"one": fake(t, "good"), "two": fake(t, "good"), "raw": fake(t, "schemas")}})
	for _, tt := range []struct{ name, input, want string }{
		{"ListMcpResourcesTool", `{}`, `{\"server\":\"one\",\"uri\":\"note:one\",\"name\":\"one\",\"mimeType\":\"text/plain\"},{\"server\":\"two\"`},
		{"ListMcpResourcesTool", `{"server":"two"}`, `"[{\"server\":\"two\"`},
		{"ReadMcpResourceTool", `{"server":"one","uri":"note:one"}`, `[{"type":"text","text":"[resource note:one]\nthe note"}]`},
	} {
		if got := good(t, set, tt.name, tt.input); !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: %s", tt.name, tt.input, got)
		}
	}
	for _, tt := range []struct{ name, input, want string }{
		{"ListMcpResourcesTool", `{"server":"raw"}`, `no MCP server "raw" with resources; there are: one, two.`},
		{"ListMcpResourcesTool", `{"x":1}`, "JSON object"},
		{"ReadMcpResourceTool", `{"server":"one"}`, `"uri" is missing`},
		{"ReadMcpResourceTool", `{"server":"one","uri":"note:none"}`, "The MCP server one did not do it. It answered with an error: "},
	} {
		if got := bad(t, set, tt.name, tt.input); !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: %s", tt.name, tt.input, got)
		}
	}
	if find(t, set, "ReadMcpResourceTool").Safety(nil) != tool.RunsCommands {
		t.Error("resources are read without asking")
	}
}

func TestPrompts(t *testing.T) {
	set := openOne(t, "good")
	want := []mcp.Prompt{
		{Command: "mcp__one__re_view", Description: "Reviews a file.", Args: []string{"file", "how"}},
		{Command: "mcp__one__talk"},
	}
	if diff := cmp.Diff(want, set.Prompts()); diff != "" {
		t.Error(diff)
	}
	for _, tt := range []struct {
		command    string
		args       []string
		want, fail string
	}{
		{command: "mcp__one__re_view", args: []string{"a.go"}, want: "Review a.go "},
		{command: "mcp__one__re_view", args: []string{"a.go", "very", "well"}, want: "Review a.go very well"},
		{command: "mcp__one__re_view", fail: `needs the argument "file"`},
		{command: "mcp__one__talk", want: "User:\nHello\nAssistant:\n[one more image; at most 10 can be shown]"},
		{command: "mcp__one__talk", args: []string{"x"}, fail: "takes no arguments"},
		{command: "mcp__one__none", fail: "no command"},
	} {
		got, err := set.Prompt(t.Context(), tt.command, tt.args)
		if got != tt.want || (err != nil) != (tt.fail != "") || (err != nil && !strings.Contains(fault.Message(err), tt.fail)) {
			t.Errorf("%s %q: %q %v", tt.command, tt.args, got, err)
		}
	}
}
