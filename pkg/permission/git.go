package permission

import (
	"slices"
	"strings"
)

// gitReading says when a subcommand of git only reads.
type gitReading struct {
	options map[string]bool // if not nil, the only options there may be
	first   map[string]bool // if not nil, what the first argument must be
	list    map[string]bool // options of which one must be there if there are other arguments
	none    bool            // there may be no other arguments
}

// gitReadings are the subcommands that can be used to only read.
var gitReadings = func() map[string]gitReading {
	listing := set(`-a -r -v -vv -l -n -i --all --remotes --list --verbose --show-current --merged --no-merged --contains --no-contains
		--points-at --ignore-case --column --no-column --color --no-color --no-abbrev`)
	lists := set("-l --list --merged --no-merged --contains --no-contains --points-at")
	all := map[string]gitReading{
		"branch":   {options: listing, list: lists},
		"tag":      {options: listing, list: lists},
		"remote":   {options: set("-v --verbose"), none: true},
		"stash":    {first: set("list show")},
		"worktree": {first: set("list")},
		"reflog":   {first: set("show exists")},
		"config":   {first: set("--get --get-all --list -l list get"), options: set("--get --get-all --list -l --global --local --system --show-origin --show-scope --name-only -z --null")},
	}
	for name := range set(`status log diff show shortlog blame annotate rev-parse rev-list ls-files ls-tree describe cat-file merge-base
		name-rev for-each-ref show-ref show-branch count-objects check-ignore check-attr grep diff-tree diff-files diff-index
		whatchanged version cherry`) {
		all[name] = gitReading{}
	}
	return all
}()

// gitQuiet are options of git itself that change nothing about what it does.
var gitQuiet = set("--no-pager -P --no-optional-locks --literal-pathspecs --no-replace-objects")

// gitOnlyReads reports whether git is told to only read. All arguments are known.
func gitOnlyReads(args []word) bool {
	for len(args) > 0 && gitQuiet[args[0].text] {
		args = args[1:]
	}
	if len(args) == 0 {
		return false
	}
	if args[0].text == "--version" {
		return len(args) == 1
	}
	r, ok := gitReadings[args[0].text]
	args = args[1:]
	if !ok || hasOption(args, "O", "output", "ext-diff", "textconv", "filters", "open-files-in-pager", "exec-path", "upload-pack", "show-signature", "contents") {
		return false
	}
	return r.permits(args)
}

// permits holds the arguments after the subcommand against what it may be given.
func (r gitReading) permits(args []word) bool {
	if r.first != nil && (len(args) == 0 || !r.first[args[0].text]) {
		return false
	}
	listed, others := false, 0
	for i, arg := range args {
		name, _, _ := strings.Cut(arg.text, "=")
		switch {
		case r.list[name]:
			listed = true
		case !strings.HasPrefix(arg.text, "-"):
			others++
		case r.options == nil || r.options[name] || name == "--sort" || name == "--format":
			if (name == "--sort" || name == "--format") && !strings.Contains(arg.text, "=") && i+1 < len(args) {
				others--
			}
		default:
			return false
		}
	}
	if r.none && others > 0 {
		return false
	}
	return r.list == nil || listed || others <= 0 && !slices.ContainsFunc(args, func(arg word) bool { return arg.text == "--" })
}
