package tool

import (
	"context"
	"encoding/json"
	"strings"
)

// skill opens a skill of the workspace or of the person.
type skill struct{}

type skillInput struct {
	Skill string `json:"skill"`
	Args  string `json:"args"`
}

type skillResult struct {
	Success     bool   `json:"success"`
	CommandName string `json:"commandName"`
}

// Spec describes the tool.
func (skill) Spec() Spec {
	return Spec{
		Name: "Skill",
		Description: "Opens a skill: instructions for a kind of work, written down by the person or their team. The skills there are stand in " +
			"the system prompt. Open one before you begin with work that it is for. Also the person's own commands can be opened so.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["skill"],"properties":{` +
			`"skill":{"type":"string","description":"Name of the skill"},` +
			`"args":{"type":"string","description":"Arguments for the skill"}}}`),
	}
}

// Safety says that reading instructions changes nothing.
func (skill) Safety(json.RawMessage) Safety { return ReadOnly }

// Run gives the instructions.
func (skill) Run(ctx context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[skillInput](input, "skill")
	if err != nil {
		return refuseFor(err)
	}
	host, err := env.host()
	if err != nil {
		return refuseFor(err)
	}
	name := strings.TrimPrefix(strings.TrimSpace(in.Skill), "/")
	text, err := host.Skill(ctx, name, in.Args)
	if err != nil {
		return refuseFor(err)
	}
	return result("Launching skill: "+name+"\n\n"+text, skillResult{true, name})
}
