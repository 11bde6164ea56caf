package tool

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/sandbox"
	"claude-agent-chat/pkg/workspace"
)

// workerArg is the argument with which the server's own program runs one tool, inside the boundary.
const workerArg = "agentchat-tool"

// The bounds of what passes between the server and a worker, in bytes.
const (
	maxErrand   = 64 << 20
	maxComplain = 16 << 10
)

// confined is a tool that works on files, run inside the boundary of its user: not in the server, but by the server's own
// program executed there. Whatever the code of the tool gets wrong, or a file that it reads makes of it, happens to the
// user's own files.
type confined struct{ Tool }

// errand is what a worker is to do.
type errand struct {
	Tool  string
	Input json.RawMessage
	Place workspace.Place
	Cwd   string
	Known known
	// Skills is the directory of the person's skills; empty if there is none.
	Skills string
	Room   int
}

// outcome is what came of it.
type outcome struct {
	Result  Result
	Learned known  // what the session's state did not say before
	Failed  string // the tool's own error
}

// Run has a worker run the tool.
func (c confined) Run(ctx context.Context, env *Env, input json.RawMessage) (Result, error) {
	if full := c.full(env, input); full != "" {
		return refuse("%s", full)
	}
	order, err := json.Marshal(errand{c.Spec().Name, input, env.FS.Place(), env.Cwd, env.State.known(), env.skills(), env.Room})
	if err != nil {
		return Result{}, fmt.Errorf("marshal tool call: %w", err)
	}
	var answer, complaint bytes.Buffer
	exit, err := env.run(ctx, sandbox.Spec{
		Args: []string{sandbox.Self, workerArg}, Dir: env.FS.Dir(),
		Stdin: bytes.NewReader(order), Stdout: &answer, Stderr: &complaint, MaxOutput: maxErrand,
	})
	if err != nil {
		if ctx.Err() != nil {
			return Result{}, err
		}
		return refuseFor(err)
	}
	var done outcome
	if err := json.Unmarshal(answer.Bytes(), &done); err != nil || exit.Code != 0 {
		return c.broke(exit, complaint.String())
	}
	env.State.learn(done.Learned)
	if done.Failed != "" {
		return Result{}, fmt.Errorf("%s: %s", c.Spec().Name, done.Failed)
	}
	return done.Result, nil
}

// full says why a tool that adds to the files must not do so.
func (c confined) full(env *Env, input json.RawMessage) string {
	if c.Safety(input) != EditsFiles {
		return ""
	}
	return env.Sandbox.OverQuota(env.FS.Dir())
}

// broke answers for a worker that was stopped, or failed.
func (c confined) broke(exit sandbox.Exit, complaint string) (Result, error) {
	if exit.Boundary != "" {
		r, err := refuse("%s", exit.Boundary)
		r.Boundary = exit.Boundary
		return r, err
	}
	return Result{}, fmt.Errorf("%s ended with status %d: %s", c.Spec().Name, exit.Code, upTo(strings.TrimSpace(complaint), maxComplain))
}

func upTo(s string, most int) string {
	return strings.ToValidUTF8(s[:min(len(s), most)], "")
}

// init is the whole program in a process that was started as a worker; it ends there. As for the sandbox's helper, that
// saves it the initialisation of the server's packages.
func init() {
	if len(os.Args) != 2 || os.Args[1] != workerArg {
		return
	}
	if err := work(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		syscall.Exit(1)
	}
	syscall.Exit(0)
}

// work does one errand.
func work(in io.Reader, out io.Writer) error {
	var e errand
	if err := json.NewDecoder(io.LimitReader(in, maxErrand)).Decode(&e); err != nil {
		return fmt.Errorf("read errand: %w", err)
	}
	files, err := workspace.OpenPlace(e.Place)
	if err != nil {
		return err
	}
	defer files.Close()
	state := NewState()
	state.learn(e.Known)
	result, err := e.run(&Env{Cwd: e.Cwd, FS: files, State: state, Skills: e.Skills, Room: e.Room})
	done := outcome{Result: result, Learned: state.known().without(e.Known)}
	if err != nil {
		done.Failed = fault.Message(err)
	}
	if err := json.NewEncoder(out).Encode(done); err != nil {
		return fmt.Errorf("write outcome: %w", err)
	}
	return nil
}

func (e *errand) run(env *Env) (Result, error) {
	for _, t := range Builtin(nil) {
		if c, ok := t.(confined); ok && c.Spec().Name == e.Tool {
			return c.Tool.Run(context.Background(), env, e.Input)
		}
	}
	return Result{}, fmt.Errorf("no tool %q for a worker", e.Tool)
}
