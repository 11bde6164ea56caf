package permission

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// redirect notes the file that a redirection names.
func (w *walker) redirect(n *syntax.Redirect) {
	if n.N != nil && strings.HasPrefix(n.N.Value, "{") {
		w.doubt = true
	}
	switch n.Op {
	case syntax.Hdoc, syntax.DashHdoc:
		w.checkDocument(n)
	case syntax.WordHdoc:
	case syntax.DplIn, syntax.DplOut:
		target := w.read(n.Word)
		// Bash ends the redirection after a dash, and begins a word there.
		w.odd = w.odd || strings.HasPrefix(target.raw, "-") && target.raw != "-"
		if number := strings.TrimSuffix(target.text, "-"); !target.fixed || strings.Trim(number, "0123456789") != "" {
			w.writes = append(w.writes, target)
		}
	case syntax.RdrIn:
		w.takesInput = true
		w.reads = append(w.reads, w.read(n.Word))
	default:
		w.writes = append(w.writes, w.read(n.Word))
	}
}

// plainDelimiter is the kind of word that ends a here-document in the same way for every shell.
var plainDelimiter = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// checkDocument makes sure that a here-document ends where it seems to.
func (w *walker) checkDocument(n *syntax.Redirect) {
	delimiter := w.read(n.Word)
	if !delimiter.fixed || !plainDelimiter.MatchString(delimiter.text) || strings.Contains(delimiter.raw, `\`) {
		w.odd = true
		return
	}
	if n.Hdoc == nil || len(n.Hdoc.Parts) == 0 {
		return
	}
	body, last := w.document(n)
	for line := range strings.SplitSeq(body, "\n") {
		if strings.HasPrefix(strings.TrimLeft(line, "\t"), delimiter.text) {
			w.odd = true
		}
	}
	if last != delimiter.text && (n.Op != syntax.DashHdoc || strings.TrimLeft(last, "\t") != delimiter.text) {
		w.odd = true
	}
	if delimiter.raw == delimiter.text && oddBackslashes(body) {
		w.odd = true
	}
}

// document gives the source of a here-document, and the line that ends it.
func (w *walker) document(n *syntax.Redirect) (body, last string) {
	source := w.slice(n.Hdoc)
	end := strings.LastIndexByte(source, '\n')
	return source[:max(end, 0)], source[end+1:]
}

// body is the text of a here-document.
func (w *walker) body(n *syntax.Redirect) word {
	if delimiter := w.read(n.Word); delimiter.raw != delimiter.text {
		text, _ := w.document(n)
		if n.Op == syntax.DashHdoc {
			text = leadingTabs.ReplaceAllString(text, "")
		}
		return known(text)
	}
	builder := wordBuilder{word: word{fixed: true}}
	for _, part := range n.Hdoc.Parts {
		builder.add(part, true)
	}
	w.hidden = w.hidden || builder.hidden
	body := word{text: builder.buf.String(), fixed: builder.fixed}
	if n.Op == syntax.DashHdoc {
		body.text = leadingTabs.ReplaceAllString(body.text, "")
	}
	return body
}

var leadingTabs = regexp.MustCompile(`(?m)^\t+`)
