package permission

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Source is where rules come from, usually one settings file.
type Source struct {
	Name             string // as people know it, such as .claude/settings.json
	Root             string // the absolute directory that a rule's leading "/" means
	Allow, Ask, Deny []Rule
}

// Call is a tool call to be judged.
type Call struct {
	Tool  string
	Input json.RawMessage
	Cwd   string // the working directory, absolute
	Home  string // what ~ means, absolute
	// Resolve, if not nil, follows the symbolic links of an absolute path as far as it exists. A rule that denies then
	// holds for a path that leads to what it names, and one that allows only if both are covered.
	Resolve func(path string) string
}

// Behavior is what the rules say of a call.
type Behavior int

// The behaviors. None means that no rule speaks, and the permission mode decides.
const (
	None Behavior = iota
	Allow
	Ask
	Deny
)

// String names the behavior as a settings file does.
func (b Behavior) String() string {
	switch b {
	case Allow:
		return "allow"
	case Ask:
		return "ask"
	case Deny:
		return "deny"
	case None:
	}
	return "none"
}

// Verdict is a behavior with its reason. Rule and Source are those that decided; with several, the first. Why is a sentence
// for people, and quotes the call.
type Verdict struct {
	Behavior Behavior
	Rule     Rule
	Source   string
	Why      string
}

// Set is the rules of all sources together. It is made once and safe for concurrent use; the zero Set has no rules.
type Set struct{ allow, ask, deny []placed }

// placed is a rule with what it depends on: the source's directory, and its specifier as a pattern of commands.
type placed struct {
	Rule
	source  string
	root    string
	pattern pattern
}

// New makes a set of the rules of the sources. The order decides only which of several rules a verdict names.
func New(sources ...Source) Set {
	var s Set
	for _, source := range sources {
		s.allow = source.place(s.allow, source.Allow)
		s.ask = source.place(s.ask, source.Ask)
		s.deny = source.place(s.deny, source.Deny)
	}
	return s
}

func (s Source) place(to []placed, rules []Rule) []placed {
	for _, rule := range rules {
		to = append(to, placed{Rule: rule, source: s.Name, root: s.Root, pattern: newPattern(rule.Spec)})
	}
	return to
}

// certainty is how sure it is that a rule has to do with a call.
type certainty int

const (
	no    certainty = iota
	maybe           // it depends on what cannot be seen before the call runs
	yes
)

// subject is a call as its tool means it.
type subject interface {
	// against holds a rule that denies or asks, with a specifier, against the call, and says what of the call it met.
	against(rule placed, deny bool) (c certainty, part string)
	// allowedBy finds out whether allow rules with a specifier cover all of the call, and names one of them.
	allowedBy(rules []placed) (placed, bool)
}

// Judge says what the rules make of a call: deny comes before ask, and ask before allow, wherever they stand. Where a deny
// or ask rule may be met but that depends on what cannot be seen, such as a variable, the verdict is Ask.
func (s Set) Judge(c Call) Verdict {
	if len(s.allow)+len(s.ask)+len(s.deny) == 0 {
		return Verdict{}
	}
	subject := c.subject()
	denied, unsure := c.firstAgainst(subject, s.deny, true)
	if denied != nil {
		denied.Behavior = Deny
		return *denied
	}
	asked, unsureToo := c.firstAgainst(subject, s.ask, false)
	for _, found := range []*Verdict{asked, unsure, unsureToo} {
		if found != nil {
			found.Behavior = Ask
			return *found
		}
	}
	return c.allowed(subject, s.allow)
}

// firstAgainst finds the first rule that surely speaks against the call, and the first that may.
func (c Call) firstAgainst(subject subject, rules []placed, deny bool) (sure, unsure *Verdict) {
	for _, rule := range rules {
		found, part := c.against(subject, rule, deny)
		if found == no || found == maybe && unsure != nil {
			continue
		}
		verdict := &Verdict{Rule: rule.Rule, Source: rule.source, Why: reason(rule, found, part, deny)}
		if found == yes {
			return verdict, nil
		}
		unsure = verdict
	}
	return nil, unsure
}

// against holds one rule that denies or asks against the call.
func (c Call) against(subject subject, rule placed, deny bool) (found certainty, part string) {
	if rule.wholeTool() {
		if namesTool(rule.Tool, c.Tool, true) {
			return yes, ""
		}
		return no, ""
	}
	if namesTool(rule.Tool, c.Tool, true) && c.hasParam(rule.Spec) {
		return yes, ""
	}
	return subject.against(rule, deny)
}

// allowed finds the allow rules that cover the call.
func (c Call) allowed(subject subject, rules []placed) Verdict {
	var scoped []placed
	for _, rule := range rules {
		switch {
		case !allowableName(rule.Tool):
		case !rule.wholeTool():
			scoped = append(scoped, rule)
		case namesTool(rule.Tool, c.Tool, false):
			return Verdict{Allow, rule.Rule, rule.source, reason(rule, yes, "", false)}
		}
	}
	if rule, ok := subject.allowedBy(scoped); ok {
		return Verdict{Allow, rule.Rule, rule.source, fmt.Sprintf("Allowed by the rule %s%s.", rule, rule.place())}
	}
	return Verdict{}
}

// wholeTool reports whether the rule means every use of its tool.
func (r placed) wholeTool() bool { return r.Spec == "" || r.Spec == "*" }

// place words where the rule stands.
func (r placed) place() string {
	if r.source == "" {
		return ""
	}
	return " in " + r.source
}

// reason words a verdict.
func reason(rule placed, found certainty, part string, deny bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "The rule %s%s ", clip(rule.String()), rule.place())
	switch {
	case found == maybe:
		b.WriteString("may be met by something that cannot be seen before it runs")
	case deny:
		b.WriteString("denies this")
	default:
		b.WriteString("says so")
	}
	if part = strings.ReplaceAll(part, string(unknown), "…"); part != "" {
		fmt.Fprintf(&b, ": %s", clip(part))
		return b.String()
	}
	b.WriteByte('.')
	return b.String()
}
