package permission

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// inside is what a command runs in its turn.
type inside struct {
	runs    [][]word // commands
	codes   []word   // texts that a shell reads
	guesses [][]word // what may be commands, and may be arguments
	hints   []word   // what may be texts for a shell
	assigns []assign // what it puts into the environment of what it runs
	unread  bool     // it runs something that is not in its arguments
	plain   bool     // it does nothing but run that
	exact   bool     // only a rule that names all of it may allow it
}

// wrapper is a program that runs the command in its arguments.
type wrapper struct {
	short string   // its short options that take a value
	flags string   // its short options that take none
	long  []string // its long options that take a value
	skip  int      // its own arguments before the command
	plain bool
	exact bool
	vars  bool // assignments may stand before the command
}

// wrappers are the programs whose options are known.
var wrappers = map[string]wrapper{
	"timeout": {short: "ks", flags: "vfp", long: []string{"kill-after", "signal"}, skip: 1, plain: true},
	"nice":    {short: "n", flags: "0123456789", long: []string{"adjustment"}, plain: true},
	"nohup":   {plain: true},
	"stdbuf":  {short: "ioe", long: []string{"input", "output", "error"}, plain: true},
	"time":    {short: "fo", flags: "apvqV", long: []string{"format", "output"}},
	"command": {flags: "p", plain: true},
	"builtin": {plain: true},
	"exec":    {short: "a", flags: "cl"},
	"env":     {short: "uCS", flags: "i0v", long: []string{"unset", "chdir", "split-string"}, vars: true},
	"xargs": {short: "adEILnPs", flags: "0eiloprtx", long: []string{
		"arg-file", "delimiter", "max-args", "max-procs", "max-chars", "max-lines", "replace", "process-slot-var",
	}},
	"sudo": {
		short: "ugpChDrtTUR", flags: "ABbEeHnPKkilsSVv",
		long: []string{"user", "group", "prompt", "close-from", "host", "chdir", "role", "type", "command-timeout", "other-user", "chroot"},
		vars: true,
	},
	"doas":    {short: "uC", flags: "Lns"},
	"setsid":  {flags: "cfw", exact: true},
	"ionice":  {short: "cnpPu", flags: "t", long: []string{"class", "classdata"}, exact: true},
	"flock":   {short: "wE", flags: "senxuoFv", long: []string{"timeout", "wait", "conflict-exit-code"}, skip: 1, exact: true},
	"chrt":    {short: "TPD", flags: "abdfiormRv", skip: 1, exact: true},
	"taskset": {flags: "acp", skip: 1, exact: true},
	"busybox": {},
	"toybox":  {},
}

// longFlags are long options of wrappers that take no value.
var longFlags = set(`foreground preserve-status verbose null ignore-environment no-run-if-empty interactive non-interactive
	preserve-env login shell background set-home stdin exit fork wait`)

// looseWrappers run a command that stands somewhere in their arguments.
var looseWrappers = set(`chroot unshare nsenter setpriv runuser su setarch linux32 linux64 prlimit numactl cpulimit gosu su-exec
	tini dumb-init proot fakeroot eatmydata torsocks proxychains proxychains4 unbuffer rlwrap valgrind perf strace ltrace script
	systemd-run systemd-inhibit dbus-run-session xvfb-run entr parallel pkexec run0 firejail bwrap faketime caffeinate direnv mise
	devbox hyperfine expect screen tmux at batch start-stop-daemon capsh unlink-wrap catchsegv ld.so
	ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 watchexec nodemon fd fdfind rg`)

// shells read a text of commands.
var shells = set("sh bash dash zsh ksh mksh ash rbash fish")

func set(names string) map[string]bool {
	members := map[string]bool{}
	for _, name := range strings.Fields(names) {
		members[name] = true
	}
	return members
}

// baseName is the name of a program without its directory.
func baseName(text string) string {
	if !strings.Contains(text, "/") {
		return text
	}
	return path.Base(text)
}

// lookInside finds what a command runs in its turn; ok is false if it is an ordinary one.
func lookInside(argv []word, stdin *word) (in inside, ok bool) {
	name := baseName(argv[0].text)
	args := argv[1:]
	if w, known := wrappers[name]; known {
		in = w.unwrap(args)
		in.plain = in.plain && w.plain && name == argv[0].text
		in.exact = in.exact || w.exact
		adjust(name, args, &in)
		return in, true
	}
	switch {
	case shells[name]:
		return insideShell(args, stdin), true
	case looseWrappers[name]:
		if (name == "rg" || name == "fd" || name == "fdfind") && !hasOption(args, "xX", "exec", "exec-batch", "pre", "hostname-bin") {
			return in, false
		}
		in.guesses, in.hints, in.exact = suffixes(args), args[:min(len(args), maxGuesses)], true
		return in, true
	}
	return insideBuiltin(name, args, stdin)
}

