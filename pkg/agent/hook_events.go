package agent

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
)

// endTime is how long the hooks of a session's end may take together: nobody waits for what they say.
const endTime = 2 * time.Second

// begins notes that the session starts, with its first turn in this process.
func (t *turn) begins() {
	if t.started {
		return
	}
	t.started, t.starts = true, "resume"
	if len(t.History) <= 1 {
		t.starts = "startup"
	}
}

// startAgain has the hooks of a session's start run again, before the model is next asked: it has forgotten what they said.
func (t *turn) startAgain(source string) {
	if t.role == nil {
		t.starts = source
	}
}

// startHooks runs the hooks of a session's start, once for each, or of a subagent's, and tells the model what they say. They
// cannot stop it.
func (t *turn) startHooks(ctx context.Context) error {
	input := hookInput{Event: onStart, Source: t.starts}
	switch {
	case t.role == nil && t.starts == "":
		return nil
	case t.role == nil:
		t.starts = ""
	case t.stepped || len(t.messages) > 1:
		return nil // it goes on.
	default:
		input = hookInput{Event: subStart}
	}
	if len(t.policy().hooks[input.Event]) == 0 {
		return nil
	}
	said, err := t.runHooks(ctx, input)
	if err != nil {
		return err
	}
	if said.blocked {
		t.warn("A hook of the start says: " + said.reason)
	}
	if said.context == "" {
		return nil
	}
	return t.tell(ctx, "<system-reminder>\nA hook of the person's says at the start:\n"+said.context+"\n</system-reminder>")
}

// promptHooks runs the hooks of a prompt: one may stop the turn, and what they say goes to the model.
func (t *turn) promptHooks(ctx context.Context) (stopped bool, err error) {
	if len(t.policy().hooks[onPrompt]) == 0 || t.Prompt == "" {
		return false, nil
	}
	said, err := t.runHooks(ctx, hookInput{Event: onPrompt, Prompt: t.Prompt})
	if err != nil {
		return false, err
	}
	if said.blocked {
		return true, t.host.Record(context.WithoutCancel(ctx), transcript.APIError{Text: "A hook stopped the message: " + said.reason})
	}
	if said.context == "" {
		return false, nil
	}
	return false, t.tell(ctx, "<system-reminder>\nA hook of the person's says to this message:\n"+said.context+"\n</system-reminder>")
}

// stopHooks runs the hooks of a turn's end, or a subagent's, and says whether it goes on with what one of them said.
func (t *turn) stopHooks(ctx context.Context) (goesOn bool, err error) {
	event := onStop
	if t.role != nil {
		event = subStop
	}
	if t.stops >= maxStops || len(t.policy().hooks[event]) == 0 {
		return false, nil
	}
	active := t.stops > 0
	said, err := t.runHooks(ctx, hookInput{Event: event, Stopped: &active, Said: t.said})
	if err != nil || !said.blocked {
		return false, err
	}
	t.stops++
	return true, t.tell(ctx, "<system-reminder>\nA hook of the person's says that the work is not done:\n"+said.reason+"\n</system-reminder>")
}

// endHooks runs the hooks of a session's end, if anything had begun in it. They are not waited for longer than endTime.
func (s *session) endHooks() {
	p := s.law.Load()
	if !s.started || p == nil || len(p.hooks[onEnd]) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	input := hookInput{Event: onEnd, Reason: "other"}
	for _, h := range p.hooks[onEnd] {
		if !h.concerns(input) {
			continue
		}
		if _, err := s.runHook(ctx, h, input, func(hook, string) {}); err != nil {
			s.agent.opts.Log.Info("hook of a session's end did not end", "session_id", s.info.SessionID)
			return
		}
	}
}

// compactHooks runs the hooks before a compaction. What they say is a wish for the summary. They can stop one that the person
// asked for, but not one that the conversation needs.
func (t *turn) compactHooks(ctx context.Context, c *compaction) error {
	if len(t.policy().hooks[onCompact]) == 0 {
		return nil
	}
	trigger := "manual"
	if c.auto {
		trigger = "auto"
	}
	said, err := t.runHooks(ctx, hookInput{Event: onCompact, Trigger: trigger, Wish: c.wish})
	if err != nil {
		return err
	}
	if said.blocked && !c.auto {
		return fault.New(fault.Forbidden, "A hook stopped the compaction: %s", said.reason)
	}
	if said.blocked {
		t.warn("A hook would stop the compaction, without which the conversation cannot go on: " + said.reason)
	}
	c.wish = strings.TrimSpace(c.wish + "\n" + said.context)
	return nil
}

// afterHooks runs the hooks behind a call that has run, and puts what they say behind its result.
func (t *turn) afterHooks(ctx context.Context, input hookInput, result tool.Result) (tool.Result, error) {
	input.Event, input.Response = afterTool, result.UseResult
	if result.IsError {
		input.Event, input.Response, input.Error = failedTool, nil, textOf(result.Content)
	}
	if len(t.policy().hooks[input.Event]) == 0 {
		return result, nil
	}
	said, err := t.runHooks(ctx, input)
	if feedback := strings.TrimSpace(said.reason + "\n" + said.context); err == nil && feedback != "" {
		result.Content = withFeedback(result.Content, feedback)
	}
	return result, err
}

// withFeedback puts what a hook said behind a result.
func withFeedback(content json.RawMessage, reason string) json.RawMessage {
	note := "<system-reminder>\nA hook of the person's says to this call:\n" + reason + "\n</system-reminder>"
	var text string
	if json.Unmarshal(content, &text) == nil {
		return mustJSON(text + "\n\n" + note)
	}
	return appendBlock(content, textBlock(note))
}

// textOf is the text of a result's content.
func textOf(content json.RawMessage) string {
	var text string
	if json.Unmarshal(content, &text) == nil {
		return text
	}
	var blocks []struct {
		Text string `json:"text"`
	}
	_ = json.Unmarshal(content, &blocks) // it is one or the other.
	var b strings.Builder
	for _, block := range blocks {
		b.WriteString(block.Text)
	}
	return b.String()
}
