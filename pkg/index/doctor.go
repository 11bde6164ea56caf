package index

import (
	"context"
	"errors"
	"io/fs"

	"claude-agent-chat/pkg/transcript"
)

// Examine looks through all transcripts, or through those of the paths if any are given, and gives each its diagnosis. A file
// that is gone meanwhile is passed by.
func (x *Index) Examine(ctx context.Context, paths []string, each func(File, transcript.Diagnosis) error) error {
	files, err := x.chosen(ctx, paths)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		d, err := transcript.Examine(f.Path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = each(f, d)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Repair makes a transcript's damaged lines whole, as transcript.Repair does, and indexes it anew.
func (x *Index) Repair(ctx context.Context, f File) (transcript.Repaired, error) {
	done, err := transcript.Repair(ctx, f.Path)
	if err != nil || done.Changed == 0 {
		return done, err
	}
	if now, ok, err := x.fileAt(f.Path); err == nil && ok {
		f = now
	}
	if err := x.opts.Store.DropDocuments(ctx, f.Owner, f.SessionID); err != nil {
		return done, err
	}
	if err := x.UpdateRow(ctx, f); err != nil {
		return done, err
	}
	return done, x.UpdateText(ctx, f)
}
