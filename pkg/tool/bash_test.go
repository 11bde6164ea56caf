package tool_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"claude-agent-chat/pkg/egress"
	"claude-agent-chat/pkg/sandbox"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/workspace"
)

// TestBashKeepsItsDirectory goes from directory to directory. Row: Bash.
func TestBashKeepsItsDirectory(t *testing.T) {
	b := newBench(t)
	if got := b.good("Bash", obj{"command": "mkdir 'a b' && cd 'a b'"}); got == "" {
		t.Error("no text")
	}
	if got := b.good("Bash", obj{"command": "pwd"}); got != b.dir+"/a b" {
		t.Errorf("got %q", got)
	}
	b.bad("Bash", obj{"command": "cd ..; exit 4"})
	if got := b.good("Bash", obj{"command": "pwd"}); got != b.dir {
		t.Errorf("after exit: got %q", got)
	}
	if got := b.good("Bash", obj{"command": "cd /usr && pwd"}); !strings.HasPrefix(got, "/usr\n") || !strings.Contains(got, b.dir) {
		t.Errorf("outside: got %q", got)
	}
	if got := b.good("Bash", obj{"command": "pwd"}); got != b.dir {
		t.Errorf("after outside: got %q", got)
	}
	b.good("Bash", obj{"command": "mkdir gone; cd gone; rmdir ../gone"})
	if got := b.good("Bash", obj{"command": "pwd"}); got != b.dir {
		t.Errorf("after removal: got %q", got)
	}
	entries, err := os.ReadDir(workspace.TempDir(b.Home))
	if err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// TestBashDirectoryIsNotForged lets the command write the note of its directory itself.
func TestBashDirectoryIsNotForged(t *testing.T) {
	b := newBench(t)
	b.put("sub/f", "")
	const find = `m=$(printf %s "$BASH_EXECUTION_STRING" | grep -o "$TMPDIR/.cwd-[A-Z0-9]*" | head -1); trap - EXIT; `
	for forgery, want := range map[string]string{
		`printf %s "$PWD/sub" > $m`:         b.dir + "/sub", // as good as cd, which shows that the forgeries arrive.
		`printf /etc > $m`:                  b.dir,
		`printf %s "$HOME/../.claude" > $m`: b.dir,
		`printf ../../../.. > $m`:           b.dir,
		`head -c 100000 /dev/zero > $m`:     b.dir,
		`printf /dev/fd/3 > $m`:             b.dir,
		`ln -s /etc/passwd $m`:              b.dir,
		`mkfifo $m`:                         b.dir,
		`mkdir $m`:                          b.dir,
	} {
		b.good("Bash", obj{"command": "cd " + b.dir})
		b.good("Bash", obj{"command": find + forgery})
		if got := b.good("Bash", obj{"command": "pwd"}); got != want {
			t.Errorf("%s: got %q", forgery, got)
		}
	}
}

func TestBashScripts(t *testing.T) {
	b := newBench(t)
	for command, want := range map[string]string{
		"echo 'it'\\''s'":                            "it's",
		"cat <<'EOF'\none $x\ntwo\nEOF":              "one $x\ntwo",
		"# only a comment":                           "(Bash completed with no output)",
		"printf '\\n\\n  indented\\n\\n'":            "  indented",
		"echo $HOME $TMPDIR $USER $SHELL":            b.FS.Dir() + " " + b.FS.TempDir() + " user /bin/bash",
		"echo $# \"$0\"":                             "0 /bin/bash",
		"printf 'a\\xffb\\0c'":                       "a\uFFFDb\uFFFDc",
		"exec echo replaced":                         "replaced",
		"trap 'echo mine' EXIT; echo first":          "first\nmine",
		"(cd / && pwd)":                              "/",
		"sleep 1000 & echo started":                  "started",
		"read x || echo 'no input'":                  "no input",
		"f() { echo \"$1\"; }; f 'two words'":        "two words",
		"echo \"$(tty 2>&1)\"":                       "not a tty",
		"set -e; true; echo reached":                 "reached",
		"env | cut -d= -f1 | sort | tr '\\n' ' '":    "HOME LANG PATH PWD SHELL SHLVL TERM TMPDIR USER _",
		"printf 'a\\e[31mb' | od -An -c | tr -d ' '": `a033[31mb`,
	} {
		if got := b.good("Bash", obj{"command": command}); got != want {
			t.Errorf("%s: got %q, want %q", command, got, want)
		}
	}
	refusals := map[string]string{
		"echo before; exit 2":         "Exit code 2\nbefore",
		"kill -9 $$":                  "SIGKILL",
		"no-such-command":             "Exit code 127",
		"if then":                     "syntax error",
		"'":                           "unexpected EOF",
		"ls ../../.claude":            "Permission denied",
		"cat /proc/self/environ":      "Permission denied",
		"echo x > ../../.claude/evil": "Permission denied",
	}
	if tier == sandbox.TierNamespaces { // in which there is nothing else, and the environment is its own.
		delete(refusals, "cat /proc/self/environ")
		refusals["ls ../../.claude"], refusals["echo x > ../../.claude/evil"] = "No such file", "No such file"
		refusals["kill -9 $$"] = "Exit code 137"
	}
	for command, want := range refusals {
		if got := b.bad("Bash", obj{"command": command}); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", command, got, want)
		}
	}
}

