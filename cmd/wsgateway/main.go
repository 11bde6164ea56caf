// Command wsgateway is the WebSocket sidecar: it speaks the Agent Client Protocol on /ws/agent and runs the agent's
// turns.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/lifecycle"
	"claude-agent-chat/pkg/sandbox"
	"claude-agent-chat/pkg/serve"
)

func main() {
	os.Exit(lifecycle.Main(run))
}

// run serves until ctx ends. It returns 0 after a clean end, 1 after a failure, 2 for a wrong setting or argument.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("wsgateway", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { config.Usage(stdout, "wsgateway") }
	version := flags.Bool("version", false, "print the version and exit")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "wsgateway takes no argument %q; see wsgateway --help\n", flags.Arg(0))
		return 2
	}
	if *version {
		fmt.Fprintln(stdout, "wsgateway", lifecycle.Version())
		return 0
	}
	cfg, err := config.Load(environ, "")
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	log := lifecycle.Logger(stderr, cfg.LogLevel, cfg.LogFormat, cfg.Secrets()...)
	if err := sandbox.HardenSelf(); err != nil {
		log.Warn("process not hardened", "error", err)
	}
	if err := serve.PrepareRoot(cfg.SessionsRoot); err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	gateway, err := serve.NewGateway(ctx, cfg, lifecycle.Version(), log)
	if err != nil {
		log.Error("gateway did not start", "error", err)
		return 1
	}
	log.Info("gateway listens", "addr", gateway.Addr.String())
	err = lifecycle.Run(ctx, log, cfg.DrainTimeout, gateway.Parts...)
	if err := errors.Join(err, gateway.Close()); err != nil {
		log.Error("gateway ended", "error", err)
		return 1
	}
	return 0
}
