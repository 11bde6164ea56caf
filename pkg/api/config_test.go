package api_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestConfigTellsThePageWhatItNeeds(t *testing.T) {
	w := newWorld(t, withPublicWS("wss://ws.example/ws/agent"))
	var got struct {
		Version, WSURL string
		DemoModel      bool
		Models         []struct{ ID, Name string }
	}
	w.guest().want(t, http.StatusOK, "GET", "/api/config", "").decode(t, &got)
	if got.Version != "1.2.3" || got.WSURL != "wss://ws.example/ws/agent" || !got.DemoModel || got.Models[0].ID != "claude-test" {
		t.Errorf("config: %+v", got)
	}
}

func TestConfigLeavesTheAddressToThePage(t *testing.T) {
	w := newWorld(t)
	got := w.guest().want(t, http.StatusOK, "GET", "/api/config", "")
	if !strings.Contains(got.body, `"wsUrl":null`) {
		t.Errorf("config: %s", got.body)
	}
	if strings.Contains(got.body, w.root) {
		t.Errorf("config shows a directory of the server: %s", got.body)
	}
}
