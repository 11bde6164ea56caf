//go:build linux && (amd64 || arm64)

package sandbox

import (
	"io/fs"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Space on a volume is common to all users, and the kernel has no quota for directories. So the watchdog looks at how much is
// left: below a reserve, a command that takes more is stopped, so that conversations can still be saved. What one user's
// directories hold is counted only when what is left has gone down by so much that it could be above the quota.

const (
	// maxReserve is what stays free of a large volume; of a small one it is a twentieth.
	maxReserve    = 1 << 30
	reserveShare  = 20
	reserveInodes = 1000
	// smallGrowth is what a command may add where nothing more may be added: the output of a deletion, a lock.
	smallGrowth = 1 << 20
	// countEvery keeps the counting of large trees from being all that the watchdog does, with countShare: it rests that many
	// times as long as the counting took.
	countEvery = time.Second
	countShare = 10
	// countAnyway is after how long it is counted whatever is left: others can have made as much room as the command took.
	countAnyway = 5 * time.Second
)

// diskWatch watches what one run adds to the volume.
type diskWatch struct {
	dirs    []string
	quota   int64 // of what the directories hold; 0 is none
	used    int64 // what they held at base, or unknownUse
	limit   int64 // what they may hold
	base    int64 // bytes that were free then
	began   int64 // bytes that were free at the beginning
	counted time.Time
	took    time.Duration
}

// newDiskWatch begins to watch; a nil one watches nothing, because the volume cannot be asked.
func (o *order) newDiskWatch() *diskWatch {
	if len(o.ReadWrite) == 0 {
		return nil
	}
	d := &diskWatch{dirs: o.writable(), quota: o.DiskQuota, used: o.DiskUsed}
	free, _, ok := d.space()
	if !ok {
		return nil
	}
	d.base, d.began, d.counted = free, free, time.Now()
	d.setLimit()
	return d
}

// setLimit lets who is above the quota already do what makes room.
func (d *diskWatch) setLimit() { d.limit = max(d.quota, d.used+smallGrowth) }

// space asks the volume what is free, and whether that is above the reserve.
func (d *diskWatch) space() (free int64, low, ok bool) {
	var stat unix.Statfs_t
	if err := unix.Statfs(d.dirs[0], &stat); err != nil || stat.Blocks == 0 {
		return 0, false, false
	}
	size := stat.Bsize
	free = int64(stat.Bavail) * size
	reserve := min(maxReserve, int64(stat.Blocks)*size/reserveShare)
	low = free < reserve || stat.Files > 0 && stat.Ffree < min(reserveInodes, stat.Files/reserveShare)
	return free, low, true
}

// passed says which limit was passed, as a sentence.
func (d *diskWatch) passed() string {
	if d == nil {
		return ""
	}
	free, low, ok := d.space()
	if !ok {
		return ""
	}
	if low && d.began-free > smallGrowth {
		return "The command was stopped because the disk is almost full. Remove what is not needed any more, or ask the operator for more space."
	}
	if d.quota == 0 || !d.suspicious(free) && time.Since(d.counted) < countAnyway {
		return ""
	}
	if d.took > 0 && time.Since(d.counted) < max(countEvery, countShare*d.took) {
		return ""
	}
	d.count(free)
	if d.used > d.limit {
		return overQuota("The command was stopped because the", d.used, d.quota)
	}
	return ""
}

func (d *diskWatch) grown(free int64) int64 { return max(0, d.base-free) }

// suspicious reports whether the directories could hold more than they may, if it was they that took what is gone.
func (d *diskWatch) suspicious(free int64) bool {
	return d.grown(free) > smallGrowth && (d.used == unknownUse || d.used+d.grown(free) > d.limit)
}

// count counts what the directories hold. What it finds at its first time may lie above the quota already.
func (d *diskWatch) count(free int64) {
	first := d.used == unknownUse
	grown := d.grown(free)
	began := time.Now()
	d.used = diskUse(d.dirs)
	d.counted, d.took = time.Now(), time.Since(began)
	if first {
		d.limit = max(d.quota, d.used-grown+smallGrowth)
	}
	d.base = free
}

// use is what the directories hold at the end, as far as that is known: never less than it is, unless others made room. Who
// seems to be above the quota may have made room, and is counted anew.
func (d *diskWatch) use() int64 {
	if d == nil || d.used == unknownUse {
		return unknownUse
	}
	free, _, ok := d.space()
	if !ok {
		return unknownUse
	}
	if d.quota > 0 && d.used+d.grown(free) > d.quota {
		d.count(free)
	}
	return d.used + d.grown(free)
}

// diskUse is what directories and all below them take up on the volume, in bytes. Links are not followed.
func diskUse(dirs []string) int64 {
	var total int64
	for _, dir := range dirs {
		_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			var stat unix.Stat_t
			if err == nil && unix.Lstat(path, &stat) == nil {
				total += stat.Blocks * 512
			}
			return nil // what cannot be looked at is passed by.
		})
	}
	return total
}
