package project_test

import (
	"strings"
	"testing"

	"claude-agent-chat/pkg/project"
)

func TestCommands(t *testing.T) {
	h := newHome(t, map[string]string{
		".claude/commands/review.md":            "user",
		".claude/commands/git/commit.md":        "---\ndescription: Commit\ndisable-model-invocation: true\n---\nCommit $ARGUMENTS\n",
		"workspace/.claude/commands/far.md":     "far top",
		"workspace/.claude/commands/near.md":    "near top",
		"workspace/p/.claude/commands/near.md":  "near p",
		"workspace/p/.claude/commands/skill.md": "hidden by a skill",
		"workspace/p/.claude/commands/full.md": "---\r\ndescription: >\r\n  Two\r\n  lines\r\nargument-hint: [file] [level]\r\narguments: [a, b]\r\n" +
			"allowed-tools: Read, Bash(git add:*) Grep\r\nmodel: haiku\r\neffort: low\r\ndisallowed-tools: [Write]\r\n---\r\n\r\n# Head\r\nBody\r\n",
		"workspace/p/.claude/commands/review.md":        "project",
		"workspace/p/.claude/commands/.hidden.md":       "no",
		"workspace/p/.claude/commands/x.txt":            "no",
		"workspace/p/.claude/commands/bad name.md":      "no",
		"workspace/p/.claude/commands/提交.md":            "中文",
		"workspace/p/.claude/commands/1/2/3/4/in.md":    "in",
		"workspace/p/.claude/commands/1/2/3/4/5/out.md": "out",
		".claude/skills/skill/SKILL.md":                 "skill",
	})
	p := h.load("workspace/p")
	dir := h.path("workspace/p/.claude/commands")
	for i := range p.Commands {
		if len(p.Commands[i].Sum) != 64 || !p.Commands[i].UserInvocable {
			t.Errorf("the command %+v has no sum, or cannot be given", p.Commands[i])
		}
		p.Commands[i].Sum, p.Commands[i].UserInvocable = "", false
	}
	same(t, "commands", []project.Command{
		{Name: "1:2:3:4:in", Level: "project", Path: dir + "/1/2/3/4/in.md", Description: "in", Body: "in"},
		{Name: "far", Level: "project", Path: h.path("workspace/.claude/commands/far.md"), Description: "far top", Body: "far top"},
		{
			Name: "full", Level: "project", Path: dir + "/full.md", Description: "Two lines", ArgumentHint: "[file] [level]",
			Arguments: []string{"a", "b"}, AllowedTools: []string{"Read", "Bash(git add:*)", "Grep"}, Model: "haiku", Body: "# Head\nBody",
			Effort: "low", DisallowedTools: []string{"Write"},
		},
		{
			Name: "git:commit", Level: "user", Path: h.path(".claude/commands/git/commit.md"), Description: "Commit",
			Body: "Commit $ARGUMENTS", DisableModelInvocation: true,
		},
		{Name: "near", Level: "project", Path: dir + "/near.md", Description: "near p", Body: "near p"},
		{Name: "review", Level: "user", Path: h.path(".claude/commands/review.md"), Description: "user", Body: "user"},
		{Name: "提交", Level: "project", Path: dir + "/提交.md", Description: "中文", Body: "中文"},
	}, p.Commands)
	same(t, "findings", []string{
		`workspace/p/.claude/commands/bad name.md: The name "bad name" may hold letters, digits, "-", "_" and ":" only; this was left out.`,
	}, h.findings(p))
}

func TestSkills(t *testing.T) {
	h := newHome(t, map[string]string{
		".claude/skills/both/SKILL.md":                 "user both",
		"workspace/.claude/skills/both/SKILL.md":       "project both",
		"workspace/.claude/skills/near/SKILL.md":       "top",
		"workspace/p/.claude/skills/near/SKILL.md":     "near",
		"workspace/p/.claude/skills/nested/x/SKILL.md": "no",
		"workspace/p/.claude/skills/README.md":         "no",
		"workspace/p/.claude/skills/full/SKILL.md": "---\nname: other\ndescription: D\nwhen_to_use: W\nargument-hint: [a, b]\narguments: a b\nmodel: opus\n" +
			"allowed-tools:\n  - Read\n  - Bash(a, b)\ndisable-model-invocation: TRUE\nuser-invocable: false\neffort: max\ndisallowedTools: Bash\n---\nBody",
	})
	p := h.load("workspace/p")
	skill := func(name, level, dir, body string) project.Skill {
		dir = h.path(dir + ".claude/skills/" + name)
		sum := ""
		for _, s := range p.Skills {
			if s.Name == name {
				sum = s.Sum
			}
		}
		return project.Skill{Sum: sum, Name: name, Level: level, Path: dir + "/SKILL.md", Dir: dir, Description: body, UserInvocable: true, Body: body}
	}
	full := skill("full", "project", "workspace/p/", "Body")
	full.Alias, full.Description, full.WhenToUse, full.ArgumentHint = "other", "D", "W", "[a, b]"
	full.Model, full.AllowedTools, full.Arguments = "opus", []string{"Read", "Bash(a, b)"}, []string{"a", "b"}
	full.DisableModelInvocation, full.UserInvocable = true, false
	full.Effort, full.DisallowedTools = "max", []string{"Bash"}
	same(t, "skills", []project.Skill{
		skill("both", "user", "", "user both"), full, skill("near", "project", "workspace/p/", "near"),
	}, p.Skills)
	same(t, "findings", nil, h.findings(p))
}

