// Package agent is the native engine: it runs the turns of a session on the Messages API, with the built-in tools.
//
// A turn is a loop: ask the model, record what it said, run the tools that it called, record their results, ask again,
// until the model calls no tool. Everything that the model said or a tool answered is durable before the next step.
package agent

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/egress"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/filehistory"
	"claude-agent-chat/pkg/mcp"
	"claude-agent-chat/pkg/price"
	"claude-agent-chat/pkg/project"
	"claude-agent-chat/pkg/redact"
	"claude-agent-chat/pkg/sandbox"
	"claude-agent-chat/pkg/tasklist"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/pkg/workspace"
)

// maxRequests bounds the requests of one turn; a turn that reaches it ends with acp.StopMaxTurnRequests.
const maxRequests = 1000

// Options are what an Agent works with. All fields but MaxTokens, Window, Retry, Prices and Audit are required.
type Options struct {
	Client    *anthropic.Client
	Sandbox   *sandbox.Sandbox
	Tools     []tool.Tool
	Models    []engine.Model // the first is the default
	MaxTokens int            // of one answer; 32,000 if zero
	Window    int            // tokens that a conversation may have; DefaultWindow if zero
	Retry     Retry          // DefaultRetry if zero
	Prices    price.List     // price.Default if nil
	Log       *slog.Logger
	// Secrets are taken out of what tools give: nothing brings them there, and if something ever does they go no further.
	Secrets *redact.Secrets
	Audit   *audit.Log    // the tool calls; nil writes nothing down
	Network *egress.Proxy // of commands and MCP servers; nil is none
	// ServerClient gives the client with which an MCP server on the network is reached; nil if there are to be none.
	ServerClient func(serverURL string) (*http.Client, error)
}

// Agent is an engine.Engine. It is safe for concurrent use; its sessions are not.
type Agent struct {
	opts   Options
	models atomic.Pointer[[]engine.Model]
	kit    kit // of the built-in tools
}

var _ engine.Engine = (*Agent)(nil)

// New makes the native engine.
func New(opts Options) *Agent {
	if opts.MaxTokens == 0 {
		opts.MaxTokens = 32_000
	}
	if opts.Prices == nil {
		opts.Prices = price.Default
	}
	if opts.Window == 0 {
		opts.Window = DefaultWindow
	}
	if opts.Retry == (Retry{}) {
		opts.Retry = DefaultRetry
	}
	a := &Agent{opts: opts, kit: newKit(opts.Tools)}
	a.SetModels(opts.Models)
	return a
}

// Models are the models that a session may choose from.
func (a *Agent) Models() []engine.Model { return *a.models.Load() }

// SetModels changes them.
func (a *Agent) SetModels(models []engine.Model) { a.models.Store(&models) }

// Open prepares a session. The files that its tools may reach are those of info.Home's workspace.
func (a *Agent) Open(info engine.Info) (engine.Session, error) {
	files, err := workspace.Open(info.Home)
	if err != nil {
		return nil, err
	}
	s := &session{
		agent:   a,
		info:    info,
		rules:   newRules(),
		history: filehistory.Open(files, info.Home, info.SessionID, info.Side+".jsonl", info.Cwd),
		env:     &tool.Env{Home: info.Home, Cwd: info.Cwd, FS: files, Sandbox: a.opts.Sandbox, State: tool.NewState(), Tasks: tasklist.At(info.Home, info.SessionID)},
	}
	s.env.State.OnJobEnd(s.jobEnded)
	return s, nil
}

// session is the engine's side of one session.
type session struct {
	agent *Agent
	info  engine.Info
	env   *tool.Env
	rules *rules
	found atomic.Pointer[project.Project]
	law   atomic.Pointer[policy]
	mcp   atomic.Pointer[mcp.Set]           // of the last turn; nil if there are no servers
	given atomic.Pointer[[]json.RawMessage] // the client's servers
	// connected are the servers that it was made of.
	connected map[string]mcp.Server
	history   *filehistory.History
	starts    string // how the session has started, in the words of hooks, if they were not told yet
	started   bool
	told      string // what the person was told of what was found
	asides    asides
	outside   atomic.Pointer[engine.Host] // of the last turn
}

var (
	_ engine.Preferrer = (*session)(nil)
	_ engine.Keeper    = (*session)(nil)
)

// Restore puts files back; see engine.Restorer.
func (s *session) Restore(messages []string) ([]string, error) { return s.history.Restore(messages) }

// Busy reports whether something of the session runs while no turn does.
func (s *session) Busy() bool { return s.env.State.Busy() }

// Close ends what runs in the background and gives back the workspace.
func (s *session) Close() error {
	s.endHooks()
	if set := s.mcp.Load(); set != nil {
		set.Close()
	}
	s.env.State.Close()
	return s.env.FS.Close()
}

// turn is what runs: the turn of a session, or a subagent at work in one.
type turn struct {
	*session
	engine.Turn
	host     engine.Host
	env      *tool.Env
	kit      kit
	role     *role // of a subagent; nil in the turn of a session
	above    []string
	messages []anthropic.Message
	mu       sync.Mutex // of usage and spent
	usage    acp.Usage
	spent    map[string]acp.Usage // the same by model
	context  int64                // tokens that the last request and its answer took
	unseen   int                  // bytes that have come to the messages since
	notes    []json.RawMessage    // that stand with the newest message and are not recorded
	nested   nested
	active   active
	steps    repeats
	stepped  bool   // the model has answered in this turn
	stops    int    // how often hooks have kept it from ending
	said     string // the text of the last answer
}

