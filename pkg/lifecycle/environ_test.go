package lifecycle_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const environVar = "LIFECYCLE_TEST_ENVIRON"

// showEnviron is a server that looks at itself.
func showEnviron(_ context.Context, args, environ []string, stdout, _ io.Writer) int {
	seen, err := os.ReadFile("/proc/self/environ")
	if err != nil {
		return 3
	}
	fmt.Fprintln(stdout, slices.Contains(environ, "ANTHROPIC_API_KEY=sk-planted"), slices.Contains(environ, "DATABASE_URL=postgres://planted"), args)
	fmt.Fprintln(stdout, strings.Contains(string(seen), "planted"), os.Getenv("ANTHROPIC_API_KEY")+os.Getenv("DATABASE_URL"))
	fmt.Fprintln(stdout, strings.Contains(string(seen), "OTHER=kept"), strings.Contains(string(seen), "LAST=kept"), os.Getenv("LAST"))
	return 0
}

// TestSecretsLeaveTheEnvironment starts a server with secrets: it has them, and neither it nor /proc shows them any more.
func TestSecretsLeaveTheEnvironment(t *testing.T) {
	for _, args := range [][]string{nil, {"--flag", "two words"}} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
		cmd.Env = []string{
			"OTHER=kept", "ANTHROPIC_API_KEY=sk-planted", environVar + "=1", "ANTHROPIC_API_KEY=sk-planted", "EMPTY=", "DATABASE_URL=postgres://planted", "LAST=kept",
		}
		out, err := cmd.CombinedOutput()
		want := fmt.Sprintf("true true %v\nfalse \ntrue true kept\n", args)
		if err != nil || string(out) != want {
			t.Errorf("%v: %v\n%swant\n%s", args, err, out, want)
		}
	}
}
