package index

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/workspace"
)

// Report says what Reindex did.
type Report struct {
	Files    int   // transcripts read
	Bytes    int64 // of them
	Gone     int   // rows removed, because their files are gone
	Failed   int   // transcripts that could not be read; the log says which
	Took     time.Duration
	problems sync.Mutex
}

// Reindex makes the rows of all sessions anew from their files, or those of one owner, or those of
// the paths if any are given. Marks such as "pinned" stay. The server may run meanwhile.
func (x *Index) Reindex(ctx context.Context, owner string, paths []string) (*Report, error) {
	files, err := x.chosen(ctx, owner, paths)
	if err != nil {
		return nil, err
	}
	report := &Report{Files: len(files)}
	for _, f := range files {
		report.Bytes += f.Info.Size()
	}
	began := time.Now()
	if err := x.eachAtOnce(ctx, files, report, x.UpdateRow); err != nil {
		return report, err
	}
	if len(paths) == 0 {
		if report.Gone, err = x.dropGone(ctx, owner); err != nil {
			return report, err
		}
	}
	report.Took = time.Since(began)
	return report, nil
}

// chosen gathers the files that Reindex is to read.
func (x *Index) chosen(ctx context.Context, owner string, paths []string) ([]File, error) {
	var files []File
	if len(paths) == 0 {
		err := x.Files(ctx, owner, func(f File) error {
			files = append(files, f)
			return nil
		})
		return files, err
	}
	for _, path := range paths {
		f, ok, err := x.fileAt(path)
		if err != nil || !ok {
			return nil, fault.New(fault.Invalid, "%s is no transcript below the sessions root.", path)
		}
		files = append(files, f)
	}
	return files, nil
}

// eachAtOnce runs work for all files, on all cores. A file that cannot be read is counted; the database's errors end it.
func (x *Index) eachAtOnce(ctx context.Context, files []File, report *Report, work func(context.Context, File) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, f := range files {
		group.Go(func() error {
			err := work(ctx, f)
			if errors.Is(err, errUnreadable) {
				x.opts.Log.Warn("transcript not read", "session_id", f.SessionID, "error", err)
				report.problems.Lock()
				report.Failed++
				report.problems.Unlock()
				return nil
			}
			return err
		})
	}
	return group.Wait()
}

// dropGone removes the rows of sessions whose files are gone. A user whose directory cannot be seen keeps all rows.
func (x *Index) dropGone(ctx context.Context, owner string) (gone int, err error) {
	known, err := x.opts.Store.SessionFiles(ctx)
	if err != nil {
		return 0, err
	}
	for _, row := range known {
		if owner != "" && row.OwnerID != owner || !x.isGone(row) {
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
// that are gone. A file that did not change costs one stat.
func (x *Index) CompareAll(ctx context.Context) error {
	rows, err := x.opts.Store.SessionFiles(ctx)
	if err != nil {
		return err
	}
	known := make(map[string]store.SessionFile, len(rows))
	for _, row := range rows {
		known[row.File] = row
	}
	var changed []File
	err = x.Files(ctx, "", func(f File) error {
		row, ok := known[x.rel(f)]
		if !ok || row.Changed(f.Info) {
			changed = append(changed, f)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := x.eachAtOnce(ctx, changed, &Report{}, x.UpdateRow); err != nil {
		return err
	}
	_, err = x.dropGone(ctx, "")
	return err
}

func ignoreMissing(err error) error {
	if fault.Is(err, fault.NotFound) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
