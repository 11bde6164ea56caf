package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// heavy is one heavy turn and what it took. Each runs on a gateway of its own, which a small turn has warmed up.
type heavy struct {
	*bed
	*runner
	before, after settled // the gateway
	peak          int64   // its bytes while the turn ran
	took          time.Duration
	cpu           time.Duration
}

// smallKey begins the keys of conversations in which nothing but a file is read.
const smallKey = "small"

// newHeavy prepares a gateway for a heavy turn, which the script answers.
func newHeavy(ctx context.Context, o options, s func(cwd string) script) (_ *heavy, err error) {
	h := &heavy{}
	var answers script
	h.bed, err = newBed(ctx, o, func(t *talk) answer {
		if strings.HasPrefix(t.key, smallKey) {
			return smallAnswer(h.cwd, t)
		}
		return answers(t)
	})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			h.remove()
		}
	}()
	answers = s(h.cwd)
	if err := writeBigFile(h.cwd); err != nil {
		return nil, err
	}
	warm, err := h.bed.runner(ctx, smallKey)
	if err != nil {
		return nil, err
	}
	defer warm.close()
	if err := warm.turn(ctx); err != nil {
		return nil, err
	}
	if h.runner, err = h.bed.runner(ctx, "main"); err != nil {
		return nil, err
	}
	h.before, err = h.settle(ctx)
	return h, err
}

func smallAnswer(cwd string, t *talk) answer {
	if t.step == 0 {
		return answer{text: "I look.", calls: []toolCall{{"Read", map[string]any{"file_path": bigFile(cwd), "limit": 10}}}}
	}
	return answer{text: "Done."}
}

// bigFile is a file of 48 KB in 700 lines.
func bigFile(cwd string) string { return filepath.Join(cwd, "big.txt") }

func writeBigFile(cwd string) error {
	if err := os.MkdirAll(cwd, 0o700); err != nil {
		return err
	}
	var b strings.Builder
	for i := range 700 {
		fmt.Fprintf(&b, "line %d of a file that is read again and again, about as long as code\n", i)
	}
	return os.WriteFile(bigFile(cwd), []byte(b.String()), 0o600)
}

func (h *heavy) remove() {
	if h.runner != nil {
		h.close()
	}
	if h.bed != nil {
		h.bed.remove()
	}
}

// run runs the heavy turn.
func (h *heavy) run(ctx context.Context) error {
	cpu, _, err := h.gateway.cpu()
	if err != nil {
		return err
	}
	peak, began := h.gateway.watchPeak(), time.Now()
	err = h.turn(ctx)
	h.took, h.peak = time.Since(began), peak()
	if err != nil {
		return err
	}
	now, _, err := h.gateway.cpu()
	if err != nil {
		return err
	}
	h.cpu = now - cpu
	h.after, err = h.settle(ctx)
	return err
}

// figures gathers what several runs took.
type figures struct{ seconds, cpu, peak, after, alive []float64 }

func (f *figures) add(h *heavy) {
	f.seconds, f.cpu = append(f.seconds, h.took.Seconds()), append(f.cpu, h.cpu.Seconds())
	f.peak, f.after = append(f.peak, mib(h.peak-h.before.own)), append(f.after, mib(h.after.own-h.before.own))
	f.alive = append(f.alive, mib(h.after.alive-h.before.alive))
}

func (f *figures) memory(what string) {
	line(what+": memory at the peak · after · alive", "%.1f MB · %.1f MB · %.1f MB", median(f.peak), median(f.after), median(f.alive))
}

// heavyRuns is how often a heavy turn runs.
func heavyRuns(o options) int { return min(o.runs, 3) }

// repeatHeavy runs a heavy turn some times, each on a gateway of its own, and has it checked.
func repeatHeavy(ctx context.Context, o options, s func(cwd string) script, check func(*heavy) error) (figures, error) {
	var f figures
	for range heavyRuns(o) {
		h, err := newHeavy(ctx, o, s)
		if err != nil {
			return f, err
		}
		if err = h.run(ctx); err == nil {
			err = check(h)
		}
		h.remove()
		if err != nil {
			return f, err
		}
		f.add(h)
	}
	return f, nil
}

// longCalls are the calls of a long turn, one after the other: files are written, looked for, read and edited.
func longCalls(cwd string, count int) (all []toolCall) {
	for i := range count {
		file := filepath.Join(cwd, "long", strconv.Itoa(i/4)+".txt")
		all = append(all, []toolCall{
			{"Write", map[string]any{"file_path": file, "content": strings.Repeat("A line of some file.\n", 15) + "The end.\n"}},
			{"Read", map[string]any{"file_path": file}},
			{"Edit", map[string]any{"file_path": file, "old_string": "The end.", "new_string": "The end of file " + strconv.Itoa(i)}},
			{"Glob", map[string]any{"pattern": "long/" + strconv.Itoa(i/4) + ".*"}},
		}[i%4])
	}
	return all
}

func callNames(calls []toolCall) (names []string) {
	for _, c := range calls {
		names = append(names, c.name)
	}
	return names
}

