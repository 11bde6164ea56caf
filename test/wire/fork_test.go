package wire_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// fork asks the gateway for a fork, as the app does.
func fork(t *testing.T, w *world.World, user world.User, id, body string) (status int, forked string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+w.Addr+"/api/sessions/"+id+"/fork", strings.NewReader(body))
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+user.Token)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	must(t, err)
	data, err := io.ReadAll(res.Body)
	must(t, err)
	must(t, res.Body.Close())
	var answer struct{ ID string }
	must(t, json.Unmarshal(data, &answer))
	return res.StatusCode, answer.ID
}

// TestForkWhileItRuns forks a running session from its first answer: both go on, each on its own.
func TestForkWhileItRuns(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, user, c, _ := start(t,
		says("one", "First answer."),
		anthropictest.Exchange{
			Match: anthropictest.LastText("two"),
			Reply: anthropictest.Stream(anthropictest.Text("Second "), anthropictest.Hold(gate), anthropictest.Text("answer.")),
		},
		says("other way", "Another second answer."),
	)
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "one")
	message := ""
	for _, u := range c.Updates() {
		if u.Update.Kind == acp.UpdateAgentMessage {
			message = u.Update.MessageID
		}
	}
	wait := c.BeginPrompt(id, "", "two")
	c.Until("the second answer", func(s world.Seen) bool { return strings.HasSuffix(s.Text(acp.UpdateAgentMessage), "Second ") })

	status, forked := fork(t, w, user, id, `{"messageId":"`+message+`"}`)
	if status != http.StatusCreated || forked == "" {
		t.Fatalf("the answer is %d, %q", status, forked)
	}
	if status, _ := fork(t, w, user, id, `{"messageId":"nobody"}`); status != http.StatusBadRequest {
		t.Errorf("a message that is not there: %d", status)
	}
	if status, _ := fork(t, w, w.User("eve"), id, `{}`); status != http.StatusNotFound {
		t.Errorf("somebody else's fork: %d", status)
	}

	other := w.Dial(user)
	_, err := other.Attach(acp.MethodSessionLoad, forked, user.Cwd, "")
	must(t, err)
	other.Prompt(forked, "other way")
	gate.Release()
	_, err = wait()
	must(t, err)
	for client, want := range map[*world.Client]string{
		c:     "First answer.Second answer.",
		other: "First answer.Another second answer.",
	} {
		client.Look(func(s world.Seen) {
			if got := s.Text(acp.UpdateAgentMessage); got != want {
				t.Errorf("one of them holds %q, not %q", got, want)
			}
		})
	}
}
