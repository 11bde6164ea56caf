package permission

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxSuggested is how many rules one call may suggest.
const maxSuggested = 5

// Suggest gives the rules that "always allow" would save for a call: for a command one for each part that needs a rule, in
// general form. It is nil if that would allow too much or too little; Exact may give a rule then. A set with these rules, and
// no others, allows the call.
func Suggest(c Call) []Rule {
	var rules []Rule
	switch tool := canonicalTool(c.Tool); {
	case tool == toolBash:
		if rules = suggestCommands(c, true); len(rules) == 0 {
			rules = suggestCommands(c, false)
		}
	case slices.Contains(editTools, tool):
		rules = suggestFile(c, toolEdit)
	case slices.Contains(readTools, tool):
		rules = suggestFile(c, toolRead)
	case tool == toolWebFetch:
		rules = suggestDomain(c)
	case tool == toolAgent:
		rules = suggestName(c, "subagent_type")
	case tool == toolSkill:
		rules = suggestName(c, "skill")
	case isToolName(c.Tool) && !strings.Contains(c.Tool, "*"):
		rules = []Rule{{Tool: c.Tool}}
	}
	if New(Source{Allow: rules}).Judge(c).Behavior != Allow {
		return nil
	}
	return rules
}

// Exact gives the rule that allows just this command of Bash. There is none for other tools, and none for a command that no
// rule can name.
func Exact(c Call) (Rule, bool) {
	command, _, plain := c.text("command")
	command = strings.TrimSpace(command)
	if c.Tool != toolBash || !plain || command == "" {
		return Rule{}, false
	}
	rule := Rule{Tool: toolBash, Spec: strings.ReplaceAll(command, "*", `\*`)}
	if parsed, err := ParseRule(rule.String()); err != nil || parsed != rule {
		return Rule{}, false
	}
	return rule, New(Source{Allow: []Rule{rule}}).Judge(c).Behavior == Allow
}

// suggestFile names the file to edit, or the directory to read in.
func suggestFile(c Call, tool string) []Rule {
	f := newFileCall(c)
	if len(f.paths) == 0 || !f.plain {
		return nil
	}
	name, searched := strings.CutSuffix(f.paths[0], something)
	if tool == toolRead {
		if !searched {
			name = path.Dir(name)
		}
		name = strings.TrimSuffix(name, "/")
		return []Rule{{Tool: tool, Spec: "/" + escapePath(name) + "/**"}}
	}
	return []Rule{{Tool: tool, Spec: "/" + escapePath(name)}}
}

func suggestDomain(c Call) []Rule {
	text, _, _ := c.text("url")
	if u, err := url.Parse(text); err == nil && u.Hostname() != "" {
		return []Rule{{Tool: toolWebFetch, Spec: "domain:" + canonicalHost(u.Hostname())}}
	}
	return nil
}

// suggestName names what the call starts, if that is known.
func suggestName(c Call, member string) []Rule {
	name, present, plain := c.text(member)
	rule := Rule{Tool: c.Tool, Spec: name}
	if !present || !plain || strings.Contains(name, "*") {
		return nil
	}
	if parsed, err := ParseRule(rule.String()); err != nil || parsed != rule {
		return nil
	}
	return []Rule{rule}
}

// suggestCommands gives one rule for each part, or for each that is not covered without one.
func suggestCommands(c Call, needed bool) []Rule {
	command, _, plain := c.text("command")
	s := parse(command)
	if !plain || s.opaque || s.doubt {
		return nil
	}
	var (
		rules []Rule
		bare  = cover{call: c}
	)
	for _, call := range s.calls {
		argv := unwrapPlain(call.argv)
		if len(argv) == 0 || needed && bare.harmless(argv) {
			continue
		}
		rule, ok := generalRule(argv)
		if !ok {
			return nil
		}
		if !slices.Contains(rules, rule) {
			rules = append(rules, rule)
		}
	}
	if len(rules) > maxSuggested {
		return nil
	}
	return rules
}

// unwrapPlain takes away the wrappers that a rule looks through.
func unwrapPlain(argv []word) []word {
	for range maxDepth {
		in, wraps := lookInside(argv, nil)
		if !wraps || !in.plain || len(in.codes) > 0 {
			return argv
		}
		if len(in.runs) != 1 {
			return nil
		}
		argv = in.runs[0]
	}
	return argv
}

var (
	// subcommandPrograms do different things by their first argument, and none of those runs just anything.
	subcommandPrograms = set(`git npm pnpm yarn bun go cargo docker docker-compose podman kubectl helm terraform pip pip3 poetry uv gh
		glab brew apt apt-get make just task gradle ./gradlew mvn ./mvnw bundle rake rails composer dotnet swift mix flutter deno nx
		turbo lerna az aws gcloud fly vercel netlify systemctl rustup conda`)
	// wholePrograms do one thing, whatever they are given.
	wholePrograms = set(`pytest tsc eslint prettier jest vitest mypy ruff black isort flake8 pylint gofmt gofumpt golangci-lint
		staticcheck shellcheck hadolint stylelint biome rspec rubocop phpunit phpstan clippy rustfmt cmake ninja tox mocha ava
		playwright cypress tailwindcss vite webpack rollup esbuild swc hugo mkdocs sphinx-build pdflatex latexmk actionlint yamllint`)
	// runners are subcommands that run what they are given.
	runners = set(`docker:run docker:exec podman:run podman:exec kubectl:exec kubectl:run npm:exec npm:x pnpm:exec pnpm:dlx yarn:exec
		yarn:dlx bun:x uv:run poetry:run bundle:exec conda:run git:bisect git:submodule git:rebase git:filter-branch git:config
		git:difftool git:mergetool go:generate deno:eval deno:run deno:x nx:exec docker-compose:exec docker-compose:run gh:alias
		gh:extension dotnet:exec rustup:run cargo:install mix:run rails:runner rails:r flutter:pub`)
	// scriptRunners have a third word that says what is run.
	scriptRunners = set("npm:run npm:run-script pnpm:run yarn:run bun:run deno:task docker:compose docker:container docker:image gh:pr gh:issue gh:run gh:repo uv:pip")
	subcommand    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9:._-]*$`)
)

// generalRule gives the rule for all commands like this one. There is none for a program that could do anything then.
func generalRule(argv []word) (Rule, bool) {
	if _, wraps := lookInside(argv, nil); wraps {
		return Rule{}, false
	}
	program := argv[0].text
	if wholePrograms[program] {
		return Rule{Tool: toolBash, Spec: program + ":*"}, true
	}
	if !subcommandPrograms[program] {
		return Rule{}, false
	}
	words := 2
	if len(argv) > 1 {
		switch kind := program + ":" + argv[1].text; {
		case runners[kind]:
			return Rule{}, false
		case scriptRunners[kind]:
			words = 3
		}
	}
	if len(argv) < words {
		return Rule{}, false
	}
	spec := program
	for _, arg := range argv[1:words] {
		if !arg.fixed || !subcommand.MatchString(arg.text) {
			return Rule{}, false
		}
		spec += " " + arg.text
	}
	return Rule{Tool: toolBash, Spec: spec + ":*"}, true
}
