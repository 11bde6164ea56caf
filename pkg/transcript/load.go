package transcript

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Conversation is a file's records. It does not change with the file; it is not safe for concurrent use while Add runs.
type Conversation struct {
	records []Record
	byUUID  map[string]int
	skipped int
	sibling map[string]string // a custom-title.json beside the file, by "title"
}

// Load reads a whole file.
func Load(path string) (*Conversation, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return LoadUpTo(path, info.Size())
}

// LoadUpTo reads a file up to an offset, which must be the end of a record. The error is one of os.Open's if there is no
// such file; a damaged file is none.
func LoadUpTo(path string, end int64) (*Conversation, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data := make([]byte, end)
	n, err := io.ReadFull(io.NewSectionReader(file, 0, end), data)
	if err != nil && n == 0 && end > 0 {
		return nil, fmt.Errorf("read transcript: %w", err)
	}
	conv := parse(data[:n])
	conv.sibling = siblingTitle(path)
	return conv, nil
}

// siblingTitle reads the title that Claude Code may keep beside the file.
func siblingTitle(path string) map[string]string {
	data, err := os.ReadFile(filepath.Join(strings.TrimSuffix(path, ".jsonl"), "custom-title.json"))
	if err != nil || len(data) > 1<<16 {
		return nil
	}
	var found struct {
		CustomTitle string `json:"customTitle"`
	}
	if json.Unmarshal(data, &found) != nil {
		return nil
	}
	return map[string]string{"title": found.CustomTitle}
}

// parse splits data at line feeds only and takes every whole record.
func parse(data []byte) *Conversation {
	conv := &Conversation{byUUID: map[string]int{}}
	offset := int64(0)
	for len(data) > 0 {
		raw, rest, _ := bytes.Cut(data, []byte{'\n'})
		offset += int64(len(data) - len(rest))
		data = rest
		trimmed := bytes.TrimPrefix(bytes.TrimSpace(raw), []byte("\ufeff"))
		if len(trimmed) == 0 {
			continue
		}
		rec, ok := decode(trimmed)
		if !ok {
			conv.skipped++
			continue
		}
		rec.Cursor = cursorOf(offset, rec.UUID)
		conv.add(rec)
	}
	return conv
}

func (c *Conversation) add(rec Record) {
	rec.index = len(c.records)
	c.records = append(c.records, rec)
	if rec.chained() {
		c.byUUID[rec.UUID] = rec.index
	}
}

// Add takes in records that were appended since.
func (c *Conversation) Add(records ...Record) {
	for _, rec := range records {
		c.add(rec)
	}
}

// Records are all records of the file, in its order.
func (c *Conversation) Records() []Record { return c.records }

// Skipped counts the lines that are no records: torn, damaged, or something else.
func (c *Conversation) Skipped() int { return c.skipped }

// Title is the session's: the person's if there is one, else the model's, else its last or first prompt.
func (c *Conversation) Title() string {
	found := map[string]string{}
	for i := range c.records {
		if rec := &c.records[i]; rec.title != "" {
			found[rec.Type] = rec.title
		}
	}
	if found["custom-title"] == "" && c.sibling != nil {
		found["custom-title"] = c.sibling["title"]
	}
	for _, kind := range []string{"custom-title", "ai-title", "last-prompt", "summary"} {
		if found[kind] != "" {
			return oneLine(found[kind])
		}
	}
	for i := range c.records {
		if rec := &c.records[i]; rec.IsPrompt() {
			for _, b := range rec.Blocks() {
				if strings.TrimSpace(b.Text) != "" {
					return oneLine(b.Text)
				}
			}
		}
	}
	return ""
}

// oneLine cuts a title to its first line, of at most 80 characters.
func oneLine(s string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	runes := []rune(strings.TrimSpace(first))
	if len(runes) > 80 {
		return string(runes[:79]) + "…"
	}
	return string(runes)
}

// Summary is what a list shows of a conversation.
type Summary struct {
	Cwd            string
	PermissionMode string // of the last prompt
	Model          string // of the last answer
	Messages       int    // prompts and texts of the model, on all branches
	First, Last    time.Time
}

// Summary gathers what a list shows.
func (c *Conversation) Summary() Summary {
	var s Summary
	for i := range c.records {
		rec := &c.records[i]
		if s.Cwd == "" {
			s.Cwd = rec.Cwd
		}
		if !rec.Timestamp.IsZero() {
			if s.First.IsZero() {
				s.First = rec.Timestamp
			}
			s.Last = rec.Timestamp
		}
		if rec.IsPrompt() {
			s.Messages++
			if rec.PermissionMode != "" {
				s.PermissionMode = rec.PermissionMode
			}
		}
		if rec.IsAnswer() {
			s.Messages++
			s.Model = rec.Model
		}
	}
	return s
}

// After gives the chain's records that come after a cursor; false if the cursor is none of this chain.
func (c *Conversation) After(cursor string) ([]Record, bool) {
	chain := c.Chain()
	at := slices.IndexFunc(chain, func(r Record) bool { return r.Cursor == cursor })
	if at < 0 {
		return nil, false
	}
	return chain[at+1:], true
}

// Page gives up to limit records of the chain before a cursor, the newest if it is empty, and whether there are older
// ones. An unknown cursor gives none.
func (c *Conversation) Page(before string, limit int) (records []Record, more bool) {
	chain := c.Chain()
	end := len(chain)
	if before != "" {
		end = max(0, slices.IndexFunc(chain, func(r Record) bool { return r.Cursor == before }))
	}
	start := max(0, end-limit)
	return chain[start:end], start > 0
}
