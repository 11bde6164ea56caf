package export

import "strings"

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

func wordsOf(language string) words {
	if strings.HasPrefix(strings.ToLower(language), "zh") {
		return chinese
	}
	return english
}
