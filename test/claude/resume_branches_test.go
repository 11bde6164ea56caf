package claude_test

// branches are files of which a part is not the conversation.
var branches = []resumption{
	{
		name: "two branches",
		lay: func(b *book) {
			root := b.talk("", 1)
			b.talk(root, 1)
			b.talk(root, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q4", "assistant: a4"},
	},
	{
		name: "the pointer is in the older branch",
		lay: func(b *book) {
			root := b.talk("", 1)
			old := b.talk(root, 1)
			b.talk(root, 1)
			b.lastPrompt(old, nil)
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "the pointer is behind the older branch",
		lay: func(b *book) {
			root := b.talk("", 1)
			old := b.talk(root, 1)
			b.lastPrompt(old, nil)
			b.talk(root, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "the newest message descends from the pointer",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			b.lastPrompt(leaf, nil)
			b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "the pointer is unknown",
		lay: func(b *book) {
			root := b.talk("", 1)
			b.talk(root, 1)
			b.talk(root, 1)
			b.lastPrompt("11111111-2222-4333-8444-555555555555", nil)
		},
		want: []string{"user: q0", "assistant: a0", "user: q4", "assistant: a4"},
	},
	{
		name: "an older pointer counts when the last is unknown",
		lay: func(b *book) {
			root := b.talk("", 1)
			b.lastPrompt(b.talk(root, 1), nil)
			b.talk(root, 1)
			b.lastPrompt("11111111-2222-4333-8444-555555555555", nil)
		},
		want: []string{"user: q0", "assistant: a0", "user: q4", "assistant: a4"},
	},
	{
		name: "the person chose an earlier message",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			b.talk(leaf, 1)
			b.lastPrompt(leaf, object{"explicit": true})
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "the person chose a message and went on",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			b.talk(leaf, 1)
			b.lastPrompt(leaf, object{"explicit": true})
			b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q4", "assistant: a4"},
	},
	{
		name: "the person chose a message and the other branch went on",
		lay: func(b *book) {
			root := b.talk("", 1)
			old := b.talk(root, 1)
			other := b.talk(root, 1)
			b.lastPrompt(old, object{"explicit": true})
			b.talk(other, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "the person chose and a note of the program came",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			b.talk(leaf, 1)
			b.lastPrompt(leaf, object{"explicit": true})
			b.put(leaf, object{"type": "system", "subtype": "informational", "content": "x"})
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "the person chose and the same leaf was noted again",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			b.talk(leaf, 1)
			b.lastPrompt(leaf, object{"explicit": true})
			b.lastPrompt(leaf, nil)
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "the pointer is an earlier message",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			b.talk(leaf, 1)
			b.lastPrompt(leaf, nil)
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "the person chose and the next turn ended",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			b.talk(leaf, 1)
			b.lastPrompt(leaf, object{"explicit": true})
			b.lastPrompt(b.talk(leaf, 1), nil)
		},
		want: []string{"user: q0", "assistant: a0", "user: q4", "assistant: a4"},
	},
	{
		name: "the person chose a prompt",
		lay: func(b *book) {
			b.talk("", 2)
			b.lastPrompt(b.id(3), object{"explicit": true})
		},
		want:    []string{"user: q0", "assistant: a0", "user: q2", "assistant: No response requested."},
		differs: []string{"user: q0", "assistant: a0", "user: q2"},
		why:     "a filler is the program's own; the next prompt joins what was not answered",
	},
	{
		name: "a pointer without a leaf",
		lay: func(b *book) {
			root := b.talk("", 1)
			old := b.talk(root, 1)
			b.talk(root, 1)
			b.lastPrompt(old, nil)
			b.lastPrompt("", nil)
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "the pointer is a trailing attachment",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			b.lastPrompt(b.attach(leaf, object{"type": "date", "date": "2026-11-20"}), nil)
			b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "the pointer is an attachment on the way",
		lay: func(b *book) {
			leaf := b.attach(b.talk("", 1), object{"type": "date", "date": "2026-11-20"})
			b.lastPrompt(leaf, nil)
			b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q3", "assistant: a3"},
	},
	{
		name: "an attachment branch without a pointer",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			b.talk(leaf, 1)
			b.attach(leaf, object{"type": "date", "date": "2026-11-20"})
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "a note of the program's in another branch",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			b.talk(leaf, 1)
			b.put(leaf, object{"type": "system", "subtype": "informational", "content": "x"})
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "an unknown type in another branch",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			b.talk(leaf, 1)
			b.put(leaf, object{"type": "mystery", "content": "x"})
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "a branch below a part of an answer",
		tell: func(b *book, leaf string) string {
			one := b.answer(b.user(leaf, "q"), "msg_1", text("one"))
			b.answer(one, "msg_1", text("two"))
			return b.talk(one, 1)
		},
		want: []string{"user: q", "assistant: one | two", "user: q3", "assistant: a3"},
	},
	{
		name: "the pointer is a subagent",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			side := b.put(leaf, object{"type": "user", "isSidechain": true, "message": object{"role": "user", "content": "for the subagent"}})
			b.talk(leaf, 1)
			b.lastPrompt(side, nil)
		},
		unknown: true,
		differs: []string{"user: q0", "assistant: a0", "user: q3", "assistant: a3"},
		why:     "a pointer to a subagent is as good as none; nothing is lost by it",
	},
	{
		name: "the pointer is in the middle of an answer",
		lay: func(b *book) {
			b.answer(b.user("", "q"), "msg_1", text("one"), text("two"))
			b.lastPrompt(b.id(2), object{"explicit": true})
		},
		want: []string{"user: q", "assistant: one | two"},
	},
	{
		name: "a branch below a call",
		tell: func(b *book, leaf string) string {
			caller := b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.result(caller, "t1", "out")
			b.answer(leaf, "msg_2", text("done"))
			return b.talk(caller, 1)
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: out | q4", "assistant: a4"},
	},
	{
		name: "a branch below a result",
		tell: func(b *book, leaf string) string {
			two := b.answer(b.user(leaf, "q"), "msg_1", call("t1"), call("t2"))
			leaf = b.result(b.id(2), "t1", "out 1")
			b.result(two, "t2", "out 2")
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
		name: "two branches below one result",
		tell: func(b *book, leaf string) string {
			caller := b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			leaf = b.result(caller, "t1", "out")
			b.answer(leaf, "msg_2", text("first try"))
			return b.answer(leaf, "msg_3", text("second try"))
		},
		want: []string{"user: q", "assistant: call t1", "user: result of t1: out", "assistant: second try"},
	},
	{
		name: "one result for each branch",
		tell: func(b *book, leaf string) string {
			caller := b.answer(b.user(leaf, "q"), "msg_1", call("t1"))
			b.answer(b.result(caller, "t1", "out 1"), "msg_2", text("first try"))
			return b.answer(b.result(caller, "t1", "out 2"), "msg_3", text("second try"))
		},
		want:    []string{"user: q", "assistant: call t1", "user: result of t1: out 1", "assistant: second try"},
		differs: []string{"user: q", "assistant: call t1", "user: result of t1: out 2", "assistant: second try"},
		why:     "the result of this branch counts, not the other's",
	},
	{
		name: "a prompt that was asked again",
		tell: func(b *book, leaf string) string {
			root := b.talk(leaf, 1)
			b.answer(b.user(root, "badly put"), "msg_1", text("what?"))
			return b.answer(b.user(root, "well put"), "msg_2", text("yes"))
		},
		want: []string{"user: q0", "assistant: a0", "user: well put", "assistant: yes"},
	},
	{
		name: "parallel calls in a branch that was left",
		tell: func(b *book, leaf string) string {
			root := b.talk(leaf, 1)
			two := b.answer(b.user(root, "q"), "msg_1", call("t1"), call("t2"))
			b.result(b.id(b.count-1), "t1", "out 1")
			b.answer(b.result(two, "t2", "out 2"), "msg_2", text("done"))
			return b.talk(root, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q8", "assistant: a8"},
	},
	{
		name: "a fork",
		tell: func(b *book, leaf string) string {
			from := len(b.lines)
			leaf = b.talk(leaf, 2)
			for i, line := range b.lines[from:] {
				source := object{"sessionId": "99999999-8888-4777-8666-555555555555", "messageUuid": b.id(i + 1)}
				b.lines[from+i] = line[:len(line)-1] + `,"forkedFrom":` + encode(source) + "}"
			}
			return leaf
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
}

// summary adds the boundary of a compaction and its summary; it gives the uuid of the summary.
func summary(b *book, leaf string, metadata object) string {
	about := object{"trigger": "manual", "preTokens": 1000}
	for name, value := range metadata {
		about[name] = value
	}
	line := object{
		"type": "system", "subtype": "compact_boundary", "content": "Conversation compacted", "isMeta": false, "level": "info",
		"compactMetadata": about,
	}
	if leaf != "" {
		line["logicalParentUuid"] = leaf
	}
	boundary := b.put("", line)
	return b.put(boundary, object{
		"type": "user", "isCompactSummary": true, "isVisibleInTranscriptOnly": true,
		"message": object{"role": "user", "content": "the summary"},
	})
}

// compactions are conversations of which a summary took the place.
var compactions = []resumption{
	{
		name: "a compaction",
		lay:  func(b *book) { b.talk(summary(b, b.talk("", 2), nil), 1) },
		want: []string{"user: the summary | q6", "assistant: a6"},
	},
	{
		name:    "a compaction with nothing behind it",
		lay:     func(b *book) { summary(b, b.talk("", 2), nil) },
		want:    []string{"user: the summary", "assistant: No response requested."},
		differs: []string{"user: the summary"},
		why:     "a filler is the program's own; the next prompt joins what was not answered",
	},
	{
		name: "a compaction with its pointer",
		lay: func(b *book) {
			b.lastPrompt(summary(b, b.talk("", 2), nil), nil)
		},
		want:    []string{"user: the summary", "assistant: No response requested."},
		differs: []string{"user: the summary"},
		why:     "a filler is the program's own; the next prompt joins what was not answered",
	},
	{
		name: "a compaction with an older pointer",
		lay: func(b *book) {
			leaf := b.talk("", 2)
			b.lastPrompt(leaf, nil)
			b.talk(summary(b, leaf, nil), 1)
		},
		want: []string{"user: the summary | q6", "assistant: a6"},
	},
	{
		name: "a compaction without an old leaf",
		lay: func(b *book) {
			b.talk("", 2)
			b.talk(summary(b, "", nil), 1)
		},
		want: []string{"user: the summary | q6", "assistant: a6"},
	},
	{
		name: "two compactions",
		lay: func(b *book) {
			leaf := b.talk(summary(b, b.talk("", 1), nil), 1)
			b.talk(summary(b, leaf, nil), 1)
		},
		want: []string{"user: the summary | q8", "assistant: a8"},
	},
	{
		name: "messages kept by uuid",
		lay: func(b *book) {
			leaf := b.talk("", 3)
			b.talk(summary(b, leaf, object{"preservedMessages": object{
				"anchorUuid": b.id(8), "uuids": []string{b.id(5), b.id(6)}, "allUuids": []string{b.id(5), b.id(6)},
			}}), 1)
		},
		want: []string{"user: the summary | q4", "assistant: a4", "user: q8", "assistant: a8"},
	},
	{
		name: "messages kept by uuid with nothing behind them",
		lay: func(b *book) {
			leaf := b.talk("", 3)
			summary(b, leaf, object{"preservedMessages": object{
				"anchorUuid": b.id(8), "uuids": []string{b.id(5), b.id(6)}, "allUuids": []string{b.id(5), b.id(6)},
			}})
		},
		want: []string{"user: the summary | q4", "assistant: a4"},
	},
	{
		name: "messages kept as a segment",
		lay: func(b *book) {
			leaf := b.talk("", 3)
			b.talk(summary(b, leaf, object{"preservedSegment": object{
				"headUuid": b.id(3), "anchorUuid": b.id(8), "tailUuid": b.id(6),
			}}), 1)
		},
		want: []string{"user: the summary | q2", "assistant: a2", "user: q4", "assistant: a4", "user: q8", "assistant: a8"},
	},
	{
		name: "messages kept by uuid and written again",
		lay: func(b *book) {
			leaf := b.talk("", 3)
			last := summary(b, leaf, object{"preservedMessages": object{
				"anchorUuid": b.id(8), "uuids": []string{b.id(5), b.id(6)}, "allUuids": []string{b.id(5), b.id(6)},
			}})
			b.again(5, last)
			b.again(6, b.id(5))
			b.talk(b.id(6), 1)
		},
		want: []string{"user: the summary | q4", "assistant: a4", "user: q8", "assistant: a8"},
	},
	{
		name: "messages kept as a segment and written again",
		lay: func(b *book) {
			leaf := b.talk("", 3)
			last := summary(b, leaf, object{"preservedSegment": object{
				"headUuid": b.id(5), "anchorUuid": b.id(8), "tailUuid": b.id(6),
			}})
			b.again(5, last)
			b.again(6, b.id(5))
			b.talk(b.id(6), 1)
		},
		want: []string{"user: the summary | q4", "assistant: a4", "user: q8", "assistant: a8"},
	},
	{
		name: "messages kept and written again as they were",
		lay: func(b *book) {
			leaf := b.talk("", 3)
			summary(b, leaf, object{"preservedMessages": object{
				"anchorUuid": b.id(8), "uuids": []string{b.id(5), b.id(6)}, "allUuids": []string{b.id(5), b.id(6)},
			}})
			b.raw(b.lines[4])
			b.raw(b.lines[5])
			b.talk(b.id(6), 1)
		},
		want: []string{"user: the summary | q4", "assistant: a4", "user: q8", "assistant: a8"},
	},
	{
		name: "kept messages of which one is lost",
		lay: func(b *book) {
			leaf := b.talk("", 3)
			b.talk(summary(b, leaf, object{"preservedMessages": object{
				"anchorUuid": b.id(8), "uuids": []string{"11111111-2222-4333-8444-555555555555", b.id(6)},
			}}), 1)
		},
		want:    []string{"user: the summary | q8", "assistant: a8"},
		differs: []string{"user: the summary", "assistant: a4", "user: q8", "assistant: a8"},
		why:     "what is left of them counts",
	},
	{
		name: "kept parallel calls",
		lay: func(b *book) {
			leaf := b.user(b.talk("", 1), "q")
			two := b.answer(leaf, "msg_1", call("t1"), call("t2"))
			b.result(b.id(4), "t1", "out 1")
			leaf = b.answer(b.result(two, "t2", "out 2"), "msg_2", text("done"))
			b.talk(summary(b, leaf, object{"preservedMessages": object{
				"anchorUuid": b.id(10), "uuids": []string{b.id(3), b.id(4), b.id(5), b.id(6), b.id(7), b.id(8)},
			}}), 1)
		},
		want: []string{
			"user: the summary | q",
			"assistant: call t1 | call t2",
			"user: result of t1: out 1 | result of t2: out 2",
			"assistant: done",
			"user: q10",
			"assistant: a10",
		},
	},
	{
		name: "a summary without a boundary",
		lay: func(b *book) {
			b.talk(b.put("", object{"type": "user", "isCompactSummary": true, "message": object{"role": "user", "content": "the summary"}}), 1)
		},
		want: []string{"user: the summary | q1", "assistant: a1"},
	},
	{
		name: "the person went back before a compaction",
		lay: func(b *book) {
			leaf := b.talk("", 2)
			b.talk(summary(b, leaf, nil), 1)
			b.lastPrompt(leaf, object{"explicit": true})
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "a compaction of the program's own results",
		tell: func(b *book, leaf string) string {
			leaf = b.put(b.talk(leaf, 2), object{"type": "system", "subtype": "microcompact_boundary", "content": "Context microcompacted"})
			return b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2", "user: q5", "assistant: a5"},
	},
}

// again adds the n-th line once more, hanging from another record.
func (b *book) again(n int, parent string) {
	line := decodeObject(b.lines[n-1])
	line["parentUuid"] = parent
	b.loose(line)
}
