package claude_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"claude-agent-chat/pkg/anthropic/anthropictest"
)

// resumption is a file, or a chapter of one, and what it means to a model.
type resumption struct {
	name string
	// lay writes a whole file; tell writes a chapter that hangs from leaf and gives its last record.
	lay  func(b *book)
	tell func(b *book, leaf string) string
	// want is what the program sends when it resumes the file.
	want []string
	// differs is what we send, where that is something else, and why says the reason.
	differs []string
	why     string
	// unknown says that the program finds no conversation.
	unknown bool
	// refused says that the API would not take the program's request.
	refused bool
}

// TestResume resumes each file with the program and with our reader.
func TestResume(t *testing.T) {
	d := newDesk(t)
	d.mustRun(newModel(t), "-p", "the first run makes what the others share")
	for name, cases := range map[string][]resumption{
		"damage": slices.Concat(damaged, broken), "messages": slices.Concat(calls, thinking, others),
		"branches": slices.Concat(branches, compactions, emptied),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resumeChapters(t, d.of(t), cases)
		})
		for _, c := range cases {
			if c.lay == nil {
				continue
			}
			t.Run(dashed(c.name), func(t *testing.T) {
				t.Parallel()
				c.resume(t, d.of(t))
			})
		}
	}
}

// resumeChapters resumes a file of all stories that may stand in the middle of one.
func resumeChapters(t *testing.T, d *desk, cases []resumption) {
	cases = slices.DeleteFunc(slices.Clone(cases), func(c resumption) bool { return c.tell == nil })
	b := newBook(d.cwd)
	leaf := ""
	for _, c := range cases {
		leaf = c.tell(b, b.begin(leaf, c.name))
	}
	program, own := resumeBoth(t, d, b, false)
	theirChapters, ourChapters := program.chapters(), own.chapters()
	for _, c := range cases {
		t.Run(dashed(c.name), func(t *testing.T) { c.compare(t, theirChapters[c.name], ourChapters[c.name]) })
	}
}

func dashed(name string) string { return strings.ReplaceAll(name, " ", "-") }

// resume resumes a file of its own.
func (c *resumption) resume(t *testing.T, d *desk) {
	b := newBook(d.cwd)
	c.lay(b)
	if c.unknown {
		c.resumeUnknown(t, d, b)
		return
	}
	program, own := resumeBoth(t, d, b, c.refused)
	c.compare(t, program, own)
}

// resumeUnknown resumes a file that holds no conversation to the program.
func (c *resumption) resumeUnknown(t *testing.T, d *desk, b *book) {
	d.put(b.session, b.bytes())
	own := ours(t, d.load(b.session), usualModel)
	m := newModel(t)
	r := d.run(m, "-p", nextPrompt, "--resume", b.session)
	said := strings.Contains(r.errors, "No conversation found") || strings.Contains(r.errors, "requires a valid session ID")
	if _, asked := m.asked(nextPrompt); asked || !said {
		t.Errorf("the program resumes it, or says something else: %s%s", r.output, r.errors)
	}
	if diff := cmp.Diff(c.differs, own.lines(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("our reader (-expected +ours):\n%s", diff)
	}
}

// resumeBoth gives what the program and we send to a model when the file is resumed.
func resumeBoth(t *testing.T, d *desk, b *book, refused bool) (program, own conversation) {
	t.Helper()
	d.put(b.session, b.bytes())
	conv := d.load(b.session)
	m := newModel(t)
	r := d.ask(m, nextPrompt, "--resume", b.session)
	request, asked := m.asked(nextPrompt)
	if !asked {
		t.Fatalf("the program asks nothing: %v\n%s%s", r.err, r.output, r.errors)
	}
	if (request.refused != "") != refused {
		t.Errorf("the program's request, which the API would refuse: %q", request.refused)
	}
	program, own = theirs(request.Messages, nextPrompt), ours(t, conv, request.Model)
	if reason := refusal(t, own); reason != "" {
		t.Errorf("our request, which the API would refuse: %q", reason)
	}
	return program, own
}

// refusal asks the scripted API what is wrong with a conversation that a prompt follows; empty if it is valid.
func refusal(t testing.TB, c conversation) string {
	t.Helper()
	next := slices.Clone(c).join(wireMessage{Role: "user", Content: wireBody{{"type": "text", "text": nextPrompt}}})
	body := encode(map[string]any{"model": usualModel, "max_tokens": 1, "messages": next})
	answer := httptest.NewRecorder()
	anthropictest.New(nil, anthropictest.Exchange{Reply: anthropictest.Stream()}).
		ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/v1/messages", strings.NewReader(body)))
	if answer.Code == http.StatusOK {
		return ""
	}
	return answer.Body.String()
}

// compare holds both conversations against the table.
func (c *resumption) compare(t *testing.T, program, own conversation) {
	if diff := cmp.Diff(c.want, program.lines()); diff != "" {
		t.Errorf("the program (-expected +sent):\n%s", diff)
	}
	if c.why == "" {
		if diff := cmp.Diff(plain(t, program), plain(t, own)); diff != "" {
			t.Errorf("our reader (-the program's +ours):\n%s", diff)
		}
		return
	}
	if diff := cmp.Diff(c.differs, own.lines()); diff != "" {
		t.Errorf("our reader (-expected +ours), %s:\n%s", c.why, diff)
	}
	if cmp.Equal(plain(t, program), plain(t, own)) {
		t.Errorf("there is no difference any more: %s", c.why)
	}
}

// plain is the conversation as JSON, with all members.
func plain(t testing.TB, c conversation) []string {
	t.Helper()
	out := make([]string, 0, len(c))
	for _, m := range c {
		data, err := json.Marshal(m)
		must(t, err)
		out = append(out, string(data))
	}
	return out
}
