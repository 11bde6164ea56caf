// Package tool has the built-in tools, named and shaped like Claude Code's: their inputs, the texts that the model gets
// back and the structured results in the transcript are the same, so that a session can go on in either program.
//
// All work is done inside the boundary of the user: programs are run there by the sandbox, and so are the tools that touch
// files, through workspace.FS, by a worker. Whether a call may run at all was decided before Run is called.
package tool

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/egress"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/sandbox"
	"claude-agent-chat/pkg/tasklist"
	"claude-agent-chat/pkg/workspace"
)

// Spec is a tool as the model is told about it.
type Spec struct {
	Name        string
	Description string
	InputSchema json.RawMessage
	// Instead names a tool that a session has instead of this one, where it has that: this one is understood, and not offered.
	Instead string
}

// JSON is the spec as the Messages API takes it.
func (s Spec) JSON() json.RawMessage {
	data, err := json.Marshal(struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		InputSchema json.RawMessage `json:"input_schema"`
	}{s.Name, s.Description, s.InputSchema})
	if err != nil {
		panic("tool " + s.Name + ": " + err.Error()) // the schema of a tool is JSON.
	}
	return data
}

// Safety says what a call can do, and so whether a person must be asked first.
type Safety int

// The kinds of safety, the most harmless first.
const (
	ReadOnly     Safety = iota // changes nothing; such calls may run at the same time
	EditsFiles                 // changes files of the workspace
	ReachesOut                 // tells somebody outside something, and changes nothing here
	RunsCommands               // runs commands of the model's making
)

// Env is what a call works with. Calls of one session share State and FS.
type Env struct {
	Home    string // the user's home
	Cwd     string // the session's working directory, absolute, inside the workspace
	FS      *workspace.FS
	Sandbox *sandbox.Sandbox
	State   *State
	// Skills is the directory of the person's skills, which may be read, in a worker; elsewhere it is looked for in Home.
	Skills string
	Tasks  tasklist.Store
	CallID string
	Host   Host // what the call may ask of its turn; nil in a worker
	Room   int  // how much text there is room for in the conversation, in bytes; 0 if that is not known
	// Bounded, if not nil, is told in which tier of the boundary the call does its work, when it does any there.
	Bounded func(tier string)
	// Planned, if not nil, shows the list of tasks, which the call has changed.
	Planned func([]acp.PlanEntry)
	// Progress, if not nil, gets the output of a running command so far, as markdown, some times a second.
	Progress func(text string)
}

// Result is what a call gave.
type Result struct {
	Content   json.RawMessage // for the model: a string or a list of content blocks
	IsError   bool
	UseResult json.RawMessage // for people and programs: Claude Code's toolUseResult
	Boundary  string          // the limit that stopped the call, as a sentence, or empty
	Refused   []string        // what the call was refused on the network, as sentences
}

// Tool is one tool. Run answers a bad input and everything else that the model can learn from with a Result that is an
// error; its own error means that ctx ended, possibly beside a Result with what there was so far, or that the server is
// in trouble. Tools hold no state and are safe for concurrent use.
type Tool interface {
	Spec() Spec
	Safety(input json.RawMessage) Safety
	Run(ctx context.Context, env *Env, input json.RawMessage) (Result, error)
}

// Orderly is a Tool whose calls run one after another although they only read, because each goes on from the one before.
type Orderly interface {
	Tool
	Orderly()
}

// Builtin gives the tools that every session has. Commands have the network of the proxy; none if it is nil.
func Builtin(network *egress.Proxy) []Tool {
	return []Tool{
		bash{network},
		confined{glob{}},
		grep{},
		confined{read{}},
		confined{edit{}},
		confined{write{}},
		confined{notebookEdit{}},
		taskOutput{},
		taskStop{},
		taskCreate{},
		taskGet{},
		taskUpdate{},
		taskLister{},
		todoWrite{},
		agent{},
		skill{},
		webFetch{},
		webSearch{},
		askUser{},
		exitPlan{},
	}
}

// result makes a result from anything that marshals to a string or to content blocks.
func result(content, useResult any) (Result, error) {
	body, err := json.Marshal(content)
	if err != nil {
		return Result{}, fmt.Errorf("marshal tool result: %w", err)
	}
	structured, err := json.Marshal(useResult)
	if err != nil {
		return Result{}, fmt.Errorf("marshal tool use result: %w", err)
	}
	return Result{Content: body, UseResult: structured}, nil
}

// refuse makes the result of a call that could not be done.
func refuse(format string, args ...any) (Result, error) {
	sentence := fmt.Sprintf(format, args...)
	r, err := result(sentence, "Error: "+sentence)
	r.IsError = true
	return r, err
}

// refuseFor turns an error into the result of a call, or passes it on if it is not the model's business.
func refuseFor(err error) (Result, error) {
	var known *fault.Error
	if errors.As(err, &known) && known.Code != fault.Internal {
		return refuse("%s", known.Message)
	}
	return Result{}, err
}

// said makes the result of a change to the file at path.
func said(format, path string, useResult any) (Result, error) {
	return result(fmt.Sprintf(format, path), useResult)
}