// Run runs one turn; see engine.Session.
func (s *session) Run(ctx context.Context, start engine.Turn, host engine.Host) (engine.Outcome, error) {
	s.look()
	s.outside.Store(&host)
	t := &turn{session: s, Turn: start, host: host, env: s.env}
	t.Settings = func() engine.Settings { return t.active.over(start.Settings()) }
	defer t.active.end()
	t.openTyped()
	t.begins()
	t.restart(start.History)
	clear(start.History) // its blocks hold on to the lines that they were read from, for as long as the turn goes on.
	t.connect(ctx)
	t.kit = t.tools()
	t.tellFindings()
	reason, err := t.begin(ctx)
	if err != nil && ctx.Err() == nil {
		t.recordFailure(ctx, err)
		return engine.Outcome{Usage: t.usage, Spent: t.spent}, err
	}
	if ctx.Err() != nil {
		reason, err = acp.StopCancelled, nil
	}
	return engine.Outcome{StopReason: reason, Usage: t.usage, Spent: t.spent}, err
}

// begin does what the turn starts with, and then lets the model go on.
func (t *turn) begin(ctx context.Context) (stopReason string, err error) {
	if t.Turn.Command.Name != "" {
		if over, err := t.command(ctx); over || err != nil {
			return acp.StopEndTurn, err
		}
	}
	if len(t.Open) > 0 {
		if err := t.answerOpen(ctx); err != nil {
			return "", err
		}
	}
	if err := t.startHooks(ctx); err != nil {
		return "", err
	}
	if stopped, err := t.promptHooks(ctx); stopped || err != nil {
		return acp.StopEndTurn, err
	}
	blocks, err := t.tellNested(ctx)
	if err != nil {
		return "", err
	}
	t.append(blocks)
	return t.loop(ctx)
}

// loop asks and answers until the model is done. Once ctx has been cancelled its results do not count.
func (t *turn) loop(ctx context.Context) (stopReason string, err error) {
	for range t.requests() {
		t.takeNotes()
		if err := t.fit(ctx); err != nil {
			return "", err
		}
		r, err := t.ask(ctx)
		if err != nil {
			return "", err
		}
		t.stepped = true
		if len(r.blocks) > 0 { // its tokens were counted.
			t.messages = append(t.messages, anthropic.Message{Role: "assistant", Content: joinBlocks(r.blocks)})
		}
		if reason, over, err := t.step(ctx, r); over || err != nil {
			return reason, err
		}
	}
	return acp.StopMaxTurnRequests, nil
}

// requests is how many requests the turn may make.
func (t *turn) requests() int {
	if t.role != nil && t.role.maxTurns > 0 {
		return min(t.role.maxTurns, maxRequests)
	}
	return maxRequests
}

// step does what an answer asks for, and says whether the turn is over with it.
func (t *turn) step(ctx context.Context, r reply) (stopReason string, over bool, err error) {
	var blocks []json.RawMessage
	if len(r.calls) > 0 {
		if blocks, err = t.runCalls(ctx, r); err != nil {
			return "", true, err
		}
		if reason, over := turnOver(r.stopReason); over {
			return reason, true, nil
		}
		note, stop := t.steps.add(r.calls, blocks)
		if stop {
			return acp.StopMaxTurnRequests, true, t.sayLoop(ctx)
		}
		if note != "" {
			blocks = append(blocks, textBlock(note))
		}
		told, err := t.tellNested(ctx)
		if err != nil {
			return "", true, err
		}
		blocks = append(blocks, told...)
	}
	if err := ctx.Err(); err != nil {
		return "", true, err
	}
	steered, err := t.host.Steer(ctx)
	if err != nil {
		return "", true, err
	}
	if blocks = append(blocks, steered...); len(blocks) > 0 {
		t.add(blocks)
		return "", false, nil
	}
	if r.stopReason == "pause_turn" {
		return "", false, nil
	}
	reason, _ := turnOver(r.stopReason)
	if reason == acp.StopEndTurn {
		goesOn, err := t.stopHooks(ctx)
		return reason, !goesOn, err
	}
	return reason, true, nil
}

// errHeld ends a turn whose call waits for a person while the server shuts down: the call keeps no result, so that the next
// process asks again.
var errHeld = errors.New("a call waits for a person")

// turnOver maps a stop reason of the API to one of ACP, and says whether it ends the turn even after tool calls.
func turnOver(reason string) (acpReason string, over bool) {
	switch reason {
	case "max_tokens", "model_context_window_exceeded":
		return acp.StopMaxTokens, true
	case "refusal":
		return acp.StopRefusal, true
	default:
		return acp.StopEndTurn, false
	}
}

// recordFailure leaves the sentence of a failed turn in the transcript, where everyone who opens it finds it.
func (t *turn) recordFailure(ctx context.Context, cause error) {
	entry := transcript.APIError{Text: sentence(cause)}
	if errors.Is(cause, errHeld) {
		return
	}
	if err := t.host.Record(context.WithoutCancel(ctx), entry); err != nil {
		t.agent.opts.Log.Warn("turn failure not recorded", "session_id", t.info.SessionID, "error", err)
	}
}
