package transcript

import (
	"bytes"
	"encoding/json"
	"slices"
)

// AnsweredCall is a tool call of the active branch with what it gave.
type AnsweredCall struct {
	Name             string
	Input, UseResult json.RawMessage
}

// Answered are the calls of some tools on the active branch that have a structured result, over compactions back to the
// beginning, in the order of their results.
func (c *Conversation) Answered(tools ...string) []AnsweredCall {
	b := c.skeleton.people()
	calls, wanted := map[string]Call{}, map[uint64]bool{}
	var done []AnsweredCall
	for _, at := range b.members() {
		switch {
		case b.bones[at].is(boneUse) && c.names(at, tools):
			rec, _ := c.record(at)
			for _, call := range callsWithout(&rec, nil) {
				if slices.Contains(tools, call.Name) {
					calls[call.ID], wanted[hashText([]byte(call.ID))] = call, true
				}
			}
		case b.bones[at].is(boneResult) && slices.ContainsFunc(b.tools(at), func(id uint64) bool { return wanted[id] }):
			rec, _ := c.record(at)
			results := blocksOf(&rec, blockToolResult)
			if len(results) != 1 || len(rec.UseResult) == 0 {
				continue
			}
			if call, ok := calls[results[0].ToolUseID]; ok {
				done = append(done, AnsweredCall{call.Name, call.Input, rec.UseResult})
			}
		}
	}
	return done
}

// names reports whether a record's line names one of some tools, so that others need not be decoded.
func (c *Conversation) names(at int, tools []string) bool {
	line := c.held[at].Raw
	if b := &c.skeleton.bones[at]; line == nil && !b.is(boneOversized) {
		var err error
		if line, err = c.from.slice(b.start, int64(b.size)); err != nil {
			return false
		}
	}
	return slices.ContainsFunc(tools, func(name string) bool { return bytes.Contains(line, []byte(`"`+name+`"`)) })
}
