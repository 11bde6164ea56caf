package claude_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// feature is a session with what one feature writes, made over the wire.
type feature struct {
	*server
	model *model
	id    string
	asked int // how often here was asked on
}

// newFeature starts a gateway on a scripted model, with a session.
func newFeature(t *testing.T, script ...anthropictest.Exchange) *feature {
	t.Helper()
	m := newModel(t, script...)
	f := &feature{server: newServer(t, m), model: m}
	f.id = f.client.NewSession(f.user.Cwd)
	return f
}

// narrow makes the context window smaller. It is for the beginning of a test.
func (f *feature) narrow(tokens int) {
	f.Stop()
	f.Config.ContextWindow = tokens
	f.Start()
	f.client = f.Dial(f.user)
	f.id = f.client.NewSession(f.user.Cwd)
}

// say sends prompts, one after another.
func (f *feature) say(t *testing.T, prompts ...string) {
	t.Helper()
	for _, p := range prompts {
		f.prompt(t, f.id, acp.Text(p))
	}
}

// file puts a file below the working directory.
func (f *feature) file(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(f.user.Cwd, name)
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

// choose answers the next question of a turn that runs.
func (f *feature) choose(before int, option, words string) {
	var ask world.Ask
	f.client.Until("a question", func(seen world.Seen) bool {
		if len(seen.Asks()) <= before {
			return false
		}
		ask = seen.Asks()[before]
		return true
	})
	f.client.Choose(ask, option, words)
}

// sent is the request of ours that ended with a prompt.
func (f *feature) sent(t *testing.T, prompt string) conversation {
	t.Helper()
	request, asked := f.model.asked(prompt)
	if !asked {
		t.Fatalf("nobody asked the model %q", prompt)
	}
	if request.refused != "" {
		t.Errorf("the API would refuse what we send: %s", request.refused)
	}
	return theirs(request.Messages, prompt)
}

// here opens the session anew, asks on, and gives what our server sent before that.
func (f *feature) here(t *testing.T) conversation {
	t.Helper()
	f.asked++
	prompt := "here" + strings.Repeat(" and here", f.asked)
	f.load(t, f.id)
	f.say(t, prompt)
	f.close(t, f.id)
	return f.sent(t, prompt)
}

// mustAgree resumes the session in the program: it sends what is wanted, which may have ellipses. Our server sends the same
// when it is asked on. Then the program goes on behind our server, and our server behind the program.
func (f *feature) mustAgree(t *testing.T, want []string) {
	t.Helper()
	f.close(t, f.id)
	program := f.desk.sends(f.id).unfilled()
	got := program.lines()
	for i := range got {
		if i < len(want) && like(got[i], want[i]) {
			got[i] = want[i]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the program (-expected +sent):\n%s", diff)
	}
	own := f.here(t)
	if diff := cmp.Diff(plain(t, program), plain(t, own)); diff != "" {
		t.Errorf("our server (-the program's +ours):\n%s", diff)
	}
	f.goOnThere(t, own)
}

// goOnThere has the program go on behind our server, which sent this before, and our server behind the program.
func (f *feature) goOnThere(t *testing.T, before conversation) {
	t.Helper()
	const terminal = "in the terminal"
	m := newModel(t)
	f.desk.mustRun(m, "-p", terminal, "--resume", f.id)
	request, _ := m.asked(terminal)
	there := theirs(request.Messages, terminal)
	last := "here" + strings.Repeat(" and here", f.asked)
	want := before.join(turnOf("user", last)).join(turnOf("assistant", "noted"))
	if diff := cmp.Diff(plain(t, want), plain(t, there)); diff != "" || request.refused != "" {
		t.Errorf("the program, behind our server %s (-expected +sent):\n%s", request.refused, diff)
	}
	want = there.join(turnOf("user", terminal)).join(turnOf("assistant", "noted"))
	if diff := cmp.Diff(plain(t, want), plain(t, f.here(t))); diff != "" {
		t.Errorf("our server, behind the program (-expected +sent):\n%s", diff)
	}
	f.desk.mustBeWhole(f.id)
}

func turnOf(role, words string) wireMessage {
	return wireMessage{Role: role, Content: wireBody{{"type": "text", "text": words}}}
}

// summed answers a request for a summary.
func summed(text string) anthropictest.Exchange {
	return anthropictest.Exchange{Match: anthropictest.IsSummary, Reply: anthropictest.Stream(said(text))}
}

// callOf is a step that calls a tool.
func callOf(id, name string, input object) anthropictest.Step {
	return anthropictest.Tool(id, name, encode(input))
}

// TestFeatureCompact compacts on wish: the program sees the summary and what came after it. Row: Compaction.
func TestFeatureCompact(t *testing.T) {
	t.Parallel()
	f := newFeature(t, to("one", said("first")), to("two", said("second")), summed("in short"), to("three", said("third")))
	f.say(t, "one", "two", "/compact keep the names", "three")
	f.mustAgree(t, []string{
		"user: The conversation so far was…", "assistant: third",
	})
}

// TestFeatureCompactLast ends with a compaction. Row: Compaction.
func TestFeatureCompactLast(t *testing.T) {
	t.Parallel()
	f := newFeature(t, to("one", said("first")), to("two", said("second")), summed("in short"))
	f.say(t, "one", "two", "/compact")
	f.mustAgree(t, []string{"user: The conversation so far was…"})
}

// TestFeatureAutoCompact compacts before a turn begins: the program sees the summary and, behind it, the prompt as it was
// typed. It does so twice. Row: Compaction.
func TestFeatureAutoCompact(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("word ", 60_000)
	f := newFeature(t, to("one", said(large)), summed("in short"), to("two", said(large)), summed("still shorter"), to("three", said("third")))
	f.narrow(90_000)
	f.say(t, "one", "two")
	f.prompt(t, f.id, acp.Text("three"), pixel())
	f.mustAgree(t, []string{"user: The conversation so far was… | three | [image]", "assistant: third"})
}

// TestFeatureCompactInTurn compacts in the middle of a turn: the work goes on behind the summary. Row: Compaction.
func TestFeatureCompactInTurn(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("word ", 60_000)
	f := newFeature(t,
		to("one", said(large), callOf("c1", "Glob", object{"pattern": "*"}), anthropictest.Usage(anthropictest.Tokens{Input: 100, Output: 75_000})),
		summed("in short"),
		anthropictest.Exchange{Reply: anthropictest.Stream(callOf("c2", "Glob", object{"pattern": "*"}))}, then("c2", said("done")),
		to("two", said("second")),
	)
	f.narrow(90_000)
	f.say(t, "one", "two")
	f.mustAgree(t, []string{
		"user: The conversation so far was…", "assistant: call c2", "user: result of c2: No files found", "assistant: done",
		"user: two", "assistant: second",
	})
}

// TestFeatureTooLong compacts because the API says that the prompt is too long. Row: Compaction.
func TestFeatureTooLong(t *testing.T) {
	t.Parallel()
	f := newFeature(t, to("one", said("first")),
		anthropictest.Exchange{Match: prompted("two"), Reply: anthropictest.Fail(http.StatusBadRequest, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")},
		summed("in short"), to("two", said("second")),
	)
	f.say(t, "one", "two")
	f.mustAgree(t, []string{"user: The conversation so far was… | two", "assistant: second"})
}

// TestFeatureUnanswered compacts before a turn that stands in one message with what was left of the turn before it: that is
// summed up. Row: Compaction.
func TestFeatureUnanswered(t *testing.T) {
	large := strings.Repeat("word ", 60_000)
	for name, c := range map[string]struct {
		script []anthropictest.Exchange
		left   string
	}{
		"a prompt that got no answer": {
			left: "lost",
			script: []anthropictest.Exchange{
				to("one", said(large)),
				{Match: anthropictest.IsSummary, Reply: anthropictest.Fail(http.StatusForbidden, "permission_error", "not now")},
			},
		},
		"a call that was cut off": {
			left: "tool_result",
			script: []anthropictest.Exchange{
				to("one", said("first")),
				to("lost", said(large), callOf("c1", "Glob", object{"pattern": "*"}), anthropictest.Stop("max_tokens", "")),
			},
		},
	} {
		t.Run(dashed(name), func(t *testing.T) {
			t.Parallel()
			f := newFeature(t, append(c.script, summed("in short"), to("two", said("second")))...)
			f.narrow(90_000)
			f.say(t, "one")
			_, _ = f.client.Call(acp.MethodSessionPrompt, acp.PromptRequest{SessionID: f.id, Prompt: []acp.ContentBlock{acp.Text("lost")}}) // it may fail
			f.say(t, "two")
			if wish := f.model.wished(t); !strings.Contains(wish, c.left) || strings.Contains(wish, `"two"`) {
				t.Errorf("the summary is made of a conversation that ends with %s", wish)
			}
			f.mustAgree(t, []string{"user: The conversation so far was… | two", "assistant: second"})
		})
	}
}

// wished is the last message of the newest request for a summary, which the API must take.
func (m *model) wished(t *testing.T) (last string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.requests {
		if message := encode(r.Messages[len(r.Messages)-1]); strings.Contains(message, "will stand in place of it") {
			last = message
			if r.refused != "" {
				t.Errorf("the API would refuse the request for a summary: %s", r.refused)
			}
		}
	}
	return last
}

// TestFeatureClear begins afresh: the program sees nothing of what came before. Row: Slash commands.
func TestFeatureClear(t *testing.T) {
	t.Parallel()
	f := newFeature(t, to("one", said("first")), to("two", said("second")))
	f.say(t, "one", "/clear", "two")
	f.mustAgree(t, []string{"user: …", "assistant: second"})
}

// TestFeatureClearLast ends with a fresh beginning. Row: Slash commands.
func TestFeatureClearLast(t *testing.T) {
	t.Parallel()
	f := newFeature(t, to("one", said("first")))
	f.say(t, "one", "/clear")
	f.mustAgree(t, []string{"user: …"})
}
