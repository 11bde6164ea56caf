package transcript

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxTitle is how long a title may be, in characters.
const maxTitle = 80

// Title is the session's: the person's if there is one, else the model's, else its last prompt, a summary, or its first
// prompt. The newest of a kind counts.
func (c *Conversation) Title() string {
	t := &c.skeleton.titles
	for _, title := range []string{c.customTitle(), t.ai, t.prompt, t.summary} {
		if title = TitleOf(title); title != "" {
			return title
		}
	}
	return c.firstPrompt()
}

// customTitle is the person's title; Claude Code may have it in a file of its own too.
func (c *Conversation) customTitle() string {
	return cmp.Or(c.skeleton.titles.custom, c.siblings.customTitle)
}

func (c *Conversation) firstPrompt() string {
	for at := range c.skeleton.bones {
		if !c.skeleton.bones[at].is(bonePrompt) {
			continue
		}
		rec, _ := c.record(at)
		for _, b := range rec.Blocks() {
			if title := TitleOf(b.Text); title != "" {
				return title
			}
		}
	}
	return ""
}

// TitleOf makes a title of a text: its first line, of at most maxTitle characters.
func TitleOf(s string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return shorten(strings.TrimSpace(first), maxTitle)
}

// shorten cuts text to so many characters, the last one an ellipsis.
func shorten(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

// Summary is what a list shows of a conversation, and what a server must know of it before it runs a turn.
type Summary struct {
	Title          string
	Cwd            string
	PermissionMode string    // of the last prompt
	Model          string    // of the last answer
	Messages       int       // prompts and texts of the model
	First, Last    time.Time // zero if no record has a time
	LastPrompt     time.Time
	PromptIDs      []string // of the active branch
	Usage          Usage    // of all answers in the file, those of other branches too
	Spent          []Spent  // the same by day and model
	Interrupted    bool     // the active branch ends in a turn that was cut off, by nobody's wish
	Tasks          bool     // somewhere in the file a task was put on a list
	Size           int64    // of what was read
	Skipped        int      // lines that hold something other than records
}

// Usage is what answers cost, in tokens.
type Usage struct{ Input, Output, CacheRead, CacheWrite int64 }

// Spent is what the answers of one model cost on one day, in UTC.
type Spent struct {
	Day   time.Time // its beginning; zero if the records have no time
	Model string
	Usage Usage
}

// Scan reads a whole file and gives its summary, without holding it or decoding more of it than that needs.
func Scan(path string) (Summary, error) {
	file, size, err := openRegular(path)
	if err != nil {
		return Summary{}, err
	}
	conv := &Conversation{from: openFile{file}, tally: newTally(), siblings: readSiblings(path)}
	conv.skeleton, err = scan(file, 0, size, conv.tally)
	if err != nil {
		return Summary{}, errors.Join(err, file.Close())
	}
	sum := conv.Summary()
	sum.addSubagents(path)
	return sum, file.Close()
}

// addSubagents adds what the session's subagents used, whose files lie beside its own.
func (s *Summary) addSubagents(path string) {
	dir := AgentDir(strings.TrimSuffix(path, ".jsonl"))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // there are none.
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), "agent-") || !strings.HasSuffix(entry.Name(), ".jsonl") {
			continue
		}
		file, size, err := openRegular(filepath.Join(dir, entry.Name()))
		if err != nil {
			continue
		}
		t := newTally()
		if _, err := scan(file, 0, size, t); err == nil {
			s.addSpent(t.spent())
		}
		_ = file.Close() // it was only read.
	}
}

func (s *Summary) addSpent(more []Spent) {
	for _, m := range more {
		s.Usage.add(m.Usage)
		at := slices.IndexFunc(s.Spent, func(have Spent) bool { return have.Day.Equal(m.Day) && have.Model == m.Model })
		if at < 0 {
			s.Spent = append(s.Spent, m)
			continue
		}
		s.Spent[at].Usage.add(m.Usage)
	}
}

// Summary gathers what a list shows of the active branch.
func (c *Conversation) Summary() Summary {
	s := Summary{Title: c.Title(), Size: c.skeleton.end, Skipped: c.skeleton.skipped}
	branch := c.skeleton.people()
	all := branch.members()
	for _, at := range all {
		b := &branch.bones[at]
		if b.time != noTime {
			s.Last = time.UnixMilli(b.time).UTC()
			if s.First.IsZero() {
				s.First = s.Last
			}
		}
		if b.is(bonePrompt | boneAnswer) {
			s.Messages++
		}
		if !b.is(bonePrompt) {
			continue
		}
		s.LastPrompt = time.Time{}
		if b.time != noTime {
			s.LastPrompt = time.UnixMilli(b.time).UTC()
		}
		if id := c.tally.promptID(at); id != "" {
			s.PromptIDs = append(s.PromptIDs, id)
		}
	}
	s.Cwd = c.firstOf(only(branch, all, boneCwd), func(rec *Record) string { return rec.Cwd })
	slices.Reverse(all)
	s.PermissionMode = c.firstOf(only(branch, all, bonePrompt|boneMode), func(rec *Record) string { return rec.PermissionMode })
	if answers := only(branch, all, boneAnswer); len(answers) > 0 {
		s.Model = c.firstOf(answers[:1], func(rec *Record) string { return rec.Model })
	}
	s.Interrupted = branch.interrupted(all)
	s.Tasks = c.tally != nil && c.tally.planned
	s.Spent = c.tally.spent()
	for _, spent := range s.Spent {
		s.Usage.add(spent.Usage)
	}
	return s
}

