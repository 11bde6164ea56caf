package wire_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// bench is a session in which commands are given and it is counted what is asked about.
type bench struct {
	t     *testing.T
	w     *world.World
	user  world.User
	c     *world.Client
	id    string
	asked int
}

func newBench(t *testing.T, script ...anthropictest.Exchange) *bench {
	t.Helper()
	w, user, c, _ := start(t, script...)
	return &bench{t: t, w: w, user: user, c: c}
}

// own writes a file of the person's Claude directory, work one of the workspace.
func (b *bench) own(name, text string) {
	writeFile(b.t, filepath.Join(b.w.Config.SessionsRoot, b.user.ID, ".claude", name), text)
}

func (b *bench) work(name, text string) { writeFile(b.t, filepath.Join(b.user.Cwd, name), text) }

// prompt sends a prompt; asks says whether its turn asks a question, which is answered.
func (b *bench) prompt(text string, asks bool, option string) (question world.Ask) {
	b.t.Helper()
	if b.id == "" {
		b.id = b.c.NewSession(b.user.Cwd)
	}
	if asks {
		b.asked++
		question = promptAndAnswer(b.t, b.c, b.id, text, b.asked, option)
	} else {
		b.c.Prompt(b.id, text)
	}
	b.c.Look(func(s world.Seen) {
		if len(s.Asks()) != b.asked {
			b.t.Errorf("%s: %d questions were asked, not %d", text, len(s.Asks()), b.asked)
			b.asked = len(s.Asks())
		}
	})
	return question
}

func (b *bench) exists(name string, want bool) {
	b.t.Helper()
	if _, err := os.Stat(filepath.Join(b.user.Cwd, name)); (err == nil) != want {
		b.t.Errorf("%s: %v", name, err)
	}
}

// notices is what the person was told.
func (b *bench) notices() string {
	var told string
	for _, u := range b.c.Updates() {
		if u.Update.Kind == acp.UpdateNotice {
			told += u.Update.Title + "\n"
		}
	}
	return told
}

// touches makes exchanges: to what ends so the model touches a file, and is done.
func touches(end, id, file string) []anthropictest.Exchange {
	return []anthropictest.Exchange{
		{Match: ends(end), Reply: anthropictest.Stream(anthropictest.Tool(id, "Bash", commandInput("touch "+file)))}, then(id, "ok"),
	}
}

// TestAllowedTools has what commands allow count while they are at work, if they are the person's own, or the project's and the
// person has agreed to what they say. Rows: Slash commands, Skills, Project settings.
func TestAllowedTools(t *testing.T) {
	var script []anthropictest.Exchange
	for _, e := range [][3]string{
		{"Mine. in-shell", "t1", "a"}, {"plain", "t2", "b"}, {"Theirs.", "t3", "c"}, {"Theirs. ", "t4", "d"}, {"Theirs, changed.", "t5", "e"}, {"Denied.", "t6", "f"},
	} {
		script = append(script, touches(strings.TrimSpace(e[0]), e[1], e[2])...)
	}
	b := newBench(t, script...)
	b.own("commands/mine.md", "---\nallowed-tools: Bash(touch:*), Bash(\n---\nMine. !`touch in-snippet; echo in-shell`")
	b.own("settings.json", `{"permissions":{"deny":["Bash(touch f)"]}}`)
	b.work(".claude/commands/theirs.md", "---\nallowed-tools: Bash(touch:*), Bash(echo:*)\n---\nTheirs.")
	b.own("commands/denied.md", "---\nallowed-tools: Bash\n---\nDenied.")
	b.own("skills/only-model/SKILL.md", "---\nuser-invocable: false\n---\nFor the model.")
	b.prompt("/mine", false, "")
	b.exists("a", true)
	b.exists("in-snippet", true)
	b.prompt("plain", true, "reject")
	b.exists("b", false)
	b.prompt("/theirs", true, "reject")
	b.exists("c", false)
	b.prompt("/trust", false, "")
	b.prompt("/theirs", false, "")
	b.exists("d", true)
	b.work(".claude/commands/theirs.md", "---\nallowed-tools: Bash(touch:*), Bash(echo:*)\n---\nTheirs, changed.")
	b.prompt("/theirs", true, "reject")
	b.exists("e", false)
	b.prompt("/denied", false, "")
	b.exists("f", false)
	b.prompt("/only-model", false, "")
	for _, want := range []string{"would allow tools while they are at work: /theirs", "does not end with its parenthesis"} {
		if !strings.Contains(b.notices(), want) {
			t.Errorf("the person was not told %q: %s", want, b.notices())
		}
	}
	b.c.Look(func(s world.Seen) {
		if text := s.Text(acp.UpdateAgentMessage); !strings.Contains(text, `"only-model" is for the agent`) {
			t.Errorf("the agent says %s", text)
		}
	})
}

