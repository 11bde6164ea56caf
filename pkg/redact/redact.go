// Package redact takes the server's secrets out of what is written or shown.
package redact

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Redacted stands where a secret would stand.
const Redacted = "[redacted]"

// minSecret is how long a secret must be, in bytes, to be looked for: shorter ones would tear holes into words.
const minSecret = 6

// tokens look like the credentials that the server makes, and like keys of the Messages API.
var tokens = regexp.MustCompile(`\b(cac_[A-Za-z0-9_-]{20,}|sk-ant-[A-Za-z0-9_-]{8,})`)

// Secrets are values that nobody may see. A nil one has none. It is safe for concurrent use.
type Secrets struct{ forms [][]byte }

// New makes Secrets of the values, in every form in which a text may show them: as they are, as in JSON, as in URLs. Of the
// URL of a database it is the password that is secret. Values of less than 6 bytes are passed by.
func New(values ...string) *Secrets {
	s := &Secrets{}
	for _, value := range values {
		if u, err := url.Parse(value); err == nil && u.User != nil {
			s.add(value)
			value, _ = u.User.Password()
		}
		s.add(value)
	}
	slices.SortFunc(s.forms, func(a, b []byte) int { return len(b) - len(a) })
	return s
}

func (s *Secrets) add(value string) {
	if len(value) < minSecret {
		return
	}
	quoted, err := json.Marshal(value)
	query := url.QueryEscape(value)
	forms := []string{value, query, strings.ReplaceAll(query, "+", "%20"), url.PathEscape(value)}
	if err == nil {
		forms = append(forms, strings.Trim(string(quoted), `"`))
	}
	for _, form := range forms {
		if !slices.ContainsFunc(s.forms, func(known []byte) bool { return string(known) == form }) {
			s.forms = append(s.forms, []byte(form))
		}
	}
}

// From gives a text without the secrets. What was JSON stays JSON. A text that holds none comes back as it is.
func (s *Secrets) From(text []byte) []byte {
	if s == nil {
		return text
	}
	for _, form := range s.forms {
		if bytes.Contains(text, form) {
			text = bytes.ReplaceAll(text, form, []byte(Redacted))
		}
	}
	return text
}

// Writer writes to another writer without the secrets, and without what looks like a token or a key. Each Write must be whole,
// as a line of a log is.
func (s *Secrets) Writer(to io.Writer) io.Writer { return &writer{to, s} }

type writer struct {
	to      io.Writer
	secrets *Secrets
}

// Write writes a record, which comes whole.
func (w *writer) Write(record []byte) (int, error) {
	if _, err := w.to.Write(w.secrets.From(tokens.ReplaceAll(record, []byte(Redacted)))); err != nil {
		return 0, err
	}
	return len(record), nil
}
