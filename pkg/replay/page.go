package replay

import (
	"math"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/transcript"
)

// Page gives a page of a conversation that grows upwards: up to limit records that show something before a cursor, the
// newest if it is empty, as updates in their order; the cursor for the page before it; and whether there is one. A cursor
// that is none of the conversation gives an empty page. items is never nil.
func Page(conv *transcript.Conversation, before string, limit int, cwd string) (items []acp.Update, nextBefore string, more bool) {
	records, _ := conv.Page(before, math.MaxInt)
	start, end := len(records), len(records)
	for count := 0; count < limit; count++ {
		at := lastShown(records[:start])
		if at < 0 {
			break
		}
		start = at
	}
	r := NewRenderer(cwd)
	for _, rec := range records[:start] {
		r.Prime(rec)
	}
	items = []acp.Update{}
	for _, rec := range records[start:end] {
		items = append(items, r.Updates(rec)...)
	}
	if len(items) == 0 || lastShown(records[:start]) < 0 {
		return items, "", false
	}
	return items, records[start].Cursor, true
}

// lastShown finds the last record that shows something; -1 if there is none.
func lastShown(records []transcript.Record) int {
	for at := len(records) - 1; at >= 0; at-- {
		if shows(&records[at]) {
			return at
		}
	}
	return -1
}

// shows reports whether a record shows something, without the work of showing it.
func shows(rec *transcript.Record) bool {
	if !forPeople(rec) {
		return false
	}
	if rec.Interruption() {
		return true
	}
	blocks := rec.Blocks()
	if rec.IsUser() {
		if updates, ok := command(rec, blocks); ok {
			return len(updates) > 0
		}
	}
	for _, b := range blocks {
		_, plain := shown(&b)
		switch {
		case isCall(&b), isResult(&b):
			return true
		case rec.IsUser() && plain:
			return true
		case !rec.IsUser() && (b.Type == "text" && b.Text != "" || b.Type == "thinking" && b.Thinking != ""):
			return true
		}
	}
	return false
}
