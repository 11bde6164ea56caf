package export

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

//go:embed page.html
var pageSource string

// parts are the templates "begin", "entry" and "end".
var parts = template.Must(template.New("page").Parse(pageSource))

// renderer makes HTML of Markdown: tables and so on too, but no HTML that stands in it and no dangerous address.
var renderer = goldmark.New(goldmark.WithExtensions(extension.GFM))

// page writes a single HTML file that loads nothing and runs nothing.
type page struct{ words }

func (p *page) begin(w io.Writer, s Session) error {
	return parts.ExecuteTemplate(w, "begin", map[string]any{
		"Lang": p.lang, "Title": p.titleOf(&s), "Label": p.exported, "ID": s.ID, "Cwd": s.Cwd, "At": s.CreatedAt.UTC().Format(time.RFC3339),
	})
}

func (p *page) end(w io.Writer) error { return parts.ExecuteTemplate(w, "end", nil) }

// shownEntry is an entry for the template.
type shownEntry struct {
	Kind, Head, At, Time, Plain string
	Failed                      bool
	Body                        template.HTML
	Image                       template.URL
	Bare                        bool // no head of its own
}

func (p *page) entry(w io.Writer, e entry) error {
	shown := shownEntry{Kind: string(e.kind), Head: p.head(&e), At: e.at, Time: e.when(), Failed: e.failed, Bare: e.more}
	switch {
	case e.image != nil:
		shown.Image = dataURL(e.image.MimeType, e.image.Data)
	case e.plain:
		shown.Plain = e.text
	default:
		var html bytes.Buffer
		if err := renderer.Convert([]byte(e.text), &html); err != nil {
			return fmt.Errorf("render markdown: %w", err)
		}
		shown.Body = template.HTML(html.String()) //nolint:gosec // goldmark leaves out what is dangerous.
	}
	return parts.ExecuteTemplate(w, "entry", shown)
}

var imageType = regexp.MustCompile(`^image/(png|jpeg|gif|webp)$`)

// dataURL is an image's address; empty for what is none.
func dataURL(mimeType, data string) template.URL {
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil || !imageType.MatchString(mimeType) {
		return ""
	}
	return template.URL("data:" + mimeType + ";base64," + base64.StdEncoding.EncodeToString(raw)) //nolint:gosec // checked.
}
