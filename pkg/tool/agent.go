package tool

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// agent gives a task to a subagent.
type agent struct{}

type agentInput struct {
	Description string `json:"description"`
	Prompt      string `json:"prompt"`
	Type        string `json:"subagent_type"`
	Model       string `json:"model"`
	Background  bool   `json:"run_in_background"`
}

type agentResult struct {
	Status          string      `json:"status"`
	Prompt          string      `json:"prompt"`
	AgentID         string      `json:"agentId"`
	AgentType       string      `json:"agentType"`
	Content         []textBlock `json:"content"`
	TotalDurationMs int64       `json:"totalDurationMs"`
	TotalTokens     int64       `json:"totalTokens"`
	TotalToolUses   int         `json:"totalToolUseCount"`
}

// Spec describes the tool.
func (agent) Spec() Spec {
	return Spec{
		Name: "Agent",
		Description: "Has a subagent do a task by itself, with a conversation of its own, and returns its report. It sees nothing of this " +
			"conversation: the prompt must hold all that it needs, and say what the report is to contain. Use it for searches " +
			"and work whose many steps need not be kept here. Several calls in one answer run side by side. The person does not " +
			"see the report; tell them what matters. The types of agents are in the system prompt. " +
			"With run_in_background the call returns at once and you go on; you are told when the subagent has ended, with its report.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["description","prompt"],"properties":{` +
			`"description":{"type":"string","description":"The task in three to five words"},` +
			`"prompt":{"type":"string","description":"The task"},` +
			`"subagent_type":{"type":"string","description":"The type of agent; general-purpose if not given"},` +
			`"model":{"type":"string","description":"Another model for this task: sonnet, opus or haiku"},` +
			`"run_in_background":{"type":"boolean","description":"Do not wait for the report; you are told when it is there. TaskOutput looks at it, TaskStop ends it"}}}`),
	}
}

// Safety says that the call itself changes nothing: what the subagent does is judged call by call.
func (agent) Safety(json.RawMessage) Safety { return ReadOnly }

// Run has the task done.
func (agent) Run(ctx context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[agentInput](input, "description", "prompt")
	if err != nil {
		return refuseFor(err)
	}
	if strings.TrimSpace(in.Prompt) == "" {
		return refuse("The prompt is empty.")
	}
	host, err := env.host()
	if err != nil {
		return refuseFor(err)
	}
	task := AgentTask{Type: in.Type, Description: in.Description, Prompt: in.Prompt, Model: in.Model}
	if in.Background {
		return in.launch(ctx, host, task)
	}
	report, err := host.Agent(ctx, task)
	if err != nil {
		return refuseFor(err)
	}
	text := report.Text
	if strings.TrimSpace(text) == "" {
		text = "(The subagent ended without a report.)"
	}
	if report.Cut {
		text += "\n\n(The subagent was stopped: it had made as many requests as it may.)"
	}
	content := []textBlock{{"text", text}, {"text", fmt.Sprintf("agentId: %s\n<usage>subagent_tokens: %d\ntool_uses: %d\nduration_ms: %d</usage>",
		report.ID, report.Tokens, len(report.Tools), report.Took.Milliseconds())}}
	return result(content, agentResult{
		Status: "completed", Prompt: in.Prompt, AgentID: report.ID, AgentType: report.Type, Content: content[:1],
		TotalDurationMs: report.Took.Milliseconds(), TotalTokens: report.Tokens, TotalToolUses: len(report.Tools),
	})
}

// agentLaunched is Claude Code's structured result of a subagent that has begun in the background.
type agentLaunched struct {
	IsAsync     bool   `json:"isAsync"`
	Status      string `json:"status"`
	AgentID     string `json:"agentId"`
	Description string `json:"description"`
	Model       string `json:"resolvedModel"`
	Prompt      string `json:"prompt"`
}

// launch has the task begin in the background.
func (in agentInput) launch(ctx context.Context, host Host, task AgentTask) (Result, error) {
	launched, err := host.Launch(ctx, task)
	if err != nil {
		return refuseFor(err)
	}
	text := fmt.Sprintf("The subagent has begun in the background.\nagentId: %s\nYou are told when it has ended, with its report; until then nothing is "+
		"known of what it finds, so do not guess at it. Go on with other work, or end your turn. Leave its files and its task to it. "+
		"TaskOutput looks at it, TaskStop ends it.", launched.ID)
	return result([]textBlock{{"text", text}}, agentLaunched{true, "async_launched", launched.ID, in.Description, launched.Model, in.Prompt})
}
