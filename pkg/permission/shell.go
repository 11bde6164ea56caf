package permission

import (
	"path"
	"slices"
	"strings"
)

// shellCall is a call of Bash.
type shellCall struct {
	call   Call
	plain  bool // the command is known for sure
	script *script
	seen   *sight // made when a rule that denies or asks wants it
}

func newShellCall(c Call) *shellCall {
	command, present, plain := c.text("command")
	return &shellCall{call: c, plain: plain && present, script: parse(command)}
}

// against holds a rule against everything that is seen to run.
func (s *shellCall) against(rule placed, _ bool) (certainty, string) {
	if s.seen == nil {
		s.seen = &sight{call: s.call}
		s.seen.script(s.script, yes, 0)
		if !s.plain {
			s.seen.unread = true
		}
	}
	switch {
	case rule.Tool == toolRead:
		return s.seen.touches(rule, s.seen.reads)
	case rule.Tool == toolEdit:
		return s.seen.touches(rule, s.seen.writes)
	case namesTool(rule.Tool, toolBash, true):
		return s.seen.runs(rule.pattern)
	}
	return no, ""
}

// sight is what is seen of a command from outside: every text under which a rule may know a part of it.
type sight struct {
	call   Call
	texts  []seenText
	unread bool     // something runs that is not seen
	bases  []string // the directories in which it may be when it opens a file
	reads  []seenPath
	writes []seenPath
	spent  int // the bytes of all texts
}

type seenText struct {
	text string
	sure certainty // yes, or maybe if it is only guessed that this runs
}

type seenPath struct {
	word word
	sure certainty
}

// maxSeen bounds the texts of one command, in bytes.
const maxSeen = 4 << 20

// runs holds a pattern of commands against what is seen.
func (s *sight) runs(p pattern) (found certainty, part string) {
	for _, seen := range s.texts {
		if m := min(p.match(seen.text), seen.sure); m > found {
			if found, part = m, seen.text; found == yes {
				break
			}
		}
	}
	if found == no && s.unread {
		return maybe, ""
	}
	return found, part
}

// touches holds a rule about files against the files that are seen to be opened.
func (s *sight) touches(rule placed, paths []seenPath) (found certainty, part string) {
	for _, seen := range paths {
		m := maybe
		if seen.word.fixed {
			m, _ = s.call.anyCovered(rule, s.places(seen.word.text))
			m = min(m, seen.sure)
		} else if !mayName(rule.Spec, seen.word.text) {
			m = no
		}
		if m > found {
			found, part = m, seen.word.text
		}
	}
	return found, part
}

// mayName reports whether a name with unknown parts may be one that a pattern of files names, by their last parts.
func mayName(pattern, name string) bool {
	last := path.Base(pattern)
	if strings.ContainsAny(last, `[]?\`) || strings.Contains(last, "**") || strings.HasSuffix(pattern, "/") {
		return true
	}
	return overlap(strings.ReplaceAll(last, "*", string(star)), path.Base(name))
}

// places are the paths that a name can mean in the directories where the command may be.
func (s *sight) places(name string) []string {
	var all []string
	for _, base := range append([]string{s.call.Cwd}, s.bases...) {
		at := s.call
		at.Cwd = base
		all = append(all, at.spellings(name)...)
	}
	return all
}

// note keeps a text.
func (s *sight) note(text string, sure certainty) {
	if s.spent += len(text); s.spent > maxSeen {
		s.unread = true
		return
	}
	s.texts = append(s.texts, seenText{text, sure})
}

// script sees all of a script. What is deeper than maxDepth is not seen.
func (s *sight) script(script *script, sure certainty, depth int) {
	s.note(strings.TrimSpace(script.text), sure)
	s.unread = s.unread || script.unread && sure == yes
	for _, line := range script.lines {
		s.note(line, sure)
	}
	for _, target := range script.moves {
		if target.fixed && len(s.bases) < maxGuesses {
			s.bases = append(s.bases, s.places(target.text)...)
		}
	}
	for _, target := range script.reads {
		s.reads = append(s.reads, seenPath{target, sure})
	}
	for _, target := range script.writes {
		s.writes = append(s.writes, seenPath{target, sure})
	}
	s.assigns(script.assigns)
	for _, call := range script.calls {
		s.assigns(call.assigns)
		s.command(call.argv, call.stdin, sure, depth)
	}
}

// evaluated are variables whose value a shell evaluates.
var evaluated = set("PS0 PS1 PS2 PS4 BASH_ENV ENV PROMPT_COMMAND")

func (s *sight) assigns(assigns []assign) {
	for _, a := range assigns {
		if evaluated[a.name] && (!a.value.fixed || strings.ContainsAny(a.value.text, "$`") || a.name == "PROMPT_COMMAND") {
			s.unread = true
		}
	}
}

