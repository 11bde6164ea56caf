package permission

import (
	"path"
	"slices"
	"strings"
)

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
