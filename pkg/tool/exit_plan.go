package tool

import (
	"context"
	"encoding/json"
	"strings"
)

// exitPlan presents a plan and ends plan mode if the person approves it.
type exitPlan struct{}

type exitPlanInput struct {
	Plan           string          `json:"plan"`
	AllowedPrompts json.RawMessage `json:"allowedPrompts"`
}

type exitPlanResult struct {
	Plan    string `json:"plan"`
	IsAgent bool   `json:"isAgent"`
}

// Spec describes the tool.
func (exitPlan) Spec() Spec {
	return Spec{
		Name: "ExitPlanMode",
		Description: "Presents the plan that you made in plan mode and asks the person to approve it. Use it only in plan mode, when the plan is " +
			"ready: what is to be changed, where, in which order and how it is checked. It is not for questions, nor for tasks that change nothing.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["plan"],"properties":{` +
			`"plan":{"type":"string","description":"The plan, in Markdown"}}}`),
	}
}

// Safety says that presenting a plan changes nothing.
func (exitPlan) Safety(json.RawMessage) Safety { return ReadOnly }

// Run asks for the approval.
func (exitPlan) Run(ctx context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[exitPlanInput](input, "plan")
	if err != nil {
		return refuseFor(err)
	}
	if strings.TrimSpace(in.Plan) == "" {
		return refuse("The plan is empty.")
	}
	host, err := env.host()
	if err != nil {
		return refuseFor(err)
	}
	answer, err := host.Plan(ctx, in.Plan)
	if err != nil {
		return refuseFor(err)
	}
	if answer.No {
		text := "The person did not approve the plan. Stay in plan mode."
		if answer.Words != "" {
			text += " They said: " + answer.Words
		}
		return refuse("%s", text)
	}
	return result("The person approved the plan, and plan mode has ended. Carry it out now. Keep a list of its steps if there are several.\n\n"+
		"## Approved plan\n"+in.Plan, exitPlanResult{Plan: in.Plan})
}
