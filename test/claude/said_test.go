package claude_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"claude-agent-chat/pkg/transcript"
)

// nextPrompt is what the program is asked when it resumes.
const nextPrompt = "NEXT-PROMPT"

// conversation is what a model is told, in a form in which ours and the program's compare.
type conversation []wireMessage

// theirs is the conversation of a request of the program's: without the new prompt, its reminders and its marks for the
// cache. A message that was typed while a tool ran stands in a reminder, or in a system message; it is taken out of it.
func theirs(messages []wireMessage, prompt string) conversation {
	var out conversation
	for _, m := range messages {
		told := wireMessage{Role: m.Role}
		for _, b := range m.Content {
			switch {
			case m.Role == "system" || m.Role == "user" && reminds(b):
				told.Content = append(told.Content, typed(b)...)
			default:
				told.Content = append(told.Content, b)
			}
		}
		if m.Role == "system" {
			told.Role = "user"
		}
		out = out.join(told)
	}
	return out.unjoined().without(prompt)
}

// typed are the messages in a reminder that a person typed while a tool ran.
func typed(b wireBlock) []wireBlock {
	var out []wireBlock
	for _, found := range typedText.FindAllStringSubmatch(b.string("text"), -1) {
		out = append(out, wireBlock{"type": "text", "text": found[1]})
	}
	return out
}

var typedText = regexp.MustCompile(`(?s)The user sent a new message while you were working:\n(.*?)\n\nThis is how Claude Code surfaces`)

// unjoined takes off the line feed that the program puts behind a text of the user's when it joins another to it.
func (c conversation) unjoined() conversation {
	for _, m := range c {
		for i, b := range m.Content[:len(m.Content)-1] {
			if m.Role == "user" && b["type"] == "text" && m.Content[i+1]["type"] == "text" {
				b["text"] = strings.TrimSuffix(b.string("text"), "\n")
			}
		}
	}
	return c
}

// without takes off the prompt at the end.
func (c conversation) without(prompt string) conversation {
	last := len(c) - 1
	if last < 0 || c[last].Role != "user" {
		return c
	}
	content := c[last].Content
	if end := len(content) - 1; content[end].text() == prompt {
		content = content[:end]
	}
	if len(content) == 0 {
		return c[:last]
	}
	c[last].Content = content
	return c
}

// reminds reports whether a block is the program's own reminder.
func reminds(b wireBlock) bool { return strings.HasPrefix(b.text(), "<system-reminder>") }

// join appends a message, to the last one if both are the user's: those are one to the API.
func (c conversation) join(m wireMessage) conversation {
	for _, b := range m.Content {
		delete(b, "cache_control")
	}
	if len(m.Content) == 0 {
		return c
	}
	if n := len(c); n > 0 && m.Role == "user" && c[n-1].Role == "user" {
		c[n-1].Content = append(slices.Clip(c[n-1].Content), m.Content...)
		return c
	}
	return append(c, m)
}

// ours is the conversation that our reader makes of a file for a request to a model, without our reminders.
func ours(t testing.TB, conv *transcript.Conversation, model string) conversation {
	t.Helper()
	var out conversation
	for _, m := range transcript.ForModel(conv.Messages(), model) {
		message := wireMessage{Role: m.Role}
		for _, raw := range m.Content {
			var b wireBlock
			must(t, json.Unmarshal(raw, &b))
			if m.Role != "user" || !reminds(b) {
				message.Content = append(message.Content, b)
			}
		}
		out = out.join(message)
	}
	return out
}

// lines is the conversation in short: a line for each message.
func (c conversation) lines() []string {
	out := make([]string, 0, len(c))
	for _, m := range c {
		parts := make([]string, 0, len(m.Content))
		for _, b := range m.Content {
			parts = append(parts, b.short())
		}
		line := m.Role + ": " + strings.Join(parts, " | ")
		out = append(out, chapterID.ReplaceAllString(line, ""))
	}
	return out
}

var chapterID = regexp.MustCompile(chapterMark + "[0-9]+")

// short is the block in a few words.
func (b wireBlock) short() string {
	switch kind := b.string("type"); kind {
	case "text":
		return clip(b.string("text"))
	case "thinking":
		return "(" + b.string("thinking") + ")"
	case "tool_use":
		return "call " + b.string("id")
	case "tool_result":
		what := "result"
		if b["is_error"] == true {
			what = "error"
		}
		return fmt.Sprintf("%s of %s: %s", what, b.string("tool_use_id"), clip(resultText(b["content"])))
	default:
		return "[" + kind + "]"
	}
}

// resultText is the text of a tool's result.
func resultText(content any) string {
	if text, ok := content.(string); ok {
		return text
	}
	blocks, _ := content.([]any)
	parts := make([]string, 0, len(blocks))
	for _, item := range blocks {
		b, _ := item.(map[string]any)
		parts = append(parts, wireBlock(b).short())
	}
	return strings.Join(parts, " + ")
}

var longPath = regexp.MustCompile(`(?:/[\w.~+-]+){3,}`)

// taskNote begins what the program tells of a task that ended; the rest is different each time.
const taskNote = "<task-notification>"

// clip shortens a text to about a line; the directories of the test do not show.
func clip(text string) string {
	const most = 90
	text = longPath.ReplaceAllString(text, "/…")
	if strings.HasPrefix(text, taskNote) {
		return taskNote + "…"
	}
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// A chapter begins with a prompt of this kind and an answer.
const (
	chapterTitle = "chapter: "
	chapterBegin = "it begins"
)

// chapters splits a conversation that tells several stories.
func (c conversation) chapters() map[string]conversation {
	out := map[string]conversation{}
	name := ""
	for _, m := range c {
		part := wireMessage{Role: m.Role}
		for _, b := range m.Content {
			if title, begins := strings.CutPrefix(b.string("text"), chapterTitle); begins {
				out[name] = out[name].join(part)
				name, part = title, wireMessage{Role: m.Role}
			} else if b.string("text") != chapterBegin {
				part.Content = append(part.Content, b)
			}
		}
		out[name] = out[name].join(part)
	}
	return out
}
