package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/search"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/store/storetest"
)

// shelf is an account with sessions whose texts are documents.
type shelf struct {
	t     *testing.T
	store *store.Store
	owner store.Account
	ends  map[string]int64
}

func newShelf(t *testing.T, st *store.Store, name string) *shelf {
	return &shelf{t: t, store: st, owner: addAccount(t, st, name), ends: map[string]int64{}}
}

// add adds texts to a session, a minute after each other.
func (s *shelf) add(id string, texts ...string) {
	s.t.Helper()
	if _, known := s.ends[id]; !known {
		must(s.t, s.store.UpsertSession(s.t.Context(), session(s.owner, id, noon)))
	}
	from := s.ends[id]
	var docs []store.Document
	for i, text := range texts {
		place := from + int64(i)*100
		docs = append(docs, store.Document{
			Place: place, Size: 99, LineEnd: place + 99, At: noon.Add(time.Duration(place) * time.Second), Terms: search.Terms(text),
		})
	}
	s.ends[id] = from + int64(len(texts))*100
	must(s.t, s.store.AddDocuments(s.t.Context(), s.part(id, from, s.ends[id], docs)))
}

// part is an addition to a session of the shelf's owner.
func (s *shelf) part(id string, from, upTo int64, docs []store.Document) store.Addition {
	return store.Addition{OwnerID: s.owner.ID, SessionID: id, From: from, UpTo: upTo, Documents: docs}
}

// find gives what a query finds, as session@place.
func (s *shelf) find(query string, before int64, limit int) (found string, last int64) {
	s.t.Helper()
	hits, err := s.store.FindDocuments(s.t.Context(), s.owner.ID, search.Parse(query).Terms(), before, limit)
	must(s.t, err)
	var all []string
	for _, h := range hits {
		all = append(all, fmt.Sprintf("%s@%d", h.SessionID, h.Place))
		last = h.ID
	}
	return strings.Join(all, " "), last
}

func TestFindDocuments(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		a, b := newShelf(t, st, "alice"), newShelf(t, st, "bob")
		a.add("s", "Fix the parser", "机器学习", "select ' OR \" * & | !")
		a.add("s", "parse it again")
		a.add("s2", "", "in Go语言 the parser")
		b.add("b", "the parser of bob")
		for query, want := range map[string]string{
			"parse": "s@300 s2@100 s@0", "parser": "s2@100 s@0", `"parse"`: "s@300", "the parser": "s2@100 s@0",
			"学习": "s@100", "机": "s@100", "习": "s@100", "语言 go": "s2@100", "bob": "", "fix again": "", "select": "s@200", "OR": "s@200",
		} {
			if found, _ := a.find(query, 0, 10); found != want {
				t.Errorf("%q finds %q, want %q", query, found, want)
			}
		}
		first, last := a.find("parse", 0, 2)
		second, _ := a.find("parse", last, 2)
		if first != "s@300 s2@100" || second != "s@0" {
			t.Errorf("the pages are %q and %q", first, second)
		}
		if found, _ := b.find("parser", 0, 10); found != "b@0" {
			t.Errorf("bob finds %q", found)
		}
	})
}

// TestLargeDocument finds a document with very many terms by its first, and what comes behind it.
func TestLargeDocument(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		a := newShelf(t, st, "alice")
		var text strings.Builder
		text.WriteString("beginning ")
		r := rand.New(rand.NewPCG(1, 2))
		for range 90_000 {
			text.WriteRune(rune(0x4e00 + r.IntN(20_000)))
		}
		a.add("s", text.String(), "after")
		for _, word := range []string{"beginning", "after"} {
			if found, _ := a.find(word, 0, 10); found == "" {
				t.Errorf("%q is not found", word)
			}
		}
	})
}

func TestDocumentsComeOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a, b := newShelf(t, st, "alice"), newShelf(t, st, "bob")
		a.add("s", "one", "two")
		doc := []store.Document{{Place: 0, Size: 1, LineEnd: 1, At: noon, Terms: []string{"twice"}}}
		want(t, st.AddDocuments(ctx, a.part("s", 0, 50, doc)), fault.Conflict)
		want(t, st.AddDocuments(ctx, b.part("s", 200, 300, doc)), fault.Conflict)
		want(t, st.AddDocuments(ctx, a.part("none", 0, 50, doc)), fault.Conflict)
		if found, _ := a.find("twice", 0, 10); found != "" {
			t.Errorf("a refused document is found: %q", found)
		}
		// One part that does not fit takes the others with it.
		before, _ := a.find("one", 0, 10)
		want(t, st.AddDocuments(ctx, a.part("s", 200, 250, doc), a.part("s", 200, 300, doc)), fault.Conflict)
		if after, _ := a.find("one", 0, 10); after != before {
			t.Errorf("after a refusal %q is found, before it %q", after, before)
		}
		if found, _ := a.find("twice", 0, 10); found != "" {
			t.Errorf("a part of what was refused is found: %q", found)
		}
		// Many of one time, and of none, in two parts that follow each other.
		var same []store.Document
		for i := range 50 {
			same = append(same, store.Document{Place: int64(i) << 20, Size: 1, LineEnd: 2, Terms: []string{"same"}})
		}
		must(t, st.AddDocuments(ctx, a.part("s", 200, 250, same[:20]), a.part("s", 250, 300, same[20:])))
		if found, _ := a.find("same", 0, 100); len(strings.Fields(found)) != 50 {
			t.Errorf("of 50 documents of one time these are found: %q", found)
		}
	})
}

func TestDocumentsGo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a, b := newShelf(t, st, "alice"), newShelf(t, st, "bob")
		a.add("s", "one", "two")
		a.add("s2", "one")
		b.add("b", "one")
		must(t, st.DropDocuments(ctx, b.owner.ID, "s")) // not bob's.
		must(t, st.DropDocuments(ctx, a.owner.ID, "s"))
		a.ends["s"] = 0
		if found, _ := a.find("one", 0, 10); found != "s2@0" {
			t.Errorf("after the text was dropped: %q", found)
		}
		a.add("s", "one anew")
		must(t, st.DeleteSession(ctx, a.owner.ID, "s2"))
		if found, _ := a.find("one", 0, 10); found != "s@0" {
			t.Errorf("after the session was deleted: %q", found)
		}
		if found, _ := b.find("one", 0, 10); found != "b@0" {
			t.Errorf("bob finds %q", found)
		}
	})
}
