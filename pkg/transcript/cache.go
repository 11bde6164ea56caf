package transcript

import (
	"container/list"
	"hash/maphash"
	"os"
	"sync"
	"syscall"
	"time"

	"claude-agent-chat/pkg/fault"
)

const (
	// worthKeeping is from which length on a skeleton is kept for other readers.
	worthKeeping = 1 << 20
	// maxKeptBytes bounds what all that are kept take.
	maxKeptBytes = 64 << 20
	// checked is how much of a file's end must still be there for its skeleton to be believed.
	checked = 4 << 10
)

// identity tells a file from others, and from itself after it was changed.
type identity struct {
	device, inode uint64
	size          int64
	changed       time.Time
}

func identify(file *os.File) (identity, error) {
	info, err := file.Stat()
	if err != nil {
		return identity{}, fault.Wrap(err, fault.Unavailable, "The conversation could not be read.")
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}, nil
	}
	return identity{device: uint64(stat.Dev), inode: stat.Ino, size: info.Size(), changed: info.ModTime()}, nil //nolint:unconvert // not on every system.
}

// shelf keeps the skeletons of files that were read far back, the last used ones, for readers to come.
type shelf struct {
	mu    sync.Mutex
	bytes int64
	byID  map[[2]uint64]*list.Element
	used  *list.List // of *keptSkeleton, the last used first
}

// keptSkeleton is a skeleton and how its file was. Neither changes.
type keptSkeleton struct {
	skeleton *skeleton
	identity identity
	check    uint64 // of the last bytes that it covers
	bytes    int64
}

// skeletons is the shelf of this process.
var skeletons = &shelf{byID: map[[2]uint64]*list.Element{}, used: list.New()}

func (k *keptSkeleton) id() [2]uint64 { return [2]uint64{k.identity.device, k.identity.inode} }

// get gives a reader the skeleton of its file: the kept one, with what was appended since. It is nil if there is none, or the
// file was changed otherwise.
func (s *shelf) get(r *Reader) *skeleton {
	kept := s.take([2]uint64{r.identity.device, r.identity.inode})
	if kept == nil || r.identity.inode == 0 || kept.skeleton.end > r.end {
		return nil
	}
	if kept.identity.size == r.identity.size && !kept.identity.changed.Equal(r.identity.changed) {
		return nil
	}
	if check, err := checkEnd(r, kept.skeleton.end); err != nil || check != kept.check {
		return nil
	}
	if kept.skeleton.end == r.end {
		return kept.skeleton
	}
	rest, err := scan(r.file, kept.skeleton.end, r.end, nil)
	if err != nil {
		return nil
	}
	return joined(kept.skeleton, rest)
}

func (s *shelf) take(id [2]uint64) *keptSkeleton {
	s.mu.Lock()
	defer s.mu.Unlock()
	element := s.byID[id]
	if element == nil {
		return nil
	}
	s.used.MoveToFront(element)
	return element.Value.(*keptSkeleton)
}

// put keeps a reader's skeleton, if the file ends with a whole line there.
func (s *shelf) put(r *Reader) {
	if r.identity.inode == 0 {
		return
	}
	last := make([]byte, 1)
	if readFull(r.file, last, r.end-1) != nil || last[0] != '\n' {
		return
	}
	check, err := checkEnd(r, r.end)
	if err != nil {
		return
	}
	kept := &keptSkeleton{skeleton: r.skeleton, identity: r.identity, check: check, bytes: r.skeleton.bytes()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if element := s.byID[kept.id()]; element != nil {
		s.drop(element)
	}
	s.byID[kept.id()] = s.used.PushFront(kept)
	s.bytes += kept.bytes
	for s.bytes > maxKeptBytes {
		s.drop(s.used.Back())
	}
}

// drop forgets a skeleton. s.mu is held.
func (s *shelf) drop(element *list.Element) {
	kept := s.used.Remove(element).(*keptSkeleton)
	delete(s.byID, kept.id())
	s.bytes -= kept.bytes
}

// checkEnd makes a check of the bytes before an offset.
func checkEnd(r *Reader, end int64) (uint64, error) {
	data := make([]byte, min(checked, end))
	if err := readFull(r.file, data, end-int64(len(data))); err != nil {
		return 0, err
	}
	return maphash.Bytes(seed, data), nil
}
