package permission

import "strings"

// insideBuiltin is lookInside for what the shell does itself, and for programs with a way of their own to run others.
func insideBuiltin(name string, args []word, stdin *word) (in inside, ok bool) {
	switch name {
	case "eval":
		in.codes, in.plain = []word{joined(args)}, true
	case "trap":
		if len(args) > 0 && args[0].text == "--" {
			args = args[1:]
		}
		if len(args) < 2 || args[0].text == "-" || args[0].fixed && args[0].text == "" {
			return in, false
		}
		in.codes, in.exact = args[:1], true
	case "source", ".":
		in.exact = true
		switch {
		case len(args) > 0 && args[0].text == "/dev/stdin" && stdin != nil:
			in.codes = append(in.codes, *stdin)
		default:
			in.unread = len(args) == 0 || !ordinaryFile(args[0])
		}
	case "alias":
		in.exact = true
		for _, arg := range args {
			if _, value, ok := strings.Cut(arg.text, "="); ok {
				in.hints = append(in.hints, word{text: value, fixed: arg.fixed})
			}
		}
	case "watch":
		w := wrapper{short: "nq", flags: "bcdegptx"}
		in.exact = true
		for _, run := range w.unwrap(args).runs {
			in.codes = append(in.codes, joined(run))
		}
	case "find":
		return insideFind(args)
	case "git":
		return insideGit(args)
	default:
		return insideOption(name, args)
	}
	return in, true
}

// insideOption is for builtins of which some options run a command or change what a name means.
func insideOption(name string, args []word) (in inside, ok bool) {
	switch name {
	case "compgen", "complete", "mapfile", "readarray":
		ok = hasOption(args, "C")
	case "bind":
		ok = hasOption(args, "x")
	case "hash":
		ok = hasOption(args, "p")
	case "enable":
		ok = hasOption(args, "f")
	case "fc":
		ok = true
	case "jobs":
		ok = hasOption(args, "x")
	case "set", "shopt":
		return inside{}, false
	}
	if !ok {
		return inside{}, false
	}
	return inside{guesses: suffixes(args), hints: args[:min(len(args), maxGuesses)], unread: true, exact: true}, true
}

// joined makes one text of several words, as eval does.
func joined(args []word) word {
	all := word{fixed: true}
	texts := make([]string, 0, len(args))
	for _, arg := range args {
		texts = append(texts, arg.text)
		all.fixed = all.fixed && arg.fixed
	}
	all.text = strings.Join(texts, " ")
	return all
}

// findActions are the actions of find that run something, and those that write.
var (
	findRuns   = set("-exec -execdir -ok -okdir")
	findWrites = set("-delete -fprint -fprint0 -fprintf -fls")
)

// insideFind finds the commands of find's actions.
func insideFind(args []word) (in inside, ok bool) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		in.exact = in.exact || !arg.fixed || findWrites[arg.text] || findRuns[arg.text]
		if !findRuns[arg.text] {
			continue
		}
		var run []word
		for i++; i < len(args) && args[i].text != ";" && (args[i].text != "+" || args[i-1].text != "{}"); i++ {
			if arg := args[i]; strings.Contains(arg.text, "{}") {
				run = append(run, word{text: strings.ReplaceAll(arg.text, "{}", string(unknown)), raw: arg.raw})
			} else {
				run = append(run, arg)
			}
		}
		if len(run) > 0 {
			in.runs = append(in.runs, run)
		}
	}
	return in, in.exact
}

// gitValues are the options of git itself that take a value.
var gitValues = set("-C -c --git-dir --work-tree --namespace --exec-path --super-prefix --config-env --attr-source --list-cmds")

// gitCommand steps over git's own options to its subcommand; configures says whether one of them sets a variable. It is not
// ok if that cannot be told.
func gitCommand(args []word) (rest, options []word, ok bool) {
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case !arg.fixed:
			return nil, options, false
		case gitValues[arg.text]:
			options = append(options, args[i:min(i+2, len(args))]...)
			i++
			if i < len(args) && args[i].loose {
				return nil, options, false
			}
		case strings.HasPrefix(arg.text, "-"):
			options = append(options, arg)
		default:
			return args[i:], options, true
		}
	}
	return nil, options, true
}

// insideGit finds the commands that git is told to run.
func insideGit(args []word) (in inside, ok bool) {
	rest, options, _ := gitCommand(args)
	in.exact = hasOption(options, "c", "config-env", "exec-path")
	for _, option := range options {
		key, value, assigned := strings.Cut(option.text, "=")
		if !assigned {
			continue
		}
		in.unread = in.unread || !option.fixed
		command := strings.TrimPrefix(strings.TrimSpace(value), "!")
		in.hints = append(in.hints, word{text: command, fixed: option.fixed})
		if strings.HasPrefix(strings.ToLower(key), "alias.") {
			in.hints = append(in.hints, word{text: "git " + command, fixed: option.fixed})
		}
	}
	if len(rest) < 2 {
		return in, in.exact || len(in.hints) > 0
	}
	switch rest[0].text + " " + rest[1].text {
	case "bisect run":
		in.runs, in.exact = append(in.runs, rest[2:]), true
	case "submodule foreach":
		in.codes, in.exact = append(in.codes, joined(withoutOptions(rest[2:]))), true
	}
	if rest[0].text == "rebase" || rest[0].text == "filter-branch" || rest[0].text == "difftool" || rest[0].text == "mergetool" {
		in.hints = append(in.hints, rest[1:min(len(rest), maxGuesses)]...)
		in.exact = in.exact || rest[0].text == "filter-branch" || hasOption(rest[1:], "x", "exec", "extcmd")
	}
	if rest[0].text == "config" && len(rest) > 2 {
		in.hints = append(in.hints, word{text: strings.TrimPrefix(rest[len(rest)-1].text, "!"), fixed: rest[len(rest)-1].fixed})
	}
	return in, in.exact || len(in.hints) > 0
}

func withoutOptions(args []word) []word {
	for len(args) > 0 && strings.HasPrefix(args[0].text, "-") {
		args = args[1:]
	}
	return args
}
