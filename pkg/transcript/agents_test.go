package transcript_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/transcript"
)

// writeAgent writes a subagent's file whose one prompt is a text.
func writeAgent(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	w, err := transcript.OpenWriter(t.Context(), path, transcript.Context{SessionID: "s", Cwd: "/w", AgentID: "a"})
	if err != nil {
		t.Fatal(err)
	}
	content, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Append(t.Context(), transcript.Prompt{Content: content}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAgentPath(t *testing.T) {
	session := filepath.Join(t.TempDir(), "s.jsonl")
	dir := strings.TrimSuffix(session, ".jsonl") + "/subagents"
	writeAgent(t, dir+"/agent-a1.jsonl", "one")
	writeAgent(t, dir+"/agent-a2.jsonl", "two")
	for name, text := range map[string]string{
		"agent-a1.meta.json": `{"toolUseId":"toolu_1"}`, "agent-a2.meta.json": `{"toolUseId":`, "agent-gone.meta.json": `{"toolUseId":"toolu_gone"}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	outside := filepath.Join(t.TempDir(), "other.jsonl")
	writeAgent(t, outside, "another's")
	if err := os.Symlink(outside, dir+"/agent-link.jsonl"); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{
		"a1": "agent-a1.jsonl", "toolu_1": "agent-a1.jsonl", "a2": "agent-a2.jsonl",
		"toolu_gone": "", "link": "", "": "", "a3": "", "..": "", ".": "", "../s": "", "x/../a1": "", "a1.jsonl": "",
	} {
		got, err := transcript.AgentPath(session, id)
		if want == "" {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%q is found at %q, %v", id, got, err)
			}
			continue
		}
		if err != nil || got != filepath.Join(dir, want) {
			t.Errorf("%q is found at %q, %v", id, got, err)
		}
	}
	if _, err := transcript.AgentPath(filepath.Join(t.TempDir(), "none.jsonl"), "a1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a session without subagents: %v", err)
	}
}

// TestAgentReader reads a file whose mark lies across the bounds of what is read at once, and whose text has the mark's words.
func TestAgentReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent-a.jsonl")
	said := []string{`it says "isSidechain":true here`}
	writeAgent(t, path, said[0])
	for i := range 40 {
		said = append(said, strings.Repeat("x", 1<<16+i))
		writeAgent(t, path, said[len(said)-1])
	}
	whole, err := transcript.LoadAgent(path, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(whole.Chain()); got != len(said) {
		t.Fatalf("%d records of %d are in the conversation", got, len(said))
	}
	r, err := transcript.OpenAgentReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var got []string
	for before := ""; ; {
		page, err := r.Page(before, 3, func(*transcript.Record) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, rec := range page.Records {
			if rec.Sidechain {
				t.Errorf("a record is marked: %q", rec.PromptText())
			}
			texts = append(texts, rec.PromptText())
		}
		got = append(texts, got...)
		if before = page.Before; before == "" {
			break
		}
	}
	if diff := cmp.Diff(said, got); diff != "" {
		t.Errorf("texts (-want +got):\n%.2000s", diff)
	}
}

// TestSideline reads every part of a small file: what is given must not depend on where a read begins and ends.
func TestSideline(t *testing.T) {
	text := `{"a":1,"isSidechain":true}"isSidechain":true"isSidechain":tru` + "\n" + `{"isSidechain":true}`
	want := strings.ReplaceAll(text, `"isSidechain":true`, `"isSidechain":null`)
	r := transcript.Sideline(strings.NewReader(text))
	for at := range len(text) {
		for size := 1; at+size <= len(text); size++ {
			got := make([]byte, size)
			if n, err := r.ReadAt(got, int64(at)); n != size || err != nil || string(got) != want[at:at+size] {
				t.Fatalf("%d bytes at %d are %q, %v, want %q", size, at, got[:n], err, want[at:at+size])
			}
		}
	}
	if n, err := r.ReadAt(make([]byte, 10), int64(len(text)-4)); n != 4 || !errors.Is(err, io.EOF) {
		t.Errorf("beyond the end: %d bytes, %v", n, err)
	}
}
