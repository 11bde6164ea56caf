package wire_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestMetrics reads the figures while somebody is connected.
func TestMetrics(t *testing.T) {
	w, user, _, _ := start(t)
	w.Stop()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w.Config.MetricsAddr = free.Addr().String()
	must(t, free.Close())
	w.Start()
	c := w.Dial(user)
	c.NewSession(user.Cwd)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://" + w.Config.MetricsAddr + "/metrics")
	must(t, err)
	body, err := io.ReadAll(res.Body)
	must(t, err)
	must(t, res.Body.Close())
	for _, line := range []string{
		"agentchat_sandbox_ok 1\n", "agentchat_connections 1\n", "agentchat_sessions_live 1\n", "agentchat_turns_running 0\n",
		`agentchat_build_info{program="wsgateway",version="test"} 1`, "go_goroutines ", "process_resident_memory_bytes ", "agentchat_sandbox_test_seconds 0.",
	} {
		if !strings.Contains(string(body), line) {
			t.Errorf("%q is not in the figures", line)
		}
	}
	for _, secret := range []string{w.Config.AnthropicAPIKey.Reveal(), user.Token, user.ID, user.Cwd} {
		if strings.Contains(string(body), secret) {
			t.Errorf("the figures name %q", secret)
		}
	}
	if t.Failed() {
		t.Logf("%s", body)
	}
}
