package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/permission"
	"claude-agent-chat/pkg/tool"
)

// verdict is what becomes of a tool call before anyone is asked.
type verdict int

const (
	allow verdict = iota
	ask
	refuse // the mode does not let it run
	deny   // a rule does not
)

// doing is what judge needs to know of a call.
type doing struct {
	safety    tool.Safety
	looks     bool   // a command that is known to do nothing but look
	protected bool   // it changes what decides about later calls
	path      string // of the file that it changes
	why       string // it should be asked about, if there is a reason that the call does not show
}

// judge decides by the rules, the mode and what the call would do.
func judge(mode string, rules permission.Behavior, d doing) verdict {
	harmless := d.safety == tool.ReadOnly || d.looks
	switch {
	case rules == permission.Deny:
		return deny
	case mode == engine.ModePlan && !harmless && d.safety != tool.ReachesOut:
		return refuse
	case rules == permission.Ask:
		return ask
	case harmless, mode == engine.ModeBypass, rules == permission.Allow:
		return allow
	case mode == engine.ModeAcceptEdits && d.safety == tool.EditsFiles && !d.protected:
		return allow
	default:
		return ask
	}
}

// keepFile keeps a file as it is before the call changes it. The records are the session's, whoever makes the call.
func (t *turn) keepFile(ctx context.Context, path string) error {
	if t.MessageID == "" {
		return nil
	}
	entries, err := t.history.Before(t.MessageID, path)
	if err != nil || len(entries) == 0 {
		return err
	}
	return t.root().Record(context.WithoutCancel(ctx), entries...)
}

// root is the host of the session's own turn.
func (t *turn) root() engine.Host {
	if s, ok := t.host.(*subagent); ok {
		return s.parent.root()
	}
	return t.host
}

// onlyPrints matches a command that looks at nothing. Nobody needs such a one by itself.
var onlyPrints = regexp.MustCompile(`^\s*(echo|printf|true|false|:|sleep)\b[^|;&\n]*$`)

// doing finds out what a call would do.
func (t *turn) doing(known tool.Tool, c call) doing {
	d := doing{safety: known.Safety(c.Input)}
	var in struct {
		Command string `json:"command"`
		Path    string `json:"file_path"`
		Book    string `json:"notebook_path"`
	}
	_ = json.Unmarshal(c.Input, &in) // an input that is wrong is refused by its tool.
	if d.safety == tool.RunsCommands && canonical(c.Name) == "Bash" {
		d.looks = !onlyPrints.MatchString(in.Command) && permission.ReadOnlyCommand(in.Command, t.env.State.Cwd(t.info.Cwd))
	}
	if canonical(c.Name) == "Skill" {
		if d.why = t.wouldAllow(c.Input); d.why != "" {
			d.safety = tool.ReachesOut
		}
	}
	if d.safety == tool.EditsFiles {
		path := cmp.Or(in.Path, in.Book)
		if !filepath.IsAbs(path) {
			path = filepath.Join(t.info.Cwd, path)
		}
		d.path = resolve(path)
		d.protected = protectedPath(d.path)
	}
	return d
}

// protectedPath reports whether a file decides about later calls, or runs by itself: settings, hooks, MCP servers, git's
// own files.
func protectedPath(path string) bool {
	parts := strings.Split(filepath.ToSlash(path), "/")
	base := parts[len(parts)-1]
	if slices.Contains(parts, ".git") || base == ".mcp.json" || base == ".gitconfig" {
		return true
	}
	i := slices.Index(parts, ".claude")
	if i < 0 || i+1 >= len(parts) {
		return false
	}
	return !slices.Contains([]string{"commands", "agents", "skills", "rules"}, parts[i+1]) && strings.HasSuffix(base, ".json") || parts[i+1] == "hooks"
}

// rules are what the person allowed for the rest of the session. They are safe for concurrent use.
type rules struct {
	mu      sync.Mutex
	allowed []permission.Rule
}

func newRules() *rules { return &rules{} }

func (r *rules) add(rules ...permission.Rule) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rule := range rules {
		if !slices.Contains(r.allowed, rule) {
			r.allowed = append(r.allowed, rule)
		}
	}
}

func (r *rules) list() []permission.Rule {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.allowed)
}

// approved is a tool call that asks the person before it runs, when mode and rules say so. It stands around any tool.
type approved struct {
	tool.Tool
	call call
	turn *turn
}

// denial is the person's "no", or a hook's in place of the person.
type denial struct {
	message string
	hook    bool
}

