package claude_test

// thinking are answers with thinking, and texts without a word.
var thinking = []resumption{
	{
		name: "thinking and text",
		tell: func(b *book, leaf string) string {
			return b.talk(b.answer(b.user(leaf, "q"), "msg_1", thought("hm", "sig"), text("a")), 1)
		},
		want: []string{"user: q", "assistant: (hm) | a", "user: q3", "assistant: a3"},
	},
	{
		name: "thinking and a call",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", thought("hm", "sig"), call("t1"))
			leaf = b.result(leaf, "t1", "out")
			return b.answer(leaf, "msg_2", thought("aha", "sig2"), text("done"))
		},
		want: []string{"user: q", "assistant: (hm) | call t1", "user: result of t1: out", "assistant: (aha) | done"},
	},
	{
		name: "thinking that was hidden",
		tell: func(b *book, leaf string) string {
			return b.talk(b.answer(b.user(leaf, "q"), "msg_1", object{"type": "redacted_thinking", "data": "xyz"}, text("a")), 1)
		},
		want: []string{"user: q", "assistant: [redacted_thinking] | a", "user: q3", "assistant: a3"},
	},
	{
		name: "thinking without its text",
		tell: func(b *book, leaf string) string {
			return b.talk(b.answer(b.user(leaf, "q"), "msg_1", thought("", "sig"), text("a")), 1)
		},
		want: []string{"user: q", "assistant: () | a", "user: q3", "assistant: a3"},
	},
	{
		name: "nothing but thinking",
		tell: func(b *book, leaf string) string {
			return b.talk(b.answer(b.user(leaf, "q"), "msg_1", thought("hm", "sig")), 1)
		},
		want: []string{"user: q | q2", "assistant: a2"},
	},
	{
		name: "nothing but thinking at the end",
		lay: func(b *book) {
			b.answer(b.user(b.talk("", 1), "q"), "msg_1", thought("hm", "sig"))
		},
		want:    []string{"user: q0", "assistant: a0", "user: q", "assistant: No response requested."},
		differs: []string{"user: q0", "assistant: a0", "user: q"},
		why:     "a filler is the program's own; the next prompt joins what was not answered",
	},
	{
		name: "thinking behind the text",
		tell: func(b *book, leaf string) string {
			return b.talk(b.answer(b.user(leaf, "q"), "msg_1", text("a"), thought("hm", "sig")), 1)
		},
		want: []string{"user: q", "assistant: a | (hm)", "user: q3", "assistant: a3"},
	},
	{
		name: "thinking behind the text at the end",
		lay: func(b *book) {
			b.answer(b.user("", "q"), "msg_1", text("a"), thought("hm", "sig"))
		},
		want: []string{"user: q", "assistant: a | (hm)"},
	},
	{
		name: "thinking without a signature",
		tell: func(b *book, leaf string) string {
			return b.talk(b.answer(b.user(leaf, "q"), "msg_1", thought("hm", ""), text("a")), 1)
		},
		want:    []string{"user: q", "assistant: (hm) | a", "user: q3", "assistant: a3"},
		differs: []string{"user: q", "assistant: a", "user: q3", "assistant: a3"},
		why:     "the API refuses thinking without a signature",
	},
	{
		name: "thinking of another model",
		tell: func(b *book, leaf string) string {
			leaf = b.answerOf(b.user(leaf, "q"), "msg_1", "claude-other-1", thought("hm", "sig"))
			leaf = b.answerOf(leaf, "msg_1", "claude-other-1", text("a"))
			return b.talk(leaf, 1)
		},
		want: []string{"user: q", "assistant: a", "user: q3", "assistant: a3"},
	},
	{
		name: "nothing but thinking of another model",
		tell: func(b *book, leaf string) string {
			return b.talk(b.answerOf(b.user(leaf, "q"), "msg_1", "claude-other-1", thought("hm", "sig")), 1)
		},
		want: []string{"user: q | q2", "assistant: a2"},
	},
	{
		name: "a call and thinking of another model",
		tell: func(b *book, leaf string) string {
			leaf = b.answerOf(b.user(leaf, "q"), "msg_1", "claude-other-1", thought("hm", "sig"))
			leaf = b.answerOf(leaf, "msg_1", "claude-other-1", call("t1"))
			return b.talk(b.result(leaf, "t1", "out"), 1)
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: out | q4", "assistant: a4"},
	},
	{
		name: "a blank answer",
		tell: func(b *book, leaf string) string { return b.talk(b.answer(b.user(leaf, "q"), "msg_1", text(" \n")), 1) },
		want: []string{"user: q | q2", "assistant: a2"},
	},
	{
		name: "a blank text beside a call",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", text("\n\n"), call("t1"))
			return b.talk(b.result(leaf, "t1", "out"), 1)
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: out | q4", "assistant: a4"},
	},
	{
		name: "a blank text beside thinking",
		tell: func(b *book, leaf string) string {
			return b.talk(b.answer(b.user(leaf, "q"), "msg_1", thought("hm", "sig"), text(" ")), 1)
		},
		want: []string{"user: q | q3", "assistant: a3"},
	},
	{
		name:    "an empty prompt",
		lay:     func(b *book) { b.talk(b.answer(b.user(b.talk("", 1), ""), "msg_1", text("a")), 1) },
		want:    []string{"user: q0", "assistant: a0", "user: ", "assistant: a", "user: q4", "assistant: a4"},
		differs: []string{"user: q0", "assistant: a0", "assistant: a", "user: q4", "assistant: a4"},
		why:     "the API refuses blank texts",
		refused: true,
	},
	{
		name:    "a blank prompt",
		lay:     func(b *book) { b.talk(b.answer(b.user(b.talk("", 1), " \n"), "msg_1", text("a")), 1) },
		want:    []string{"user: q0", "assistant: a0", "user:  \n", "assistant: a", "user: q4", "assistant: a4"},
		differs: []string{"user: q0", "assistant: a0", "assistant: a", "user: q4", "assistant: a4"},
		why:     "the API refuses blank texts",
		refused: true,
	},
	{
		name: "a blank block in a prompt",
		tell: func(b *book, leaf string) string {
			return b.talk(b.answer(b.user(leaf, []object{text(""), text("q")}), "msg_1", text("a")), 1)
		},
		want: []string{"user: q", "assistant: a", "user: q2", "assistant: a2"},
	},
	{
		name: "an answer with spaces at its end",
		lay:  func(b *book) { b.answer(b.user("", "q"), "msg_1", text("a \n")) },
		want: []string{"user: q", "assistant: a \n"},
	},
	{
		name: "an empty answer",
		tell: func(b *book, leaf string) string {
			return b.talk(b.answerOf(b.user(leaf, "q"), "msg_1", usualModel), 1)
		},
		want: []string{"user: q | q2", "assistant: a2"},
	},
	{
		name:    "an empty answer at the end",
		lay:     func(b *book) { b.answerOf(b.user("", "q"), "msg_1", usualModel) },
		want:    []string{"user: q", "assistant: No response requested."},
		differs: []string{"user: q"},
		why:     "a filler is the program's own; the next prompt joins what was not answered",
	},
}

