package agent

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"time"

	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
)

// subagentID is what the ids of subagents look like; they are parts of names of files.
var subagentID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// metaOf reads what stands beside a subagent's transcript.
func (s *session) metaOf(id string) (meta subagentMeta, path string, err error) {
	if !subagentID.MatchString(id) {
		return meta, "", fault.New(fault.NotFound, "There is no subagent %q.", id)
	}
	path = transcript.AgentFile(transcript.AgentDir(s.info.Side), id)
	meta, err = readMeta(transcript.AgentMetaFile(path))
	return meta, path, err
}

// Revive has a subagent go on that waited for a person; see engine.Keeper. The tools of MCP servers, which turns connect to,
// are there for it only if they are connected already.
func (s *session) Revive(id, messageID string, held []string, settings func() engine.Settings) (engine.Task, func(context.Context, engine.Host) engine.Ended, error) {
	meta, _, err := s.metaOf(id)
	if err != nil {
		return engine.Task{}, nil, err
	}
	one := &aside{id: id, title: meta.Description, ended: make(chan struct{})}
	run := func(ctx context.Context, host engine.Host) engine.Ended {
		parent := &turn{session: s, host: host, env: s.env, kit: s.tools(), Turn: engine.Turn{
			MessageID: messageID, Held: held, Settings: settings, Open: []engine.OpenCall{{ID: meta.ToolUseID, Name: "Agent"}},
		}}
		sub := &subagent{parent: parent, call: call{ID: meta.ToolUseID, Name: "Agent"}, began: time.Now(), quiet: true}
		r, err := s.roleOf(meta.AgentType)
		if err == nil {
			err = sub.open(ctx, r, tool.AgentTask{Description: meta.Description})
		}
		if err != nil {
			return engine.Ended{Notice: engine.Notice{Quiet: true, Notification: transcript.Notification{
				TaskID: id, ToolUseID: meta.ToolUseID, Status: transcript.TaskFailed, Summary: agentName(meta.Description) + " failed: " + sentence(err),
			}}}
		}
		return sub.runAside(ctx, one, func() {})
	}
	return one.engineTask(meta.ToolUseID), run, nil
}

// Runs reports whether a command or a subagent runs in the background.
func (s *session) Runs(id string) bool {
	if one := s.asides.find(id); one != nil {
		return !one.isOver()
	}
	return slices.ContainsFunc(s.env.State.Running(), func(t tool.Task) bool { return t.ID == id })
}

const (
	lostNote = "There is no record of its end: it may have been stopped, or have been running when the program that ran it ended. It was not run " +
		"again, and part of its work may be done: look before you rely on it."
	foundNote = "It had finished before the program that ran it ended, and you were not told."
)

// Became says what became of work whose end the conversation does not tell; see engine.Keeper.
func (s *session) Became(task transcript.Task) transcript.Notification {
	n := transcript.Notification{TaskID: task.ID, ToolUseID: task.ToolUseID, Status: transcript.TaskStopped, Note: lostNote}
	if task.Kind != transcript.TaskAgent {
		n.Summary = "A background command did not finish before the program that ran it ended"
		return n
	}
	n.Summary = fmt.Sprintf("Background agent %q did not finish before the program that ran it ended", task.Title)
	meta, path, err := s.metaOf(task.ID)
	if err != nil {
		return n
	}
	info, err := os.Stat(path)
	if err != nil {
		return n
	}
	conv, err := transcript.LoadAgent(path, info.Size())
	if err != nil {
		return n
	}
	n.Result = lastSaid(conv)
	if meta.Finished {
		n.Status, n.Summary, n.Note = transcript.TaskCompleted, agentName(task.Title)+" finished", foundNote
		return s.clean(n)
	}
	s.markLost(task.ID, path, conv)
	return s.clean(n)
}

// lastSaid is the last text of a subagent.
func lastSaid(conv *transcript.Conversation) string {
	for _, rec := range slices.Backward(conv.Records()) {
		if rec.Type != "assistant" || rec.APIError {
			continue
		}
		for _, b := range slices.Backward(rec.Blocks()) {
			if b.Type == "text" && b.Text != "" {
				return b.Text
			}
		}
	}
	return ""
}

// markLost leaves in a subagent's transcript that it was cut off.
func (s *session) markLost(id, path string, conv *transcript.Conversation) {
	records := conv.Records()
	if len(records) > 0 && records[len(records)-1].Interruption() {
		return
	}
	ctx := context.Background()
	w, err := transcript.OpenWriter(ctx, path, transcript.Context{SessionID: s.info.SessionID, Cwd: s.info.Cwd, AgentID: id})
	if err != nil {
		return // whoever writes it now, it is not lost.
	}
	defer w.Close()
	var entries []transcript.Entry
	for _, c := range conv.OpenCalls() {
		entries = append(entries, lostCall(c.ID))
	}
	if _, err := w.Append(ctx, append(entries, transcript.Interrupted{})...); err != nil {
		s.agent.opts.Log.Warn("end of subagent not recorded", "session_id", s.info.SessionID, "error", err)
	}
}
