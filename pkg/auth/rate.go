package auth

import (
	"sync"
	"time"

	"claude-agent-chat/pkg/fault"
)

// rates are what one caller may ask for in a while, whether it succeeds or not. They live in the process that takes the
// requests, and forget everything at a restart.
type rates struct {
	signUps *rate // by address
	tokens  *rate // by account
	tickets *rate // by account
	codes   *rate // of a second factor, by account, from wherever they come
	// refusals are the refused sign-ins of an address that are written down.
	refusals *rate
}

// A page asks for a ticket with each connection, and a person may have many tabs on a poor network.
func newRates() rates {
	return rates{
		signUps:  newRate(allowance{burst: 30, each: 20 * time.Second}),
		tokens:   newRate(allowance{burst: 60, each: 10 * time.Second}),
		tickets:  newRate(allowance{burst: 240, each: 250 * time.Millisecond}),
		codes:    newRate(allowance{burst: 10, each: 30 * time.Second}),
		refusals: newRate(allowance{burst: 3, each: time.Minute}),
	}
}

// rate counts what callers ask for.
type rate struct {
	allowance allowance
	mu        sync.Mutex
	callers   map[string]failures
}

func newRate(a allowance) *rate { return &rate{allowance: a, callers: map[string]failures{}} }

// tooFast is the cause of a refusal; it knows when it is over.
type tooFast time.Duration

// Error names the cause.
func (tooFast) Error() string { return "rate limit" }

// RetryAfter is how long to wait.
func (t tooFast) RetryAfter() time.Duration { return time.Duration(t) }

// take counts a request of a caller in, or refuses it as TooMany.
func (r *rate) take(caller string) error {
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	used := r.callers[caller].melt(r.allowance, now)
	if used.count+1 > float64(r.allowance.burst) {
		return fault.Wrap(tooFast(r.allowance.each), fault.TooMany, "That was too often. Wait a moment and try again.")
	}
	used.count++
	put(r.callers, caller, used, r.allowance)
	return nil
}
