package transcript

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/fault"
)

// Conversation is the records of a file, or of the end of one. They are decoded when they are asked for, and those that
// turn out to be broken inside are left out then. It does not change with the file. Its methods but Add are safe for
// concurrent use.
type Conversation struct {
	skeleton *skeleton
	from     source
	held     map[int]Record // that need not be decoded
	tally    *tally         // nil if only the end was read
	siblings siblings
}

// siblings is what lies in the directory of the same name beside a session's file.
type siblings struct {
	customTitle string
}

// Load reads a whole file. The error is fs.ErrNotExist if there is none; a damaged file is no error. It is for small files
// and for what needs every record: a Reader reads only what is needed.
func Load(path string) (*Conversation, error) { return LoadUpTo(path, -1) }

// LoadAgent reads a subagent's file up to an offset as a conversation of its own.
func LoadAgent(path string, end int64) (*Conversation, error) {
	file, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	data, err := unsidelined(file, min(end, size))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("read transcript: %w", err)
	}
	return parse(data), nil
}

// LoadUpTo reads a file up to an offset, such as a Writer's End; -1 is all of it.
func LoadUpTo(path string, end int64) (*Conversation, error) {
	file, size, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	if end < 0 || end > size {
		end = size
	}
	data := make(memory, end)
	n, err := io.ReadFull(io.NewSectionReader(file, 0, end), data)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil // it has become shorter.
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("read transcript: %w", err)
	}
	conv := parse(data[:n])
	conv.siblings = readSiblings(path)
	return conv, nil
}

// openRegular opens a session's file for reading and says how long it is.
func openRegular(path string) (file *os.File, size int64, err error) {
	file, err = os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0) //nolint:gosec // made by SessionPath.
	if err != nil {
		return nil, 0, fmt.Errorf("open transcript: %w", err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular()
	}
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
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

// parse makes a conversation of a file's bytes, of which its records become parts.
func parse(data memory) *Conversation {
	conv := &Conversation{from: data, tally: newTally()}
	skeleton, err := scan(data, 0, int64(len(data)), conv.tally)
	if err != nil {
		panic("transcript: " + err.Error()) // memory does not fail.
	}
	conv.skeleton = skeleton
	return conv
}

// Add takes in records that were appended since.
func (c *Conversation) Add(records ...Record) {
	if c.held == nil {
		c.held = map[int]Record{}
	}
	b := builder{skeleton: c.skeleton, tally: c.tally}
	for _, rec := range records {
		if !b.fields.scan(rec.Raw) {
			continue
		}
		at := len(c.skeleton.bones)
		b.put(rec.end-int64(len(rec.Raw)), len(rec.Raw), rec.end)
		c.skeleton.added()
		c.held[at] = rec
	}
}

// record decodes a record; false if it is broken inside, or cannot be read any more.
func (c *Conversation) record(at int) (Record, bool) {
	if rec, ok := c.held[at]; ok {
		return rec, true
	}
	rec, err := c.skeleton.record(c.from, at)
	return rec, err == nil
}

// record decodes a record. The error is errBroken if it is broken inside.
func (s *skeleton) record(from source, at int) (Record, error) {
	b := &s.bones[at]
	var rec Record
	var ok bool
	if b.is(boneOversized) {
		rec, ok = oversized(s.notes[b.start].small)
	} else {
		line, err := from.slice(b.start, int64(b.size))
		if err != nil {
			return Record{}, err
		}
		rec, ok = decode(line)
	}
	if !ok {
		return Record{}, errBroken
	}
	rec.end = b.end()
	rec.Cursor = cursorOf(rec.end, rec.UUID)
	return rec, nil
}

var errBroken = errors.New("the record is broken inside")

// decoded gives those of some records that are not broken inside.
func (c *Conversation) decoded(all []int) []Record {
	records := make([]Record, 0, len(all))
	for _, at := range all {
		if rec, ok := c.record(at); ok {
			records = append(records, rec)
		}
	}
	return records
}

// line gives a record's line, that of an oversized one too.
func (c *Conversation) line(rec *Record) ([]byte, error) {
	if !rec.Oversized {
		return rec.Raw, nil
	}
	bones := c.skeleton.bones
	at := sort.Search(len(bones), func(i int) bool { return bones[i].end() >= rec.end })
	if at == len(bones) {
		return nil, fault.New(fault.Internal, "The conversation does not hold the record.")
	}
	return c.from.slice(bones[at].start, int64(bones[at].size))
}

// Records are all records of the file, in its order.
func (c *Conversation) Records() []Record {
	all := make([]int, len(c.skeleton.bones))
	for i := range all {
		all[i] = i
	}
	return c.decoded(all)
}

// Skipped counts the lines that hold something other than whole records: torn or damaged ones.
func (c *Conversation) Skipped() int {
	return c.skeleton.skipped + len(c.skeleton.bones) - len(c.Records())
}

// Chain is the conversation that people see: the active branch, in the order of the file, with the results of parallel
// calls, over compactions back to the beginning. Records outside the branch and those of subagents are left out.
func (c *Conversation) Chain() []Record {
	b := c.skeleton.people()
	return c.decoded(b.members())
}

// Call is a tool call of the active branch.
type Call struct {
	ID, Name, RecordUUID string
	Input                json.RawMessage
}

// OpenCalls are the calls of the turn at the end that have no result: they were on their way when the program that ran
// them ended.
func (c *Conversation) OpenCalls() []Call {
	b := c.skeleton.people()
	holders, answered := b.openCalls()
	var calls []Call
	for _, rec := range c.decoded(holders) {
		calls = append(calls, callsWithout(&rec, answered)...)
	}
	return calls
}

// callsWithout gives the tool calls in a record that have no result.
func callsWithout(rec *Record, answered map[uint64]bool) []Call {
	var calls []Call
	for _, b := range blocksOf(rec, blockToolUse) {
		if !answered[hashText([]byte(b.ID))] {
			calls = append(calls, Call{b.ID, b.Name, rec.UUID, b.Input})
		}
	}
	return calls
}

// openCalls gives the answers of the last turn that have a call without result, and the calls of the turn that have one.
func (b *branch) openCalls() (holders []int, answered map[uint64]bool) {
	turn, _ := b.lastTurn()
	answered = map[uint64]bool{}
	for _, at := range turn {
		if b.bones[at].is(boneResult) {
			for _, id := range b.tools(at) {
				answered[id] = true
			}
		}
	}
	open := func(id uint64) bool { return !answered[id] }
	for _, at := range turn {
		if b.bones[at].is(boneUse) && slices.ContainsFunc(b.tools(at), open) {
			holders = append(holders, at)
		}
	}
	return holders, answered
}

// lastTurn gives the members from the last prompt on. It is not sure if that lies before the skeleton.
func (b *branch) lastTurn() (all []int, sure bool) {
	all = b.members()
	for i, at := range slices.Backward(all) {
		if b.bones[at].begins() {
			return all[i:], at >= b.sure
		}
	}
	return all, b.sure == 0 && !b.cut
}
