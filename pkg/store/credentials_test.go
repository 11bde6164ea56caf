package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/store/storetest"
)

func TestWebSession(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, now := t.Context(), time.Now()
		a := addAccount(t, st, "alice")
		must(t, st.CreateWebSession(ctx, "w", a.ID, "", now.Add(time.Hour)))
		got, err := st.AccountByWebSession(ctx, "w", now)
		must(t, err)
		same(t, got, a)
		_, err = st.AccountByWebSession(ctx, "w", now.Add(2*time.Hour))
		want(t, err, fault.NotFound)
		for _, hash := range []string{"", "x", "\x00", "%"} {
			_, err = st.AccountByWebSession(ctx, hash, now)
			want(t, err, fault.NotFound)
		}
		must(t, st.DeleteWebSession(ctx, "w"))
		must(t, st.DeleteWebSession(ctx, "w"))
		_, err = st.AccountByWebSession(ctx, "w", now)
		want(t, err, fault.NotFound)
	})
}

func TestExpiredRowsAreRemoved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, now := t.Context(), time.Now()
		a := addAccount(t, st, "alice")
		long := now.Add(-time.Hour)
		must(t, st.CreateWebSession(ctx, "old", a.ID, "", long))
		must(t, st.CreateWebSession(ctx, "new", a.ID, "", now.Add(time.Hour)))
		must(t, st.CreateWebSession(ctx, "old", a.ID, "", now.Add(time.Hour))) // Its hash is free again.
		must(t, st.CreateTicket(ctx, store.Ticket{Hash: "old", AccountID: a.ID, ExpiresAt: long}))
		must(t, st.CreateTicket(ctx, store.Ticket{Hash: "new", AccountID: a.ID, ExpiresAt: now.Add(time.Hour)}))
		must(t, st.CreateTicket(ctx, store.Ticket{Hash: "old", AccountID: a.ID, ExpiresAt: now.Add(time.Hour)}))
		valid, err := st.ValidWebSessions(ctx, []string{"new", "old"}, now)
		must(t, err)
		same(t, len(valid), 2)
	})
}

func TestTokens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a, b := addAccount(t, st, "alice"), addAccount(t, st, "bob")
		one := store.Token{ID: "1", AccountID: a.ID, Hash: "h1", Name: "编辑器", CreatedAt: noon}
		two := store.Token{ID: "2", AccountID: a.ID, Hash: "h2", Name: "script", CreatedAt: noon.Add(time.Second)}
		must(t, st.CreateToken(ctx, one))
		must(t, st.CreateToken(ctx, two))
		list, err := st.ListTokens(ctx, a.ID)
		must(t, err)
		same(t, list, []store.Token{two, one})
		got, err := st.AccountByToken(ctx, "h1")
		must(t, err)
		same(t, got, a)

		list, err = st.ListTokens(ctx, b.ID)
		must(t, err)
		same(t, list, []store.Token{})
		foreign, missing := st.DeleteToken(ctx, b.ID, "1"), st.DeleteToken(ctx, b.ID, "nothing")
		want(t, foreign, fault.NotFound)
		same(t, foreign.Error(), missing.Error())
		must(t, st.DeleteToken(ctx, a.ID, "1"))
		_, err = st.AccountByToken(ctx, "h1")
		want(t, err, fault.NotFound)
	})
}

func TestTokensAreBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		a := addAccount(t, st, "alice")
		for i := range 101 {
			id := fmt.Sprint(i)
			err := st.CreateToken(t.Context(), store.Token{ID: id, AccountID: a.ID, Hash: id, Name: id, CreatedAt: noon})
			if i < 100 {
				must(t, err)
			} else {
				want(t, err, fault.Conflict)
			}
		}
	})
}

func TestTicketLetsInOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, now := t.Context(), time.Now()
		a := addAccount(t, st, "alice")
		must(t, st.CreateTicket(ctx, store.Ticket{Hash: "k", AccountID: a.ID, Credential: "web:w", ExpiresAt: now.Add(time.Minute)}))
		const tries = 12
		errs := make([]error, tries)
		var wait sync.WaitGroup
		for i := range tries {
			wait.Go(func() {
				got, credential, err := st.RedeemTicket(context.WithoutCancel(ctx), "k", now)
				if errs[i] = err; err == nil && (got.ID != a.ID || credential != "web:w") {
					t.Errorf("got %s and %s", got.ID, credential)
				}
			})
		}
		wait.Wait()
		in := 0
		for _, err := range errs {
			if err == nil {
				in++
			} else if !fault.Is(err, fault.NotFound) {
				t.Errorf("error %v", err)
			}
		}
		same(t, in, 1)
	})
}

func TestExpiredTicket(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, now := t.Context(), time.Now()
		a := addAccount(t, st, "alice")
		must(t, st.CreateTicket(ctx, store.Ticket{Hash: "k", AccountID: a.ID, ExpiresAt: now}))
		_, _, err := st.RedeemTicket(ctx, "k", now)
		want(t, err, fault.NotFound)
		_, _, err = st.RedeemTicket(ctx, "k", now.Add(-time.Minute)) // It was used up all the same.
		want(t, err, fault.NotFound)
	})
}

func TestValidCredentialsInPortions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		ctx, now := t.Context(), time.Now()
		a := addAccount(t, st, "alice")
		must(t, st.CreateWebSession(ctx, "first", a.ID, "", now.Add(time.Hour)))
		must(t, st.CreateWebSession(ctx, "last", a.ID, "", now.Add(time.Hour)))
		hashes := []string{"first"}
		for i := range 1200 {
			hashes = append(hashes, fmt.Sprint("unknown ", i))
		}
		valid, err := st.ValidWebSessions(ctx, append(hashes, "last"), now)
		must(t, err)
		same(t, valid, []string{"first", "last"})
		valid, err = st.ValidTokens(ctx, nil)
		must(t, err)
		same(t, len(valid), 0)
	})
}
