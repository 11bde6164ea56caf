package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"

	"claude-agent-chat/pkg/api"
	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/lifecycle"
	"claude-agent-chat/pkg/metrics"
	"claude-agent-chat/pkg/serve"
	"claude-agent-chat/web"
)

// app is the app, put together and listening, not yet serving.
type app struct {
	addr   net.Addr
	parts  []lifecycle.Part
	closes []func() error // what was opened, in the order of opening
}

// close gives back what newApp opened, last first, after the parts have ended.
func (a *app) close() error {
	var errs []error
	for i := len(a.closes) - 1; i >= 0; i-- {
		errs = append(errs, a.closes[i]())
	}
	return errors.Join(errs...)
}

// newApp opens the database, listens, and puts the parts together. What it opened is closed again when it fails.
func newApp(ctx context.Context, cfg *config.Config, withGateway bool, log *slog.Logger) (_ *app, err error) {
	a := &app{}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	if withGateway {
		if err := a.addGateway(ctx, cfg, log); err != nil {
			return nil, err
		}
	}
	st, accounts, err := serve.OpenStore(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	a.closes = append(a.closes, st.Close)
	trail := audit.New(st, log)
	checks, err := api.NewHealth(cfg, st)
	if err != nil {
		return nil, err
	}
	handler, err := api.New(api.Deps{
		Config: cfg, Store: st,
		Auth:   auth.New(st, auth.Options{PublicURL: cfg.PublicURL, Signup: cfg.Signup, Log: log, Roster: accounts, Audit: trail, Provider: api.Provider(cfg)}),
		Audit:  trail,
		Health: checks, Assets: web.Assets(), Models: serve.Models(cfg), Version: lifecycle.Version(), Log: log,
	})
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(cfg.Host, strconv.Itoa(cfg.Port)))
	if err != nil {
		return nil, fmt.Errorf("listen for the app: %w", err)
	}
	a.addr = listener.Addr()
	if !withGateway { // the gateway's figures are those of this process then.
		measured, err := serve.MetricsPart(ctx, cfg, metrics.New("app", lifecycle.Version()))
		if err != nil {
			return nil, errors.Join(err, listener.Close())
		}
		a.parts = append(a.parts, measured...)
	}
	a.parts = append(a.parts,
		serve.AuditPart(trail),
		lifecycle.Part{Name: "account notes", Serve: accounts.Serve},
		lifecycle.HTTPServer("app", listener, handler))
	return a, nil
}

// addGateway puts the gateway into this process. The app then reaches it where it listens, whatever WS_GATEWAY_URL says.
func (a *app) addGateway(ctx context.Context, cfg *config.Config, log *slog.Logger) error {
	gateway, err := serve.NewGateway(ctx, cfg, lifecycle.Version(), log)
	if err != nil {
		return err
	}
	a.closes = append(a.closes, gateway.Close)
	a.parts = append(a.parts, gateway.Parts...)
	cfg.WSGatewayURL = "http://" + dialable(gateway.Addr)
	log.Info("gateway listens", "addr", gateway.Addr.String())
	return nil
}

// dialable is an address of this machine under which a listener can be reached from it.
func dialable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
