package transcript

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/filesync"
)

// Repaired says what a repair did.
type Repaired struct {
	Changed int    `json:"changed"` // damaged lines
	Records int    `json:"records"` // whole ones that were taken out of them
	Lost    int64  `json:"lost"`    // bytes that were left out
	Copy    string `json:"copy"`    // name of the file beside it that holds what was there before; empty if nothing changed
}

// Repair makes a file's damaged lines whole: each whole record in them gets a line of its own, the rest is left out. All
// other lines stay as they are, to the byte. The file as it was stays beside it. A file that a writer has is fault.Busy, and
// one that holds nothing to repair is not touched.
func Repair(ctx context.Context, path string) (r Repaired, err error) {
	if _, err := os.Lstat(path); err != nil {
		return Repaired{}, err
	}
	file, err := openLocked(path)
	if err != nil {
		return Repaired{}, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return Repaired{}, trouble(err)
	}
	fresh := fmt.Sprintf("%s.repair-%d", path, time.Now().UnixNano())
	r, err = repairInto(ctx, fresh, file, info.Size(), info.Mode().Perm())
	if err != nil || r.Changed == 0 {
		return r, errors.Join(err, removed(fresh))
	}
	if now, err := file.Stat(); err != nil || now.Size() != info.Size() {
		return Repaired{}, errors.Join(err, errBusy("program"), removed(fresh))
	}
	kept := fmt.Sprintf("%s.before-repair-%d", path, time.Now().UnixNano())
	if err := os.Link(path, kept); err != nil {
		return Repaired{}, errors.Join(trouble(err), removed(fresh))
	}
	if err := os.Rename(fresh, path); err != nil {
		return Repaired{}, errors.Join(trouble(err), removed(fresh), removed(kept))
	}
	r.Copy = filepath.Base(kept)
	if err := filesync.Dir(filepath.Dir(path)); err != nil {
		return r, trouble(err)
	}
	return r, nil
}

func removed(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return trouble(err)
	}
	return nil
}

// repairInto writes the whole records of a file into another one.
func repairInto(ctx context.Context, path string, from *os.File, size int64, mode os.FileMode) (r Repaired, err error) {
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) //nolint:gosec // beside a transcript.
	if err != nil {
		return Repaired{}, trouble(err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	out := bufio.NewWriterSize(to, maxBuffer)
	err = eachLine(from, size, func(l *line) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return r.line(out, from, l)
	})
	if err != nil {
		return Repaired{}, err
	}
	if err := errors.Join(out.Flush(), to.Sync()); err != nil {
		return Repaired{}, trouble(err)
	}
	return r, nil
}

// line writes what stays of a line.
func (r *Repaired) line(out *bufio.Writer, from io.ReaderAt, l *line) error {
	damage, parts := Damage(""), []span(nil)
	if !l.blank() {
		damage, parts = l.judge()
	}
	if damage == "" || damage == TooLong {
		_, err := io.Copy(out, io.NewSectionReader(from, l.start, l.size))
		if err == nil && l.ended {
			err = out.WriteByte('\n')
		}
		if err != nil {
			return fault.Wrap(err, fault.Unavailable, "The repaired file could not be written.")
		}
		return nil
	}
	r.Changed++
	r.Lost += l.lost(damage, parts)
	for _, p := range parts {
		if _, err := out.Write(append(l.text[p.start:p.end:p.end], '\n')); err != nil {
			return trouble(err)
		}
	}
	if damage != Unended {
		r.Records += len(parts)
	}
	return nil
}
