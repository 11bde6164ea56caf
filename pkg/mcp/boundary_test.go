package mcp_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/mcp"
	"claude-agent-chat/pkg/sandbox"
	"claude-agent-chat/pkg/workspace"
)

// snake is an MCP server in Python that needs nothing but the interpreter. Its tool reads a file, and dies of the name "die".
const snake = `
import json, os, sys
def answer(id, result):
    print(json.dumps({"jsonrpc": "2.0", "id": id, "result": result}), flush=True)
for line in sys.stdin:
    message = json.loads(line)
    method, id = message.get("method"), message.get("id")
    if method == "initialize":
        answer(id, {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "snake", "version": "1"}})
    elif method == "tools/list":
        answer(id, {"tools": [{"name": "read", "inputSchema": {"type": "object", "properties": {"path": {"type": "string"}}}}]})
    elif method == "tools/call":
        path = message["params"]["arguments"]["path"]
        if path == "die":
            sys.exit("the end")
        try:
            text = open(path, errors="replace").read()
        except OSError as e:
            text = type(e).__name__
        answer(id, {"content": [{"type": "text", "text": text + " " + " ".join(sorted(os.environ))}]})
`

// boxed makes a Run of a sandbox in the tier of default containers, for a fresh home, with a further
// directory that programs may read.
func boxed(t *testing.T, readOnly string) (opts mcp.Options, root string) {
	t.Helper()
	root = t.TempDir()
	if err := workspace.Ensure(root, "u1"); err != nil {
		t.Fatal(err)
	}
	home := workspace.Home(root, "u1")
	project, err := workspace.CreateProject(home, "demo")
	if err != nil {
		t.Fatal(err)
	}
	files, err := workspace.Open(home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() })
	box, err := sandbox.New(sandbox.Options{Tier: sandbox.TierLandlock, ReadOnly: []string{readOnly}})
	if err != nil {
		t.Fatal(err)
	}
	box.Close() // no helper waits for the next command, which would look like something left over.
	if status := box.Status(); !status.OK {
		t.Fatalf("no boundary here: %s", status.Detail)
	}
	run := func(ctx context.Context, args []string, dir string, env []string, stdin io.Reader, stdout, stderr io.Writer) error {
		exit, err := box.Run(ctx, sandbox.Spec{
			Args: args, Dir: dir, Env: append([]string{"PATH=/usr/local/bin:/usr/bin:/bin"}, env...),
			ReadWrite: []string{files.Dir()}, Temp: files.TempDir(), Stdin: stdin, Stdout: stdout, Stderr: stderr,
		})
		if err == nil {
			err = fmt.Errorf("exit status %d", exit.Code)
		}
		return err
	}
	return mcp.Options{Cwd: project.Path, Run: run}, root
}

// python is an interpreter and the directory that it needs: the system's if there is one, since programs in the boundary find
// that by its name.
func python(t *testing.T) (command, prefix string) {
	t.Helper()
	if _, err := os.Stat("/usr/bin/python3"); err == nil {
		return "python3", "/usr"
	}
	out, err := exec.CommandContext(t.Context(), "python3", "-c", "import sys; print(sys.executable); print(sys.base_prefix)").Output()
	if err != nil {
		t.Skipf("there is no python3: %v", err)
	}
	command, prefix, _ = strings.Cut(strings.TrimSpace(string(out)), "\n")
	return command, prefix
}

// TestBoundary runs a server in the real boundary: it sees the workspace and nothing else, and is gone at the end.
func TestBoundary(t *testing.T) {
	interpreter, prefix := python(t)
	t.Setenv("ANTHROPIC_API_KEY", "sk-ant-of-the-process")
	opts, root := boxed(t, prefix)
	if err := os.WriteFile(filepath.Join(opts.Cwd, "server.py"), []byte(snake), 0o644); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(root, "secret")
	if err := os.WriteFile(secret, []byte("of somebody else"), 0o644); err != nil {
		t.Fatal(err)
	}
	server := command(interpreter, "server.py")
	server.Env = map[string]string{"OWN": "1"}
	opts.Servers = map[string]mcp.Server{"snake": server, "lost": command("./no-such-server"), "self": command("self")}
	set := open(t, opts)
	for _, status := range set.Status() {
		if (status.State == mcp.Connected) != (status.Name == "snake") {
			t.Errorf("%+v", status)
		}
	}
	if got := good(t, set, "mcp__snake__read", `{"path":"server.py"}`); !strings.Contains(got, "import json") || !strings.Contains(got, "OWN PATH") || strings.Contains(got, "ANTHROPIC") {
		t.Error(got)
	}
	for _, path := range []string{secret, "/proc/1/environ", "/etc/shadow"} {
		if got := good(t, set, "mcp__snake__read", `{"path":"`+path+`"}`); !strings.Contains(got, `"text":"PermissionError`) && !strings.Contains(got, `"text":"FileNotFoundError`) {
			t.Errorf("%s: %s", path, got)
		}
	}
	began := time.Now()
	if got := bad(t, set, "mcp__snake__read", `{"path":"die"}`); !strings.Contains(got, "exit status 1. Its last words: the end.") || time.Since(began) > 3*time.Second {
		t.Errorf("%s after %s", got, time.Since(began))
	}
	good(t, set, "mcp__snake__read", `{"path":"server.py"}`)
}
