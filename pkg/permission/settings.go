package permission

import (
	"encoding/json"

	"claude-agent-chat/pkg/fault"
)

// Settings is the "permissions" member of a settings file.
type Settings struct {
	Allow, Ask, Deny      []Rule
	DefaultMode           string // a permission mode; empty if the file names none
	AdditionalDirectories []string
}

// Source makes a source of rules of the settings, for a Set.
func (s Settings) Source(name, root string) Source {
	return Source{Name: name, Root: root, Allow: s.Allow, Ask: s.Ask, Deny: s.Deny}
}

// ParseSettings reads the permissions of a settings file. Members that it does not know are ignored. A rule that is none is
// left out and reported, and the others stay; so is a member of the wrong type. The errors are fault.Invalid.
func ParseSettings(data []byte) (Settings, []error) {
	var file struct {
		Permissions json.RawMessage `json:"permissions"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return Settings{}, []error{fault.Wrap(err, fault.Invalid, "The settings are not a JSON object.")}
	}
	if len(file.Permissions) == 0 || string(file.Permissions) == "null" {
		return Settings{}, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(file.Permissions, &members); err != nil {
		return Settings{}, []error{fault.Wrap(err, fault.Invalid, "The member permissions of the settings is not an object.")}
	}
	var (
		s        Settings
		problems problems
	)
	s.Allow = problems.keepSafe(problems.rules(members, "allow"))
	s.Ask = problems.rules(members, "ask")
	s.Deny = problems.rules(members, "deny")
	s.AdditionalDirectories = problems.texts(members, "additionalDirectories")
	if raw, ok := members["defaultMode"]; ok {
		if err := json.Unmarshal(raw, &s.DefaultMode); err != nil {
			problems.add(err, "The member defaultMode of the permissions is not a text.")
		}
	}
	return s, problems
}

// problems collects what is wrong with a file.
type problems []error

func (p *problems) add(cause error, sentence string, args ...any) {
	*p = append(*p, fault.Wrap(cause, fault.Invalid, sentence, args...))
}

// texts gives the texts of a list, and reports elements that are none.
func (p *problems) texts(members map[string]json.RawMessage, name string) []string {
	raw, ok := members[name]
	if !ok || string(raw) == "null" {
		return nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		p.add(err, "The member %s of the permissions is not a list.", name)
		return nil
	}
	var texts []string
	for _, element := range elements {
		var text *string
		if err := json.Unmarshal(element, &text); err != nil || text == nil {
			p.add(err, "The list %s of the permissions holds something that is not a text: %s", name, clip(string(element)))
			continue
		}
		texts = append(texts, *text)
	}
	return texts
}

// rules gives the rules of a list, and reports those that are none.
func (p *problems) rules(members map[string]json.RawMessage, name string) []Rule {
	var rules []Rule
	for _, text := range p.texts(members, name) {
		rule, err := ParseRule(text)
		if err != nil {
			*p = append(*p, err)
			continue
		}
		rules = append(rules, rule)
	}
	return rules
}

// keepSafe leaves out allow rules whose pattern of a tool's name does not name an MCP server: they would allow what nobody
// thought of.
func (p *problems) keepSafe(rules []Rule) []Rule {
	var safe []Rule
	for _, rule := range rules {
		if !allowableName(rule.Tool) {
			p.add(nil, "The rule %s cannot allow anything: a pattern of tools must name its MCP server, as in mcp__server__*.", rule)
			continue
		}
		safe = append(safe, rule)
	}
	return safe
}
