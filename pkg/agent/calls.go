package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
)

// maxParallel bounds the calls of one answer that run at once. Most of them wait for the model, for a person or for the
// boundary, which has a bound of its own.
const maxParallel = 64

// call is one tool call of the model.
type call struct {
	ID    string
	Name  string
	Input json.RawMessage
	// Broken says why the call cannot run; its input is not complete then.
	Broken string
}

// present is the call as the person sees it.
func (c call) present(cwd string) acp.Update {
	u := tool.PresentCall(c.Name, c.Input, cwd)
	u.ToolCallID = c.ID
	return u
}

// runCalls runs the calls of one answer and returns their results as blocks, in the order of the calls. Calls that only
// read run together, the others one after another in their order. Each result is durable as soon as it is there. When
// ctx is cancelled, what had not ended gets a result that says so.
func (t *turn) runCalls(ctx context.Context, r reply) ([]json.RawMessage, error) {
	results := make([]json.RawMessage, len(r.calls))
	for start := 0; start < len(r.calls); {
		end := start + 1
		for t.readOnly(r.calls[start]) && end < len(r.calls) && t.readOnly(r.calls[end]) {
			end++
		}
		if err := t.runBatch(ctx, r, start, end, results); err != nil {
			return nil, err
		}
		start = end
	}
	if stoppedByPerson(ctx) && t.role == nil {
		err := t.host.Record(context.WithoutCancel(ctx), transcript.Interrupted{ForToolUse: true})
		return results, err
	}
	return results, nil
}

func (t *turn) readOnly(c call) bool {
	known, ok := t.kit.find(c.Name)
	if _, orderly := known.(tool.Orderly); orderly {
		return false
	}
	return ok && c.Broken == "" && known.Safety(c.Input) == tool.ReadOnly
}

func (t *turn) runBatch(ctx context.Context, r reply, start, end int, results []json.RawMessage) error {
	var group errgroup.Group
	group.SetLimit(max(1, maxParallel-len(t.asides.running())))
	for i := start; i < end; i++ {
		group.Go(func() error {
			block, err := t.runCall(ctx, r, r.calls[i])
			results[i] = block
			return err
		})
	}
	return group.Wait()
}

// runCall runs one call and records its result.
func (t *turn) runCall(ctx context.Context, r reply, c call) (json.RawMessage, error) {
	var boundary string
	began := time.Now()
	result, err := t.execute(ctx, r, c, func(tier string) { boundary = tier })
	if errors.Is(err, errHeld) {
		return nil, err
	}
	t.writeDown(ctx, c, boundary, result, err, time.Since(began))
	switch {
	case ctx.Err() != nil:
		result = interruptedResult(result)
	case err != nil:
		t.agent.opts.Log.Error("tool failed", "session_id", t.info.SessionID, "tool", c.Name, "error", err)
		result = errorResult("The tool failed on the server: " + sentence(err))
	}
	result.Content = t.agent.opts.Secrets.From(result.Content)
	result.UseResult = t.agent.opts.Secrets.From(result.UseResult)
	entry := transcript.ToolResult{
		UUID:      uuid.NewString(),
		ToolUseID: c.ID,
		Content:   result.Content,
		IsError:   result.IsError,
		UseResult: result.UseResult,
		Denied:    string(result.UseResult) == deniedUseResult,
		Boundary:  boundary,
		PromptID:  t.PromptID,
	}
	if err := t.host.Record(context.WithoutCancel(ctx), entry); err != nil {
		return nil, fmt.Errorf("record tool result: %w", err)
	}
	return mustJSON(struct {
		Type      string          `json:"type"`
		ToolUseID string          `json:"tool_use_id"`
		Content   json.RawMessage `json:"content"`
		IsError   bool            `json:"is_error,omitempty"`
	}{"tool_result", c.ID, result.Content, result.IsError}), nil
}