// Run runs the call if it may, and otherwise answers for it.
func (a approved) Run(ctx context.Context, env *tool.Env, input json.RawMessage) (tool.Result, error) {
	t := a.turn
	known := t.callOf(a.call)
	found := t.rulesNow().Judge(known)
	d := t.doing(a.Tool, a.call)
	decision := judge(t.Settings().Mode, found.Behavior, d)
	if decision == allow || decision == ask {
		said, err := t.runHooks(ctx, hookInput{Event: beforeTool, Tool: known.Tool, ToolUseID: a.call.ID, Input: input})
		if err != nil {
			return tool.Result{}, err
		}
		if said.blocked {
			return errorResult("A hook stopped this call; it was not run. " + said.reason), nil
		}
		if said.asks {
			decision = ask
		}
	}
	switch decision {
	case deny:
		return errorResult("This call is not allowed here and was not run. " + found.Why), nil
	case refuse:
		return errorResult("The session is in plan mode: nothing may be changed and no command may run. Present the plan instead."), nil
	case ask:
		no, err := a.ask(ctx, known, d, found)
		if err != nil {
			return tool.Result{}, err
		}
		if no != nil {
			return deniedResult(*no), nil
		}
	case allow:
	}
	if d.path != "" {
		if err := t.keepFile(ctx, d.path); err != nil {
			return errorResult(sentence(err)), nil
		}
	}
	t.touch(a.call)
	t.host.Stream(acp.Update{Kind: acp.UpdateToolCallUpdate, ToolCallID: a.call.ID, Status: acp.StatusInProgress})
	result, err := a.Tool.Run(ctx, env, input)
	if err != nil {
		return result, err
	}
	return t.afterHooks(ctx, hookInput{Tool: known.Tool, ToolUseID: a.call.ID, Input: input}, result)
}

// The option ids of a permission question.
const (
	optionAllow   = "allow"
	optionAlways  = "allow_always"
	optionProject = "allow_always_project"
	optionUser    = "allow_always_user"
	optionReject  = "reject"
)

// ask puts the question and waits. A nil denial means yes.
func (a approved) ask(ctx context.Context, known permission.Call, d doing, found permission.Verdict) (*denial, error) {
	said, err := a.turn.runHooks(ctx, hookInput{Event: onQuestion, Tool: known.Tool, Input: known.Input})
	if err != nil || said.blocked {
		return &denial{said.reason, true}, err
	}
	rules := ruleFor(known)
	q := callHost{a.turn, a.call}.question(options(d, rules))
	if d.why != "" {
		q.ToolCall = q.ToolCall.WithMeta(acp.MetaReason, d.why)
	}
	if found.Behavior == permission.Ask {
		q.ToolCall = q.ToolCall.WithMeta(acp.MetaReason, found.Why)
	}
	answer, err := a.turn.put(ctx, q)
	if err != nil {
		return nil, err
	}
	switch answer.OptionID {
	case optionAllow:
		return nil, nil
	case optionAlways:
		if d.safety == tool.EditsFiles && !d.protected {
			a.turn.host.SetMode(engine.ModeAcceptEdits)
			return nil, nil
		}
		a.turn.keep(saveSession, rules)
	case optionProject:
		a.turn.keep(saveProject, rules)
	case optionUser:
		a.turn.keep(saveUser, rules)
	default:
		return &denial{message: answer.Message}, nil
	}
	return nil, nil
}

// keep saves rules and has them count from now on. The call runs also if they could not be saved.
func (t *turn) keep(where string, rules []permission.Rule) {
	if err := t.saveRules(where, rules); err != nil {
		t.rules.add(rules...)
		t.host.Stream(acp.Update{Kind: acp.UpdateNotice, Severity: "warning", Title: "The rule was not saved and counts for this session only: " + sentence(err)})
	}
	t.law.Store(t.readPolicy())
}

// put puts a question and waits. When the server shuts down meanwhile the call is held.
func (t *turn) put(ctx context.Context, q engine.Question) (engine.Answer, error) {
	answer, err := t.host.Ask(ctx, q)
	if err != nil && errors.Is(context.Cause(ctx), engine.ErrDraining) {
		return answer, errHeld
	}
	return answer, err
}

// ruleFor is what "always" would save for a call: general rules if there are good ones, else this exact command, else
// nothing.
func ruleFor(c permission.Call) []permission.Rule {
	if rules := permission.Suggest(c); len(rules) > 0 {
		return rules
	}
	if exact, ok := permission.Exact(c); ok {
		return []permission.Rule{exact}
	}
	return nil
}

// options are the answers that a question offers; what "always" would save stands in its name.
func options(d doing, rules []permission.Rule) []acp.PermissionOption {
	out := []acp.PermissionOption{{OptionID: optionAllow, Name: "Allow once", Kind: acp.AllowOnce}}
	if d.safety == tool.EditsFiles && !d.protected {
		out = append(out, acp.PermissionOption{
			OptionID: optionAlways, Name: "Allow all edits in this session", Kind: acp.AllowAlways, Meta: acp.Meta{acp.MetaRule: "edits"},
		})
	} else if len(rules) > 0 {
		var names []string
		for _, r := range rules {
			names = append(names, r.String())
		}
		all := strings.Join(names, ", ")
		for _, o := range [][2]string{
			{optionAlways, "Always allow " + all + " in this session"},
			{optionProject, "Always allow " + all + " in this project"},
			{optionUser, "Always allow " + all + " everywhere"},
		} {
			out = append(out, acp.PermissionOption{
				OptionID: o[0], Name: o[1], Kind: acp.AllowAlways, Meta: acp.Meta{acp.MetaRule: "rules", acp.MetaRules: names},
			})
		}
	}
	return append(out, acp.PermissionOption{OptionID: optionReject, Name: "Deny", Kind: acp.RejectOnce})
}
