// Package engine says what a live session asks of the thing that runs its turns, and what that thing may ask back. The
// vocabulary is the agent's side of the Agent Client Protocol, so that an ACP agent in a child process can stand where
// the native agent stands.
package engine

import (
	"context"
	"encoding/json"
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
	// Side is the directory beside the session's transcript, for what belongs to it: the transcripts of its subagents.
	Side string
}

// Model is one choice of the model option.
type Model struct {
	ID          string
	Name        string
	Description string
}

// Session runs the turns of one session, one at a time. Its methods but Run are quick.
type Session interface {
	// Command reports whether a prompt is a command, and what it is.
	Command(text string) (Command, bool)
	// Commands are the commands that a person may give now.
	Commands() []acp.AvailableCommand
	// Run runs one turn to its end and returns how it ended. A cancelled context ends the turn within a second;
	// what was received so far is recorded, every tool call gets a result, and the outcome is acp.StopCancelled with no
	// error. An error means that the turn failed for a reason the person was told of by its sentence.
	Run(ctx context.Context, turn Turn, host Host) (Outcome, error)
	// Title words what a conversation is about, in its language; empty if it cannot be said.
	Title(ctx context.Context, prompt, model string) (string, error)
	// Busy reports whether something that a turn began goes on although no turn runs. The session is kept then.
	Busy() bool
	// Close frees what the session holds. It is called once, when no turn runs.
	Close() error
}

// Restorer is a Session that can put files back as they were at the first of some messages of the person's, given in their
// order. It gives the paths of those that it changed; what they were before is kept.
type Restorer interface {
	Restore(messages []string) ([]string, error)
}

// Preferrer is a Session whose person, or whose project, has written down how new sessions begin. What is empty, or not there
// to choose, is no wish.
type Preferrer interface {
	Prefers() Settings
}

// Connector is a Session that can use MCP servers of the client's choice. SetServers takes them as the client wrote them;
// they count from the next turn on.
type Connector interface {
	SetServers(servers []json.RawMessage)
}

// Keeper is a Session whose work can go on beside turns, and that knows what became of it.
type Keeper interface {
	// Revive gives what goes on with a task of the process before this one, some of whose calls waited for a person; see
	// Host.Background. They are asked about again. MessageID is as in Turn.
	Revive(taskID, messageID string, held []string, settings func() Settings) (Task, func(ctx context.Context, host Host) Ended, error)
	// Runs reports whether a task runs.
	Runs(taskID string) bool
	// Became says what became of a task that does not run and of whose end the conversation does not tell.
	Became(task transcript.Task) transcript.Notification
}

// Task is work that goes on beside turns.
type Task struct{ ID, ToolUseID, Title string }

// Ended is how such work came to its end.
type Ended struct {
	Notice Notice
	Held   bool                 // a call of it waits for a person while the server shuts down: there is nothing to tell
	Spent  map[string]acp.Usage // by model
}

// Notice is what the model is to be told of such work.
type Notice struct {
	transcript.Notification
	Quiet  bool        // no turn begins for it: the model hears of it in the next one
	Wanted func() bool // whether it is still to be told; nil if it is in any case
}

// Command is a prompt that begins with a slash and a name that the engine knows.
type Command struct {
	Name, Args string
	Local      bool // the engine answers it by itself, without the model
}

// Turn is what a turn starts from.
type Turn struct {
	PromptID string
	// MessageID is the id of the person's message that the turn answers, Prompt its text; empty if the turn goes on without one.
	MessageID string
	Prompt    string
	// History is the conversation as the Messages API wants it; the prompt is its last message. It is the engine's, which
	// clears it when it has taken it in.
	History []transcript.Message
	// Command is set if the prompt is a command.
	Command Command
	// Spent is what the session's turns before this one used, by model.
	Spent map[string]acp.Usage
	// Open are calls at the end of the conversation that have no result because they waited for a person when the process
	// before this one ended. They come before anything else. Held are the ids of all such calls, those of subagents too.
	Open []OpenCall
	Held []string
	// Settings gives the settings in force now; they may change while the turn runs.
	Settings func() Settings
}

// LostCall is the result of a call that was running when the server ended.
const LostCall = "The call was interrupted because the server ended; whether it did its work is not known. It was not run again."

// OpenCall is a tool call without a result.
type OpenCall struct {
	ID    string
	Name  string
	Input json.RawMessage
}

// Settings are what the person may change at any time.
type Settings struct {
	Mode   string // a permission mode, one of the Mode constants
	Model  string
	Effort string // one of Efforts; empty leaves it to the API
}

// Efforts are how much a model may think about an answer, in the API's words, the least first.
func Efforts() []string { return []string{"low", "medium", "high", "xhigh", "max"} }

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
	Spent      map[string]acp.Usage // the same by model
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
	// History reads the conversation afresh, as the Messages API wants it: what was recorded since the turn began, or
	// compacted away, changes it.
	History(ctx context.Context) ([]transcript.Message, error)
	// Steer records what the person sent into the running turn, and what is to be told of work beside it, and gives the blocks;
	// none if there are none.
	Steer(ctx context.Context) ([]json.RawMessage, error)
	// Background has work go on beside turns, until it ends or its context does, whose cause says why. While it goes on the
	// session is shown as running, and a shutdown waits for it. What it asks of the host that it gets reaches the session
	// whether a turn runs or not; Steer and History are none of that.
	Background(task Task, run func(ctx context.Context, host Host) Ended) error
	// Notify tells the model something: at the next step of the turn that runs, or in a turn of its own.
	Notify(n Notice)
}

// Question is what the person is asked about a tool call.
type Question struct {
	// Calls are the call that is asked about, and before it those of the subagents that it came through, the outermost first.
	// Nothing of the call has run yet, so that the question can be asked again by another process.
	Calls    []string
	Task     string     // the work beside turns in which it is asked; empty in a turn
	ToolCall acp.Update // a tool call update with id, title, kind, content, locations and raw input
	Options  []acp.PermissionOption
}

// Answer is what the person said. OptionID is empty if the question was cancelled.
type Answer struct {
	OptionID string
	More     []string // further options, where several may be chosen
	Message  string   // what to do instead, or an answer in the person's own words
}