// command sees a command under its names, and what it runs in its turn.
func (s *sight) command(argv []word, stdin *word, sure certainty, depth int) {
	if len(argv) == 0 {
		return
	}
	s.unread = s.unread || sure == yes && (!argv[0].fixed || evaluatesName(argv)) || depth > maxDepth
	if depth > maxDepth || s.spent > maxSeen {
		return
	}
	s.named(argv, sure)
	s.files(argv, sure)
	in, ok := lookInside(argv, stdin)
	if !ok {
		return
	}
	s.unread = s.unread || in.unread && sure == yes
	s.assigns(in.assigns)
	for _, run := range in.runs {
		s.command(run, stdin, sure, depth+1)
	}
	for _, run := range in.guesses {
		s.command(run, nil, maybe, depth+maxDepth/3)
	}
	for _, code := range in.codes {
		if !code.fixed {
			s.unread = s.unread || sure == yes
		}
		s.script(parse(code.text), sure, depth+1)
	}
	for _, code := range in.hints {
		if code.fixed {
			s.script(parse(code.text), maybe, depth+maxDepth/3)
		}
	}
}

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

// The programs whose arguments are files. Of some, the first argument is none, but a pattern or a text of commands.
var (
	readers = set(`cat head tail less more nl tac strings xxd od hexdump base64 base32 cp diff cmp comm paste join wc cut sort
		uniq rev fold expand column bat batcat file tr source . sum cksum md5sum sha1sum sha256sum sha512sum vim vi nano emacs
		python python3 node perl ruby tar zip gzip xz bzip2 scp rsync ln mv dd tee install`)
	patternReaders = set("grep egrep fgrep rg ag ack sed awk gawk mawk jq yq")
	editors        = set("tee rm rmdir mkdir touch mv truncate chmod chown chgrp shred unlink patch vim vi nano emacs split mktemp")
	targetEditors  = set("cp ln install rsync scp")
)

// files notes the files that a well-known program is given.
func (s *sight) files(argv []word, sure certainty) {
	program := baseName(argv[0].text)
	operands, options := operandsOf(argv[1:])
	reads, writes := readers[program], editors[program]
	if patternReaders[program] {
		reads, writes = true, program == "sed" && hasOption(argv[1:], "i", "in-place")
		if len(operands) > 0 && !hasOption(argv[1:], "ef", "regexp", "file", "expression") {
			operands = operands[1:]
		}
	}
	for _, operand := range operands {
		if program == "dd" {
			operand = s.ddFile(operand, sure)
		}
		if reads {
			s.reads = append(s.reads, seenPath{operand, sure})
		}
		if writes {
			s.writes = append(s.writes, seenPath{operand, sure})
		}
	}
	if targetEditors[program] && len(operands) > 0 {
		target := operands[len(operands)-1]
		s.writes = append(s.writes, seenPath{target, sure})
		for _, operand := range operands[:len(operands)-1] {
			inside := word{text: path.Join(target.text, path.Base(operand.text)), fixed: target.fixed && operand.fixed}
			s.writes = append(s.writes, seenPath{inside, sure})
		}
	}
	if targetEditors[program] || program == "mv" || program == "sort" {
		s.writes = append(s.writes, optionValues(options)...)
	}
}

// ddFile takes the name from an operand of dd.
func (s *sight) ddFile(operand word, sure certainty) word {
	key, value, _ := strings.Cut(operand.text, "=")
	file := word{text: value, fixed: operand.fixed}
	if key == "of" {
		s.writes = append(s.writes, seenPath{file, sure})
	}
	return file
}

// operandsOf parts the arguments from the options.
func operandsOf(args []word) (operands, options []word) {
	for i, arg := range args {
		switch {
		case arg.text == "--" && arg.fixed:
			return append(operands, args[i+1:]...), options
		case len(arg.text) > 1 && arg.text[0] == '-':
			options = append(options, arg)
		default:
			operands = append(operands, arg)
		}
	}
	return operands, options
}

// optionValues are the values of long options and what is glued to short ones, as they may name a file.
func optionValues(options []word) []seenPath {
	var values []seenPath
	for _, option := range options {
		value := option.text[min(2, len(option.text)):]
		if _, given, ok := strings.Cut(option.text, "="); ok {
			value = given
		}
		if value != "" && !slices.Contains([]string{option.text, "-"}, value) {
			values = append(values, seenPath{word{text: value, fixed: option.fixed}, yes})
		}
	}
	return values
}
