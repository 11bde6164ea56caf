package store_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/store/storetest"
)

// noon is a time that both databases keep exactly.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 123_000_000, time.UTC)

func newAccount(name string) store.Account {
	return store.Account{ID: uuid.NewString(), Username: name, PasswordHash: "$hash", Role: store.RoleUser, CreatedAt: noon}
}

// addAccount makes an account that other rows may belong to.
func addAccount(t *testing.T, st *store.Store, name string) store.Account {
	t.Helper()
	a := newAccount(name)
	must(t, st.CreateAccount(t.Context(), a))
	return a
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want checks the code of an error.
func want(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("error %v, want code %s", err, code)
	}
}

// same compares two values.
func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("difference (-want +got):\n%s", diff)
	}
}

func TestAccountIsFoundAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		a := addAccount(t, st, "Jürgen")
		byID, err := st.AccountByID(t.Context(), a.ID)
		must(t, err)
		same(t, byID, a)
		for _, name := range []string{"Jürgen", "jürgen", "JÜRGEN", "Ju\u0308rgen", "Ｊürgen"} {
			byName, err := st.AccountByUsername(t.Context(), name)
			must(t, err)
			same(t, byName, a)
		}
		for _, name := range []string{"jurgen", "", "jürgen\x00", "\xff", "j%"} {
			_, err := st.AccountByUsername(t.Context(), name)
			want(t, err, fault.NotFound)
		}
		for _, id := range []string{"", "no", "\x00", "\xff\xfe"} {
			_, err := st.AccountByID(t.Context(), id)
			want(t, err, fault.NotFound)
		}
	})
}

func TestUsernameIsTakenInAnyCase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		addAccount(t, st, "alice")
		want(t, st.CreateAccount(t.Context(), newAccount("ALICE")), fault.Conflict)
		n, err := st.CountAccounts(t.Context())
		must(t, err)
		same(t, n, 1)
	})
}

func TestFirstAdmin(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		first := newAccount("root")
		must(t, st.CreateFirstAdmin(t.Context(), first))
		got, err := st.AccountByID(t.Context(), first.ID)
		must(t, err)
		same(t, got.Role, store.RoleAdmin)
		want(t, st.CreateFirstAdmin(t.Context(), newAccount("late")), fault.Conflict)
	})
}

// TestOneFirstAdmin lets many processes try at once: each Store has connections of its own.
func TestOneFirstAdmin(t *testing.T) {
	storetest.EachOptions(t, func(t *testing.T, opts store.Options) {
		const processes = 6
		var stores []*store.Store
		for range processes {
			stores = append(stores, storetest.Open(t, opts))
		}
		errs := make([]error, processes)
		var wait sync.WaitGroup
		begin := make(chan struct{})
		for i, st := range stores {
			wait.Go(func() {
				<-begin
				errs[i] = st.CreateFirstAdmin(context.WithoutCancel(t.Context()), newAccount("admin-"+string(rune('a'+i))))
			})
		}
		close(begin)
		wait.Wait()
		made := 0
		for _, err := range errs {
			if err == nil {
				made++
			} else {
				want(t, err, fault.Conflict)
			}
		}
		n, err := stores[0].CountAccounts(t.Context())
		must(t, err)
		if made != 1 || n != 1 {
			t.Fatalf("%d calls succeeded and %d accounts exist, want 1 and 1: %v", made, n, errs)
		}
	})
}

// TestLastAdministratorAcrossProcesses has two processes take the right from two administrators at once.
func TestLastAdministratorAcrossProcesses(t *testing.T) {
	storetest.EachOptions(t, func(t *testing.T, opts store.Options) {
		stores := []*store.Store{storetest.Open(t, opts), storetest.Open(t, opts)}
		ids := []string{addAccount(t, stores[0], "a").ID, addAccount(t, stores[0], "b").ID}
		admin, user, yes, no := store.RoleAdmin, store.RoleUser, true, false
		for round := range 10 {
			for _, id := range ids {
				_, err := stores[0].ChangeAccount(t.Context(), id, store.AccountChange{Role: &admin, Disabled: &no})
				must(t, err)
			}
			change := store.AccountChange{Role: &user}
			if round%2 == 1 {
				change = store.AccountChange{Disabled: &yes}
			}
			var wait sync.WaitGroup
			errs := make([]error, 2)
			for i, st := range stores {
				wait.Go(func() { _, errs[i] = st.ChangeAccount(context.WithoutCancel(t.Context()), ids[i], change) })
			}
			wait.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("round %d: %v", round, errs)
			}
			for _, err := range errs {
				if err != nil {
					want(t, err, fault.Conflict)
				}
			}
		}
	})
}

