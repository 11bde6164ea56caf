package transcript_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

// faulty is a file on a disk that fails in the ways that it is told to.
type faulty struct {
	transcript.Backing
	write    error // after half of what is written
	sync     error
	truncate error
}

func (f *faulty) Write(data []byte) (int, error) {
	if f.write == nil {
		return f.Backing.Write(data)
	}
	n, err := f.Backing.Write(data[:len(data)/2])
	return n, errors.Join(err, f.write)
}

func (f *faulty) Sync() error { return errors.Join(f.sync, f.Backing.Sync()) }

func (f *faulty) Truncate(size int64) error {
	if f.truncate != nil {
		return f.truncate
	}
	return f.Backing.Truncate(size)
}

// TestDiskFaults makes sure that a failed append leaves nothing, says what is wrong, and can be made good when the cause
// has gone.
func TestDiskFaults(t *testing.T) {
	cases := []struct {
		name     string
		fault    faulty
		sentence string
		left     bool // nothing can be cut off while the fault lasts
	}{
		{"disk full", faulty{write: unix.ENOSPC}, "full", false},
		{"over quota", faulty{write: unix.EDQUOT}, "full", false},
		{"read error", faulty{write: unix.EIO}, "could not be saved", false},
		{"volume made read-only", faulty{write: unix.EROFS, truncate: unix.EROFS}, "read-only", true},
		{"sync fails", faulty{sync: unix.EIO}, "could not be saved", false},
		{"everything fails", faulty{write: unix.EIO, sync: unix.EIO, truncate: unix.EIO}, "could not be saved", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := newPath(t)
			w := openWriter(t, path)
			appendAll(t, w, prompt("before"))
			leaf, end := w.Leaf(), w.End()
			disk := &faulty{}
			w.SetBacking(func(b transcript.Backing) transcript.Backing {
				disk.Backing = b
				return disk
			})
			for range 3 {
				disk.write, disk.sync, disk.truncate = c.fault.write, c.fault.sync, c.fault.truncate
				_, err := w.Append(t.Context(), prompt("lost"), reply("m0", text("lost too")))
				if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), c.sentence) {
					t.Errorf("error: %v", err)
				}
				if w.Leaf() != leaf || w.End() != end {
					t.Errorf("leaf %s, end %d", w.Leaf(), w.End())
				}
				if rows := 1; !c.left && len(fileRows(t, path)) != rows {
					t.Error("something of the failed append is left")
				}
			}
			disk.write, disk.sync, disk.truncate = nil, nil, nil
			records := appendAll(t, w, prompt("after"))
			rows := fileRows(t, path)
			if len(rows) != 2 || rows[1]["parentUuid"] != leaf || records[0].ParentUUID != leaf {
				t.Errorf("lines: %v", rows)
			}
			conv, err := transcript.LoadUpTo(path, w.End())
			if err != nil || conv.Records()[1].Cursor != records[0].Cursor {
				t.Errorf("cursors differ: %v", err)
			}
		})
	}
}

// ledger is a file that notes what is done to it.
type ledger struct {
	transcript.Backing
	done []string
}

func (l *ledger) Write(data []byte) (int, error) {
	l.done = append(l.done, "write")
	return l.Backing.Write(data)
}

func (l *ledger) Sync() error {
	l.done = append(l.done, "sync")
	return l.Backing.Sync()
}

// TestOneWriteThenSync makes sure that all of an append goes to the disk in one write, and is safe before it is told of.
func TestOneWriteThenSync(t *testing.T) {
	w := openWriter(t, newPath(t))
	disk := &ledger{}
	w.SetBacking(func(b transcript.Backing) transcript.Backing {
		disk.Backing = b
		return disk
	})
	appendAll(t, w, prompt("q"), reply("m0", text("a")), transcript.LastPrompt{Text: "q"})
	if got := strings.Join(disk.done, " "); got != "write sync" {
		t.Errorf("an append does: %s", got)
	}
	appendAll(t, w)
	if len(disk.done) != 2 {
		t.Errorf("an append of nothing does: %v", disk.done[2:])
	}
}

// TestForeignLineBehindATornOne makes sure that cutting off what failed never takes what another program wrote behind it.
func TestForeignLineBehindATornOne(t *testing.T) {
	path := newPath(t)
	w := openWriter(t, path)
	appendAll(t, w, prompt("before"))
	w.SetBacking(func(b transcript.Backing) transcript.Backing { return &intruder{Backing: b} })
	if _, err := w.Append(t.Context(), prompt("lost")); err == nil {
		t.Fatal("the append did not fail")
	}
	if _, err := w.Append(t.Context(), prompt("lost")); !fault.Is(err, fault.Busy) {
		t.Errorf("error: %v", err)
	}
	conv, err := transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if last := conv.Records()[len(conv.Records())-1]; last.Type != "mode" {
		t.Errorf("the other program's record is gone; last is %s", last.Type)
	}
}

// intruder is a disk that fails in the middle of a line, while another program writes its own behind it.
type intruder struct {
	transcript.Backing
	done bool
}

func (f *intruder) Write(data []byte) (int, error) {
	n, err := f.Backing.Write(data[:len(data)/2])
	if !f.done && err == nil {
		f.done = true
		_, err = f.Backing.Write([]byte("\n" + `{"type":"mode","sessionId":"x"}` + "\n"))
	}
	return n, errors.Join(err, unix.EIO)
}
