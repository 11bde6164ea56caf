package claude_test

// image is a picture of one pixel.
var image = object{"type": "image", "source": object{
	"type": "base64", "media_type": "image/png",
	"data": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
}}

// calls are tool calls and their results, whole and not.
var calls = []resumption{
	{
		name: "a call",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", text("I will"), call("t1"))
			leaf = b.result(leaf, "t1", "out")
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{"user: q", "assistant: I will | call t1", "user: result of t1: out", "assistant: done"},
	},
	{
		name: "a failed call",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.put(leaf, object{"type": "user", "toolUseResult": "Error: no", "message": object{"role": "user", "content": []object{
				{"type": "tool_result", "tool_use_id": "t1", "content": "no", "is_error": true},
			}}})
			return b.answer(leaf, "msg_2", text("failed"))
		},
		want: []string{"user: q", "assistant: call t1", "user: error of t1: no", "assistant: failed"},
	},
	{
		name: "a denied call",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.put(leaf, object{
				"type": "user", "toolUseResult": "User rejected tool use", "toolDenialKind": "user-rejected",
				"message": object{"role": "user", "content": []object{{"type": "tool_result", "tool_use_id": "t1", "content": "rejected", "is_error": true}}},
			})
			leaf = b.user(leaf, []object{text("[Request interrupted by user for tool use]")})
			leaf = b.user(leaf, "why not")
			return b.answer(leaf, "msg_2", text("sorry"))
		},
		want: []string{
			"user: q",
			"assistant: call t1",
			"user: error of t1: rejected | [Request interrupted by user for tool use] | why not",
			"assistant: sorry",
		},
	},
	{
		name: "a result of blocks",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.result(leaf, "t1", []object{text("a picture"), image})
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: a picture + [image]", "assistant: done"},
	},
	{
		name: "an empty result",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.result(leaf, "t1", "")
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: ", "assistant: done"},
	},
	{
		name: "parallel calls with results in a line",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", text("both"), call("t1"), call("t2"))
			one := b.id(b.count - 1)
			leaf = b.resultOf(leaf, one, "t1", "out 1")
			leaf = b.resultOf(leaf, b.id(b.count-1), "t2", "out 2")
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{
			"user: q",
			"assistant: both | call t1 | call t2",
			"user: result of t1: out 1 | result of t2: out 2",
			"assistant: done",
		},
	},
	{
		name: "parallel calls with results at each",
		tell: func(b *book, leaf string) string {
			two := b.answer(b.user(leaf, "q"), "msg_1", text("both"), call("t1"), call("t2"))
			b.result(b.id(b.count-1), "t1", "out 1")
			leaf = b.result(two, "t2", "out 2")
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{
			"user: q",
			"assistant: both | call t1 | call t2",
			"user: result of t1: out 1 | result of t2: out 2",
			"assistant: done",
		},
	},
	{
		name: "parallel calls that end in another order",
		tell: func(b *book, leaf string) string {
			two := b.answer(b.user(leaf, "q"), "msg_1", call("t1"), call("t2"))
			one := b.id(b.count - 1)
			b.result(two, "t2", "out 2")
			leaf = b.result(one, "t1", "out 1")
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{
			"user: q",
			"assistant: call t1 | call t2",
			"user: result of t2: out 2 | result of t1: out 1",
			"assistant: done",
		},
	},
	{
		name: "three parallel calls in any order",
		tell: func(b *book, leaf string) string {
			b.answer(b.user(leaf, "q"), "msg_1", call("t1"), call("t2"), call("t3"))
			b.result(b.id(3), "t2", "out 2")
			b.result(b.id(4), "t3", "out 3")
			leaf = b.result(b.id(2), "t1", "out 1")
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{
			"user: q",
			"assistant: call t1 | call t2 | call t3",
			"user: result of t2: out 2 | result of t3: out 3 | result of t1: out 1",
			"assistant: done",
		},
	},
	{
		name: "a result before the next parallel call",
		tell: func(b *book, leaf string) string {
			one := b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			b.result(one, "t1", "out 1")
			two := b.answer(one, "msg_1", call("t2"))
			leaf = b.result(two, "t2", "out 2")
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{
			"user: q",
			"assistant: call t1 | call t2",
			"user: result of t1: out 1 | result of t2: out 2",
			"assistant: done",
		},
	},
	{
		name: "a result in the chain before the next parallel call",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.result(leaf, "t1", "out 1")
			leaf = b.answer(leaf, "msg_1", call("t2"))
			leaf = b.result(leaf, "t2", "out 2")
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{
			"user: q",
			"assistant: call t1 | call t2",
			"user: result of t1: out 1 | result of t2: out 2",
			"assistant: done",
		},
	},
	{
		name: "parallel calls twice",
		tell: func(b *book, leaf string) string {
			two := b.answer(b.user(leaf, "q"), "msg_1", call("t1"), call("t2"))
			b.result(b.id(b.count-1), "t1", "out 1")
			leaf = b.result(two, "t2", "out 2")
			four := b.answer(leaf, "msg_2", text("again"), call("t3"), call("t4"))
			three := b.id(b.count - 1)
			b.result(four, "t4", "out 4")
			leaf = b.result(three, "t3", "out 3")
			return b.answer(leaf, "msg_3", text("done"))
		},
		want: []string{
			"user: q",
			"assistant: call t1 | call t2",
			"user: result of t1: out 1 | result of t2: out 2",
			"assistant: again | call t3 | call t4",
			"user: result of t4: out 4 | result of t3: out 3",
			"assistant: done",
		},
	},
	{
		name: "parallel calls and a reminder",
		tell: func(b *book, leaf string) string {
			two := b.answer(b.user(leaf, "q"), "msg_1", call("t1"), call("t2"))
			b.result(b.id(b.count-1), "t1", "out 1")
			leaf = b.result(two, "t2", "out 2")
			leaf = b.attach(leaf, object{"type": "total_tokens_reminder", "text": "<total_tokens>1 left</total_tokens>"})
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{
			"user: q",
			"assistant: call t1 | call t2",
			"user: result of t1: out 1 | result of t2: out 2",
			"assistant: done",
		},
	},
	{
		name: "the last of parallel calls has no result",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"), call("t2"))
			leaf = b.resultOf(leaf, b.id(b.count-1), "t1", "out 1")
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: out 1", "assistant: done"},
		differs: []string{
			"user: q",
			"assistant: call t1 | call t2",
			"user: result of t1: out 1 | error of t2: The call was interrupted; whether it did its work is not known.",
			"assistant: done",
		},
		why: "what a call may have done is not hidden from the model",
	},
	{
		name: "one of parallel calls has no result at the end",
		lay: func(b *book) {
			leaf := b.answer(b.user("", "q"), "msg_1", call("t1"), call("t2"))
			b.resultOf(leaf, b.id(b.count-1), "t1", "out 1")
		},
		want: []string{
			"user: q",
			"assistant: call t1 | call t2",
			"user: result of t1: out 1 | error of t2: [Tool call interrupted: the session ended before this call's result was recorded, so its o…",
			"assistant: No response requested.",
		},
		differs: []string{
			"user: q",
			"assistant: call t1 | call t2",
			"user: result of t1: out 1 | error of t2: The call was interrupted; whether it did its work is not known.",
		},
		why: "our own sentence, and no filler",
	},
	{
		name: "a call without result at the end",
		lay: func(b *book) {
			b.answer(b.user(b.talk("", 1), "q"), "msg_1", text("I will"), call("t1"))
		},
		want: []string{
			"user: q0",
			"assistant: a0",
			"user: q",
			"assistant: I will | call t1",
			"user: error of t1: [Tool call interrupted: the session ended before this call's result was recorded, so its o…",
			"assistant: No response requested.",
		},
		differs: []string{
			"user: q0",
			"assistant: a0",
			"user: q",
			"assistant: I will | call t1",
			"user: error of t1: The call was interrupted; whether it did its work is not known.",
		},
		why: "our own sentence, and no filler",
	},
	{
		name: "a call without result in the middle",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", text("I will"), call("t1"))
			return b.talk(leaf, 1)
		},
		want: []string{"user: q", "assistant: I will", "user: q3", "assistant: a3"},
		differs: []string{
			"user: q",
			"assistant: I will | call t1",
			"user: error of t1: The call was interrupted; whether it did its work is not known. | q3",
			"assistant: a3",
		},
		why: "what a call may have done is not hidden from the model",
	},
	{
		name: "a lone call without result in the middle",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			return b.talk(leaf, 1)
		},
		want: []string{"user: q | q2", "assistant: a2"},
		differs: []string{
			"user: q",
			"assistant: call t1",
			"user: error of t1: The call was interrupted; whether it did its work is not known. | q2",
			"assistant: a2",
		},
		why: "what a call may have done is not hidden from the model",
	},
	{
		name: "two parallel calls without results in the middle",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"), call("t2"))
			return b.talk(leaf, 1)
		},
		want: []string{"user: q | q3", "assistant: a3"},
		differs: []string{
			"user: q",
			"assistant: call t1 | call t2",
			"user: error of t1: The call was interrupted; whether it did its work is not known. | error of t2: The call was interrupted; whether it did its work is not known. | q3",
			"assistant: a3",
		},
		why: "what a call may have done is not hidden from the model",
	},
	{
		name: "a call without result before another answer",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{"user: q", "assistant: done"},
		differs: []string{
			"user: q",
			"assistant: call t1",
			"user: error of t1: The call was interrupted; whether it did its work is not known.",
			"assistant: done",
		},
		why: "what a call may have done is not hidden from the model",
	},
	{
		name: "a result without its call in the middle",
		tell: func(b *book, leaf string) string {
			leaf = b.result(b.talk(leaf, 1), "t1", "out")
			return b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q3", "assistant: a3"},
	},
	{
		name: "a result without its call at the beginning",
		lay: func(b *book) {
			leaf := b.result("", "t1", "out")
			b.talk(leaf, 1)
		},
		want: []string{"user: q1", "assistant: a1"},
	},
	{
		name: "a result without its call before an answer",
		tell: func(b *book, leaf string) string {
			leaf = b.result(b.talk(leaf, 1), "t1", "out")
			return b.answer(leaf, "msg_x", text("answer"))
		},
		want:    []string{"user: q0", "assistant: a0", "user: (no content)", "assistant: answer"},
		differs: []string{"user: q0", "assistant: a0", "assistant: answer"},
		why:     "no filler where nothing is left to say",
	},
	{
		name:    "a result without its call at the end",
		lay:     func(b *book) { b.result(b.talk("", 1), "t1", "out") },
		want:    []string{"user: q0", "assistant: a0", "user: (no content)", "assistant: No response requested."},
		differs: []string{"user: q0", "assistant: a0"},
		why:     "no filler where nothing is left to say",
	},
	{
		name: "a result that comes late",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			caller := leaf
			leaf = b.talk(leaf, 1)
			leaf = b.resultOf(leaf, caller, "t1", "late")
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{
			"user: q",
			"assistant: call t1",
			"user: error of t1: [Tool result missing due to internal error] | q2",
			"assistant: a2 | done",
		},
		differs: []string{"user: q", "assistant: call t1", "user: result of t1: late | q2", "assistant: a2 | done"},
		why:     "a result is never lost while its call is there",
	},
	{
		name: "two results of one call",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.result(leaf, "t1", "out 1")
			leaf = b.result(leaf, "t1", "out 2")
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: out 1", "assistant: done"},
	},
	{
		name: "the same call id twice with results",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.result(leaf, "t1", "out 1")
			leaf = b.answer(leaf, "msg_2", call("t1"))
			leaf = b.result(leaf, "t1", "out 2")
			return b.answer(leaf, "msg_3", text("done"))
		},
		want: []string{
			"user: q",
			"assistant: call t1",
			"user: result of t1: out 1",
			"assistant: [Tool use interrupted]",
			"user: (no content)",
			"assistant: done",
		},
		differs: []string{
			"user: q",
			"assistant: call t1",
			"user: result of t1: out 1",
			"assistant: [Tool use interrupted]",
			"assistant: done",
		},
		why: "no filler where nothing is left to say",
	},
	{
		name: "the same call id twice in one answer",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"), call("t1"))
			leaf = b.result(leaf, "t1", "out 1")
			return b.answer(leaf, "msg_3", text("done"))
		},
		want:    []string{"user: q", "assistant: call t1", "user: result of t1: out 1", "assistant: done"},
		differs: []string{"user: q", "assistant: call t1 | [Tool use interrupted]", "user: result of t1: out 1", "assistant: done"},
		why:     "it is shown as in two answers",
	},
	{
		name: "text behind a result in one record",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.user(leaf, []object{outcome("t1", "out"), text("and a word")})
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: out | and a word", "assistant: done"},
	},
	{
		name: "text before a result in one record",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.user(leaf, []object{text("a word first"), outcome("t1", "out")})
			return b.answer(leaf, "msg_2", text("done"))
		},
		want:    []string{"user: q", "assistant: call t1", "user: a word first | result of t1: out", "assistant: done"},
		differs: []string{"user: q", "assistant: call t1", "user: result of t1: out | a word first", "assistant: done"},
		why:     "the API wants results first",
	},
	{
		name: "two results in one record",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"), call("t2"))
			leaf = b.user(leaf, []object{outcome("t1", "out 1"), outcome("t2", "out 2")})
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{
			"user: q",
			"assistant: call t1 | call t2",
			"user: result of t1: out 1 | result of t2: out 2",
			"assistant: done",
		},
	},
	{
		name: "a prompt behind a result",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.result(leaf, "t1", "out")
			leaf = b.user(leaf, "and now")
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: out | and now", "assistant: done"},
	},
	{
		name:    "the last record is a prompt",
		lay:     func(b *book) { b.user(b.talk("", 1), "unanswered") },
		want:    []string{"user: q0", "assistant: a0", "user: unanswered", "assistant: No response requested."},
		differs: []string{"user: q0", "assistant: a0", "user: unanswered"},
		why:     "a filler is the program's own; the next prompt joins what was not answered",
	},
	{
		name: "the last record is a result",
		lay: func(b *book) {
			b.result(b.answer(b.user("", "q"), "msg_1", call("t1")), "t1", "out")
		},
		want:    []string{"user: q", "assistant: call t1", "user: result of t1: out", "assistant: No response requested."},
		differs: []string{"user: q", "assistant: call t1", "user: result of t1: out"},
		why:     "a filler is the program's own; the next prompt joins what was not answered",
	},
	{
		name: "two prompts in a row",
		tell: func(b *book, leaf string) string {
			leaf = b.user(b.user(leaf, "one"), "two")
			return b.answer(leaf, "msg_1", text("both"))
		},
		want: []string{"user: one | two", "assistant: both"},
	},
	{
		name: "two answers in a row",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", text("one"))
			leaf = b.answer(leaf, "msg_2", text("two"))
			return b.talk(leaf, 1)
		},
		want: []string{"user: q", "assistant: one", "assistant: two", "user: q3", "assistant: a3"},
	},
	{
		name:    "an answer first",
		lay:     func(b *book) { b.talk(b.answer("", "msg_1", text("hello")), 1) },
		want:    []string{"assistant: hello", "user: q1", "assistant: a1"},
		differs: []string{"user: (no content)", "assistant: hello", "user: q1", "assistant: a1"},
		why:     "the API wants the first message to be the user's",
	},
	{
		name: "a call that the API ran",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1",
				object{"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": object{"query": "x"}},
				object{"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []object{}}, text("found"))
			return b.talk(leaf, 1)
		},
		want: []string{"user: q", "assistant: [server_tool_use] | [web_search_tool_result] | found", "user: q4", "assistant: a4"},
	},
	{
		name: "a call with an empty input",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", object{"type": "tool_use", "id": "t1", "name": "Bash", "input": object{}})
			leaf = b.result(leaf, "t1", "out")
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: out", "assistant: done"},
	},
	{
		name: "calls without input",
		lay: func(b *book) {
			leaf := b.answer(b.user("", "q"), "msg_1", object{"type": "tool_use", "id": "t1", "name": "Bash", "input": nil})
			leaf = b.result(leaf, "t1", "out")
			leaf = b.answer(leaf, "msg_2", object{"type": "tool_use", "id": "t2", "name": "Bash"})
			leaf = b.result(leaf, "t2", "out")
			b.answer(leaf, "msg_3", text("done"))
		},
		want: []string{
			"user: q",
			"assistant: call t1",
			"user: result of t1: out",
			"assistant: call t2",
			"user: result of t2: out",
			"assistant: done",
		},
		differs: []string{
			"user: q",
			"assistant: call t1",
			"user: result of t1: out",
			"assistant: call t2",
			"user: result of t2: out",
			"assistant: done",
		},
		why:     "the API takes no call without input",
		refused: true,
	},
	{
		name: "a call whose input is no object",
		lay: func(b *book) {
			leaf := b.answer(b.user("", "q"), "msg_1", object{"type": "tool_use", "id": "t1", "name": "Bash", "input": `{"command":"x"}`})
			leaf = b.result(leaf, "t1", "out")
			b.answer(leaf, "msg_2", text("done"))
		},
		want:    []string{"user: q", "assistant: call t1", "user: result of t1: out", "assistant: done"},
		differs: []string{"user: q", "assistant: call t1", "user: result of t1: out", "assistant: done"},
		why:     "the API takes no call whose input is no object",
		refused: true,
	},
}
