package index

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/workspace"
)

// Report says what Reindex did.
type Report struct {
	Files  int   // transcripts read
	Bytes  int64 // of them
	Gone   int   // rows removed, because their files are gone
	Failed int   // transcripts that could not be read; the log says which
	Took   time.Duration
	Text   time.Duration // of it, for making the text findable
}

// Reindex makes the rows of all sessions anew from their files, or of the paths if any are given. Text that cannot be found
// yet is added; textToo has all of it made anew, as it is for paths. Marks such as "pinned" stay. The server may run
// meanwhile.
func (x *Index) Reindex(ctx context.Context, paths []string, textToo bool) (Report, error) {
	began := time.Now()
	files, err := x.chosen(ctx, paths)
	if err != nil {
		return Report{}, err
	}
	report := Report{Files: len(files)}
	for _, f := range files {
		report.Bytes += f.Info.Size()
	}
	if report.Failed, err = x.updateRows(ctx, files); err != nil {
		return report, err
	}
	if len(paths) == 0 {
		rows, err := x.opts.Store.SessionFiles(ctx)
		if err != nil {
			return report, err
		}
		if report.Gone, err = x.dropGone(ctx, rows); err != nil {
			return report, err
		}
	}
	rows := time.Now()
	if textToo || len(paths) > 0 {
		if err := x.dropText(ctx, files); err != nil {
			return report, err
		}
	}
	if err := x.fill(ctx, files); err != nil {
		return report, err
	}
	report.Took, report.Text = time.Since(began), time.Since(rows)
	return report, nil
}

// dropText forgets the text of files.
func (x *Index) dropText(ctx context.Context, files []File) error {
	for _, f := range files {
		if err := x.opts.Store.DropDocuments(ctx, f.Owner, f.SessionID); err != nil {
			return err
		}
	}
	return nil
}

// chosen gathers the files that Reindex is to read.
func (x *Index) chosen(ctx context.Context, paths []string) ([]File, error) {
	if len(paths) == 0 {
		return x.files(ctx)
	}
	var files []File
	for _, path := range paths {
		f, ok, err := x.fileAt(path)
		if err != nil || !ok {
			return nil, fault.New(fault.Invalid, "%s is no transcript below the sessions root.", path)
		}
		files = append(files, f)
	}
	return files, nil
}

// updateRows updates the rows of files: they are read on all cores, and written many at once. A file that cannot be read is
// counted; the database's errors end it.
func (x *Index) updateRows(ctx context.Context, files []File) (failed int, err error) {
	if len(files) == 0 {
		return 0, nil
	}
	rows := make(chan store.Session, rowBatch)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return x.writeRows(ctx, rows) })
	group.Go(func() (err error) {
		defer close(rows)
		failed, err = x.readRows(ctx, files, rows)
		return err
	})
	err = group.Wait()
	return failed, err
}

// readRows makes the rows of files on all cores.
func (x *Index) readRows(ctx context.Context, files []File, rows chan<- store.Session) (failed int, err error) {
	var unreadable atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, f := range files {
		group.Go(func() error {
			row, ok, err := x.rowOf(f)
			if err != nil {
				x.opts.Log.Warn("transcript not read", "session_id", f.SessionID, "error", err)
				unreadable.Add(1)
			}
			if err != nil || !ok {
				return ctx.Err()
			}
			select {
			case rows <- row:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}
	err = group.Wait()
	return int(unreadable.Load()), err
}

// dropGone removes those of the rows whose files are gone. A user whose directory cannot be seen keeps all rows.
func (x *Index) dropGone(ctx context.Context, rows []store.SessionFile) (gone int, err error) {
	for _, row := range rows {
		if !x.isGone(row) {
			continue
		}
		if err := ignoreMissing(x.opts.Store.DeleteSession(ctx, row.OwnerID, row.ID)); err != nil {
			return gone, err
		}
		gone++
	}
	return gone, nil
}

func (x *Index) isGone(row store.SessionFile) bool {
	if row.File == "" || x.opts.Live(row.ID) {
		return false
	}
	path := PathOf(x.opts.Root, store.Session{File: row.File})
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	_, err := os.ReadDir(filepath.Join(workspace.Home(x.opts.Root, row.OwnerID), ".claude", "projects"))
	return err == nil
}

// CompareAll brings the database up to every file that has changed since it was indexed, and removes the rows of files
// that are gone. A file that did not change costs one stat, one that gets no row too.
func (x *Index) CompareAll(ctx context.Context) error {
	behind, err := x.compareAll(ctx)
	if err != nil {
		return err
	}
	return x.fill(ctx, behind)
}

// compareAll is CompareAll but for the text: it gives the files whose text is behind.
func (x *Index) compareAll(ctx context.Context) (behind []File, err error) {
	rows, err := x.opts.Store.SessionFiles(ctx)
	if err != nil {
		return nil, err
	}
	known := make(map[string]store.SessionFile, len(rows))
	for _, row := range rows {
		known[row.File] = row
	}
	files, err := x.files(ctx)
	if err != nil {
		return nil, err
	}
	var changed []File
	rowless := map[string]store.SessionFile{}
	for _, f := range files {
		row, ok := known[x.rel(f)]
		if !ok {
			row = x.rowless[f.Path]
			rowless[f.Path] = store.SessionFile{Size: f.Info.Size(), Mtime: f.Info.ModTime().UnixNano(), TextEnd: f.Info.Size()}
		}
		if row.Changed(f.Info) {
			changed = append(changed, f)
		}
		if row.TextEnd != f.Info.Size() {
			behind = append(behind, f)
		}
	}
	failed, err := x.updateRows(ctx, changed)
	if err != nil {
		return nil, err
	}
	if failed == 0 { // what could not be read is tried again.
		x.rowless = rowless
	}
	_, err = x.dropGone(ctx, rows)
	return behind, err
}

func ignoreMissing(err error) error {
	if fault.Is(err, fault.NotFound) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
