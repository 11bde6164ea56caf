package jsontext_test

import (
	"encoding/json"
	"testing"

	"claude-agent-chat/pkg/jsontext"
)

// FuzzUnescape holds the first escape of any text against what encoding/json makes of it.
func FuzzUnescape(f *testing.F) {
	for _, text := range []string{`\n`, `\"`, `\/`, `\u0041x`, `\ud83d\ude00`, `\ud83d`, `\ud83d\u0041`, `\ude00`, `\x`, `\u12`, `\`, ``, `n`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out, size := jsontext.Unescape([]byte("before"), []byte(text))
		if size == 0 {
			var whole string
			if len(text) > 1 && text[0] == '\\' && json.Unmarshal([]byte(`"`+text[:min(len(text), 6)]+`"`), &whole) == nil {
				t.Fatalf("%q begins with an escape", text)
			}
			return
		}
		var want string
		if err := json.Unmarshal([]byte(`"`+text[:size]+`"`), &want); err != nil || string(out) != "before"+want {
			t.Fatalf("%q begins with %q, not with %q: %v", text, want, out, err)
		}
		if one := jsontext.EscapeSize([]byte(text)); one == 0 || one > size {
			t.Fatalf("the escape of %q is %d long, and its first part %d", text, size, one)
		}
	})
}
