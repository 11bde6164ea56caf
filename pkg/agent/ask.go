package agent

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
)

// Retry says how failed requests are repeated: up to Attempts in all, after Base, twice that, and so on up to Cap, each
// with up to a quarter of jitter. The server's own retry-after comes first, up to MaxRetryAfter.
type Retry struct {
	Attempts      int
	Base, Cap     time.Duration
	MaxRetryAfter time.Duration
}

// DefaultRetry bridges an overload of a few minutes.
var DefaultRetry = Retry{Attempts: 10, Base: 500 * time.Millisecond, Cap: 32 * time.Second, MaxRetryAfter: 5 * time.Minute}

// delay is how long to wait after the attempt-th failure, counted from 1.
func (r Retry) delay(attempt int, cause *anthropic.APIError) time.Duration {
	if cause.RetryAfter > 0 {
		return min(cause.RetryAfter, r.MaxRetryAfter)
	}
	wait := r.Cap
	if attempt < 16 {
		wait = min(r.Cap, r.Base<<(attempt-1))
	}
	return wait + rand.N(wait/4+1) //nolint:gosec // jitter needs no secrecy
}

// reply is one finished answer of the model, recorded.
type reply struct {
	blocks     []json.RawMessage
	calls      []call
	stopReason string
}

// ask sends the conversation and returns the model's answer. Failures before anything of an answer was shown are
// retried; the person sees the countdown. An answer that breaks off later is recorded as far as it came. What the server
// refuses because of its size, or because of a block in it, is mended once.
func (t *turn) ask(ctx context.Context) (reply, error) {
	var tried mended
	for {
		a, err := t.attempts(ctx, t.request(), false)
		if err == nil {
			return a.finish(ctx)
		}
		if a != nil || ctx.Err() != nil {
			return reply{}, err
		}
		again, mendErr := t.makeFit(ctx, err, &tried)
		if mendErr != nil {
			return reply{}, mendErr
		}
		if !again {
			return reply{}, err
		}
	}
}

// attempts sends a request until it is answered. Beside an error it gives the answer that broke off, if something of one
// was kept. What is silent is not shown.
func (t *turn) attempts(ctx context.Context, request anthropic.Request, silent bool) (*answer, error) {
	for attempt := 1; ; attempt++ {
		a := &answer{turn: t, silent: silent, ids: map[int]string{}}
		err := a.receive(ctx, request)
		if err == nil {
			return a, nil
		}
		if kept, recordErr := a.keepPartial(ctx); recordErr != nil || kept || ctx.Err() != nil {
			return a, errors.Join(err, recordErr)
		}
		var cause *anthropic.APIError
		if !errors.As(err, &cause) || !cause.Retryable || attempt >= t.agent.opts.Retry.Attempts {
			return nil, err
		}
		if err := t.wait(ctx, attempt, cause); err != nil {
			return nil, err
		}
	}
}