func TestBashOutputIsCut(t *testing.T) {
	b := newBench(t)
	got := b.good("Bash", obj{"command": "echo first; seq 100000; echo last"})
	if !strings.HasPrefix(got, "first\n1\n") || !strings.HasSuffix(got, "100000\nlast") || !strings.Contains(got, "bytes left out") || len(got) > 31_000 {
		t.Errorf("got %d bytes: %.40q", len(got), got)
	}
	if got := b.good("Bash", obj{"command": "head -c 20000000 /dev/zero | tr '\\0' x"}); len(got) > 31_000 {
		t.Errorf("got %d bytes", len(got))
	}
	r := b.run("Bash", obj{"command": "yes"})
	if !r.IsError || r.Boundary == "" || !strings.Contains(contentOf(t, r), "too much output") {
		t.Errorf("got %.200s", r.Content)
	}
}

func TestBashTimeout(t *testing.T) {
	b := newBench(t)
	r := b.run("Bash", obj{"command": "echo begun; sleep 1000", "timeout": 2000})
	if got := contentOf(t, r); !r.IsError || r.Boundary == "" || !strings.Contains(got, "2s") || !strings.HasSuffix(got, "begun") {
		t.Errorf("got %q, %+v", got, r)
	}
}

func TestBashInterrupted(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	var once sync.Once
	b.Progress = func(text string) {
		if strings.Contains(text, "begun") {
			once.Do(cancel)
		}
	}
	r, err := b.try(ctx, "Bash", obj{"command": "echo begun; sleep 1000"})
	if !errors.Is(err, context.Canceled) || !strings.Contains(string(r.Content), "begun") || !r.IsError {
		t.Errorf("got %s, %v", r.Content, err)
	}
	var use struct{ Interrupted bool }
	if err := json.Unmarshal(r.UseResult, &use); err != nil || !use.Interrupted {
		t.Errorf("got %s", r.UseResult)
	}
}

func TestWithoutBoundary(t *testing.T) {
	b := newBench(t)
	b.put("f", "x")
	b.Sandbox = &sandbox.Sandbox{}
	b.bad("Bash", obj{"command": "echo x"})
	b.bad("Grep", obj{"pattern": "x"})
	b.bad("Read", obj{"file_path": "f"})
	b.bad("Glob", obj{"pattern": "*"})
	b.bad("Write", obj{"file_path": "g", "content": "y"})
	if _, err := os.Stat(filepath.Join(b.dir, "g")); err == nil {
		t.Error("a file was written without a boundary")
	}
}

// TestBashNetwork lets a command ask for a host that is allowed and for others; what was refused is told.
func TestBashNetwork(t *testing.T) {
	b := newBench(t)
	box, err := sandbox.New(sandbox.Options{Tier: sandbox.TierNamespaces})
	if err != nil {
		t.Fatal(err)
	}
	b.Sandbox = box
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "hello %s", r.Host) }))
	defer web.Close()
	at := web.URL[strings.LastIndexByte(web.URL, ':'):]
	hosts, err := egress.ParseHosts([]string{"good.test" + at})
	if err != nil {
		t.Fatal(err)
	}
	proxy := egress.New(egress.Options{
		Hosts: hosts, Open: func(netip.Addr) bool { return true },
		Lookup: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
	})
	bash := tool.Builtin(proxy)[0]
	if !strings.Contains(bash.Spec().Description, "good.test") {
		t.Errorf("the model is not told: %s", bash.Spec().Description)
	}
	run := func(command string) tool.Result {
		r, err := bash.Run(t.Context(), b.Env, json.RawMessage(`{"command":`+strconv.Quote(command)+`}`))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	fetch := func(address string) string {
		return `python3 -c 'import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=5).read().decode())' ` + address + ` 2>&1 | tail -1; `
	}
	if r := run(fetch("http://good.test" + at)); r.IsError || contentOf(t, r) != "hello good.test"+at || len(r.Refused) != 0 {
		t.Errorf("%s %q", r.Content, r.Refused)
	}
	r := run(fetch("http://bad.test"+at) + fetch(web.URL) + "env -u HTTP_PROXY -u http_proxy " + fetch("http://good.test"+at))
	if got := contentOf(t, r); len(r.Refused) != 1 || !strings.Contains(got, "bad.test") || !strings.Contains(got, "not on the list of allowed hosts") || strings.Contains(got, "hello") {
		t.Errorf("%s %q", got, r.Refused)
	}
	if r := b.run("Bash", obj{"command": fetch("http://good.test" + at)}); strings.Contains(contentOf(t, r), "hello") {
		t.Errorf("without a network: %s", r.Content)
	}
}
