package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/tool"
)

// maxResources is how many resources of a server are listed.
const maxResources = 500

// listResources lists the resources of the servers.
type listResources struct{ set *Set }

// readResource reads one.
type readResource struct{ set *Set }

// resourceLine is a resource in the list.
type resourceLine struct {
	Server      string `json:"server"`
	URI         string `json:"uri"`
	Name        string `json:"name"`
	MIMEType    string `json:"mimeType,omitempty"`
	Description string `json:"description,omitempty"`
}

// Spec describes the tool.
func (listResources) Spec() tool.Spec {
	return tool.Spec{
		Name:        "ListMcpResourcesTool",
		Description: "Lists the resources that MCP servers offer, of all servers or of one. Each has a uri, with which ReadMcpResourceTool reads it.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"properties":{` +
			`"server":{"type":"string","description":"The name of a server; all servers if it is not given"}}}`),
	}
}

// Spec describes the tool.
func (readResource) Spec() tool.Spec {
	return tool.Spec{
		Name:        "ReadMcpResourceTool",
		Description: "Reads a resource of an MCP server.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["server","uri"],"properties":{` +
			`"server":{"type":"string","description":"The name of the server"},` +
			`"uri":{"type":"string","description":"The uri of the resource, from ListMcpResourcesTool"}}}`),
	}
}

// Safety is that of a call to a server: it learns of it, and may do whatever it likes.
func (listResources) Safety(json.RawMessage) tool.Safety { return tool.RunsCommands }

// Safety is that of a call to a server.
func (readResource) Safety(json.RawMessage) tool.Safety { return tool.RunsCommands }

// resourceInput is the input of both.
type resourceInput struct {
	Server string `json:"server"`
	URI    string `json:"uri"`
}

func decodeInput(input json.RawMessage) (in resourceInput, err error) {
	decoder := json.NewDecoder(bytes.NewReader(input))
	decoder.DisallowUnknownFields()
	if !isObject(input) || decoder.Decode(&in) != nil {
		return in, fault.New(fault.Invalid, "The input of the call must be a JSON object with the fields that the tool has.")
	}
	return in, nil
}

// Run lists them. A server that does not answer is named, and does not keep the others from it.
func (t listResources) Run(ctx context.Context, _ *tool.Env, input json.RawMessage) (tool.Result, error) {
	in, err := decodeInput(input)
	if err != nil {
		return refuse(ctx, err)
	}
	servers := t.set.withResources()
	if in.Server != "" {
		one, err := t.set.resourceServer(in.Server)
		if err != nil {
			return refuse(ctx, err)
		}
		servers = []*server{one}
	}
	found, errs := make([][]resourceLine, len(servers)), make([]error, len(servers))
	var wait sync.WaitGroup
	for i, each := range servers {
		wait.Go(func() { found[i], errs[i] = each.resources(ctx) })
	}
	wait.Wait()
	if ctx.Err() != nil {
		return refuse(ctx, ctx.Err())
	}
	return listed(found, errs)
}

func listed(found [][]resourceLine, errs []error) (tool.Result, error) {
	lines := []resourceLine{}
	b := &blocks{room: maxText}
	for i := range found {
		lines = append(lines, found[i]...)
		if errs[i] != nil {
			b.text(fault.Message(errs[i]))
		}
	}
	if len(lines) == 0 && b.hasText() {
		return failure(b.plain())
	}
	data, err := json.Marshal(lines)
	if err != nil {
		return tool.Result{}, fmt.Errorf("marshal resources: %w", err)
	}
	b.text(string(data))
	return success(b.done().list)
}

// resources asks a server for its resources.
func (s *server) resources(ctx context.Context) ([]resourceLine, error) {
	all, err := ask(ctx, s, func(ctx context.Context, session *sdk.ClientSession) (*[]*sdk.Resource, error) {
		all, _, err := pages(maxResources, func(cursor string) ([]*sdk.Resource, string, error) {
			page, err := session.ListResources(ctx, &sdk.ListResourcesParams{Cursor: cursor})
			if err != nil {
				return nil, "", err
			}
			return page.Resources, page.NextCursor, nil
		})
		return &all, err
	})
	if err != nil {
		return nil, err
	}
	lines := make([]resourceLine, 0, len(*all))
	for _, r := range *all {
		lines = append(lines, resourceLine{s.name, r.URI, clean(r.Name, maxReason), clean(r.MIMEType, maxName), clean(r.Description, maxReason)})
	}
	return lines, nil
}

// Run reads it.
func (t readResource) Run(ctx context.Context, _ *tool.Env, input json.RawMessage) (tool.Result, error) {
	in, err := decodeInput(input)
	if err != nil {
		return refuse(ctx, err)
	}
	if in.URI == "" {
		return refuse(ctx, fault.New(fault.Invalid, "The field \"uri\" is missing from the input."))
	}
	s, err := t.set.resourceServer(in.Server)
	if err != nil {
		return refuse(ctx, err)
	}
	answer, err := ask(ctx, s, func(ctx context.Context, session *sdk.ClientSession) (*sdk.ReadResourceResult, error) {
		return session.ReadResource(ctx, &sdk.ReadResourceParams{URI: in.URI})
	})
	if err != nil {
		return refuse(ctx, err)
	}
	return success(resourceBlocks(answer).list)
}

func (s *Set) withResources() []*server {
	var all []*server
	for _, each := range s.servers {
		if each.offers().resources {
			all = append(all, each)
		}
	}
	return all
}

// resourceServer is the server of a name, if it has resources.
func (s *Set) resourceServer(name string) (*server, error) {
	var names []string
	for _, each := range s.withResources() {
		if each.name == normalise(name) {
			return each, nil
		}
		names = append(names, each.name)
	}
	return nil, fault.New(fault.NotFound, "There is no MCP server %q with resources; there are: %s.", clean(name, maxName), strings.Join(names, ", "))
}