// others are messages of other kinds, and what no version knows yet.
var others = []resumption{
	{
		name: "several blocks in one record",
		tell: func(b *book, leaf string) string {
			leaf = b.answerOf(b.user(leaf, "q"), "msg_1", usualModel, text("one"), text("two"), call("t1"))
			return b.talk(b.result(leaf, "t1", "out"), 1)
		},
		want: []string{"user: q", "assistant: one | two | call t1", "user: result of t1: out | q3", "assistant: a3"},
	},
	{
		name: "an answer that is a string",
		tell: func(b *book, leaf string) string {
			leaf = b.put(b.user(leaf, "q"), object{"type": "assistant", "message": object{
				"id": "msg_1", "type": "message", "role": "assistant", "model": usualModel, "content": "plain",
			}})
			return b.talk(leaf, 1)
		},
		want: []string{"user: q", "assistant: plain", "user: q2", "assistant: a2"},
	},
	{
		name: "answers without ids",
		tell: func(b *book, leaf string) string {
			leaf = b.user(leaf, "q")
			for _, said := range []string{"one", "two"} {
				leaf = b.put(leaf, object{"type": "assistant", "message": object{
					"type": "message", "role": "assistant", "model": usualModel, "content": []object{text(said)},
				}})
			}
			return b.talk(leaf, 1)
		},
		want: []string{"user: q", "assistant: one", "assistant: two", "user: q3", "assistant: a3"},
	},
	{
		name: "one message id for two answers",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", text("one"))
			leaf = b.answer(b.user(leaf, "again"), "msg_1", text("two"))
			return b.talk(leaf, 1)
		},
		want: []string{"user: q", "assistant: one", "user: again", "assistant: two", "user: q4", "assistant: a4"},
	},
	{
		name: "one message id with two requests",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", text("one"))
			leaf = b.put(leaf, object{"type": "assistant", "requestId": "req_other", "message": object{
				"id": "msg_1", "type": "message", "role": "assistant", "model": usualModel, "content": []object{text("two")},
			}})
			return b.talk(leaf, 1)
		},
		want:    []string{"user: q", "assistant: one | two", "user: q3", "assistant: a3"},
		differs: []string{"user: q", "assistant: one", "assistant: two", "user: q3", "assistant: a3"},
		why:     "a server may give every answer the same id; its requests differ",
	},
	{
		name: "one message id on both sides of a result",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.result(leaf, "t1", "out 1")
			return b.answer(leaf, "msg_1", text("done"))
		},
		want:    []string{"user: q", "assistant: done | call t1", "user: result of t1: out 1"},
		differs: []string{"user: q", "assistant: call t1 | done", "user: result of t1: out 1"},
		why:     "the blocks stay in their order",
	},
	{
		name: "pictures and documents",
		tell: func(b *book, leaf string) string {
			leaf = b.user(leaf, []object{text("look"), image, {"type": "document", "source": object{
				"type": "text", "media_type": "text/plain", "data": "a document",
			}}})
			return b.answer(leaf, "msg_1", text("seen"))
		},
		want: []string{"user: look | [image] | [document]", "assistant: seen"},
	},
	{
		name: "unknown types",
		tell: func(b *book, leaf string) string {
			b.loose(object{"type": "first-of-its-kind", "sessionId": b.session, "x": 1})
			leaf = b.talk(leaf, 1)
			leaf = b.put(leaf, object{"type": "mystery", "content": "?"})
			b.loose(object{"type": "another-kind", "sessionId": b.session, "leafUuid": "x"})
			leaf = b.put(leaf, object{"type": "system", "subtype": "mystery", "content": "?"})
			return b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q4", "assistant: a4"},
	},
	{
		name: "an unknown type at the end",
		lay:  func(b *book) { b.put(b.talk("", 1), object{"type": "mystery", "content": "?"}) },
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "unknown members",
		tell: func(b *book, leaf string) string {
			leaf = b.put(leaf, object{
				"type": "user", "mystery": object{"a": 1}, "message": object{"role": "user", "content": "q", "mystery": true},
			})
			return b.put(leaf, object{"type": "assistant", "mystery": []int{1}, "message": object{
				"id": "msg_1", "type": "message", "role": "assistant", "model": usualModel, "content": []object{text("a")}, "mystery": 1,
			}})
		},
		want: []string{"user: q", "assistant: a"},
	},
	{
		name: "unknown blocks",
		tell: func(b *book, leaf string) string {
			leaf = b.user(leaf, []object{text("q"), {"type": "mystery", "x": 1}})
			leaf = b.answer(leaf, "msg_1", text("a"), object{"type": "riddle", "y": 2})
			return b.talk(leaf, 1)
		},
		want: []string{"user: q | [mystery]", "assistant: a | [riddle]", "user: q3", "assistant: a3"},
	},
	{
		name: "an unknown block alone",
		tell: func(b *book, leaf string) string {
			return b.talk(b.answer(b.user(leaf, "q"), "msg_1", object{"type": "riddle", "y": 2}), 1)
		},
		want: []string{"user: q", "assistant: [riddle]", "user: q2", "assistant: a2"},
	},
	{
		name: "unknown members of blocks",
		tell: func(b *book, leaf string) string {
			block := text("a")
			block["mystery"], block["citations"] = 1, nil
			return b.talk(b.answer(b.user(leaf, "q"), "msg_1", block), 1)
		},
		want: []string{"user: q", "assistant: a", "user: q2", "assistant: a2"},
	},
	{
		name: "subagents in the file",
		tell: func(b *book, leaf string) string {
			leaf = b.talk(leaf, 1)
			side := b.put("", object{"type": "user", "isSidechain": true, "message": object{"role": "user", "content": "for the subagent"}})
			b.put(side, object{"type": "assistant", "isSidechain": true, "message": object{
				"id": "msg_side", "type": "message", "role": "assistant", "model": usualModel, "content": []object{text("of the subagent")},
			}})
			return b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q4", "assistant: a4"},
	},
	{
		name: "a subagent at the end",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			b.put(leaf, object{"type": "user", "isSidechain": true, "message": object{"role": "user", "content": "for the subagent"}})
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name:    "nothing but a subagent",
		unknown: true, lay: func(b *book) {
			b.put("", object{"type": "user", "isSidechain": true, "message": object{"role": "user", "content": "for the subagent"}})
		},
	},
	{
		name:    "a name that is no UUID",
		unknown: true,
		lay: func(b *book) {
			b.session = "not-a-uuid"
			b.talk("", 1)
		},
		differs: []string{"user: q0", "assistant: a0"},
		why:     "a file is read wherever it lies; the index takes none with such a name",
	},
	{
		name:    "an empty file",
		unknown: true, lay: func(b *book) { b.torn = true },
	},
	{
		name:    "nothing but loose records",
		unknown: true, lay: func(b *book) {
			b.loose(object{"type": "custom-title", "customTitle": "t", "sessionId": b.session})
		},
	},
	{
		name: "a note for the model",
		tell: func(b *book, leaf string) string {
			leaf = b.put(b.talk(leaf, 1), object{"type": "user", "isMeta": true, "message": object{"role": "user", "content": "a note"}})
			return b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: a note | q3", "assistant: a3"},
	},
	{
		name: "a note for people",
		tell: func(b *book, leaf string) string {
			leaf = b.put(b.talk(leaf, 1), object{
				"type": "user", "isVisibleInTranscriptOnly": true, "message": object{"role": "user", "content": "not for the model"},
			})
			return b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: not for the model | q3", "assistant: a3"},
	},
	{
		name: "commands to the program",
		tell: func(b *book, leaf string) string {
			leaf = b.talk(leaf, 1)
			leaf = b.put(leaf, object{"type": "user", "isMeta": true, "message": object{"role": "user", "content": "<local-command-caveat>…</local-command-caveat>"}})
			leaf = b.user(leaf, "<command-name>/model</command-name>\n<command-message>model</command-message>\n<command-args></command-args>")
			leaf = b.user(leaf, "<local-command-stdout>Set model</local-command-stdout>")
			return b.talk(leaf, 1)
		},
		want: []string{
			"user: q0",
			"assistant: a0",
			"user: <local-command-caveat>…</local-command-caveat> | <command-name>/model</command-name>\n<command-message>model</command-message>\n<command-args… | <local-command-stdout>Set model</local-command-stdout> | q5",
			"assistant: a5",
		},
	},
	{
		name: "commands to the program as it records them now",
		tell: func(b *book, leaf string) string {
			leaf = b.put(b.talk(leaf, 1), object{
				"type": "system", "subtype": "local_command", "isMeta": false, "level": "info",
				"content": "<command-name>/cost</command-name>\n<command-message>cost</command-message>\n<command-args></command-args>",
			})
			leaf = b.put(leaf, object{
				"type": "system", "subtype": "local_command", "isMeta": false, "level": "info",
				"content": "<local-command-stdout>much</local-command-stdout>",
			})
			return b.talk(leaf, 1)
		},
		want: []string{
			"user: q0",
			"assistant: a0",
			"user: <command-name>/cost</command-name>\n<command-message>cost</command-message>\n<command-args><… | <local-command-stdout>much</local-command-stdout> | q4",
			"assistant: a4",
		},
	},
	{
		name: "an error of the API",
		tell: func(b *book, leaf string) string {
			leaf = b.put(b.user(leaf, "q"), object{"type": "assistant", "isApiErrorMessage": true, "message": object{
				"id": "x-1", "type": "message", "role": "assistant", "model": "<synthetic>", "content": []object{text("API Error: 500")},
				"stop_reason": "stop_sequence", "stop_sequence": "", "usage": object{"input_tokens": 0, "output_tokens": 0},
			}})
			return b.talk(leaf, 1)
		},
		want: []string{"user: q | q2", "assistant: a2"},
	},
	{
		name: "an error of the API at the end",
		lay: func(b *book) {
			b.put(b.user(b.talk("", 1), "q"), object{"type": "assistant", "isApiErrorMessage": true, "message": object{
				"id": "x-1", "type": "message", "role": "assistant", "model": "<synthetic>", "content": []object{text("API Error: 500")},
				"stop_reason": "stop_sequence", "stop_sequence": "", "usage": object{"input_tokens": 0, "output_tokens": 0},
			}})
		},
		want: []string{"user: q0", "assistant: a0", "user: q"},
	},
	{
		name: "an answer of the program's own",
		tell: func(b *book, leaf string) string {
			return b.talk(b.answerOf(b.user(leaf, "q"), "x-1", "<synthetic>", text("No response requested.")), 1)
		},
		want: []string{"user: q", "assistant: No response requested.", "user: q2", "assistant: a2"},
	},
	{
		name: "an interruption",
		tell: func(b *book, leaf string) string {
			leaf = b.put(b.user(leaf, "q"), object{"type": "assistant", "requestId": "req_1", "isAbortedMidStream": true, "message": object{
				"id": "msg_1", "type": "message", "role": "assistant", "model": usualModel, "content": []object{text("part of an ans")},
				"stop_reason": nil, "stop_sequence": nil, "usage": object{"input_tokens": 1, "output_tokens": 1},
			}})
			return b.user(leaf, []object{text("[Request interrupted by user]")})
		},
		want: []string{"user: q", "assistant: part of an ans", "user: [Request interrupted by user]"},
	},
	{
		name: "a message typed while a tool ran",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.result(leaf, "t1", "out")
			leaf = b.attach(leaf, object{"type": "queued_command", "prompt": "by the way", "commandMode": "prompt"})
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: out | by the way", "assistant: done"},
	},
	{
		name: "a message with a picture typed while a tool ran",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.result(leaf, "t1", "out")
			leaf = b.attach(leaf, object{"type": "queued_command", "prompt": []object{text("look"), image}, "commandMode": "prompt"})
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: out | look | [image]", "assistant: done"},
	},
	{
		name: "a message typed while nothing ran",
		tell: func(b *book, leaf string) string {
			leaf = b.attach(b.talk(leaf, 1), object{"type": "queued_command", "prompt": "by the way", "commandMode": "prompt"})
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{"user: q0", "assistant: a0", "user: by the way", "assistant: done"},
	},
	{
		name: "a queued note of a task",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.result(leaf, "t1", "out")
			leaf = b.attach(leaf, object{"type": "queued_command", "prompt": "<task-notification>x</task-notification>", "commandMode": "task-notification"})
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: out", "assistant: done"},
	},
	{
		name: "a queued note",
		tell: func(b *book, leaf string) string {
			leaf = b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.result(leaf, "t1", "out")
			leaf = b.attach(leaf, object{"type": "queued_command", "prompt": "a note", "commandMode": "prompt", "isMeta": true})
			return b.answer(leaf, "msg_2", text("done"))
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: out", "assistant: done"},
	},
	{
		name: "attachments between prompts",
		tell: func(b *book, leaf string) string {
			leaf = b.user(leaf, "q")
			leaf = b.attach(leaf, object{"type": "date", "date": "2026-11-20"})
			leaf = b.user(leaf, "more")
			leaf = b.attach(leaf, object{"type": "mystery", "x": 1})
			return b.answer(leaf, "msg_1", text("a"))
		},
		want: []string{"user: q | more", "assistant: a"},
	},
	{
		name: "a prompt with a reminder's tag",
		tell: func(b *book, leaf string) string {
			return b.answer(b.user(leaf, "what is <system-reminder> for?"), "msg_1", text("a"))
		},
		want: []string{"user: what is <system-reminder> for?", "assistant: a"},
	},
	{
		name: "roles that do not fit the type",
		tell: func(b *book, leaf string) string {
			leaf = b.put(leaf, object{"type": "user", "message": object{"role": "assistant", "content": "q"}})
			return b.talk(b.answer(leaf, "msg_1", text("a")), 1)
		},
		want: []string{"user: q", "assistant: a", "user: q2", "assistant: a2"},
	},
	{
		name: "a user without a message",
		tell: func(b *book, leaf string) string { return b.talk(b.put(b.talk(leaf, 1), object{"type": "user"}), 1) },
		want: []string{"user: q0", "assistant: a0", "user: q3", "assistant: a3"},
	},
}
