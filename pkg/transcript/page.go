package transcript

import (
	"errors"
	"maps"
	"slices"
	"sort"

	"claude-agent-chat/pkg/fault"
)

const (
	// maxClosing is by how many records a page is made longer so that it is whole.
	maxClosing = 200
	// maxPage is after how many bytes of records a page ends, whatever was asked for.
	maxPage = 16 << 20
)

// Page is a part of the chain, in its order.
type Page struct {
	Records []Record
	Calls   []Record // earlier ones with the calls whose results are in Records without them
	Before  string   // cursor for the page before; empty if nothing is shown there
	After   string   // cursor for the page after; empty if nothing is shown there
	Skipped int      // damaged lines in what was read for it
}

// chain is the active branch as far as it is certain.
type chain struct {
	*branch
	from   source
	all    []int // its records
	whole  bool  // nothing of it comes before all
	memo   map[int64]*Record
	wanted int64 // how far back it should be certain
}

// item decodes a record; nil if it is broken inside.
func (c *chain) item(i int) (*Record, error) {
	start := c.bones[c.all[i]].start
	if rec, ok := c.memo[start]; ok {
		return rec, nil
	}
	rec, err := c.record(c.from, c.all[i])
	switch {
	case errors.Is(err, errBroken):
		c.memo[start] = nil
		return nil, nil
	case err != nil:
		return nil, err
	}
	c.memo[start] = &rec
	return &rec, nil
}

func (c *chain) brokenInside() (count int) {
	for _, rec := range c.memo {
		if rec == nil {
			count++
		}
	}
	return count
}

// previous gives the place of the whole record before a place; -1 if there is none.
func (c *chain) previous(i int) (int, error) {
	for i--; i >= 0; i-- {
		if rec, err := c.item(i); rec != nil || err != nil {
			return i, err
		}
	}
	if !c.whole {
		return -1, errShort
	}
	return -1, nil
}

// following gives the place of the whole record at a place or behind it; -1 if there is none.
func (c *chain) following(i int) (int, error) {
	for ; i < len(c.all); i++ {
		if rec, err := c.item(i); rec != nil || err != nil {
			return i, err
		}
	}
	return -1, nil
}

// find gives the place of a cursor.
func (c *chain) find(cursor string) (int, error) {
	end, check, ok := parseCursor(cursor)
	if !ok || end > c.end {
		return 0, errCursor()
	}
	i := sort.Search(len(c.all), func(i int) bool { return c.bones[c.all[i]].end() >= end })
	if i == 0 && !c.whole && (len(c.all) == 0 || c.bones[c.all[0]].end() > end) {
		c.wanted = end - reach.block/2
		return 0, errShort
	}
	if i == len(c.all) || c.bones[c.all[i]].end() != end {
		return 0, errCursor()
	}
	rec, err := c.item(i)
	if err != nil {
		return 0, err
	}
	if rec == nil || checkOf(rec.UUID) != check {
		return 0, errCursor()
	}
	return i, nil
}

// pageSpan is a page by the places of its first record and behind its last.
type pageSpan struct{ start, end int }

// Page gives the page before a cursor, the newest if it is empty: up to limit records that are shown, and those between
// and behind them that are not. A page begins so that it splits no answer and has the calls of all its results, for which
// it may have up to 200 records more. An unknown cursor is fault.Invalid.
func (r *Reader) Page(before string, limit int, shown func(*Record) bool) (Page, error) {
	return r.page(shown, func(c *chain) (span pageSpan, err error) {
		span.end = len(c.all)
		if before != "" {
			if span.end, err = c.find(before); err != nil {
				return span, err
			}
		}
		if span.start, err = c.back(span.end, limit, shown); err != nil {
			return span, err
		}
		span.start, err = c.close(span)
		return span, err
	})
}

// PageAfter gives the page behind a cursor, the oldest if it is empty, as Page does. It begins there, wherever that is.
func (r *Reader) PageAfter(after string, limit int, shown func(*Record) bool) (Page, error) {
	return r.page(shown, func(c *chain) (span pageSpan, err error) {
		if after == "" && !c.whole {
			c.wanted = 0
			return span, errShort
		}
		if after != "" {
			if span.start, err = c.find(after); err != nil {
				return span, err
			}
			span.start++
		}
		span.end, err = c.forth(span.start, limit, shown)
		return span, err
	})
}

// Around gives the page with a cursor's record in its middle.
func (r *Reader) Around(cursor string, limit int, shown func(*Record) bool) (Page, error) {
	return r.page(shown, func(c *chain) (span pageSpan, err error) {
		at, err := c.find(cursor)
		if err != nil {
			return span, err
		}
		if span.end, err = c.forth(at, max(1, limit-limit/2), shown); err != nil {
			return span, err
		}
		span.end = max(span.end, at+1)
		if span.start, err = c.back(at, limit/2, shown); err != nil {
			return span, err
		}
		span.start, err = c.close(span)
		return span, err
	})
}

