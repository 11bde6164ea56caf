package transcript

import (
	"bytes"
	"cmp"
	"encoding/json"
	"hash/maphash"
	"maps"
	"math"
	"slices"
)

// bone is what the rules of the chain need of a record. Ids are hashes: two that are different and have the same one would
// take some billions of records in a file.
type bone struct {
	start   int64  // offset of the record
	size    uint32 // of the record
	tail    uint32 // from the record's beginning to the end of its line, or to where its cursor points
	uuid    uint64 // 0 if it stands outside the chain
	parent  uint64 // 0 on a root; the logical one if boneLogical; of a last-prompt the leaf
	source  uint64 // the record of the call that a result is for
	message uint64 // the API's message id, of an assistant's record
	tool    uint64 // id of the first call in it, or of the call that its first result is for
	time    int64  // ms; noTime if it has none
	flags   uint32
	kind    kind
}

// leafMember is how a last-prompt that counts names its leaf.
var leafMember = []byte(`"leafUuid"`)

// noTime is before every time.
const noTime = math.MinInt64

// kind is a record's type, as far as rules ask for it.
type kind uint8

const (
	kindOther kind = iota
	kindUser
	kindAssistant
	kindLastPrompt
	kindAttachment
	kindSystem
)

const (
	boneSidechain uint32 = 1 << iota
	boneLogical          // parent is the logical one, because there is no other
	boneCompact          // a compaction's boundary
	boneSummary          // a compaction's summary
	boneExplicit
	boneEmptied // by a last-prompt the person chose that there is no conversation yet
	boneQueued
	boneMeta
	boneUse    // has a call
	boneResult // has a tool result
	bonePrompt
	boneAnswer
	boneInterruption
	boneAPIError
	boneAborted
	boneCommand
	boneOversized
	boneCwd
	boneMode     // has a permission mode
	bonePrompted // has a prompt's id
)

func (b *bone) is(flag uint32) bool { return b.flags&flag != 0 }

// end is where the record's cursor points.
func (b *bone) end() int64 { return b.start + int64(b.tail) }

func (b *bone) chained() bool { return b.uuid != 0 }

// eligible reports whether the record can be a part of the conversation.
func (b *bone) eligible() bool { return b.chained() && !b.is(boneSidechain) }

// isMessage reports whether the record is a message of the conversation.
func (b *bone) isMessage() bool {
	return b.eligible() && (b.kind == kindUser || b.kind == kindAssistant || b.is(boneQueued))
}

// said reports whether somebody of the user's side said it by itself: it is no tool result.
func (b *bone) said() bool { return (b.kind == kindUser || b.is(boneQueued)) && !b.is(boneResult) }

// isLeaf reports whether the record can be the end of a branch. A compaction's boundary alone is none: what went before it
// would be lost.
func (b *bone) isLeaf() bool {
	return b.eligible() && (b.isMessage() || b.kind == kindAttachment || b.kind == kindSystem && !b.is(boneCompact))
}

// begins reports whether a turn begins with the record: a prompt that did not come while another turn ran.
func (b *bone) begins() bool { return b.kind == kindUser && b.is(bonePrompt) }

// parentID is the parent's id: the logical one of a record that has no other only if wanted.
func (b *bone) parentID(logical bool) uint64 {
	if b.is(boneLogical) && !logical {
		return 0
	}
	return b.parent
}

var seed = maphash.MakeSeed()

// hashOf makes an id's hash from what stands between its quotes.
func hashOf(inner []byte) uint64 { return hashText(plain(inner)) }

// hashText makes an id's hash; an empty one has none.
func hashText(text []byte) uint64 {
	if len(text) == 0 {
		return 0
	}
	return max(1, maphash.Bytes(seed, text))
}

// note is what few records have, and what is therefore not in their bones.
type note struct {
	tools []uint64 // ids of all calls, or of the calls that results are for, if there are several
	kept  *keptIDs // of a boundary
	small []byte   // what an oversized record was reduced to
}

// keptIDs names the records that a compaction kept word for word: all of them, or the ends of their segment.
type keptIDs struct {
	anchor     uint64 // the record that they stand behind
	uuids      []uint64
	head, tail uint64
}

