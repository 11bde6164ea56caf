package mcp

import (
	"maps"
	"regexp"
	"strings"

	"claude-agent-chat/pkg/fault"
)

// reference is ${VAR} or ${VAR:-default}.
var reference = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)(:-[^}]*)?\}`)

// expand replaces the references in an entry. What replaces one is not looked at again.
func (e *entry) expand() error {
	raw := maps.Clone(e.Env)
	for name, value := range e.Env {
		others := maps.Clone(raw)
		delete(others, name) // a variable cannot be made of itself.
		expanded, err := expand(value, others)
		if err != nil {
			return err
		}
		e.Env[name] = expanded
	}
	for name, value := range e.Headers {
		expanded, err := expand(value, e.Env)
		if err != nil {
			return err
		}
		e.Headers[name] = expanded
	}
	return e.expandWords()
}

func (e *entry) expandWords() error {
	words := []*string{&e.Command, &e.URL}
	for i := range e.Args {
		words = append(words, &e.Args[i])
	}
	for _, word := range words {
		expanded, err := expand(*word, e.Env)
		if err != nil {
			return err
		}
		*word = expanded
	}
	return nil
}

func expand(text string, env map[string]string) (string, error) {
	var out strings.Builder
	for rest := text; ; {
		at := reference.FindStringSubmatchIndex(rest)
		if at == nil {
			out.WriteString(rest)
			break
		}
		name := rest[at[2]:at[3]]
		value, set := env[name]
		switch {
		case set && value != "":
		case at[4] >= 0:
			value = rest[at[4]+len(":-") : at[5]]
		case !set:
			return "", fault.New(fault.Invalid, "It uses ${%s}, which its own env does not set; the server's environment is not used.", clean(name, maxName))
		}
		out.WriteString(rest[:at[0]] + value)
		if out.Len() > maxValue {
			break
		}
		rest = rest[at[1]:]
	}
	if out.Len() > maxValue {
		return "", fault.New(fault.Invalid, "An argument, a variable or a header of it has more than %d KB.", maxValue>>10)
	}
	return out.String(), nil
}
