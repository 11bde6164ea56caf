package api_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/pkg/workspace"
)

func TestExport(t *testing.T) {
	w := newWorld(t)
	p, other := w.signUp(t, "mei"), w.signUp(t, "bob")
	w.writeConversation(t, p, 3)
	path := "/api/sessions/" + sessionID + "/export?format="
	file, err := os.ReadFile(transcript.SessionPath(workspace.Home(w.root, p.id), w.sessionOf(p, sessionID, "").Cwd, sessionID))
	if err != nil {
		t.Fatal(err)
	}
	for format, want := range map[string]struct{ mediaType, name, holds string }{
		"jsonl": {"application/x-ndjson", sessionID + ".jsonl", string(file)},
		"md":    {"text/markdown; charset=utf-8", "A conversation.md", "answer 2"},
		"html":  {"text/html; charset=utf-8", "A conversation.html", "answer 2"},
	} {
		got := p.want(t, http.StatusOK, "GET", path+format, "")
		if got.header.Get("Content-Type") != want.mediaType || !strings.Contains(got.header.Get("Content-Disposition"), want.name) ||
			!strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") || !strings.Contains(got.body, want.holds) {
			t.Errorf("%s: %v\n%s", format, got.header, got.body)
		}
	}
	p.want(t, http.StatusBadRequest, "GET", path+"pdf", "")
	other.want(t, http.StatusNotFound, "GET", path+"md", "")
}
