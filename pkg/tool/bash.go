package tool

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"claude-agent-chat/pkg/egress"
	"claude-agent-chat/pkg/sandbox"
	"claude-agent-chat/pkg/workspace"
)

const (
	defaultTimeout = 2 * time.Minute
	maxTimeout     = 10 * time.Minute
	// maxCommand keeps the command below what the kernel takes as one argument.
	maxCommand = 100_000
	// ownHosts are what a command reaches without the proxy: what it serves itself.
	ownHosts = "localhost,127.0.0.1,::1"
	// toolPath is where commands find programs.
	toolPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

// proxyURL is the proxy as commands see it.
var proxyURL = "http://127.0.0.1:" + strconv.Itoa(sandbox.ProxyPort)

// bash runs a command in a shell inside the sandbox. Each call is a new shell; only the directory is kept.
type bash struct {
	network *egress.Proxy // nil if commands have none
}

type bashInput struct {
	Command     string  `json:"command"`
	Timeout     float64 `json:"timeout"` // milliseconds
	Description string  `json:"description"`
	Background  bool    `json:"run_in_background"`
}

type bashResult struct {
	Stdout           string `json:"stdout"`
	Stderr           string `json:"stderr"`
	Interrupted      bool   `json:"interrupted"`
	IsImage          bool   `json:"isImage"`
	NoOutputExpected bool   `json:"noOutputExpected"`
	BackgroundTaskID string `json:"backgroundTaskId,omitempty"`
}

// Spec describes the tool.
func (b bash) Spec() Spec {
	return Spec{
		Name: "Bash",
		Description: "Runs a bash command and returns what it printed. The working directory is kept between calls, " +
			"other shell state is not. Commands run inside a boundary: they can read the system's programs, change files in " +
			"the workspace and in $TMPDIR, and " + b.reach() + ". Whatever a command leaves running is ended with it; " +
			"what is to go on, such as a server, runs with run_in_background, until the session ends. " +
			"Use Read, Write, Edit, Glob and Grep for files where they can do it. Output beyond 30,000 bytes is cut in its middle.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["command"],"properties":{` +
			`"command":{"type":"string","description":"The command to run"},` +
			`"timeout":{"type":"number","description":"Time limit in milliseconds, at most 600000; 120000 if not given"},` +
			`"description":{"type":"string","description":"What the command does, in five to ten words"},` +
			`"run_in_background":{"type":"boolean","description":"Do not wait for the command; TaskOutput gives its output, TaskStop ends it"}}}`),
	}
}

// reach says what commands can reach.
func (b bash) reach() string {
	if b.network == nil {
		return "have no network"
	}
	return "reach over http and https, by the proxy that HTTP_PROXY and HTTPS_PROXY name, only these hosts: " +
		strings.Join(b.network.Hosts().Names(), ", ")
}

// Safety is the same for every command: what a command does cannot be told from its text.
func (bash) Safety(json.RawMessage) Safety { return RunsCommands }

// Run runs the command.
func (b bash) Run(ctx context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[bashInput](input, "command")
	if err != nil {
		return refuseFor(err)
	}
	timeout, complaint := in.check()
	if complaint != "" {
		return refuse("%s", complaint)
	}
	if in.Background {
		return b.begin(env, in)
	}
	cwd := env.shellDir()
	var out output
	stop := out.follow(env.Progress)
	mark := ".cwd-" + rand.Text()
	spec := sandbox.Spec{
		Args:    []string{"/bin/bash", "-c", script(in.Command, env.tempDir()+"/"+mark)},
		Dir:     cwd,
		Stdout:  &out,
		Stderr:  &out,
		Timeout: timeout,
	}
	refused := b.connect(&spec)
	exit, err := env.run(ctx, spec)
	stop()
	if err != nil && ctx.Err() == nil {
		return refuseFor(err)
	}
	refusals := refused()
	note := join(join(refusals...), env.moved(cwd, mark))
	result, err := finished(exit, out.String(), note, timeout)
	if ctx.Err() != nil {
		result, err = interrupted(join(out.String(), note), ctx.Err())
	}
	result.Refused = refusals
	return result, err
}

// begin has the command run in the background.
func (b bash) begin(env *Env, in bashInput) (Result, error) {
	cwd := env.shellDir()
	if env.Bounded != nil {
		env.Bounded(env.Sandbox.Status().Tier)
	}
	own := *env // it outlives the call.
	own.Bounded, own.Progress, own.Host = nil, nil, nil
	job := &job{call: env.CallID, name: title("", cmp.Or(in.Description, in.Command), "?"), command: in.Command}
	err := env.State.jobs.start(job, func(ctx context.Context, out *output) (sandbox.Exit, error) {
		spec := sandbox.Spec{Args: []string{"/bin/bash", "-c", in.Command}, Dir: cwd, Stdout: out, Stderr: out}
		refused := b.connect(&spec)
		exit, err := own.run(ctx, spec)
		for _, sentence := range refused() {
			_, _ = fmt.Fprintln(out, sentence) // it never fails.
		}
		return exit, err
	})
	if err != nil {
		return refuseFor(err)
	}
	return result(fmt.Sprintf("The command runs in the background with the id %s. You are told when it has ended. TaskOutput gives its output, TaskStop ends it.", job.id),
		bashResult{BackgroundTaskID: job.id})
}

