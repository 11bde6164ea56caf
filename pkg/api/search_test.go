package api_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"claude-agent-chat/pkg/index"
)

type foundPage struct {
	Items []struct {
		SessionID, Kind, Cursor, MessageID, Timestamp, Title string
		Excerpt                                              []struct {
			Text  string
			Match bool
		}
	}
	NextCursor *string
}

// TestSearch finds a place, and opens the conversation there.
func TestSearch(t *testing.T) {
	w := newWorld(t)
	p, other := w.signUp(t, "mei"), w.signUp(t, "bob")
	w.writeConversation(t, p, 30)
	x := index.New(index.Options{Root: w.root, Store: w.store, Log: slog.New(slog.DiscardHandler)})
	if err := x.CompareAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	var page foundPage
	p.want(t, http.StatusOK, "GET", "/api/search?q="+url.QueryEscape(`question 12`), "").decode(t, &page)
	if len(page.Items) != 1 || page.Items[0].SessionID != sessionID || page.Items[0].Kind != "prompt" ||
		len(page.Items[0].Excerpt) != 3 || !page.Items[0].Excerpt[0].Match {
		t.Fatalf("found: %+v", page)
	}
	var around messagePage
	p.want(t, http.StatusOK, "GET", "/api/sessions/"+sessionID+"/messages?limit=5&around="+url.QueryEscape(page.Items[0].Cursor), "").decode(t, &around)
	if said := strings.Join(around.texts(), "\n"); !strings.Contains(said, "question 12") || strings.Contains(said, "question 29") {
		t.Errorf("around the place: %s", said)
	}
	other.want(t, http.StatusOK, "GET", "/api/search?q=question", "").decode(t, &page)
	if len(page.Items) != 0 {
		t.Errorf("somebody else finds %+v", page.Items)
	}
	for _, query := range []string{"", "q=", "q=%20%3F", "q=%00", "q=a&limit=0", "q=a&limit=101", "q=a&cursor=!", "q=" + strings.Repeat("a", 501)} {
		p.want(t, http.StatusBadRequest, "GET", "/api/search?"+query, "")
	}
}
