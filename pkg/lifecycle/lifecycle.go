// Package lifecycle runs the parts of a program side by side and ends them in order, last first, within a deadline.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// floor is what a part gets for its end even if the parts before it have used up the time.
const floor = time.Second

// Part is something that a program serves.
type Part struct {
	Name string
	// Serve runs until its context ends or Shutdown makes it return; nil has nothing to run. A nil result before that
	// means that the part is done, and the others go on; an error ends the whole program.
	Serve func(ctx context.Context) error
	// Shutdown ends the part in an orderly way, within the time of its context. When it has returned, the context of
	// Serve is cancelled. Nil does just that.
	Shutdown func(ctx context.Context) error

	// setLog gives the part the program's log before it serves.
	setLog func(log *slog.Logger)
}

// running is a part that was started.
type running struct {
	Part
	cancel context.CancelFunc
	done   chan struct{} // closed when Serve has returned
	err    error         // of Serve; may be read when done is closed
}

// Run serves all parts until ctx ends, a part fails, or every part is done. Then it ends them one after another, the
// last one first, so that a part may rely on those before it to the end. All of that takes drain at most, and a second
// more for each part that comes too late for its share. The result joins the errors of all parts; it is nil if ctx
// ended and everything went well.
func Run(ctx context.Context, log *slog.Logger, drain time.Duration, parts ...Part) error {
	ended := make(chan *running, len(parts))
	all := make([]*running, len(parts))
	for i, p := range parts {
		all[i] = start(ctx, log, p, ended)
	}
	cause := wait(ctx, all, ended)
	began := time.Now()
	log.Info("shutting down", "cause", cause)
	err := stop(ctx, all, began.Add(drain))
	log.Info("shut down", "ms", time.Since(began).Milliseconds())
	return err
}

// start runs a part under a context of its own, which outlives ctx: the order of the end is Run's to decide.
func start(ctx context.Context, log *slog.Logger, p Part, ended chan<- *running) *running {
	if p.setLog != nil {
		p.setLog(log)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &running{Part: p, cancel: cancel, done: make(chan struct{})}
	go func() {
		if p.Serve == nil {
			<-ctx.Done()
		} else if err := p.Serve(ctx); err != nil && !(errors.Is(err, context.Canceled) && ctx.Err() != nil) {
			r.err = fmt.Errorf("%s: %w", p.Name, err)
		}
		close(r.done)
		ended <- r
	}()
	return r
}

// wait returns when it is time to stop, and says why.
func wait(ctx context.Context, all []*running, ended <-chan *running) string {
	for range all {
		select {
		case <-ctx.Done():
			return "asked to stop"
		case r := <-ended:
			if r.err != nil {
				return r.Name + " failed"
			}
		}
	}
	return "nothing left to serve"
}

// stop ends the parts, last first.
func stop(ctx context.Context, all []*running, deadline time.Time) error {
	ctx = context.WithoutCancel(ctx)
	var errs []error
	for i := len(all) - 1; i >= 0; i-- {
		if least := time.Now().Add(floor); deadline.Before(least) {
			deadline = least
		}
		errs = append(errs, all[i].stop(ctx, deadline))
	}
	return errors.Join(errs...)
}

// stop ends one part and waits until its Serve has returned, or gives up on it.
func (r *running) stop(ctx context.Context, deadline time.Time) error {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	var err error
	if r.Shutdown != nil {
		if err = r.Shutdown(ctx); err != nil {
			err = fmt.Errorf("shut down %s: %w", r.Name, err)
		}
	}
	r.cancel()
	late := time.NewTimer(max(time.Until(deadline), floor))
	defer late.Stop()
	select {
	case <-r.done:
		return errors.Join(r.err, err)
	case <-late.C:
		return errors.Join(fmt.Errorf("%s did not end in time", r.Name), err)
	}
}
