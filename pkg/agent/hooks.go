package agent

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
)

// The events at which hooks run. Claude Code has more.
const (
	beforeTool = "PreToolUse"
	onQuestion = "PermissionRequest"
	afterTool  = "PostToolUse"
	failedTool = "PostToolUseFailure"
	onPrompt   = "UserPromptSubmit"
	onStop     = "Stop"
	onStart    = "SessionStart"
	onEnd      = "SessionEnd"
	subStart   = "SubagentStart"
	subStop    = "SubagentStop"
	onCompact  = "PreCompact"
)

// hookEvents are all of them.
var hookEvents = []string{beforeTool, onQuestion, afterTool, failedTool, onPrompt, onStop, onStart, onEnd, subStart, subStop, onCompact}

const (
	defaultHookTime = time.Minute
	maxHookTime     = 10 * time.Minute
	maxHookOutput   = 64 << 10 // bytes
	maxHooks        = 50       // of one file
	// maxStops is how often hooks may keep a turn from ending.
	maxStops = 3
)

// hook is a command of the person's, or of a workspace that they agreed to, that runs at an event, inside the boundary. It
// can stop what is about to happen, have the person asked, and tell the model something; it can allow nothing.
type hook struct {
	source  string
	matcher *regexp.Regexp // of the tool's name, or what else the event is about; nil is every one
	command string
	timeout time.Duration
}

