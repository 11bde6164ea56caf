package serve

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/config"
)

// TestOfferedModels puts the configured model first, and then what the API offers.
func TestOfferedModels(t *testing.T) {
	cfg := &config.Config{AnthropicModel: "claude-sonnet-5-5", AnthropicAPIKey: "k"}
	ids := func(offered ...anthropic.Model) (all []string) {
		for _, m := range offeredModels(cfg, offered) {
			all = append(all, m.ID)
		}
		return all
	}
	if diff := cmp.Diff([]string{"claude-sonnet-5-5", "new", "old"}, ids(anthropic.Model{ID: "new"}, anthropic.Model{ID: "claude-sonnet-5-5", Name: "Sonnet"}, anthropic.Model{}, anthropic.Model{ID: "old"})); diff != "" {
		t.Error(diff)
	}
	if got := ids(); len(got) < 2 {
		t.Errorf("without a list there is %v", got)
	}
}