// maxGuesses bounds how many places in a command are tried as the beginning of another.
const maxGuesses = 16

// suffixes are the commands that may begin at each argument.
func suffixes(args []word) [][]word {
	var all [][]word
	for i := range min(len(args), maxGuesses) {
		all = append(all, args[i:])
	}
	return all
}

// variable is the beginning of an assignment.
var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// assignment reads an argument as an assignment.
func (w word) assignment() assign {
	name, value, _ := strings.Cut(w.text, "=")
	return assign{name: name, value: word{text: value, fixed: w.fixed}, raw: w.raw}
}

// unwrap steps over the wrapper's options and own arguments to the command.
func (w wrapper) unwrap(args []word) inside {
	in := inside{plain: true}
	skip, sure := w.skip, true
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case !arg.fixed && (arg.loose || skip == 0):
			in.guesses, in.unread, in.plain = suffixes(args[i:]), in.unread || skip == 0, false
			return in
		case arg.text == "--":
			return w.command(in, args[min(i+1+skip, len(args)):], true)
		case strings.HasPrefix(arg.text, "--"):
			name, _, given := strings.Cut(arg.text[2:], "=")
			switch {
			case given || longFlags[name]:
			case slices.ContainsFunc(w.long, func(long string) bool { return strings.HasPrefix(long, name) }):
				i++
			default:
				sure = false
			}
		case arg.text == "-" && w.vars:
		case len(arg.text) > 1 && arg.text[0] == '-':
			takes, known := w.takesValue(arg.text[1:])
			if takes {
				i++
			}
			sure = sure && known
		case w.vars && variable.MatchString(arg.text):
			in.assigns = append(in.assigns, arg.assignment())
		case skip > 0:
			skip--
		default:
			return w.command(in, args[i:], sure)
		}
	}
	return in
}

// command notes the command; if the options before it were not all known, what follows may be the command too.
func (w wrapper) command(in inside, argv []word, sure bool) inside {
	for w.vars && len(argv) > 0 && variable.MatchString(argv[0].text) {
		in.assigns = append(in.assigns, argv[0].assignment())
		argv = argv[1:]
	}
	if len(argv) > 0 {
		in.runs = append(in.runs, argv)
	}
	if !sure {
		in.plain = false
		in.guesses = append(in.guesses, suffixes(argv)...)
	}
	return in
}

// takesValue reads a group of short options: whether the next argument is a value, and whether all are known.
func (w wrapper) takesValue(group string) (takes, known bool) {
	for i := range len(group) {
		if strings.IndexByte(w.short, group[i]) >= 0 {
			return i == len(group)-1, true
		}
		if strings.IndexByte(w.flags, group[i]) < 0 {
			return false, false
		}
	}
	return false, true
}

// adjust does what is special about some wrappers.
func adjust(name string, args []word, in *inside) {
	switch name {
	case "exec":
		// Another name makes some programs another program.
		in.unread = in.unread || hasOption(args, "a")
		in.plain = !hasOption(args, "acl")
	case "env":
		in.exact = hasOption(args, "S", "split-string")
		for i, arg := range args {
			if text, ok := strings.CutPrefix(arg.text, "--split-string="); ok {
				in.codes = append(in.codes, word{text: text, fixed: arg.fixed})
			} else if arg.text == "--split-string" || strings.HasPrefix(arg.text, "-") && strings.HasSuffix(arg.text, "S") {
				in.hints = append(in.hints, args[i+1:min(i+2, len(args))]...)
			} else if at := strings.IndexByte(arg.text, 'S'); strings.HasPrefix(arg.text, "-") && at > 0 {
				in.hints = append(in.hints, word{text: arg.text[at+1:], fixed: arg.fixed})
			}
		}
	case "xargs":
		// More arguments come from its input.
		for i, run := range in.runs {
			in.runs[i] = append(slices.Clip(run), anything())
		}
	case "command":
		if hasOption(args, "vV") {
			*in = inside{plain: true}
		}
	case "flock":
		if i := slices.IndexFunc(args, func(arg word) bool { return arg.text == "-c" || arg.text == "--command" }); i >= 0 {
			in.codes = append(in.codes, args[i+1:min(i+2, len(args))]...)
		}
	}
}

// hasOption reports whether one of the arguments is or may be one of the options: short ones by letter, also within a group,
// long ones by name, also shortened.
func hasOption(args []word, short string, long ...string) bool {
	return slices.ContainsFunc(args, func(arg word) bool {
		name, isLong := strings.CutPrefix(arg.text, "--")
		switch {
		case !isLong:
			return len(arg.text) > 1 && arg.text[0] == '-' && strings.ContainsAny(arg.text[1:], short)
		case name == "":
			return false
		}
		name, _, _ = strings.Cut(name, "=")
		return slices.ContainsFunc(long, func(l string) bool { return strings.HasPrefix(l, name) })
	})
}
