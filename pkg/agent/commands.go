package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

// command is one that every session has. A local one has an answer, the others a prompt for the model.
type command struct {
	name, description, hint string
	answer                  func(t *turn, ctx context.Context, args string) (string, error)
	prompt                  string
}

// builtinCommands are in the order in which they are listed.
var builtinCommands = []command{
	{name: "compact", description: "Sum up the conversation so far, to make room", hint: "what to keep", answer: (*turn).compactCommand},
	{name: "clear", description: "Begin afresh: the model sees nothing of what came before", answer: (*turn).clearCommand},
	{name: "context", description: "Show what fills the model's context", answer: (*turn).contextCommand},
	{name: "cost", description: "Show what the session has used", answer: (*turn).costCommand},
	{name: "trust", description: "Agree to what this project's settings allow, as they are now", answer: (*turn).trustCommand},
	{name: "mcp", description: "Show the MCP servers and how they are", answer: (*turn).mcpCommand},
	{name: "tasks", description: "Show what runs in the background, or stop one of it", hint: "stop and an id", answer: (*turn).tasksCommand},
	{name: "memory", description: "Show what instructions, rules and skills were found, and what was left out", answer: (*turn).memoryCommand},
	{name: "init", description: "Write a CLAUDE.md for this project", prompt: initPrompt},
	{name: "review", description: "Review changes of code", hint: "what to review", prompt: reviewPrompt},
}

const initPrompt = "Look at this project and write a CLAUDE.md in its root: what an agent needs to know to work here and cannot see at a glance. " +
	"How to build, test, run and lint, one test alone too; how the parts hang together; conventions and traps. Take what is useful from a README or " +
	"from rules for other agents. Nothing that is obvious, nothing made up, under a hundred lines. If there is a CLAUDE.md already, improve it.\n\n$ARGUMENTS"

const reviewPrompt = "Review code. What to review: $ARGUMENTS\n(If nothing is named: the changes that are not committed, or the last commit if there are none.) " +
	"Read the changes and what they touch. Report what is wrong, the worst first: where, why, and what would mend it. Look for mistakes, " +
	"cases that are not handled, security, and tests that are missing. Leave out matters of taste. Say so if there is nothing. Change nothing."

// Commands are the commands that a person may give now.
func (s *session) Commands() []acp.AvailableCommand {
	var all []acp.AvailableCommand
	add := func(name, description, hint string) {
		if slices.ContainsFunc(all, func(c acp.AvailableCommand) bool { return c.Name == name }) {
			return
		}
		c := acp.AvailableCommand{Name: name, Description: oneLine(description)}
		if hint != "" {
			c.Input = &acp.CommandInput{Hint: hint}
		}
		all = append(all, c)
	}
	for _, c := range builtinCommands {
		add(c.name, c.description, c.hint)
	}
	around := s.around()
	for _, sk := range around.Skills {
		if sk.UserInvocable {
			add(sk.Name, sk.Description, sk.ArgumentHint)
		}
	}
	for _, c := range around.Commands {
		if c.UserInvocable {
			add(c.Name, c.Description, c.ArgumentHint)
		}
	}
	if set := s.mcp.Load(); set != nil {
		for _, p := range set.Prompts() {
			add(p.Command, p.Description, strings.Join(p.Args, " "))
		}
	}
	return all
}

// Command finds out whether a prompt is a command.
func (s *session) Command(text string) (engine.Command, bool) {
	rest, ok := strings.CutPrefix(text, "/")
	if !ok {
		return engine.Command{}, false
	}
	s.look()
	name, args := rest, ""
	if at := strings.IndexAny(rest, " \t\n"); at >= 0 {
		name, args = rest[:at], strings.TrimSpace(rest[at:])
	}
	tp, ok := s.template(name)
	if name == "" || !ok && !slices.ContainsFunc(s.Commands(), func(c acp.AvailableCommand) bool { return c.Name == name }) {
		return engine.Command{}, false
	}
	c := engine.Command{Name: name, Args: args, Local: ok && !tp.forPerson}
	if b := builtin(name); b != nil {
		c.Local = b.answer != nil
	}
	return c, true
}

