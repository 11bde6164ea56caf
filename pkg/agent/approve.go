package agent

import (
	"context"
	"encoding/json"
	"errors"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/tool"
)

// verdict is what the permission mode says of a tool call before anyone is asked.
type verdict int

const (
	allow verdict = iota
	ask
	refuse
)

// judge decides by the mode and by what the call would do.
func judge(mode string, safety tool.Safety) verdict {
	switch {
	case safety == tool.ReadOnly, mode == engine.ModeBypass:
		return allow
	case mode == engine.ModePlan:
		return refuse
	case mode == engine.ModeAcceptEdits && safety == tool.EditsFiles:
		return allow
	default:
		return ask
	}
}

// rules are what the person allowed for the rest of the session: exact commands. It is used by one turn at a time.
type rules struct{ allowed map[string]bool }

func newRules() *rules { return &rules{allowed: map[string]bool{}} }

func (r *rules) has(name string, input json.RawMessage) bool { return r.allowed[ruleFor(name, input)] }

func (r *rules) add(name string, input json.RawMessage) { r.allowed[ruleFor(name, input)] = true }

// ruleFor is what "always" means for a call: this tool with this command, or with this whole input where there is none.
func ruleFor(name string, input json.RawMessage) string {
	var in struct {
		Command string `json:"command"`
	}
	if json.Unmarshal(input, &in) == nil && in.Command != "" {
		return name + "\x00" + in.Command
	}
	return name + "\x00" + string(input)
}

// approved is a tool call that asks the person before it runs, when mode and rules say so. It stands around any tool.
type approved struct {
	tool.Tool
	call  call
	turn  *turn
	rules *rules
}

// denial is the person's "no".
type denial struct{ message string }

// Run runs the call if it may, and otherwise answers for it.
func (a approved) Run(ctx context.Context, env *tool.Env, input json.RawMessage) (tool.Result, error) {
	safety := a.Safety(input)
	decision := judge(a.turn.Settings().Mode, safety)
	if decision == ask && a.rules.has(a.call.Name, input) {
		decision = allow
	}
	switch decision {
	case refuse:
		return errorResult("The session is in plan mode: nothing may be changed and no command may run. Present the plan instead."), nil
	case ask:
		no, err := a.ask(ctx, safety, input)
		if err != nil {
			return tool.Result{}, err
		}
		if no != nil {
			return deniedResult(*no), nil
		}
	case allow:
	}
	a.turn.host.Stream(acp.Update{Kind: acp.UpdateToolCallUpdate, ToolCallID: a.call.ID, Status: acp.StatusInProgress})
	return a.Tool.Run(ctx, env, input)
}

// The option ids of a permission question.
const (
	optionAllow  = "allow"
	optionAlways = "allow_always"
	optionReject = "reject"
)

// ask puts the question and waits. A nil denial means yes.
func (a approved) ask(ctx context.Context, safety tool.Safety, input json.RawMessage) (*denial, error) {
	answer, err := a.turn.put(ctx, callHost{a.turn, a.call}.question(options(safety)))
	if err != nil {
		return nil, err
	}
	switch answer.OptionID {
	case optionAllow:
		return nil, nil
	case optionAlways:
		if safety == tool.EditsFiles {
			a.turn.host.SetMode(engine.ModeAcceptEdits)
		} else {
			a.rules.add(a.call.Name, input)
		}
		return nil, nil
	default:
		return &denial{message: answer.Message}, nil
	}
}

// put puts a question and waits. When the server shuts down meanwhile the call is held.
func (t *turn) put(ctx context.Context, q engine.Question) (engine.Answer, error) {
	answer, err := t.host.Ask(ctx, q)
	if err != nil && errors.Is(context.Cause(ctx), engine.ErrDraining) {
		return answer, errHeld
	}
	return answer, err
}

// options are the answers that a question offers; what "always" would do stands in its name.
func options(safety tool.Safety) []acp.PermissionOption {
	always, rule := "Always allow this exact command in this session", "command"
	if safety == tool.EditsFiles {
		always, rule = "Allow all edits in this session", "edits"
	}
	return []acp.PermissionOption{
		{OptionID: optionAllow, Name: "Allow once", Kind: acp.AllowOnce},
		{OptionID: optionAlways, Name: always, Kind: acp.AllowAlways, Meta: acp.Meta{acp.MetaRule: rule}},
		{OptionID: optionReject, Name: "Deny", Kind: acp.RejectOnce},
	}
}
