// Package index keeps the database's rows of sessions up to date with the transcript files. The files are the truth: a row
// is made from its file alone, a file that Claude Code wrote is found like one of ours, and after the loss of the database everything but marks such as "pinned" comes back from the files.
package index

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/transcript"
	"claude-agent-chat/pkg/workspace"
)

// Options are what an Index works with. All fields but Live are required.
type Options struct {
	Root  string // the sessions root
	Store *store.Store
	// Live reports whether a session is in memory in this process: it writes its row itself then. Nil is none.
	Live func(sessionID string) bool
	Log  *slog.Logger
}

// Index brings the database up to the files. Its methods but CompareAll and Follow are safe for concurrent use.
type Index struct {
	opts    Options
	rowless map[string]store.SessionFile // by path: files that CompareAll read and that got no row, as of no account
}

// New makes an Index.
func New(opts Options) *Index {
	if opts.Live == nil {
		opts.Live = func(string) bool { return false }
	}
	return &Index{opts: opts}
}

// File is one transcript on the volume.
type File struct {
	Path      string // absolute
	Owner     string // the account that the home belongs to
	SessionID string
	Info      fs.FileInfo
}

// Find finds a session's file among those of its owner; fs.ErrNotExist says that there is none.
func (x *Index) Find(owner, sessionID string) (File, error) {
	paths, err := filepath.Glob(filepath.Join(workspace.Home(x.opts.Root, owner), ".claude", "projects", "*", sessionID+".jsonl"))
	if err != nil {
		return File{}, err
	}
	for _, path := range paths {
		if f, ok, err := x.fileAt(path); ok && err == nil {
			return f, nil
		}
	}
	return File{}, fs.ErrNotExist
}

// rel is the path as the database keeps it.
func (x *Index) rel(f File) string {
	rel, err := filepath.Rel(x.opts.Root, f.Path)
	if err != nil {
		return f.Path
	}
	return rel
}

// fileAt tells what a path names; ok is false if it is no transcript of a user's: a link, another kind of file, a name
// that is no session's.
func (x *Index) fileAt(path string) (f File, ok bool, err error) {
	rel, err := filepath.Rel(x.opts.Root, path)
	if err != nil {
		return File{}, false, nil //nolint:nilerr // a path outside the root is none of ours.
	}
	parts := strings.Split(rel, string(filepath.Separator))
	if len(parts) != 5 || parts[1] != ".claude" || parts[2] != "projects" {
		return File{}, false, nil
	}
	id, ok := strings.CutSuffix(parts[4], ".jsonl")
	if _, err := uuid.Parse(id); !ok || err != nil || len(id) != 36 {
		return File{}, false, nil //nolint:nilerr // Claude Code opens no other names either.
	}
	info, err := os.Lstat(path)
	if err != nil {
		return File{}, false, err
	}
	if !info.Mode().IsRegular() {
		return File{}, false, nil
	}
	return File{Path: path, Owner: parts[0], SessionID: id, Info: info}, true, nil
}

// files lists every transcript below the root. A directory that cannot be read is reported and passed by.
func (x *Index) files(ctx context.Context) ([]File, error) {
	dirs, err := filepath.Glob(filepath.Join(x.opts.Root, "*", ".claude", "projects", "*"))
	if err != nil {
		return nil, err
	}
	var files []File
	for _, dir := range dirs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			x.opts.Log.Warn("transcripts not listed", "error", err)
		}
		for _, entry := range entries {
			f, ok, err := x.fileAt(filepath.Join(dir, entry.Name()))
			if err == nil && ok { // an error: removed meanwhile.
				files = append(files, f)
			}
		}
	}
	return files, nil
}

// Row makes a session's row from its file.
func (x *Index) Row(f File) (store.Session, error) {
	sum, err := transcript.Scan(f.Path)
	if err != nil {
		return store.Session{}, err
	}
	row := store.Session{
		ID: f.SessionID, OwnerID: f.Owner, Cwd: sum.Cwd, Title: sum.Title, Model: sum.Model,
		CreatedAt: sum.First, UpdatedAt: sum.Last, MessageCount: int64(sum.Messages),
		File: x.rel(f), FileSize: sum.Size, FileMtime: f.Info.ModTime().UnixNano(),
		Skipped: int64(sum.Skipped), Interrupted: sum.Interrupted,
		Usage: store.Usage(sum.Usage), Spent: SpentOf(sum),
	}
	if row.CreatedAt.IsZero() {
		row.CreatedAt, row.UpdatedAt = f.Info.ModTime(), f.Info.ModTime()
	}
	return row, nil
}

// SpentOf is what a session used, as the index keeps it.
func SpentOf(sum transcript.Summary) []store.Spent {
	spent := make([]store.Spent, 0, len(sum.Spent))
	for _, s := range sum.Spent {
		day := ""
		if !s.Day.IsZero() {
			day = s.Day.Format(time.DateOnly)
		}
		spent = append(spent, store.Spent{Day: day, Model: s.Model, Usage: store.Usage(s.Usage)})
	}
	return spent
}

// errUnreadable says that a file could not be read; the database is well.
var errUnreadable = errors.New("read transcript")

// UpdateRow brings a session's row up to its file. A file without a single message is none of a session yet.
func (x *Index) UpdateRow(ctx context.Context, f File) error {
	row, ok, err := x.rowOf(f)
	if err != nil || !ok {
		return err
	}
	return x.writeRow(ctx, row)
}

// rowOf makes the row of a file that gets one.
func (x *Index) rowOf(f File) (row store.Session, ok bool, err error) {
	if x.opts.Live(f.SessionID) {
		return row, false, nil
	}
	if row, err = x.Row(f); err != nil {
		return row, false, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	return row, row.MessageCount > 0 || row.Cwd != "", nil
}

// writeRow writes a row. One of another owner's session, or without an account, is left out.
func (x *Index) writeRow(ctx context.Context, row store.Session) error {
	if x.opts.Live(row.ID) {
		return nil
	}
	err := x.opts.Store.UpsertSession(ctx, row)
	if refused(err) {
		x.opts.Log.Warn("session not indexed", "session_id", row.ID, "error", err)
		return nil
	}
	return err
}

func refused(err error) bool { return fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) }

// rowBatch is how many rows one transaction writes: a commit costs as much as reading several files.
const rowBatch = 200

// writeRows writes rows as they come, as many at once as there are.
func (x *Index) writeRows(ctx context.Context, rows <-chan store.Session) error {
	batch := make([]store.Session, 0, rowBatch)
	for row := range rows {
		batch = append(batch[:0], row)
		for more := true; more && len(batch) < rowBatch; {
			select {
			case row, more = <-rows:
				if more {
					batch = append(batch, row)
				}
			default:
				more = false
			}
		}
		if err := x.writeBatch(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// writeBatch writes rows in one transaction, or one by one if a row among them is refused.
func (x *Index) writeBatch(ctx context.Context, batch []store.Session) error {
	batch = slices.DeleteFunc(batch, func(row store.Session) bool { return x.opts.Live(row.ID) })
	err := x.opts.Store.UpsertSessions(ctx, batch)
	if !refused(err) {
		return err
	}
	for _, row := range batch {
		if err := x.writeRow(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// PathOf is where a session's transcript lies: where the index says, or where Claude Code would put it.
func PathOf(root string, row store.Session) string {
	if row.File != "" {
		return filepath.Join(root, filepath.FromSlash(row.File))
	}
	return transcript.SessionPath(workspace.Home(root, row.OwnerID), row.Cwd, row.ID)
}
