package wire_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// TestSlowReader attaches a client that never reads while an answer of many megabytes streams: it is told that it was too
// slow, the turn and the other client never wait for it, and a resume is complete.
func TestSlowReader(t *testing.T) {
	if raced {
		t.Skip("it is about time and megabytes; make test runs it without the race detector")
	}
	const pieces, size = 80, 200_000
	var steps []anthropictest.Step
	for range pieces {
		steps = append(steps, anthropictest.Text(strings.Repeat("x", size)), anthropictest.Pause(60*time.Millisecond))
	}
	w, user, quick, _ := start(t, anthropictest.Exchange{
		Match: anthropictest.LastText("much"), Reply: anthropictest.Stream(steps...),
	})
	id := quick.NewSession(user.Cwd)

	slow, _, err := websocket.Dial(t.Context(), "ws://"+w.Addr+"/ws/agent", &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + user.Token}},
		HTTPClient: &http.Client{Transport: &http.Transport{DialContext: narrow}},
	})
	must(t, err)
	defer slow.CloseNow() //nolint:errcheck // closed by the server in the best case
	slow.SetReadLimit(1 << 30)
	for _, frame := range [][]byte{
		acp.Request("1", acp.MethodInitialize, map[string]any{"protocolVersion": 1}),
		acp.Request("2", acp.MethodSessionResume, acp.LoadSessionRequest{SessionID: id, Cwd: user.Cwd}),
	} {
		must(t, slow.Write(t.Context(), websocket.MessageText, frame))
		if _, _, err := slow.Read(t.Context()); err != nil {
			t.Fatal(err)
		}
	}

	began := time.Now()
	quick.Prompt(id, "much")
	t.Logf("%d MB streamed in %s", pieces*size/1_000_000, time.Since(began))
	for err == nil {
		_, _, err = slow.Read(t.Context())
	}
	if code := websocket.CloseStatus(err); code != 4008 {
		t.Errorf("the slow reader's connection ended with %d: %v", code, err)
	}

	again := w.Dial(user)
	_, err = again.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	var got int
	again.Look(func(s world.Seen) { got = len(s.Text(acp.UpdateAgentMessage)) })
	if got != pieces*size {
		t.Errorf("after a load there are %d bytes of text, not %d", got, pieces*size)
	}
}

// narrow dials with a small receive buffer, so that little waits in the kernel.
func narrow(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if tcp, ok := conn.(*net.TCPConn); ok {
		err = tcp.SetReadBuffer(64 << 10)
	}
	return conn, err
}

// TestLargeHistory loads a history that is larger than what a connection's queue holds of history.
func TestLargeHistory(t *testing.T) {
	var script []anthropictest.Exchange
	large := strings.Repeat("long ", 400_000)
	for range 6 {
		script = append(script, anthropictest.Exchange{
			Match: func(r *anthropictest.Request) bool { return strings.HasSuffix(r.Last().Text(), "more") },
			Reply: anthropictest.Stream(anthropictest.Text(large)),
		})
	}
	w, user, _, _ := start(t, script...)
	w.Stop()
	w.Config.ContextWindow = 1 << 30
	w.Start()
	c := w.Dial(user)
	id := c.NewSession(user.Cwd)
	for range script {
		c.Prompt(id, "more")
	}
	again := w.Dial(user)
	_, err := again.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	var got int
	again.Look(func(s world.Seen) { got = len(s.Text(acp.UpdateAgentMessage)) })
	if want := len(script) * len(large); got != want {
		t.Errorf("the history has %d bytes of text, not %d", got, want)
	}
	var page acp.ListSessionsResponse
	result, err := again.Call(acp.MethodSessionList, map[string]any{})
	must(t, err)
	must(t, json.Unmarshal(result, &page))
	if len(page.Sessions) != 1 || page.Sessions[0].Title != "more" {
		t.Errorf("the list is %+v", page.Sessions)
	}
}
