package permission

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// ReadOnlyCommand reports whether every part of a command is known to do nothing but read: simple commands from a fixed list
// in lists and pipelines, without assignments, functions or loops, and without redirections but to the null device. It is
// about what the command itself does; a file that is read may well be a secret.
func ReadOnlyCommand(command, cwd string) bool {
	s := parse(command)
	if s.opaque || s.doubt || !s.plain || len(s.assigns) > 0 || len(s.calls) == 0 || s.changesRepository(cwd) {
		return false
	}
	if slices.ContainsFunc(s.reads, isNetwork) || slices.ContainsFunc(s.writes, func(target word) bool { return target.text != "/dev/null" }) {
		return false
	}
	return !slices.ContainsFunc(s.calls, func(call invocation) bool {
		return len(call.assigns) > 0 || !onlyReads(call.argv, cwd)
	})
}

// reading says when a program only reads.
type reading struct {
	fixed    bool     // every argument must be known, because some options do more
	short    string   // short options that do more
	long     []string // long options that do more
	operands int      // how many arguments that are no options there may be, if not 0; then there may be no "--" either
	only     func(args []word) bool
}

// readings are the programs that are known to only read.
var readings = func() map[string]reading {
	all := map[string]reading{
		"sort":     {fixed: true, short: "oT", long: []string{"output", "compress-program", "temporary-directory"}},
		"uniq":     {fixed: true, operands: 1},
		"xxd":      {fixed: true, operands: 1, short: "r"},
		"tree":     {fixed: true, short: "oR", long: []string{"output"}},
		"file":     {fixed: true, short: "CzZ", long: []string{"compile", "uncompress", "uncompress-noreport"}},
		"rg":       {fixed: true, short: "z", long: []string{"pre", "hostname-bin", "search-zip"}},
		"diff":     {fixed: true, short: "l", long: []string{"paginate"}},
		"date":     {fixed: true, short: "s", long: []string{"set"}, only: onlyFormats},
		"hostname": {fixed: true, only: func(args []word) bool { return len(args) == 0 }},
		"find":     {fixed: true, only: onlyFinds},
		"sed":      {fixed: true, only: onlyPrintsLines},
		"git":      {fixed: true, only: gitOnlyReads},
		"test":     {only: plainTest},
		"[":        {only: plainTest},
		"printf":   {fixed: true, short: "v"},
		"command":  {fixed: true, only: func(args []word) bool { return len(args) > 0 && (args[0].text == "-v" || args[0].text == "-V") }},
		"jq":       {fixed: true, short: "Lf", long: []string{"from-file", "library-path"}},
	}
	for name := range set(`cat head tail wc pwd echo true false : which type stat du df ls cut tr nl tac rev basename dirname realpath
		readlink cmp comm paste join fold expand unexpand fmt column seq id whoami groups uname nproc arch uptime free sleep
		grep egrep fgrep md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum cksum sum strings od hexdump base64
		base32 numfmt tsort`) {
		all[name] = reading{}
	}
	for name := range set("node npm python python3 pip pip3 ruby gcc clang make docker") {
		all[name] = reading{fixed: true, only: onlyVersion}
	}
	return all
}()

// onlyReads reports whether a simple command does nothing but read. Its substitutions and redirections are judged elsewhere.
func onlyReads(argv []word, cwd string) bool {
	name, args := argv[0], argv[1:]
	if !name.fixed {
		return false
	}
	if name.text == "cd" {
		return staysInside(args, cwd)
	}
	r, ok := readings[name.text]
	if !ok || r.fixed && slices.ContainsFunc(args, func(arg word) bool { return !arg.fixed }) || hasOption(args, r.short, r.long...) {
		return false
	}
	if r.operands > 0 {
		operands, _ := operandsOf(args)
		if len(operands) > r.operands || slices.ContainsFunc(args, func(arg word) bool { return arg.text == "--" }) {
			return false
		}
	}
	return r.only == nil || r.only(args)
}

// staysInside reports whether cd goes to a known directory that is cwd or lies below it.
func staysInside(args []word, cwd string) bool {
	if len(args) != 1 || !args[0].fixed || args[0].text == "" || strings.ContainsAny(args[0].text[:1], "-~+") || !strings.HasPrefix(cwd, "/") {
		return false
	}
	_, ok := relative(path.Clean(cwd), (Call{Cwd: cwd}).absolute(args[0].text))
	return ok
}

// onlyFormats is for date: an operand that is no format sets the clock.
func onlyFormats(args []word) bool {
	for i, arg := range args {
		value := i > 0 && (args[i-1].text == "-d" || args[i-1].text == "--date" || args[i-1].text == "-r" || args[i-1].text == "-f")
		if !value && !strings.HasPrefix(arg.text, "-") && !strings.HasPrefix(arg.text, "+") {
			return false
		}
	}
	return true
}

func onlyFinds(args []word) bool {
	return !slices.ContainsFunc(args, func(arg word) bool { return findRuns[arg.text] || findWrites[arg.text] })
}

// printsLines is a script of sed that prints lines by their numbers.
var printsLines = regexp.MustCompile(`^([0-9]+|\$)(,([0-9]+|\$))?p$`)

func onlyPrintsLines(args []word) bool {
	return len(args) >= 2 && args[0].text == "-n" && printsLines.MatchString(args[1].text) &&
		!slices.ContainsFunc(args[2:], func(arg word) bool { return strings.HasPrefix(arg.text, "-") })
}

func onlyVersion(args []word) bool {
	return len(args) == 1 && args[0].text == "--version"
}

// unaryTests and binaryTests are operators of test that evaluate nothing.
var (
	unaryTests  = set("-a -b -c -d -e -f -g -h -k -n -p -r -s -t -u -w -x -z -G -L -N -O -S")
	binaryTests = set("= == != < > -eq -ne -lt -le -gt -ge -nt -ot -ef")
)

// plainTest reports whether a test is of one operator, in a place where no value can become one.
func plainTest(args []word) bool {
	if len(args) > 0 && args[len(args)-1].text == "]" {
		args = args[:len(args)-1]
	}
	if slices.ContainsFunc(args, func(arg word) bool { return arg.loose }) {
		return false
	}
	if len(args) > 0 && args[0].fixed && args[0].text == "!" {
		args = args[1:]
	}
	switch len(args) {
	case 0, 1:
		return true
	case 2:
		return args[0].fixed && unaryTests[args[0].text]
	case 3:
		return args[1].fixed && binaryTests[args[1].text]
	}
	return false
}
