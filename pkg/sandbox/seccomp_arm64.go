//go:build linux

package sandbox

// sysChmod does not exist on this architecture; no call has this number.
const sysChmod = 1<<32 - 1

// legacyCalls do not exist on this architecture.
var legacyCalls []uint32
