package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// The load of many sessions that run turns with tools at once. Each turn makes six answers of four and a half seconds of text,
// with a call behind five of them, and each session begins a little after the one before it, so that their steps are spread.
const (
	crowdRounds = 3
	crowdDeltas = 60
	crowdPause  = 75 * time.Millisecond
	crowdSpread = crowdDeltas * crowdPause
	crowdWindow = 4 * crowdSpread // in which all of them work, and others are measured
	probeEvery  = 100 * time.Millisecond
	probePause  = 10 * time.Millisecond // between two deltas of the others
	probes      = 8
)

// crowdTurn is one turn of a session of the crowd: the calls of each step. What they write differs from turn to turn.
func crowdTurn(cwd, key string, turn int) [][]toolCall {
	file := filepath.Join(cwd, key, "notes.txt")
	text := strings.Repeat("A line of notes that somebody may read.\n", 50) + fmt.Sprintf("The turn is %d.\n", turn)
	read := toolCall{"Read", map[string]any{"file_path": file}}
	return [][]toolCall{
		{{"Write", map[string]any{"file_path": file, "content": text}}},
		{{"Glob", map[string]any{"pattern": key + "/*.txt"}}},
		{{"Edit", map[string]any{"file_path": file, "old_string": "The turn is", "new_string": "This turn is"}}},
		{{"Bash", map[string]any{"command": "wc -l " + key + "/notes.txt", "description": "Count the lines"}}},
		{read},
	}
}

// crowdScript answers sessions of the crowd, and those beside it, which only get text.
func crowdScript(cwd *string) script {
	return func(t *talk) answer {
		switch {
		case t.key == "" || t.key == "stream":
			return answer{deltas: int(crowdWindow / probePause), pause: probePause}
		case strings.HasPrefix(t.key, "probe"):
			return answer{text: "Yes."}
		}
		a := answer{deltas: crowdDeltas, pause: crowdPause}
		if steps := crowdTurn(*cwd, t.key, t.turn); t.step < len(steps) {
			a.calls = steps[t.step]
		}
		return a
	}
}

// crowdCalls are the names of the calls of some turns.
func crowdCalls(turns int) (names []string) {
	for range turns {
		for _, step := range crowdTurn("", "", 0) {
			for _, c := range step {
				names = append(names, c.name)
			}
		}
	}
	return names
}

// crowd is many sessions, and what is measured beside them.
type crowd struct {
	*bed
	sessions []*runner
	stream   *runner // one more, which only streams
	probes   []*runner
	pipe     *program

	before  settled // the gateway before there were any
	peak    int64   // its bytes while the first round ran
	after   []settled
	piped   []time.Duration // latencies of the bare pipe
	cpu     time.Duration   // of the gateway in all windows
	workers time.Duration   // of the processes that it ran calls in
}

func newCrowd(ctx context.Context, o options) (_ *crowd, err error) {
	c := &crowd{}
	cwd := ""
	if c.bed, err = newBed(ctx, o, crowdScript(&cwd)); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			c.remove()
		}
	}()
	cwd = c.cwd
	if c.pipe, err = startPipe(ctx, c.model.url); err != nil {
		return nil, err
	}
	if c.stream, err = c.runner(ctx, "stream"); err != nil {
		return nil, err
	}
	if c.probes, err = c.runners(ctx, "probe", probes); err != nil {
		return nil, err
	}
	if c.before, err = c.settle(ctx); err != nil {
		return nil, err
	}
	c.sessions, err = c.runners(ctx, "s", o.crowd)
	return c, err
}

// runners opens some sessions.
func (b *bed) runners(ctx context.Context, prefix string, count int) (all []*runner, err error) {
	for i := range count {
		r, err := b.runner(ctx, prefix+strconv.Itoa(i))
		if err != nil {
			return all, err
		}
		all = append(all, r)
	}
	return all, nil
}

func (c *crowd) remove() {
	for _, r := range slices.Concat(c.sessions, c.probes, []*runner{c.stream}) {
		if r != nil {
			r.close()
		}
	}
	if c.pipe != nil {
		c.pipe.stop()
	}
	c.bed.remove()
}

