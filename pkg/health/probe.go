package health

import (
	"context"
	"sync"
	"time"
)

// probe runs one check, once at a time.
type probe struct {
	check Check

	mu      sync.Mutex
	last    Result
	at      time.Time     // of last
	running chan struct{} // closed when the run under way has ended; nil if there is none
}

// result gives a fresh result, or waits for one until ctx ends.
func (p *probe) result(ctx context.Context) Result {
	running, last := p.begin(ctx)
	if running == nil {
		return last
	}
	select {
	case <-running:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.last
	case <-ctx.Done():
		return Result{Status: Failed, Detail: "no answer within " + patience.String()}
	}
}

// begin returns a fresh result, or the run that will give one: the one under way, else a new one.
func (p *probe) begin(ctx context.Context) (running <-chan struct{}, last Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != nil {
		return p.running, Result{}
	}
	if !p.at.IsZero() && time.Since(p.at) < fresh {
		return nil, p.last
	}
	p.running = make(chan struct{})
	go p.run(context.WithoutCancel(ctx))
	return p.running, Result{}
}

// run outlives the request that began it, because other requests may wait for the same result.
func (p *probe) run(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r := p.check.Run(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last, p.at = r, time.Now()
	close(p.running)
	p.running = nil
}