// execute finds the tool, puts the approval around it and runs it; bounded is told inside which boundary.
func (t *turn) execute(ctx context.Context, r reply, c call, bounded func(tier string)) (tool.Result, error) {
	if err := ctx.Err(); err != nil {
		return tool.Result{}, err
	}
	if c.Broken != "" {
		return errorResult(c.Broken), nil
	}
	if _, over := turnOver(r.stopReason); over {
		return errorResult("The answer ended before this call could run; it was not run."), nil
	}
	known, ok := t.kit.find(c.Name)
	if !ok {
		return errorResult(fmt.Sprintf("There is no tool named %q here.", c.Name)), nil
	}
	env := *t.env
	env.Room = t.room(len(r.calls))
	env.CallID = c.ID
	env.Host, env.Progress, env.Bounded, env.Planned = callHost{t, c}, t.progress(c), bounded, t.planned
	return approved{Tool: known, call: c, turn: t}.Run(ctx, &env, c.Input)
}

// planned shows the list of tasks, also one that a subagent has changed.
func (t *turn) planned(entries []acp.PlanEntry) {
	t.root().Stream(acp.Update{Kind: acp.UpdatePlan, Entries: entries})
}

// progressEvery is how often the output of a running command is shown.
const progressEvery = 150 * time.Millisecond

// progress shows a running call's output so far, not more often than people can read.
func (t *turn) progress(c call) func(text string) {
	var mu sync.Mutex
	var last time.Time
	return func(text string) {
		mu.Lock()
		due := time.Since(last) >= progressEvery
		if due {
			last = time.Now()
		}
		mu.Unlock()
		if !due {
			return
		}
		t.host.Stream(acp.Update{
			Kind:        acp.UpdateToolCallUpdate,
			ToolCallID:  c.ID,
			Status:      acp.StatusInProgress,
			ToolContent: []acp.ToolCallContent{acp.ToolText(string(t.agent.opts.Secrets.From([]byte(text))))},
		})
	}
}

// deniedUseResult is Claude Code's toolUseResult for a call that the person declined.
const deniedUseResult = `"User rejected tool use"`

// errorResult is a failed result with a sentence for the model and the person.
func errorResult(text string) tool.Result {
	return tool.Result{Content: mustJSON(text), IsError: true, UseResult: mustJSON("Error: " + text)}
}

func deniedResult(d denial) tool.Result {
	if d.hook {
		return errorResult("A hook declined this call; it was not run. " + d.message)
	}
	text := "The person declined this call; it was not run."
	if d.message != "" {
		text += " They said: " + d.message
	} else {
		text += " Do not try to reach the same end another way; ask what they would like instead."
	}
	return tool.Result{Content: mustJSON(text), IsError: true, UseResult: json.RawMessage(deniedUseResult)}
}

// interruptedResult keeps what a stopped call had to say, and says that it was stopped.
func interruptedResult(partial tool.Result) tool.Result {
	if len(partial.Content) > 0 {
		return partial
	}
	return errorResult("The turn was interrupted before this call had ended; it may have done part of its work.")
}

// answerOpen runs the calls that waited for a person when the process before this one ended, and reads the conversation
// again with their results.
func (t *turn) answerOpen(ctx context.Context) error {
	r := reply{stopReason: "tool_use"}
	for _, c := range t.Open {
		r.calls = append(r.calls, call{ID: c.ID, Name: c.Name, Input: c.Input})
	}
	if _, err := t.runCalls(ctx, r); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	history, err := t.host.History(ctx)
	if err != nil {
		return err
	}
	t.restart(history)
	return nil
}

// held reports whether a call waited for a person when the process before this one ended.
func (t *turn) held(id string) bool { return slices.Contains(t.Held, id) }

// addUsage adds what a model used, the turn's own or a subagent's. Subagents end beside each other.
func (t *turn) addUsage(model string, u acp.Usage) {
	if u == (acp.Usage{}) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.usage = t.usage.Plus(u)
	if t.spent == nil {
		t.spent = map[string]acp.Usage{}
	}
	t.spent[model] = t.spent[model].Plus(u)
}
