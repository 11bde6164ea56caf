package claude_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// titled is a file whose title is looked for.
type titled struct {
	name string
	// lay writes titles behind a talk; beside is the content of custom-title.json.
	lay    func(b *book)
	beside string
	want   string
}

func (b *book) custom(title string) {
	b.loose(object{"type": "custom-title", "customTitle": title, "sessionId": b.session})
}

func (b *book) ai(title string) {
	b.loose(object{"type": "ai-title", "aiTitle": title, "sessionId": b.session})
}

var titledFiles = []titled{
	{name: "the person's", lay: func(b *book) { b.custom("custom one") }, want: "custom one"},
	{name: "the newest", lay: func(b *book) { b.custom("custom two old"); b.custom("custom two") }, want: "custom two"},
	{name: "the person's before the model's", lay: func(b *book) { b.custom("custom three"); b.ai("ai three") }, want: "custom three"},
	{name: "the model's", lay: func(b *book) { b.ai("ai four old"); b.ai("ai four") }, want: "ai four"},
	{name: "beside the file", lay: func(*book) {}, beside: "beside five", want: "beside five"},
	{name: "in the file and beside it", lay: func(b *book) { b.custom("custom six") }, beside: "beside six", want: "custom six"},
	{name: "the model's and beside it", lay: func(b *book) { b.ai("ai seven") }, beside: "beside seven", want: "beside seven"},
}

// TestTitles resumes sessions by their titles: what we show as a session's title is what the program finds it by.
func TestTitles(t *testing.T) {
	d := newDesk(t)
	for _, c := range titledFiles {
		t.Run(dashed(c.name), func(t *testing.T) {
			t.Parallel()
			d := d.of(t)
			b := newBook(d.cwd)
			b.lastPrompt(b.talk("", 1), nil)
			c.lay(b)
			path := d.put(b.session, b.bytes())
			if c.beside != "" {
				beside := filepath.Join(strings.TrimSuffix(path, ".jsonl"), "custom-title.json")
				must(t, os.MkdirAll(filepath.Dir(beside), 0o700))
				must(t, os.WriteFile(beside, []byte(encode(object{"customTitle": c.beside})), 0o600))
			}
			if got := d.load(b.session).Title(); got != c.want {
				t.Errorf("our title is %q", got)
			}
			m := newModel(t)
			if r := d.ask(m, nextPrompt, "--resume", c.want); r.errors != "" {
				t.Errorf("the program does not find it: %s", r.errors)
			}
			if request, _ := m.asked(nextPrompt); len(theirs(request.Messages, nextPrompt)) != 2 {
				t.Error("the program does not find the conversation")
			}
		})
	}
}
