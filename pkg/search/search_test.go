package search_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"claude-agent-chat/pkg/search"
)

func TestTerms(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "",
		"Fix the fix, THE fix":      "fix the",
		"foo_bar.go:12":             "foo bar go 12",
		"机器学习":                      "机器 器学 学习 习",
		"在Go语言里":                    "在 go 语言 言里 里",
		"ＡＢＣ　ｆｕｌｌ":                  "abc full",
		"Straße café CAFE\u0301":    "strasse café",
		strings.Repeat("x", 1000):   strings.Repeat("x", 40),
		"好":                         "好",
		"\xff broken \xfe":          "broken",
		"日本語 テスト":                   "日本 本語 語 テス スト ト",
		"one\u2028two\u00a0three😀x": "one two three x",
	} {
		if got := strings.Join(search.Terms(text), " "); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

// shown is an excerpt with its matches in brackets.
func shown(parts []search.Part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Match {
			b.WriteString("[" + p.Text + "]")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("word ", 100)
	for _, c := range []struct{ query, text, want string }{
		{"fix", "Fix the prefix, and fixing", "[Fix] the prefix, and [fix]ing"},
		{`"fix"`, "Fix the prefix, and fixing", "[Fix] the prefix, and fixing"},
		{"go test", "test it, in Go", "[test] it, in [Go]"},
		{`"go test"`, "test it, in Go", ""},
		{`"go test"`, "I run go \n test now", "I run [go \n test] now"},
		{"学习", "机器学习很好", "机器[学习]很好"},
		{"学很", "机器学习很好", ""},
		{"机", "手机", "手[机]"},
		{"foo_bar", "a foo_bar, foo bar", "a [foo_bar], foo bar"},
		{"ｆｕｌｌ", "is FULL now", "is [FULL] now"},
		{"cafe\u0301", "the CAFÉ", "the [CAFÉ]"},
		{"语言", "在Go语言里", "在Go[语言]里"},
		{"missing", "text", ""},
		{"hit", long + "hit " + long, "…word word hit word word…"},
		{"strasse", "Große Straße", "Große [Straße]"},
	} {
		parts, ok := search.NewText(c.text).Excerpt(search.Parse(c.query), 20)
		got := shown(parts)
		switch {
		case ok != (c.want != ""):
			t.Errorf("%q in %q: %v", c.query, c.text, ok)
		case c.query == "hit":
			if !strings.HasPrefix(got, "…") || !strings.HasSuffix(got, "…") || !strings.Contains(got, "[hit]") || utf8.RuneCountInString(got) > 60 {
				t.Errorf("the excerpt is %q", got)
			}
		case got != c.want && len(c.text) < 25:
			t.Errorf("%q in %q gives %q, want %q", c.query, c.text, got, c.want)
		}
	}
}

// TestTermsFind checks that whatever matches a query has the terms that it asks the database for.
func TestTermsFind(t *testing.T) {
	texts := []string{"Fix the prefix, and fixing", "机器学习很好", "在Go语言里 foo_bar", "手机", "Große Straße in Köln", "a.b/c-d 12 三"}
	for _, text := range texts {
		terms := search.Terms(text)
		runes := []rune(text)
		for from := range runes {
			for to := from + 1; to <= len(runes); to++ {
				query := search.Parse(string(runes[from:to]))
				if !search.NewText(text).Holds(query) {
					continue
				}
				for _, term := range query.Terms() {
					if !slices.ContainsFunc(terms, func(has string) bool {
						return has == term.Text || term.Prefix && strings.HasPrefix(has, term.Text)
					}) {
						t.Errorf("%q is in %q, whose terms %q lack %+v", string(runes[from:to]), text, terms, term)
					}
				}
			}
		}
	}
}

func FuzzExcerpt(f *testing.F) {
	f.Add("fix", "Fix the prefix")
	f.Add("学习", "机器学习很好")
	f.Add(`"a b`, "ﬁx Ａ\u0301 ß\xff")
	f.Fuzz(func(t *testing.T, query, text string) {
		q := search.Parse(query)
		q.Terms()
		search.Terms(text)
		parts, ok := search.NewText(text).Excerpt(q, 30)
		if !ok {
			return
		}
		for _, p := range parts {
			if !utf8.ValidString(p.Text) {
				t.Fatalf("%q is no text", p.Text)
			}
		}
	})
}
