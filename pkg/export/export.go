// Package export writes a conversation for reading elsewhere: as Markdown, as one HTML page that needs nothing else, or as
// the transcript itself. It shows what the page shows, and holds one part of the conversation at a time.
package export

import (
	"io"
	"strings"
	"time"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/replay"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/transcript"
)

// Format is a kind of file.
type Format string

// The formats.
const (
	JSONL    Format = "jsonl" // the transcript, line for line; Claude Code opens it
	Markdown Format = "md"
	HTML     Format = "html"
)

// Session is what an export says of the session as a whole.
type Session struct {
	ID        string
	Title     string // may be empty
	Cwd       string
	CreatedAt time.Time
	Language  string // of the few words of our own: "zh-CN", or English
}

// partRecords is how many records are held at once.
const partRecords = 200

// Write writes a conversation as Markdown or HTML; without a reader it is empty. What was written when an error comes is not
// whole.
func Write(w io.Writer, format Format, s Session, r *transcript.Reader) error {
	var to writer = &markdown{words: wordsOf(s.Language)}
	if format == HTML {
		to = &page{words: wordsOf(s.Language)}
	}
	if err := to.begin(w, s); err != nil {
		return err
	}
	g := gathering{titles: map[string]string{}}
	for after, more := "", r != nil; more; more = after != "" {
		part, err := replay.ReadPage(r, replay.PageQuery{FromStart: true, After: after, Limit: partRecords}, s.Cwd)
		if err != nil {
			return err
		}
		for i := range part.Items {
			for _, e := range g.take(&part.Items[i]) {
				if err := to.entry(w, e); err != nil {
					return err
				}
			}
		}
		after = part.NextAfter
	}
	return to.end(w)
}

// writer puts entries into a format.
type writer interface {
	begin(w io.Writer, s Session) error
	entry(w io.Writer, e entry) error
	end(w io.Writer) error
}

// kind is what an entry is.
type kind string

const (
	fromUser  kind = "user"
	fromAgent kind = "agent"
	thought   kind = "thought"
	call      kind = "call"
	result    kind = "result"
	stopped   kind = "stopped"
)

// entry is one thing that was said or done.
type entry struct {
	kind   kind
	title  string // of a tool call, and of the call that a result is for
	text   string // Markdown
	plain  bool   // the text is a person's, which is shown as it was typed
	image  *acp.ContentBlock
	failed bool
	at     string // when, RFC 3339; empty if it is not known
	more   bool   // it goes on with what the same one said before
}

// when is the entry's time for people; empty if it is not known.
func (e *entry) when() string {
	at, err := time.Parse(time.RFC3339Nano, e.at)
	if err != nil {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04:05 UTC")
}

// gathering makes entries of updates.
type gathering struct {
	titles map[string]string // of the calls that have no result yet
	last   kind
}

func (g *gathering) take(u *acp.Update) []entry {
	e := entry{}
	e.at, _ = u.Meta[acp.MetaTimestamp].(string)
	switch u.Kind {
	case acp.UpdateUserMessage, acp.UpdateAgentMessage, acp.UpdateAgentThought:
		e.said(u)
	case acp.UpdateToolCall:
		e.kind, e.title, e.text = call, u.Title, toolText(u.ToolContent)
		g.titles[u.ToolCallID] = u.Title
	case acp.UpdateToolCallUpdate:
		e.kind, e.title, e.text, e.failed = result, g.titles[u.ToolCallID], toolText(u.ToolContent), u.Status == acp.StatusFailed
		delete(g.titles, u.ToolCallID)
	case acp.UpdateSessionInfo:
		if u.Meta[acp.MetaInterrupted] != true {
			return nil
		}
		e.kind = stopped
	default:
		return nil
	}
	e.more = e.kind == g.last && (e.kind == fromUser || e.kind == fromAgent)
	g.last = e.kind
	return []entry{e}
}

func (e *entry) said(u *acp.Update) {
	e.kind = map[string]kind{
		acp.UpdateUserMessage: fromUser, acp.UpdateAgentMessage: fromAgent, acp.UpdateAgentThought: thought,
	}[u.Kind]
	e.plain = e.kind == fromUser
	e.failed = u.Meta[acp.MetaError] == true
	switch b := u.Block; {
	case b == nil:
	case b.Type == "text":
		e.text = b.Text
	case b.Type == "image":
		e.image = b
	case b.URI != "":
		e.text = b.URI
	}
}

// toolText is what a tool shows, as Markdown.
func toolText(content []acp.ToolCallContent) string {
	var parts []string
	for _, c := range content {
		switch {
		case c.Type == "diff":
			parts = append(parts, "`"+strings.ReplaceAll(c.Path, "`", "'")+"`\n\n"+tool.Fence("diff", diff(c)))
		case c.Content != nil && c.Content.Type == "text":
			parts = append(parts, c.Content.Text)
		}
	}
	return strings.Join(parts, "\n\n")
}

// diff shows what a change took and what it gave.
func diff(c acp.ToolCallContent) string {
	var b strings.Builder
	lines := func(sign string, text *string) {
		if text == nil || *text == "" {
			return
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(*text, "\n"), "\n") {
			b.WriteString(sign + line + "\n")
		}
	}
	lines("-", c.OldText)
	lines("+", c.NewText)
	return strings.TrimSuffix(b.String(), "\n")
}
