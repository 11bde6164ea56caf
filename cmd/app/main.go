// Command app is the main server: it serves the web client, the REST API and the same-origin way to the gateway, and
// with --with-gateway the gateway itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"

	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/lifecycle"
	"claude-agent-chat/pkg/sandbox"
	"claude-agent-chat/pkg/serve"
)

// The exit statuses.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	os.Exit(lifecycle.Main(run))
}

// options are what the command line says.
type options struct {
	withGateway bool
	version     bool
	command     string
	rest        []string // of the command
}

// run does what args say until ctx ends. It returns 0 after a clean end, 1 after a failure, 2 for a wrong setting or
// argument.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	opts, err := parse(args, stdout, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	case opts.version:
		_, _ = fmt.Fprintln(stdout, "app", lifecycle.Version())
		return exitOK
	}
	if opts.command == commandHealthcheck && len(opts.rest) > 0 {
		return healthcheck(ctx, opts.rest[0], stderr)
	}
	cfg, err := config.Load(environ, "")
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return exitUsage
	}
	switch opts.command {
	case commandHealthcheck:
		return healthcheck(ctx, ownAddress(cfg), stderr)
	case commandReindex:
		return reindex(ctx, cfg, opts.rest, stdout, stderr)
	case commandAudit:
		return verifyAudit(ctx, cfg, stdout, stderr)
	case commandDoctor:
		return doctor(ctx, cfg, opts.rest, stdout, stderr)
	}
	if err := serve.PrepareRoot(cfg.SessionsRoot); err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return exitUsage
	}
	return serveUntil(ctx, cfg, opts, stderr)
}

// ownAddress is where the app of this configuration answers probes on this machine.
func ownAddress(cfg *config.Config) string {
	host := cfg.Host
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(cfg.Port)) + "/api/livez"
}

// serveUntil serves until ctx ends or a part fails.
func serveUntil(ctx context.Context, cfg *config.Config, opts options, stderr io.Writer) int {
	log := lifecycle.Logger(stderr, cfg.LogLevel, cfg.LogFormat, cfg.Secrets()...)
	if err := sandbox.HardenSelf(); err != nil {
		log.Warn("process not hardened", "error", err)
	}
	app, err := newApp(ctx, cfg, opts.withGateway, log)
	if err != nil {
		log.Error("app did not start", "error", err)
		return exitFailure
	}
	log.Info("app listens", "addr", app.addr.String(), "public_url", cfg.PublicURL)
	err = lifecycle.Run(ctx, log, cfg.DrainTimeout, app.parts...)
	if err := errors.Join(err, app.close()); err != nil {
		log.Error("app ended", "error", err)
		return exitFailure
	}
	return exitOK
}

// The commands: asking a running server how it is, making the index anew, looking for damage, and checking the audit log.
const (
	commandHealthcheck = "healthcheck"
	commandReindex     = "reindex"
	commandDoctor      = "doctor"
	commandAudit       = "audit"
)

// parse reads the command line; what it has to say about mistakes is on stderr when it returns an error.
func parse(args []string, stdout, stderr io.Writer) (options, error) {
	var opts options
	flags := flag.NewFlagSet("app", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {}
	flags.BoolVar(&opts.withGateway, "with-gateway", false, "")
	flags.BoolVar(&opts.version, "version", false, "")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			usage(stdout)
		} else {
			_, _ = fmt.Fprintln(stderr, "app --help shows what it takes.")
		}
		return options{}, err
	}
	rest := flags.Args()
	if len(rest) > 0 {
		opts.command, opts.rest = rest[0], rest[1:]
	}
	switch {
	case len(rest) == 0:
	case opts.command == commandHealthcheck && len(rest) <= 2:
	case opts.command == commandAudit && len(rest) == 2 && rest[1] == "verify":
	case opts.command == commandReindex, opts.command == commandDoctor:
	default:
		err := fmt.Errorf("unknown argument %q", strings.Join(rest, " "))
		_, _ = fmt.Fprintf(stderr, "%v; app --help shows what it takes.\n", err)
		return options{}, err
	}
	return opts, nil
}

// usage shows the command line and the settings.
func usage(w io.Writer) {
	config.Usage(w, "app",
		[2]string{"--with-gateway", "run the gateway in the same process, on WS_PORT"},
		[2]string{"reindex [--search] [PATH…]", "make the index of sessions anew from the transcripts, of all or of these files, and with --search all that can be found; safe while the server runs"},
		[2]string{"doctor [--repair] [PATH…]", "say what is damaged in the transcripts, of all or of these files, and mend it; what was stays beside it"},
		[2]string{"audit verify", "say whether the audit log is whole and as it was written"},
		[2]string{"healthcheck [URL]", "exit with 0 if the running server answers, with 1 if not"},
	)
}