// benchLong measures one turn of many calls.
func benchLong(ctx context.Context, o options) error {
	var steps [][]time.Duration // by run
	f, err := repeatHeavy(ctx, o, func(cwd string) script {
		calls, last := longCalls(cwd, o.calls), time.Time{}
		steps = append(steps, nil)
		return func(t *talk) answer {
			now := time.Now()
			if t.step > 0 {
				run := &steps[len(steps)-1]
				*run = append(*run, now.Sub(last))
			}
			last = now
			if t.step < len(calls) {
				return answer{text: "The next step.", calls: calls[t.step : t.step+1]}
			}
			return answer{text: "Done."}
		}
	}, func(h *heavy) error { return h.check(1, callNames(longCalls("", o.calls))) })
	if err != nil {
		return err
	}
	var begin, end []time.Duration
	for _, run := range steps {
		begin, end = append(begin, run[:len(run)/10]...), append(end, run[len(run)-len(run)/10:]...)
	}
	what := fmt.Sprintf("one turn of %d calls", o.calls)
	line(what+", one after the other: time · CPU of the gateway", "%.1f s · %.1f s", median(f.seconds), median(f.cpu))
	line(what+": a step, of the first tenth · of the last", "%.1f ms · %.1f ms", micros(median(begin))/1000, micros(median(end))/1000)
	f.memory(what)
	return nil
}

// What a leg between two compactions does: reads that fill the context window, as the model counts it.
const (
	legReads   = 12
	legBytes   = 48_000 // of each, at least
	fullTokens = 170_000
)

// compactScript reads and reads; after each leg but the last the model says that its context is full.
func compactScript(cwd string, compactions int) script {
	return func(t *talk) answer {
		if t.turn > 0 || t.step == (compactions+1)*legReads {
			return answer{text: "Done."}
		}
		a := answer{text: "I read on.", calls: []toolCall{{"Read", map[string]any{"file_path": bigFile(cwd), "offset": t.step%10 + 1}}}}
		if t.step%legReads == legReads-1 && t.step/legReads < compactions {
			a.tokens = fullTokens
		}
		return a
	}
}

// benchCompact compares a session that compacts often with one that compacts once.
func benchCompact(ctx context.Context, o options) error {
	for _, n := range []int{1, o.compactions} {
		var first []float64
		f, err := repeatHeavy(ctx, o, func(cwd string) script { return compactScript(cwd, n) }, func(h *heavy) error {
			if err := h.checkCompacted(n); err != nil {
				return err
			}
			h.first = nil
			for range 5 {
				if err := h.turn(ctx); err != nil {
					return err
				}
			}
			first = append(first, micros(median(h.first))/1000)
			return h.check(6, slices.Repeat([]string{"Read"}, (n+1)*legReads))
		})
		if err != nil {
			return err
		}
		what := fmt.Sprintf("a session that compacts %d times", n)
		if n == 1 {
			what = "a session that compacts once"
		}
		f.memory(what)
		line(what+": a prompt after it to its request upstream", "%.1f ms", median(first))
	}
	return nil
}

// checkCompacted looks for the compactions in the transcript, and that the model saw each.
func (h *heavy) checkCompacted(n int) error {
	if err := h.check(1, slices.Repeat([]string{"Read"}, (n+1)*legReads)); err != nil {
		return err
	}
	found, err := h.boundaries()
	if err != nil {
		return err
	}
	t := h.model.talk(h.key)
	if found != n || t.summaries != n {
		return fmt.Errorf("%d compactions are in the transcript, %d were asked for, instead of %d", found, t.summaries, n)
	}
	if t.longest < legReads*legBytes || t.longest > 2*legReads*legBytes {
		return fmt.Errorf("the longest request of the last leg has %d bytes", t.longest)
	}
	return nil
}

// The work of a subagent: two calls, and text that takes long enough for all of them to be there at once.
const (
	agentDeltas = 20
	agentPause  = 100 * time.Millisecond
)

var agentCalls = []string{"Read", "Glob"}

func agentScript(cwd string, count int) script {
	return func(t *talk) answer {
		if t.key == "main" {
			return agentsAnswer(t, count)
		}
		a := answer{deltas: agentDeltas, pause: agentPause}
		switch t.step {
		case 0:
			a.calls = []toolCall{{"Read", map[string]any{"file_path": bigFile(cwd), "limit": 100}}}
		case 1:
			a.calls = []toolCall{{"Glob", map[string]any{"pattern": "*.txt"}}}
		}
		return a
	}
}

// agentsAnswer starts all subagents in one answer.
func agentsAnswer(t *talk, count int) answer {
	a := answer{text: "Done."}
	if t.step > 0 {
		return a
	}
	for i := range count {
		a.calls = append(a.calls, toolCall{"Agent", map[string]any{"description": "Look around", "prompt": keyed("agent" + strconv.Itoa(i))}})
	}
	return a
}

// benchAgents measures many subagents side by side.
func benchAgents(ctx context.Context, o options) error {
	f, err := repeatHeavy(ctx, o, func(cwd string) script { return agentScript(cwd, o.agents) }, func(h *heavy) error {
		if err := h.check(1, slices.Repeat([]string{"Agent"}, o.agents)); err != nil {
			return err
		}
		return h.checkSubagents(o.agents, agentCalls)
	})
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%d subagents in one turn", o.agents)
	line(what+": time · CPU of the gateway", "%.1f s · %.1f s", median(f.seconds), median(f.cpu))
	f.memory(what)
	line("the same, for each subagent at the peak", "%.0f KB", median(f.peak)*1024/float64(o.agents))
	return nil
}
