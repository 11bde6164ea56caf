package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
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

// figure is one of those that the program shows to Prometheus.
func (p *program) figure(ctx context.Context, name string) (float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/metrics", p.metrics), http.NoBody)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, fmt.Errorf("the gateway does not show %s: %w", name, cmp.Or(lines.Err(), io.ErrUnexpectedEOF))
}

// collections is how often the program's runtime has collected garbage.
func (p *program) collections(ctx context.Context) (int, error) {
	n, err := p.figure(ctx, "go_gc_duration_seconds_count")
	return int(n), err
}

// alive is what lived in the program when garbage was last collected, in bytes: the runtime collects again when the heap has
// twice that.
func (p *program) alive(ctx context.Context) (float64, error) {
	next, err := p.figure(ctx, "go_memstats_next_gc_bytes")
	return next / 2, err
}

// The bounds of settling.
const (
	settleGCs   = 3
	settleCalls = 20_000
	settleTime  = 20 * time.Second
)

// settle brings the gateway to rest and gives the memory that it has then. Lists of sessions, which leave nothing behind, let
// its runtime collect garbage a few times, as it would in time; then nothing happens until its memory falls no more.
func (b *bed) settle(ctx context.Context) (int64, error) {
	c, err := dial(ctx, b.gateway.port, b.token, nil)
	if err != nil {
		return 0, err
	}
	defer c.close()
	first, err := b.gateway.collections(ctx)
	if err != nil {
		return 0, err
	}
	for i, now := 0, first; now < first+settleGCs; i++ {
		if i == settleCalls {
			return 0, fmt.Errorf("no garbage was collected in %d calls", settleCalls)
		}
		if _, err := c.call(ctx, "session/list", map[string]any{}); err != nil {
			return 0, err
		}
		if i%50 > 0 {
			continue
		}
		if now, err = b.gateway.collections(ctx); err != nil {
			return 0, err
		}
	}
	return b.rest(ctx)
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
