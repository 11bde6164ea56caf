// Package health answers whether the program and what it needs are well. Every answer comes within two seconds, however
// long a check hangs, and holds no secret.
package health

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Status is the outcome of one check.
type Status string

// The outcomes. Disabled means that there is nothing to check, and is no trouble.
const (
	OK       Status = "ok"
	Degraded Status = "degraded"
	Failed   Status = "failed"
	Disabled Status = "disabled"
)

// The words for the whole.
const (
	healthy   = "healthy"
	impaired  = "degraded"
	unhealthy = "unhealthy"
)

const (
	// patience is how long an answer waits for a check; the whole answer must come within 2 s.
	patience = 1500 * time.Millisecond
	// fresh is how long a result is shown again instead of being asked for.
	fresh = time.Second
)

// Result is what a check found. Detail is shown to everybody: it must hold no secret.
type Result struct {
	Status Status `json:"status"`
	Detail string `json:"detail,omitempty"`
}

// Check is one thing that is looked at. Run gets a context that ends after a second and a half; one that goes on after
// that is reported as failed, and is not started again before it has returned. If a Critical check fails, the program
// cannot do its work.
type Check struct {
	Name     string
	Critical bool
	Run      func(ctx context.Context) Result
}

// Checker runs checks and serves what they found. It is safe for concurrent use; callers share the runs.
type Checker struct {
	probes []*probe
}

// New makes a Checker. The names of the checks must differ.
func New(checks ...Check) *Checker {
	c := &Checker{}
	for _, check := range checks {
		c.probes = append(c.probes, &probe{check: check})
	}
	return c
}

// Report is the body of the health route.
type Report struct {
	Status    string            `json:"status"`
	Timestamp string            `json:"timestamp"`
	Checks    map[string]Result `json:"checks"`
}

// Report runs the checks side by side and puts their results together.
func (c *Checker) Report(ctx context.Context) Report {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	results := make([]Result, len(c.probes))
	var wait sync.WaitGroup
	for i, p := range c.probes {
		wait.Go(func() { results[i] = p.result(ctx) })
	}
	wait.Wait()
	report := Report{
		Status:    healthy,
		Timestamp: time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		Checks:    make(map[string]Result, len(results)),
	}
	for i, p := range c.probes {
		report.Checks[p.check.Name] = results[i]
		report.Status = worse(report.Status, p.check, results[i])
	}
	return report
}

// worse adds one result to the word for the whole.
func worse(whole string, check Check, r Result) string {
	switch {
	case r.Status == OK, r.Status == Disabled, whole == unhealthy:
		return whole
	case r.Status == Failed && check.Critical:
		return unhealthy
	}
	return impaired
}

// Health serves the whole report: 503 if a critical check failed, 200 otherwise.
func (c *Checker) Health() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		report := c.Report(r.Context())
		writeJSON(w, statusOf(report), report)
	})
}

// Live says that the process answers; it looks at nothing else.
func (c *Checker) Live() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, Result{Status: OK})
	})
}

// Ready says whether requests can be served: 503 if a critical check failed. What is not as it should be is named, the
// boundary around tools too, in the order of the names.
func (c *Checker) Ready() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		report := c.Report(r.Context())
		result := Result{Status: OK}
		var trouble []string
		for _, name := range slices.Sorted(maps.Keys(report.Checks)) {
			if check := report.Checks[name]; check.Status == Degraded || check.Status == Failed {
				result.Status = Degraded
				trouble = append(trouble, strings.TrimSuffix(name+": "+check.Detail, ": "))
			}
		}
		if report.Status == unhealthy {
			result.Status = Failed
		}
		result.Detail = strings.Join(trouble, " ")
		writeJSON(w, statusOf(report), result)
	})
}

func statusOf(report Report) int {
	if report.Status == unhealthy {
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

func writeJSON(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // The client has gone; there is nobody to tell.
}