// round has each session run a turn, and measures what is beside them while all of them work.
func (c *crowd) round(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for i, r := range c.sessions {
		group.Go(func() error {
			time.Sleep(crowdSpread * time.Duration(i) / time.Duration(len(c.sessions)))
			return r.turn(ctx)
		})
	}
	group.Go(func() error {
		time.Sleep(crowdSpread)
		return c.window(ctx)
	})
	return group.Wait()
}

// window measures while the sessions work.
func (c *crowd) window(ctx context.Context) error {
	gateway, workers, err := c.gateway.cpu()
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return c.stream.turn(ctx) })
	group.Go(func() error {
		s, err := streamPipe(ctx, c.pipe, int(crowdWindow/probePause))
		c.piped = append(c.piped, s.latencies...)
		return err
	})
	group.Go(func() error {
		for i := range int(crowdWindow / probeEvery) {
			due := time.Now().Add(probeEvery)
			if err := c.probes[i%len(c.probes)].turn(ctx); err != nil {
				return err
			}
			time.Sleep(time.Until(due))
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	gatewayNow, workersNow, err := c.gateway.cpu()
	c.cpu, c.workers = c.cpu+gatewayNow-gateway, c.workers+workersNow-workers
	return err
}

// run runs all rounds and looks at what they left. Each begins afresh, so that all are equal.
func (c *crowd) run(ctx context.Context) error {
	for i := range crowdRounds {
		peak := c.gateway.watchPeak()
		err := c.round(ctx)
		if most := peak(); i == 0 {
			c.peak = most
		}
		if err != nil {
			return err
		}
		after, err := c.settle(ctx)
		if err != nil {
			return err
		}
		c.after = append(c.after, after)
		for _, r := range c.sessions {
			if err := r.check(i+1, crowdCalls(i+1)); err != nil {
				return err
			}
			if err := r.clear(ctx); err != nil {
				return err
			}
		}
	}
	return c.model.failed()
}

// benchCrowd measures latencies and memory while many sessions work at once, and what is left of them.
func benchCrowd(ctx context.Context, o options) error {
	c, err := newCrowd(ctx, o)
	if err != nil {
		return err
	}
	defer c.remove()
	if err := c.run(ctx); err != nil {
		return err
	}
	c.print()
	return nil
}

func (c *crowd) print() {
	var theirs, first []time.Duration
	for _, r := range c.sessions {
		theirs = append(theirs, r.latencies...)
	}
	for _, r := range c.probes {
		first = append(first, r.first...)
	}
	n := len(c.sessions)
	lineMS(fmt.Sprintf("latency of a text delta, %d sessions at work (aim: p99 < 100 ms)", n), theirs)
	lineMS("the same, of one more session that only streams", c.stream.latencies)
	lineMS("the same, bare pipe", c.piped)
	lineMS("prompt to first request upstream, beside them", first)
	all := crowdRounds * crowdWindow
	line("CPU of the gateway · of the workers, beside them", "%.2f · %.2f processors", float64(c.cpu)/float64(all), float64(c.workers)/float64(all))
	line(fmt.Sprintf("memory of a running session, %d at work, peak (aim: < 512 KB)", n), "%.0f KB", float64(c.peak-c.before.own)/float64(n)/1024)
	var own, alive []string
	for _, after := range c.after {
		own = append(own, fmt.Sprintf("%.1f", mib(after.own-c.before.own)))
		alive = append(alive, fmt.Sprintf("%.1f", mib(after.alive)))
	}
	growth := float64(c.after[len(c.after)-1].alive)/float64(c.after[0].alive) - 1
	line("memory after each round of them", "%s MB", strings.Join(own, " · "))
	line("what lives in the heap then (aim: the last within 10% of the first)", "%s MB (%+.0f%%)", strings.Join(alive, " · "), 100*growth)
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// lineMS prints a median and a 99th percentile.
func lineMS(what string, values []time.Duration) {
	line(what, "%.1f ms (p99 %.1f ms)", micros(median(values))/1000, micros(quantile(values, 0.99))/1000)
}
