//go:build !linux || (!amd64 && !arm64)

package sandbox

import (
	"context"
	"time"

	"claude-agent-chat/pkg/fault"
)

const probeTimeout = time.Second

// There is nothing to be counted and nobody to wait for where nothing runs.
type (
	crowd struct{}
	spare struct{}
)

func findCrowd() (crowd, bool) { return crowd{}, true }
func (*spare) close()          {}

func insideTemp(temp string) string { return temp }

// HardenSelf does nothing on this system.
func HardenSelf() error { return nil }

func (s *Sandbox) probe(context.Context) error {
	s.setStatus(Status{Tier: TierNone, Detail: "There is no boundary for commands on this system, so they are refused. Use Linux on amd64 or arm64."})
	return nil
}

// Run refuses.
func (s *Sandbox) Run(context.Context, Spec) (Exit, error) {
	return Exit{}, fault.New(fault.Unavailable, "%s", s.Status().Detail)
}
