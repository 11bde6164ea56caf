package lifecycle_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"claude-agent-chat/pkg/lifecycle"
)

// TestLogHoldsNoSecret puts secrets wherever a log takes text, in both formats: none is in it, and the rest is.
func TestLogHoldsNoSecret(t *testing.T) {
	const (
		key      = "sk-or-v1-0123456789"
		password = `p@ss "w\ord/é`
		dsn      = "postgres://agent:p%40ss%20%22w%5Cord%2F%C3%A9@db:5432/chat"
		token    = "cac_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
	)
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		log := lifecycle.Logger(&out, slog.LevelDebug, format, key, dsn, "", "abc")
		log.Error("request failed "+key, "error", errors.Join(errors.New("Authorization: Bearer "+token), fmt.Errorf("open %s: refused", dsn)))
		log.Debug("headers", "x_api_key", key, "other", []string{key, password}, "query", "key="+key+"&x=1")
		log.With("who", token).Info("grouped", slog.Group("g", "password", password), "url", "https://h/?p=p%40ss+%22w%5Cord%2F%C3%A9")
		log.Info("another key: sk-ant-api03-abcdefgh, and words stay: abc")
		for _, secret := range []string{key, dsn, token, "w\\ord", "w\\\\ord", "ord%2F", "sk-ant-api03"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s: %q is in the log:\n%s", format, secret, &out)
			}
		}
		for _, kept := range []string{"request failed [redacted]", "refused", "words stay: abc"} {
			if !strings.Contains(out.String(), kept) {
				t.Errorf("%s: %q is not in the log:\n%s", format, kept, &out)
			}
		}
		if lines := strings.Count(out.String(), "\n"); lines != 4 {
			t.Errorf("%s: %d lines", format, lines)
		}
	}
}
