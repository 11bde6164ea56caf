// Package metrics shows operators figures of the running process, as Prometheus reads them.
package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Set is the figures of one process: those of the Go runtime and of the process, and those that are added. None of them
// names a person, a session or anything secret.
type Set struct{ registry *prometheus.Registry }

// New makes a Set for a program of a version.
func New(program, version string) *Set {
	s := &Set{prometheus.NewRegistry()}
	s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.Gauge("build_info", "Always 1; the labels say what runs.", func() float64 { return 1 }, "program", program, "version", version)
	return s
}

// Gauge adds a figure that is read when it is asked for. The labels are names and values in turn. Its name gets the prefix
// agentchat_; adding the same twice is a mistake in the program, and panics.
func (s *Set) Gauge(name, help string, read func() float64, labels ...string) {
	constant := prometheus.Labels{}
	for i := 0; i+1 < len(labels); i += 2 {
		constant[labels[i]] = labels[i+1]
	}
	s.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "agentchat", Name: name, Help: help, ConstLabels: constant}, read))
}

// Handler answers /metrics.
func (s *Set) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	return mux
}
