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
}

func run(ctx context.Context) error {
	var o options
	flag.StringVar(&o.bin, "bin", "bin", "folder of the binaries")
	flag.IntVar(&o.runs, "runs", 5, "runs of each measurement")
	flag.IntVar(&o.deltas, "deltas", 2000, "deltas of a streamed answer")
	flag.DurationVar(&o.every, "every", time.Millisecond, "pause between two deltas")
	flag.IntVar(&o.idle, "idle", 1000, "idle connections")
	flag.IntVar(&o.streams, "streams", 200, "turns that stream at once")
	flag.Parse()
	for _, measure := range []func(context.Context, options) error{
		benchStart, benchLatency, benchFirstRequest, benchLoad, benchMemory, benchImage,
	} {
		if err := measure(ctx, o); err != nil {
			return err
		}
	}
	return nil
}
