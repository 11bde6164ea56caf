package permission

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// The tools whose rules have a meaning beyond their name.
const (
	toolBash     = "Bash"
	toolRead     = "Read"
	toolEdit     = "Edit"
	toolWrite    = "Write"
	toolWebFetch = "WebFetch"
	toolAgent    = "Agent"
	toolSkill    = "Skill"
	mcpPrefix    = "mcp__"
)

// editTools are the tools that a rule about Edit covers, readTools those that a rule about Read covers.
var (
	editTools = []string{toolEdit, toolWrite, "MultiEdit", "NotebookEdit"}
	readTools = []string{toolRead, "Grep", "Glob", "LS", "NotebookRead"}
)

// canonicalTool is the name under which a tool is judged: a subagent is started by Task in older versions.
func canonicalTool(name string) string {
	if name == "Task" {
		return toolAgent
	}
	return name
}

// namesTool reports whether a rule for the tool rule is about calls of the tool name. Patterns of names are for rules that
// restrict; one that allows must name its MCP server.
func namesTool(rule, name string, restricts bool) bool {
	rule, name = canonicalTool(rule), canonicalTool(name)
	switch {
	case rule == name:
		return true
	case rule == toolEdit:
		return slices.Contains(editTools, name)
	case rule == toolRead:
		return slices.Contains(readTools, name)
	case strings.Contains(rule, "*"):
		return (restricts || allowableName(rule)) && glob(strings.ReplaceAll(rule, "*", string(star)), name)
	case strings.HasPrefix(rule, mcpPrefix) && !strings.Contains(rule[len(mcpPrefix):], "__"):
		return strings.HasPrefix(name, rule+"__")
	}
	return false
}

// allowableName reports whether the tool's name in an allow rule is a name, or a pattern below one MCP server.
func allowableName(tool string) bool {
	before, _, pattern := strings.Cut(tool, "*")
	if !pattern {
		return true
	}
	rest, mcp := strings.CutPrefix(before, mcpPrefix)
	return mcp && strings.Index(rest, "__") > 0
}

// paramSpec is a specifier that names a member of the input.
var paramSpec = regexp.MustCompile(`(?s)^([A-Za-z_][A-Za-z0-9_-]*)\s*:\s*(.*)$`)

// ownParams are the members that have rules of their own and cannot be named by a param specifier.
var ownParams = map[string][]string{
	toolBash: {"command"}, toolRead: {"file_path"}, toolEdit: {"file_path"}, toolWrite: {"file_path"}, "MultiEdit": {"file_path"},
	"Grep": {"path"}, "Glob": {"path"}, "NotebookEdit": {"notebook_path"}, toolWebFetch: {"url"},
}

// hasParam reports whether a specifier of the form param:value names a member of the input and its value, in which * stands
// for any text. It is for rules that deny or ask: one member says nothing about the rest of a call.
func (c Call) hasParam(spec string) bool {
	parts := paramSpec.FindStringSubmatch(spec)
	if parts == nil || slices.Contains(ownParams[c.Tool], parts[1]) {
		return false
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(c.Input, &members) != nil {
		return false
	}
	raw, ok := members[parts[1]]
	if !ok || len(raw) == 0 || strings.ContainsRune("{[n", rune(raw[0])) {
		return false
	}
	text := string(raw)
	if raw[0] == '"' && json.Unmarshal(raw, &text) != nil {
		return false
	}
	return glob(strings.ReplaceAll(strings.TrimSpace(parts[2]), "*", string(star)), text)
}

// text gives a text member of the input. It is not plain if the input is no object, the member is no text, or it is there in
// more than one spelling, of which a decoder may take another one.
func (c Call) text(name string) (value string, present, plain bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(c.Input, &members) != nil {
		return "", false, false
	}
	for other := range members {
		if other != name && strings.EqualFold(other, name) {
			return "", true, false
		}
	}
	raw, ok := members[name]
	if !ok || string(raw) == "null" {
		return "", false, true
	}
	if json.Unmarshal(raw, &value) != nil {
		return "", true, false
	}
	return value, true, true
}

// subject reads the call as its tool means it.
func (c Call) subject() subject {
	switch tool := canonicalTool(c.Tool); {
	case tool == toolBash:
		return newShellCall(c)
	case slices.Contains(editTools, tool), slices.Contains(readTools, tool):
		return newFileCall(c)
	case tool == toolWebFetch:
		return newWebCall(c)
	case tool == toolAgent:
		kind, present, plain := c.text("subagent_type")
		if !present {
			kind = "general-purpose"
		}
		return namedCall{tool: toolAgent, name: kind, plain: plain}
	case tool == toolSkill:
		return newSkillCall(c)
	}
	return otherCall{}
}

// otherCall is a call of a tool whose rules have no specifiers.
type otherCall struct{}

func (otherCall) against(placed, bool) (certainty, string) { return no, "" }

func (otherCall) allowedBy([]placed) (placed, bool) { return placed{}, false }

// namedCall is a call whose rules name what it starts: a subagent or a skill.
type namedCall struct {
	tool, name string
	plain      bool // the name is known for sure
}

// newSkillCall reads the name of the skill, which older versions call command.
func newSkillCall(c Call) namedCall {
	name, present, plain := c.text("skill")
	if !present && plain {
		name, _, plain = c.text("command")
	}
	return namedCall{toolSkill, strings.TrimPrefix(strings.TrimSpace(name), "/"), plain}
}

func (n namedCall) against(rule placed, _ bool) (certainty, string) {
	switch {
	case canonicalTool(rule.Tool) != n.tool:
		return no, ""
	case !n.plain:
		return maybe, ""
	case n.matches(rule):
		return yes, n.name
	}
	return no, ""
}

func (n namedCall) allowedBy(rules []placed) (placed, bool) {
	for _, rule := range rules {
		if n.plain && canonicalTool(rule.Tool) == n.tool && n.matches(rule) {
			return rule, true
		}
	}
	return placed{}, false
}

// matches compares the name. A skill's rule may end in a star, after a space or a colon.
func (n namedCall) matches(rule placed) bool {
	if n.tool == toolSkill && rule.pattern.tail {
		rest, ok := strings.CutPrefix(n.name, strings.TrimPrefix(rule.pattern.text, "/"))
		return ok && (rest == "" || rest[0] == ' ' || rest[0] == ':')
	}
	return strings.TrimPrefix(rule.Spec, "/") == n.name && n.name != ""
}
