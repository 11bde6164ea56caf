package transcript

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The kinds of work that goes on in the background, in Claude Code's words.
const (
	TaskAgent   = "local_agent"
	TaskCommand = "local_bash"
)

// How work in the background came to its end, in Claude Code's words.
const (
	TaskCompleted = "completed"
	TaskFailed    = "failed"
	TaskKilled    = "killed"  // somebody stopped it
	TaskStopped   = "stopped" // the program in which it ran has ended
)

const notificationTag = "task-notification"

// Notification says how work in the background came to its end.
type Notification struct {
	TaskID    string
	ToolUseID string // of the call that began it; may be empty
	Status    string // one of the Task constants
	Summary   string
	Note      string
	Result    string
	// Tokens, Uses and Took are what a subagent used; all zero if that is not to be said.
	Tokens int64
	Uses   int
	Took   time.Duration
}

// harmless keeps a text from ending, or beginning, what it stands in.
var harmless = strings.NewReplacer(
	"<"+notificationTag, "&lt;"+notificationTag, "</"+notificationTag, "&lt;/"+notificationTag,
	"<system-reminder", "&lt;system-reminder", "</system-reminder", "&lt;/system-reminder", "</result", "&lt;/result",
)

// Text is the notification as Claude Code writes it.
func (n Notification) Text() string {
	var b strings.Builder
	line := func(tag, text string) {
		if text != "" {
			fmt.Fprintf(&b, "<%s>%s</%s>\n", tag, harmless.Replace(text), tag)
		}
	}
	b.WriteString("<" + notificationTag + ">\n")
	line("task-id", n.TaskID)
	line("tool-use-id", n.ToolUseID)
	line("status", n.Status)
	line("summary", n.Summary)
	line("note", n.Note)
	line("result", n.Result)
	if n.Tokens > 0 || n.Uses > 0 {
		fmt.Fprintf(&b, "<usage><subagent_tokens>%d</subagent_tokens><tool_uses>%d</tool_uses><duration_ms>%d</duration_ms></usage>\n",
			n.Tokens, n.Uses, n.Took.Milliseconds())
	}
	b.WriteString("</" + notificationTag + ">")
	return b.String()
}

// parseNotification reads what people are shown of a notification: nothing of what the work itself said.
func parseNotification(text string) (n Notification, ok bool) {
	rest, ok := strings.CutPrefix(text, "<"+notificationTag+">")
	if !ok {
		return n, false
	}
	rest, _, _ = strings.Cut(rest, "<result>")
	for tag, field := range map[string]*string{
		"task-id": &n.TaskID, "tool-use-id": &n.ToolUseID, "status": &n.Status, "summary": &n.Summary,
	} {
		_, inside, _ := strings.Cut(rest, "<"+tag+">")
		if inside, _, found := strings.Cut(inside, "</"+tag+">"); found {
			*field = inside
		}
	}
	return n, n.TaskID != ""
}

// TaskNotice tells the model of the end of work in the background. Nobody typed it.
type TaskNotice struct {
	Notification
	UUID           string
	PromptID       string
	PermissionMode string
	Queued         bool // it goes into a running turn
	Silent         bool // no turn begins with it
}

func (e TaskNotice) line(b *batch) stamped {
	text := mustJSON(e.Text())
	origin := func(o *object) {
		o.member("origin")
		o.open()
		o.text("kind", notificationTag)
		o.close()
	}
	if e.Queued {
		return &chainedLine{Type: typeAttachment, UUID: e.UUID, PromptID: e.PromptID, Members: func(o *object) {
			o.member("attachment")
			o.open()
			o.text("type", "queued_command")
			o.raw("prompt", text)
			o.text("commandMode", notificationTag)
			origin(o)
			o.close()
		}}
	}
	if !e.Silent {
		b.promptID = e.PromptID
	}
	return &chainedLine{
		Type: typeUser, UUID: e.UUID, PromptID: e.PromptID, PermissionMode: e.PermissionMode, Message: userMessage{b.content(text)},
		Members: func(o *object) {
			origin(o)
			o.text("promptSource", "system")
			o.flag("queueSkipAttachments", true)
			o.flagIfSet("queueTranscriptOnly", e.Silent)
		},
	}
}

// Notification is what a record tells the model of work in the background, without what that work itself said; false if it
// tells nothing of the kind.
func (r *Record) Notification() (Notification, bool) {
	if !r.Notice {
		return Notification{}, false
	}
	return parseNotification(r.PromptText())
}

// Told are the record's blocks as the model hears them.
func (r *Record) Told() []Block { return told(r) }

// Task is work in the background that a conversation tells of.
type Task struct{ ID, ToolUseID, Kind, Title string }

// taskMarks stand in the lines of all records that tell of the beginning or the end of a task.
var taskMarks = []string{"async_launched", "backgroundTaskId", "task_id", notificationTag}

// OpenTasks are those whose beginning the active branch tells and whose end it does not, in the order in which they began.
func (c *Conversation) OpenTasks() []Task {
	var open []Task
	b := c.skeleton.people()
	for _, at := range b.members() {
		if !b.bones[at].is(boneResult|boneMeta) || !c.names(at, taskMarks) {
			continue
		}
		rec, ok := c.record(at)
		if !ok {
			continue
		}
		begun, ended := rec.task()
		open = slices.DeleteFunc(open, func(t Task) bool { return t.ID == ended || t.ID == begun.ID })
		if begun.ID != "" {
			open = append(open, begun)
		}
	}
	return open
}

// task is what a record tells of the beginning of a task, or of the end of one.
func (r *Record) task() (begun Task, ended string) {
	if n, ok := r.Notification(); ok {
		return Task{}, n.TaskID
	}
	results := blocksOf(r, blockToolResult)
	if len(results) != 1 || len(r.UseResult) == 0 {
		return Task{}, ""
	}
	var said struct {
		Status      string `json:"status"`
		AgentID     string `json:"agentId"`
		Description string `json:"description"`
		Command     string `json:"backgroundTaskId"`
		Stopped     string `json:"task_id"`
		Task        struct {
			ID     string `json:"task_id"`
			Status string `json:"status"`
		} `json:"task"`
	}
	_ = json.Unmarshal(r.UseResult, &said) // results of other tools have other members.
	switch {
	case said.Status == "async_launched" && said.AgentID != "":
		return Task{said.AgentID, results[0].ToolUseID, TaskAgent, said.Description}, ""
	case said.Command != "":
		return Task{said.Command, results[0].ToolUseID, TaskCommand, ""}, ""
	case said.Task.ID != "" && said.Task.Status != "" && said.Task.Status != "running":
		return Task{}, said.Task.ID
	default:
		return Task{}, said.Stopped
	}
}
