package agent

import (
	"slices"
	"strings"

	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/project"
)

// role is a kind of subagent.
type role struct {
	name, description string
	prompt            string // its system prompt, before what all have
	model             string // an id, the name of a family, or empty for the session's
	tools, without    []string
	maxTurns          int
	mode              string // a permission mode; empty for the session's
	free              string // up to which mode it may ask less than the session, if at all
	effort            string
	skills            []string // that it begins with
}

// settings are those of a subagent of this role, by those of whoever it works for. Its own mode counts where it is stricter.
// It may be freer if the person has a say in it, but never while the session is in plan mode.
func (r *role) settings(now engine.Settings, model string) engine.Settings {
	now.Model = model
	if slices.Contains(engine.Efforts(), r.effort) {
		now.Effort = r.effort
	}
	switch {
	case stricter(r.mode, now.Mode):
		now.Mode = r.mode
	case now.Mode != engine.ModePlan && slices.Contains(strictness, r.mode) && r.free != "" && !stricter(r.free, r.mode):
		now.Mode = r.mode
	}
	return now
}

// generalRole is what does a task if nothing else is said.
const generalRole = "general-purpose"

// lookers are the tools of roles that change nothing.
var lookers = []string{"Read", "Glob", "Grep", "Bash", "WebFetch", "WebSearch"}

// builtinRoles are there everywhere; a workspace may bring others, also under these names.
var builtinRoles = []role{
	{
		name: generalRole, description: "For searches and work of many steps.",
		prompt: "You are a subagent: another agent has given you a task. Do all of it and nothing beyond it. Your last message is your report; " +
			"it is all that the other agent sees of your work. Say in it what you found or did, with paths and, where it matters, the very words.",
	},
	{
		name: "Explore", description: "Looks for things in many files, changes nothing.",
		prompt: "You are a subagent that looks for things in files and changes nothing. Run independent searches together. Your last message is " +
			"your report: what is where, with absolute paths and line numbers, and no more than was asked for.",
		tools: lookers,
	},
	{
		name: "Plan", description: "Thinks through how something could be built, changes nothing.",
		prompt: "You are a subagent that plans a change of code and makes none. Read what there is, follow how it does things, and weigh the ways. " +
			"Your last message is your report: the plan, step by step, the files that it touches, and what could go wrong.",
		tools: lookers,
	},
}

// mainOnly are tools that need the person, or the session's own turn.
var mainOnly = []string{"AskUserQuestion", "ExitPlanMode"}

// aliases are other names of tools, as they stand in files of older versions.
var aliases = map[string]string{"Task": "Agent", "BashOutput": "TaskOutput", "KillShell": "TaskStop", "KillBash": "TaskStop"}

// canonical is the name under which a tool is known here.
func canonical(name string) string {
	name, _, _ = strings.Cut(strings.TrimSpace(name), "(")
	if now, ok := aliases[name]; ok {
		return now
	}
	return name
}

// offers says which tools a subagent of this role has.
func (r *role) offers(nested bool) func(name string) bool {
	return func(name string) bool {
		switch {
		case slices.Contains(mainOnly, name), name == "Agent" && !nested:
			return false
		case slices.ContainsFunc(r.without, func(n string) bool { return canonical(n) == name }):
			return false
		case r.tools == nil:
			return true
		}
		return slices.ContainsFunc(r.tools, func(n string) bool {
			n = canonical(n)
			return n == "*" || n == name || strings.HasPrefix(n, "mcp__") && strings.HasPrefix(name, n+"__")
		})
	}
}

// roles are all kinds of subagents that there are; those of the workspace come first.
func (s *session) roles() []role {
	var all []role
	for _, a := range s.around().Agents {
		all = append(all, role{
			name: a.Name, description: a.Description, prompt: a.Prompt, model: a.Model, tools: a.Tools, without: a.DisallowedTools, maxTurns: a.MaxTurns,
			mode: a.PermissionMode, free: s.freeUpTo(a), effort: a.Effort, skills: a.Skills,
		})
	}
	for _, r := range builtinRoles {
		if !slices.ContainsFunc(all, func(other role) bool { return other.name == r.name }) {
			all = append(all, r)
		}
	}
	return all
}

// freeUpTo is the freest mode that an agent may choose for itself, whatever the session's is; empty for none.
func (s *session) freeUpTo(a project.Agent) string {
	switch {
	case !stricter(engine.ModeDefault, a.PermissionMode):
		return ""
	case a.Level == project.LevelUser:
		return engine.ModeBypass
	case s.agreed(a.Level, a.Path, a.Sum):
		return engine.ModeAcceptEdits
	}
	return ""
}

// withholdModes finds the agents of the workspace that would ask for less and that nobody has agreed to.
func (p *policy) withholdModes(all []project.Agent, sums map[string]string) {
	for _, a := range all {
		if a.Level != project.LevelUser && stricter(engine.ModeDefault, a.PermissionMode) && sums[a.Path] != a.Sum {
			p.unagreed[a.Path] = a.Sum
			p.find(a.Path, "The agent %s wants the permission mode %q; that does not count until you agree with /trust.", a.Name, a.PermissionMode)
		}
	}
}

// roleOf finds a role by its name.
func (s *session) roleOf(name string) (*role, error) {
	if name == "" {
		name = generalRole
	}
	all := s.roles()
	var names []string
	for i := range all {
		if strings.EqualFold(all[i].name, name) {
			return &all[i], nil
		}
		names = append(names, all[i].name)
	}
	return nil, fault.New(fault.Invalid, "There is no type of agent %q. There are: %s.", name, strings.Join(names, ", "))
}

// modelFor finds the first of some wishes for a model that can be met: an id that is offered, or the name of a family. The
// last is taken as it is.
func (a *Agent) modelFor(wishes ...string) string {
	for _, wish := range wishes[:len(wishes)-1] {
		if wish == "" || wish == "inherit" {
			continue
		}
		for _, m := range a.Models() {
			if m.ID == wish || strings.Contains(m.ID, "-"+wish+"-") {
				return m.ID
			}
		}
	}
	return wishes[len(wishes)-1]
}
