package claude_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/transcript"
)

// patience is how long one run of the program may take; it takes about a second.
const patience = 90 * time.Second

// turns bounds how many programs run at once: each keeps a core busy and takes 200 MB.
var turns = make(chan struct{}, 2)

// desk is where a person runs Claude Code: a home of its own and a directory to work in.
type desk struct {
	t    testing.TB
	home string
	cwd  string // the real path
}

// newDesk makes a desk, told to delete nothing.
func newDesk(t testing.TB) *desk {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	return newDeskIn(t, filepath.Join(root, "home"), filepath.Join(root, "work"))
}

// newDeskIn makes a desk of these two directories.
func newDeskIn(t testing.TB, home, cwd string) *desk {
	t.Helper()
	must(t, os.MkdirAll(filepath.Join(home, ".claude"), 0o700))
	must(t, os.MkdirAll(cwd, 0o700))
	must(t, os.WriteFile(filepath.Join(home, ".claude", "settings.json"), []byte(`{"cleanupPeriodDays": 36500}`), 0o600))
	return &desk{t: t, home: home, cwd: cwd}
}

// of is the same desk for another test.
func (d *desk) of(t testing.TB) *desk { return &desk{t: t, home: d.home, cwd: d.cwd} }

// at is the same home and another directory.
func (d *desk) at(cwd string) *desk { return &desk{t: d.t, home: d.home, cwd: cwd} }

// path is where the program keeps a session of this directory.
func (d *desk) path(sessionID string) string { return transcript.SessionPath(d.home, d.cwd, sessionID) }

