// Package serve puts the gateway together from the configuration: the parts that cmd/wsgateway serves, and that
// cmd/app serves beside its own with --with-gateway.
package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"

	"claude-agent-chat/pkg/agent"
	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/door"
	"claude-agent-chat/pkg/egress"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/gateway"
	"claude-agent-chat/pkg/health"
	"claude-agent-chat/pkg/lifecycle"
	"claude-agent-chat/pkg/metrics"
	"claude-agent-chat/pkg/redact"
	"claude-agent-chat/pkg/sandbox"
	"claude-agent-chat/pkg/session"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/tool"
)

// Gateway is the gateway, put together and listening, not yet serving.
type Gateway struct {
	Addr  net.Addr // where it listens
	Parts []lifecycle.Part
	store *store.Store
}

// Close gives back what New opened, after the parts have ended.
func (g *Gateway) Close() error { return g.store.Close() }

// DemoModelID is the model of sessions that run without an API key.
const DemoModelID = "demo"

// Models are the models that people may choose from; the configured one comes first.
func Models(cfg *config.Config) []engine.Model {
	if cfg.DemoModel() {
		return []engine.Model{{ID: DemoModelID, Name: "Demo model", Description: "Scripted answers; not Claude."}}
	}
	models := []engine.Model{
		{ID: "claude-opus-5-5", Name: "Claude Opus 5.5", Description: "For demanding work."},
		{ID: "claude-sonnet-5-5", Name: "Claude Sonnet 5.5", Description: "For everyday work."},
		{ID: "claude-haiku-5-5", Name: "Claude Haiku 5.5", Description: "Fast and cheap."},
	}
	first := engine.Model{ID: cfg.AnthropicModel, Name: cfg.AnthropicModel}
	rest := models[:0:0]
	for _, m := range models {
		if m.ID == cfg.AnthropicModel {
			first = m
		} else {
			rest = append(rest, m)
		}
	}
	return append([]engine.Model{first}, rest...)
}

// NewGateway opens the database, listens, and puts the parts together. What it opened is closed again when it fails.
func NewGateway(ctx context.Context, cfg *config.Config, version string, log *slog.Logger) (_ *Gateway, err error) {
	st, accounts, err := OpenStore(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(cfg.Host, strconv.Itoa(cfg.WSPort)))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for the gateway: %w", err), st.Close())
	}
	box, err := sandbox.New(sandbox.Options{Tier: tiers[cfg.SandboxEnabled], DiskQuota: cfg.DiskQuota, Alone: func(ctx context.Context) (bool, error) {
		accounts, err := st.CountAccounts(ctx)
		return accounts <= 1, err
	}})
	if err != nil {
		return nil, errors.Join(err, listener.Close(), st.Close())
	}
	trail, out := audit.New(st, log), network(cfg, log)
	client := modelClient(cfg)
	native := agent.New(agent.Options{
		Client: client, Sandbox: box, Tools: tool.Builtin(out), Network: out, ServerClient: serverClient(cfg.MCPHosts),
		Models: Models(cfg), Window: cfg.ContextWindow, Log: log, Audit: trail, Secrets: redact.New(cfg.Secrets()...),
	})
	sessions := session.NewManager(session.Options{
		Root: cfg.SessionsRoot, Store: st, ResumeTurns: cfg.ResumeTurns, Grace: cfg.DeleteGrace, Log: log, Audit: trail, Engine: native,
	})
	edge := gateway.New(gateway.Options{
		Sessions: sessions, Auth: auth.New(st, auth.Options{PublicURL: cfg.PublicURL, Signup: cfg.Signup, Log: log, Roster: accounts, Audit: trail}),
		PublicURL: cfg.PublicURL, AllowedOrigins: cfg.AllowedOrigins, Hosts: door.NewHosts(cfg.HostAddresses()...),
		ServersByHTTP: len(cfg.MCPHosts) > 0,
		Sandbox:       box, Boundary: gateway.Boundary{Enabled: cfg.SandboxEnabled, Network: cfg.SandboxNetwork, Hosts: cfg.SandboxAllowedHosts.Names()},
		MaxConnections: cfg.MaxConnections, MaxAccountConnections: cfg.MaxAccountConnections, Version: version, Log: log,
	})
	checks := health.New(health.SessionsVolume(cfg.SessionsRoot), health.Database(st), SandboxCheck(box), ModelCheck(cfg))
	figures := metrics.New("wsgateway", version)
	addFigures(figures, box, sessions, edge)
	measured, err := MetricsPart(ctx, cfg, figures)
	if err != nil {
		return nil, errors.Join(err, listener.Close(), st.Close())
	}
	return &Gateway{Addr: listener.Addr(), store: st, Parts: append([]lifecycle.Part{
		AuditPart(trail),
		{Name: "session index", Serve: sessions.Serve},
		{Name: "deletions", Serve: sessions.Sweep},
		{Name: "sandbox", Serve: box.Watch},
		modelsPart(cfg, client, native, log),
		lifecycle.HTTPServer("gateway", listener, edge.Handler(checks)),
		{Name: "connections", Serve: edge.Watch, Shutdown: edge.Drain},
	}, measured...)}, nil
}

