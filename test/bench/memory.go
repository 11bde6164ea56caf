package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// own is the memory that is the program's own, in bytes.
func (p *program) own() (int64, error) {
	own, _, err := resident(p.pid())
	return own, err
}

// watchPeak looks at the program's own memory until the function that it returns is called, which gives the most that there was.
func (p *program) watchPeak() (stop func() int64) {
	quit, peak := make(chan struct{}), make(chan int64)
	go func() {
		most := int64(0)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			if now, err := p.own(); err == nil {
				most = max(most, now)
			}
			select {
			case <-tick.C:
			case <-quit:
				peak <- most
				return
			}
		}
	}()
	return func() int64 {
		close(quit)
		return <-peak
	}
}

// figures are those that the program shows to Prometheus, by name.
func (p *program) figures(ctx context.Context) (map[string]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/metrics", p.metrics), http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	found := map[string]float64{}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if number, err := strconv.ParseFloat(value, 64); err == nil {
			found[name] = number
		}
	}
	return found, lines.Err()
}

// The bounds of settling.
const (
	settleGCs   = 4
	settleCalls = 20_000
	settleTime  = 20 * time.Second
)

// settled is a gateway at rest, in bytes.
type settled struct {
	own   int64 // memory that is its own
	alive int64 // of it what lives in the heap
}

// settle brings the gateway to rest. Lists of sessions, which leave nothing behind, let its runtime collect garbage a few
// times, as it would in time: the least that the heap has in between is what lives. Then nothing happens until its memory
// falls no more.
func (b *bed) settle(ctx context.Context) (s settled, err error) {
	c, err := dial(ctx, b.gateway.port, b.token, nil)
	if err != nil {
		return s, err
	}
	defer c.close()
	first := -1.0
	for range settleCalls {
		if _, err := c.call(ctx, "session/list", map[string]any{}); err != nil {
			return s, err
		}
		now, err := b.gateway.figures(ctx)
		if err != nil {
			return s, err
		}
		gcs, heap := now["go_gc_duration_seconds_count"], int64(now["go_memstats_heap_alloc_bytes"])
		if first < 0 {
			first = gcs
		}
		if gcs >= first+2 && (s.alive == 0 || heap < s.alive) {
			s.alive = heap
		}
		if gcs >= first+settleGCs {
			s.own, err = b.rest(ctx)
			return s, err
		}
	}
	return s, fmt.Errorf("garbage was not collected in %d calls", settleCalls)
}

// rest waits until the gateway's memory has not fallen for two seconds.
func (b *bed) rest(ctx context.Context) (int64, error) {
	least, since := int64(1<<62), time.Now()
	for began := time.Now(); time.Since(since) < 2*time.Second && time.Since(began) < settleTime; time.Sleep(50 * time.Millisecond) {
		now, err := b.gateway.own()
		if err != nil || ctx.Err() != nil {
			return 0, fmt.Errorf("gateway's memory: %w", cmp.Or(err, ctx.Err()))
		}
		if now < least-least/200 {
			least, since = now, time.Now()
		}
	}
	return b.gateway.own()
}
