//go:build linux

package sandbox

import "golang.org/x/sys/unix"

// sysChmod is the chmod that takes no directory.
const sysChmod = unix.SYS_CHMOD

// legacyCalls set times by the name of a file; libraries use utimensat instead.
var legacyCalls = []uint32{unix.SYS_UTIME, unix.SYS_UTIMES, unix.SYS_FUTIMESAT}
