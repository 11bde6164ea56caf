package claude_test

import (
	"regexp"
	"strings"
)

var timeMember = regexp.MustCompile(`,"timestamp":"[^"]*"`)

// damaged are files that a disk, an editor or a killed program left behind.
var damaged = []resumption{
	{
		name: "a plain talk",
		tell: func(b *book, leaf string) string { return b.talk(leaf, 2) },
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "no line feed at the end",
		lay:  func(b *book) { b.talk("", 2); b.torn = true },
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "a torn last line",
		lay: func(b *book) {
			leaf := b.talk("", 2)
			b.user(leaf, "torn")
			b.raw(b.last()[:90])
			b.torn = true
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "a torn line with a line feed",
		lay: func(b *book) {
			leaf := b.talk("", 2)
			b.user(leaf, "torn")
			b.raw(b.last()[:90])
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "a torn line in the middle",
		tell: func(b *book, leaf string) string {
			leaf = b.talk(leaf, 1)
			b.user(leaf, "torn")
			b.raw(b.last()[:90])
			return b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q3", "assistant: a3"},
	},
	{
		name: "a torn line with the next record glued to it",
		tell: func(b *book, leaf string) string {
			leaf = b.talk(leaf, 1)
			b.user(leaf, "torn")
			torn := b.last()[:90]
			leaf = b.user(leaf, "glued")
			b.raw(torn + b.last())
			return b.answer(leaf, "msg_glued", text("to the glued one"))
		},
		want:    []string{"user: q0", "assistant: a0", "assistant: to the glued one"},
		differs: []string{"user: q0", "assistant: a0", "user: glued", "assistant: to the glued one"},
		why:     "a whole record behind damage is not lost",
	},
	{
		name: "two records on one line",
		tell: func(b *book, leaf string) string {
			leaf = b.talk(leaf, 1)
			b.user(leaf, "first")
			line := b.last()
			b.answer(b.id(b.count), "msg_second", text("second"))
			b.raw(line + b.last())
			return b.talk(b.id(b.count), 1)
		},
		want:    []string{"user: q0", "assistant: a0", "user: first | q4", "assistant: a4"},
		differs: []string{"user: q0", "assistant: a0", "user: first", "assistant: second", "user: q4", "assistant: a4"},
		why:     "a whole record behind damage is not lost",
	},
	{
		name: "garbage",
		tell: func(b *book, leaf string) string {
			leaf = b.talk(leaf, 1)
			for _, line := range []string{"this is no JSON", "[1,2]", `"text"`, "42", "null", "{}", `{"type":7}`, `{"uuid":"x"}`} {
				b.raw(line)
			}
			return b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "a line of zeros",
		tell: func(b *book, leaf string) string {
			leaf = b.talk(leaf, 1)
			b.raw(strings.Repeat("\x00", 512))
			return b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "zeros before a record",
		lay: func(b *book) {
			leaf := b.user(b.talk("", 1), "behind zeros")
			b.raw(strings.Repeat("\x00", 512) + b.last())
			b.answer(leaf, "msg_x", text("answer"))
		},
		want:    []string{"user: q0", "assistant: a0", "assistant: answer"},
		differs: []string{"user: q0", "assistant: a0", "user: behind zeros", "assistant: answer"},
		why:     "a whole record behind damage is not lost",
	},
	{
		name: "zeros at the end",
		lay: func(b *book) {
			b.talk("", 2)
			b.raw(strings.Repeat("\x00", 512))
			b.torn = true
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "blank lines",
		tell: func(b *book, leaf string) string {
			b.raw("")
			leaf = b.talk(leaf, 1)
			b.raw("")
			b.raw("   \t")
			leaf = b.talk(leaf, 1)
			b.raw("")
			return leaf
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "a byte order mark",
		lay: func(b *book) {
			b.talk("", 2)
			b.lines[0] = "\ufeff" + b.lines[0]
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "carriage returns",
		lay:  func(b *book) { b.talk("", 2); b.end = "\r\n" },
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "line separators in a text",
		tell: func(b *book, leaf string) string {
			leaf = b.user(leaf, "one\u2028two\u2029three\u0085four")
			b.raw(strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029").Replace(b.last()))
			return b.answer(leaf, "msg_x", text("a"))
		},
		want: []string{"user: one\u2028two\u2029three\u0085four", "assistant: a"},
	},
	{
		name: "bytes that are no text",
		tell: func(b *book, leaf string) string {
			leaf = b.user(leaf, "bad XX bytes")
			b.raw(strings.Replace(b.last(), "XX", "\xff\xfe", 1))
			return b.answer(leaf, "msg_x", text("a"))
		},
		want: []string{"user: bad �� bytes", "assistant: a"},
	},
	{
		name: "a line of megabytes",
		tell: func(b *book, leaf string) string {
			leaf = b.user(leaf, "q")
			leaf = b.answer(leaf, "msg_x", call("t1"))
			leaf = b.result(leaf, "t1", strings.Repeat("long ", 600_000))
			return b.answer(leaf, "msg_y", text("done"))
		},
		want: []string{
			"user: q",
			"assistant: call t1",
			"user: result of t1: long long long long long long long long long long long long long long long long long long …",
			"assistant: done",
		},
	},
	{
		name: "spaces around a record",
		tell: func(b *book, leaf string) string {
			leaf = b.talk(leaf, 2)
			b.raw("  " + b.last() + " \t")
			return leaf
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
}

// broken are files whose chain has faults.
var broken = []resumption{
	{
		name: "a record lost from the chain",
		tell: func(b *book, leaf string) string {
			leaf = b.talk(leaf, 1)
			lost := b.user(leaf, "lost")
			b.last()
			leaf = b.answer(lost, "msg_x", text("to the lost one"))
			return b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "assistant: to the lost one", "user: q4", "assistant: a4"},
	},
	{
		name: "an unknown parent at the beginning",
		lay:  func(b *book) { b.talk("11111111-2222-4333-8444-555555555555", 2) },
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "a lost answer with a call",
		tell: func(b *book, leaf string) string {
			leaf = b.talk(leaf, 1)
			leaf = b.user(leaf, "use a tool")
			lost := b.answer(leaf, "msg_x", call("t1"))
			b.last()
			leaf = b.result(lost, "t1", "out")
			leaf = b.answer(leaf, "msg_y", text("done"))
			return b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: use a tool", "assistant: done", "user: q6", "assistant: a6"},
	},
	{
		name: "a record that is its own parent",
		tell: func(b *book, leaf string) string {
			b.talk(leaf, 1)
			own := b.id(b.count + 1)
			b.user(own, "own parent")
			leaf = b.answer(own, "msg_x", text("answer"))
			return b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: own parent", "assistant: answer", "user: q4", "assistant: a4"},
	},
	{
		name: "a circle",
		tell: func(b *book, leaf string) string {
			b.talk(leaf, 1)
			b.user(b.id(b.count+2), "in a circle")
			leaf = b.answer(b.id(b.count), "msg_x", text("answer"))
			return b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: in a circle", "assistant: answer", "user: q4", "assistant: a4"},
	},
	{
		name: "a circle without an exit",
		lay: func(b *book) {
			b.user(b.id(2), "q")
			b.answer(b.id(1), "msg_x", text("a"))
		},
		want: []string{"user: q", "assistant: a"},
	},
	{
		name: "an unknown parent with the same time as others",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			at := "2026-11-20T10:00:30.000Z"
			b.put(leaf, object{"type": "user", "timestamp": at, "message": object{"role": "user", "content": "same time"}})
			b.put("11111111-2222-4333-8444-555555555555", object{"type": "user", "timestamp": at, "message": object{"role": "user", "content": "orphan"}})
		},
		want:    []string{"user: q0", "assistant: a0", "user: same time | orphan", "assistant: No response requested."},
		differs: []string{"user: q0", "assistant: a0", "user: same time | orphan"},
		why:     "a filler is the program's own; the next prompt joins what was not answered",
	},
	{
		name: "two orphans",
		lay: func(b *book) {
			leaf := b.talk("", 1)
			b.user(leaf, "lost 1")
			b.last()
			leaf = b.answer(b.id(b.count), "msg_x", text("orphan 1"))
			b.user(leaf, "lost 2")
			b.last()
			b.answer(b.id(b.count), "msg_y", text("orphan 2"))
		},
		want: []string{"user: q0", "assistant: a0", "assistant: orphan 1", "assistant: orphan 2"},
	},
	{
		name: "an orphan that is older than all",
		lay: func(b *book) {
			b.talk("", 1)
			leaf := b.put("11111111-2222-4333-8444-555555555555", object{
				"type": "user", "timestamp": "2020-01-01T00:00:00.000Z", "message": object{"role": "user", "content": "orphan"},
			})
			b.answer(leaf, "msg_x", text("answer"))
		},
		want: []string{"user: orphan", "assistant: answer"},
	},
	{
		name: "no parent named at all",
		lay: func(b *book) {
			b.talk("", 1)
			leaf := b.user("", "no parent")
			b.raw(strings.Replace(b.last(), `"parentUuid":null,`, "", 1))
			b.answer(leaf, "msg_x", text("answer"))
		},
		want: []string{"user: no parent", "assistant: answer"},
	},
	{
		name: "a root in the middle",
		lay: func(b *book) {
			b.talk("", 1)
			b.talk("", 1)
		},
		want: []string{"user: q2", "assistant: a2"},
	},
	{
		name: "a uuid twice",
		tell: func(b *book, leaf string) string {
			first := b.user(leaf, "first version")
			b.answer(first, "msg_x", text("answer"))
			b.put(leaf, object{"type": "user", "uuid": first, "message": object{"role": "user", "content": "second version"}})
			return b.talk(b.id(2), 1)
		},
		want: []string{"user: second version", "assistant: answer", "user: q3", "assistant: a3"},
	},
	{
		name: "a leaf twice",
		tell: func(b *book, leaf string) string {
			leaf = b.talk(leaf, 2)
			b.raw(b.lines[len(b.lines)-1])
			return b.talk(leaf, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2", "user: q4", "assistant: a4"},
	},
	{
		name: "records in the wrong order",
		tell: func(b *book, leaf string) string {
			leaf = b.talk(leaf, 2)
			from := len(b.lines) - 4
			b.lines[from+1], b.lines[from+2] = b.lines[from+2], b.lines[from+1]
			return leaf
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "no times",
		tell: func(b *book, leaf string) string {
			from := len(b.lines)
			leaf = b.talk(leaf, 2)
			for i, line := range b.lines[from:] {
				b.lines[from+i] = timeMember.ReplaceAllString(line, "")
			}
			return leaf
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "another session's id",
		tell: func(b *book, leaf string) string {
			leaf = b.talk(leaf, 1)
			id := b.session
			b.session = "99999999-8888-4777-8666-555555555555"
			leaf = b.talk(leaf, 1)
			b.session = id
			return leaf
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "another directory",
		tell: func(b *book, leaf string) string {
			leaf = b.talk(leaf, 1)
			cwd := b.cwd
			b.cwd = "/somewhere/else"
			leaf = b.talk(leaf, 1)
			b.cwd = cwd
			return leaf
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
}
