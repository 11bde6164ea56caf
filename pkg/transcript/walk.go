package transcript

import (
	"cmp"
	"slices"
	"sort"
)

// walk goes from a leaf to its root. Every record is visited once, whatever the parents say.
type walk struct {
	*skeleton
	logical bool // passes through compactions
	kept    *keptPath
	seen    []bool
	low     int64       // offset of the record visited that is nearest to the file's beginning
	byTime  []int32     // records of the conversation, oldest first; made when it is needed
	skip    []int32     // by place in byTime: the next older place that may be open
	copies  map[int]int // by record: the last older one with its uuid that may be open
	cut     bool        // the walk ended because what comes next lies before the skeleton
}

func (s *skeleton) newWalk(logical bool) *walk {
	return &walk{skeleton: s, logical: logical, seen: make([]bool, len(s.bones)), low: s.end}
}

// path gives the records from the root to a leaf.
func (w *walk) path(leaf int) []int {
	var path []int
	for at := leaf; at >= 0; at = w.next(at) {
		w.visit(at)
		path = append(path, at)
	}
	slices.Reverse(path)
	return path
}

func (w *walk) visit(at int) {
	w.seen[at] = true
	w.low = min(w.low, w.bones[at].start)
}

// next finds the record before another in its branch; -1 at a root. Where the parent is missing, or leads in a circle,
// the record hangs from the newest one before it in time.
func (w *walk) next(at int) int {
	b := &w.bones[at]
	if parent, ok := w.kept.parent(w.skeleton, at); ok && !w.seen[parent] {
		return parent
	}
	id := b.parentID(w.logical)
	if id == 0 {
		return -1
	}
	if last, ok := w.last(id); ok {
		if parent := w.openCopy(last); parent >= 0 {
			return parent
		}
	}
	return w.newestBefore(at)
}

// openCopy finds the last open record with the uuid of a record, which is the last of them; -1 if there is none.
func (w *walk) openCopy(last int) int {
	at, ok := last, true
	if next, known := w.copies[last]; known {
		at = next
	}
	for ok && at >= 0 && !w.open(at) {
		at, ok = w.before(at)
	}
	if !ok {
		at = -1
	}
	if at != last {
		if w.copies == nil {
			w.copies = map[int]int{}
		}
		w.copies[last] = at
	}
	return at
}

// open reports whether the walk may go to a record: it was not there yet, and does not turn round too far for it. What is
// not open never becomes so again.
func (w *walk) open(at int) bool {
	return !w.seen[at] && w.bones[at].start < w.low+reach.far
}

// doubtful reports whether the walk, where it was cut off, may yet go to a record.
func (w *walk) doubtful(at int) bool {
	return w.cut && w.bones[at].start < w.low+reach.far
}

// newestBefore finds the newest record that was not visited yet and is not later than another; -1 if there is none. Of the
// same time are those earlier that stand before it in the file.
func (w *walk) newestBefore(at int) int {
	if !w.whole() {
		w.cut = true
		return -1
	}
	if w.byTime == nil {
		w.sortByTime()
	}
	n := sort.Search(len(w.byTime), func(i int) bool {
		other := int(w.byTime[i])
		return cmp.Or(cmp.Compare(w.bones[other].time, w.bones[at].time), cmp.Compare(other, at)) >= 0
	})
	n = w.openPlace(n - 1)
	if n < 0 {
		return -1
	}
	return int(w.byTime[n])
}

// openPlace finds the last place of byTime, from one on backwards, whose record is open; -1 if there is none.
func (w *walk) openPlace(from int) int {
	found := from
	for found >= 0 && !w.open(int(w.byTime[found])) {
		found = int(w.skip[found])
	}
	for at := from; at > found; {
		at, w.skip[at] = int(w.skip[at]), int32(found)
	}
	return found
}

func (w *walk) sortByTime() {
	w.byTime = make([]int32, 0, len(w.bones))
	for i := range w.bones {
		if w.bones[i].eligible() {
			w.byTime = append(w.byTime, int32(i))
		}
	}
	slices.SortStableFunc(w.byTime, func(a, b int32) int { return cmp.Compare(w.bones[a].time, w.bones[b].time) })
	w.skip = make([]int32, len(w.byTime))
	for i := range w.skip {
		w.skip[i] = int32(i) - 1
	}
}

// lastLeaf finds the last record of the file that can be the end of a branch, repeated ones not counted; -1 if there is
// none. It is not sure if it depends on what lies before the skeleton.
func (s *skeleton) lastLeaf() (at int, sure bool) { return s.lastOf((*bone).isLeaf) }

// lastOf finds the last record of a sort, repeated ones not counted.
func (s *skeleton) lastOf(sort func(*bone) bool) (at int, sure bool) {
	for at := range slices.Backward(s.bones) {
		if !sort(&s.bones[at]) {
			continue
		}
		switch s.repeats(at) {
		case no:
			last, _ := s.last(s.bones[at].uuid)
			return last, true
		case unknown:
			return at, false
		case yes:
		}
	}
	return -1, s.whole()
}