// put places a session's file.
func (d *desk) put(sessionID string, data []byte) string {
	d.t.Helper()
	path := d.path(sessionID)
	must(d.t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(d.t, os.WriteFile(path, data, 0o600))
	return path
}

// load opens a session with our reader.
func (d *desk) load(sessionID string) *transcript.Conversation {
	d.t.Helper()
	conv, err := transcript.Load(d.path(sessionID))
	must(d.t, err)
	return conv
}

// sessions are the ids of the sessions of this directory.
func (d *desk) sessions() []string {
	d.t.Helper()
	paths, err := filepath.Glob(d.path("*"))
	must(d.t, err)
	ids := make([]string, 0, len(paths))
	for _, path := range paths {
		ids = append(ids, strings.TrimSuffix(filepath.Base(path), ".jsonl"))
	}
	return ids
}

// run is what came of a run of the program.
type run struct {
	output string // what it printed
	errors string // what it printed to standard error
	err    error  // of its exit
}

// run runs the program with these arguments against a model.
func (d *desk) run(m *model, args ...string) run {
	d.t.Helper()
	turns <- struct{}{}
	defer func() { <-turns }()
	cmd := d.command(m, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	return run{out.String(), errs.String(), err}
}

// ask runs the program until it has asked the model this prompt, and no longer: what comes after takes as long again.
func (d *desk) ask(m *model, prompt string, args ...string) run {
	d.t.Helper()
	turns <- struct{}{}
	defer func() { <-turns }()
	cmd := d.command(m, append([]string{"-p", prompt}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	must(d.t, cmd.Start())
	ended := make(chan struct{})
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		m.await(prompt, ended)
		_ = cmd.Process.Kill() // it may have ended by itself
	}()
	err := cmd.Wait()
	close(ended)
	<-killed
	return run{out.String(), errs.String(), err}
}

// converse runs the program for several prompts, each when the one before has been answered, and gives the id of its
// session.
func (d *desk) converse(m *model, prompts []any, args ...string) string {
	d.t.Helper()
	turns <- struct{}{}
	defer func() { <-turns }()
	id := uuid.NewString()
	cmd := d.command(m, append(args, streaming(id)...)...)
	in, err := cmd.StdinPipe()
	must(d.t, err)
	out, err := cmd.StdoutPipe()
	must(d.t, err)
	must(d.t, cmd.Start())
	answers := bufio.NewScanner(out)
	answers.Buffer(nil, 16<<20)
	for _, content := range prompts {
		_, err = in.Write([]byte(userLine(content)))
		must(d.t, err)
		for answers.Scan() && !bytes.Contains(answers.Bytes(), []byte(`"type":"result"`)) {
		}
		must(d.t, answers.Err())
	}
	must(d.t, in.Close())
	_, err = io.Copy(io.Discard, out)
	must(d.t, err)
	_ = cmd.Wait() // its status is that of the last prompt
	return id
}

// streaming are the arguments for a session whose prompts come on standard input.
func streaming(sessionID string) []string {
	return []string{"-p", "--session-id", sessionID, "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"}
}

// userLine is a prompt as the program takes it on its standard input.
func userLine(content any) string {
	return encode(object{"type": "user", "message": object{"role": "user", "content": content}}) + "\n"
}

// breakOff runs the program for one prompt until it has printed these words of the answer, and breaks it off there. It
// gives the id of the session.
func (d *desk) breakOff(m *model, prompt, words string, how func(cmd *exec.Cmd, in io.Writer) error) string {
	d.t.Helper()
	turns <- struct{}{}
	defer func() { <-turns }()
	id := uuid.NewString()
	cmd := d.command(m, append(streaming(id), "--include-partial-messages")...)
	in, err := cmd.StdinPipe()
	must(d.t, err)
	out, err := cmd.StdoutPipe()
	must(d.t, err)
	must(d.t, cmd.Start())
	_, err = in.Write([]byte(userLine(prompt)))
	must(d.t, err)
	answers := bufio.NewScanner(out)
	answers.Buffer(nil, 16<<20)
	for answers.Scan() && !bytes.Contains(answers.Bytes(), []byte(words)) {
	}
	must(d.t, answers.Err())
	must(d.t, how(cmd, in))
	must(d.t, in.Close())
	_, err = io.Copy(io.Discard, out)
	must(d.t, err)
	_ = cmd.Wait() // how it ends after that is its own affair
	return id
}

// asAnEditor stops a turn as programs do that run this one.
func asAnEditor(_ *exec.Cmd, in io.Writer) error {
	_, err := io.WriteString(in, `{"type":"control_request","request_id":"1","request":{"subtype":"interrupt"}}`+"\n")
	return err
}

// asAPerson stops the program as Ctrl-C does.
func asAPerson(cmd *exec.Cmd, _ io.Writer) error { return cmd.Process.Signal(os.Interrupt) }

// interruptWhen runs the program until something is so, and stops it then as Ctrl-C does.
func (d *desk) interruptWhen(m *model, so func() bool, args ...string) {
	d.t.Helper()
	turns <- struct{}{}
	defer func() { <-turns }()
	cmd := d.command(m, args...)
	must(d.t, cmd.Start())
	for deadline := time.Now().Add(patience); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatal("it never comes to where it is to be interrupted")
		}
	}
	must(d.t, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait() // how it ends after that is its own affair
}

// mustRun is run for what must go well.
func (d *desk) mustRun(m *model, args ...string) string {
	d.t.Helper()
	r := d.run(m, args...)
	if r.err != nil {
		d.t.Fatalf("claude %q: %v\n%s%s", args, r.err, r.output, r.errors)
	}
	return r.output
}

// command prepares a run. The program sees nothing of this machine but PATH, and talks to nobody but the model.
func (d *desk) command(m *model, args ...string) *exec.Cmd {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	d.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program(d.t), args...)
	cmd.Dir = d.cwd
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + d.home, "PWD=" + d.cwd, "LANG=C.UTF-8",
		"ANTHROPIC_BASE_URL=" + m.address, "ANTHROPIC_API_KEY=sk-ant-fake",
		"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "DISABLE_AUTOUPDATER=1", "DISABLE_TELEMETRY=1",
		"IS_SANDBOX=1", // it refuses to pass over permissions as root otherwise.
	}
	return cmd
}

// program is the path of the real program, as it was built for this machine. The package's own start script needs a newer
// Node.js than this project does.
func program(t testing.TB) string {
	t.Helper()
	arch := cmp.Or(map[string]string{"amd64": "x64"}[runtime.GOARCH], runtime.GOARCH)
	name := fmt.Sprintf("@anthropic-ai+claude-code-%s-%s*@%s", runtime.GOOS, arch, transcript.FormatVersion)
	found, err := filepath.Glob(filepath.Join("node_modules", ".pnpm", name, "node_modules", "@anthropic-ai", "*", "claude"))
	must(t, err)
	if len(found) == 0 {
		t.Fatalf("Claude Code %s is not installed in test/claude/node_modules: run `make setup`", transcript.FormatVersion)
	}
	path, err := filepath.Abs(found[0])
	must(t, err)
	return path
}
