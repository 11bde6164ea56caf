package permission

import "strings"

// The bytes that stand for any text. Neither can be part of a rule or of a command that is understood.
const (
	star    = '\x01' // in a pattern: the * of a rule
	unknown = '\x00' // in a command: what is known only when it runs
)

// pattern is the specifier of a Bash rule: a text in which * stands for any text. A pattern that ends in " *" or ":*" also
// matches what stands before that alone, so that a word ends there.
type pattern struct {
	text string // with star for *
	tail bool   // it ended in " *" or ":*", which is cut off
	lit  int    // the length of text before its first star
}

// newPattern reads a specifier. A backslash takes the meaning from a star.
func newPattern(spec string) pattern {
	var p pattern
	spec = strings.TrimSpace(spec)
	if cut, ok := strings.CutSuffix(spec, ":*"); ok {
		spec, p.tail = cut, true
	} else if cut, ok := strings.CutSuffix(spec, " *"); ok {
		spec, p.tail = strings.TrimRight(cut, " "), true
	}
	var text []byte
	for i := 0; i < len(spec); i++ {
		switch {
		case spec[i] == '\\' && i+1 < len(spec) && spec[i+1] == '*':
			i++
			text = append(text, '*')
		case spec[i] == '*':
			text = append(text, star)
		default:
			text = append(text, spec[i])
		}
	}
	p.text = string(text)
	if p.lit = strings.IndexByte(p.text, star); p.lit < 0 {
		p.lit = len(p.text)
	}
	return p
}

// exact reports whether the pattern matches one text only.
func (p pattern) exact() bool { return !p.tail && p.lit == len(p.text) }

// match holds the pattern against a text that may have unknown parts.
func (p pattern) match(text string) certainty {
	if !sharesStart(p.text[:p.lit], text) {
		return no
	}
	if glob(p.text, text) || p.tail && glob(p.text+" \x01", text) {
		return yes
	}
	if strings.IndexByte(text, unknown) < 0 {
		return no
	}
	if overlap(p.text, text) || p.tail && overlap(p.text+" \x01", text) {
		return maybe
	}
	return no
}

// sharesStart is the quick answer for most rules: do literal and the known start of text agree as far as both go.
func sharesStart(literal, text string) bool {
	if i := strings.IndexByte(text, unknown); i >= 0 {
		text = text[:i]
		if len(text) < len(literal) {
			return strings.HasPrefix(literal, text)
		}
	}
	return strings.HasPrefix(text, literal)
}

// glob matches the whole text in time proportional to the product of the lengths, at the worst. Only a star takes an unknown.
func glob(pattern, text string) bool {
	p, t, back, from := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == star:
			back, from = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case back >= 0:
			from++
			p, t = back+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], string(star)) == ""
}

// maxOverlap bounds the work of overlap; what is larger counts as overlapping.
const maxOverlap = 1 << 20

// overlap reports whether some text for the unknowns makes the pattern match.
func overlap(pattern, text string) bool {
	if len(pattern)*len(text) > maxOverlap {
		return true
	}
	// reach[j] says whether pattern[:i] and text[:j] can be the same.
	reach, next := make([]bool, len(text)+1), make([]bool, len(text)+1)
	reach[0] = true
	for j := range len(text) {
		reach[j+1] = reach[j] && text[j] == unknown
	}
	for i := range len(pattern) {
		next[0] = reach[0] && pattern[i] == star
		for j := range len(text) {
			switch {
			case pattern[i] == star, text[j] == unknown:
				next[j+1] = reach[j] || reach[j+1] || next[j]
			default:
				next[j+1] = reach[j] && pattern[i] == text[j]
			}
		}
		reach, next = next, reach
	}
	return reach[len(text)]
}
