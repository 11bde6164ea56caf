package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/permission"
	"claude-agent-chat/pkg/project"
	"claude-agent-chat/pkg/transcript"
)

// template is a skill, or a command that is none of the program's own.
type template struct {
	what, name, path, level, sum string
	dir                          string // of a skill
	model, effort                string
	allowed, disallowed          []string // rules
	forPerson, forModel          bool
	expand                       func(args string) project.Expansion
}

// templates are all there are: skills before commands.
func (s *session) templates() []template {
	around := s.around()
	all := make([]template, 0, len(around.Skills)+len(around.Commands))
	for _, sk := range around.Skills {
		all = append(all, template{
			what: "skill", name: sk.Name, path: sk.Path, level: sk.Level, sum: sk.Sum, dir: sk.Dir, model: sk.Model, effort: sk.Effort,
			allowed: sk.AllowedTools, disallowed: sk.DisallowedTools, forPerson: sk.UserInvocable, forModel: !sk.DisableModelInvocation, expand: sk.Expand,
		})
	}
	for _, c := range around.Commands {
		all = append(all, template{
			what: "command", name: c.Name, path: c.Path, level: c.Level, sum: c.Sum, model: c.Model, effort: c.Effort,
			allowed: c.AllowedTools, disallowed: c.DisallowedTools, forPerson: c.UserInvocable, forModel: !c.DisableModelInvocation, expand: c.Expand,
		})
	}
	return all
}

// template finds one by its name, or by the other name that a skill may have.
func (s *session) template(name string) (template, bool) {
	all := s.templates()
	if i := slices.IndexFunc(all, func(tp template) bool { return tp.name == name }); i >= 0 {
		return all[i], true
	}
	for _, sk := range s.around().Skills {
		if sk.Alias == name && name != "" {
			return s.template(sk.Name)
		}
	}
	return template{}, false
}

// text fills in the arguments.
func (tp template) text(ctx context.Context, t *turn, args string) (string, error) {
	text, err := t.fill(ctx, tp.expand(args))
	if tp.dir != "" {
		text = "Base directory for this skill: " + tp.dir + "\n\n" + text
	}
	return text, err
}

// agreed reports whether what a file allows counts: the person's own does, one of the workspace if the person has agreed to
// what it says.
func (s *session) agreed(level, path, sum string) bool {
	return level == project.LevelUser || trustOf(s.info.Home).sums()[path] == sum
}

// active is what the commands and skills that a turn has opened bring with them until it ends.
type active struct {
	mu            sync.Mutex
	sources       []permission.Source
	model, effort string
}

// over puts the wishes of what was opened over the settings.
func (a *active) over(now engine.Settings) engine.Settings {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.model != "" {
		now.Model = a.model
	}
	if a.effort != "" {
		now.Effort = a.effort
	}
	return now
}

func (a *active) list() []permission.Source {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.sources)
}

// end has nothing of it count any more, for whatever outlives the turn.
func (a *active) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sources = nil
}

// rulesNow are the rules that hold for the next call: those of the session, and those of the commands and skills that
// this turn, or one that it works for, has opened.
func (t *turn) rulesNow() permission.Set {
	p := t.policy()
	opened := t.opened()
	if len(opened) == 0 {
		return p.set
	}
	return permission.New(slices.Concat(p.sources, opened)...)
}

func (t *turn) opened() []permission.Source {
	own := t.active.list()
	if s, ok := t.host.(*subagent); ok {
		return append(s.parent.opened(), own...)
	}
	return own
}

// open has count what a command or a skill brings: tools that it allows or takes away, an effort, and, if the person gave
// it at the beginning of the turn, a model. In the middle of a turn the model stays, as in Claude Code.
func (t *turn) open(tp template, typed bool) {
	source := permission.Source{Name: "the " + tp.what + " " + tp.name, Root: t.info.Cwd, Deny: t.parseRules(tp, tp.disallowed)}
	if t.agreed(tp.level, tp.path, tp.sum) {
		source.Allow = t.parseRules(tp, tp.allowed)
	}
	model := ""
	if typed && tp.model != "" && tp.model != "inherit" {
		if model = t.agent.modelFor(tp.model, ""); model == "" {
			t.warn(fmt.Sprintf("The %s %s wants the model %q, which is not offered here.", tp.what, tp.name, tp.model))
		}
	}
	t.active.mu.Lock()
	defer t.active.mu.Unlock()
	t.active.sources = append(t.active.sources, source)
	if model != "" {
		t.active.model = model
	}
	if slices.Contains(engine.Efforts(), tp.effort) {
		t.active.effort = tp.effort
	}
}

