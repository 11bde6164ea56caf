package price_test

import (
	"math"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/price"
)

func TestCost(t *testing.T) {
	usage := acp.Usage{InputTokens: 1_000_000, OutputTokens: 100_000, CacheReadTokens: 2_000_000, CacheWriteTokens: 400_000}
	list := price.List{"sonnet": {Input: 3, Output: 15, CacheRead: 0.3, CacheWrite: 3.75}, "sonnet-9": {Input: 1}}
	for model, want := range map[string]float64{"claude-sonnet-5-5": 3 + 1.5 + 0.6 + 1.5, "claude-sonnet-9": 1} {
		if got, known := list.Cost(model, usage); !known || math.Abs(got-want) > 1e-9 {
			t.Errorf("%s costs %v, %v; not %v", model, got, known, want)
		}
	}
	if got, known := list.Cost("other", usage); known || got != 0 {
		t.Errorf("a model without a price costs %v", got)
	}
}
