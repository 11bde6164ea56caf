package tool

import (
	"context"
	"fmt"
	"io"

	"claude-agent-chat/pkg/egress"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/sandbox"
)

// unlimitedOutput is for programs that talk for as long as a session lives.
const unlimitedOutput = 1 << 50

// Program is a program that runs inside the boundary of a session beside its calls: an MCP server, a hook.
type Program struct {
	Args   []string // the first is an absolute path
	Dir    string
	Env    []string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
}

// RunProgram runs a program until it ends, or until ctx does, with the network of commands. The error is a sentence that
// says how it ended; nil if it ended well.
func (e *Env) RunProgram(ctx context.Context, network *egress.Proxy, p Program) error {
	spec := sandbox.Spec{Args: p.Args, Dir: p.Dir, Env: p.Env, Stdin: p.Stdin, Stdout: p.Stdout, Stderr: p.Stderr, MaxOutput: unlimitedOutput}
	_ = bash{network}.connect(&spec)
	exit, err := e.run(ctx, spec)
	switch {
	case err != nil:
		return err
	case exit.Boundary != "":
		return fault.New(fault.Unavailable, "%s", exit.Boundary)
	case exit.Code != 0:
		return &ExitError{exit.Code}
	}
	return nil
}

// ExitError is the status with which a program failed.
type ExitError struct{ Code int }

// Error is the sentence.
func (e *ExitError) Error() string { return fmt.Sprintf("The program ended with status %d.", e.Code) }