// parseHooks reads the hooks of a settings file by event. What cannot be run is found.
func (p *policy) parseHooks(data []byte, name string) map[string][]hook {
	var file struct {
		Hooks map[string][]struct {
			Matcher string `json:"matcher"`
			Hooks   []struct {
				Type    string  `json:"type"`
				Command string  `json:"command"`
				Timeout float64 `json:"timeout"` // seconds
			} `json:"hooks"`
		} `json:"hooks"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		var shape struct {
			Hooks json.RawMessage `json:"hooks"`
		}
		if json.Unmarshal(data, &shape) == nil && len(shape.Hooks) > 0 {
			p.find(name, "The hooks in it cannot be read and do not run.")
		}
		return nil
	}
	found, count := map[string][]hook{}, 0
	for event, groups := range file.Hooks {
		if !slices.Contains(hookEvents, event) {
			p.find(name, "Hooks for the event %q do not run here.", event)
			continue
		}
		for _, group := range groups {
			matcher, err := matcherOf(group.Matcher)
			if err != nil {
				p.find(name, "The matcher %q of a hook is no pattern; the hook does not run.", group.Matcher)
				continue
			}
			for _, h := range group.Hooks {
				if count++; h.Type != "command" || strings.TrimSpace(h.Command) == "" || count > maxHooks {
					p.find(name, "A hook for %s does not run: only commands do, and up to %d of them.", event, maxHooks)
					continue
				}
				timeout := min(cmp.Or(time.Duration(h.Timeout*float64(time.Second)), defaultHookTime), maxHookTime)
				found[event] = append(found[event], hook{source: name, matcher: matcher, command: h.Command, timeout: timeout})
			}
		}
	}
	return found
}

// matcherOf reads the pattern of a tool's name: empty and * are every tool.
func matcherOf(pattern string) (*regexp.Regexp, error) {
	if pattern == "" || pattern == "*" {
		return nil, nil
	}
	return regexp.Compile("^(?:" + pattern + ")$")
}

// hookInput is what a hook reads, in Claude Code's words. The transcript lies outside the boundary and is not named.
type hookInput struct {
	SessionID      string          `json:"session_id"`
	Cwd            string          `json:"cwd"`
	PermissionMode string          `json:"permission_mode"`
	Event          string          `json:"hook_event_name"`
	AgentID        string          `json:"agent_id,omitempty"` // of the subagent in which it happens
	AgentType      string          `json:"agent_type,omitempty"`
	Tool           string          `json:"tool_name,omitempty"`
	ToolUseID      string          `json:"tool_use_id,omitempty"`
	Input          json.RawMessage `json:"tool_input,omitempty"`
	Response       json.RawMessage `json:"tool_response,omitempty"`
	Error          string          `json:"error,omitempty"`
	Prompt         string          `json:"prompt,omitempty"`
	Stopped        *bool           `json:"stop_hook_active,omitempty"`
	Said           string          `json:"last_assistant_message,omitempty"`
	Source         string          `json:"source,omitempty"`  // how a session starts
	Reason         string          `json:"reason,omitempty"`  // why one ends
	Trigger        string          `json:"trigger,omitempty"` // of a compaction
	Wish           string          `json:"custom_instructions,omitempty"`
}

// concerns reports whether a hook is about what has happened.
func (h hook) concerns(in hookInput) bool {
	return h.matcher == nil || h.matcher.MatchString(in.subject())
}

// subject is what a hook's matcher is held against.
func (in hookInput) subject() string {
	switch in.Event {
	case subStart, subStop:
		return in.AgentType
	}
	return cmp.Or(in.Tool, in.Source, in.Reason, in.Trigger)
}

// heard is what the hooks of an event said together.
type heard struct {
	blocked bool
	reason  string // why, or what the model is to know
	asks    bool
	context string
}

// runHooks runs the hooks of an event one after the other; the first that blocks ends it.
func (t *turn) runHooks(ctx context.Context, input hookInput) (heard, error) {
	var all heard
	input.PermissionMode = t.Settings().Mode
	if s, ok := t.host.(*subagent); ok {
		input.AgentID, input.AgentType = s.id, s.meta.AgentType
	}
	for _, h := range t.policy().hooks[input.Event] {
		if !h.concerns(input) {
			continue
		}
		one, err := t.runHook(ctx, h, input, t.tellHook)
		if err != nil {
			return all, err
		}
		all.asks = all.asks || one.asks
		all.context = strings.TrimSpace(all.context + "\n" + one.context)
		if one.blocked {
			all.blocked, all.reason = true, one.reason
			return all, nil
		}
	}
	return all, nil
}

// runHook runs one. That it fails is told to the person and stops nothing, as in Claude Code; that it could not be run at
// all stops what it was to look at.
func (s *session) runHook(ctx context.Context, h hook, input hookInput, tell func(h hook, what string)) (heard, error) {
	input.SessionID, input.Cwd = s.info.SessionID, s.info.Cwd
	var out, complaint limited
	limit, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	err := s.env.RunProgram(limit, s.agent.opts.Network, tool.Program{
		Args: []string{"/bin/bash", "-c", h.command}, Dir: s.info.Cwd, Env: []string{"CLAUDE_PROJECT_DIR=" + s.info.Cwd},
		Stdin: bytes.NewReader(mustJSON(input)), Stdout: &out, Stderr: &complaint,
	})
	var exit *tool.ExitError
	switch {
	case ctx.Err() != nil:
		return heard{}, ctx.Err()
	case limit.Err() != nil:
		tell(h, fmt.Sprintf("was stopped after %s, its time limit.", h.timeout))
		return heard{}, nil
	case errors.As(err, &exit) && exit.Code == 2:
		return heard{blocked: true, reason: cmp.Or(complaint.text(), "A hook said no.")}, nil
	case errors.As(err, &exit):
		tell(h, fmt.Sprintf("ended with status %d. %s", exit.Code, complaint.text()))
		return heard{}, nil
	case err != nil:
		return heard{blocked: true, reason: "A hook could not be run: " + sentence(err)}, nil
	}
	return hear(input.Event, out.text()), nil
}

// hear reads what a hook said: JSON in Claude Code's form, or a text, which at some events is for the model.
func hear(event, text string) heard {
	var said struct {
		Continue *bool  `json:"continue"`
		Stop     string `json:"stopReason"`
		Decision string `json:"decision"`
		Reason   string `json:"reason"`
		Specific struct {
			Decision string `json:"permissionDecision"`
			Reason   string `json:"permissionDecisionReason"`
			Context  string `json:"additionalContext"`
			Answer   struct {
				Behavior string `json:"behavior"`
				Message  string `json:"message"`
			} `json:"decision"` // of a question
		} `json:"hookSpecificOutput"`
	}
	var wrong *json.UnmarshalTypeError // of one member; the others count.
	err := json.Unmarshal([]byte(text), &said)
	if err != nil && (!errors.As(err, &wrong) || !strings.HasPrefix(text, "{")) {
		if slices.Contains([]string{onPrompt, onStart, onCompact}, event) {
			return heard{context: text}
		}
		return heard{}
	}
	switch {
	case said.Continue != nil && !*said.Continue:
		return heard{blocked: true, reason: cmp.Or(said.Stop, said.Reason, "A hook said no.")}
	case said.Decision == "block", said.Specific.Decision == "deny", said.Specific.Answer.Behavior == "deny":
		return heard{blocked: true, reason: cmp.Or(said.Specific.Reason, said.Specific.Answer.Message, said.Reason, "A hook said no."), context: said.Specific.Context}
	}
	return heard{asks: said.Specific.Decision == "ask", context: said.Specific.Context}
}

func (t *turn) tellHook(h hook, what string) {
	t.warn(fmt.Sprintf("A hook of %s %s", h.source, strings.TrimSpace(what)))
}

// limited keeps the beginning of what a hook writes.
type limited struct{ kept []byte }

// Write never fails.
func (l *limited) Write(p []byte) (int, error) {
	l.kept = append(l.kept, p[:min(len(p), maxHookOutput-len(l.kept))]...)
	return len(p), nil
}

func (l *limited) text() string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(string(l.kept), "\uFFFD"), "\x00", "\uFFFD"))
}

// tell puts a note for the model into the conversation, on record too.
func (t *turn) tell(ctx context.Context, text string) error {
	if err := t.host.Record(context.WithoutCancel(ctx), transcript.Note{PromptID: t.PromptID, Text: text}); err != nil {
		return err
	}
	t.append([]json.RawMessage{textBlock(text)})
	return nil
}