func (t *turn) parseRules(tp template, texts []string) []permission.Rule {
	var rules []permission.Rule
	for _, text := range texts {
		rule, err := permission.ParseRule(text)
		if err != nil {
			t.warn(fmt.Sprintf("The %s %s: %s", tp.what, tp.name, fault.Message(err)))
			continue
		}
		rules = append(rules, rule)
	}
	return rules
}

// openTyped opens what the person has given as the turn's prompt.
func (t *turn) openTyped() {
	name := t.Turn.Command.Name
	if name == "" || builtin(name) != nil || strings.HasPrefix(name, "mcp__") {
		return
	}
	if tp, ok := t.template(name); ok && tp.forPerson {
		t.open(tp, true)
	}
}

// openSkill gives what a skill says, for the model, which may not open everything.
func (t *turn) openSkill(ctx context.Context, name, args string) (string, error) {
	tp, ok := t.template(name)
	if !ok {
		return "", fault.New(fault.NotFound, "There is no skill %q.", name)
	}
	if !tp.forModel {
		return "", fault.New(fault.Forbidden, "The %s %s can be opened only by the person, with /%s.", tp.what, tp.name, tp.name)
	}
	t.open(tp, false)
	return tp.text(ctx, t, args)
}

// skillNotes are the skills that a subagent begins with, in the form in which a person gives them.
func (t *turn) skillNotes(ctx context.Context) (notes []transcript.Entry) {
	for _, name := range t.role.skills {
		tp, ok := t.template(name)
		if !ok || !tp.forModel {
			t.warn(fmt.Sprintf("The agent %s begins without the skill %q: there is none that it may open.", t.role.name, name))
			continue
		}
		text, err := tp.text(ctx, t, "")
		if err != nil {
			t.warn(fmt.Sprintf("The agent %s begins without the skill %q: %s", t.role.name, name, sentence(err)))
			continue
		}
		head := "<command-message>" + tp.name + "</command-message>\n<command-name>" + tp.name + "</command-name>\n<skill-format>true</skill-format>"
		notes = append(notes, transcript.Note{PromptID: t.PromptID, Text: head}, transcript.Note{PromptID: t.PromptID, Text: text})
	}
	return notes
}

// wouldAllow says what a call that opens a skill would have allowed without a question; empty if nothing.
func (t *turn) wouldAllow(input json.RawMessage) string {
	var in struct {
		Skill string `json:"skill"`
	}
	_ = json.Unmarshal(input, &in) // an input that is wrong is refused by its tool.
	tp, ok := t.template(strings.TrimPrefix(strings.TrimSpace(in.Skill), "/"))
	if !ok || !tp.forModel || len(tp.allowed) == 0 || !t.agreed(tp.level, tp.path, tp.sum) {
		return ""
	}
	return fmt.Sprintf("With the %s %s these are allowed until the turn ends: %s.", tp.what, tp.name, listed(tp.allowed))
}

// withhold finds the commands and skills of the workspace that would allow something and that nobody has agreed to.
func (p *policy) withhold(all []template, sums map[string]string) {
	var names []string
	for _, tp := range all {
		if tp.level != project.LevelUser && len(tp.allowed) > 0 && sums[tp.path] != tp.sum {
			p.unagreed[tp.path] = tp.sum
			names = append(names, "/"+tp.name)
		}
	}
	if len(names) > 0 {
		p.find(".claude", "Commands and skills of the project would allow tools while they are at work: %s. These tools are asked about until you agree with /trust.", listed(names))
	}
}
