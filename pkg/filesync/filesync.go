// Package filesync syncs files to disk, many at once.
//
// A goroutine in fsync(2) holds its processor until the runtime has noticed and given that to another thread; with more
// goroutines than processors, waking and parking threads costs more than the sync itself. So where several syncs are under
// way, further ones are handed to the kernel (Linux AIO), which runs them side by side, and one goroutine takes in all their
// results. Where the kernel does not offer that, every sync is an fsync.
package filesync

import (
	"errors"
	"os"
	"sync/atomic"
)

// plain is how many syncs at once are ordinary calls: for a few the kernel's queue would be a detour.
const plain = 4

var underWay atomic.Int64

// Sync does what file.Sync does. It is safe for concurrent use, also for one file.
func Sync(file *os.File) error {
	defer underWay.Add(-1)
	if underWay.Add(1) > plain {
		if err, taken := handOver(file); taken {
			return err
		}
	}
	return file.Sync()
}

// Dir syncs a directory, so that the names in it are safe: after a file was made, renamed or removed there.
func Dir(path string) error {
	d, err := os.Open(path) //nolint:gosec // a directory of the caller's.
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
