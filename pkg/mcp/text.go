package mcp

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"claude-agent-chat/pkg/fault"
)

// The bounds of names, in characters.
const (
	maxName     = 64
	maxToolName = 128
)

// normalise replaces what may not stand in the name of a tool, as Claude Code does: what takes two units of UTF-16 becomes
// two underscores.
func normalise(name string) string {
	var out strings.Builder
	for _, r := range name {
		switch {
		case r < utf8.RuneSelf && (r == '_' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r)):
			out.WriteRune(r)
		case r > 0xFFFF:
			out.WriteString("__")
		default:
			out.WriteByte('_')
		}
	}
	return out.String()
}

// serverName normalises the name of a server.
func serverName(name string) (string, error) {
	normal := normalise(name)
	if normal == "" || len(normal) > maxName {
		return "", fault.New(fault.Invalid, "Its name must have 1 to %d characters.", maxName)
	}
	return normal, nil
}

// fullName is the name under which the model, or a person, calls something of a server.
func fullName(server, name string) string { return "mcp__" + server + "__" + normalise(name) }

// escapes are the sequences with which programs colour what they write.
var escapes = regexp.MustCompile("\x1b(\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(\x07|\x1b\\\\)?)")

// clean makes harmless text of what a server said: valid UTF-8 without control characters, without those that turn the
// direction of a text and without the invisible ones that mirror ASCII. At most so many characters of it are left.
func clean(text string, most int) string {
	text = strings.Map(keep, escapes.ReplaceAllString(strings.ToValidUTF8(text, "\uFFFD"), ""))
	short, left := clip(strings.TrimSpace(text), most)
	if left > 0 {
		short += "…"
	}
	return short
}

func keep(r rune) rune {
	switch {
	case r == '\n', r == '\t':
		return r
	case unicode.IsControl(r), r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r >= 0xE0000 && r <= 0xE007F:
		return -1
	default:
		return r
	}
}

// clip gives the first characters of a text, and how many more there are.
func clip(text string, most int) (short string, left int) {
	if len(text) <= most {
		return text, 0
	}
	count := 0
	for i := range text {
		if count == most {
			return text[:i], utf8.RuneCountInString(text[i:])
		}
		count++
	}
	return text, 0
}

// tail gives the last bytes of a text.
func tail(text []byte, most int) []byte { return text[max(0, len(text)-most):] }