func TestAgents(t *testing.T) {
	h := newHome(t, map[string]string{
		".claude/agents/rev.md":                "---\nname: rev\ndescription: user\n---\nuser",
		".claude/agents/mine.md":               "---\ndescription: mine\ntools: '*'\n---\nmine",
		"workspace/.claude/agents/rev.md":      "---\nname: rev\ndescription: top\n---\ntop",
		"workspace/p/.claude/agents/x/r.md":    "---\nname: rev\ndescription: near\ntools: []\n---\nnear",
		"workspace/p/.claude/agents/README.md": "no agent",
		"workspace/p/.claude/agents/nodesc.md": "---\nname: nodesc\n---\nno agent",
		"workspace/p/.claude/agents/weird.md":  "---\nname: We!rd\ndescription: d\n---\nno agent",
		"workspace/p/.claude/agents/full.md": "---\nname: full\ndescription: Use when: always <example>\ntools: Read, Bash(ls:*)\ndisallowedTools:\n- Write\n" +
			"model: inherit\npermissionMode: plan\nskills: a, b\nmaxTurns: 7\neffort: high\n---\n\nPrompt\n",
		"workspace/p/.claude/agents/odd.md": "---\nname: odd\ndescription: d\nmaxTurns: -3\ntools:\nskills: {a: b}\npermissionMode: [a]\n---\n",
	})
	p := h.load("workspace/p")
	dir := h.path("workspace/p/.claude/agents")
	sums := map[string]bool{}
	for i := range p.Agents {
		sums[p.Agents[i].Sum], p.Agents[i].Sum = true, ""
	}
	if sums[""] || len(sums) != len(p.Agents) {
		t.Errorf("the sums of the agents are %v", sums)
	}
	same(t, "agents", []project.Agent{
		{
			Name: "full", Level: "project", Path: dir + "/full.md", Description: "Use when: always <example>", Prompt: "Prompt",
			Tools: []string{"Read", "Bash(ls:*)"}, DisallowedTools: []string{"Write"}, Model: "inherit", PermissionMode: "plan",
			Skills: []string{"a", "b"}, MaxTurns: 7, Effort: "high",
		},
		{Name: "mine", Level: "user", Path: h.path(".claude/agents/mine.md"), Description: "mine", Prompt: "mine"},
		{Name: "odd", Level: "project", Path: dir + "/odd.md", Description: "d", PermissionMode: "[a]"},
		{Name: "rev", Level: "project", Path: dir + "/x/r.md", Description: "near", Prompt: "near", Tools: []string{}},
	}, p.Agents)
	same(t, "findings", []string{
		"workspace/p/.claude/agents/nodesc.md: nodesc.md has no description; it was not taken for an agent.",
		`workspace/p/.claude/agents/weird.md: The name "We!rd" may hold letters, digits, "-", "_" and ":" only; this was left out.`,
	}, h.findings(p))
}

func TestLengthOfNames(t *testing.T) {
	longest := strings.Repeat("名", 128)
	h := newHome(t, map[string]string{
		"workspace/p/.claude/agents/a.md": "---\nname: " + longest + "\ndescription: a\n---\n",
		"workspace/p/.claude/agents/b.md": "---\nname: " + longest + "x\ndescription: b\n---\n",
	})
	p := h.load("workspace/p")
	if len(p.Agents) != 1 || p.Agents[0].Name != longest {
		t.Errorf("agents: %v, want the one with a name of 128 characters", p.Agents)
	}
	if len(p.Findings) != 1 {
		t.Errorf("findings: %v, want one for the name of 129 characters", p.Findings)
	}
}

func TestFrontmatter(t *testing.T) {
	notYAML := "The frontmatter of c.md is not valid YAML; only its simple lines are used."
	aliases := "The frontmatter of c.md uses YAML aliases, which are not followed."
	for _, test := range []struct{ text, description, body, finding string }{
		{"---\ndescription: d\n---\nb", "d", "b", ""},
		{"\ufeff---  \ndescription: d\n---\t\nb", "d", "b", ""},
		{"---\ndescription: d\n---", "d", "", ""},
		{"---\n---\nb", "b", "b", ""},
		{"---\ndescription: d\n", "---", "---\ndescription: d", ""},
		{"----\ndescription: d\n---\nb", "----", "----\ndescription: d\n---\nb", ""},
		{"---\n- a\n---\nb", "b", "b", notYAML},
		{"---\ndescription: \"d\nmodel: x\n---\nb", "d", "b", notYAML},
		{"---\ndescription: it's: 'so'\n---\nb", "it's: 'so'", "b", ""},
		{"---\ndescription: *bold* text\n---\nb", "*bold* text", "b", ""},
		{"---\ndescription: @x `y`\n---\nb", "@x `y`", "b", ""},
		{"---\n\tdescription: d\n---\nb", "b", "b", notYAML},
		{"---\ndescription: {a: b}\n---\nb", "b", "b", ""},
		{"---\ndescription: ~\n---\nb", "b", "b", ""},
		{"---\ndescription: a\ndescription: d\n---\nb", "d", "b", ""},
		{"---\ndescription: d\xff\n---\nb\xfe", "d\ufffd", "b\ufffd", ""},
		{"---\na: &a x\nb: *a\ndescription: d\n---\nb", "d", "b", aliases},
		{"---\na:\n  - &a x\n  - *a\ndescription: d\n---\nb", "d", "b", aliases},
	} {
		h := newHome(t, map[string]string{"workspace/.claude/commands/c.md": test.text})
		p := h.load("workspace")
		if len(p.Commands) != 1 {
			t.Errorf("%q gave %v", test.text, p)
			continue
		}
		var finding string
		for _, f := range p.Findings {
			finding += f.Text
		}
		c := p.Commands[0]
		same(t, test.text, []string{test.description, test.body, test.finding}, []string{c.Description, c.Body, finding})
	}
}
