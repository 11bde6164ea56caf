package transcript

import "slices"

// model is the branch that the model sees: from the last compaction on, with what that kept word for word behind its
// summary. It is not sure if it depends on what lies before the skeleton.
func (s *skeleton) model() (b *branch, sure bool) {
	leaf, sure := s.leaf()
	boundary, known := s.boundaryBefore(leaf)
	w := s.newWalk(false)
	if boundary >= 0 {
		kept, all := s.keptRecords(boundary)
		anchor, there := s.keptAnchor(boundary)
		known = known && all && (len(kept) == 0 || there)
		if len(kept) > 0 {
			w.kept = s.newKeptPath(anchor, kept)
			if leaf == anchor {
				leaf = w.kept.last
			}
		}
	}
	path := w.path(leaf)
	return w.branch(path), sure && known && !w.cut
}

// boundaryBefore finds the newest compaction before a leaf; -1 if there is none. It stands on the way to the leaf, or what
// it kept was appended again behind it and does. One that stands before the beginning of the conversation is none of it.
func (s *skeleton) boundaryBefore(leaf int) (at int, sure bool) {
	w := s.newWalk(true)
	path := w.path(leaf)
	for at := range slices.Backward(s.bones) {
		b := &s.bones[at]
		if !b.is(boneCompact) {
			continue
		}
		if w.seen[at] {
			return at, true
		}
		if w.doubtful(at) {
			return at, false
		}
		if b.start < w.low {
			break
		}
		if s.keptAgain(at, w.seen) {
			return at, true
		}
	}
	return -1, len(path) == 0 || !w.cut
}

// keptAgain reports whether what a compaction kept was appended again behind it, on the way to the leaf.
func (s *skeleton) keptAgain(boundary int, on []bool) bool {
	kept := s.notes[s.bones[boundary].start].kept
	if kept == nil {
		return false
	}
	again := func(uuid uint64) bool {
		at, ok := s.last(uuid)
		return ok && at > boundary && on[at]
	}
	if len(kept.uuids) > 0 {
		return slices.ContainsFunc(kept.uuids, again)
	}
	return again(kept.tail)
}

// keptRecords finds what a compaction kept. If a part of it is missing, what there is counts.
func (s *skeleton) keptRecords(boundary int) (found []int, sure bool) {
	kept := s.notes[s.bones[boundary].start].kept
	if kept == nil {
		return nil, true
	}
	if len(kept.uuids) == 0 {
		return s.keptSegment(kept)
	}
	sure = true
	seen := map[int]bool{}
	for _, uuid := range kept.uuids {
		at, ok := s.last(uuid)
		if ok && !seen[at] {
			found = append(found, at)
			seen[at] = true
		}
		sure = sure && (ok || s.whole())
	}
	return found, sure
}

func (s *skeleton) keptSegment(kept *keptIDs) (found []int, sure bool) {
	tail, ok := s.last(kept.tail)
	if !ok {
		return nil, s.whole()
	}
	w := s.newWalk(false)
	path := w.path(tail)
	if head, ok := s.last(kept.head); ok {
		if from := slices.Index(path, head); from >= 0 {
			return path[from:], true
		}
	}
	return []int{tail}, s.whole()
}

// keptAnchor finds the record that stands before what a compaction kept: its summary.
func (s *skeleton) keptAnchor(boundary int) (at int, sure bool) {
	b := &s.bones[boundary]
	if n := s.notes[b.start]; n.kept != nil {
		if at, ok := s.last(n.kept.anchor); ok {
			return at, true
		}
		sure = n.kept.anchor == 0
	}
	for at := boundary; at < len(s.bones); at++ {
		if child := &s.bones[at]; child.is(boneSummary) && b.uuid != 0 && child.parentID(false) == b.uuid {
			return at, sure || s.whole()
		}
	}
	return boundary, sure || s.whole()
}

// keptPath puts what a compaction kept between its anchor and what came after that.
type keptPath struct {
	anchor  uint64
	last    int
	parents map[uint64]int // by uuid of what was kept
}

func (s *skeleton) newKeptPath(anchor int, kept []int) *keptPath {
	k := &keptPath{anchor: s.bones[anchor].uuid, parents: make(map[uint64]int, len(kept))}
	before := anchor
	for _, at := range kept {
		k.parents[s.bones[at].uuid] = before
		before = at
	}
	k.last = before
	return k
}

// parent is the parent that a compaction put in place of a record's own.
func (k *keptPath) parent(s *skeleton, at int) (parent int, ok bool) {
	if k == nil {
		return 0, false
	}
	b := &s.bones[at]
	if parent, ok = k.parents[b.uuid]; ok {
		return parent, true
	}
	follows := b.eligible() && k.anchor != 0 && b.parentID(false) == k.anchor && s.current(at)
	return k.last, follows
}
