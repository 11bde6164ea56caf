package transcript

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxAgentMeta is more than a file that describes a subagent has.
const maxAgentMeta = 64 << 10

// AgentPath finds the file of one of a session's subagents, at any depth: by the subagent's id, or by the id of the call that
// started it. The error is fs.ErrNotExist if there is none.
func AgentPath(sessionPath, id string) (string, error) {
	if id == "" || id != filepath.Base(id) {
		return "", fmt.Errorf("find a subagent: %w", fs.ErrNotExist)
	}
	dir := AgentDir(strings.TrimSuffix(sessionPath, ".jsonl"))
	if path := AgentFile(dir, id); isRegular(path) {
		return path, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("find a subagent: %w", err)
	}
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), agentMetaSuffix)
		if path := filepath.Join(dir, name+".jsonl"); ok && callOf(filepath.Join(dir, entry.Name())) == id && isRegular(path) {
			return path, nil
		}
	}
	return "", fmt.Errorf("find a subagent: %w", fs.ErrNotExist)
}

// AgentDir is where the files of a session's subagents lie; side is the session's path without its ending.
func AgentDir(side string) string { return filepath.Join(side, "subagents") }

// AgentFile is the transcript of a subagent in that directory.
func AgentFile(dir, id string) string { return filepath.Join(dir, "agent-"+id+".jsonl") }

func isRegular(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular()
}

// agentMetaSuffix ends the name of the file that describes a subagent.
const agentMetaSuffix = ".meta.json"

// AgentMetaFile is what describes a subagent, beside its transcript.
func AgentMetaFile(path string) string { return strings.TrimSuffix(path, ".jsonl") + agentMetaSuffix }

// callOf is the call that a subagent was started by, as the file that describes it says; empty if it does not.
func callOf(path string) string {
	file, _, err := openRegular(path)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxAgentMeta))
	var meta struct {
		ToolUseID string `json:"toolUseId"`
	}
	if err != nil || json.Unmarshal(data, &meta) != nil {
		return ""
	}
	return meta.ToolUseID
}

// OpenAgentReader opens a subagent's file, as OpenReader does a session's, as a conversation of its own.
func OpenAgentReader(path string) (*Reader, error) {
	file, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	r := newReader(sideline{file}, size)
	r.closer = file
	return r, nil
}

// The mark that all records of a subagent's file have, which would hide them in a conversation, and what takes its place.
// Inside a string it has other quotes.
var sidelined, unmarked = []byte(`"isSidechain":true`), []byte(`"isSidechain":null`)

// sideline reads a subagent's file as if it were a session's own.
type sideline struct{ file io.ReaderAt }

// ReadAt reads somewhat more than it gives, so that it sees marks that reach in from outside.
func (s sideline) ReadAt(to []byte, at int64) (int, error) {
	before := min(at, int64(len(sidelined)-1))
	data := make([]byte, int(before)+len(to)+len(sidelined)-1)
	n, err := s.file.ReadAt(data, at-before)
	data = bytes.ReplaceAll(data[:n], sidelined, unmarked)
	given := copy(to, data[min(before, int64(n)):])
	if given == len(to) {
		return given, nil
	}
	return given, err
}
