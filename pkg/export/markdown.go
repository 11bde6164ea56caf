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
	_, err := fmt.Fprintf(w, "# %s\n\n%s `%s` · `%s` · %s\n", escape(m.titleOf(&s)), m.exported, s.ID, s.Cwd, s.CreatedAt.UTC().Format(time.RFC3339))
	return err
}

func (m *markdown) end(io.Writer) error { return nil }

func (m *markdown) entry(w io.Writer, e entry) error {
	head, body := m.above(&e), strings.TrimRight(e.text, "\n")
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

// above is what stands above an entry.
func (m *markdown) above(e *entry) string {
	head := escape(m.head(e))
	switch e.kind {
	case fromUser, fromAgent:
		if e.more {
			return ""
		}
		if at := e.when(); at != "" {
			head += " · " + at
		}
		return "## " + head
	case call:
		return "**" + head + "**"
	default:
		return "*" + head + "*"
	}
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
