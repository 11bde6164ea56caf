package agent

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
)

// maxDepth is how deep subagents may have subagents of their own.
const maxDepth = 5

// subagent is one at work: its files, and what it has done.
type subagent struct {
	*turn        // its own
	parent *turn // that it reports to
	call   call  // by which it was started
	id     string
	meta   subagentMeta
	path   string
	writer *transcript.Writer
	began  time.Time
	seen   steps
	quiet  bool // its steps are not shown
}

// subagentMeta is what stands in the file beside a subagent's transcript, in Claude Code's words.
type subagentMeta struct {
	AgentType   string `json:"agentType"`
	Description string `json:"description"`
	ToolUseID   string `json:"toolUseId"`
	SpawnDepth  int    `json:"spawnDepth"`
	Model       string `json:"model,omitempty"`
	Finished    bool   `json:"finished,omitempty"`
}

// Agent has a subagent do a task. One that was at work on the same call when the process before this one ended goes on.
func (h callHost) Agent(ctx context.Context, task tool.AgentTask) (tool.AgentReport, error) {
	parent := h.turn
	if len(parent.above) >= maxDepth {
		return tool.AgentReport{}, fault.New(fault.Invalid, "Subagents may not be nested deeper than %d.", maxDepth)
	}
	r, err := parent.roleOf(task.Type)
	if err != nil {
		return tool.AgentReport{}, err
	}
	s := &subagent{parent: parent, call: h.call, began: time.Now()}
	if err := s.open(ctx, r, task); err != nil {
		return tool.AgentReport{}, err
	}
	defer s.close()
	reason, err := s.begin(ctx)
	if err != nil {
		return tool.AgentReport{}, s.failed(ctx, err)
	}
	s.meta.Finished = true
	s.saveMeta()
	return tool.AgentReport{
		ID: s.id, Type: r.name, Text: s.said, Model: s.model(), Cut: reason == acp.StopMaxTurnRequests, Tools: s.seen.names(),
		Tokens: usedTokens(s.usage), Took: time.Since(s.began),
	}, nil
}

// failed says why a subagent did not come to its end. An error of the model's server is the parent's business, not the end
// of its turn.
func (s *subagent) failed(ctx context.Context, err error) error {
	var api *anthropic.APIError
	if ctx.Err() != nil || errors.Is(err, errHeld) || !errors.As(err, &api) {
		return err
	}
	s.recordFailure(ctx, err)
	return fault.Wrap(err, fault.Unavailable, "The subagent could not finish: %s", sentence(err))
}

// open prepares the subagent's turn: a new one, or the one that this call had begun before.
func (s *subagent) open(ctx context.Context, r *role, task tool.AgentTask) error {
	dir := transcript.AgentDir(s.parent.info.Side)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The subagent's files could not be made.")
	}
	found := s.find(dir)
	if !found {
		s.id = "a" + randomHex()
		s.meta = subagentMeta{
			AgentType: r.name, Description: task.Description, ToolUseID: s.call.ID, SpawnDepth: len(s.parent.above) + 1,
			Model: s.parent.agent.modelFor(task.Model, r.model, s.parent.model()),
		}
	}
	s.path = transcript.AgentFile(dir, s.id)
	var err error
	s.writer, err = transcript.OpenWriter(ctx, s.path, transcript.Context{SessionID: s.parent.info.SessionID, Cwd: s.parent.info.Cwd, AgentID: s.id})
	if err != nil {
		return err
	}
	s.saveMeta()
	env := *s.parent.session.env
	env.State = tool.NewState()
	s.turn = &turn{
		session: s.parent.session, host: s, env: &env, role: r, above: append(slices.Clone(s.parent.above), s.call.ID),
		kit: s.parent.kit.only(r.offers(len(s.parent.above)+1 < maxDepth)),
		Turn: engine.Turn{PromptID: s.parent.PromptID, MessageID: s.parent.MessageID, Held: s.parent.Held, Settings: func() engine.Settings {
			return r.settings(s.parent.Settings(), s.meta.Model)
		}},
	}
	if err := s.prompt(ctx, found, task.Prompt); err != nil {
		s.close()
		return err
	}
	return nil
}

// prompt begins the subagent's conversation, or takes it up where it was.
func (s *subagent) prompt(ctx context.Context, found bool, text string) error {
	if found {
		conv, err := s.writer.Model()
		if err != nil {
			return err
		}
		if err := s.takeUp(ctx, conv); err != nil {
			return err
		}
	}
	if s.writer.Leaf() == "" {
		entries := append([]transcript.Entry{transcript.Prompt{PromptID: s.PromptID, Content: mustJSON(text)}}, s.skillNotes(ctx)...)
		if err := s.Record(ctx, entries...); err != nil {
			return err
		}
	}
	history, err := s.History(ctx)
	if err != nil {
		return err
	}
	s.restart(history)
	return nil
}

