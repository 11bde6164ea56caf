package permission

import (
	"slices"
	"strings"
)

// namers are builtins that take names of variables, and evaluate what stands in the brackets of such a name.
var namers = set("declare typeset local export readonly let unset read mapfile readarray getopts wait printf test [")

// evaluatesName reports whether a builtin may find a command in a variable's name.
func evaluatesName(argv []word) bool {
	program := argv[0].text
	if !namers[program] {
		return false
	}
	tests := program == "test" || program == "[" || program == "printf"
	if tests && !hasOption(argv[1:], "vR") {
		return false
	}
	return slices.ContainsFunc(argv[1:], func(arg word) bool {
		name, value, _ := strings.Cut(arg.text, "=")
		computed := strings.ContainsAny(name, string(unknown)+"$`") || program == "let" || strings.ContainsAny(value, "$`")
		return computed && (strings.ContainsAny(arg.text, "[") || !tests && strings.Contains(name, string(unknown)) || tests && !arg.fixed)
	})
}

// named notes the texts of one command: its arguments without quotes, as they were written, without the directory of the
// program, and without options before a subcommand.
func (s *sight) named(argv []word, sure certainty) {
	text := joined(argv).text
	s.note(text, sure)
	if raw := joinRaw(argv); raw != text {
		s.note(raw, sure)
	}
	if squeezed := squeeze(argv); squeezed != text {
		s.note(squeezed, maybe)
	}
	program := argv[0].text
	base := baseName(program)
	if base != program {
		s.note(base+text[len(program):], sure)
	}
	if base == "git" {
		if rest, options, ok := gitCommand(argv[1:]); ok && len(options) > 0 {
			s.note(joined(append([]word{known(base)}, rest...)).text, sure)
		}
	}
	s.withoutOptions(base, argv[1:])
}

// withoutOptions notes what is left of a command if options in front are taken away, with and without a value: they may
// stand between a program and its subcommand.
func (s *sight) withoutOptions(program string, args []word) {
	words := 0
	for i := 0; i < len(args)-1 && i < maxGuesses && words < 2; i++ {
		if !strings.HasPrefix(args[i].text, "-") {
			if i == 0 {
				return
			}
			words++
		} else {
			words = 0
		}
		s.note(program+" "+joined(args[i+1:]).text, maybe)
	}
}

// joinRaw is the command as it was written, with single spaces.
func joinRaw(argv []word) string {
	texts := make([]string, 0, len(argv))
	for _, arg := range argv {
		texts = append(texts, arg.raw)
	}
	return strings.Join(texts, " ")
}

// squeeze is the text of a command in which arguments of which nothing is known may not be there at all.
func squeeze(argv []word) string {
	var b strings.Builder
	for i, arg := range argv {
		if i > 0 && (!arg.loose || arg.text != string(unknown)) {
			b.WriteByte(' ')
		}
		b.WriteString(arg.text)
	}
	return b.String()
}
