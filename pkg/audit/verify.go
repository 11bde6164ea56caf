package audit

import (
	"context"
	"fmt"

	"claude-agent-chat/pkg/store"
)

// page is how many entries are read at once.
const page = 1000

// Report is what Verify found.
type Report struct {
	Entries int64  // that fit, from the first one on
	Broken  int64  // the number of the first entry that does not fit; 0 if all do
	Reason  string // what is wrong there
	Head    string // the hash of the last entry that fits, for a note somewhere else
}

// Verify reads the whole log and makes every hash anew. The server may write meanwhile.
func Verify(ctx context.Context, st *store.Store) (Report, error) {
	lastSeq, lastHash, err := st.AuditHead(ctx)
	if err != nil {
		return Report{}, err
	}
	var r Report
	for {
		entries, err := st.AuditAfter(ctx, r.Entries, page)
		if err != nil {
			return r, err
		}
		for _, e := range entries {
			if reason := wrong(r, e, lastSeq, lastHash); reason != "" {
				r.Broken, r.Reason = r.Entries+1, reason
				return r, nil
			}
			r.Entries, r.Head = e.Seq, e.Hash
		}
		if len(entries) < page {
			break
		}
	}
	if r.Entries < lastSeq {
		r.Broken, r.Reason = r.Entries+1, fmt.Sprintf("the log ends before it, and %d entries were written", lastSeq)
	}
	return r, nil
}

// wrong says what is wrong with the entry that follows what was read so far; empty if nothing is.
func wrong(r Report, e store.AuditEntry, lastSeq int64, lastHash string) string {
	switch {
	case e.Seq != r.Entries+1:
		return "it is missing"
	case store.AuditHash(r.Head, e) != e.Hash:
		return "it or what is before it was changed"
	case e.Seq == lastSeq && e.Hash != lastHash:
		return "it is not the one that was written"
	}
	return ""
}
