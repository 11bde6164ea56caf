package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"claude-agent-chat/pkg/tool"
)

// The bounds of what a server may offer.
const (
	maxTools       = 500
	maxPrompts     = 200
	maxPages       = 100
	maxSchema      = 64 << 10 // bytes of the schema of one tool
	maxOffer       = 1 << 20  // bytes of all schemas and descriptions of a server's tools
	maxDescription = 4 << 10  // characters of a description
	maxNotes       = 10
)

// offer is what a server has.
type offer struct {
	tools     []*remoteTool
	prompts   []remotePrompt
	resources bool
	notes     []string // sentences about what was left out
}

// list asks a server what it has. A server that says that it has tools and cannot list them is of no use; prompts are another
// matter.
func (l *link) list(ctx context.Context) (offer, error) {
	var found offer
	greeting := l.session.InitializeResult()
	if greeting == nil || greeting.Capabilities == nil {
		return found, nil
	}
	found.resources = greeting.Capabilities.Resources != nil
	if greeting.Capabilities.Tools != nil {
		if err := l.listTools(ctx, &found); err != nil {
			return found, err
		}
	}
	if greeting.Capabilities.Prompts != nil {
		if err := l.listPrompts(ctx, &found); err != nil {
			found.notes = append(found.notes, "Its prompts could not be listed.")
		}
	}
	return found, nil
}

func (l *link) listTools(ctx context.Context, found *offer) error {
	all, more, err := pages(maxTools, func(cursor string) ([]*sdk.Tool, string, error) {
		page, err := l.session.ListTools(ctx, &sdk.ListToolsParams{Cursor: cursor})
		if err != nil {
			return nil, "", err
		}
		return page.Tools, page.NextCursor, nil
	})
	if err != nil {
		return err
	}
	if more {
		found.notes = append(found.notes, fmt.Sprintf("It has more than %d tools; the others were left out.", maxTools))
	}
	taken, size := map[string]bool{}, 0
	for _, each := range all {
		made, complaint := l.server.tool(each)
		switch {
		case complaint != "":
		case taken[made.spec.Name]:
			complaint = "it has another one of that name"
		case size+len(made.spec.InputSchema)+len(made.spec.Description) > maxOffer:
			complaint = fmt.Sprintf("its tools take more than %d KB together", maxOffer>>10)
		}
		if complaint != "" {
			found.notes = append(found.notes, leftOut("tool", each.Name, complaint))
			continue
		}
		taken[made.spec.Name] = true
		size += len(made.spec.InputSchema) + len(made.spec.Description)
		found.tools = append(found.tools, made)
	}
	return nil
}

// pages gathers a list that comes in pages, and says whether there is more of it than that.
func pages[T any](most int, next func(cursor string) ([]*T, string, error)) (all []*T, more bool, err error) {
	cursor := ""
	for range maxPages {
		page, following, err := next(cursor)
		if err != nil {
			return nil, false, err
		}
		for _, item := range page {
			if item == nil {
				continue
			}
			if len(all) == most {
				return all, true, nil
			}
			all = append(all, item)
		}
		if following == "" {
			return all, false, nil
		}
		cursor = following
	}
	return all, true, nil
}

func leftOut(kind, name, why string) string {
	return fmt.Sprintf("The %s %q was left out: %s.", kind, clean(name, maxName), why)
}

// sentences puts notes together, and not too many of them.
func sentences(notes []string) string {
	var filled []string
	for _, note := range notes {
		if note != "" {
			filled = append(filled, note)
		}
	}
	if left := len(filled) - maxNotes; left > 0 {
		filled = append(filled[:maxNotes], fmt.Sprintf("There are %d more such notes.", left))
	}
	return strings.Join(filled, " ")
}

// tool makes a tool of what a server says, or says what is wrong with it.
func (s *server) tool(said *sdk.Tool) (made *remoteTool, complaint string) {
	full := fullName(s.name, said.Name)
	if said.Name == "" || len(full) > maxToolName {
		return nil, fmt.Sprintf("its full name must have at most %d characters", maxToolName)
	}
	schema, complaint := inputSchema(said.InputSchema)
	if complaint != "" {
		return nil, complaint
	}
	description := clean(said.Description, maxDescription)
	if description == "" {
		description = clean(said.Title, maxDescription)
	}
	if description == "" {
		description = fmt.Sprintf("The tool %s of the MCP server %s.", normalise(said.Name), s.name)
	}
	return &remoteTool{server: s, name: said.Name, spec: tool.Spec{Name: full, Description: description, InputSchema: schema}}, ""
}

// propertyName is what the Messages API takes as the name of a field.
var propertyName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// inputSchema passes a schema on, or says why it is not one. It is strict in what the Messages API is strict in: one schema
// that it does not take would have it refuse the whole request.
func inputSchema(said any) (json.RawMessage, string) {
	data, err := json.Marshal(said)
	if err != nil || !isObject(data) {
		return nil, "its input schema is not an object"
	}
	if len(data) > maxSchema {
		return nil, fmt.Sprintf("its input schema has more than %d KB", maxSchema>>10)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, "its input schema is not an object"
	}
	if _, typed := fields["type"]; !typed {
		fields["type"] = json.RawMessage(`"object"`)
		if data, err = json.Marshal(fields); err != nil {
			return nil, "its input schema is not an object"
		}
	}
	var schema jsonschema.Schema
	if err := json.Unmarshal(data, &schema); err != nil || !bytes.Equal(fields["type"], []byte(`"object"`)) {
		return nil, "its input schema is not a JSON schema of an object"
	}
	if schema.AnyOf != nil || schema.OneOf != nil || schema.AllOf != nil {
		return nil, "its input schema has alternatives at its top"
	}
	for name := range schema.Properties {
		if !propertyName.MatchString(name) {
			return nil, fmt.Sprintf("the name of its field %q is not allowed", clean(name, maxName))
		}
	}
	return data, ""
}
