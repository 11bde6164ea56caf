// Command bench measures what the documentation claims of this product, on this machine, and prints it. Build the
// binaries first (make build); make bench does both.
//
// Every figure is the median of several runs. Where two things are compared they run in turn, in the same run, because
// the machine's speed drifts. Latency is measured from the write of an event by the Messages-API server to its receipt
// by the WebSocket client, both in this process, so that one clock serves both; CPU time is the kernel's count for the
// process in between.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "pipe" {
		runPipe(os.Args[2:])
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the sizes of the loads. All of them are bounded.
type options struct {
	bin     string
	runs    int
	deltas  int
	every   time.Duration
	idle    int
	streams int
	crowd   int
	calls   int
	agents  int
	only    string

	compactions int
}

// measurements are what is made, in this order.
var measurements = []struct {
	name string
	make func(context.Context, options) error
}{
	{"start", benchStart},
	{"latency", benchLatency},
	{"request", benchFirstRequest},
	{"load", benchLoad},
	{"memory", benchMemory},
	{"crowd", benchCrowd},
	{"long", benchLong},
	{"compact", benchCompact},
	{"agents", benchAgents},
	{"image", benchImage},
}

func run(ctx context.Context) error {
	var o options
	flag.StringVar(&o.bin, "bin", "bin", "folder of the binaries")
	flag.IntVar(&o.runs, "runs", 5, "runs of each measurement")
	flag.IntVar(&o.deltas, "deltas", 2000, "deltas of a streamed answer")
	flag.DurationVar(&o.every, "every", time.Millisecond, "pause between two deltas")
	flag.IntVar(&o.idle, "idle", 1000, "idle connections")
	flag.IntVar(&o.streams, "streams", 200, "turns that stream at once")
	flag.IntVar(&o.crowd, "crowd", 200, "sessions that work with tools at once")
	flag.IntVar(&o.calls, "calls", 500, "calls of a long turn")
	flag.IntVar(&o.compactions, "compactions", 10, "compactions of a long session")
	flag.IntVar(&o.agents, "agents", 50, "subagents side by side")
	flag.StringVar(&o.only, "only", "", "the one measurement to make, by name; all if empty")
	flag.Parse()
	for _, m := range measurements {
		if o.only != "" && o.only != m.name {
			continue
		}
		if err := m.make(ctx, o); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}
