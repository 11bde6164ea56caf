package replay

import (
	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

// PageQuery asks for a page of a conversation: the newest, the one before or after a cursor, the one around it, or with
// FromStart the oldest. Limit counts the records that show something.
type PageQuery struct {
	Before, After, Around string
	FromStart             bool
	Limit                 int
}

// PageResult is a page as updates in their order; Items is never nil. The cursors are for the pages before and after it,
// and empty where there is none. Skipped counts the damaged lines in what was read for it.
type PageResult struct {
	Items                 []acp.Update
	NextBefore, NextAfter string
	Skipped               int
}

// ReadPage reads a page, and no more of the file than that takes. A page begins with the calls whose results it shows and
// with the whole of an answer, for which it may be somewhat longer than was asked for. A cursor that is none of the
// conversation is fault.Invalid, and so is more than one.
func ReadPage(r *transcript.Reader, q PageQuery, cwd string) (PageResult, error) {
	page, err := q.read(r)
	if err != nil {
		return PageResult{}, err
	}
	renderer := NewRenderer(cwd)
	for _, rec := range page.Calls {
		renderer.Prime(rec)
	}
	result := PageResult{Items: []acp.Update{}, NextBefore: page.Before, NextAfter: page.After, Skipped: page.Skipped}
	for _, rec := range page.Records {
		result.Items = append(result.Items, renderer.Updates(rec)...)
	}
	return result, nil
}

func (q PageQuery) read(r *transcript.Reader) (transcript.Page, error) {
	switch {
	case q.After == "" && q.Around == "" && !q.FromStart:
		return r.Page(q.Before, q.Limit, shows)
	case q.Before == "" && q.Around == "":
		return r.PageAfter(q.After, q.Limit, shows)
	case q.Before == "" && q.After == "":
		return r.Around(q.Around, q.Limit, shows)
	default:
		return transcript.Page{}, fault.New(fault.Invalid, "A page is before, after or around one place.")
	}
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
