package project_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"claude-agent-chat/pkg/project"
)

func TestExpandArguments(t *testing.T) {
	const quoted = `one 'two words' "three 3"`
	for _, test := range []struct{ body, args, want string }{
		{"plain", "", "plain"},
		{"plain", "a b", "plain\n\nARGUMENTS: a b"},
		{"all: $ARGUMENTS!", "  a  b ", "all: a  b!"},
		{"all: $ARGUMENTS!", "", "all: !"},
		{"$0|$1|$2|$3|$10", quoted, "one|two words|three 3|$3|$10"},
		{"$ARGUMENTS[0]|$ARGUMENTS[2]|$ARGUMENTS[7]", quoted, "one|three 3|$ARGUMENTS[7]"},
		{"$ARGUMENTSX $ARGUMENTS[-1]", "a", "aX a[-1]"},
		{"$0abc $0_x $0.5 a$0 $0$0 $0é $00", "z", "$0abc $0_x z.5 az zz $0é z"},
		{`\$0 \$7 \$ARGUMENTS \$ARGUMENTS[0] \\$0 $$0 \$x`, "z", `$0 $7 $ARGUMENTS $ARGUMENTS[0] \\z $z \$x`},
		{"$99999999999999999999 ${0}", "z", "$99999999999999999999 ${0}\n\nARGUMENTS: z"},
		{"cost: $5", "z", "cost: $5\n\nARGUMENTS: z"},
		{"$0", "", "$0"},
		{"$0", "$0 $ARGUMENTS", "$0"},
		{"$alpha-$beta-$gamma \\$alpha $alphabet", "x", "x--$gamma $alpha $alphabet"},
		{"$0|$1", "don't stop", "don't|stop"},
		{"$0|$1|$2", `"" a\ b "c\"d\e"`, `|a b|c"d\e`},
		{"$0|$1", `end\`, `end\|$1`},
		{"${CLAUDE_SKILL_DIR}", "", "${CLAUDE_SKILL_DIR}"},
	} {
		c := project.Command{Body: test.body, Arguments: []string{"alpha", "beta"}}
		same(t, test.body+" with "+test.args, test.want, c.Expand(test.args).Text)
	}
	s := project.Skill{Body: "${CLAUDE_SKILL_DIR}/x", Dir: "/d"}
	same(t, "skill", "/d/x\n\nARGUMENTS: a", s.Expand("a").Text)
}

func TestExpandShell(t *testing.T) {
	const block = "```!\necho $1\nls\n```"
	for _, test := range []struct {
		body, args, text string
		commands         []string
	}{
		{"!`date`", "", "!`date`", []string{"date"}},
		{"a: !`echo $0` !`ls`", "x", "a: !`echo x` !`ls`", []string{"echo x", "ls"}},
		{block + "\nend", "x y", "```!\necho y\nls\n```\nend", []string{"echo y\nls"}},
		{"$ARGUMENTS", "!`rm` x", "!`rm` x", nil},
		{"!$0", "`rm`", "!`rm`", nil},
		{"!`a $ARGUMENTS`", "` !`b", "!`a ` !`b`", []string{"a ` !`b"}},
		{"text!`ls` `!`ls`` !`` ! `ls` !`a\nb`", "", "text!`ls` `!`ls`` !`` ! `ls` !`a\nb`", nil},
		{"```\n!`ls`\n```", "", "```\n!`ls`\n```", []string{"ls"}},
		{"```! ls\n```", "", "```! ls\n```", nil},
	} {
		x := project.Command{Body: test.body}.Expand(test.args)
		var commands []string
		for _, s := range x.Shell {
			commands = append(commands, s.Command)
			if part := x.Text[s.Start:s.End]; !strings.HasSuffix(part, "`") || !strings.Contains(part, s.Command) {
				t.Errorf("%q: the snippet is %q", test.body, part)
			}
		}
		same(t, test.body, test.text, x.Text)
		same(t, test.body, test.commands, commands)
	}
}

func TestFill(t *testing.T) {
	x := project.Command{Body: "a !`1` b\n```!\n2\n```\n!`3`$0"}.Expand("z")
	same(t, "all", "a <!`1`> b\nTWO\n3z", x.Fill([]string{"<!`1`>", "TWO", "3", "more"}))
	same(t, "some", "a 1 b\n```!\n2\n```\n!`3`z", x.Fill([]string{"1"}))
	same(t, "none", x.Text, x.Fill(nil))
}

func TestExpandFiles(t *testing.T) {
	body := "see @a.md, and (@b.md) `@c.md` @d.md. \"@e.md\" @\"f g.md\" @a.md @$0 @src/$1.go x@y.z @ @. !`cat @h.md` $ARGUMENTS"
	x := project.Command{Body: body}.Expand(`one two "@i.md"`)
	same(t, "files", []string{"a.md", "d.md", "f g.md", "one", "src/two.go"}, x.Files)
	x = project.Command{Body: "@$ARGUMENTS"}.Expand("a.go, b.go @c.go")
	same(t, "files", []string{"a.go"}, x.Files)
}

func TestExpansionIsBounded(t *testing.T) {
	x := project.Command{Body: strings.Repeat("$ARGUMENTS ", 10_000)}.Expand(strings.Repeat("x", 100_000))
	if len(x.Text) > 2<<20 {
		t.Errorf("%d bytes", len(x.Text))
	}
	body := strings.Repeat("!`x` ", 500)
	for i := range 500 {
		body += " @" + strings.Repeat("f", i+1)
	}
	x = project.Command{Body: body}.Expand("")
	if len(x.Shell) != 100 || len(x.Files) != 100 {
		t.Errorf("%d snippets, %d files", len(x.Shell), len(x.Files))
	}
	same(t, "text", body, x.Text)
}

func TestArgumentsHaveFewNames(t *testing.T) {
	names := make([]string, 20_000)
	for i := range names {
		names[i] = "n" + strconv.Itoa(i)
	}
	x := project.Command{Body: "$n7 $n99 $n100", Arguments: names}.Expand("a b c d e f g seven")
	same(t, "text", "seven  $n100", x.Text)
}

func FuzzExpand(f *testing.F) {
	f.Add("a $0 $ARGUMENTS[1] !`x $1` @$0 \\$0\n```!\ny\n```", `one "two three" !`+"`z`", "name")
	f.Add("$name", "'", "name")
	f.Fuzz(func(t *testing.T, body, args, name string) {
		c := project.Command{Body: body, Arguments: []string{name}}
		x, bare := c.Expand(args), c.Expand("")
		if len(x.Shell) != len(bare.Shell) {
			t.Errorf("%q changed the snippets of %q: %v", args, body, x.Shell)
		}
		last := 0
		for _, s := range x.Shell {
			if s.Start < last || s.End <= s.Start || s.End > len(x.Text) || !strings.Contains(x.Text[s.Start:s.End], s.Command) {
				t.Fatalf("%q: %v in %q", body, x.Shell, x.Text)
			}
			last = s.End
		}
		if slices.Contains(x.Files, "") || x.Fill(nil) != x.Text {
			t.Errorf("%q: %v", body, x)
		}
		if len(x.Text) > len(body)+len(args)+2<<20 {
			t.Errorf("%d bytes", len(x.Text))
		}
	})
}
