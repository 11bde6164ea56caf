package mcp

import (
	"context"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"claude-agent-chat/pkg/fault"
)

// maxAbout is how many characters the description of a prompt may have.
const maxAbout = 1000

// Prompt is a command that a person can give, which stands for a text that a server makes. Args are the names of its
// arguments, in their order.
type Prompt struct {
	Command     string
	Description string
	Args        []string
}

// remotePrompt is a prompt of a server.
type remotePrompt struct {
	Prompt
	name     string // the server's own name for it
	args     []string
	required int // how many arguments it needs at least
}

// Prompts are the prompts of all servers, by server and name.
func (s *Set) Prompts() []Prompt {
	var all []Prompt
	taken := map[string]bool{}
	for _, server := range s.servers {
		for _, each := range server.offers().prompts {
			if !taken[each.Command] {
				taken[each.Command] = true
				all = append(all, each.Prompt)
			}
		}
	}
	return all
}

// Prompt has a server make the text of a prompt. Arguments are given in order; what is too many belongs to the last one. The
// error is a fault with a sentence, or that of ctx.
func (s *Set) Prompt(ctx context.Context, command string, args []string) (string, error) {
	owner, prompt, ok := s.findPrompt(command)
	if !ok {
		return "", fault.New(fault.NotFound, "There is no command %q.", clean(command, maxToolName))
	}
	named, err := prompt.assign(args)
	if err != nil {
		return "", err
	}
	answer, err := ask(ctx, owner, func(ctx context.Context, session *sdk.ClientSession) (*sdk.GetPromptResult, error) {
		return session.GetPrompt(ctx, &sdk.GetPromptParams{Name: prompt.name, Arguments: named})
	})
	if err != nil {
		return "", err
	}
	text := flatten(answer.Messages)
	if text == "" {
		return "", fault.New(fault.Unavailable, "The MCP server %s made an empty prompt of that.", owner.name)
	}
	return text, nil
}

func (s *Set) findPrompt(command string) (*server, remotePrompt, bool) {
	for _, server := range s.servers {
		for _, each := range server.offers().prompts {
			if each.Command == command {
				return server, each, true
			}
		}
	}
	return nil, remotePrompt{}, false
}

func (p *remotePrompt) assign(args []string) (map[string]string, error) {
	if most := len(p.args); len(args) > most && most > 0 {
		args = append(args[:most-1:most-1], strings.Join(args[most-1:], " "))
	}
	switch {
	case len(args) > len(p.args):
		return nil, fault.New(fault.Invalid, "The command %s takes no arguments.", p.Command)
	case len(args) < p.required:
		return nil, fault.New(fault.Invalid, "The command %s needs the argument %q.", p.Command, p.Args[len(args)])
	}
	named := make(map[string]string, len(args))
	for i, value := range args {
		named[p.args[i]] = value
	}
	return named, nil
}

// flatten makes one text of the messages of a prompt. Who says what is written only when both do.
func flatten(messages []*sdk.PromptMessage) string {
	both := false
	for _, m := range messages {
		both = both || (m != nil && m.Role != "user")
	}
	b := &blocks{room: maxText, images: maxImages}
	for _, m := range messages {
		if m == nil || m.Content == nil {
			continue
		}
		if both {
			b.text(map[bool]string{true: "User:", false: "Assistant:"}[m.Role == "user"])
		}
		b.add(m.Content)
	}
	if len(b.list) == 0 {
		return ""
	}
	return b.done().plain()
}

func (l *link) listPrompts(ctx context.Context, found *offer) error {
	all, _, err := pages(maxPrompts, func(cursor string) ([]*sdk.Prompt, string, error) {
		page, err := l.session.ListPrompts(ctx, &sdk.ListPromptsParams{Cursor: cursor})
		if err != nil {
			return nil, "", err
		}
		return page.Prompts, page.NextCursor, nil
	})
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, each := range all {
		made := l.server.prompt(each)
		switch {
		case each.Name == "" || len(made.Command) > maxToolName:
			found.notes = append(found.notes, leftOut("prompt", each.Name, "its full name is too long, or empty"))
		case taken[made.Command]:
			found.notes = append(found.notes, leftOut("prompt", each.Name, "it has another one of that name"))
		default:
			taken[made.Command] = true
			found.prompts = append(found.prompts, made)
		}
	}
	return nil
}

func (s *server) prompt(said *sdk.Prompt) remotePrompt {
	made := remotePrompt{name: said.Name}
	made.Command = fullName(s.name, said.Name)
	made.Description = clean(said.Description, maxAbout)
	if made.Description == "" {
		made.Description = clean(said.Title, maxAbout)
	}
	for _, arg := range said.Arguments {
		if arg == nil || len(made.args) == maxEntries {
			continue
		}
		made.args = append(made.args, arg.Name)
		made.Args = append(made.Args, clean(arg.Name, maxName))
		if arg.Required {
			made.required = len(made.args)
		}
	}
	return made
}
