package session

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/filesync"
	"claude-agent-chat/pkg/workspace"
)

// The bounds of what is read of a journal.
const (
	maxJournal     = 256 << 20 // bytes
	maxJournalLine = 64 << 20  // bytes
)

// journal is a session's file of what the transcript cannot hold yet: that a turn runs, the text of the answer that is
// streaming in, the prompts that wait. It lies in the user's home from the first turn until nothing runs or waits, so that
// whoever comes after a crash finds the session by it. Its head is replaced as a whole; the text behind it is appended without
// a sync, because it only has to survive the process.
type journal struct {
	path string
	file *os.File
	end  int64 // of the head
	text bool  // something stands behind the head
}

// journalHead is the first line of a journal.
type journalHead struct {
	SessionID string          `json:"sessionId"`
	Running   bool            `json:"running"`
	PromptID  string          `json:"promptId,omitempty"`
	Prompt    string          `json:"prompt,omitempty"` // the beginning of its text
	Model     string          `json:"model,omitempty"`
	Resumed   int             `json:"resumed,omitempty"` // how often this turn has gone on by itself
	Held      []string        `json:"held,omitempty"`    // calls that wait for a person, and those that they came through
	Queue     []journalPrompt `json:"queue,omitempty"`
	Tasks     []journalTask   `json:"tasks,omitempty"` // work beside turns that waits for a person
}

// journalTask is work beside turns, with its calls that are like journalHead.Held.
type journalTask struct {
	ID   string   `json:"id"`
	Held []string `json:"held"`
}

type journalPrompt struct {
	PromptID string             `json:"promptId"`
	Prompt   []acp.ContentBlock `json:"prompt"`
}

// journalText is a line behind the head: more text of the record that will have this uuid.
type journalText struct {
	UUID string `json:"uuid"`
	Text string `json:"text"`
}

// journalled is what a journal held.
type journalled struct {
	journalHead
	texts []journalText // one for each uuid, whole
}

// journalDir is where a user's journals lie.
func journalDir(home string) string { return filepath.Join(home, workspace.StateDir, "turns") }

func journalPath(home, sessionID string) string {
	return filepath.Join(journalDir(home), sessionID+".jsonl")
}

// replace writes a new head, with the text that is in flight behind it. It is synced if prompts wait, because those were
// acknowledged. When it fails the old journal stays.
func (j *journal) replace(head journalHead, texts []journalText) error {
	var data bytes.Buffer
	enc := json.NewEncoder(&data)
	if err := enc.Encode(head); err != nil {
		return err
	}
	end := int64(data.Len())
	for _, t := range texts {
		if err := enc.Encode(t); err != nil {
			return err
		}
	}
	file, err := j.create(data.Bytes(), len(head.Queue) > 0)
	if err != nil {
		return err
	}
	j.drop()
	j.file, j.end, j.text = file, end, len(texts) > 0
	return nil
}

// create puts a new file in place of the journal.
func (j *journal) create(data []byte, sync bool) (*os.File, error) {
	dir := filepath.Dir(j.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	temp := j.path + ".new"
	file, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_TRUNC|os.O_APPEND|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600) //nolint:gosec // in the user's state directory.
	if err != nil {
		return nil, err
	}
	_, err = file.Write(data)
	if err == nil && sync {
		err = file.Sync()
	}
	if err == nil {
		err = os.Rename(temp, j.path)
	}
	if err == nil && sync {
		err = filesync.Dir(dir)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// add appends text in flight. Without a head it does nothing.
func (j *journal) add(t journalText) error {
	if j.file == nil {
		return nil
	}
	line, err := json.Marshal(t)
	if err != nil {
		return err
	}
	j.text = true
	_, err = j.file.Write(append(line, '\n'))
	return err
}

// settle forgets the text behind the head: it is in the transcript now.
func (j *journal) settle() error {
	if j.file == nil || !j.text {
		return nil
	}
	j.text = false
	return j.file.Truncate(j.end)
}

// drop closes the file and leaves it where it is.
func (j *journal) drop() {
	if j.file != nil {
		_ = j.file.Close() // what had to be safe was synced.
	}
	j.file, j.end, j.text = nil, 0, false
}

// remove ends the journal.
func (j *journal) remove() error {
	j.drop()
	if err := os.Remove(j.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// readJournal reads a session's journal; it is empty if there is none. A line that was cut off ends it.
func readJournal(path string) (journalled, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0) //nolint:gosec // in the user's state directory.
	if errors.Is(err, fs.ErrNotExist) {
		return journalled{}, nil
	}
	if err != nil {
		return journalled{}, err
	}
	defer file.Close()
	var found journalled
	lines := bufio.NewScanner(io.LimitReader(file, maxJournal))
	lines.Buffer(nil, maxJournalLine)
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &found.journalHead) != nil {
		return journalled{}, lines.Err()
	}
	at := map[string]int{}
	var texts []*strings.Builder
	for lines.Scan() {
		var t journalText
		if json.Unmarshal(lines.Bytes(), &t) != nil {
			break
		}
		if _, ok := at[t.UUID]; !ok {
			at[t.UUID] = len(texts)
			texts = append(texts, &strings.Builder{})
			found.texts = append(found.texts, journalText{UUID: t.UUID})
		}
		texts[at[t.UUID]].WriteString(t.Text)
	}
	for i := range found.texts {
		found.texts[i].Text = texts[i].String()
	}
	return found, nil
}

// journals finds every journal below the sessions root.
func journals(root string) ([]string, error) {
	return filepath.Glob(filepath.Join(root, "*", workspace.StateDir, "turns", "*.jsonl"))
}