// addFigures adds what the gateway knows of itself.
func addFigures(figures *metrics.Set, box *sandbox.Sandbox, sessions *session.Manager, edge *gateway.Gateway) {
	figures.Gauge("sandbox_ok", "1 if the last test found that the boundary around tools holds, 0 if tools are refused.", func() float64 {
		if box.Status().OK {
			return 1
		}
		return 0
	})
	figures.Gauge("sandbox_test_seconds", "How long the last test of the boundary took.", func() float64 { return box.Status().Took.Seconds() })
	figures.Gauge("sandbox_test_timestamp_seconds", "When that test ended.", func() float64 { return float64(box.Status().TestedAt.UnixMilli()) / 1e3 })
	figures.Gauge("connections", "Open WebSocket connections.", func() float64 { return float64(edge.Connections()) })
	figures.Gauge("sessions_live", "Sessions in memory.", func() float64 { n, _ := sessions.Counts(); return float64(n) })
	figures.Gauge("turns_running", "Turns that run.", func() float64 { _, n := sessions.Counts(); return float64(n) })
}

// MetricsPart serves the figures where METRICS_ADDR says; nowhere if it is empty.
func MetricsPart(ctx context.Context, cfg *config.Config, figures *metrics.Set) ([]lifecycle.Part, error) {
	if cfg.MetricsAddr == "" {
		return nil, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("listen for metrics: %w", err)
	}
	return []lifecycle.Part{lifecycle.HTTPServer("metrics", listener, figures.Handler())}, nil
}

// network is the way of commands to the network; nil is none.
func network(cfg *config.Config, log *slog.Logger) *egress.Proxy {
	if cfg.SandboxNetwork != config.NetworkAllowlist {
		return nil
	}
	return egress.New(egress.Options{Hosts: cfg.SandboxAllowedHosts, Log: log})
}

// tiers are the boundaries that SANDBOX_ENABLED asks for.
var tiers = map[string]string{
	config.SandboxFalse: sandbox.TierLandlock, config.SandboxTrue: sandbox.TierNamespaces, config.SandboxUnsafe: sandbox.TierUnsafe,
}

// AuditPart writes the audit log. It stands first among the parts, so that it writes what the others did at their end.
func AuditPart(trail *audit.Log) lifecycle.Part {
	return lifecycle.Part{Name: "audit log", Serve: trail.Serve, Shutdown: func(ctx context.Context) error {
		trail.Flush(ctx)
		return nil
	}}
}

// modelClient reaches the Messages API; without a key and an address it is the demo model, in this process.
func modelClient(cfg *config.Config) *anthropic.Client {
	if cfg.DemoModel() {
		return anthropic.New(anthropic.Options{HTTPClient: anthropictest.Client(anthropictest.Demo())})
	}
	return anthropic.New(anthropic.Options{APIKey: cfg.AnthropicAPIKey.Reveal(), BaseURL: cfg.AnthropicBaseURL})
}

// SandboxCheck shows the boundary around tools in the health answer.
func SandboxCheck(box *sandbox.Sandbox) health.Check {
	return health.Check{Name: "sandbox", Run: func(context.Context) health.Result {
		status := box.Status()
		if !status.OK || status.Tier == sandbox.TierUnsafe {
			return health.Result{Status: health.Degraded, Detail: status.Detail}
		}
		return health.Result{Status: health.OK, Detail: strings.TrimSpace(status.Tier + " " + status.Detail)}
	}}
}

// ModelCheck shows which model answers in the health answer. It asks nobody, so that a probe costs nothing.
func ModelCheck(cfg *config.Config) health.Check {
	return health.Check{Name: "model", Run: func(context.Context) health.Result {
		if cfg.DemoModel() {
			return health.Result{Status: health.Disabled, Detail: "demo model; set ANTHROPIC_API_KEY for Claude"}
		}
		return health.Result{Status: health.OK}
	}}
}