// wait lets the delay pass and tells the person why.
func (t *turn) wait(ctx context.Context, attempt int, cause *anthropic.APIError) error {
	delay := t.agent.opts.Retry.delay(attempt, cause)
	notice := acp.Update{Kind: acp.UpdateNotice, Severity: "warning", Title: cause.Sentence()}
	t.host.Stream(notice.WithMeta(acp.MetaRetry, acp.Meta{
		"attempt": attempt,
		"max":     t.agent.opts.Retry.Attempts,
		"delayMs": delay.Milliseconds(),
		"at":      time.Now().Add(delay).UTC().Format(time.RFC3339Nano),
	}))
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answer is one attempt at an answer, as it comes in.
type answer struct {
	turn      *turn
	silent    bool // nothing of it is shown or recorded
	acc       anthropic.Accumulator
	ids       map[int]string // by block: the uuid of the record that it will be
	tools     []string       // ids of tool calls that were announced
	requestID string
}

// receive streams the answer to the host as it comes.
func (a *answer) receive(ctx context.Context, request anthropic.Request) error {
	stream, err := a.turn.agent.opts.Client.Stream(ctx, request)
	if err != nil {
		return err
	}
	defer stream.Close()
	a.requestID = stream.RequestID()
	for {
		event, err := stream.Next()
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := a.acc.Add(event); err != nil {
			return err
		}
		if !a.silent {
			a.show(event)
		}
	}
}

// show passes an event on to whoever watches.
func (a *answer) show(event anthropic.Event) {
	switch event.Kind {
	case anthropic.BlockStart:
		a.ids[event.Index] = uuid.NewString()
		if event.ToolID != "" {
			a.tools = append(a.tools, event.ToolID)
			a.turn.host.Stream(acp.Update{
				Kind: acp.UpdateToolCall, ToolCallID: event.ToolID, Title: event.ToolName, Name: event.ToolName,
				ToolKind: tool.PresentCall(event.ToolName, json.RawMessage(`{}`), a.turn.info.Cwd).ToolKind, Status: acp.StatusPending,
			})
		}
	case anthropic.TextDelta:
		a.turn.host.Stream(acp.Chunk(acp.UpdateAgentMessage, a.ids[event.Index], acp.Text(event.Text)))
	case anthropic.ThinkingDelta:
		a.turn.host.Stream(acp.Chunk(acp.UpdateAgentThought, a.ids[event.Index], acp.Text(event.Text)))
	default: // the rest is for the accumulator
	}
}

// finish records the whole answer and returns it.
func (a *answer) finish(ctx context.Context) (reply, error) {
	message := a.acc.Message()
	a.turn.answered(message.Usage)
	out := reply{stopReason: message.StopReason}
	var said strings.Builder
	entries := make([]transcript.Entry, 0, len(message.Blocks))
	for _, block := range message.Blocks {
		if block.Type == "tool_use" {
			out.calls = append(out.calls, call{ID: block.ToolID, Name: block.ToolName, Input: block.Input, Broken: block.Broken})
		}
		if block.Type == "text" {
			said.WriteString(block.Text)
		}
		out.blocks = append(out.blocks, block.Raw)
		entries = append(entries, a.entry(message, block, &message.StopReason))
	}
	a.turn.said = said.String()
	if len(entries) == 0 {
		return out, nil
	}
	if err := a.turn.host.Record(context.WithoutCancel(ctx), entries...); err != nil {
		return reply{}, err
	}
	return out, nil
}

// keepPartial records what came of an answer that broke off: finished thinking and the text so far, never a tool call.
// It reports whether anything of the answer had been shown.
func (a *answer) keepPartial(ctx context.Context) (kept bool, err error) {
	if a.silent {
		return false, nil
	}
	message := a.acc.Message()
	var entries []transcript.Entry
	for _, block := range message.Blocks {
		if block.Type == "text" && block.Text != "" || block.Type == "thinking" && block.Complete {
			entry := a.entry(message, block, nil)
			entry.Aborted = true
			entries = append(entries, entry)
		}
	}
	for _, id := range a.tools {
		a.turn.host.Stream(acp.Update{
			Kind: acp.UpdateToolCallUpdate, ToolCallID: id, Status: acp.StatusFailed,
			ToolContent: []acp.ToolCallContent{acp.ToolText("The answer broke off before this call was complete. It was not run.")},
		})
	}
	kept = len(entries) > 0 || len(a.tools) > 0
	if kept {
		a.turn.answered(message.Usage)
	}
	if stoppedByPerson(ctx) && a.turn.role == nil {
		entries = append(entries, transcript.Interrupted{})
	}
	if len(entries) == 0 {
		return kept, nil
	}
	return kept, a.turn.host.Record(context.WithoutCancel(ctx), entries...)
}

func (a *answer) entry(m anthropic.AccumulatedMessage, block anthropic.Block, stopReason *string) transcript.Assistant {
	entry := transcript.Assistant{
		UUID: a.ids[block.Index], MessageID: m.ID, RequestID: a.requestID, Model: m.Model,
		Block: block.Raw, Usage: m.Usage, BlockIndex: block.Index,
	}
	if stopReason != nil && *stopReason != "" {
		entry.StopReason = stopReason
	}
	if m.StopSequence != "" {
		entry.StopSequence = &m.StopSequence
	}
	return entry
}

// stoppedByPerson tells a person's stop from the server's shutdown, which leaves no mark of a person's in the transcript.
func stoppedByPerson(ctx context.Context) bool {
	return ctx.Err() != nil && !errors.Is(context.Cause(ctx), engine.ErrDraining)
}

// tokens are what a message says of its cost.
type tokens struct {
	Input      int64 `json:"input_tokens"`
	Output     int64 `json:"output_tokens"`
	CacheRead  int64 `json:"cache_read_input_tokens"`
	CacheWrite int64 `json:"cache_creation_input_tokens"`
}

// count adds a message's tokens to the turn's, and gives them.
func (t *turn) count(raw json.RawMessage) tokens {
	var u tokens
	if json.Unmarshal(raw, &u) != nil {
		return tokens{}
	}
	t.addUsage(t.model(), acp.Usage{InputTokens: u.Input, OutputTokens: u.Output, CacheReadTokens: u.CacheRead, CacheWriteTokens: u.CacheWrite})
	return u
}

// answered counts an answer of the conversation, and shows how full the context is.
func (t *turn) answered(raw json.RawMessage) {
	u := t.count(raw)
	t.context, t.unseen = u.Input+u.Output+u.CacheRead+u.CacheWrite, 0
	t.gauge(t.context)
}

// gauge shows how full the context is.
func (t *turn) gauge(used int64) {
	size := int64(t.agent.window())
	t.host.Stream(acp.Update{Kind: acp.UpdateUsage, Used: &used, Size: &size})
}

// DefaultWindow is what every model offered here holds, in tokens.
const DefaultWindow = 200_000

// window is how many tokens a conversation may have.
func (a *Agent) window() int { return a.opts.Window }

// sentence is what a person may be told of an error.
func sentence(err error) string {
	var api *anthropic.APIError
	if errors.As(err, &api) {
		return api.Sentence()
	}
	return fault.Message(err)
}
