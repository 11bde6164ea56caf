package lifecycle

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// redacted stands in a log where a secret would stand.
const redacted = "[redacted]"

// minSecret is how long a secret must be, in bytes, to be looked for: shorter ones would tear holes into words.
const minSecret = 6

// tokens look like the credentials that the server makes, and like keys of the Messages API.
var tokens = regexp.MustCompile(`\b(cac_[A-Za-z0-9_-]{20,}|sk-ant-[A-Za-z0-9_-]{8,})`)

// redactor keeps secrets out of what is written through it, whatever error or header they came in.
type redactor struct {
	to      io.Writer
	secrets [][]byte
}

// newRedactor makes a redactor for secrets, in every form in which a log may show them: as they are, as in JSON, as in URLs.
// Of the URL of a database it is the password that is secret.
func newRedactor(to io.Writer, secrets []string) *redactor {
	r := &redactor{to: to}
	for _, secret := range secrets {
		if u, err := url.Parse(secret); err == nil && u.User != nil {
			r.add(secret)
			secret, _ = u.User.Password()
		}
		r.add(secret)
	}
	slices.SortFunc(r.secrets, func(a, b []byte) int { return len(b) - len(a) })
	return r
}

func (r *redactor) add(secret string) {
	if len(secret) < minSecret {
		return
	}
	quoted, err := json.Marshal(secret)
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	if err == nil {
		forms = append(forms, strings.Trim(string(quoted), `"`))
	}
	for _, form := range forms {
		if !slices.ContainsFunc(r.secrets, func(known []byte) bool { return string(known) == form }) {
			r.secrets = append(r.secrets, []byte(form))
		}
	}
}

// Write writes a record, which comes whole.
func (r *redactor) Write(record []byte) (int, error) {
	clean := tokens.ReplaceAll(record, []byte(redacted))
	for _, secret := range r.secrets {
		clean = bytes.ReplaceAll(clean, secret, []byte(redacted))
	}
	if _, err := r.to.Write(clean); err != nil {
		return 0, err
	}
	return len(record), nil
}