// TestSkillAllows has the model open a skill that allows tools: that is asked about, and then they count for the turn, in
// subagents too. What a skill takes away is denied. Row: Skills.
func TestSkillAllows(t *testing.T) {
	b := newBench(t,
		calls("go", "k1", "Skill", `{"skill":"other-name"}`),
		anthropictest.Exchange{Match: anthropictest.HasResult("k1"), Check: func(r *anthropictest.Request) error {
			if !strings.Contains(string(r.Body), `"output_config":{"effort":"low"}`) || r.Model != "claude-test" {
				return fmt.Errorf("the request goes to %s: %.200s", r.Model, r.Body)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Tool("t1", "Bash", commandInput("touch a")), anthropictest.Tool("g1", "Agent", `{"description":"d","prompt":"sub task"}`))},
		calls("sub task", "t2", "Bash", commandInput("touch b")),
		then("t2", "reported"),
		anthropictest.Exchange{Match: anthropictest.HasResult("g1"), Reply: anthropictest.Stream(anthropictest.Tool("k2", "Skill", `{"skill":"less"}`))},
		anthropictest.Exchange{Match: anthropictest.HasResult("k2"), Reply: anthropictest.Stream(anthropictest.Tool("t3", "Bash", commandInput("touch c")))},
		anthropictest.Exchange{Match: anthropictest.HasResult("t3"), Check: func(r *anthropictest.Request) error {
			if got := resultOf(r, "t3"); !strings.Contains(got, "not allowed") || !strings.Contains(got, "the skill less") {
				return fmt.Errorf("the call gave %q", got)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("ok"))},
		calls("again", "t4", "Bash", commandInput("touch d")), then("t4", "ok"),
		calls("refused", "k3", "Skill", `{"skill":"more"}`),
		anthropictest.Exchange{Match: anthropictest.HasResult("k3"), Reply: anthropictest.Stream(anthropictest.Tool("t5", "Bash", commandInput("touch e")))},
		then("t5", "ok"),
	)
	b.own("skills/more/SKILL.md", "---\nname: other-name\ndescription: d\nallowed-tools: Bash(touch:*)\nmodel: opus\neffort: low\n---\nMore.")
	b.work(".claude/skills/less/SKILL.md", "---\ndescription: d\ndisallowed-tools: Bash\n---\nLess.")
	question := b.prompt("go", true, "allow")
	if why := fmt.Sprint(question.ToolCall.Meta[acp.MetaReason]); !strings.Contains(why, "Bash(touch:*)") {
		t.Errorf("the question gives the reason %q", why)
	}
	b.exists("a", true)
	b.exists("b", true)
	b.exists("c", false)
	b.prompt("again", true, "allow")
	b.exists("d", true)
	wait := b.c.BeginPrompt(b.id, "", "refused")
	for n := 3; n <= 4; n++ {
		b.c.Until("a question", func(s world.Seen) bool { return len(s.Asks()) == n })
		var ask world.Ask
		b.c.Look(func(s world.Seen) { ask = s.Asks()[n-1] })
		b.c.Choose(ask, "reject", "")
	}
	_, err := wait()
	must(t, err)
	b.exists("e", false)
}

// TestCommandModel has a command choose its model and its effort, for its turn. Row: Slash commands.
func TestCommandModel(t *testing.T) {
	goesTo := func(text, model, effort string) anthropictest.Exchange {
		return anthropictest.Exchange{Match: ends(text), Check: func(r *anthropictest.Request) error {
			if r.Model != model || strings.Contains(string(r.Body), `"effort":"high"`) != (effort != "") {
				return fmt.Errorf("the request goes to %s: %.300s", r.Model, r.Body)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("ok"))}
	}
	b := newBench(t, goesTo("Think.", "claude-opus-5-5", "high"), goesTo("plain", "claude-test", ""), goesTo("Unknown.", "claude-test", ""))
	b.work(".claude/commands/think.md", "---\nmodel: opus\neffort: high\n---\nThink.")
	b.work(".claude/commands/unknown.md", "---\nmodel: gpt\neffort: endless\n---\nUnknown.")
	b.prompt("/think", false, "")
	b.prompt("plain", false, "")
	b.prompt("/unknown", false, "")
	if !strings.Contains(b.notices(), `wants the model "gpt"`) {
		t.Errorf("the person was told %s", b.notices())
	}
}

// TestSkillFiles has the tools read the other files of the person's own skills: they change nothing there, and a link in them
// opens nothing else. Row: Skills.
func TestSkillFiles(t *testing.T) {
	var script []anthropictest.Exchange
	results := map[string]string{}
	call := func(prompt, tool, input string) {
		id := fmt.Sprintf("t%d", len(script))
		script = append(script, calls(prompt, id, tool, input), anthropictest.Exchange{
			Match: anthropictest.HasResult(id), Check: func(r *anthropictest.Request) error {
				results[prompt] = resultOf(r, id)
				return nil
			}, Reply: anthropictest.Stream(anthropictest.Text("ok")),
		})
	}
	model := anthropictest.New(t)
	w := world.New(t, model.Start())
	user, other := w.User("ada"), w.User("eve")
	home, theirs := filepath.Join(w.Config.SessionsRoot, user.ID), filepath.Join(w.Config.SessionsRoot, other.ID)
	skill := filepath.Join(home, ".claude", "skills", "draw")
	rows := []struct{ prompt, tool, input, want, not string }{
		{"read", "Read", fmt.Sprintf(`{"file_path":%q}`, skill+"/notes.md"), "some notes", ""},
		{"relative", "Read", `{"file_path":"../.claude/skills/draw/notes.md"}`, "some notes", ""},
		{"glob", "Glob", fmt.Sprintf(`{"pattern":"**/*.sh","path":%q}`, skill), skill + "/bin/run.sh", ""},
		{"grep", "Grep", fmt.Sprintf(`{"pattern":"notes","path":%q}`, skill), skill + "/notes.md", ""},
		{"run", "Bash", commandInput("bash " + skill + "/bin/run.sh"), "it runs", ""},
		{"write", "Write", fmt.Sprintf(`{"file_path":%q,"content":"x"}`, skill+"/new.md"), "", "created"},
		{"edit", "Edit", fmt.Sprintf(`{"file_path":%q,"old_string":"some","new_string":"other"}`, skill+"/notes.md"), "", "updated"},
		{"overwrite", "Bash", commandInput("echo x > " + skill + "/notes.md"), "Exit code 1", ""},
		{"linked", "Bash", commandInput("cat " + skill + "/theirs/secret " + skill + "/settings.json " + skill + "/projects/*/*"), "", "private"},
		{"linked read", "Read", fmt.Sprintf(`{"file_path":%q}`, skill+"/theirs/secret"), "", "private"},
		{"linked settings", "Read", fmt.Sprintf(`{"file_path":%q}`, skill+"/settings.json"), "", "private"},
		{"up", "Read", fmt.Sprintf(`{"file_path":%q}`, skill+"/../../settings.json"), "", "private"},
		{"linked grep", "Grep", fmt.Sprintf(`{"pattern":"private","path":%q}`, skill+"/theirs"), "", "secret"},
		{"linked glob", "Glob", fmt.Sprintf(`{"pattern":"*","path":%q}`, skill+"/theirs"), "", "secret"},
		{"linked skill", "Skill", `{"skill":"etc"}`, "no skill", ""},
	}
	for _, row := range rows {
		call(row.prompt, row.tool, row.input)
	}
	w.Stop()
	w.Config.AnthropicBaseURL = anthropictest.New(t, script...).Start()
	w.Start()
	writeFile(t, skill+"/SKILL.md", "---\ndescription: d\n---\nDraw.")
	writeFile(t, skill+"/notes.md", "some notes")
	writeFile(t, skill+"/bin/run.sh", "echo it runs")
	writeFile(t, filepath.Join(theirs, "workspace", "secret"), "private")
	writeFile(t, filepath.Join(home, ".claude", "settings.json"), `{"private":true}`)
	for name, target := range map[string]string{
		"draw/theirs": filepath.Join(theirs, "workspace"), "draw/settings.json": "../../settings.json", "draw/projects": "../../projects", "etc": "/etc",
	} {
		must(t, os.Symlink(target, filepath.Join(home, ".claude", "skills", name)))
	}
	c := w.Dial(user)
	id := c.NewSession(user.Cwd)
	_, err := c.Call(acp.MethodSetMode, map[string]any{"sessionId": id, "modeId": "bypassPermissions"})
	must(t, err)
	for _, row := range rows {
		c.Prompt(id, row.prompt)
		got := results[row.prompt]
		if !strings.Contains(got, row.want) || row.not != "" && strings.Contains(got, row.not) {
			t.Errorf("%s gave %q", row.prompt, got)
		}
	}
	data, err := os.ReadFile(skill + "/notes.md")
	if err != nil || string(data) != "some notes" {
		t.Errorf("the notes are now %q, %v", data, err)
	}
}
