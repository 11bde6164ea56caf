package transcript

import "slices"

// Chain is the conversation that people see: the active branch, in the order of the file, with the results of parallel
// calls, over compactions back to the beginning. Records outside the chain and of subagents are left out.
func (c *Conversation) Chain() []Record {
	return c.collect(c.path(true))
}

// leafIndex finds the end of the active branch. P is where the last last-prompt points, M the last message of the file:
// P if it was chosen by the person, else M if it descends from P, or P is not known.
func (c *Conversation) leafIndex() int {
	last, pointer, explicit := -1, "", false
	for i := range c.records {
		rec := &c.records[i]
		switch {
		case rec.Type == "last-prompt" && rec.leaf != "":
			pointer, explicit = rec.leaf, rec.explicit
		case rec.chained() && !rec.Sidechain && (rec.Type == "user" || rec.Type == "assistant" || rec.queued != nil):
			last = i
		}
	}
	at, known := c.byUUID[pointer]
	if !known {
		return last
	}
	if explicit || last < 0 || !c.descends(last, at) {
		return at
	}
	return last
}

// descends reports whether a record is another or comes after it in its branch.
func (c *Conversation) descends(from, ancestor int) bool {
	seen := map[int]bool{}
	for at := from; at >= 0 && !seen[at]; at = c.parent(at, true) {
		if at == ancestor {
			return true
		}
		seen[at] = true
	}
	return false
}

// parent finds the record before another in its branch; -1 at a root. A record whose parent is missing, or is itself,
// hangs from the newest record before it in time. With logical, a compaction is passed through.
func (c *Conversation) parent(at int, logical bool) int {
	rec := &c.records[at]
	id := rec.ParentUUID
	if id == "" && logical {
		id = rec.logicalParent
	}
	if id == "" {
		return -1
	}
	if parent, ok := c.byUUID[id]; ok && parent != at {
		return parent
	}
	return c.newestBefore(at)
}

// newestBefore finds the newest chained record with an earlier timestamp, among those before it in the file.
func (c *Conversation) newestBefore(at int) int {
	best := -1
	for i := range c.records[:at] {
		rec := &c.records[i]
		if !rec.chained() || rec.Sidechain || !rec.Timestamp.Before(c.records[at].Timestamp) {
			continue
		}
		if best < 0 || !rec.Timestamp.Before(c.records[best].Timestamp) {
			best = i
		}
	}
	return best
}

// path walks from the leaf to the root and returns the indices, root first.
func (c *Conversation) path(logical bool) []int {
	var path []int
	seen := map[int]bool{}
	for at := c.leafIndex(); at >= 0; at = c.parent(at, logical) {
		if seen[at] {
			if at = c.newestBefore(at); at < 0 || seen[at] {
				break
			}
		}
		seen[at] = true
		path = append(path, at)
	}
	slices.Reverse(path)
	return path
}

// collect adds the siblings of parallel calls that a walk from the leaf misses, and gives the records in file order.
func (c *Conversation) collect(path []int) []Record {
	in := make(map[int]bool, len(path))
	messages := map[string]bool{}
	for _, at := range path {
		in[at] = true
		if rec := &c.records[at]; rec.Type == "assistant" && rec.MessageID != "" {
			messages[rec.MessageID] = true
		}
	}
	calls := map[string]bool{} // uuids of tool_use records
	for i := range c.records {
		rec := &c.records[i]
		if rec.Type == "assistant" && messages[rec.MessageID] && !rec.Sidechain && c.current(i) && hasBlock(rec, "tool_use") {
			in[i] = true
			calls[rec.UUID] = true
		}
	}
	for i := range c.records {
		rec := &c.records[i]
		if rec.Type == "user" && !rec.Sidechain && c.current(i) && (calls[rec.ParentUUID] || calls[rec.sourceAssistant]) && hasBlock(rec, "tool_result") {
			in[i] = true
		}
	}
	order := make([]int, 0, len(in))
	for at := range in {
		if !c.records[at].Sidechain {
			order = append(order, at)
		}
	}
	slices.Sort(order)
	out := make([]Record, len(order))
	for i, at := range order {
		out[i] = c.records[at]
	}
	return out
}

// current reports whether a record is the last with its uuid; the later one counts.
func (c *Conversation) current(at int) bool { return c.byUUID[c.records[at].UUID] == at }

func hasBlock(rec *Record, kind string) bool {
	return slices.ContainsFunc(rec.Blocks(), func(b Block) bool { return b.Type == kind })
}
