// Package transcript reads and writes Claude Code's session files: one JSON object a line, appended and never changed.
// Readers are tolerant: they take every whole record, in whatever order and state a file is. Writers are strict: one
// owner, one write for each append, and nothing acknowledged before it is on disk.
//
// The format is nobody's published standard; what is known of it was found by resuming files with the program itself.
package transcript

import (
	"path/filepath"
	"strconv"
	"unicode/utf16"
)

// FormatVersion is the version of Claude Code whose format new records have.
const FormatVersion = "2.1.330"

// maxDirName is the length up to which Claude Code keeps a directory's whole encoding, in UTF-16 units.
const maxDirName = 200

// ProjectDirName encodes a working directory as Claude Code does: every UTF-16 unit that is no ASCII letter or digit
// becomes a hyphen; what is longer than 200 is cut and gets a hash. The directory must be real, symbolic links resolved.
// The encoding is not injective: take a session's directory from its records.
func ProjectDirName(realCwd string) string {
	units := utf16.Encode([]rune(realCwd))
	name := make([]byte, len(units))
	var hash int32
	for i, u := range units {
		hash = hash*31 + int32(u)
		if u < 0x80 && isAlphanumeric(byte(u)) {
			name[i] = byte(u)
		} else {
			name[i] = '-'
		}
	}
	if len(name) <= maxDirName {
		return string(name)
	}
	magnitude := int64(hash)
	if magnitude < 0 {
		magnitude = -magnitude
	}
	return string(name[:maxDirName]) + "-" + strconv.FormatInt(magnitude, 36)
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// SessionPath is where a session of a user lies.
func SessionPath(home, realCwd, sessionID string) string {
	return filepath.Join(home, ".claude", "projects", ProjectDirName(realCwd), sessionID+".jsonl")
}
