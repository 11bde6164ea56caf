package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDoctor looks at a damaged transcript, repairs it, and looks again.
func TestDoctor(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "u1", ".claude", "projects", "-w", "0b7c5a52-7a51-4a8e-9d54-6f4f8a3f0c11.jsonl")
	whole := `{"type":"user","uuid":"a","parentUuid":null,"sessionId":"s","message":{"role":"user","content":"q"}}` + "\n"
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(whole+"\x00\x00\x00\n"+`{"type":"us`+"\n"+whole), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, visit := range []struct {
		args   []string
		status int
		says   []string
	}{
		{[]string{"doctor"}, exitFailure, []string{"2 of 4 lines damaged", "line 2 at", "line 3 at", "1 damaged, 0 repaired"}},
		{[]string{"doctor", path}, exitFailure, []string{"1 transcripts examined, 1 damaged"}},
		{[]string{"doctor", "--repair"}, exitOK, []string{"repaired: 2 lines", ".before-repair-", "1 damaged, 1 repaired"}},
		{[]string{"doctor"}, exitOK, []string{"1 transcripts examined, 0 damaged"}},
	} {
		var stdout, stderr bytes.Buffer
		environ := []string{"CLAUDE_SESSIONS_ROOT=" + root}
		if status := run(t.Context(), visit.args, environ, &stdout, &stderr); status != visit.status {
			t.Errorf("%v: status %d: %s%s", visit.args, status, &stdout, &stderr)
		}
		for _, part := range visit.says {
			if !strings.Contains(stdout.String(), part) {
				t.Errorf("%v does not say %q:\n%s", visit.args, part, &stdout)
			}
		}
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != whole+whole {
		t.Errorf("after the repair: %v %q", err, data)
	}
}