// skeleton is the bones of a file's records from an offset to its end. It is not changed once it is shared, but by the
// conversation that owns it.
type skeleton struct {
	start, end int64 // of a line, and of the file's part that was read
	quiet      int64 // no last-prompt begins between this offset and start
	bones      []bone
	slots      []int32 // by hash of uuid, open addressing: one more than the index of the last record with it
	chained    int
	older      map[int]int // by a record with a uuid that came before: that one
	notes      map[int64]note
	skipped    int // lines that hold something other than whole records
	titles     titles
}

// titles are the newest that are not blank, by kind.
type titles struct{ custom, ai, prompt, summary string }

// whole reports whether nothing of the file lies before the skeleton.
func (s *skeleton) whole() bool { return s.start == 0 }

// index makes the table of uuids.
func (s *skeleton) index() {
	s.chained, s.older = 0, map[int]int{}
	for i := range s.bones {
		if s.bones[i].chained() {
			s.chained++
		}
	}
	size := 16
	for size < 2*s.chained+2 {
		size *= 2
	}
	s.slots = make([]int32, size)
	for i := range s.bones {
		s.enter(i)
	}
}

// enter puts a record into the table.
func (s *skeleton) enter(at int) {
	uuid := s.bones[at].uuid
	if uuid == 0 {
		return
	}
	slot := s.slot(uuid)
	if before := s.slots[slot]; before != 0 {
		s.older[at] = int(before) - 1
	}
	s.slots[slot] = int32(at) + 1
}

// slot finds the place of a uuid in the table.
func (s *skeleton) slot(uuid uint64) int {
	mask := len(s.slots) - 1
	for slot := int(uuid) & mask; ; slot = (slot + 1) & mask {
		if at := s.slots[slot]; at == 0 || s.bones[at-1].uuid == uuid {
			return slot
		}
	}
}

// added puts the last record into the table, which grows if need be.
func (s *skeleton) added() {
	at := len(s.bones) - 1
	s.end = max(s.end, s.bones[at].end())
	if !s.bones[at].chained() {
		return
	}
	if s.chained++; 2*s.chained+2 > len(s.slots) {
		s.index()
		return
	}
	s.enter(at)
}

// last finds the last record with a uuid; the later one counts.
func (s *skeleton) last(uuid uint64) (at int, ok bool) {
	if uuid == 0 {
		return 0, false
	}
	at = int(s.slots[s.slot(uuid)]) - 1
	return at, at >= 0
}

// before finds the record with the same uuid before another.
func (s *skeleton) before(at int) (int, bool) {
	older, ok := s.older[at]
	return older, ok
}

// current reports whether a record is the last with its uuid.
func (s *skeleton) current(at int) bool {
	b := &s.bones[at]
	if !b.chained() {
		return true
	}
	last, _ := s.last(b.uuid)
	return last == at
}

// tools are the ids of a record's calls, or of the calls that its results are for.
func (s *skeleton) tools(at int) []uint64 {
	b := &s.bones[at]
	if n, ok := s.notes[b.start]; ok && n.tools != nil {
		return n.tools
	}
	if !b.is(boneUse | boneResult) {
		return nil
	}
	return []uint64{b.tool}
}

// joined puts two skeletons together: the second begins where the first ends.
func joined(a, b *skeleton) *skeleton {
	s := &skeleton{
		start: a.start, end: b.end, quiet: min(a.quiet, a.start), bones: slices.Concat(a.bones, b.bones),
		notes: maps.Clone(a.notes), skipped: a.skipped + b.skipped, titles: b.titles.or(a.titles),
	}
	for at, n := range b.notes {
		s.note(at, n)
	}
	s.index()
	return s
}

func (s *skeleton) note(at int64, n note) {
	if s.notes == nil {
		s.notes = map[int64]note{}
	}
	s.notes[at] = n
}

// clone is a skeleton of its own, to which can be added.
func (s *skeleton) clone() *skeleton {
	c := *s
	c.bones, c.notes = slices.Clone(s.bones), maps.Clone(s.notes)
	c.index()
	return &c
}

// bytes is about what the skeleton takes of memory.
func (s *skeleton) bytes() int64 {
	size := int64(cap(s.bones))*80 + int64(len(s.slots))*4 + int64(len(s.older)+len(s.notes))*64
	for _, n := range s.notes {
		size += int64(len(n.small))
	}
	return size
}

func (t titles) or(older titles) titles {
	return titles{
		custom: cmp.Or(t.custom, older.custom), ai: cmp.Or(t.ai, older.ai),
		prompt: cmp.Or(t.prompt, older.prompt), summary: cmp.Or(t.summary, older.summary),
	}
}

