package store_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/store/storetest"
)

func session(owner store.Account, id string, updated time.Time) store.Session {
	return store.Session{
		ID: id, OwnerID: owner.ID, Cwd: "/home/w", Title: "title of " + id,
		CreatedAt: noon, UpdatedAt: updated, MessageCount: 3, State: "idle",
	}
}

func ids(rows []store.Session) string {
	var all []string
	for _, r := range rows {
		all = append(all, r.ID)
	}
	return strings.Join(all, " ")
}

func TestUpsertKeepsTheMarks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, yes := t.Context(), true
		a := addAccount(t, st, "alice")
		row := session(a, "s", noon)
		must(t, st.UpsertSession(ctx, row))
		must(t, st.PatchSession(ctx, a.ID, "s", store.SessionPatch{Archived: &yes, Pinned: &yes}))

		row.Title, row.MessageCount, row.UpdatedAt, row.State = "另一个", 9, noon.Add(time.Hour), "running"
		must(t, st.UpsertSession(ctx, row))
		got, err := st.SessionByID(ctx, a.ID, "s")
		must(t, err)
		row.Archived, row.Pinned = true, true
		same(t, got, row)
	})
}

func TestUpsertLeavesOthersAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a, b := addAccount(t, st, "alice"), addAccount(t, st, "bob")
		row := session(a, "s", noon)
		must(t, st.UpsertSession(ctx, row))
		want(t, st.UpsertSession(ctx, session(b, "s", noon.Add(time.Hour))), fault.Conflict)
		got, err := st.SessionByID(ctx, a.ID, "s")
		must(t, err)
		same(t, got, row)
	})
}

// TestForeignSessionIsLikeNone checks that an id of somebody else is answered like one that does not exist.
func TestForeignSessionIsLikeNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, yes := t.Context(), true
		a, b := addAccount(t, st, "alice"), addAccount(t, st, "bob")
		must(t, st.UpsertSession(ctx, session(a, "s", noon)))
		var answers []string
		for _, id := range []string{"s", "nothing", "s\x00", "\xff"} {
			_, find := st.SessionByID(ctx, b.ID, id)
			for _, err := range []error{
				find, st.PatchSession(ctx, b.ID, id, store.SessionPatch{Pinned: &yes}), st.DeleteSession(ctx, b.ID, id),
			} {
				want(t, err, fault.NotFound)
				answers = append(answers, err.Error())
			}
		}
		for _, answer := range answers {
			same(t, answer, answers[0])
		}
		got, err := st.SessionByID(ctx, a.ID, "s")
		must(t, err)
		same(t, got.Pinned, false)
	})
}

func TestPatchAndDelete(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a := addAccount(t, st, "alice")
		row := session(a, "s", noon)
		must(t, st.UpsertSession(ctx, row))
		title, no := "Straße \x00\xff", false
		must(t, st.PatchSession(ctx, a.ID, "s", store.SessionPatch{Title: &title, Archived: &no}))
		row.Title = "Straße \uFFFD\uFFFD"
		got, err := st.SessionByID(ctx, a.ID, "s")
		must(t, err)
		same(t, got, row)
		found, _, err := st.ListSessions(ctx, a.ID, store.SessionFilter{Query: "STRASSE"})
		must(t, err)
		same(t, ids(found), "s")
		must(t, st.DeleteSession(ctx, a.ID, "s"))
		want(t, st.DeleteSession(ctx, a.ID, "s"), fault.NotFound)
	})
}

func TestStates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a := addAccount(t, st, "alice")
		for i, state := range []string{"running", "requires_action", "idle", ""} {
			row := session(a, fmt.Sprint(i), noon)
			row.State = state
			must(t, st.UpsertSession(ctx, row))
		}
		must(t, st.SetSessionState(ctx, "2", "running"))
		must(t, st.SetSessionState(ctx, "nothing", "running"))
		states := func() (all []string) {
			t.Helper()
			rows, _, err := st.ListSessions(ctx, a.ID, store.SessionFilter{})
			must(t, err)
			for _, r := range rows {
				all = append(all, r.ID+" "+r.State)
			}
			return all
		}
		same(t, states(), []string{"3 idle", "2 running", "1 requires_action", "0 running"})
		must(t, st.ResetSessionStates(ctx))
		same(t, states(), []string{"3 idle", "2 idle", "1 idle", "0 idle"})
	})
}