func builtin(name string) *command {
	for i := range builtinCommands {
		if builtinCommands[i].name == name {
			return &builtinCommands[i]
		}
	}
	return nil
}

// command does what the turn's command says, or puts into the conversation what it stands for; over says that nothing is
// left for the model.
func (t *turn) command(ctx context.Context) (over bool, err error) {
	if b := builtin(t.Turn.Command.Name); b != nil && b.answer != nil {
		said, err := b.answer(t, ctx, t.Turn.Command.Args)
		if err != nil {
			return true, err
		}
		return true, t.host.Record(context.WithoutCancel(ctx), transcript.LocalOutput{Text: said})
	}
	if t.Turn.Command.Local {
		said := fmt.Sprintf("%q is for the agent to open, not for you: ask it to use it.", t.Turn.Command.Name)
		return true, t.host.Record(context.WithoutCancel(ctx), transcript.LocalOutput{Text: said})
	}
	text, err := t.expand(ctx, t.Turn.Command.Name, t.Turn.Command.Args)
	if err != nil {
		return true, err
	}
	return false, t.tell(ctx, text)
}

// expand gives the prompt that a command stands for.
func (t *turn) expand(ctx context.Context, name, args string) (string, error) {
	if b := builtin(name); b != nil {
		return strings.TrimSpace(strings.ReplaceAll(b.prompt, "$ARGUMENTS", args)), nil
	}
	if text, ok, err := t.promptOf(ctx, name, args); ok {
		return text, err
	}
	if tp, ok := t.template(name); ok {
		return tp.text(ctx, t, args)
	}
	return "", fault.New(fault.NotFound, "There is no command /%s any more.", name)
}

// skillList is the skills and commands that the model may open, a line each.
func (s *session) skillList() string {
	var b strings.Builder
	around := s.around()
	for _, sk := range around.Skills {
		if !sk.DisableModelInvocation {
			fmt.Fprintf(&b, "- %s: %s\n", sk.Name, oneLine(join(sk.Description, sk.WhenToUse)))
		}
	}
	for _, c := range around.Commands {
		if !c.DisableModelInvocation && c.Description != "" {
			fmt.Fprintf(&b, "- %s: %s\n", c.Name, oneLine(c.Description))
		}
	}
	return b.String()
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " - " + b
}

// compactCommand sums up the conversation.
func (t *turn) compactCommand(ctx context.Context, args string) (string, error) {
	if len(t.messages) < leastCompacted {
		return "There is nothing to compact yet.", nil
	}
	before := t.tokens()
	if err := t.compact(ctx, compaction{wish: args}); err != nil {
		return "", err
	}
	return fmt.Sprintf("Compacted: about %d tokens became about %d.", before, t.tokens()), nil
}

// clearCommand draws a line: the model sees nothing of what came before. On record and on the page everything stays.
func (t *turn) clearCommand(ctx context.Context, _ string) (string, error) {
	before := t.tokens()
	if err := t.host.Record(context.WithoutCancel(ctx), transcript.CompactBoundary{PreTokens: before}); err != nil {
		return "", err
	}
	t.gauge(0)
	t.startAgain("clear")
	return "The model begins afresh: it sees nothing of what came before.", nil
}