// bone makes the bone of a record, but for its place.
func (f *fields) bone() bone {
	b := bone{
		uuid: hashOf(f.uuid), parent: hashOf(f.parent), source: hashOf(f.source), time: noTime,
		flags: flagIf(f.sidechain, boneSidechain) | flagIf(f.compactSummary, boneSummary) | flagIf(f.meta, boneMeta) |
			flagIf(f.queued.prompt != nil, boneQueued) | flagIf(f.apiError, boneAPIError) | flagIf(f.aborted, boneAborted) |
			flagIf(string(f.subtype) == subtypeCompact, boneCompact) | flagIf(len(f.cwd) > 0, boneCwd) |
			flagIf(len(f.permissionMode) > 0, boneMode) | flagIf(len(f.promptID) > 0, bonePrompted),
	}
	if b.parent == 0 && len(f.logical) > 0 {
		b.parent, b.flags = hashOf(f.logical), b.flags|boneLogical
	}
	if at, ok := parseTime(f.timestamp); ok {
		b.time = at.UnixMilli()
	}
	if ids := f.tools(); len(ids) > 0 {
		b.tool = hashOf(ids[0])
	}
	switch string(f.kind) {
	case typeUser:
		b.kind = kindUser
		b.flags |= flagIf(len(f.blocks.results) > 0, boneResult)
	case typeAssistant:
		b.kind, b.message = kindAssistant, hashOf(f.message.id)
		b.flags |= flagIf(len(f.blocks.uses) > 0, boneUse)
	case typeAttachment:
		b.kind = kindAttachment
	case typeSystem:
		b.kind = kindSystem
	case typeLastPrompt:
		b.kind, b.parent, b.flags = kindLastPrompt, 0, b.flags&^boneLogical|flagIf(f.explicit, boneExplicit)|flagIf(f.explicit && f.noLeaf, boneEmptied)
		if bytes.Contains(f.line, leafMember) { // it is looked for without decoding lines.
			b.parent = hashOf(f.leaf)
		}
	}
	b.flags |= flagIf(f.prompt(), bonePrompt) | flagIf(f.answer(), boneAnswer) | flagIf(f.interruption(), boneInterruption) |
		flagIf(f.isUser() && f.command(), boneCommand)
	return b
}

func flagIf(yes bool, flag uint32) uint32 {
	if yes {
		return flag
	}
	return 0
}

// tools are the ids of the calls of an answer, or of those that a user's results are for.
func (f *fields) tools() [][]byte {
	switch string(f.kind) {
	case typeUser:
		return f.blocks.results
	case typeAssistant:
		return f.blocks.uses
	default:
		return nil
	}
}

// note is what the bone has no place for.
func (f *fields) note() (n note, ok bool) {
	if ids := f.tools(); len(ids) > 1 {
		for _, id := range ids {
			n.tools = append(n.tools, hashOf(id))
		}
	}
	if string(f.subtype) == subtypeCompact && f.compact != nil {
		n.kept = keptOf(f.compact)
	}
	return n, n.tools != nil || n.kept != nil
}

// compactMetadata is what a boundary says of what a compaction kept.
type compactMetadata struct {
	PreservedMessages struct {
		Anchor string   `json:"anchorUuid"`
		UUIDs  []string `json:"uuids"`
	} `json:"preservedMessages"`
	PreservedSegment struct {
		Head   string `json:"headUuid"`
		Anchor string `json:"anchorUuid"`
		Tail   string `json:"tailUuid"`
	} `json:"preservedSegment"`
}

func keptOf(raw []byte) *keptIDs {
	var meta compactMetadata
	if err := json.Unmarshal(raw, &meta); err != nil && !isTypeError(err) {
		return nil
	}
	id := func(s string) uint64 { return hashText([]byte(s)) }
	messages, segment := &meta.PreservedMessages, &meta.PreservedSegment
	switch {
	case len(messages.UUIDs) > 0:
		kept := &keptIDs{anchor: id(messages.Anchor)}
		for _, uuid := range messages.UUIDs {
			kept.uuids = append(kept.uuids, id(uuid))
		}
		return kept
	case segment.Tail != "":
		return &keptIDs{anchor: id(segment.Anchor), head: id(segment.Head), tail: id(segment.Tail)}
	default:
		return nil
	}
}