func TestSetPasswordHash(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		a := addAccount(t, st, "alice")
		must(t, st.SetPasswordHash(t.Context(), a.ID, "$hash", "$newer"))
		must(t, st.SetPasswordHash(t.Context(), a.ID, "$hash", "$stale"))
		got, err := st.AccountByID(t.Context(), a.ID)
		must(t, err)
		same(t, got.PasswordHash, "$newer")
	})
}

// TestDeletedAccountLeavesNothing checks every table that has an account's rows.
func TestDeletedAccountLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a := addAccount(t, st, "alice")
		later := time.Now().Add(time.Hour)
		must(t, st.CreateWebSession(ctx, "w", a.ID, "", later))
		must(t, st.CreateToken(ctx, store.Token{ID: "1", AccountID: a.ID, Hash: "t", Name: "n", CreatedAt: noon}))
		must(t, st.CreateTicket(ctx, store.Ticket{Hash: "k", AccountID: a.ID, Credential: "web:w", ExpiresAt: later}))
		must(t, st.UpsertSession(ctx, session(a, "s", noon)))
		must(t, st.RemoveAccount(ctx, a.ID))
		want(t, st.RemoveAccount(ctx, a.ID), fault.NotFound)

		b := addAccount(t, st, "bob") // The freed ids can be used again, so the old rows are gone.
		must(t, st.CreateWebSession(ctx, "w", b.ID, "", later))
		must(t, st.CreateToken(ctx, store.Token{ID: "1", AccountID: b.ID, Hash: "t", Name: "n", CreatedAt: noon}))
		must(t, st.CreateTicket(ctx, store.Ticket{Hash: "k", AccountID: b.ID, Credential: "web:w", ExpiresAt: later}))
		must(t, st.UpsertSession(ctx, session(b, "s", noon)))
	})
}

func TestRowsNeedTheirAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, later := t.Context(), time.Now().Add(time.Hour)
		nobody := store.Account{ID: "nobody"}
		want(t, st.CreateWebSession(ctx, "w", nobody.ID, "", later), fault.NotFound)
		want(t, st.CreateToken(ctx, store.Token{ID: "1", AccountID: nobody.ID, Hash: "t", CreatedAt: noon}), fault.NotFound)
		want(t, st.CreateTicket(ctx, store.Ticket{Hash: "k", AccountID: nobody.ID, ExpiresAt: later}), fault.NotFound)
		want(t, st.UpsertSession(ctx, session(nobody, "s", noon)), fault.NotFound)
		want(t, st.SetDisabled(ctx, nobody.ID, true), fault.NotFound)
	})
}

func TestDisabledAccountLetsNobodyIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, now := t.Context(), time.Now()
		a := addAccount(t, st, "alice")
		must(t, st.CreateWebSession(ctx, "w", a.ID, "", now.Add(time.Hour)))
		must(t, st.CreateToken(ctx, store.Token{ID: "1", AccountID: a.ID, Hash: "t", Name: "n", CreatedAt: noon}))
		must(t, st.CreateTicket(ctx, store.Ticket{Hash: "k", AccountID: a.ID, Credential: "web:w", ExpiresAt: now.Add(time.Hour)}))
		check := func(valid bool) {
			t.Helper()
			_, webErr := st.AccountByWebSession(ctx, "w", now)
			_, tokenErr := st.AccountByToken(ctx, "t")
			web, err := st.ValidWebSessions(ctx, []string{"w"}, now)
			must(t, err)
			tokens, err := st.ValidTokens(ctx, []string{"t"})
			must(t, err)
			if !valid {
				want(t, webErr, fault.NotFound)
				want(t, tokenErr, fault.NotFound)
			}
			same(t, []bool{webErr == nil, tokenErr == nil, slices.Contains(web, "w"), slices.Contains(tokens, "t")},
				[]bool{valid, valid, valid, valid})
		}
		check(true)
		must(t, st.SetDisabled(ctx, a.ID, true))
		check(false)
		_, _, err := st.RedeemTicket(ctx, "k", now)
		want(t, err, fault.NotFound)
		must(t, st.SetDisabled(ctx, a.ID, false))
		check(true)
	})
}
