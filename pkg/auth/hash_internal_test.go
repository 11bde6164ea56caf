package auth

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/store/storetest"
)

func TestHashIsArgon2idAndSalted(t *testing.T) {
	h := newHasher()
	one, err := h.hash(t.Context(), "secret password")
	if err != nil {
		t.Fatal(err)
	}
	two, err := h.hash(t.Context(), "secret password")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(one, "$argon2id$v=19$m=19456,t=2,p=1$") || one == two {
		t.Fatalf("hashes %q and %q", one, two)
	}
	for password, want := range map[string]bool{"secret password": true, "secret passwore": false, "": false} {
		match, weak, err := h.verify(t.Context(), one, password)
		if err != nil || match != want || weak {
			t.Errorf("%q: match %v, weak %v, error %v", password, match, weak, err)
		}
	}
	if match, _, err := h.verify(t.Context(), decoy, ""); match || err != nil {
		t.Errorf("the decoy matches %v, error %v", match, err)
	}
}

// TestHashOfOthers reads a hash that the reference implementation made (argon2 -id, "password", "somesalt").
func TestHashOfOthers(t *testing.T) {
	const reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	match, weak, err := newHasher().verify(t.Context(), reference, "password")
	if !match || weak || err != nil {
		t.Errorf("match %v, weak %v, error %v", match, weak, err)
	}
}

// TestWeakHashIsRenewed signs in with a hash of a lower cost.
func TestWeakHashIsRenewed(t *testing.T) {
	ctx := t.Context()
	st := storetest.Open(t, storetest.SQLite(t))
	s := New(st, Options{Signup: config.SignupOpen})
	who, _, err := s.SignUp(ctx, "", "alice", "a password")
	if err != nil {
		t.Fatal(err)
	}
	account, err := st.AccountByID(ctx, who.AccountID)
	if err != nil {
		t.Fatal(err)
	}
	weak, salt := cost{memory: 8 << 10, time: 1, threads: 1}, []byte("0123456789abcdef")
	old := encode(weak, salt, derive(weak, salt, "a password", keyBytes))
	if err := st.SetPasswordHash(ctx, account.ID, account.PasswordHash, old); err != nil {
		t.Fatal(err)
	}
	hashNow := func() string {
		a, err := st.AccountByID(ctx, account.ID)
		if err != nil {
			t.Fatal(err)
		}
		return a.PasswordHash
	}
	if _, _, err := s.LogIn(ctx, "", "alice", "wrong password", ""); err == nil || hashNow() != old {
		t.Fatalf("error %v; a wrong password must not renew the hash", err)
	}
	for range 2 { // The second time with the new hash.
		if _, _, err := s.LogIn(ctx, "", "alice", "a password", ""); err != nil {
			t.Fatal(err)
		}
		if c, _, _, err := decode(hashNow()); err != nil || c != current {
			t.Fatalf("cost %+v, error %v", c, err)
		}
	}
}

func TestHashingIsBounded(t *testing.T) {
	h := newHasher()
	slots := cap(h.slots)
	if slots > max(2, runtime.GOMAXPROCS(0)) {
		t.Fatalf("%d slots", slots)
	}
	synctest.Test(t, func(t *testing.T) {
		h := &hasher{slots: make(chan struct{}, slots)}
		for range slots {
			if _, err := h.acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		if _, err := h.hash(t.Context(), "x"); err == nil || time.Since(began) != hashWait {
			t.Errorf("error %v after %s", err, time.Since(began))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := h.verify(ctx, decoy, "x"); err == nil {
			t.Error("a caller that has gone was served")
		}
	})
	var wait sync.WaitGroup
	for range 3 * slots { // The slots are given back.
		wait.Go(func() {
			if _, _, err := h.verify(t.Context(), decoy, "x"); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

func FuzzDecode(f *testing.F) {
	f.Add(decoy)
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$c29tZXNhbHRzb21lc2FsdA")
	f.Add("$argon2id$v=19$m=8,t=0,p=0$$")
	f.Fuzz(func(t *testing.T, stored string) {
		c, salt, key, err := decode(stored)
		if err != nil {
			return
		}
		if !c.sane() || len(salt) < 8 || len(key) < 16 || len(key) > 64 {
			t.Fatalf("%q gives cost %+v, %d bytes of salt and %d of key", stored, c, len(salt), len(key))
		}
		again, _, _, err := decode(encode(c, salt, key))
		if err != nil || again != c {
			t.Fatalf("%q changes on the way: %+v, %v", stored, again, err)
		}
	})
}
