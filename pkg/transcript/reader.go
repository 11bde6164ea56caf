package transcript

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"claude-agent-chat/pkg/fault"
)

// Reader reads parts of a session's file, from its end backwards and no further than it must: first a little, then twice
// as much, until what lies before cannot change the answer. It sees the file as it was when it was opened. It is not safe
// for concurrent use.
type Reader struct {
	file     io.ReaderAt
	closer   io.Closer // nil if the file is somebody else's
	identity identity
	end      int64
	skeleton *skeleton
	branch   *branch // that people see; nil until it is wanted
	block    memory  // the file's end, as far as it was read first
	broken   int     // records that were to be shown last and are broken inside
}

// OpenReader opens a session's file up to an offset, such as a Writer's End; -1 is all that there is now. The error is
// fs.ErrNotExist if there is none. Close it.
func OpenReader(path string, end int64) (*Reader, error) {
	file, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	if end < 0 || end > size {
		end = size
	}
	r := newReader(file, end)
	if r.identity, err = identify(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	r.closer = file
	return r, nil
}

// newReader reads a file that is somebody else's.
func newReader(file io.ReaderAt, end int64) *Reader {
	s := &skeleton{start: end, end: end, quiet: end}
	s.index()
	return &Reader{file: file, end: end, skeleton: s}
}

// Close closes the file.
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}

// Skipped counts the damaged lines in what was read so far.
func (r *Reader) Skipped() int { return r.skeleton.skipped + r.broken }

// ReadAt reads from the file.
func (r *Reader) ReadAt(to []byte, at int64) (int, error) { return r.file.ReadAt(to, at) }

// slice gives a part of the file.
func (r *Reader) slice(at, size int64) ([]byte, error) {
	if begin := r.end - int64(len(r.block)); at >= begin && at+size <= r.end {
		return r.block.slice(at-begin, size)
	}
	return openFile{r.file}.slice(at, size)
}

// grow reads twice as much as was read so far.
func (r *Reader) grow() error {
	return r.reachBack(r.end - max(reach.block, 2*(r.end-r.skeleton.start)))
}

// reachBack reads what lies between an offset and what was read already.
func (r *Reader) reachBack(to int64) error {
	if to = max(0, to); to >= r.skeleton.start {
		return nil
	}
	worth := r.end-to >= worthKeeping
	if worth {
		if kept := skeletons.get(r); kept != nil && kept.start < r.skeleton.start {
			r.take(kept)
			return r.reachBack(to)
		}
	}
	start, err := r.lineFrom(to)
	if err != nil {
		return err
	}
	part, block, err := scanBlock(r.file, start, r.skeleton.start, nil)
	if err != nil {
		return err
	}
	if r.skeleton.start == r.end {
		r.block = block
	}
	r.take(joined(part, r.skeleton))
	if worth {
		skeletons.put(r)
	}
	return nil
}

func (r *Reader) take(s *skeleton) { r.skeleton, r.branch = s, nil }

// lineFrom finds where the first line begins behind an offset and before what was read already. If a longer one lies there,
// it looks before the offset.
func (r *Reader) lineFrom(to int64) (int64, error) {
	for to > 0 {
		feed, err := lineFeed(r.file, to-1, r.skeleton.start)
		if err != nil {
			return 0, err
		}
		if feed+1 < r.skeleton.start {
			return feed + 1, nil
		}
		to -= 2 * (r.skeleton.start - to)
	}
	return 0, nil
}

// settle reads on until the end of the active branch is certain.
func (r *Reader) settle() error {
	for {
		_, lacks := r.skeleton.ending()
		var err error
		switch lacks {
		case nothing:
			return nil
		case pointers:
			last, _ := r.skeleton.lastLeaf()
			err = r.findPointer(r.skeleton.pointersFrom(last))
		case records:
			err = r.grow()
		}
		if err != nil {
			return err
		}
	}
}

// findPointer looks for a last-prompt between an offset and what was read already, without decoding anything.
func (r *Reader) findPointer(from int64) error {
	buf := make([]byte, min(maxBuffer, r.skeleton.start-from))
	for at := from; at < r.skeleton.start; at += int64(len(buf) - len(leafMember)) {
		buf = buf[:min(int64(len(buf)), r.skeleton.start-at)]
		if err := readFull(r.file, buf, at); err != nil {
			return err
		}
		if n := bytes.Index(buf, leafMember); n >= 0 {
			return r.reachBack(min(at+int64(n)-reach.near, r.skeleton.start-1))
		}
		if len(buf) <= len(leafMember) {
			break
		}
	}
	quiet := *r.skeleton
	quiet.quiet = from
	r.take(&quiet)
	return nil
}

// errShort says that more of the file must be read.
var errShort = errors.New("more of the transcript is needed")

// with has something done with the chain, and reads on as long as that says errShort.
func (r *Reader) with(do func(c *chain) error) error {
	memo := map[int64]*Record{}
	for {
		if err := r.settle(); err != nil {
			return err
		}
		c := r.chain(memo)
		err := do(c)
		if !errors.Is(err, errShort) {
			r.broken = c.brokenInside()
			return err
		}
		if r.skeleton.whole() {
			return fault.Wrap(err, fault.Internal, "The conversation could not be read.")
		}
		if c.wanted < r.skeleton.start {
			err = r.reachBack(c.wanted)
		} else {
			err = r.grow()
		}
		if err != nil {
			return err
		}
	}
}

// people is the branch that people see, as far as it was read.
func (r *Reader) people() *branch {
	if r.branch == nil {
		r.branch = r.skeleton.people()
	}
	return r.branch
}

func (r *Reader) chain(memo map[int64]*Record) *chain {
	b := r.people()
	return &chain{branch: b, from: r, all: b.chain(), whole: b.sure == 0 && !b.cut, memo: memo, wanted: r.skeleton.start}
}

// Model gives the part of the conversation that the model sees, from the last compaction or the beginning on: its Messages
// and OpenCalls are those of the whole. Its other records are only there until the reader is closed.
func (r *Reader) Model() (*Conversation, error) {
	if err := r.settleTurn(); err != nil {
		return nil, err
	}
	b, sure := r.skeleton.model()
	for !sure {
		if err := r.grow(); err != nil {
			return nil, err
		}
		b, sure = r.skeleton.model()
	}
	conv := &Conversation{skeleton: r.skeleton.clone(), from: r, held: map[int]Record{}}
	holders, _ := r.people().openCalls()
	for _, at := range slices.Concat(b.members(), holders) {
		rec, err := r.skeleton.record(r, at)
		switch {
		case errors.Is(err, errBroken):
		case err != nil:
			return nil, err
		default:
			conv.held[at] = rec
		}
	}
	return conv, nil
}

// settleTurn reads on until all of the last turn was read.
func (r *Reader) settleTurn() error {
	for {
		if err := r.settle(); err != nil {
			return err
		}
		if _, sure := r.people().lastTurn(); sure {
			return nil
		}
		if err := r.grow(); err != nil {
			return err
		}
	}
}

// errCursor says that a place is not known: of another branch, or of another file.
func errCursor() error {
	return fault.New(fault.Invalid, "The place in the conversation is not known (any more).")
}
