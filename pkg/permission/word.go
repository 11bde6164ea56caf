package permission

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// word is an argument as the program gets it, as far as that can be told before it runs.
type word struct {
	text  string // quotes are gone; unknown stands for what is not known
	raw   string // as it was written
	fixed bool   // all of text is known, and it is one argument
	loose bool   // it may become no argument, or several
}

// reader reads words of one script.
type reader struct {
	source string
	hidden bool // a quoted text holds what would be an expansion if it were evaluated again
}

// known makes a word of a text.
func known(text string) word { return word{text: text, raw: text, fixed: true} }

// anything is a word of which nothing is known.
func anything() word { return word{text: string(unknown), raw: string(unknown), loose: true} }

// read reads a word of the parsed script.
func (r *reader) read(w *syntax.Word) word {
	if w == nil || len(w.Parts) == 0 {
		return known("")
	}
	builder := wordBuilder{word: word{fixed: true, raw: r.slice(w)}}
	if lit, ok := w.Parts[0].(*syntax.Lit); ok && len(w.Parts) == 1 && !strings.ContainsAny(lit.Value, `\*?[{`) {
		return word{text: lit.Value, raw: builder.raw, fixed: true}
	}
	for _, part := range w.Parts {
		builder.add(part, false)
	}
	r.hidden = r.hidden || builder.hidden
	return builder.finish()
}

// slice is the source of a node.
func (r *reader) slice(n syntax.Node) string {
	from, to := int(n.Pos().Offset()), int(n.End().Offset())
	if from < 0 || to > len(r.source) || from > to {
		return string(unknown)
	}
	return r.source[from:to]
}

// wordBuilder puts a word together from its parts.
type wordBuilder struct {
	word
	buf    strings.Builder
	bare   strings.Builder // what of it is not quoted, to look for braces and brackets
	hidden bool
}

func (b *wordBuilder) add(part syntax.WordPart, quoted bool) {
	switch part := part.(type) {
	case *syntax.Lit:
		if quoted {
			b.quoted(unescapeQuoted(part.Value))
		} else {
			b.literal(part.Value)
		}
	case *syntax.SglQuoted:
		if part.Dollar {
			b.quoted(decodeANSI(part.Value))
		} else {
			b.quoted(part.Value)
		}
	case *syntax.DblQuoted:
		b.bare.WriteByte('"')
		for _, inner := range part.Parts {
			b.add(inner, true)
		}
	case *syntax.ParamExp:
		several := part.Param != nil && part.Param.Value == "@" || part.Index != nil || part.Names != 0
		b.unknown(!quoted || several)
	case *syntax.ProcSubst:
		b.unknown(false)
	default:
		b.unknown(!quoted)
	}
}

// quoted adds text that the shell takes as it is.
func (b *wordBuilder) quoted(text string) {
	b.hidden = b.hidden || strings.ContainsAny(text, "$`")
	b.bare.WriteByte('"')
	b.write(text)
}

// write adds known text. Bytes that no program text has are not told apart.
func (b *wordBuilder) write(text string) {
	for i := range len(text) {
		if c := text[i]; c == unknown || c == star {
			b.unknown(false)
		} else {
			b.buf.WriteByte(c)
		}
	}
}

// unknown adds a part that is known only when the command runs.
func (b *wordBuilder) unknown(loose bool) {
	b.fixed = false
	b.loose = b.loose || loose
	b.buf.WriteByte(unknown)
}

// literal adds unquoted text: a backslash protects a character, and the characters of patterns stand for names of files.
func (b *wordBuilder) literal(text string) {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			if i++; text[i] != '\n' {
				b.quoted(text[i : i+1])
			}
		case c == '\n':
			b.unknown(true) // the parser has lost what the shell makes of it.
		case c == '*' || c == '?' || c == '[' && strings.IndexByte(text[i:], ']') > 1:
			b.bare.WriteByte(c)
			b.unknown(true)
		default:
			b.bare.WriteByte(c)
			b.buf.WriteByte(c)
		}
	}
}

// finish gives the word. Braces that may be expanded make it unknown as a whole.
func (b *wordBuilder) finish() word {
	b.text = b.buf.String()
	bare := b.bare.String()
	_, after, opened := strings.Cut(bare, "{")
	inside := after[:max(strings.LastIndexByte(after, '}'), 0)]
	if opened && (strings.Contains(inside, ",") || strings.Contains(inside, "..")) || strings.Contains(bare, "[") && strings.Contains(bare, "]") {
		b.text, b.fixed, b.loose = string(unknown), false, true
	}
	return b.word
}

// unescapeQuoted takes the backslashes from text in double quotes, where they protect only some characters.
func unescapeQuoted(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && strings.IndexByte("$`\"\\\n", text[i+1]) >= 0 {
			i++
			if text[i] == '\n' {
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// ansiEscapes are the escapes of one letter in $'…'.
var ansiEscapes = map[byte]byte{
	'a': 7, 'b': 8, 'e': 27, 'E': 27, 'f': 12, 'n': '\n', 'r': '\r', 't': '\t', 'v': 11,
	'\\': '\\', '\'': '\'', '"': '"', '?': '?',
}

// decodeANSI reads the text of $'…'. A NUL ends it, as it does in the shell.
func decodeANSI(text string) string {
	var b []byte
	for i := 0; i < len(text); {
		if text[i] != '\\' || i+1 == len(text) {
			b = append(b, text[i])
			i++
			continue
		}
		decoded, length := ansiEscape(text[i+1:])
		if decoded == "\x00" {
			break
		}
		b = append(b, decoded...)
		i += 1 + length
	}
	return string(b)
}

// ansiEscape decodes what follows a backslash, and says how long that was.
func ansiEscape(text string) (decoded string, length int) {
	c := text[0]
	if plain, ok := ansiEscapes[c]; ok {
		return string([]byte{plain}), 1
	}
	switch {
	case c >= '0' && c <= '7':
		return number(text, 0, 3, 8, false)
	case c == 'x':
		return number(text, 1, 2, 16, false)
	case c == 'u':
		return number(text, 1, 4, 16, true)
	case c == 'U':
		return number(text, 1, 8, 16, true)
	case c == 'c' && len(text) > 1:
		return string([]byte{text[1] & 0x1f}), 2
	}
	return `\` + text[:1], 1
}

// number decodes up to most digits that begin at from, as a byte or as a character.
func number(text string, from, most, base int, char bool) (decoded string, length int) {
	end := from
	for end < len(text) && end < from+most {
		if _, err := strconv.ParseUint(text[end:end+1], base, 8); err != nil {
			break
		}
		end++
	}
	value, err := strconv.ParseUint(text[from:end], base, 64)
	switch {
	case err != nil:
		return `\` + text[:from], from
	case char:
		return string(utf8.AppendRune(nil, rune(min(value, utf8.MaxRune+1)))), end
	}
	return string([]byte{byte(value)}), end
}
