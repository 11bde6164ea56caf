package wire_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// TestWorkspaceBrings uses what lies in a workspace: instructions, a command, a skill, an agent. Rows: CLAUDE.md, Slash
// commands, Custom agents, Skills.
func TestWorkspaceBrings(t *testing.T) {
	system := func(wants ...string) func(*anthropictest.Request) error {
		return func(r *anthropictest.Request) error {
			for _, want := range wants {
				if !strings.Contains(r.System, want) {
					return fmt.Errorf("%q is not in the system prompt %q", want, r.System)
				}
			}
			return nil
		}
	}
	w, user, c, _ := start(t,
		anthropictest.Exchange{Match: ends("hello"), Check: system("Prefer tabs", "Imported rule", "My own way", "- shout: Shouts", "- reviewer: Reviews"), Reply: anthropictest.Stream(anthropictest.Text("ok"))},
		anthropictest.Exchange{Match: ends("Greet Ada now.\nin-shell"), Reply: anthropictest.Stream(anthropictest.Text("Hello Ada."))},
		calls("shout please", "t1", "Skill", `{"skill":"shout","args":"loud"}`),
		anthropictest.Exchange{Match: anthropictest.HasResult("t1"), Check: func(r *anthropictest.Request) error {
			if got := resultOf(r, "t1"); !strings.Contains(got, "Write loud in capitals") {
				return fmt.Errorf("the skill says %q", got)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Tool("t2", "Agent", `{"description":"d","prompt":"check this","subagent_type":"reviewer"}`))},
		anthropictest.Exchange{Match: ends("check this"), Check: func(r *anthropictest.Request) error {
			if !strings.Contains(r.System, "You review.") || len(r.Tools) != 1 || r.Tools[0] != "Read" {
				return fmt.Errorf("the agent has the tools %v and the prompt %q", r.Tools, r.System)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("fine"))},
		then("t2", "Done."),
	)
	writeFile(t, filepath.Join(w.Config.SessionsRoot, user.ID, ".claude", "CLAUDE.md"), "My own way")
	writeFile(t, filepath.Join(user.Cwd, "CLAUDE.md"), "Prefer tabs\n@more.md\n@../../../etc/passwd\n")
	writeFile(t, filepath.Join(user.Cwd, "more.md"), "Imported rule")
	writeFile(t, filepath.Join(user.Cwd, ".claude", "commands", "greet.md"), "---\ndescription: Greets\n---\nGreet $ARGUMENTS now.\n!`echo in-shell`")
	writeFile(t, filepath.Join(user.Cwd, ".claude", "skills", "shout", "SKILL.md"), "---\ndescription: Shouts\n---\nWrite $ARGUMENTS in capitals")
	writeFile(t, filepath.Join(user.Cwd, ".claude", "agents", "reviewer.md"), "---\nname: reviewer\ndescription: Reviews\ntools: Read\n---\nYou review.")
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "hello")
	promptAndAnswer(t, c, id, "/greet Ada", 1, "allow")
	c.Prompt(id, "shout please")
	c.Prompt(id, "/memory")
	c.Look(func(s world.Seen) {
		if got := s.Text(acp.UpdateAgentMessage); !strings.Contains(got, "**Left out**") || !strings.Contains(got, "/greet (project)") {
			t.Errorf("/memory says %s", got)
		}
	})
}

// TestWeb has the API fetch and search. Row: WebFetch and WebSearch.
func TestWeb(t *testing.T) {
	asks := func(spec string) func(*anthropictest.Request) bool {
		return func(r *anthropictest.Request) bool {
			return strings.Contains(string(r.Body), spec) && len(r.Messages) == 1
		}
	}
	_, user, c, _ := start(t,
		calls("go", "t1", "WebFetch", `{"url":"https://example.com/a","prompt":"what is it?"}`),
		anthropictest.Exchange{Match: asks("web_fetch_20250910"), Check: func(r *anthropictest.Request) error {
			if !strings.Contains(r.Header.Get("Anthropic-Beta"), "web-fetch") {
				return fmt.Errorf("the header is %q", r.Header.Get("Anthropic-Beta"))
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("An example."))},
		anthropictest.Exchange{Match: anthropictest.HasResult("t1"), Check: func(r *anthropictest.Request) error {
			if got := resultOf(r, "t1"); got != "An example." {
				return fmt.Errorf("the page gave %q", got)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Tool("t2", "WebSearch", `{"query":"examples"}`))},
		anthropictest.Exchange{Match: asks("web_search_20250305"), Reply: anthropictest.Stream(
			anthropictest.RawBlock(`{"type":"web_search_tool_result","tool_use_id":"s1","content":[{"type":"web_search_result","title":"Example","url":"https://example.com/"}]}`),
			anthropictest.Text("There is one."))},
		anthropictest.Exchange{Match: anthropictest.HasResult("t2"), Check: func(r *anthropictest.Request) error {
			if got := resultOf(r, "t2"); !strings.Contains(got, "There is one.") || !strings.Contains(got, "[Example](https://example.com/)") {
				return fmt.Errorf("the search gave %q", got)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Tool("t3", "WebFetch", `{"url":"file:///etc/passwd","prompt":"x"}`))},
		anthropictest.Exchange{Match: anthropictest.HasResult("t3"), Check: func(r *anthropictest.Request) error {
			if got := resultOf(r, "t3"); !strings.Contains(got, "https://") {
				return fmt.Errorf("the file gave %q", got)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("Done."))},
	)
	id := c.NewSession(user.Cwd)
	_, err := c.Call(acp.MethodSetMode, map[string]any{"sessionId": id, "modeId": "bypassPermissions"})
	must(t, err)
	c.Prompt(id, "go")
}

// TestModelAndEffort chooses both for the next request. Rows: Choosing the model, Effort.
func TestModelAndEffort(t *testing.T) {
	_, user, c, _ := start(t,
		anthropictest.Exchange{Match: anthropictest.LastText("one"), Check: func(r *anthropictest.Request) error {
			if strings.Contains(string(r.Body), "output_config") {
				return fmt.Errorf("an effort is sent that nobody chose")
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("1"))},
		anthropictest.Exchange{Match: anthropictest.LastText("two"), Check: func(r *anthropictest.Request) error {
			if r.Model != "claude-opus-5-5" || !strings.Contains(string(r.Body), `"output_config":{"effort":"high"}`) {
				return fmt.Errorf("the request goes to %s: %.300s", r.Model, r.Body)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("2"))},
	)
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "one")
	for option, value := range map[string]string{"model": "claude-opus-5-5", "effort": "high"} {
		_, err := c.Call(acp.MethodSetConfigOption, map[string]any{"sessionId": id, "configId": option, "value": value})
		must(t, err)
	}
	c.Prompt(id, "two")
	if _, err := c.Call(acp.MethodSetConfigOption, map[string]any{"sessionId": id, "configId": "effort", "value": "huge"}); err == nil {
		t.Error("there is an effort that is not there")
	}
}

// TestCacheShare has twenty turns with a tool call each, and counts how much of the requests repeats what the request before
// had marked for the cache: all but what is new. Row: Prompt caching.
func TestCacheShare(t *testing.T) {
	const turns = 20
	var script []anthropictest.Exchange
	for i := range turns {
		id := fmt.Sprintf("t%d", i)
		script = append(script, calls(fmt.Sprintf("turn %d", i), id, "TodoWrite", fmt.Sprintf(`{"todos":[{"content":"step %d","status":"pending","activeForm":"stepping"}]}`, i)), then(id, "Done "+id))
	}
	_, user, c, model := start(t, script...)
	id := c.NewSession(user.Cwd)
	for i := range turns {
		c.Prompt(id, fmt.Sprintf("turn %d", i))
	}
	var all, cached int
	before := ""
	for _, r := range model.Requests() {
		body := strings.ReplaceAll(string(r.Body), `,"cache_control":{"type":"ephemeral"}`, "")
		body = strings.TrimSuffix(body, "]}")
		all += len(body)
		if strings.HasPrefix(body, before) {
			cached += len(before)
		}
		before = body
	}
	share := float64(cached) / float64(all)
	t.Logf("%.1f%% of the bytes of %d requests had been marked by the request before", 100*share, len(model.Requests()))
	if share < 0.9 {
		t.Errorf("only %.1f%% of what was sent could come from the cache", 100*share)
	}
}