// repeats reports whether a record has the uuid of one before it, which compaction appended again.
func (s *skeleton) repeats(at int) verdict {
	b := &s.bones[at]
	older, found := s.before(at)
	if found && s.bones[older].start >= b.start-reach.near {
		return yes
	}
	newest := int64(noTime)
	for i := at - 1; i >= 0 && s.bones[i].start >= b.start-reach.near; i-- {
		if s.bones[i].chained() {
			newest = max(newest, s.bones[i].time)
		}
	}
	late := b.time < newest
	switch {
	case found && late:
		return yes
	case s.whole(), s.start <= b.start-reach.near && !late:
		return no
	default:
		return unknown
	}
}

// leaf finds the end of the active branch; -1 if there is none.
func (s *skeleton) leaf() (at int, sure bool) {
	at, lacks := s.ending()
	return at, lacks == nothing
}

// lack is what would have to be read of a file to be certain of something.
type lack uint8

const (
	nothing lack = iota
	pointers
	records
)

func lackUnless(sure bool, lack lack) lack {
	if sure {
		return nothing
	}
	return lack
}

// ending finds the leaf. P is where the last last-prompt points, M the last record of the file that can be a leaf, repeated
// ones not counted: M if it descends from P or P is not known, else P. If the person chose P, only what was appended behind
// the choice can descend from it. If the person chose that there is no conversation, there is one again as soon as something
// comes behind that. A last-prompt that begins too far before M does not count.
func (s *skeleton) ending() (at int, lacks lack) {
	last, sure := s.lastLeaf()
	if !sure {
		return last, records
	}
	from := s.pointersFrom(last)
	pointer, sure := s.pointer(from, len(s.bones))
	if pointer < 0 {
		return last, lackUnless(sure, pointers)
	}
	if s.bones[pointer].is(boneEmptied) {
		return s.anew(pointer, last)
	}
	at, known := s.last(s.bones[pointer].parent)
	switch {
	case !known:
		return last, lackUnless(s.whole(), records)
	case s.bones[at].is(boneSidechain):
		return last, nothing
	case at == last || last < 0:
		return at, nothing
	}
	descends, sure := s.descends(last, at)
	if descends != yes || last > pointer {
		return choose(descends, last, at), lackUnless(sure, records)
	}
	chosen, sure := s.chosen(from, pointer)
	return choose(verdictOf(last > chosen), last, at), lackUnless(sure, pointers)
}

// anew finds the leaf behind a choice to begin anew: the last message, wherever it hangs; -1 if nothing has come since.
func (s *skeleton) anew(choice, last int) (at int, lacks lack) {
	if last < choice {
		return -1, nothing
	}
	at, sure := s.lastOf(func(b *bone) bool { return b.eligible() && (b.kind == kindUser || b.kind == kindAssistant) })
	return at, lackUnless(sure, records)
}

func choose(is verdict, a, b int) int {
	if is == yes {
		return a
	}
	return b
}

// pointer finds the last last-prompt that names a leaf, or says that there is none, and stands before another record; -1 if
// there is none.
func (s *skeleton) pointer(from int64, before int) (at int, sure bool) {
	for at := range slices.Backward(s.bones[:before]) {
		b := &s.bones[at]
		if b.start < from {
			return -1, true
		}
		if b.kind == kindLastPrompt && (b.parent != 0 || b.is(boneEmptied)) {
			return at, true
		}
	}
	return -1, s.quiet <= from
}

// pointersFrom is the offset from which on a last-prompt counts.
func (s *skeleton) pointersFrom(last int) int64 {
	if last < 0 {
		return 0
	}
	return max(0, s.bones[last].start-reach.far)
}

// chosen finds the last-prompt by which the person chose the leaf of another one: that itself, or one before it with none to
// another leaf between them; -1 if there is none.
func (s *skeleton) chosen(from int64, pointer int) (at int, sure bool) {
	leaf := s.bones[pointer].parent
	for at, sure = pointer, true; at >= 0 && s.bones[at].parent == leaf; {
		if s.bones[at].is(boneExplicit) {
			return at, true
		}
		at, sure = s.pointer(from, at)
	}
	return -1, sure
}

// descends reports whether one record stands in the branch that another begins.
func (s *skeleton) descends(from, to int) (is verdict, sure bool) {
	w := s.newWalk(true)
	for on := from; on >= 0; on = w.next(on) {
		if on == to {
			return yes, true
		}
		w.visit(on)
	}
	return no, !w.doubtful(to)
}

// verdict is what is known of a record from a part of the file.
type verdict uint8

const (
	no verdict = iota
	yes
	unknown
)
