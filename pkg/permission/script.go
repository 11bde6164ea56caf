package permission

import (
	"strings"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

const (
	// maxScript is how long a command may be, in bytes, to be taken apart.
	maxScript = 1 << 16
	// maxBrackets is how deep brackets may be nested; the parser's stack grows with them.
	maxBrackets = 200
	// maxDepth is how many shells, wrappers and texts of commands may stand inside each other.
	maxDepth = 12
)

// script is a command line taken apart.
type script struct {
	text   string
	opaque bool // it could not be taken apart: nothing below is known
	// doubt: it does something that no rule about a command covers, although each part may be harmless.
	doubt bool
	// unread: it may run what cannot be seen in it.
	unread  bool
	moves   []word // where cd and its like go
	calls   []invocation
	assigns []assign // those that stand alone, and those of loops and expansions
	writes  []word   // files that redirections write to
	reads   []word   // files that redirections read
	lines   []string // pipelines and lists as they were written, as far as they are short
	plain   bool     // it has only simple commands, in lists and pipelines
}

// invocation is one simple command.
type invocation struct {
	argv    []word
	assigns []assign // before the command
	stdin   *word    // a here-document or here-string, if it has one
}

// assign is an assignment to a variable.
type assign struct {
	name  string
	value word
	raw   string
}

// parse takes a command line apart.
func parse(text string) *script {
	s := &script{text: text, plain: true}
	if len(text) > maxScript || !utf8.ValidString(text) || strings.ContainsFunc(text, isControl) || tooDeep(text) {
		s.opaque, s.unread = true, true
		return s
	}
	file, source, ok := readLikeBash(text)
	if !ok {
		s.opaque, s.unread = true, true
		return s
	}
	// A line that is continued after a dollar sign is put together by bash before it looks for expansions, and not by the parser.
	w := walker{script: s, reader: reader{source: source}, odd: oddBackslashes(source) || strings.Contains(source, "$\\\n")}
	syntax.Walk(file, w.visit)
	s.opaque = w.odd
	s.doubt = s.doubt || w.odd || w.evaluates
	s.unread = s.unread || w.odd || w.evaluates && (w.hidden || w.takesInput)
	return s
}

// maxReadings bounds how often a text is parsed again.
const maxReadings = 8

// readLikeBash parses a text. The parser takes a backslash at the end of a comment for a continued line, which bash does not;
// it is taken away, and the text that was parsed is given back.
func readLikeBash(text string) (file *syntax.File, source string, ok bool) {
	for range maxReadings {
		file, err := syntax.NewParser(syntax.Variant(syntax.LangBash), syntax.KeepComments(true)).Parse(strings.NewReader(text), "")
		if err != nil {
			return nil, "", false
		}
		changed := []byte(text)
		syntax.Walk(file, func(node syntax.Node) bool {
			if comment, ok := node.(*syntax.Comment); ok {
				if i := strings.IndexByte(comment.Text, '\n'); i > 0 {
					changed[int(comment.Hash.Offset())+i] = ' '
				}
			}
			return true
		})
		if string(changed) == text {
			return file, text, true
		}
		text = string(changed)
	}
	return nil, "", false
}

// tooDeep estimates the nesting before the parser meets it.
func tooDeep(text string) bool {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '(', '{', '[':
			if depth++; depth > maxBrackets {
				return true
			}
		case ')', '}', ']':
			depth = max(depth-1, 0)
		}
	}
	return false
}

// walker collects what is in a parsed script.
type walker struct {
	*script
	reader
	odd        bool // it has something that shells read differently
	evaluates  bool // a variable's value is evaluated, and may hold a command
	takesInput bool // variables may come from outside the script
}

// visit is called for each node, outer ones first.
func (w *walker) visit(node syntax.Node) bool {
	switch n := node.(type) {
	case *syntax.Stmt:
		w.statement(n)
	case *syntax.CallExpr:
		if len(n.Args) == 0 {
			w.assigned(n.Assigns)
		}
	case *syntax.BinaryCmd:
		w.line(n)
	case *syntax.Redirect:
		w.redirect(n)
	case *syntax.FuncDecl, *syntax.IfClause, *syntax.WhileClause, *syntax.CaseClause, *syntax.TimeClause:
		w.plain = false
	case *syntax.ForClause:
		w.loop(n)
	case *syntax.CoprocClause, *syntax.TestDecl:
		w.plain, w.doubt = false, true
	case *syntax.ExtGlob:
		w.odd = true
	case *syntax.CmdSubst:
		w.takesInput = true
		w.doubt = w.doubt || n.TempFile || n.ReplyVar
	default:
		w.expression(n)
	}
	return true
}

