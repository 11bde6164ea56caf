package anthropictest

import (
	"encoding/json"
	"strings"
	"unicode"
)

// prompt is what a person asked last, and what has happened since.
type prompt struct {
	text  string
	turns int // answers since
	calls []toolCall
}

// toolCall is a call of an earlier answer with its result.
type toolCall struct {
	name    string
	input   json.RawMessage
	result  string
	failed  bool
	pending bool // no result came
}

var (
	reminder    = pattern(`(?s)<system-reminder>.*?</system-reminder>`)
	interrupted = pattern(`\[Request interrupted by user[^\]]*\]`)
	workingDir  = pattern(`(?i)working directory:\s*(\S[^\n]*)`)
)

// personText is the text that a person wrote in a message: the last text block that is more than a reminder of the
// program's own.
func personText(m Message) string {
	text := ""
	for _, b := range m.Blocks {
		if b.Type != "text" {
			continue
		}
		own := strings.TrimSpace(interrupted().ReplaceAllString(reminder().ReplaceAllString(b.Text, ""), ""))
		if own != "" {
			text = own
		}
	}
	return text
}

// lastPrompt finds what was asked last.
func lastPrompt(r *Request) prompt {
	at := len(r.Messages) - 1
	for ; at >= 0; at-- {
		if m := r.Messages[at]; m.Role == "user" && personText(m) != "" {
			break
		}
	}
	if at < 0 {
		return prompt{}
	}
	p := prompt{text: personText(r.Messages[at])}
	byID := map[string]int{}
	for _, m := range r.Messages[at+1:] {
		if m.Role == "assistant" {
			p.turns++
		}
		for _, b := range m.Blocks {
			switch b.Type {
			case "tool_use":
				byID[b.ID] = len(p.calls)
				p.calls = append(p.calls, toolCall{name: b.Name, input: b.Input, pending: true})
			case "tool_result":
				if i, ok := byID[b.ToolUseID]; ok {
					p.calls[i].result, p.calls[i].failed, p.calls[i].pending = b.ResultText(), b.IsError, false
				}
			}
		}
	}
	return p
}

// cwd is the working directory that the request names; "" if it does not.
func cwd(r *Request) string {
	if m := workingDir().FindStringSubmatch(r.System); m != nil {
		return strings.TrimSpace(m[1])
	}
	for _, m := range r.Messages {
		if found := workingDir().FindStringSubmatch(m.Text()); found != nil && m.Role != "assistant" && strings.HasPrefix(found[1], "/") {
			return strings.TrimSpace(found[1])
		}
	}
	return ""
}

// chinese reports whether a text has Chinese characters in it.
func chinese(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// fill makes the smallest value that a JSON schema of the usual kind allows, with text for its strings. Programs ask
// for such answers on the side, for example for a title.
func fill(schema json.RawMessage, text string) any {
	var s struct {
		Type       any                        `json:"type"`
		Enum       []any                      `json:"enum"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if json.Unmarshal(schema, &s) != nil {
		return text
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	switch s.Type {
	case "object":
		out := fields{}
		for name, property := range s.Properties {
			out[name] = fill(property, text)
		}
		return out
	case "array":
		return []any{}
	case "boolean":
		return false
	case "integer", "number":
		return 0
	case "null":
		return nil
	default:
		return text
	}
}

// structured answers a request that wants JSON of a schema; false if it does not.
func structured(r *Request, text string) (Reply, bool) {
	if len(r.schema) == 0 {
		return nil, false
	}
	data, err := encode(fill(r.schema, clip(text, 80)))
	if err != nil {
		return nil, false
	}
	return Stream(Text(string(data))), true
}
