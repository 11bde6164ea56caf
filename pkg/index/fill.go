package index

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
)

// fillText is how much text of many files one transaction adds: the full-text index takes much of it in several times as
// fast as the same in small parts.
const fillText = 2 << 20

// fill makes what many files have gained findable: they are read on all cores, and added many at once. What ends it is the
// database's error.
func (x *Index) fill(ctx context.Context, files []File) error {
	additions := make(chan addition, runtime.GOMAXPROCS(0))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return x.addTexts(ctx, additions) })
	group.Go(func() error {
		defer close(additions)
		readers, ctx := errgroup.WithContext(ctx)
		readers.SetLimit(runtime.GOMAXPROCS(0))
		for _, f := range files {
			readers.Go(func() error { return x.readGained(ctx, f, additions) })
		}
		return readers.Wait()
	})
	return group.Wait()
}

// readGained reads what a file has gained. What is not a matter of reading on is left to UpdateText.
func (x *Index) readGained(ctx context.Context, f File, additions chan<- addition) error {
	file, end, err := x.opts.Store.TextEnd(ctx, f.Owner, f.SessionID)
	switch {
	case fault.Is(err, fault.NotFound) || err == nil && file != x.rel(f):
		return nil // no session, or not its file.
	case err != nil:
		return err
	case end < 0:
		return x.UpdateText(ctx, f)
	}
	err = x.readText(ctx, f, end, func(ctx context.Context, a addition) error {
		select {
		case additions <- a:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if fault.Is(err, fault.Conflict) {
		return x.UpdateText(ctx, f)
	}
	if err != nil && ctx.Err() == nil {
		x.opts.Log.Warn("text not indexed", "session_id", f.SessionID, "error", err)
		return nil
	}
	return err
}

// addTexts adds what comes, many at once.
func (x *Index) addTexts(ctx context.Context, additions <-chan addition) error {
	var batch []addition
	bytes := 0
	for a := range additions {
		batch, bytes = append(batch, a), bytes+a.bytes
		if bytes < fillText {
			continue
		}
		if err := x.addBatch(ctx, batch); err != nil {
			return err
		}
		batch, bytes = batch[:0], 0
	}
	return x.addBatch(ctx, batch)
}

// addBatch adds some of several files. If one of them was added by somebody else meanwhile, each goes on by itself.
func (x *Index) addBatch(ctx context.Context, batch []addition) error {
	all := make([]store.Addition, len(batch))
	for i := range batch {
		all[i] = batch[i].Addition
	}
	err := x.opts.Store.AddDocuments(ctx, all...)
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	for i := range batch {
		if err := x.UpdateText(ctx, batch[i].file); err != nil {
			return err
		}
	}
	return nil
}