// page makes a page of what choose chooses.
func (r *Reader) page(shown func(*Record) bool, choose func(c *chain) (pageSpan, error)) (page Page, err error) {
	err = r.with(func(c *chain) error {
		span, err := choose(c)
		if err == nil {
			page, err = c.page(span, shown)
		}
		return err
	})
	page.Skipped = r.Skipped()
	return page, err
}

func (c *chain) page(span pageSpan, shown func(*Record) bool) (page Page, err error) {
	if page.Records, err = c.records(span); err != nil || len(page.Records) == 0 {
		return page, err
	}
	if page.Calls, err = c.calls(span); err != nil {
		return page, err
	}
	older, err := c.shownBefore(span.start, shown)
	if err != nil {
		return page, err
	}
	newer, err := c.shownFrom(span.end, shown)
	if err != nil {
		return page, err
	}
	if older {
		page.Before = page.Records[0].Cursor
	}
	if newer {
		page.After = page.Records[len(page.Records)-1].Cursor
	}
	return page, nil
}

func (c *chain) records(span pageSpan) ([]Record, error) {
	records := make([]Record, 0, span.end-span.start)
	for i := span.start; i < span.end; i++ {
		rec, err := c.item(i)
		if err != nil {
			return nil, err
		}
		if rec != nil {
			records = append(records, *rec)
		}
	}
	return records, nil
}

// back goes back from a place over so many records that are shown, and gives the place of the last of them.
func (c *chain) back(end, limit int, shown func(*Record) bool) (start int, err error) {
	start = end
	size := int64(0)
	for i := end; limit > 0 && size < maxPage; {
		if i, err = c.previous(i); err != nil || i < 0 {
			return start, err
		}
		size += int64(c.bones[c.all[i]].weight())
		if rec, _ := c.item(i); shown(rec) {
			start = i
			limit--
		}
	}
	return start, nil
}

// forth goes on from a place over so many records that are shown, to the end of the answer that the last of them is of,
// and gives the place behind.
func (c *chain) forth(start, limit int, shown func(*Record) bool) (end int, err error) {
	end = start
	size := int64(0)
	for i := start; limit > 0 && size < maxPage; i++ {
		if i, err = c.following(i); err != nil || i < 0 {
			return end, err
		}
		size += int64(c.bones[c.all[i]].weight())
		if rec, _ := c.item(i); shown(rec) {
			end = i + 1
			limit--
		}
	}
	for range maxClosing {
		splits, err := c.splits(end)
		if err != nil || !splits {
			return end, err
		}
		next, err := c.following(end)
		if err != nil {
			return end, err
		}
		end = next + 1
	}
	return end, nil
}

// weight is how much of a page a record takes.
func (b *bone) weight() uint32 {
	if b.is(boneOversized) {
		return 0
	}
	return b.size
}

func (c *chain) shownBefore(i int, shown func(*Record) bool) (yes bool, err error) {
	for {
		if i, err = c.previous(i); err != nil || i < 0 {
			return false, err
		}
		if rec, _ := c.item(i); shown(rec) {
			return true, nil
		}
	}
}

func (c *chain) shownFrom(i int, shown func(*Record) bool) (yes bool, err error) {
	for ; ; i++ {
		if i, err = c.following(i); err != nil || i < 0 {
			return false, err
		}
		if rec, _ := c.item(i); shown(rec) {
			return true, nil
		}
	}
}

// close gives the place at which a page must begin so that it is whole.
func (c *chain) close(span pageSpan) (start int, err error) {
	budget := maxClosing
	for {
		begin := span.start
		if err = c.closeCalls(&span, &budget); err != nil {
			return 0, err
		}
		if err = c.closeAnswer(&span, &budget); err != nil || span.start == begin {
			return span.start, err
		}
	}
}

// closeCalls has a page begin with the first of the calls whose results are in it.
func (c *chain) closeCalls(span *pageSpan, budget *int) error {
	needed, err := c.unanswered(*span)
	if err != nil {
		return err
	}
	left, passed := *budget, map[uint64]bool{} // passed is what results need that would come into the page.
	for i, steps := span.start, left; len(needed) > 0 && steps > 0; steps-- {
		if i, err = c.previous(i); err != nil || i < 0 {
			break
		}
		c.meets(i, passed)
		if c.answers(i, needed) {
			maps.Copy(needed, passed)
			clear(passed)
			span.start, left = i, steps-1
		}
	}
	*budget = left
	return err
}

