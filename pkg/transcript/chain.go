package transcript

import (
	"slices"
	"sort"
)

// Chain is the conversation that people see: the active branch, in the order of the file, with the results of parallel
// calls, over compactions back to the beginning. Records outside the branch and those of subagents are left out.
func (c *Conversation) Chain() []Record {
	path := c.newWalk(true).path(c.leafIndex())
	path = append(path, c.siblingsOf(path)...)
	slices.Sort(path)
	out := make([]Record, 0, len(path))
	for _, at := range path {
		if !c.records[at].Sidechain && c.current(at) {
			out = append(out, c.records[at])
		}
	}
	return out
}

// leafIndex finds the end of the active branch. P is where the last last-prompt points, M the last message of the file,
// repeated ones not counted: P if it was chosen by the person, else M if it descends from P or P is not known, else P.
func (c *Conversation) leafIndex() int {
	last, pointer, explicit := -1, "", false
	for i := range c.records {
		rec := &c.records[i]
		switch {
		case rec.Type == typeLastPrompt && rec.leaf != "":
			pointer, explicit = rec.leaf, rec.explicit
		case rec.message() && !c.repeats(i):
			last = c.byUUID[rec.UUID]
		}
	}
	at, known := c.byUUID[pointer]
	if !known {
		return last
	}
	if explicit || last < 0 || !slices.Contains(c.newWalk(true).path(last), at) {
		return at
	}
	return last
}

// current reports whether a record is the last with its uuid.
func (c *Conversation) current(at int) bool {
	rec := &c.records[at]
	return !rec.chained() || c.byUUID[rec.UUID] == at
}

// repeats reports whether a record has the uuid of one before it.
func (c *Conversation) repeats(at int) bool {
	_, repeated := c.older[at]
	return repeated
}

// walk goes from a leaf to its root. Every record is visited once, whatever the parents say.
type walk struct {
	conv    *Conversation
	logical bool           // passes through compactions
	parents map[string]int // by uuid, parents that a compaction put in place of the records'
	seen    []bool
	byTime  []int // chained records, oldest first; made when it is needed
}

func (c *Conversation) newWalk(logical bool) *walk {
	return &walk{conv: c, logical: logical, seen: make([]bool, len(c.records))}
}

// path gives the records from the root to a leaf.
func (w *walk) path(leaf int) []int {
	var path []int
	for at := leaf; at >= 0; at = w.next(at) {
		w.seen[at] = true
		path = append(path, at)
	}
	slices.Reverse(path)
	return path
}

// next finds the record before another in its branch; -1 at a root. Where the parent is missing, or leads in a circle,
// the record hangs from the newest one before it in time.
func (w *walk) next(at int) int {
	rec := &w.conv.records[at]
	if parent, ok := w.parents[rec.UUID]; ok && !w.seen[parent] {
		return parent
	}
	id := rec.ParentUUID
	if id == "" && w.logical {
		id = rec.logicalParent
	}
	if id == "" {
		return -1
	}
	parent, ok := w.conv.byUUID[id]
	for ok && w.seen[parent] {
		parent, ok = w.conv.older[parent]
	}
	if ok {
		return parent
	}
	return w.newestBefore(at)
}

// newestBefore finds the newest record with an earlier time that was not visited yet; -1 if there is none.
func (w *walk) newestBefore(at int) int {
	records := w.conv.records
	if w.byTime == nil {
		w.byTime = make([]int, 0, len(records))
		for i := range records {
			if records[i].chained() && !records[i].Sidechain {
				w.byTime = append(w.byTime, i)
			}
		}
		slices.SortStableFunc(w.byTime, func(a, b int) int { return records[a].Timestamp.Compare(records[b].Timestamp) })
	}
	n := sort.Search(len(w.byTime), func(i int) bool { return !records[w.byTime[i]].Timestamp.Before(records[at].Timestamp) })
	for n--; n >= 0; n-- {
		if candidate := w.byTime[n]; !w.seen[candidate] {
			return candidate
		}
	}
	return -1
}

// siblingsOf finds what a walk from the leaf misses of parallel calls: the other calls of the messages on the way, and
// the results that hang from calls and are not on the way.
func (c *Conversation) siblingsOf(path []int) []int {
	on := make([]bool, len(c.records))
	messages := map[string]bool{}
	calls := map[string]bool{}    // by uuid of a record: it has a call
	answered := map[string]bool{} // by tool_use id
	for _, at := range path {
		on[at] = true
		rec := &c.records[at]
		switch rec.Type {
		case typeAssistant:
			messages[rec.MessageID] = true
			calls[rec.UUID] = true
		case typeUser:
			for _, b := range blocksOf(rec, blockToolResult) {
				answered[b.ToolUseID] = true
			}
		}
	}
	delete(messages, "")
	var found []int
	for at := range c.records {
		rec := &c.records[at]
		if rec.Type == typeAssistant && messages[rec.MessageID] && c.aside(at, on) && len(blocksOf(rec, blockToolUse)) > 0 {
			found = append(found, at)
			calls[rec.UUID] = true
		}
	}
	for at := range c.records {
		rec := &c.records[at]
		if rec.Type != typeUser || !calls[rec.ParentUUID] && !calls[rec.sourceAssistant] || !c.aside(at, on) {
			continue
		}
		results := blocksOf(rec, blockToolResult)
		fresh := slices.ContainsFunc(results, func(b Block) bool { return !answered[b.ToolUseID] })
		if fresh {
			found = append(found, at)
		}
		for _, b := range results {
			answered[b.ToolUseID] = true
		}
	}
	return found
}

// aside reports whether a record could be a sibling: a live record that is not on the way itself.
func (c *Conversation) aside(at int, on []bool) bool {
	rec := &c.records[at]
	return !on[at] && rec.chained() && !rec.Sidechain && c.current(at)
}
