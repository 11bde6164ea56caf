package export

import (
	"cmp"
	"strings"
)

// words are the few of our own in an export.
type words struct {
	lang, untitled, user, agent, thought, result, failed, stopped, exported string
}

var english = words{
	lang: "en", untitled: "Conversation", user: "You", agent: "Claude", thought: "Thinking", result: "Result", failed: "Failed",
	stopped: "Stopped here", exported: "Session",
}

var chinese = words{
	lang: "zh-CN", untitled: "对话", user: "你", agent: "Claude", thought: "思考", result: "结果", failed: "失败",
	stopped: "在此处停止", exported: "会话",
}

// head names an entry.
func (w *words) head(e *entry) string {
	switch e.kind {
	case fromUser:
		return w.user
	case fromAgent:
		return w.agent
	case thought:
		return w.thought
	case stopped:
		return w.stopped
	case result:
		if e.failed {
			return w.failed + ": " + e.title
		}
		return w.result + ": " + e.title
	default:
		return e.title
	}
}

// titleOf is the session's title, or what stands in its place.
func (w *words) titleOf(s *Session) string { return cmp.Or(s.Title, w.untitled) }

func wordsOf(language string) words {
	if strings.HasPrefix(strings.ToLower(language), "zh") {
		return chinese
	}
	return english
}