// firstOf gives a field of the first of some records in which it is not empty.
func (c *Conversation) firstOf(all []int, field func(*Record) string) string {
	for _, at := range all {
		rec, _ := c.record(at)
		if value := field(&rec); value != "" {
			return value
		}
	}
	return ""
}

// only gives the records that have some flags.
func only(b *branch, all []int, flags uint32) []int {
	var found []int
	for _, at := range all {
		if b.bones[at].flags&flags == flags {
			found = append(found, at)
		}
	}
	return found
}

// interrupted reports whether the last turn was cut off. The members come newest first.
func (b *branch) interrupted(newest []int) bool {
	for _, at := range newest {
		bone := &b.bones[at]
		switch {
		case bone.is(boneMeta|boneCommand) || !bone.isMessage():
			continue
		case bone.is(boneInterruption | boneSummary):
			return false
		case bone.kind != kindAssistant, bone.is(boneAPIError | boneAborted):
			return true
		default:
			holders, _ := b.openCalls()
			return len(holders) > 0
		}
	}
	return false
}

// tally is what a summary needs of records and bones do not have.
type tally struct {
	prompts map[int]string  // ids, by record
	usage   map[uint64]cost // by message and request: all records of one say the same, or the last one the most
	models  []string
	planned bool // a call put a task on the session's list

	last     uint64 // message, whose usage is not among the others yet
	lastCost cost
}

// cost is what one answer cost.
type cost struct {
	usage Usage
	model int   // in the tally's models
	day   int64 // since 1970; noTime without a time
}

func newTally() *tally { return &tally{prompts: map[int]string{}, usage: map[uint64]cost{}} }

func (t *tally) take(f *fields, b *bone, at int) {
	t.planned = t.planned || f.blocks.planned && !b.is(boneSidechain)
	if b.is(bonePrompt) && len(f.promptID) > 0 {
		t.prompts[at] = text(f.promptID)
	}
	if b.kind == kindAssistant && f.message.usage != nil {
		if id := cmp.Or(b.message, b.uuid) ^ hashOf(f.requestID); id != t.last {
			t.settle()
			t.last = id
		}
		day := int64(noTime)
		if b.time != noTime {
			day = b.time / msPerDay
		}
		t.lastCost = cost{usageOf(f.message.usage), t.model(text(f.message.model)), day}
	}
}

// settle puts the last message's usage among the others.
func (t *tally) settle() {
	if t.last != 0 {
		t.usage[t.last] = t.lastCost
	}
}

func (t *tally) promptID(at int) string {
	if t == nil {
		return ""
	}
	return t.prompts[at]
}

const msPerDay = 24 * 60 * 60 * 1000

// model is a model's place among those of the tally.
func (t *tally) model(name string) int {
	for i, known := range slices.Backward(t.models) {
		if known == name {
			return i
		}
	}
	t.models = append(t.models, name)
	return len(t.models) - 1
}

// spent sums up by day and model, the earliest day first.
func (t *tally) spent() []Spent {
	if t == nil {
		return nil
	}
	t.settle()
	type key struct {
		day   int64
		model int
	}
	sums := map[key]Usage{}
	for _, c := range t.usage {
		if c.usage == (Usage{}) {
			continue
		}
		sum := sums[key{c.day, c.model}]
		sum.add(c.usage)
		sums[key{c.day, c.model}] = sum
	}
	out := make([]Spent, 0, len(sums))
	for k, u := range sums {
		s := Spent{Model: t.models[k.model], Usage: u}
		if k.day != noTime {
			s.Day = time.UnixMilli(k.day * msPerDay).UTC()
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Spent) int { return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.Model, b.Model)) })
	return out
}

func (u *Usage) add(more Usage) {
	u.Input += more.Input
	u.Output += more.Output
	u.CacheRead += more.CacheRead
	u.CacheWrite += more.CacheWrite
}

// usageOf reads what an answer cost.
func usageOf(raw []byte) (u Usage) {
	p := parser{data: raw}
	for key := range p.members {
		switch string(key) {
		case "input_tokens":
			u.Input = p.count()
		case "output_tokens":
			u.Output = p.count()
		case "cache_read_input_tokens":
			u.CacheRead = p.count()
		case "cache_creation_input_tokens":
			u.CacheWrite = p.count()
		default:
			p.value()
		}
	}
	return u
}

// maxCount is more tokens than an answer has; what is more is none.
const maxCount = 1 << 40

// count steps over a value and reads it as a number of tokens.
func (p *parser) count() int64 {
	n, err := strconv.ParseInt(string(p.value()), 10, 64)
	if err != nil || n < 0 || n > maxCount {
		return 0
	}
	return n
}