// unanswered gives the calls whose results are in a page and which are not themselves.
func (c *chain) unanswered(span pageSpan) (map[uint64]bool, error) {
	needed := map[uint64]bool{}
	for i := span.end - 1; i >= span.start; i-- {
		rec, err := c.item(i)
		if err != nil {
			return nil, err
		}
		if rec != nil {
			c.meets(i, needed)
		}
	}
	return needed, nil
}

// meets adds what a record's results need, and takes away what its calls give.
func (c *chain) meets(i int, needed map[uint64]bool) {
	if !c.bones[c.all[i]].is(boneResult) {
		c.answers(i, needed)
		return
	}
	for _, id := range c.tools(c.all[i]) {
		needed[id] = true
	}
}

// answers takes away what a record's calls give, and reports whether that is anything.
func (c *chain) answers(i int, needed map[uint64]bool) (some bool) {
	if !c.bones[c.all[i]].is(boneUse) {
		return false
	}
	for _, id := range c.tools(c.all[i]) {
		some = some || needed[id]
		delete(needed, id)
	}
	return some
}

// closeAnswer has a page begin with the first block of an answer.
func (c *chain) closeAnswer(span *pageSpan, budget *int) error {
	for ; *budget > 0; *budget-- {
		splits, err := c.splits(span.start)
		if err != nil || !splits {
			return err
		}
		if span.start, err = c.previous(span.start); err != nil {
			return err
		}
	}
	return nil
}

// splits reports whether one answer has blocks before a place and from it on, nothing but results and the like between them.
func (c *chain) splits(at int) (bool, error) {
	message := uint64(0)
	for i, steps := at, 0; message == 0; i, steps = i+1, steps+1 {
		i, err := c.following(i)
		if err != nil || i < 0 || steps == maxClosing {
			return false, err
		}
		if bone := &c.bones[c.all[i]]; bone.said() || bone.kind == kindAssistant && bone.message == 0 {
			return false, nil
		}
		message = c.bones[c.all[i]].message
	}
	for i, steps := at, 0; steps < maxClosing; steps++ {
		var err error
		if i, err = c.previous(i); err != nil || i < 0 {
			return false, err
		}
		bone := &c.bones[c.all[i]]
		if bone.said() || bone.kind == kindAssistant {
			return bone.message == message, nil
		}
	}
	return false, nil
}

// calls gives earlier records with the calls whose results are in a page.
func (c *chain) calls(span pageSpan) ([]Record, error) {
	needed, err := c.unanswered(span)
	if err != nil {
		return nil, err
	}
	var calls []Record
	for i, steps := span.start, 0; len(needed) > 0 && steps < maxClosing; steps++ {
		if i, err = c.previous(i); err != nil || i < 0 {
			break
		}
		if c.answers(i, needed) {
			rec, _ := c.item(i)
			calls = append(calls, *rec)
		}
	}
	slices.Reverse(calls)
	return calls, err
}

// Rest is what comes behind a cursor.
type Rest struct {
	Records []Record
	Calls   []Record // earlier ones with calls whose results are in Records, or of the last turn and without result
	Skipped int      // damaged lines in what was read for it
}

// After gives the chain's records behind a cursor; false if it is none of the chain.
func (r *Reader) After(cursor string) (rest Rest, ok bool, err error) {
	err = r.with(func(c *chain) error {
		at, err := c.find(cursor)
		if err != nil {
			return err
		}
		if rest.Records, err = c.records(pageSpan{at + 1, len(c.all)}); err != nil {
			return err
		}
		rest.Calls, err = c.pending(at + 1)
		return err
	})
	rest.Skipped = r.Skipped()
	if fault.Is(err, fault.Invalid) {
		return Rest{}, false, nil
	}
	return rest, err == nil, err
}

// pending gives the records before a place with calls whose results come behind it, or that are of the last turn and have
// none.
func (c *chain) pending(at int) (calls []Record, err error) {
	needed, err := c.unanswered(pageSpan{at, len(c.all)})
	if err != nil {
		return nil, err
	}
	answered, turn := map[uint64]bool{}, true
	for _, i := range c.all[at:] {
		turn = turn && !c.bones[i].begins()
	}
	for i, steps := at, 0; (turn || len(needed) > 0) && steps < maxClosing; steps++ {
		if i, err = c.previous(i); err != nil || i < 0 {
			break
		}
		bone := &c.bones[c.all[i]]
		open := turn && bone.is(boneUse) && slices.ContainsFunc(c.tools(c.all[i]), func(id uint64) bool { return !answered[id] })
		if bone.is(boneResult) {
			for _, id := range c.tools(c.all[i]) {
				answered[id] = true
			}
		} else if c.answers(i, needed) || open {
			rec, _ := c.item(i)
			calls = append(calls, *rec)
		}
		turn = turn && !bone.begins()
	}
	slices.Reverse(calls)
	return calls, err
}
