package session

import (
	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/tasklist"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/pkg/workspace"
)

// tasks is where the session's list of tasks lies.
func (l *Live) tasks() tasklist.Store {
	return tasklist.At(workspace.Home(l.manager.opts.Root, l.owner), l.id)
}

// recallTasks makes the list of tasks from the conversation where it has none: it is a fork, or its files were lost, or it
// has gone back. Without a list the session goes on all the same.
func (l *Live) recallTasks() {
	list := l.tasks()
	if list.Exists() {
		return
	}
	conv, err := transcript.Load(l.path)
	if err == nil {
		err = list.Recall(conv.Answered(tasklist.ToolCreate, tasklist.ToolUpdate))
	}
	if err != nil {
		l.manager.opts.Log.Warn("list of tasks not recalled", "session_id", l.id, "error", err)
	}
}

// planFrames show the list of tasks as it is now, if there is one. Calls change it one by one, so that a part of a
// conversation alone does not say what is on it.
func (l *Live) planFrames() [][]byte {
	entries, ok := l.tasks().Plan()
	if !ok {
		return nil
	}
	return [][]byte{acp.UpdateFrame(l.id, acp.Update{Kind: acp.UpdatePlan, Entries: entries})}
}
