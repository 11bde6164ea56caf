package export

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// markdown writes CommonMark.
type markdown struct{ words }

func (m *markdown) begin(w io.Writer, s Session) error {
	title := s.Title
	if title == "" {
		title = m.untitled
	}
	_, err := fmt.Fprintf(w, "# %s\n\n%s `%s` · `%s` · %s\n", escape(title), m.exported, s.ID, s.Cwd, s.CreatedAt.UTC().Format(time.RFC3339))
	return err
}

func (m *markdown) end(io.Writer) error { return nil }

func (m *markdown) entry(w io.Writer, e entry) error {
	head, body := m.head(e), strings.TrimRight(e.text, "\n")
	switch {
	case e.image != nil:
		body = fmt.Sprintf("![](data:%s;base64,%s)", e.image.MimeType, e.image.Data)
	case e.kind == thought, e.plain:
		body = quoted(body)
	}
	if head != "" {
		head = "\n" + head + "\n"
	}
	if body != "" {
		body = "\n" + body + "\n"
	}
	_, err := io.WriteString(w, head+body)
	return err
}

// head is what stands above an entry.
func (m *markdown) head(e entry) string {
	switch {
	case e.more:
		return ""
	case e.kind == fromUser:
		return "## " + m.user + when(e)
	case e.kind == fromAgent:
		return "## " + m.agent + when(e)
	case e.kind == thought:
		return "*" + m.thought + "*"
	case e.kind == call:
		return "**" + escape(e.title) + "**"
	case e.kind == stopped:
		return "*" + m.stopped + "*"
	case e.failed:
		return "*" + m.failed + ": " + escape(e.title) + "*"
	default:
		return "*" + m.result + ": " + escape(e.title) + "*"
	}
}

func when(e entry) string {
	at, err := time.Parse(time.RFC3339Nano, e.at)
	if err != nil {
		return ""
	}
	return " · " + at.UTC().Format("2006-01-02 15:04:05 UTC")
}

// quoted makes a block quote, each line of which stays a line.
func quoted(text string) string {
	if text == "" {
		return ""
	}
	return "> " + strings.ReplaceAll(text, "\n", "  \n> ")
}

// escape makes a line of text stand for itself in Markdown.
func escape(text string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(text), " ") {
		if strings.ContainsRune("\\`*_{}[]()<>#+!|~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