func TestListPages(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a, b := addAccount(t, st, "alice"), addAccount(t, st, "bob")
		must(t, st.UpsertSession(ctx, session(b, "foreign", noon)))
		for i := range 7 { // Three at each time, so that pages end between rows of the same time.
			must(t, st.UpsertSession(ctx, session(a, fmt.Sprint(i), noon.Add(time.Duration(i/3)*time.Minute))))
		}
		var seen []string
		filter := store.SessionFilter{Limit: 2}
		for {
			page, next, err := st.ListSessions(ctx, a.ID, filter)
			must(t, err)
			seen = append(seen, ids(page))
			if next == "" {
				break
			}
			filter.Cursor = next
		}
		same(t, seen, []string{"6 5", "4 3", "2 1", "0"})
	})
}

func TestListExactlyOnePage(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		a := addAccount(t, st, "alice")
		must(t, st.UpsertSession(t.Context(), session(a, "s", noon)))
		page, next, err := st.ListSessions(t.Context(), a.ID, store.SessionFilter{Limit: 1})
		must(t, err)
		same(t, []string{ids(page), next}, []string{"s", ""})
	})
}

func TestForeignCursorIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		a := addAccount(t, st, "alice")
		encode := base64.RawURLEncoding.EncodeToString
		for _, cursor := range []string{"x", "!", encode([]byte("12")), encode([]byte("12 ")), encode([]byte("a b")), encode([]byte("1 \x00"))} {
			_, _, err := st.ListSessions(t.Context(), a.ID, store.SessionFilter{Cursor: cursor})
			want(t, err, fault.Invalid)
		}
	})
}

func TestListFilters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a := addAccount(t, st, "alice")
		for i, s := range []struct{ title, cwd string }{
			{"Fix the LOGIN page", "/u/w"},
			{"修复登录页面", "/u/w/app"},
			{"100% of_it!", "/u/w/App"},
			{"ÄRGER mit login", "/u/w/app-evil"},
			{"", "/u/w/appé/x"},
		} {
			row := session(a, fmt.Sprint(i), noon)
			row.Title, row.Cwd = s.title, s.cwd
			must(t, st.UpsertSession(ctx, row))
		}
		yes := true
		must(t, st.UpsertSession(ctx, session(a, "9", noon)))
		must(t, st.PatchSession(ctx, a.ID, "9", store.SessionPatch{Archived: &yes}))
		for _, c := range []struct {
			filter store.SessionFilter
			want   string
		}{
			{store.SessionFilter{}, "4 3 2 1 0"},
			{store.SessionFilter{IncludeArchived: true}, "9 4 3 2 1 0"},
			{store.SessionFilter{Query: "login"}, "3 0"},
			{store.SessionFilter{Query: " page  FIX "}, "0"},
			{store.SessionFilter{Query: "ärger"}, "3"},
			{store.SessionFilter{Query: "登录"}, "1"},
			{store.SessionFilter{Query: "%"}, "2"},
			{store.SessionFilter{Query: "f_i"}, "2"},
			{store.SessionFilter{Query: "!"}, "2"},
			{store.SessionFilter{Query: "o%i"}, ""},
			{store.SessionFilter{Query: "' OR 1=1 --"}, ""},
			{store.SessionFilter{Query: "x\x00"}, ""},
			{store.SessionFilter{Cwd: "/u/w/app"}, "1"},
			{store.SessionFilter{CwdPrefix: "/u/w/app"}, "1"},
			{store.SessionFilter{CwdPrefix: "/u/w/appé/"}, "4"},
			{store.SessionFilter{CwdPrefix: "/u/w"}, "4 3 2 1 0"},
			{store.SessionFilter{CwdPrefix: "/u/_"}, ""},
			{store.SessionFilter{CwdPrefix: "/u/w", Query: "login"}, "3 0"},
		} {
			found, next, err := st.ListSessions(ctx, a.ID, c.filter)
			must(t, err)
			if ids(found) != c.want || next != "" {
				t.Errorf("%+v found %q and %q, want %q", c.filter, ids(found), next, c.want)
			}
		}
	})
}
