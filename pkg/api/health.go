package api

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/health"
	"claude-agent-chat/pkg/store"
)

// The bounds of one look at the gateway: how long it may take, how long what it said is good for, how much is read.
const (
	lookTimeout = time.Second
	lookFresh   = time.Second
	lookMost    = 64 << 10
)

// NewHealth builds the app's checks. The sandbox and the model are the gateway's: what it says of them is passed on,
// and while it cannot be asked they are degraded and unknown.
func NewHealth(cfg *config.Config, st *store.Store) (*health.Checker, error) {
	gateway, err := newGateway(cfg.WSGatewayURL)
	if err != nil {
		return nil, err
	}
	look := &gatewayLook{address: gateway.at("api", "health").String(), client: gateway.client}
	return health.New(
		health.SessionsVolume(cfg.SessionsRoot),
		health.Database(st),
		health.HTTP(gateway.at("api", "livez").String()),
		look.check("sandbox"),
		look.check("model"),
	), nil
}

// gatewayLook is what the gateway last said of its own checks. Several checks share one look.
type gatewayLook struct {
	address string
	client  *http.Client

	mu   sync.Mutex // held while one caller asks: the others want the same answer
	at   time.Time
	seen map[string]health.Result
}

// check passes on one of the gateway's checks.
func (l *gatewayLook) check(name string) health.Check {
	return health.Check{Name: name, Run: func(ctx context.Context) health.Result {
		result, ok := l.look(ctx)[name]
		if !ok {
			return health.Result{Status: health.Degraded, Detail: "unknown: the gateway does not say"}
		}
		return result
	}}
}

// look asks the gateway, unless that was done a moment ago. The result is nil while the gateway cannot be asked.
func (l *gatewayLook) look(ctx context.Context) map[string]health.Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.at) < lookFresh {
		return l.seen
	}
	l.seen = nil
	if body, err := l.ask(ctx); err == nil {
		l.seen = parseChecks(body)
	}
	l.at = time.Now()
	return l.seen
}

// parseChecks reads the checks of a health answer; a status that this server does not know counts as degraded.
func parseChecks(body []byte) map[string]health.Result {
	var answer struct {
		Checks map[string]struct {
			Status string `json:"status"`
			Detail string `json:"detail"`
		} `json:"checks"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return nil
	}
	results := make(map[string]health.Result, len(answer.Checks))
	for name, check := range answer.Checks {
		status := health.Status(check.Status)
		switch status {
		case health.OK, health.Degraded, health.Failed, health.Disabled:
		default:
			status = health.Degraded
		}
		results[name] = health.Result{Status: status, Detail: check.Detail}
	}
	return results
}

// ask reads the gateway's health answer, whatever its status.
func (l *gatewayLook) ask(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.address, nil)
	if err != nil {
		return nil, err
	}
	res, err := l.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	return io.ReadAll(io.LimitReader(res.Body, lookMost))
}
