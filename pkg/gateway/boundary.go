package gateway

import (
	"encoding/json"
	"net/http"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/sandbox"
	"claude-agent-chat/pkg/store"
)

// Boundary is what the operator chose for the boundary around tools.
type Boundary struct {
	Enabled string   // SANDBOX_ENABLED
	Network string   // SANDBOX_NETWORK
	Hosts   []string // the names of SANDBOX_ALLOWED_HOSTS, presets resolved
}

// boundaryState is the boundary as administrators see it.
type boundaryState struct {
	Enabled  string         `json:"enabled"`
	Tier     string         `json:"tier"`
	OK       bool           `json:"ok"`
	Detail   string         `json:"detail"`
	TestedAt string         `json:"testedAt"`
	TookMS   float64        `json:"tookMs"`
	Network  string         `json:"network"`
	Hosts    []string       `json:"hosts"`
	Limits   boundaryLimits `json:"limits"`
}

type boundaryLimits struct {
	OutputBytes int64 `json:"outputBytes"`
	Tasks       int   `json:"tasks"`
	MemoryBytes int64 `json:"memoryBytes"`
}

// showBoundary says what the last test of the boundary found; a POST tests it first.
func (g *Gateway) showBoundary(w http.ResponseWriter, r *http.Request) {
	who, err := g.caller(r)
	switch {
	case err != nil:
	case who.Role != store.RoleAdmin:
		err = fault.New(fault.Forbidden, "Only administrators may do this.")
	case g.opts.Sandbox == nil:
		err = fault.New(fault.Unavailable, "There is no boundary here.")
	case r.Method == http.MethodPost:
		err = g.opts.Sandbox.Test(r.Context())
	}
	if err != nil {
		writeError(w, err)
		return
	}
	status := g.opts.Sandbox.Status()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(boundaryState{ // whoever asked may have gone.
		Enabled: g.opts.Boundary.Enabled, Tier: status.Tier, OK: status.OK, Detail: status.Detail,
		TestedAt: status.TestedAt.UTC().Format(time.RFC3339Nano), TookMS: float64(status.Took.Microseconds()) / 1e3,
		Network: g.opts.Boundary.Network, Hosts: append([]string{}, g.opts.Boundary.Hosts...),
		Limits: boundaryLimits{sandbox.DefaultMaxOutput, sandbox.DefaultMaxTasks, sandbox.DefaultMaxMemory},
	})
}
