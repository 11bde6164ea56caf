//go:build linux && (amd64 || arm64)

package sandbox

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"claude-agent-chat/pkg/fault"
)

const (
	// startTimeout is how long the helper may take to read its order.
	startTimeout = 10 * time.Second
	// killGrace is how long the helper may take to clear up after it was told to stop; then it is killed itself.
	killGrace = 5 * time.Second
	// maxReport bounds what the helper may say.
	maxReport = 64 << 10
)

// Why a command was stopped.
var (
	errTimedOut = errors.New("time limit")
	errFlood    = errors.New("output limit")
)

// Run runs one command inside the boundary and waits for its end; then nothing that it started is left. When ctx ends
// first, the command is stopped and ctx's error returned. An Exit that is not zero is no error. It refuses, as
// fault.Unavailable with the sentence of Status, where the boundary does not hold.
func (s *Sandbox) Run(ctx context.Context, spec Spec) (Exit, error) {
	if status := s.Status(); !status.OK {
		return Exit{}, fault.New(fault.Unavailable, "%s", status.Detail)
	}
	if err := ctx.Err(); err != nil {
		return Exit{}, err
	}
	if spec.Network != nil && s.opts.Tier != TierNamespaces {
		return Exit{}, fault.New(fault.Unavailable, "%s", "Commands can have a network only with SANDBOX_ENABLED=true.")
	}
	if s.opts.Tier == TierUnsafe {
		if err := s.refuseCompany(ctx); err != nil {
			return Exit{}, err
		}
	}
	return s.run(ctx, spec)
}

// refuseCompany refuses to run without a boundary where there are others to be kept apart.
func (s *Sandbox) refuseCompany(ctx context.Context) error {
	alone, err := s.opts.Alone(ctx)
	if err == nil && !alone {
		err = fault.New(fault.Unavailable, "%s", "Commands run without a boundary only on a server with one account, and this one has more. "+
			"Set SANDBOX_ENABLED to true or false.")
	}
	return err
}

func (s *Sandbox) run(parent context.Context, spec Spec) (Exit, error) {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	if spec.Timeout > 0 {
		var release context.CancelFunc
		ctx, release = context.WithTimeoutCause(ctx, spec.Timeout, errTimedOut)
		defer release()
	}
	h, err := s.spare.take(s.opts.Tier, spec.Stdin)
	if err != nil {
		return Exit{}, fault.Wrap(err, fault.Unavailable, "The command could not be started.")
	}
	defer s.spare.renewLater(s.opts.Tier)()
	unlink, err := h.connect(spec, func() { cancel(errFlood) })
	if err != nil {
		h.discard()
		return Exit{}, fault.Wrap(err, fault.Unavailable, "The command could not be started.")
	}
	defer unlink()
	stop := context.AfterFunc(ctx, h.stop)
	said, err := h.order(order{
		Args: spec.Args, Dir: spec.Dir, Temp: spec.Temp, Env: spec.Env, Tier: s.opts.Tier, ABI: s.abi, Bwrap: s.opts.Bwrap,
		Network: spec.Network != nil, NoStdin: spec.Stdin == nil, NoStdout: spec.Stdout == nil, NoStderr: spec.Stderr == nil,
		OneOutput: spec.Stderr != nil && spec.Stderr == spec.Stdout,
		DiskQuota: s.opts.DiskQuota, DiskUsed: s.disk.used(spec),
		MaxTasks: cmp.Or(spec.MaxTasks, DefaultMaxTasks), MaxMemory: cmp.Or(spec.MaxMemory, DefaultMaxMemory), Crowd: s.crowdNow(),
		ReadWrite: spec.ReadWrite, ReadOnly: append(spec.ReadOnly[:len(spec.ReadOnly):len(spec.ReadOnly)], s.opts.ReadOnly...),
	})
	stop()
	s.disk.learn(spec, said.Disk, err)
	if err != nil || said.Broken {
		s.doubt()
	}
	return judge(parent, context.Cause(ctx), said, err)
}

// judge says how a run ended, from what the helper said and why it was stopped, if it was.
func judge(parent context.Context, cause error, said report, err error) (Exit, error) {
	exit := Exit{Code: said.Code, Signal: said.Signal}
	switch {
	case said.Limit != "":
		exit.Boundary = said.Limit
	case said.Stopped && errors.Is(cause, errTimedOut):
		exit.TimedOut = true
		exit.Boundary = "The command was stopped because its time was over."
	case errors.Is(cause, errFlood):
		exit.Boundary = "The command was stopped because it wrote too much output."
	case parent.Err() != nil && (said.Stopped || err != nil):
		return exit, parent.Err()
	}
	switch {
	case exit.Boundary != "":
		return exit, nil
	case err != nil:
		return exit, fault.Wrap(err, fault.Unavailable, "The boundary around the command broke, and the command was stopped.")
	case said.Crowded:
		return exit, fault.Wrap(errCrowded, fault.Unavailable, "The command was not started, because too many processes run on this server at the moment. Try again soon.")
	case said.Error != "":
		return exit, fault.Wrap(errors.New(said.Error), fault.Unavailable, "The command could not be started inside its boundary.")
	}
	return exit, nil
}

// limitOutput puts a common limit on what a command writes.
func limitOutput(spec Spec, flooded func()) (stdout, stderr io.Writer) {
	left := new(atomic.Int64)
	left.Store(spec.MaxOutput)
	if spec.MaxOutput == 0 {
		left.Store(DefaultMaxOutput)
	}
	if spec.Stdout != nil {
		stdout = &limitedWriter{to: spec.Stdout, left: left, over: flooded}
	}
	switch {
	case spec.Stderr == nil:
	case spec.Stderr == spec.Stdout:
		stderr = stdout
	default:
		stderr = &limitedWriter{to: spec.Stderr, left: left, over: flooded}
	}
	return stdout, stderr
}

// limitedWriter passes on what fits and throws away the rest, calling over.
type limitedWriter struct {
	to   io.Writer
	left *atomic.Int64
	over func()
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	if left := w.left.Add(-int64(len(p))); left < 0 {
		w.over()
		return len(p), nil
	}
	return w.to.Write(p)
}
