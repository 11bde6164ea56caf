// Package permission judges tool calls by the permission rules of Claude Code: what may run without a question, what must
// be asked, what is refused.
//
// A shell command is judged in its parsed form, and the two directions are treated differently. A deny or ask rule is held
// against everything that the command runs, as far as that can be seen: behind wrappers, in substitutions, in the text given
// to another shell; where it cannot be seen, the person is asked. An allow rule has to cover every part, and what is not
// understood is never covered. What a program does once it runs is out of sight: a rule about rm says nothing about a
// script that deletes files. That is what the sandbox is for.
package permission

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"claude-agent-chat/pkg/fault"
)

// Rule is one rule in Claude Code's syntax: Tool, or Tool(specifier). An empty Spec means every use of the tool.
type Rule struct{ Tool, Spec string }

// maxRule bounds the length of a rule, in bytes. An exact command is the longest there is.
const maxRule = 1 << 16

// maxToolName is how long a tool's name may be, in bytes.
const maxToolName = 256

// toolName is what can stand before the parenthesis: a tool, a tool of an MCP server, or a pattern of names. Its length is
// counted apart: every helper and worker of the sandbox prepares this expression at its start, and that takes as long as it
// has repetitions.
var toolName = regexp.MustCompile(`^[A-Za-z_*][A-Za-z0-9_.*-]*$`)

func isToolName(name string) bool { return len(name) <= maxToolName && toolName.MatchString(name) }

// String gives the rule as it stands in a settings file. ParseRule gives the same rule back.
func (r Rule) String() string {
	if r.Spec == "" {
		return r.Tool
	}
	return r.Tool + "(" + escapeSpec.Replace(r.Spec) + ")"
}

// In a file, parentheses within a specifier and the backslash that protects them are themselves protected.
var (
	escapeSpec   = strings.NewReplacer(`\`, `\\`, `(`, `\(`, `)`, `\)`)
	unescapeSpec = strings.NewReplacer(`\\`, `\`, `\(`, `(`, `\)`, `)`)
)

// ParseRule reads a rule. What is no rule is fault.Invalid.
func ParseRule(s string) (Rule, error) {
	s = strings.TrimSpace(s)
	if len(s) > maxRule {
		return Rule{}, fault.New(fault.Invalid, "A permission rule is longer than %d bytes.", maxRule)
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, isControl) {
		return Rule{}, fault.New(fault.Invalid, "The permission rule %q holds characters that no rule can have.", clip(s))
	}
	tool, rest, scoped := strings.Cut(s, "(")
	if !isToolName(tool) {
		return Rule{}, fault.New(fault.Invalid, "The permission rule %q does not begin with the name of a tool.", clip(s))
	}
	if !scoped {
		return Rule{Tool: tool}, nil
	}
	spec, closed := strings.CutSuffix(rest, ")")
	if !closed || oddBackslashes(spec) {
		return Rule{}, fault.New(fault.Invalid, "The permission rule %q does not end with its parenthesis.", clip(s))
	}
	spec = unescapeSpec.Replace(spec)
	if trimmed := strings.TrimSpace(spec); trimmed == "" || trimmed == ":*" {
		return Rule{}, fault.New(fault.Invalid, "The permission rule %q has nothing between its parentheses.", clip(s))
	}
	return Rule{Tool: tool, Spec: spec}, nil
}

// isControl tells the characters that neither a rule nor a command that is understood may have.
func isControl(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }

// oddBackslashes reports whether what follows s is protected by a backslash.
func oddBackslashes(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}

// clip shortens what is quoted in a sentence.
func clip(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
