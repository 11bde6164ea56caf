package permission

import (
	"regexp"
	"slices"
	"strings"
)

// allowedBy finds out whether the rules cover the command: all of its text by one exact rule, or every part of it.
func (s *shellCall) allowedBy(rules []placed) (placed, bool) {
	if !s.plain {
		return placed{}, false
	}
	whole := strings.TrimSpace(s.script.text)
	c := cover{call: s.call, all: rules}
	for _, rule := range rules {
		if rule.Tool != toolBash {
			continue
		}
		if rule.pattern.exact() && rule.pattern.text == whole {
			return rule, true
		}
		c.rules = append(c.rules, rule)
	}
	if !c.script(s.script, 0) || c.used == nil {
		return placed{}, false
	}
	return *c.used, true
}

// cover holds allow rules against the parts of a command.
type cover struct {
	call  Call
	all   []placed // every allow rule with a specifier
	rules []placed // those about Bash
	used  *placed  // the first that was needed
}

// script reports whether all of a script is covered.
func (c *cover) script(s *script, depth int) bool {
	if s.opaque || s.doubt || depth > maxDepth || s.changesRepository(c.call.Cwd) {
		return false
	}
	if !slices.ContainsFunc(s.reads, isNetwork) && c.assigns(s.assigns) && c.writes(s) {
		for _, call := range s.calls {
			if !c.command(call, depth) {
				return false
			}
		}
		return true
	}
	return false
}

// isNetwork reports whether a file may be one that the shell makes a connection of.
func isNetwork(file word) bool {
	return !file.fixed || strings.HasPrefix(file.text, "/dev/tcp") || strings.HasPrefix(file.text, "/dev/udp") || strings.Contains(file.text, "//")
}

// changesRepository reports whether git may run in another directory than cwd, where the files of a stranger configure it.
func (s *script) changesRepository(cwd string) bool {
	moved := slices.ContainsFunc(s.moves, func(target word) bool {
		return !target.fixed || (Call{Cwd: cwd}).absolute(target.text) != (Call{Cwd: cwd}).absolute(".")
	})
	return moved && slices.ContainsFunc(s.calls, func(call invocation) bool {
		if _, wraps := lookInside(call.argv, call.stdin); !wraps {
			return baseName(call.argv[0].text) == "git"
		}
		return slices.ContainsFunc(call.argv, func(arg word) bool { return strings.Contains(arg.text, "git") })
	})
}

// writes reports whether the files that are written to may be: the null device, or what an Edit rule allows. After a change of
// directory only absolute names say which file that is.
func (c *cover) writes(s *script) bool {
	for _, target := range s.writes {
		if target.fixed && target.text == "/dev/null" {
			continue
		}
		if isNetwork(target) || target.text == "" || len(s.moves) > 0 && !strings.HasPrefix(target.text, "/") {
			return false
		}
		rule, ok := c.call.allCovered(c.all, toolEdit, c.call.spellings(target.text))
		if !ok {
			return false
		}
		c.use(rule)
	}
	return true
}

func (c *cover) use(rule placed) {
	if c.used == nil {
		c.used = &rule
	}
}

// assigns reports whether the assignments are harmless to every program.
func (c *cover) assigns(assigns []assign) bool {
	return !slices.ContainsFunc(assigns, func(a assign) bool { return !harmlessVariable(a.name) })
}

// harmlessVariables are those in capitals that change no more than how something is shown, or how a program reports.
var harmlessVariables = set(`LANG LANGUAGE LC_ALL LC_CTYPE LC_COLLATE LC_MESSAGES LC_NUMERIC LC_TIME TZ TERM COLUMNS LINES NO_COLOR
	FORCE_COLOR CLICOLOR CLICOLOR_FORCE CI NODE_ENV GOOS GOARCH CGO_ENABLED GO111MODULE RUST_BACKTRACE RUST_LOG
	PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE REPLY IFS`)

// harmlessVariable reports whether a variable is one of those, or one that only the script itself knows by its small letters.
func harmlessVariable(name string) bool {
	if harmlessVariables[name] {
		return true
	}
	return name == strings.ToLower(name) && !strings.HasSuffix(name, "_proxy") && !strings.HasPrefix(name, "npm_") &&
		!strings.HasPrefix(name, "pip_") && name != "histchars" && name != "auto_resume"
}