// takeUp finds what a subagent that was cut off left open: calls that may be run again because they waited for a person, and
// others, which get a result that says that they were cut off.
func (s *subagent) takeUp(ctx context.Context, conv *transcript.Conversation) error {
	var lost []transcript.Entry
	for _, c := range conv.OpenCalls() {
		if s.parent.held(c.ID) {
			s.Open = append(s.Open, engine.OpenCall{ID: c.ID, Name: c.Name, Input: c.Input})
			continue
		}
		lost = append(lost, lostCall(c.ID))
	}
	if len(lost) == 0 {
		return nil
	}
	return s.Record(ctx, lost...)
}

// lostCall is the result of a call that was cut off.
func lostCall(id string) transcript.ToolResult {
	return transcript.ToolResult{ToolUseID: id, IsError: true, Content: mustJSON(engine.LostCall)}
}

// find looks for the files of a subagent that this call had begun and that did not come to its end.
func (s *subagent) find(dir string) bool {
	if len(s.parent.Open) == 0 {
		return false
	}
	files, err := filepath.Glob(filepath.Join(dir, "agent-*.meta.json"))
	if err != nil {
		return false
	}
	for _, file := range files {
		meta, err := readMeta(file)
		if err == nil && meta.ToolUseID == s.call.ID && !meta.Finished {
			s.id = strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "agent-"), ".meta.json")
			s.meta = meta
			return true
		}
	}
	return false
}

func readMeta(path string) (meta subagentMeta, err error) {
	data, err := os.ReadFile(path) //nolint:gosec // beside the session's transcript.
	if err != nil {
		return meta, err
	}
	return meta, json.Unmarshal(data, &meta)
}

func (s *subagent) saveMeta() {
	if err := os.WriteFile(transcript.AgentMetaFile(s.path), mustJSON(s.meta), 0o600); err != nil {
		s.parent.agent.opts.Log.Warn("subagent not described", "session_id", s.parent.info.SessionID, "error", err)
	}
}

func (s *subagent) close() {
	if err := s.writer.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
		s.parent.agent.opts.Log.Warn("subagent's transcript not closed", "session_id", s.parent.info.SessionID, "error", err)
	}
	if s.turn != nil {
		s.env.State.Close()
		for model, u := range s.spent {
			s.parent.addUsage(model, u)
		}
	}
}

// Record appends to the subagent's own transcript, and shows the person what it does as the progress of the call.
func (s *subagent) Record(ctx context.Context, entries ...transcript.Entry) error {
	if _, err := s.writer.Append(ctx, entries...); err != nil {
		return err
	}
	if s.seen.add(entries, s.parent.info.Cwd) && !s.quiet {
		s.parent.progress(s.call)(s.seen.text())
	}
	return nil
}

// Stream shows nothing: what a subagent says is its own.
func (s *subagent) Stream(acp.Update) {}

// Ask asks the person of the session.
func (s *subagent) Ask(ctx context.Context, question engine.Question) (engine.Answer, error) {
	return s.parent.host.Ask(ctx, question)
}

// SetMode changes the mode of the session.
func (s *subagent) SetMode(mode string) { s.parent.host.SetMode(mode) }

// History reads the subagent's own conversation.
func (s *subagent) History(context.Context) ([]transcript.Message, error) {
	conv, err := transcript.LoadAgent(s.path, s.writer.End())
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "The subagent's conversation could not be read.")
	}
	return conv.Messages(), nil
}

// Steer gives nothing: messages of the person go to the session's own turn.
func (s *subagent) Steer(context.Context) ([]json.RawMessage, error) { return nil, nil }

// maxSteps is how many of the last calls of a subagent are shown.
const maxSteps = 8

// steps is what a subagent did, for the person.
type steps struct {
	tools []string
	lines []string
}

// add takes in what was recorded, and reports whether there was a call in it.
func (s *steps) add(entries []transcript.Entry, cwd string) (changed bool) {
	for _, e := range entries {
		block, ok := e.(transcript.Assistant)
		if !ok {
			continue
		}
		var b struct {
			Type  string          `json:"type"`
			Name  string          `json:"name"`
			Input json.RawMessage `json:"input"`
		}
		if json.Unmarshal(block.Block, &b) != nil || b.Type != "tool_use" {
			continue
		}
		s.tools = append(s.tools, b.Name)
		s.lines = append(s.lines, b.Name+": "+tool.PresentCall(b.Name, b.Input, cwd).Title)
		if len(s.lines) > maxSteps {
			s.lines = s.lines[1:]
		}
		changed = true
	}
	return changed
}

func (s *steps) names() []string { return s.tools }

// text shows the last steps.
func (s *steps) text() string {
	shown := s.lines
	if more := len(s.tools) - len(shown); more > 0 {
		shown = append([]string{fmt.Sprintf("… %d calls before", more)}, shown...)
	}
	return tool.Fence("", strings.Join(shown, "\n"))
}

func randomHex() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it does not fail.
	return hex.EncodeToString(b[:])
}
