// Package claude_test holds the transcripts against Claude Code itself: the real program, of the version whose format this
// project writes, resumes files that we wrote, and we open files that it wrote. Only the Messages API is scripted.
//
// The program is a package of its own beside this file; `make setup` installs it.
package claude_test

import (
	"encoding/json"
	"os"
	"testing"

	"claude-agent-chat/pkg/transcript"
)

// TestVersion makes sure that the program which is held against the format is the one whose version records name.
func TestVersion(t *testing.T) {
	data, err := os.ReadFile("package.json")
	must(t, err)
	var pinned struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	must(t, json.Unmarshal(data, &pinned))
	if got := pinned.Dependencies["@anthropic-ai/claude-code"]; got != transcript.FormatVersion {
		t.Errorf("package.json pins %q, records are of %q", got, transcript.FormatVersion)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