// command reports whether one command is covered.
func (c *cover) command(call invocation, depth int) bool {
	argv := call.argv
	if !argv[0].fixed || evaluatesName(argv) || depth > maxDepth {
		return false
	}
	assigned := ""
	for _, a := range call.assigns {
		assigned += a.raw + " "
	}
	// A rule that spells the assignments out covers them.
	if assigned != "" && !c.assigns(call.assigns) {
		in, wraps := lookInside(argv, call.stdin)
		return !wraps && !in.exact && c.matches(assigned, argv)
	}
	if c.exactly(assigned, argv) {
		return true
	}
	in, wraps := lookInside(argv, call.stdin)
	if !wraps {
		return c.matches("", argv) || assigned != "" && c.matches(assigned, argv) || c.harmless(argv)
	}
	if in.exact || in.unread || len(in.guesses) > 0 {
		return false
	}
	if !in.plain && !c.matches("", argv) {
		return false
	}
	return c.inner(in, call.stdin, depth)
}

// inner reports whether what a command runs in its turn is covered.
func (c *cover) inner(in inside, stdin *word, depth int) bool {
	if !c.assigns(in.assigns) {
		return false
	}
	for _, run := range in.runs {
		if !c.command(invocation{argv: run, stdin: stdin}, depth+1) {
			return false
		}
	}
	for _, code := range in.codes {
		if !code.fixed || !c.script(parse(code.text), depth+1) {
			return false
		}
	}
	return true
}

// exactly reports whether a rule names this command and no other. All of it must be known.
func (c *cover) exactly(assigned string, argv []word) bool {
	if slices.ContainsFunc(argv, func(arg word) bool { return !arg.fixed }) {
		return false
	}
	for _, rule := range c.rules {
		if rule.pattern.exact() && (rule.pattern.text == assigned+joinRaw(argv) || rule.pattern.text == assigned+spell(argv)) {
			c.use(rule)
			return true
		}
	}
	return false
}

// matches reports whether a rule matches the command, after assignments that the rule must spell out.
func (c *cover) matches(assigned string, argv []word) bool {
	for _, text := range []string{joinRaw(argv), spell(argv)} {
		text = assigned + text
		for _, rule := range c.rules {
			if rule.pattern.lit > len(assigned) || assigned == "" {
				if rule.pattern.match(text) == yes {
					c.use(rule)
					return true
				}
			}
		}
	}
	return false
}

// harmless reports whether a command needs no rule: it only reads, or steers the script.
func (c *cover) harmless(argv []word) bool {
	args := argv[1:]
	switch argv[0].text {
	case "exit", "return", "break", "continue", "shift":
		return len(args) <= 1
	case "wait":
		return len(args) == 0
	case "export", "declare", "local", "typeset", "readonly":
		return !slices.ContainsFunc(args, func(arg word) bool { return !harmlessDeclaration(arg.text) })
	case "read":
		return !slices.ContainsFunc(args, func(arg word) bool {
			return !arg.fixed || arg.text != "-r" && (!plainName.MatchString(arg.text) || !harmlessVariable(arg.text))
		})
	case "set":
		return !slices.ContainsFunc(args, func(arg word) bool { return !arg.fixed || !plainSet.MatchString(arg.text) })
	}
	return onlyReads(argv, c.call.Cwd)
}

var (
	plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	plainSet  = regexp.MustCompile(`^([-+][eux]*o?|pipefail)$`)
)

// harmlessDeclaration reports whether an argument of declare and its like is a harmless option, name or assignment.
func harmlessDeclaration(text string) bool {
	if option, ok := strings.CutPrefix(text, "-"); ok {
		return strings.Trim(option, "xrgp") == ""
	}
	name, _, _ := strings.Cut(text, "=")
	name = strings.TrimSuffix(name, "+")
	return plainName.MatchString(name) && harmlessVariable(name)
}

// bareWord holds the characters that mean themselves everywhere.
const bareWord = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+:,./-="

// spell writes a command so that every way to write it becomes the same, and different commands stay different.
func spell(argv []word) string {
	texts := make([]string, 0, len(argv))
	for i, arg := range argv {
		switch {
		case !arg.fixed:
			texts = append(texts, arg.raw)
		case arg.text != "" && strings.Trim(arg.text, bareWord) == "" && (i > 0 || !strings.Contains(arg.text, "=")):
			texts = append(texts, arg.text)
		default:
			texts = append(texts, "'"+strings.ReplaceAll(arg.text, "'", `'\''`)+"'")
		}
	}
	return strings.Join(texts, " ")
}