// shellDir is where the next command starts: where the last one ended, if that is still there.
func (e *Env) shellDir() string {
	cwd := e.State.Cwd(e.Cwd)
	if _, err := workspace.ResolveCwd(e.Home, cwd); err != nil {
		return e.Cwd
	}
	return cwd
}

// connect gives a command its network, if it is to have one; refused gives what it was refused there.
func (b bash) connect(spec *sandbox.Spec) (refused func() []string) {
	if b.network == nil {
		return func() []string { return nil }
	}
	run := b.network.Run()
	spec.Network = run.Serve
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY"} {
		spec.Env = append(spec.Env, name+"="+proxyURL, strings.ToLower(name)+"="+proxyURL)
	}
	spec.Env = append(spec.Env, "NO_PROXY="+ownHosts, "no_proxy="+ownHosts, "NODE_USE_ENV_PROXY=1")
	return run.Refusals
}

func (in bashInput) check() (timeout time.Duration, complaint string) {
	timeout = time.Duration(in.Timeout * float64(time.Millisecond))
	switch {
	case strings.TrimSpace(in.Command) == "":
		return 0, "The command is empty."
	case strings.ContainsRune(in.Command, 0):
		return 0, "The command holds a NUL character."
	case len(in.Command) > maxCommand:
		return 0, fmt.Sprintf("The command is longer than %d bytes. Write it to a file and run that.", maxCommand)
	case in.Timeout < 0, in.Timeout > float64(maxTimeout.Milliseconds()):
		return 0, fmt.Sprintf("The timeout must lie between 1 and %d milliseconds.", maxTimeout.Milliseconds())
	case in.Timeout == 0:
		return defaultTimeout, ""
	}
	return timeout, ""
}

// script is what the shell runs: the command, and at its end, however it comes, a note of the directory.
func script(command, mark string) string {
	return "trap " + quote("pwd -P 2>/dev/null >| "+quote(mark)) + " EXIT; eval " + quote(command)
}

// quote makes one word of s for the shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// run runs a program in the sandbox, with the user's directories and an environment that has nothing of the server's.
func (e *Env) run(ctx context.Context, spec sandbox.Spec) (sandbox.Exit, error) {
	spec.Env = append([]string{
		"PATH=" + toolPath,
		"HOME=" + e.FS.Dir(),
		"TMPDIR=" + e.tempDir(),
		"LANG=C.UTF-8",
		"TERM=dumb",
		"USER=user",
		"SHELL=/bin/bash",
	}, spec.Env...)
	spec.ReadWrite, spec.Temp = []string{e.FS.Dir()}, e.FS.TempDir()
	if skills := e.skills(); skills != "" {
		spec.ReadOnly = append(spec.ReadOnly, skills)
	}
	if e.Bounded != nil {
		e.Bounded(e.Sandbox.Status().Tier)
	}
	return e.Sandbox.Run(ctx, spec)
}

// tempDir is where a command finds the directory for temporary files.
func (e *Env) tempDir() string { return e.Sandbox.TempDir(e.FS.TempDir()) }

// moved takes over the directory in which the command ended, if it lies in the workspace. Otherwise the next command
// starts in the session's own, and the note says so.
func (e *Env) moved(from, mark string) (note string) {
	data, err := e.FS.TakeTemp(mark, 8192)
	if err != nil {
		e.State.setShellCwd(from) // the shell was killed, or replaced by exec.
		return ""
	}
	to, err := workspace.ResolveCwd(e.Home, strings.TrimSuffix(string(data), "\n"))
	if err != nil {
		e.State.setShellCwd(e.Cwd)
		return "The shell had left the workspace; its working directory is " + e.Cwd + " again."
	}
	e.State.setShellCwd(to)
	return ""
}

func finished(exit sandbox.Exit, out, note string, timeout time.Duration) (Result, error) {
	shown := join(out, note)
	switch {
	case exit.TimedOut:
		return failed(join(fmt.Sprintf("The command was stopped after %s, its time limit.", timeout), shown), exit)
	case exit.Boundary != "":
		return failed(join(exit.Boundary, shown), exit)
	case exit.Signal != "":
		return failed(join(fmt.Sprintf("Exit code %d\nThe command was ended by the signal %s.", exit.Code, exit.Signal), shown), exit)
	case exit.Code != 0:
		return failed(join(fmt.Sprintf("Exit code %d", exit.Code), shown), exit)
	}
	content := shown
	if content == "" {
		content = "(Bash completed with no output)"
	}
	return result(content, bashResult{Stdout: out, Stderr: note, NoOutputExpected: out == ""})
}

func failed(text string, exit sandbox.Exit) (Result, error) {
	r, err := refuse("%s", text)
	r.Boundary = exit.Boundary
	return r, err
}

// interrupted keeps what a command had printed when the person stopped it.
func interrupted(out string, cause error) (Result, error) {
	r, err := result(join("The command was interrupted by the user.", out), bashResult{Stdout: out, Interrupted: true})
	r.IsError = true
	return r, errors.Join(cause, err)
}

// join puts the parts that are not empty on lines of their own.
func join(parts ...string) string {
	var filled []string
	for _, part := range parts {
		if part != "" {
			filled = append(filled, part)
		}
	}
	return strings.Join(filled, "\n")
}
