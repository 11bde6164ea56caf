package claude_test

// nothing adds a choice of the person's: that the conversation is empty.
func (b *book) nothing() {
	b.raw(`{"type":"last-prompt","lastPrompt":"","leafUuid":null,"explicit":true,"sessionId":"` + b.session + `"}`)
}

// emptied are files in which the person went back to before the first message.
var emptied = []resumption{
	{
		name: "the person began anew",
		lay: func(b *book) {
			b.lastPrompt(b.talk("", 1), nil)
			b.nothing()
			b.talk("", 1)
		},
		want: []string{"user: q2", "assistant: a2"},
	},
	{
		name: "the person began anew and the next turn ended",
		lay: func(b *book) {
			b.lastPrompt(b.talk("", 1), nil)
			b.nothing()
			b.lastPrompt(b.talk("", 1), nil)
		},
		want: []string{"user: q2", "assistant: a2"},
	},
	{
		name: "the person began anew and nothing came",
		lay: func(b *book) {
			b.lastPrompt(b.talk("", 1), nil)
			b.nothing()
		},
		want: []string{},
	},
	{
		name: "the person began anew and the old leaf was noted last",
		lay: func(b *book) {
			old := b.talk("", 1)
			b.lastPrompt(old, nil)
			b.nothing()
			b.talk("", 1)
			b.lastPrompt(old, nil)
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "an empty pointer that the person did not choose",
		lay: func(b *book) {
			b.lastPrompt(b.talk("", 1), nil)
			b.raw(`{"type":"last-prompt","lastPrompt":"","leafUuid":null,"sessionId":"` + b.session + `"}`)
			b.talk("", 1)
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "the person began anew and the old branch went on",
		lay: func(b *book) {
			old := b.talk("", 1)
			b.lastPrompt(old, nil)
			b.nothing()
			b.talk(old, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "the person began anew and the old leaf was noted before the next turn",
		lay: func(b *book) {
			old := b.talk("", 1)
			b.lastPrompt(old, nil)
			b.nothing()
			b.lastPrompt(old, nil)
			b.talk("", 1)
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "the person chose a message and then began anew",
		lay: func(b *book) {
			b.lastPrompt(b.talk("", 1), object{"explicit": true})
			b.nothing()
			b.talk("", 1)
		},
		want: []string{"user: q2", "assistant: a2"},
	},
	{
		name: "the person began anew and a note of the program came",
		lay: func(b *book) {
			b.lastPrompt(b.talk("", 1), nil)
			b.nothing()
			b.put("", object{"type": "system", "subtype": "informational", "content": "x"})
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "the person began anew and the old branch went on later",
		lay: func(b *book) {
			old := b.talk("", 1)
			b.lastPrompt(old, nil)
			b.nothing()
			b.talk("", 1)
			b.talk(old, 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q4", "assistant: a4"},
	},
	{
		name: "a choice that names no leaf",
		lay: func(b *book) {
			b.lastPrompt(b.talk("", 1), nil)
			b.lastPrompt("", object{"explicit": true})
			b.talk("", 1)
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "the person began anew without another pointer",
		lay: func(b *book) {
			b.talk("", 1)
			b.nothing()
		},
		want: []string{},
	},
	{
		name: "the person began anew and an orphan came",
		lay: func(b *book) {
			b.lastPrompt(b.talk("", 1), nil)
			b.nothing()
			b.talk("11111111-2222-4333-8444-555555555555", 1)
		},
		want: []string{"user: q0", "assistant: a0", "user: q2", "assistant: a2"},
	},
	{
		name: "the person began anew twice",
		lay: func(b *book) {
			b.lastPrompt(b.talk("", 1), nil)
			b.nothing()
			b.lastPrompt(b.talk("", 1), nil)
			b.nothing()
			b.talk("", 1)
		},
		want: []string{"user: q4", "assistant: a4"},
	},
	{
		name: "the person began anew and chose the old leaf",
		lay: func(b *book) {
			old := b.talk("", 1)
			b.lastPrompt(old, nil)
			b.nothing()
			b.lastPrompt(b.talk("", 1), nil)
			b.nothing()
			b.lastPrompt(old, object{"explicit": true})
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "a choice of a leaf without a name",
		lay: func(b *book) {
			b.lastPrompt(b.talk("", 1), nil)
			b.raw(`{"type":"last-prompt","lastPrompt":"","leafUuid":"","explicit":true,"sessionId":"` + b.session + `"}`)
			b.talk("", 1)
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "the person began anew and a note came behind the next turn",
		lay: func(b *book) {
			old := b.talk("", 1)
			b.lastPrompt(old, nil)
			b.nothing()
			b.put(b.talk("", 1), object{"type": "system", "subtype": "informational", "content": "x"})
		},
		want: []string{"user: q2", "assistant: a2"},
	},
	{
		name: "the person began anew behind a note",
		lay: func(b *book) {
			old := b.talk("", 1)
			b.lastPrompt(old, nil)
			b.nothing()
			b.talk(b.put("", object{"type": "system", "subtype": "informational", "content": "x"}), 1)
		},
		want: []string{"user: q3", "assistant: a3"},
	},
	{
		name: "the person began anew and a root note came behind the next turn",
		lay: func(b *book) {
			old := b.talk("", 1)
			b.lastPrompt(old, nil)
			b.nothing()
			b.talk("", 1)
			b.put("", object{"type": "system", "subtype": "informational", "content": "x"})
		},
		want: []string{"user: q2", "assistant: a2"},
	},
	{
		name: "the person began anew and a subagent went on",
		lay: func(b *book) {
			old := b.talk("", 1)
			b.lastPrompt(old, nil)
			b.nothing()
			b.put("", object{"type": "user", "isSidechain": true, "message": object{"role": "user", "content": "side"}})
		},
		want: []string{},
	},
	{
		name: "the person began anew and the next prompt has no answer",
		lay: func(b *book) {
			old := b.talk("", 1)
			b.lastPrompt(old, nil)
			b.nothing()
			b.user("", "qq")
		},
		want:    []string{"user: qq", "assistant: No response requested."},
		differs: []string{"user: qq"},
		why:     "a filler is the program's own; the next prompt joins what was not answered",
	},
	{
		name: "the person began anew and an unknown leaf was noted",
		lay: func(b *book) {
			old := b.talk("", 1)
			b.lastPrompt(old, nil)
			b.nothing()
			b.lastPrompt("11111111-2222-4333-8444-555555555555", nil)
			b.talk("", 1)
		},
		want: []string{"user: q2", "assistant: a2"},
	},
	{
		name: "the person began anew and a queued message came",
		lay: func(b *book) {
			old := b.talk("", 1)
			b.lastPrompt(old, nil)
			b.nothing()
			b.attach("", object{"type": "queued_command", "prompt": "qc", "commandMode": "prompt"})
		},
		want: []string{"user: q0", "assistant: a0"},
	},
	{
		name: "the person began anew behind a root note",
		lay: func(b *book) {
			b.lastPrompt(b.talk("", 1), nil)
			b.put("", object{"type": "system", "subtype": "informational", "content": "x"})
			b.nothing()
		},
		want: []string{},
	},
}
