package tool

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	for _, tt := range []struct {
		name, before, after string
		want                []hunk
	}{
		{"nothing", "a\n", "a\n", []hunk{}},
		{"from empty", "", "a\n", []hunk{{1, 0, 1, 1, []string{"+a"}}}},
		{"to empty", "a\nb\n", "", []hunk{{1, 2, 1, 0, []string{"-a", "-b"}}}},
		{"no newline", "a", "a\n", []hunk{{1, 1, 1, 1, []string{"-a", noNewline, "+a"}}}},
		{
			"context", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
			[]hunk{{2, 7, 2, 7, []string{" 2", " 3", " 4", "-5", "+x", " 6", " 7", " 8"}}},
		},
		{"two places", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\nC\n", []hunk{
			{1, 4, 1, 4, []string{"-a", "+A", " 1", " 2", " 3"}},
			{6, 4, 6, 5, []string{" 5", " 6", " 7", "-b", "+B", "+C"}},
		}},
		{
			"places that touch", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
			[]hunk{{1, 8, 1, 8, []string{"-a", "+A", " 1", " 2", " 3", " 4", " 5", " 6", "-b", "+B"}}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, diff(tt.before, tt.after)); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestDiffApplies makes texts at random and holds that the hunks lead from one to the other.
func TestDiffApplies(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		before, after := randomText(random), randomText(random)
		if got := patch(before, diff(before, after)); got != after {
			t.Fatalf("%q to %q: got %q", before, after, got)
		}
	}
	long, other := strings.Repeat("a\nb\n", 3000), strings.Repeat("c\n", 4000)
	if got := patch(long, diff(long, other)); got != other {
		t.Error("texts without a common line are not replaced")
	}
}

func randomText(random *rand.Rand) string {
	var b strings.Builder
	for range random.IntN(30) {
		b.WriteByte("abc"[random.IntN(3)])
		b.WriteByte('\n')
	}
	if random.IntN(3) == 0 {
		b.WriteByte('z')
	}
	return b.String()
}

// patch applies hunks, and fails by its result if their numbers or context are wrong.
func patch(text string, hunks []hunk) string {
	lines := splitLines(text)
	var out []string
	at := 0
	for _, h := range hunks {
		for at < h.OldStart-1 {
			out = append(out, lines[at])
			at++
		}
		if len(out) != h.NewStart-1 {
			return "wrong place"
		}
		for i, line := range h.Lines {
			end := "\n"
			if i+1 < len(h.Lines) && h.Lines[i+1] == noNewline {
				end = ""
			}
			switch {
			case line == noNewline:
			case line[0] == '+':
				out = append(out, line[1:]+end)
			case lines[at] != line[1:]+end:
				return "wrong context"
			case line[0] == ' ':
				out = append(out, lines[at])
				at++
			default:
				at++
			}
		}
	}
	return strings.Join(append(out, lines[at:]...), "")
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"command":"x","timeout":1}`))
	f.Add([]byte(`{"command":[]}`))
	f.Add([]byte(`{"-A":1e400}`))
	f.Fuzz(func(t *testing.T, input []byte) {
		if in, err := decode[bashInput](input, "command"); err == nil {
			_, _ = in.check()
		} else if _, refuseErr := refuseFor(err); refuseErr != nil {
			t.Errorf("not for the model: %v", err)
		}
	})
}
