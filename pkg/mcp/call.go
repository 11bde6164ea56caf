package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/tool"
)

// remoteTool is a tool of a server.
type remoteTool struct {
	server *server
	name   string // the server's own name for it
	spec   tool.Spec
}

// Spec describes the tool, in the server's words.
func (t *remoteTool) Spec() tool.Spec { return t.spec }

// Safety has a person asked about every call: that a server calls a tool of its own harmless means nothing.
func (*remoteTool) Safety(json.RawMessage) tool.Safety { return tool.RunsCommands }

// Run has the server do the call.
func (t *remoteTool) Run(ctx context.Context, _ *tool.Env, input json.RawMessage) (tool.Result, error) {
	if !isObject(input) {
		return refuse(ctx, fault.New(fault.Invalid, "The input of the call must be a JSON object."))
	}
	answer, err := ask(ctx, t.server, func(ctx context.Context, session *sdk.ClientSession) (*sdk.CallToolResult, error) {
		return session.CallTool(ctx, &sdk.CallToolParams{Name: t.name, Arguments: input})
	})
	if err != nil {
		return refuse(ctx, err)
	}
	if answer.NeedsInput() {
		return refuse(ctx, fault.New(fault.Unavailable, "The MCP server %s wants to ask something back, which is not possible here.", t.server.name))
	}
	blocks := toolBlocks(answer)
	if answer.IsError {
		return failure(blocks.plain())
	}
	return success(blocks.list)
}

// ask asks a server for something, within the time for a call. Its error is a fault with a sentence that names the server, or
// that of ctx.
func ask[R any](ctx context.Context, s *server, do func(context.Context, *sdk.ClientSession) (*R, error)) (*R, error) {
	limited, cancel := context.WithTimeoutCause(ctx, s.set.opts.CallTimeout, errSlow)
	defer cancel()
	stop := context.AfterFunc(s.set.closing, cancel)
	defer stop()
	l, err := s.reach(limited)
	if err == nil {
		var answer *R
		bound := context.AfterFunc(l.ctx, cancel)
		answer, err = guard(func() (*R, error) { return do(limited, l.session) })
		bound()
		if err == nil && answer != nil {
			return answer, nil
		}
	}
	return nil, s.explain(ctx, limited, l, err)
}

// explain says why a server did not answer.
func (s *server) explain(ctx, limited context.Context, l *link, err error) error {
	var known *fault.Error
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case s.set.closing.Err() != nil:
		return fault.New(fault.Unavailable, "The MCP server %s was closed.", s.name)
	case l != nil && l.isDead():
		return fault.Wrap(err, fault.Unavailable, "The MCP server %s ended in the middle of the call. %s It is started again with the next call.",
			s.name, fault.Message(l.why(err)))
	case errors.Is(context.Cause(limited), errSlow):
		return fault.Wrap(err, fault.Unavailable, "The MCP server %s did not answer within %s.", s.name, s.set.opts.CallTimeout)
	case l == nil && errors.As(err, &known):
		return known
	case l == nil:
		return fault.Wrap(err, fault.Unavailable, "The MCP server %s cannot be reached.", s.name)
	default:
		return fault.Wrap(err, fault.Unavailable, "The MCP server %s did not do it. %s", s.name, fault.Message(l.explain(err)))
	}
}

// success makes the result of a call from what it gave.
func success(blocks []block) (tool.Result, error) {
	body, err := json.Marshal(blocks)
	if err != nil {
		return tool.Result{}, fmt.Errorf("marshal tool result: %w", err)
	}
	return tool.Result{Content: body, UseResult: body}, nil
}

// failure makes the result of a call that has failed.
func failure(text string) (tool.Result, error) {
	body, err := json.Marshal(text)
	if err != nil {
		return tool.Result{}, fmt.Errorf("marshal tool result: %w", err)
	}
	structured, err := json.Marshal("Error: " + text)
	if err != nil {
		return tool.Result{}, fmt.Errorf("marshal tool use result: %w", err)
	}
	return tool.Result{Content: body, UseResult: structured, IsError: true}, nil
}

// refuse makes the result of a call that could not be done. When ctx has ended, that is the error.
func refuse(ctx context.Context, err error) (tool.Result, error) {
	if ctx.Err() == nil {
		return failure(fault.Message(err))
	}
	r, failed := failure("The call was interrupted by the user.")
	return r, errors.Join(ctx.Err(), failed)
}
