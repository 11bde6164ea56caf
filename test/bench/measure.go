package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"nhooyr.io/websocket"
)

// benchStart measures the time from the start of a binary to its first healthy answer.
func benchStart(ctx context.Context, o options) error {
	for _, name := range []string{"app", "wsgateway"} {
		var times []time.Duration
		for range o.runs {
			w, err := newWorld(ctx)
			if err != nil {
				return err
			}
			port, err := freePort()
			if err != nil {
				return err
			}
			other, err := freePort()
			if err != nil {
				return err
			}
			ports := []string{"PORT=" + strconv.Itoa(port), "WS_PORT=" + strconv.Itoa(other)}
			if name == "wsgateway" {
				ports = []string{"PORT=" + strconv.Itoa(other), "WS_PORT=" + strconv.Itoa(port)}
			}
			env := append(ports,
				"HOST=127.0.0.1", "WS_GATEWAY_URL=http://127.0.0.1:1", "CLAUDE_SESSIONS_ROOT="+w.root)
			began := time.Now()
			p, err := start(ctx, port, fmt.Sprintf("http://127.0.0.1:%d/api/health", port), env, filepath.Join(o.bin, name))
			if err != nil {
				return err
			}
			times = append(times, time.Since(began))
			p.stop()
			w.remove()
		}
		line("start to healthy, "+name+" (aim: < 300 ms)", "%d ms", median(times).Milliseconds())
	}
	return nil
}

// bed is what most measurements need: a Messages-API server, a data directory with an account, and a gateway on both.
type bed struct {
	*world
	model   *model
	gateway *program
}

func newBed(ctx context.Context, o options, s script) (_ *bed, err error) {
	b := &bed{}
	defer func() {
		if err != nil {
			b.remove()
		}
	}()
	if b.model, err = newModel(s); err != nil {
		return nil, err
	}
	if b.world, err = newWorld(ctx); err != nil {
		return nil, err
	}
	b.gateway, err = b.world.gateway(ctx, o, b.model.url)
	return b, err
}

// remove ends and removes what newBed made, also when it did not come to the end.
func (b *bed) remove() {
	if b.gateway != nil {
		b.gateway.stop()
	}
	if b.world != nil {
		b.world.remove()
	}
	if b.model != nil {
		b.model.close()
	}
}

// stream is one streamed answer through a program: the latency of each delta, and the CPU time of the program.
type stream struct {
	latencies []time.Duration
	cpu       time.Duration
}

// frame takes the latency of a frame, if it holds the time of its write.
func (s *stream) frame(received time.Time, data []byte) {
	if written, ok := stamped(data); ok {
		s.latencies = append(s.latencies, received.Sub(written))
	}
}

