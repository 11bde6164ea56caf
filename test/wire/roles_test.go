package wire_test

import (
	"fmt"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
)

// TestAgentModes has agents choose their permission mode: a stricter one always, a freer one if they are the person's own, or
// the project's and the person has agreed, and none while the session plans. Rows: Custom agents, Project settings.
func TestAgentModes(t *testing.T) {
	var script []anthropictest.Exchange
	n := 0
	agent := func(name string) {
		n++
		prompt, call, write := fmt.Sprintf("do %d", n), fmt.Sprintf("g%d", n), fmt.Sprintf("w%d", n)
		task := fmt.Sprintf("part %d.", n)
		script = append(script,
			anthropictest.Exchange{
				Match: func(r *anthropictest.Request) bool { return strings.Contains(r.Last().Text(), prompt) },
				Reply: anthropictest.Stream(anthropictest.Tool(call, "Agent", fmt.Sprintf(`{"description":"d","prompt":%q,"subagent_type":%q}`, task, name))),
			},
			anthropictest.Exchange{
				Match: func(r *anthropictest.Request) bool { return strings.HasPrefix(r.Last().Text(), task) },
				Reply: anthropictest.Stream(anthropictest.Tool(write, "Write", fmt.Sprintf(`{"file_path":"made%d","content":"x"}`, n))),
			}, then(write, "reported"), then(call, "ok"))
	}
	for _, name := range []string{"mine", "theirs", "theirs", "theirs", "mine", "strict", "wild"} {
		agent(name)
	}
	b := newBench(t, script...)
	file := func(mode string) string { return "---\ndescription: d\npermissionMode: " + mode + "\n---\nYou work." }
	b.own("agents/mine.md", file("bypassPermissions"))
	b.work(".claude/agents/theirs.md", file("acceptEdits"))
	b.work(".claude/agents/strict.md", file("plan"))
	b.work(".claude/agents/wild.md", file("bypassPermissions"))
	turn := func(i int, asks, made bool) {
		t.Helper()
		b.prompt(fmt.Sprintf("do %d", i), asks, "reject")
		b.exists(fmt.Sprintf("made%d", i), made)
	}
	mode := func(id string) {
		t.Helper()
		_, err := b.c.Call(acp.MethodSetMode, map[string]any{"sessionId": b.id, "modeId": id})
		must(t, err)
	}
	turn(1, false, true)
	turn(2, true, false)
	if !strings.Contains(b.notices(), `The agent theirs wants the permission mode "acceptEdits"`) {
		t.Errorf("the person was told %s", b.notices())
	}
	b.prompt("/trust", false, "")
	turn(3, false, true)
	b.work(".claude/agents/theirs.md", file("acceptEdits")+" Now otherwise.")
	turn(4, true, false)
	mode("plan")
	turn(5, false, false)
	mode("bypassPermissions")
	turn(6, false, false)
	mode("default")
	turn(7, true, false)
}

// TestAgentKeys has an agent begin with skills, an effort, a model and few requests. Row: Custom agents.
func TestAgentKeys(t *testing.T) {
	b := newBench(t,
		calls("go", "g1", "Agent", `{"description":"d","prompt":"sub task","subagent_type":"full"}`),
		anthropictest.Exchange{Match: ends("Do  well. snip"), Check: func(r *anthropictest.Request) error {
			text := r.Last().Text()
			if !strings.HasPrefix(text, "sub task") || strings.Count(text, "<command-name>well</command-name>") != 1 || !strings.Contains(text, "Base directory for this skill: ") ||
				!strings.Contains(string(r.Body), `"output_config":{"effort":"low"}`) || r.Model != "claude-haiku-5-5" || strings.Join(r.Tools, " ") != "Read" {
				return fmt.Errorf("the subagent begins on %s with %v and %s", r.Model, r.Tools, text)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Tool("r1", "Read", `{"file_path":"a"}`))},
		anthropictest.Exchange{Match: anthropictest.HasResult("r1"), Reply: anthropictest.Stream(anthropictest.Tool("r2", "Read", `{"file_path":"a"}`))},
		then("g1", "ok"),
	)
	b.work(".claude/skills/well/SKILL.md", "---\ndescription: d\n---\nDo $ARGUMENTS well. snip")
	b.work(".claude/skills/closed/SKILL.md", "---\ndisable-model-invocation: true\n---\nNo.")
	b.work(".claude/agents/full.md", "---\nname: full\ndescription: d\ntools: Read, Bash\ndisallowedTools: Bash\nmodel: haiku\neffort: low\nmaxTurns: 2\nskills: well, missing, closed\n---\nYou work.")
	b.prompt("go", false, "")
	for _, want := range []string{`without the skill "missing"`, `without the skill "closed"`} {
		if !strings.Contains(b.notices(), want) {
			t.Errorf("the person was not told %q: %s", want, b.notices())
		}
	}
}