// statement notes a simple command. Its words are read here, because its redirections belong to it.
func (w *walker) statement(n *syntax.Stmt) {
	var found invocation
	switch cmd := n.Cmd.(type) {
	case *syntax.CallExpr:
		if len(cmd.Args) == 0 {
			return
		}
		found.assigns = w.readAssigns(cmd.Assigns)
		found.argv = make([]word, 0, len(cmd.Args))
		for _, arg := range cmd.Args {
			found.argv = append(found.argv, w.read(arg))
		}
		// The parser leaves some of the options of time to the command.
		for len(found.argv) > 0 && (found.argv[0].text == "--" || found.argv[0].text == "-p") {
			found.argv = found.argv[1:]
		}
		if len(found.argv) == 0 {
			return
		}
	case *syntax.DeclClause:
		found.argv = append(found.argv, known(cmd.Variant.Value))
		w.plain = false
		for _, arg := range cmd.Args {
			w.declared(arg, &found)
		}
	default:
		return
	}
	for _, redirect := range n.Redirs {
		if redirect.Op == syntax.WordHdoc {
			text := w.read(redirect.Word)
			found.stdin = &text
		} else if redirect.Hdoc != nil {
			text := w.body(redirect)
			found.stdin = &text
		}
	}
	w.calls = append(w.calls, found)
	w.noteBuiltin(found.argv)
}

// declared notes an argument of declare and its like: an option, a name, or an assignment.
func (w *walker) declared(arg *syntax.Assign, found *invocation) {
	if arg.Name == nil || arg.Naked && arg.Value != nil {
		option := w.read(arg.Value)
		found.argv = append(found.argv, option)
		// Other options make a variable a reference or a number, whose value is evaluated.
		if !option.fixed || strings.Trim(option.text, "-xrgp") != "" {
			w.evaluates = true
		}
		return
	}
	noted := w.readAssigns([]*syntax.Assign{arg})
	w.assigns = append(w.assigns, noted...)
	if arg.Naked {
		found.argv = append(found.argv, known(arg.Name.Value))
		return
	}
	value := word{text: noted[0].name + "=" + noted[0].value.text, raw: noted[0].raw, fixed: noted[0].value.fixed}
	found.argv = append(found.argv, value)
}

func (w *walker) assigned(assigns []*syntax.Assign) {
	w.plain = false
	w.assigns = append(w.assigns, w.readAssigns(assigns)...)
}

func (w *walker) readAssigns(assigns []*syntax.Assign) []assign {
	var noted []assign
	for _, a := range assigns {
		n := assign{name: a.Name.Value, raw: w.slice(a), value: known("")}
		switch {
		case a.Array != nil:
			n.value = anything()
		case a.Value != nil:
			n.value = w.read(a.Value)
		}
		w.evaluates = w.evaluates || a.Index != nil
		noted = append(noted, n)
	}
	return noted
}

func (w *walker) loop(n *syntax.ForClause) {
	w.plain = false
	w.doubt = w.doubt || n.Select
	switch loop := n.Loop.(type) {
	case *syntax.WordIter:
		w.assigns = append(w.assigns, assign{name: loop.Name.Value, value: anything()})
		for _, item := range loop.Items {
			w.read(item) // for what it hides.
		}
	case *syntax.CStyleLoop:
		w.evaluates = true
	}
}

// maxLine and maxLines bound what is kept of pipelines and lists.
const (
	maxLine  = 4096
	maxLines = 64
)

// line keeps a pipeline or list as it was written.
func (w *walker) line(n *syntax.BinaryCmd) {
	if text := w.slice(n); len(text) <= maxLine && len(w.lines) < maxLines {
		w.lines = append(w.lines, strings.TrimSpace(text))
	}
}

// noteBuiltin notes where the shell goes and whether it reads variables from outside.
func (w *walker) noteBuiltin(argv []word) {
	for len(argv) > 1 && (argv[0].text == "builtin" || argv[0].text == "command") {
		argv = argv[1:]
	}
	switch argv[0].text {
	case "cd", "pushd", "popd":
		target := anything()
		for _, arg := range argv[1:] {
			target = arg
		}
		w.moves = append(w.moves, target)
	case "eval":
		if text := joined(argv[1:]); !text.fixed || strings.Contains(text.text, "cd") || strings.Contains(text.text, "pushd") {
			w.moves = append(w.moves, anything())
		}
	case "read", "mapfile", "readarray", "printf", "source", ".", "getopts":
		w.takesInput = true
	}
}