// benchLatency compares the gateway with a bare pipe, in turn.
func benchLatency(ctx context.Context, o options) error {
	on, err := newBed(ctx, o, always(o.deltas, o.every))
	if err != nil {
		return err
	}
	defer on.remove()
	pipe, err := startPipe(ctx, on.model.url)
	if err != nil {
		return err
	}
	defer pipe.stop()

	var ours, bare, ratios, extra []float64
	var p99 []float64
	for i := range o.runs + 1 {
		g, err := streamGateway(ctx, on.gateway, on.world)
		if err != nil {
			return err
		}
		b, err := streamPipe(ctx, pipe, o.deltas)
		if err != nil {
			return err
		}
		if i == 0 {
			continue // the first run of each warms up
		}
		ours = append(ours, micros(median(g.latencies)))
		bare = append(bare, micros(median(b.latencies)))
		p99 = append(p99, micros(quantile(g.latencies, 0.99)))
		extra = append(extra, micros(median(g.latencies))-micros(median(b.latencies)))
		ratios = append(ratios, float64(g.cpu)/float64(b.cpu))
	}
	line("latency of a text delta, median: gateway", "%.0f µs (p99 %.0f µs)", median(ours), median(p99))
	line("latency of a text delta, median: bare pipe", "%.0f µs", median(bare))
	line("added latency of a text delta", "%.0f µs", median(extra))
	line("CPU per delta, gateway / bare pipe (aim: <= 1.5)", "%.2f", median(ratios))
	return nil
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func startPipe(ctx context.Context, model string) (*program, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	return start(ctx, port, fmt.Sprintf("http://127.0.0.1:%d/api/livez", port), nil, self, "pipe", strconv.Itoa(port), model)
}

func streamGateway(ctx context.Context, p *program, w *world) (stream, error) {
	var s stream
	c, err := dial(ctx, p.port, w.token, s.frame)
	if err != nil {
		return stream{}, err
	}
	defer c.close()
	id, err := c.session(ctx, w.cwd)
	if err != nil {
		return stream{}, err
	}
	before, err := cpuTime(p.pid())
	if err != nil {
		return stream{}, err
	}
	if _, err := c.call(ctx, "session/prompt", promptParams(id, "go")); err != nil {
		return stream{}, err
	}
	after, err := cpuTime(p.pid())
	s.cpu = after - before
	return s, err
}

func streamPipe(ctx context.Context, p *program, deltas int) (stream, error) {
	ws, _, err := websocket.Dial(ctx, fmt.Sprintf("ws://127.0.0.1:%d/ws/agent", p.port), nil)
	if err != nil {
		return stream{}, err
	}
	defer ws.CloseNow() //nolint:errcheck // the measurement is over
	before, err := cpuTime(p.pid())
	if err != nil {
		return stream{}, err
	}
	if err := ws.Write(ctx, websocket.MessageText, []byte("go")); err != nil {
		return stream{}, err
	}
	var s stream
	for len(s.latencies) < deltas {
		_, data, err := ws.Read(ctx)
		if err != nil {
			return stream{}, err
		}
		s.frame(time.Now(), data)
	}
	after, err := cpuTime(p.pid())
	s.cpu = after - before
	return s, err
}

// benchFirstRequest measures the time from a prompt's send to the arrival of its request at the Messages API.
func benchFirstRequest(ctx context.Context, o options) error {
	on, err := newBed(ctx, o, always(1, 0))
	if err != nil {
		return err
	}
	defer on.remove()
	c, err := dial(ctx, on.gateway.port, on.token, nil)
	if err != nil {
		return err
	}
	defer c.close()
	var times []time.Duration
	for i := range o.runs * 10 {
		id, err := c.session(ctx, on.cwd)
		if err != nil {
			return err
		}
		key := strconv.Itoa(i)
		sent := time.Now()
		if _, err := c.call(ctx, "session/prompt", promptParams(id, keyed(key))); err != nil {
			return err
		}
		times = append(times, on.model.talk(key).began.Sub(sent))
	}
	line("prompt to first request upstream (aim: < 5 ms)", "%.1f ms", micros(median(times))/1000)
	return nil
}

// benchMemory measures what an idle connection and what a streaming turn cost.
func benchMemory(ctx context.Context, o options) error {
	var idle, streaming, sessions []float64
	for range min(o.runs, 3) {
		perConn, perSession, err := idleMemory(ctx, o)
		if err != nil {
			return err
		}
		perTurn, err := streamMemory(ctx, o)
		if err != nil {
			return err
		}
		idle, sessions, streaming = append(idle, perConn), append(sessions, perSession), append(streaming, perTurn)
	}
	line(fmt.Sprintf("memory of an idle connection, %d open (aim: < 64 KB)", o.idle), "%.0f KB", median(idle)/1024)
	line("the same, each with a session of its own", "%.0f KB", median(sessions)/1024)
	line(fmt.Sprintf("memory of a streaming turn, %d at once (aim: < 512 KB)", o.streams), "%.0f KB", median(streaming)/1024)
	return nil
}

func idleMemory(ctx context.Context, o options) (perConn, perSession float64, err error) {
	w, err := newWorld(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer w.remove()
	p, err := w.gateway(ctx, o, "http://127.0.0.1:1")
	if err != nil {
		return 0, 0, err
	}
	defer p.stop()
	before, _, err := resident(p.pid())
	if err != nil {
		return 0, 0, err
	}
	clients := make([]*client, 0, o.idle)
	defer func() {
		for _, c := range clients {
			c.close()
		}
	}()
	for range o.idle {
		c, err := dial(ctx, p.port, w.token, nil)
		if err != nil {
			return 0, 0, err
		}
		clients = append(clients, c)
	}
	after, _, err := resident(p.pid())
	if err != nil {
		return 0, 0, err
	}
	for _, c := range clients {
		if _, err := c.session(ctx, w.cwd); err != nil {
			return 0, 0, err
		}
	}
	with, _, err := resident(p.pid())
	n := float64(o.idle)
	return float64(after-before) / n, float64(with-before) / n, err
}

// benchLoad measures the latency of deltas while many turns stream at once.
func benchLoad(ctx context.Context, o options) error {
	const turns = 100
	on, err := newBed(ctx, o, always(300, 20*time.Millisecond))
	if err != nil {
		return err
	}
	defer on.remove()
	streams := make([]stream, turns)
	group, ctx := errgroup.WithContext(ctx)
	for i := range streams {
		group.Go(func() (err error) {
			streams[i], err = streamGateway(ctx, on.gateway, on.world)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	var all []time.Duration
	for _, s := range streams {
		all = append(all, s.latencies...)
	}
	line(fmt.Sprintf("latency of a text delta, %d turns at once (aim: p99 < 100 ms)", turns), "%.1f ms (p99 %.1f ms)",
		micros(median(all))/1000, micros(quantile(all, 0.99))/1000)
	return nil
}

// streamMemory measures while turns stream at once: no answer begins before all of them were asked for.
func streamMemory(ctx context.Context, o options) (float64, error) {
	gate := make(chan struct{})
	on, err := newBed(ctx, o, func(*talk) answer { return answer{deltas: 300, pause: 20 * time.Millisecond, gate: gate} })
	if err != nil {
		return 0, err
	}
	defer on.remove()
	before, err := on.gateway.own()
	if err != nil {
		return 0, err
	}
	group, ctx := errgroup.WithContext(ctx)
	for range o.streams {
		group.Go(func() error { return streamOnce(ctx, on.gateway, on.world) })
	}
	for deadline := time.Now().Add(time.Minute); on.model.open.Load() < int64(o.streams); time.Sleep(10 * time.Millisecond) {
		if ctx.Err() != nil || time.Now().After(deadline) {
			return 0, fmt.Errorf("only %d of %d turns asked for an answer: %w", on.model.open.Load(), o.streams, cmp.Or(ctx.Err(), context.DeadlineExceeded))
		}
	}
	close(gate)
	time.Sleep(2 * time.Second) // in the middle of the answers, which take six
	during, err := on.gateway.own()
	return float64(during-before) / float64(o.streams), errors.Join(err, group.Wait())
}

func streamOnce(ctx context.Context, p *program, w *world) error {
	c, err := dial(ctx, p.port, w.token, nil)
	if err != nil {
		return err
	}
	defer c.close()
	id, err := c.session(ctx, w.cwd)
	if err != nil {
		return err
	}
	_, err = c.call(ctx, "session/prompt", promptParams(id, "go"))
	return err
}

// benchImage asks Docker for the image's size, if there is Docker and the image.
func benchImage(ctx context.Context, _ options) error {
	const image = "claude-agent-chat:test"
	out, err := exec.CommandContext(ctx, "docker", "image", "inspect", "-f", "{{.Size}}", image).Output()
	if err != nil {
		line("size of the image "+image, "not built here")
		return nil //nolint:nilerr // a machine without Docker has no image to measure
	}
	size, err := strconv.ParseInt(strings.TrimSpace(string(bytes.TrimSpace(out))), 10, 64)
	if err != nil {
		return err
	}
	line("size of the image "+image, "%d MB", size/1_000_000)
	return nil
}
