package transcript

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/fault"
)

// Conversation is a file's records. It does not change with the file. Its methods but Add are safe for concurrent use.
type Conversation struct {
	records  []Record
	byUUID   map[string]int // the last record with a uuid: the later one counts
	older    map[int]int    // by a record with a uuid that came before: that one
	skipped  int
	siblings siblings
}

// siblings is what lies in the directory of the same name beside a session's file.
type siblings struct {
	customTitle string
}

// Load reads a whole file. The error is fs.ErrNotExist if there is none; a damaged file is no error.
func Load(path string) (*Conversation, error) { return LoadUpTo(path, -1) }

// LoadUpTo reads a file up to an offset, such as a Writer's End; -1 is all of it.
func LoadUpTo(path string, end int64) (*Conversation, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0) //nolint:gosec // made by SessionPath.
	if err != nil {
		return nil, fmt.Errorf("open transcript: %w", err)
	}
	data, err := readUpTo(file, end)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	conv := parse(data)
	conv.siblings = readSiblings(path)
	return conv, nil
}

// readUpTo reads a regular file from its beginning.
func readUpTo(file *os.File, end int64) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read transcript: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular()
	}
	if size := info.Size(); end < 0 || end > size {
		end = size
	}
	data := make([]byte, end)
	n, err := io.ReadFull(io.NewSectionReader(file, 0, end), data)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read transcript: %w", err)
	}
	return data[:n], nil
}

func errNotRegular() error {
	return fault.New(fault.Invalid, "The session's file is not a regular file.")
}

// readSiblings reads what Claude Code may keep beside the file.
func readSiblings(path string) siblings {
	data, err := os.ReadFile(filepath.Join(strings.TrimSuffix(path, ".jsonl"), "custom-title.json"))
	if err != nil || len(data) > 1<<16 {
		return siblings{}
	}
	var found struct {
		CustomTitle string `json:"customTitle"`
	}
	if json.Unmarshal(data, &found) != nil {
		return siblings{}
	}
	return siblings{customTitle: found.CustomTitle}
}

func (c *Conversation) add(rec Record) {
	rec.index = len(c.records)
	c.records = append(c.records, rec)
	if !rec.chained() {
		return
	}
	if before, ok := c.byUUID[rec.UUID]; ok {
		c.older[rec.index] = before
	}
	c.byUUID[rec.UUID] = rec.index
}

// Add takes in records that were appended since.
func (c *Conversation) Add(records ...Record) {
	for _, rec := range records {
		c.add(rec)
	}
}

// Records are all records of the file, in its order.
func (c *Conversation) Records() []Record { return c.records }

// Skipped counts the lines that hold something other than whole records: torn or damaged ones.
func (c *Conversation) Skipped() int { return c.skipped }

// After gives the chain's records that come after a cursor; false if the cursor is none of this chain.
func (c *Conversation) After(cursor string) ([]Record, bool) {
	chain := c.Chain()
	at, ok := find(chain, cursor)
	if !ok {
		return nil, false
	}
	return chain[at+1:], true
}

// Page gives up to limit records of the chain before a cursor, the newest if it is empty, and whether there are older
// ones. A cursor that is none of this chain gives none.
func (c *Conversation) Page(before string, limit int) (records []Record, more bool) {
	chain := c.Chain()
	end := len(chain)
	if before != "" {
		at, ok := find(chain, before)
		if !ok {
			return nil, false
		}
		end = at
	}
	start := max(0, end-max(0, limit))
	return chain[start:end], start > 0
}

// find looks a cursor up in a chain, whose records are in the order of the file.
func find(chain []Record, cursor string) (at int, ok bool) {
	end, check, ok := parseCursor(cursor)
	if !ok {
		return 0, false
	}
	at = sort.Search(len(chain), func(i int) bool { return chain[i].end >= end })
	return at, at < len(chain) && chain[at].end == end && checkOf(chain[at].UUID) == check
}
