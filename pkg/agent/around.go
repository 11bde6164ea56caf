package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/project"
)

// around is what the workspace and the person's own directory bring, as it was when the turn began.
func (s *session) around() *project.Project {
	if found := s.found.Load(); found != nil {
		return found
	}
	return s.look()
}

// look reads it afresh.
func (s *session) look() *project.Project {
	found := project.Load(s.env.FS, s.info.Home, s.info.Cwd)
	s.found.Store(found)
	s.law.Store(s.readPolicy())
	return found
}

// policy is the permission rules as they were when the turn began, or when the last one was saved.
func (s *session) policy() *policy {
	if law := s.law.Load(); law != nil {
		return law
	}
	s.look()
	return s.law.Load()
}

// tellFindings tells the person, once, what of the workspace's files could not be used.
func (t *turn) tellFindings() {
	var b strings.Builder
	for _, f := range slices.Concat(t.around().Findings, t.policy().findings, t.serverFindings()) {
		fmt.Fprintf(&b, "%s: %s\n", f.Path, f.Text)
	}
	text := strings.TrimSpace(b.String())
	if text == t.told {
		return
	}
	t.told = text
	if text != "" {
		t.host.Stream(acp.Update{Kind: acp.UpdateNotice, Severity: "warning", Title: text})
	}
}

// fill completes the text of a command or skill: what its snippets of shell print, run like any other command, and the files
// that it names.
func (t *turn) fill(ctx context.Context, e project.Expansion) (string, error) {
	var printed []string
	for _, snippet := range e.Shell {
		out, err := t.runSnippet(ctx, snippet.Command)
		if err != nil {
			return "", err
		}
		printed = append(printed, out)
	}
	var b strings.Builder
	b.WriteString(e.Fill(printed))
	for _, name := range e.Files {
		if text := t.readNamed(ctx, name); text != "" {
			fmt.Fprintf(&b, "\n\n<system-reminder>\nContents of %s:\n%s\n</system-reminder>", name, text)
		}
	}
	return b.String(), nil
}

// runSnippet runs a command of a command's text as if the model had called for it.
func (t *turn) runSnippet(ctx context.Context, command string) (string, error) {
	c := call{ID: "snippet_" + uuid.NewString(), Name: "Bash", Input: mustJSON(map[string]string{"command": command})}
	result, err := t.execute(ctx, reply{}, c, func(string) {})
	if err != nil {
		return "", err
	}
	var text string
	_ = json.Unmarshal(result.Content, &text) // of a command it is a string.
	if result.IsError {
		return "", fault.New(fault.Invalid, "The command %q in the text did not run: %s", command, text)
	}
	return text, nil
}

// readNamed gives a file that a text names, as Read shows it; empty if it cannot be read.
func (t *turn) readNamed(ctx context.Context, name string) string {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(t.info.Cwd, name)
	}
	c := call{ID: "file_" + uuid.NewString(), Name: "Read", Input: mustJSON(map[string]string{"file_path": path})}
	result, err := t.execute(ctx, reply{}, c, func(string) {})
	var text string
	if err != nil || result.IsError || json.Unmarshal(result.Content, &text) != nil {
		return ""
	}
	return text
}
