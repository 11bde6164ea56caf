// Package engine says what a live session asks of the thing that runs its turns, and what that thing may ask back. The
// vocabulary is the agent's side of the Agent Client Protocol, so that an ACP agent in a child process can stand where
// the native agent stands.
package engine

import (
	"context"
	"errors"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/transcript"
)

// Why a turn's context was cancelled; see context.Cause.
var (
	// ErrInterrupted is the cause when the person stopped the turn.
	ErrInterrupted = errors.New("interrupted by the person")
	// ErrDraining is the cause when the server shuts down before the turn has ended.
	ErrDraining = errors.New("interrupted by the server's shutdown")
)

// Engine opens sessions. It is safe for concurrent use.
type Engine interface {
	// Open prepares the engine's side of one session. It does no I/O that can take long.
	Open(info Info) (Session, error)
	// Models are the models that a session may choose from; the first is the default.
	Models() []Model
}

// Info names a session and its place. Paths are absolute and real.
type Info struct {
	Owner     string // the account whose session it is
	SessionID string
	Home      string // the user's home, which holds workspace and .claude
	Cwd       string // inside Home/workspace
}

// Model is one choice of the model option.
type Model struct {
	ID          string
	Name        string
	Description string
}

// Session runs the turns of one session, one at a time.
type Session interface {
	// Run runs one turn to its end and returns how it ended. A cancelled context ends the turn within a second;
	// what was received so far is recorded, every tool call gets a result, and the outcome is acp.StopCancelled with no
	// error. An error means that the turn failed for a reason the person was told of by its sentence.
	Run(ctx context.Context, turn Turn, host Host) (Outcome, error)
	// Close frees what the session holds. It is called once, when no turn runs.
	Close() error
}

// Turn is what a turn starts from.
type Turn struct {
	PromptID string
	// History is the conversation as the Messages API wants it; the prompt is its last message.
	History []transcript.Message
	// Settings gives the settings in force now; they may change while the turn runs.
	Settings func() Settings
}

// Settings are what the person may change at any time.
type Settings struct {
	Mode  string // a permission mode, one of the Mode constants
	Model string
}

// The permission modes, named as in Claude Code.
const (
	ModeDefault     = "default"
	ModeAcceptEdits = "acceptEdits"
	ModePlan        = "plan"
	ModeBypass      = "bypassPermissions"
)

// Modes are the permission modes in the order in which people step through them.
func Modes() []acp.Mode {
	return []acp.Mode{
		{ID: ModeDefault, Name: "Default", Description: "Asks before it changes files or runs commands."},
		{ID: ModeAcceptEdits, Name: "Accept edits", Description: "Changes files without asking, asks before commands."},
		{ID: ModePlan, Name: "Plan", Description: "Reads and plans, changes nothing."},
		{ID: ModeBypass, Name: "Bypass permissions", Description: "Asks for nothing. The boundary around the tools stays."},
	}
}

// Outcome is how a turn ended.
type Outcome struct {
	StopReason string // one of acp.Stop…
	Usage      acp.Usage
}

// Host is what an engine asks of the session that runs it. All methods are safe for concurrent use while Run runs, and
// their effects reach every subscriber in the order of the calls.
type Host interface {
	// Stream shows an update that is not recorded: a delta, or the progress of a tool.
	Stream(u acp.Update)
	// Record makes entries durable, in one write, and shows them. It returns only when they are safe on disk.
	Record(ctx context.Context, entries ...transcript.Entry) error
	// Ask asks the person about a tool call and waits for the answer, however long it takes, or for ctx.
	Ask(ctx context.Context, question Question) (Answer, error)
	// SetMode changes the session's permission mode, as when the person allows all edits.
	SetMode(mode string)
}

// Question is what the person is asked about a tool call.
type Question struct {
	ToolCall acp.Update // a tool call update with id, title, kind, content, locations and raw input
	Options  []acp.PermissionOption
}

// Answer is what the person said. OptionID is empty if the question was cancelled.
type Answer struct {
	OptionID string
	Message  string // what to do instead, if the person said so
}
