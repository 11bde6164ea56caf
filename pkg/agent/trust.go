package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/workspace"
)

// trust is which files of a workspace the person has agreed to, by content: what such a file allows counts only while it
// says what it said then. Tools can write the workspace, and so could the agent allow itself anything; the note lies beside
// it, where no tool can write.
type trust struct{ path string }

// trusting guards the notes of all users: they are small, and seldom written.
var trusting sync.Mutex

func trustOf(home string) trust {
	return trust{filepath.Join(home, workspace.StateDir, "trust.json")}
}

// maxTrusted bounds a note, in files.
const maxTrusted = 1000

func (t trust) read() map[string]string {
	files := map[string]string{}
	data, err := os.ReadFile(t.path)
	if err != nil || json.Unmarshal(data, &files) != nil {
		return map[string]string{}
	}
	return files
}

// sums are those of the files that the person agreed to, by path.
func (t trust) sums() map[string]string {
	trusting.Lock()
	defer trusting.Unlock()
	return t.read()
}

// has reports whether the person agreed to this content of a file.
func (t trust) has(path string, content []byte) bool {
	trusting.Lock()
	defer trusting.Unlock()
	return t.read()[path] == sumOf(content)
}

// add notes that the person agrees to files, by path.
func (t trust) add(contents map[string][]byte) error {
	sums := map[string]string{}
	for path, content := range contents {
		sums[path] = sumOf(content)
	}
	return t.addSums(sums)
}

// addSums is add for files of which the sum is known.
func (t trust) addSums(sums map[string]string) error {
	trusting.Lock()
	defer trusting.Unlock()
	files := t.read()
	maps.Copy(files, sums)
	if len(files) > maxTrusted {
		return fault.New(fault.TooMany, "More than %d files are trusted already.", maxTrusted)
	}
	return replaceFile(t.path, mustJSON(files))
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// replaceFile puts a small file in place of another, whole.
func replaceFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The file %s could not be saved.", filepath.Base(path))
	}
	temp := path + ".new"
	err := os.WriteFile(temp, data, 0o600) //nolint:gosec // in the home, where no tool can write.
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp) // what failed says more than this can.
		return fault.Wrap(err, fault.Unavailable, "The file %s could not be saved.", filepath.Base(path))
	}
	return nil
}
