package permission_test

import (
	"bytes"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/permission"
)

// pieces are what random commands are made of.
var pieces = []string{
	"rm", "x", " ", " ", " ", "\n", ";", "&", "&&", "|", "||", "(", ")", "{ ", "; }", "'", "\"", "\\", "\\\n", "$", "$(", "`", "((", "))",
	"$((", "<<E", "<<'E'", "<<-E", "\nE\n", "\nE", "\n\tE\n", "E", "#", " #", "!", "! ", "[[ ", " ]]", "if ", "then ", "fi", "else ",
	"for i in ", "do ", "done", "while ", "case x in ", "esac", ";;", "a)", "in", "=", "a=", "a=(", "<", ">", ">&", "&>", "2>&1", "<<<",
	"<(", "$'", "$\"", "${", "${a:-", "${a", "function ", "f()", "time ", "\t", "*", "?", "[", "]", "~", "1", "2", ",", "..", "-", "--",
	"eval ", "é", "%", "^", ":", "+=", "export ", "$a", "$@", "\"$a\"", "''", "\\'", "\\\"", "\\`", "elif ", "until ", ">|", "<>", "{a}>",
	"|&", ";&", "0", "/", "#\\\n", "$\\\n(", "<\\\n<E", "rm x", ";rm x", "\nrm x\n", "\\x72", "<&", "-c ", "{", "}", "{a,b}", "@(", "!(",
}

// TestReadsLikeBash compares what a command is taken apart into with what bash makes of it: bash prints the command as it
// reads it, runs nothing, and what it prints has to come apart in the same way.
func TestReadsLikeBash(t *testing.T) {
	shell := needsPrinter(t)
	random := rand.New(rand.NewPCG(1, 2))
	compared := 0
	for range 40_000 {
		var b strings.Builder
		for range 2 + random.IntN(14) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		if readsLikeBash(t, shell, b.String()) {
			if compared++; compared == 400 {
				return
			}
		}
	}
	t.Errorf("only %d commands could be compared", compared)
}

// FuzzReadsLikeBash makes the same comparison for anything.
func FuzzReadsLikeBash(f *testing.F) {
	shell := needsPrinter(f)
	for _, row := range evasions {
		f.Add(row.command)
	}
	f.Fuzz(func(t *testing.T, text string) { readsLikeBash(t, shell, text) })
}

func needsPrinter(t testing.TB) string {
	t.Helper()
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	if out, err := exec.Command(shell, "--pretty-print", "/dev/null").CombinedOutput(); err != nil {
		t.Skipf("this bash cannot print what it reads: %s", out)
	}
	return shell
}

// readsLikeBash reports whether the text could be compared. What bash does not take either does not matter.
func readsLikeBash(t *testing.T, shell, text string) bool {
	t.Helper()
	ours, understood := permission.Parts(text)
	if !understood || len(ours) == 0 {
		return false
	}
	cmd := exec.Command(shell, "--pretty-print")
	cmd.Stdin = strings.NewReader(text)
	var printed bytes.Buffer
	cmd.Stdout = &printed
	if cmd.Run() != nil {
		return false
	}
	theirs, understood := permission.Parts(printed.String())
	if !understood {
		return false
	}
	// Between a here-document's beginning and its text, bash prints no semicolon.
	if strings.Contains(text, "<<") && strings.Join(theirs, " ") == strings.Join(ours, " ") {
		return true
	}
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Errorf("%q is read by bash as %q (-bash +ours):\n%s", text, printed.String(), diff)
	}
	return true
}
