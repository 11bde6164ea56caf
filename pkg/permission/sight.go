package permission

import (
	"strings"
)

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
const maxSeen = 1 << 20

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
