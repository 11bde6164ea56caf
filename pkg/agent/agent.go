// Package agent is the native engine: it runs the turns of a session on the Messages API, with the built-in tools.
//
// A turn is a loop: ask the model, record what it said, run the tools that it called, record their results, ask again,
// until the model calls no tool. Everything that the model said or a tool answered is durable before the next step.
package agent

import (
	"context"
	"log/slog"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/redact"
	"claude-agent-chat/pkg/sandbox"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/pkg/workspace"
)

// maxRequests bounds the requests of one turn; a turn that reaches it ends with acp.StopMaxTurnRequests.
const maxRequests = 1000

// Options are what an Agent works with. All fields but MaxTokens, Retry and Audit are required.
type Options struct {
	Client    *anthropic.Client
	Sandbox   *sandbox.Sandbox
	Tools     []tool.Tool
	Models    []engine.Model // the first is the default
	MaxTokens int            // of one answer; 32,000 if zero
	Retry     Retry          // DefaultRetry if zero
	Log       *slog.Logger
	// Secrets are taken out of what tools give: nothing brings them there, and if something ever does they go no further.
	Secrets *redact.Secrets
	Audit   *audit.Log // the tool calls; nil writes nothing down
}

// Agent is an engine.Engine. It is safe for concurrent use; its sessions are not.
type Agent struct {
	opts  Options
	specs requestTools
}

var _ engine.Engine = (*Agent)(nil)

// New makes the native engine.
func New(opts Options) *Agent {
	if opts.MaxTokens == 0 {
		opts.MaxTokens = 32_000
	}
	if opts.Retry == (Retry{}) {
		opts.Retry = DefaultRetry
	}
	return &Agent{opts: opts, specs: describeTools(opts.Tools)}
}

// Models are the models that a session may choose from.
func (a *Agent) Models() []engine.Model { return a.opts.Models }

// Open prepares a session. The files that its tools may reach are those of info.Home's workspace.
func (a *Agent) Open(info engine.Info) (engine.Session, error) {
	files, err := workspace.Open(info.Home)
	if err != nil {
		return nil, err
	}
	return &session{
		agent: a,
		info:  info,
		rules: newRules(),
		env:   &tool.Env{Home: info.Home, Cwd: info.Cwd, FS: files, Sandbox: a.opts.Sandbox, State: tool.NewState()},
	}, nil
}

// session is the engine's side of one session.
type session struct {
	agent *Agent
	info  engine.Info
	env   *tool.Env
	rules *rules
}

// Close gives back the workspace.
func (s *session) Close() error { return s.env.FS.Close() }

// turn is what one Run works with.
type turn struct {
	*session
	engine.Turn
	host     engine.Host
	messages []anthropic.Message
	usage    acp.Usage
}

// Run runs one turn; see engine.Session.
func (s *session) Run(ctx context.Context, start engine.Turn, host engine.Host) (engine.Outcome, error) {
	t := &turn{session: s, Turn: start, host: host, messages: requestMessages(transcript.ForModel(start.History, start.Settings().Model))}
	reason, err := t.loop(ctx)
	if err != nil && ctx.Err() == nil {
		t.recordFailure(ctx, err)
		return engine.Outcome{Usage: t.usage}, err
	}
	if ctx.Err() != nil {
		reason, err = acp.StopCancelled, nil
	}
	return engine.Outcome{StopReason: reason, Usage: t.usage}, err
}

// loop asks and answers until the model is done. Once ctx has been cancelled its results do not count.
func (t *turn) loop(ctx context.Context) (stopReason string, err error) {
	for range maxRequests {
		r, err := t.ask(ctx)
		if err != nil {
			return "", err
		}
		if len(r.blocks) > 0 {
			t.messages = append(t.messages, anthropic.Message{Role: "assistant", Content: joinBlocks(r.blocks)})
		}
		switch {
		case len(r.calls) > 0:
			results, err := t.runCalls(ctx, r)
			if err != nil {
				return "", err
			}
			t.messages = append(t.messages, anthropic.Message{Role: "user", Content: joinBlocks(results)})
			if reason, over := turnOver(r.stopReason); over {
				return reason, nil
			}
		case r.stopReason == "pause_turn":
		default:
			reason, _ := turnOver(r.stopReason)
			return reason, nil
		}
	}
	return acp.StopMaxTurnRequests, nil
}

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
	if err := t.host.Record(context.WithoutCancel(ctx), entry); err != nil {
		t.agent.opts.Log.Warn("turn failure not recorded", "session_id", t.info.SessionID, "error", err)
	}
}
