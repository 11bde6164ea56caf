package sandbox

import (
	"fmt"
	"sync"
	"time"
)

// unknownUse stands for a use of the disk that was not counted yet.
const unknownUse = -1

// OverQuota says, as a sentence, that what directories hold was above the quota when it was last known; it is empty if not.
// The directory is the first of a Spec's ReadWrite.
func (s *Sandbox) OverQuota(dir string) string {
	used := s.disk.used(Spec{ReadWrite: []string{dir}})
	if s.opts.DiskQuota == 0 || used <= s.opts.DiskQuota {
		return ""
	}
	return overQuota("The", used, s.opts.DiskQuota)
}

// overQuota is a sentence, with its beginning, that says by how much a quota is passed.
func overQuota(begin string, used, quota int64) string {
	return fmt.Sprintf("%s files of this account take up %d MB, and its quota is %d MB. Remove what is not needed any more.", begin, used>>20, quota>>20)
}

// ledger remembers what directories hold, so that not every run has to count.
type ledger struct {
	mu   sync.Mutex
	uses map[string]use // by the first directory of a Spec
}

type use struct {
	bytes int64
	at    time.Time
}

// ledgerLife is how long a use counts that was not counted anew.
const ledgerLife = 10 * time.Minute

func (l *ledger) used(spec Spec) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(spec.ReadWrite) == 0 {
		return unknownUse
	}
	known, ok := l.uses[spec.ReadWrite[0]]
	if !ok || time.Since(known.at) > ledgerLife {
		return unknownUse
	}
	return known.bytes
}

// learn takes in what a run found.
func (l *ledger) learn(spec Spec, bytes int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(spec.ReadWrite) == 0 || err != nil || bytes == unknownUse {
		return
	}
	if l.uses == nil {
		l.uses = map[string]use{}
	}
	for dir, known := range l.uses {
		if time.Since(known.at) > ledgerLife {
			delete(l.uses, dir)
		}
	}
	l.uses[spec.ReadWrite[0]] = use{bytes, time.Now()}
}
