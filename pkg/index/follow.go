package index

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// The times of Follow.
const (
	settle   = 300 * time.Millisecond // from a file's change to its indexing, so that a turn's records come together
	rescan   = time.Minute            // between comparisons of all files, for changes that no event told of
	retry    = 2 * time.Second        // while the database is away
	mostWait = 1024                   // changed files that wait by name; more than these, and all files are compared
)

// Follow compares the database with all files, and then follows what changes until ctx ends, within about a second.
func (x *Index) Follow(ctx context.Context) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		x.opts.Log.Warn("transcripts not watched; they are compared every minute", "error", err)
		watcher = &fsnotify.Watcher{}
	} else {
		defer watcher.Close()
	}
	f := &follower{
		Index: x, watcher: watcher, watched: map[string]bool{}, changed: map[string]bool{}, all: true, behind: make(chan []File, 1),
	}
	f.watchAll()
	var filling sync.WaitGroup
	filling.Go(func() { f.fillBehind(ctx) })
	f.run(ctx)
	filling.Wait()
}

// follower is the state of one Follow.
type follower struct {
	*Index
	watcher *fsnotify.Watcher
	watched map[string]bool
	changed map[string]bool // paths
	all     bool            // every file is to be compared
	behind  chan []File     // whose text is not in the index yet
}

func (f *follower) run(ctx context.Context) {
	again := time.NewTicker(rescan)
	defer again.Stop()
	due := time.NewTimer(0)
	defer due.Stop()
	waiting := true
	for {
		select {
		case <-ctx.Done():
			return
		case event, ok := <-f.watcher.Events:
			if !ok {
				f.watcher.Events = nil
				continue
			}
			if f.noticed(event) && !waiting {
				due.Reset(settle)
				waiting = true
			}
		case err := <-f.watcher.Errors:
			f.opts.Log.Debug("changes of transcripts missed", "error", err)
			f.all = true
		case <-again.C:
			f.watchAll()
			f.all = true
			if !waiting {
				due.Reset(0)
				waiting = true
			}
		case <-due.C:
			waiting = false
			if err := f.catchUp(ctx); err != nil && ctx.Err() == nil {
				f.opts.Log.Warn("transcripts not indexed yet", "error", err)
				due.Reset(retry)
				waiting = true
			}
		}
	}
}

// noticed takes in an event and reports whether there is something to index.
func (f *follower) noticed(event fsnotify.Event) bool {
	if event.Has(fsnotify.Create) {
		if info, err := os.Lstat(event.Name); err == nil && info.IsDir() {
			f.watchAll()
			f.all = true
			return true
		}
	}
	if filepath.Ext(event.Name) != ".jsonl" {
		return false
	}
	if len(f.changed) >= mostWait {
		f.all = true
	} else {
		f.changed[event.Name] = true
	}
	return true
}

// watchAll watches the directories in which transcripts, and the directories of transcripts, appear. What was made in a
// directory before it was watched is found by looking again.
func (f *follower) watchAll() {
	if f.watcher.Events == nil {
		return
	}
	for f.watchMore() {
	}
}

// watchMore watches the directories that there are and reports whether one was new.
func (f *follower) watchMore() (more bool) {
	dirs := []string{f.opts.Root}
	for _, below := range []string{"*", "*/.claude", "*/.claude/projects", "*/.claude/projects/*"} {
		found, err := filepath.Glob(filepath.Join(f.opts.Root, below))
		if err == nil {
			dirs = append(dirs, found...)
		}
	}
	present := make(map[string]bool, len(dirs))
	for _, dir := range dirs {
		if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
			continue
		}
		present[dir] = true
		if f.watched[dir] {
			continue
		}
		if err := f.watcher.Add(dir); err != nil {
			f.opts.Log.Debug("directory not watched", "error", err)
			delete(present, dir)
			continue
		}
		more = true
	}
	f.watched = present
	return more
}

// catchUp indexes what has changed.
func (f *follower) catchUp(ctx context.Context) error {
	if f.all {
		behind, err := f.compareAll(ctx)
		if err != nil {
			return err
		}
		select {
		case <-f.behind: // an older list.
		default:
		}
		f.behind <- behind
		f.all = false
		clear(f.changed)
		return nil
	}
	for path := range f.changed {
		file, ok, err := f.fileAt(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			f.all = true // gone or replaced; the comparison tells.
		case err != nil:
			return err
		case ok:
			if err := f.update(ctx, file); err != nil {
				return err
			}
		}
		delete(f.changed, path)
	}
	return nil
}

// update brings a session's row and text up to its file. A file that cannot be read is only told of.
func (f *follower) update(ctx context.Context, file File) error {
	err := f.UpdateRow(ctx, file)
	if err == nil {
		err = f.UpdateText(ctx, file)
	}
	if errors.Is(err, errUnreadable) {
		f.opts.Log.Warn("transcript not read", "session_id", file.SessionID, "error", err)
		return nil
	}
	return err
}

// fillBehind adds the text of files that were written while nobody followed them, beside what changes now.
func (f *follower) fillBehind(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case files := <-f.behind:
			if err := f.fill(ctx, files); err != nil && ctx.Err() == nil {
				f.opts.Log.Warn("text not indexed", "error", err)
			}
		}
	}
}
