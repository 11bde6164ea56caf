package transcript

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/fault"
)

// ForkPoint says where a fork leaves its source: behind the record with a uuid or with a cursor; at the end if both are
// empty.
type ForkPoint struct {
	UUID, Cursor string
}

// Fork writes a new session's file: the active branch of conv up to a point, with the same uuids, under another session
// id. A fork from a tool call takes along the whole answer that the call belongs to and the results that are there, so
// that the new conversation is whole. Title is the person's title of the new session; none if it is empty. The file and
// its name are synced. It is fault.Invalid if the conversation does not hold the point.
func Fork(conv *Conversation, at ForkPoint, path, sessionID, title string) error {
	chain := conv.Chain()
	end, ok := forkEnd(chain, at)
	if !ok {
		return fault.New(fault.Invalid, "The conversation does not hold the message to fork from.")
	}
	var data bytes.Buffer
	leaf, prompt := "", ""
	for i := range chain[:end] {
		rec := &chain[i]
		raw, err := conv.line(rec)
		if err != nil {
			return err
		}
		line, err := renamed(raw, sessionID)
		if err != nil {
			return fault.Wrap(err, fault.Internal, "The conversation could not be forked.")
		}
		data.Write(line)
		data.WriteByte('\n')
		leaf = rec.UUID
		if rec.IsPrompt() {
			prompt = rec.PromptText()
		}
	}
	b := newBatch(progress{leaf: leaf, title: title}, Context{SessionID: sessionID}, nil)
	if err := errors.Join(b.add(AITitle{Title: conv.Title()}), b.add(LastPrompt{Text: prompt})); err != nil {
		return fault.Wrap(err, fault.Internal, "The conversation could not be forked.")
	}
	data.Write(b.data)
	return createSynced(path, data.Bytes())
}

// forkEnd gives how much of a chain a fork takes.
func forkEnd(chain []Record, at ForkPoint) (end int, ok bool) {
	if at.UUID == "" && at.Cursor == "" {
		return len(chain), len(chain) > 0
	}
	i := slices.IndexFunc(chain, func(r Record) bool {
		return at.UUID != "" && r.UUID == at.UUID || at.Cursor != "" && r.Cursor == at.Cursor
	})
	if i < 0 {
		return 0, false
	}
	end = i + 1
	if chain[i].Type != typeAssistant {
		return end, true
	}
	open := map[string]bool{}
	for _, b := range blocksOf(&chain[i], blockToolUse) {
		open[b.ID] = true
	}
	if len(open) == 0 {
		return end, true
	}
	return answerEnd(chain, i, open), true
}

// answerEnd gives the end of the answer that a call belongs to, the results of all its calls included.
func answerEnd(chain []Record, call int, open map[string]bool) int {
	end := call + 1
	for i := call + 1; i < len(chain) && len(open) > 0; i++ {
		rec := &chain[i]
		switch {
		case rec.Type == typeAssistant && rec.answerID() == chain[call].answerID():
			for _, b := range blocksOf(rec, blockToolUse) {
				open[b.ID] = true
			}
			end = i + 1
		case rec.Type == typeAssistant, rec.IsPrompt():
			return end
		default:
			for _, b := range blocksOf(rec, blockToolResult) {
				delete(open, b.ToolUseID)
				end = i + 1
			}
		}
	}
	return end
}

// renamed gives a record with another session id; everything else stays byte for byte as it is.
func renamed(raw json.RawMessage, sessionID string) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(raw))
	copied := 0
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		if name == "sessionId" {
			end := int(dec.InputOffset())
			out = append(out, raw[copied:end-len(value)]...)
			out = append(out, mustJSON(sessionID)...)
			copied = end
		}
	}
	return append(out, raw[copied:]...), nil
}

// createSynced makes a session's file whole or not at all: it gets its name when its content is safe.
func createSynced(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return trouble(err)
	}
	temp := path + ".new"
	if err := writeSynced(temp, data); err != nil {
		return trouble(errors.Join(err, removeIfThere(temp)))
	}
	if err := unix.Renameat2(unix.AT_FDCWD, temp, unix.AT_FDCWD, path, unix.RENAME_NOREPLACE); err != nil {
		return trouble(errors.Join(err, removeIfThere(temp)))
	}
	return syncParents(path)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
