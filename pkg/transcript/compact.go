package transcript

import "slices"

// modelPath is the walk that the model sees: from the last compaction on, with what that kept word for word behind its
// summary.
func (c *Conversation) modelPath() []int {
	leaf := c.leafIndex()
	w := c.newWalk(false)
	boundary := c.boundaryBefore(leaf)
	if boundary < 0 {
		return w.path(leaf)
	}
	kept := c.keptRecords(&c.records[boundary])
	if len(kept) == 0 {
		return w.path(leaf)
	}
	anchor := c.keptAnchor(boundary)
	w.parents = c.keptParents(anchor, kept)
	if leaf == anchor {
		leaf = kept[len(kept)-1]
	}
	return w.path(leaf)
}

// boundaryBefore finds the newest compaction before a leaf; -1 if there is none. It stands on the way to the leaf, or what
// it kept was appended again and does.
func (c *Conversation) boundaryBefore(leaf int) int {
	on := make([]bool, len(c.records))
	for _, at := range c.newWalk(true).path(leaf) {
		on[at] = true
	}
	for at := range slices.Backward(c.records) {
		rec := &c.records[at]
		if rec.Subtype != subtypeCompact {
			continue
		}
		again := func(kept int) bool { return kept > at && on[kept] }
		if on[at] || slices.ContainsFunc(c.keptRecords(rec), again) {
			return at
		}
	}
	return -1
}

// keptAnchor finds the record that stands before what a compaction kept: its summary.
func (c *Conversation) keptAnchor(boundary int) int {
	rec := &c.records[boundary]
	if at, ok := c.byUUID[rec.kept.anchor]; ok {
		return at
	}
	for at := range c.records {
		if c.records[at].CompactSummary && c.records[at].ParentUUID == rec.UUID {
			return at
		}
	}
	return boundary
}

// keptParents gives the parents that put what a compaction kept between its anchor and what came after that.
func (c *Conversation) keptParents(anchor int, kept []int) map[string]int {
	parents := make(map[string]int, len(kept)+1)
	inside := make(map[int]bool, len(kept))
	before := anchor
	for _, at := range kept {
		parents[c.records[at].UUID] = before
		inside[at] = true
		before = at
	}
	for at := range c.records {
		child := &c.records[at]
		if child.chained() && child.ParentUUID == c.records[anchor].UUID && !child.Sidechain && !inside[at] && c.current(at) {
			parents[child.UUID] = before
		}
	}
	return parents
}

// keptRecords finds what a compaction kept. If a part of it is missing, what there is counts.
func (c *Conversation) keptRecords(boundary *Record) []int {
	if boundary.kept == nil {
		return nil
	}
	var found []int
	for _, uuid := range boundary.kept.uuids {
		if at, ok := c.byUUID[uuid]; ok && !slices.Contains(found, at) {
			found = append(found, at)
		}
	}
	if len(boundary.kept.uuids) > 0 {
		return found
	}
	tail, ok := c.byUUID[boundary.kept.tail]
	if !ok {
		return nil
	}
	path := c.newWalk(false).path(tail)
	head, ok := c.byUUID[boundary.kept.head]
	if from := slices.Index(path, head); ok && from >= 0 {
		return path[from:]
	}
	return []int{tail}
}
