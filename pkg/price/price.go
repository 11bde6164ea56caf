// Package price knows what tokens of models cost.
package price

import (
	"strings"

	"claude-agent-chat/pkg/acp"
)

// Price is what a million tokens of a model cost, in US dollars.
type Price struct{ Input, Output, CacheRead, CacheWrite float64 }

// List is prices by the name of a model or of a family that stands in it; the longest name that fits counts.
type List map[string]Price

// Default is the list prices of the families of Claude models. Cached tokens are read for a tenth and written for five
// quarters of the input's price.
var Default = List{
	"opus":   {Input: 5, Output: 25, CacheRead: 0.5, CacheWrite: 6.25},
	"sonnet": {Input: 3, Output: 15, CacheRead: 0.3, CacheWrite: 3.75},
	"haiku":  {Input: 1, Output: 5, CacheRead: 0.1, CacheWrite: 1.25},
}

// Cost is what tokens cost; known is false if there is no price for the model.
func (p List) Cost(model string, u acp.Usage) (dollars float64, known bool) {
	best := ""
	for name := range p {
		if strings.Contains(model, name) && len(name) > len(best) {
			best = name
		}
	}
	if best == "" {
		return 0, false
	}
	price := p[best]
	return (float64(u.InputTokens)*price.Input + float64(u.OutputTokens)*price.Output +
		float64(u.CacheReadTokens)*price.CacheRead + float64(u.CacheWriteTokens)*price.CacheWrite) / 1e6, true
}
