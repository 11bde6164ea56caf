package index

import (
	"context"
	"math"
	"strconv"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/search"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/transcript"
)

// The bounds of a search.
const (
	excerptRunes = 160
	mostLooked   = 400 // records that one page looks into
)

// Found is a place in a session that a search found.
type Found struct {
	SessionID string
	Title     string
	Cwd       string
	Kind      string // KindPrompt and so on
	Cursor    string // of the record
	MessageID string
	At        time.Time
	Excerpt   []search.Part
}

// Search finds an owner's records that have all that a query asks for: first those with the very words, then those with words
// that begin so, the newest first, and gives the cursor of the next page; it is empty on the last one, and a page can be
// short. The excerpts are read from the files, which are below root. A query without anything to look for, and a cursor of
// something else, are Invalid.
func Search(ctx context.Context, st *store.Store, root, owner, query, cursor string, limit int) (found []Found, next string, err error) {
	s := &searching{store: st, root: root, owner: owner, query: search.Parse(query), limit: limit}
	s.whole, s.beginnings = s.query.Whole()
	if len(s.query.Terms()) == 0 {
		return nil, "", fault.New(fault.Invalid, "Say which words to look for.")
	}
	at := place{}
	if cursor != "" {
		if at, err = readPlace(cursor); err != nil {
			return nil, "", err
		}
	}
	if !at.beginnings {
		if at, err = s.look(ctx, at); err != nil || at.before > 0 || !s.beginnings {
			return s.found, at.String(), err
		}
		at = place{beginnings: true, before: math.MaxInt64}
		if len(s.found) > 0 { // the database takes longer for beginnings, which nobody may want.
			return s.found, at.String(), nil
		}
	}
	at, err = s.look(ctx, at)
	return s.found, at.String(), err
}

// place is where a search goes on.
type place struct {
	beginnings bool  // what has the very words was given
	before     int64 // id of a document; 0 is the end, or the newest
}

// String is the cursor for the place; empty at the end.
func (p place) String() string {
	switch {
	case p.before == 0:
		return ""
	case p.beginnings:
		return "b" + strconv.FormatInt(p.before, 36)
	default:
		return "w" + strconv.FormatInt(p.before, 36)
	}
}

func readPlace(cursor string) (place, error) {
	before, err := strconv.ParseInt(cursor[1:], 36, 64)
	if err != nil || before <= 0 || cursor[0] != 'w' && cursor[0] != 'b' {
		return place{}, fault.New(fault.Invalid, "This cursor is not from a search.")
	}
	return place{beginnings: cursor[0] == 'b', before: before}, nil
}

// searching is a search on its way.
type searching struct {
	store        *store.Store
	root, owner  string
	query, whole search.Query
	beginnings   bool // there is more to find than whole words
	limit        int
	looked       int
	found        []Found
}

// look gathers what there is from a place on, and gives the place where it ended.
func (s *searching) look(ctx context.Context, at place) (place, error) {
	terms := s.whole.Terms()
	if at.beginnings {
		terms = s.query.Terms()
	}
	for s.looked < mostLooked && len(s.found) < s.limit {
		hits, err := s.store.FindDocuments(ctx, s.owner, terms, at.before, s.limit+1)
		if err != nil {
			return place{}, err
		}
		for _, hit := range hits {
			if len(s.found) == s.limit {
				return at, nil
			}
			at.before = hit.ID
			s.read(hit, at.beginnings)
		}
		if len(hits) <= s.limit {
			return place{}, nil
		}
		s.looked += len(hits)
	}
	return at, nil
}

// read reads a hit's record. One that is not there any more, or has the terms but not what was asked for, is none; nor is
// one that was given already for its whole words.
func (s *searching) read(hit store.Hit, beginnings bool) {
	rec, err := transcript.ReadAt(PathOf(s.root, store.Session{File: hit.File}), hit.Place, hit.Size, hit.LineEnd)
	if err != nil {
		return
	}
	kind, said := text(&rec)
	all := search.NewText(said)
	excerpt, ok := all.Excerpt(s.query, excerptRunes)
	if !ok || s.beginnings && all.Holds(s.whole) == beginnings {
		return
	}
	s.found = append(s.found, Found{
		SessionID: hit.SessionID, Title: hit.Title, Cwd: hit.Cwd, Kind: kind, Cursor: rec.Cursor, MessageID: rec.UUID,
		At: rec.Timestamp, Excerpt: excerpt,
	})
}