// contextCommand says what fills the context. The whole is counted by the model's server where that can be had, the parts
// are guessed.
func (t *turn) contextCommand(ctx context.Context, _ string) (string, error) {
	request := t.request()
	guess := func(blocks []json.RawMessage) (n int) {
		for _, b := range blocks {
			n += weigh(b)
		}
		return n / bytesPerToken
	}
	system, tools, messages := guess(request.System), guess(request.Tools), sizeOf(request.Messages)/bytesPerToken
	total, about := int64(system+tools+messages), "about "
	if counted, err := t.agent.opts.Client.CountTokens(ctx, request); err == nil {
		total, about = counted, ""
	}
	t.gauge(total)
	size := int64(t.agent.window())
	return fmt.Sprintf("%s · %s%d of %d tokens (%d%%)\n\n| | about |\n|---|---:|\n| System prompt and memory | %d |\n| Tools | %d |\n| Messages | %d |\n| Free | %d |",
		t.model(), about, total, size, total*100/size, system, tools, messages, max(0, size-total)), ctx.Err()
}

// costCommand says what the session used.
func (t *turn) costCommand(context.Context, string) (string, error) {
	models := make([]string, 0, len(t.Spent))
	for m := range t.Spent {
		models = append(models, m)
	}
	slices.Sort(models)
	var b strings.Builder
	b.WriteString("| Model | Input | Output | Cache read | Cache write | Cost |\n|---|---:|---:|---:|---:|---:|\n")
	var total float64
	for _, m := range models {
		u := t.Spent[m]
		cost, known := t.agent.opts.Prices.Cost(m, u)
		total += cost
		shown := "not known"
		if known {
			shown = fmt.Sprintf("$%.4f", cost)
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %s |\n", m, u.InputTokens, u.OutputTokens, u.CacheReadTokens, u.CacheWriteTokens, shown)
	}
	if len(models) == 0 {
		return "The session has used nothing yet.", nil
	}
	fmt.Fprintf(&b, "\nTogether $%.4f, by the prices that this server knows.", total)
	return b.String(), nil
}

// trustCommand has the person agree to the workspace's settings as they are.
func (t *turn) trustCommand(context.Context, string) (string, error) {
	sums := maps.Clone(t.policy().unagreed)
	for path, data := range t.policy().withheld {
		sums[path] = sumOf(data)
	}
	if len(sums) == 0 {
		return "There is nothing to agree to: nothing of this project waits for it.", nil
	}
	if err := trustOf(t.info.Home).addSums(sums); err != nil {
		return "", err
	}
	t.law.Store(t.readPolicy())
	var b strings.Builder
	b.WriteString("Agreed. What these files allow counts from now on, until they change:\n")
	for _, path := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(&b, "- %s\n", path)
	}
	return b.String(), nil
}

// memoryCommand lists what was found.
func (t *turn) memoryCommand(context.Context, string) (string, error) {
	around := t.around()
	var b strings.Builder
	list := func(title string, n int, line func(i int) string) {
		if n > 0 {
			fmt.Fprintf(&b, "**%s**\n", title)
		}
		for i := range n {
			fmt.Fprintf(&b, "- %s\n", line(i))
		}
	}
	list("Instructions", len(around.Memory), func(i int) string {
		return fmt.Sprintf("%s (%s, %d bytes)", around.Memory[i].Path, around.Memory[i].Level, len(around.Memory[i].Text))
	})
	list("Rules for some files", len(around.Rules), func(i int) string {
		return fmt.Sprintf("%s (%s, for %s)", around.Rules[i].Path, around.Rules[i].Level, listed(around.Rules[i].Paths))
	})
	list("Skills", len(around.Skills), func(i int) string { return around.Skills[i].Name + " (" + around.Skills[i].Level + ")" })
	list("Commands", len(around.Commands), func(i int) string { return "/" + around.Commands[i].Name + " (" + around.Commands[i].Level + ")" })
	list("Agents", len(around.Agents), func(i int) string { return around.Agents[i].Name + " (" + around.Agents[i].Level + ")" })
	findings := slices.Concat(around.Findings, t.policy().findings, t.serverFindings())
	list("Left out", len(findings), func(i int) string { return findings[i].Path + ": " + findings[i].Text })
	if b.Len() == 0 {
		return "Nothing was found: no CLAUDE.md, commands, agents, skills or settings.", nil
	}
	return b.String(), nil
}
