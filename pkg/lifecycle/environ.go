package lifecycle

import (
	"bytes"
	"os"
	"runtime"
	"slices"
	"strings"
	"unsafe"

	"claude-agent-chat/pkg/config"
)

// takeEnviron gives the environment, which environ is, and forgets the secrets in it: they are unset, and wiped where /proc shows the environment
// that the process was started with.
func takeEnviron(environ []string) []string {
	for _, setting := range config.Settings() {
		if setting.Secret {
			_ = os.Unsetenv(setting.Name) // it can fail for an empty name only.
		}
	}
	if runtime.GOOS == "linux" {
		wipeEnviron(len(environ))
	}
	return environ
}

// wipeEnviron overwrites the values of secrets in the block that the kernel made: the arguments, of which os.Args are the very
// bytes, and behind them the environment, each ended by a zero byte. It looks at so many entries at most, and stops before
// what is no entry.
func wipeEnviron(entries int) {
	last := os.Args[len(os.Args)-1]
	next := unsafe.Add(unsafe.Pointer(unsafe.StringData(last)), len(last)+1) //nolint:gosec // see above.
	for range entries {
		entry := terminated(next)
		at := bytes.IndexByte(entry, '=')
		if at < 0 {
			return
		}
		next = unsafe.Add(next, len(entry)+1)
		if isSecret(string(entry[:at])) {
			clear(entry[at+1:])
		}
	}
}

// maxEntry is the longest argument or environment entry of Linux.
const maxEntry = 128 << 10

// terminated gives the bytes before the next zero byte.
func terminated(from unsafe.Pointer) []byte {
	n := 0
	for n < maxEntry && *(*byte)(unsafe.Add(from, n)) != 0 {
		n++
	}
	return unsafe.Slice((*byte)(from), n) //nolint:gosec // see wipeEnviron.
}

func isSecret(name string) bool {
	return slices.ContainsFunc(config.Settings(), func(s config.Setting) bool { return s.Secret && strings.EqualFold(s.Name, name) })
}
