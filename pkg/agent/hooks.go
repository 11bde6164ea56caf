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

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
)

// The events at which hooks run. Claude Code has more.
const (
	beforeTool = "PreToolUse"
	afterTool  = "PostToolUse"
	onPrompt   = "UserPromptSubmit"
	onStop     = "Stop"
)

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
	matcher *regexp.Regexp // of the tool's name; nil is every one
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
		if !slices.Contains([]string{beforeTool, afterTool, onPrompt, onStop}, event) {
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
	Tool           string          `json:"tool_name,omitempty"`
	Input          json.RawMessage `json:"tool_input,omitempty"`
	Response       json.RawMessage `json:"tool_response,omitempty"`
	Prompt         string          `json:"prompt,omitempty"`
	Stopped        *bool           `json:"stop_hook_active,omitempty"`
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
	for _, h := range t.policy().hooks[input.Event] {
		if h.matcher != nil && !h.matcher.MatchString(input.Tool) {
			continue
		}
		one, err := t.runHook(ctx, h, input)
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
func (t *turn) runHook(ctx context.Context, h hook, input hookInput) (heard, error) {
	input.SessionID, input.Cwd, input.PermissionMode = t.info.SessionID, t.info.Cwd, t.Settings().Mode
	var out, complaint limited
	limit, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	err := t.session.env.RunProgram(limit, t.agent.opts.Network, tool.Program{
		Args: []string{"/bin/bash", "-c", h.command}, Dir: t.info.Cwd, Env: []string{"CLAUDE_PROJECT_DIR=" + t.info.Cwd},
		Stdin: bytes.NewReader(mustJSON(input)), Stdout: &out, Stderr: &complaint,
	})
	var exit *tool.ExitError
	switch {
	case ctx.Err() != nil:
		return heard{}, ctx.Err()
	case limit.Err() != nil:
		t.tellHook(h, fmt.Sprintf("was stopped after %s, its time limit.", h.timeout))
		return heard{}, nil
	case errors.As(err, &exit) && exit.Code == 2:
		return heard{blocked: true, reason: cmp.Or(complaint.text(), "A hook said no.")}, nil
	case errors.As(err, &exit):
		t.tellHook(h, fmt.Sprintf("ended with status %d. %s", exit.Code, complaint.text()))
		return heard{}, nil
	case err != nil:
		return heard{blocked: true, reason: "A hook could not be run: " + sentence(err)}, nil
	}
	return hear(input.Event, out.text()), nil
}

// hear reads what a hook said: JSON in Claude Code's form, or a text, which at a prompt is for the model.
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
		} `json:"hookSpecificOutput"`
	}
	if json.Unmarshal([]byte(text), &said) != nil {
		if event == onPrompt {
			return heard{context: text}
		}
		return heard{}
	}
	switch {
	case said.Continue != nil && !*said.Continue:
		return heard{blocked: true, reason: cmp.Or(said.Stop, said.Reason, "A hook said no.")}
	case said.Decision == "block", said.Specific.Decision == "deny":
		return heard{blocked: true, reason: cmp.Or(said.Specific.Reason, said.Reason, "A hook said no.")}
	}
	return heard{asks: said.Specific.Decision == "ask", context: said.Specific.Context}
}

func (t *turn) tellHook(h hook, what string) {
	t.host.Stream(acp.Update{Kind: acp.UpdateNotice, Severity: "warning", Title: fmt.Sprintf("A hook of %s %s", h.source, strings.TrimSpace(what))})
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

// stopHooks runs the hooks of a turn's end, and says whether the turn goes on with what one of them said.
func (t *turn) stopHooks(ctx context.Context) (goesOn bool, err error) {
	if t.role != nil || t.stops >= maxStops || len(t.policy().hooks[onStop]) == 0 {
		return false, nil
	}
	active := t.stops > 0
	said, err := t.runHooks(ctx, hookInput{Event: onStop, Stopped: &active})
	if err != nil || !said.blocked {
		return false, err
	}
	t.stops++
	return true, t.tell(ctx, "<system-reminder>\nA hook of the person's says that the work is not done:\n"+said.reason+"\n</system-reminder>")
}

// tell puts a note for the model into the conversation, on record too.
func (t *turn) tell(ctx context.Context, text string) error {
	if err := t.host.Record(context.WithoutCancel(ctx), transcript.Note{PromptID: t.PromptID, Text: text}); err != nil {
		return err
	}
	t.append([]json.RawMessage{textBlock(text)})
	return nil
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
