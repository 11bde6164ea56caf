package roster_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/roster"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/store/storetest"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 123_000_000, time.UTC)

// the people of these tests: one founder, one who is kept out, one with a name in Chinese.
var (
	ada  = store.Account{ID: "11111111-1111-4111-8111-111111111111", Username: "Ada", PasswordHash: "$a", Role: store.RoleAdmin, Founder: true, CreatedAt: noon}
	eve  = store.Account{ID: "22222222-2222-4222-8222-222222222222", Username: "eve", PasswordHash: "$e", Role: store.RoleUser, Disabled: true, CreatedAt: noon.Add(time.Second)}
	zhao = store.Account{ID: "33333333-3333-4333-8333-333333333333", Username: "赵", PasswordHash: "$z", Role: store.RoleAdmin, CreatedAt: noon.Add(time.Minute)}
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("difference (-want +got):\n%s", diff)
	}
}

func newRoster(root string, st *store.Store, log *bytes.Buffer) *roster.Roster {
	return roster.New(root, st, slog.New(slog.NewTextHandler(log, nil)))
}

// noted gives a sessions root with the notes of these accounts, made as the server makes them.
func noted(t *testing.T, accounts ...store.Account) string {
	t.Helper()
	root, st := t.TempDir(), storetest.Open(t, storetest.SQLite(t))
	_, err := st.RestoreAccounts(t.Context(), accounts, true)
	must(t, err)
	must(t, newRoster(root, st, &bytes.Buffer{}).Start(t.Context()))
	return root
}

func notePath(root, id string) string { return filepath.Join(root, id, ".agentchat", "account.json") }

func accounts(t *testing.T, st *store.Store) []store.Account {
	t.Helper()
	all, err := st.ListAccounts(t.Context())
	must(t, err)
	return all
}

func TestLostDatabaseGetsItsAccountsBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		root := noted(t, ada, eve, zhao)
		var log bytes.Buffer
		must(t, newRoster(root, st, &log).Start(t.Context()))
		same(t, accounts(t, st), []store.Account{ada, eve, zhao})
		if n := bytes.Count(log.Bytes(), []byte("\n")); n != 1 || !bytes.Contains(log.Bytes(), []byte("accounts=3")) {
			t.Errorf("the log is %s", &log)
		}
		if err := st.CreateFirstAdmin(t.Context(), store.Account{ID: "x", Username: "first visitor"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("the first visitor: %v", err)
		}
	})
}

// TestBothProgramsRestoreAtOnce lets several processes find the empty database at the same time.
func TestBothProgramsRestoreAtOnce(t *testing.T) {
	storetest.EachOptions(t, func(t *testing.T, opts store.Options) {
		root := noted(t, ada, eve, zhao)
		var wait sync.WaitGroup
		begin := make(chan struct{})
		errs := make([]error, 4)
		stores := make([]*store.Store, len(errs))
		for i := range errs {
			stores[i] = storetest.Open(t, opts)
			wait.Go(func() {
				<-begin
				errs[i] = newRoster(root, stores[i], &bytes.Buffer{}).Start(context.WithoutCancel(t.Context()))
			})
		}
		close(begin)
		wait.Wait()
		for _, err := range errs {
			must(t, err)
		}
		same(t, accounts(t, stores[0]), []store.Account{ada, eve, zhao})
	})
}

func TestOnlyAnEmptyDatabaseIsRestoredByItself(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		root := noted(t, ada, eve)
		r := newRoster(root, st, &bytes.Buffer{})
		must(t, st.CreateAccount(t.Context(), zhao))
		must(t, r.Start(t.Context()))
		same(t, accounts(t, st), []store.Account{zhao})
		n, err := r.Restore(t.Context())
		must(t, err)
		same(t, n, 2)
		same(t, accounts(t, st), []store.Account{ada, eve, zhao})
		n, err = r.Restore(t.Context())
		must(t, err)
		same(t, n, 0)
	})
}

// TestNoteFollowsTheRow changes an account in every way, and looks at what its note says after each.
func TestNoteFollowsTheRow(t *testing.T) {
	root, st := t.TempDir(), storetest.Open(t, storetest.SQLite(t))
	r := newRoster(root, st, &bytes.Buffer{})
	ctx := t.Context()
	check := func(want map[string]any) {
		t.Helper()
		r.Keep(ctx, ada.ID)
		data, err := os.ReadFile(notePath(root, ada.ID))
		must(t, err)
		var got map[string]any
		must(t, json.Unmarshal(data, &got))
		for name, value := range want {
			same(t, got[name], value)
		}
		info, err := os.Lstat(notePath(root, ada.ID))
		must(t, err)
		same(t, info.Mode().String(), "-rw-------")
	}
	must(t, st.CreateFirstAdmin(ctx, ada))
	check(map[string]any{"id": ada.ID, "username": "Ada", "role": "admin", "founder": true, "disabled": false, "passwordHash": "$a", "version": 1.0})
	must(t, st.SetPasswordHash(ctx, ada.ID, "$a", "$b"))
	check(map[string]any{"passwordHash": "$b"})
	must(t, st.SetDisabled(ctx, ada.ID, true))
	check(map[string]any{"disabled": true})
	must(t, st.RemoveAccount(ctx, ada.ID))
	r.Keep(ctx, ada.ID)
	if _, err := os.Lstat(notePath(root, ada.ID)); !os.IsNotExist(err) {
		t.Errorf("the note of a deleted account: %v", err)
	}
}

// TestSyncMends writes notes that are missing, behind or damaged, and leaves the others as they are.
func TestSyncMends(t *testing.T) {
	root, st := t.TempDir(), storetest.Open(t, storetest.SQLite(t))
	r := newRoster(root, st, &bytes.Buffer{})
	_, err := st.RestoreAccounts(t.Context(), []store.Account{ada, eve, zhao}, true)
	must(t, err)
	must(t, r.Sync(t.Context()))
	sound, err := os.Stat(notePath(root, ada.ID))
	must(t, err)
	must(t, os.WriteFile(notePath(root, eve.ID), []byte(`{"version":1`), 0o600))
	must(t, os.Remove(notePath(root, zhao.ID)))
	must(t, st.SetDisabled(t.Context(), zhao.ID, true))
	must(t, r.Sync(t.Context()))
	again, err := os.Stat(notePath(root, ada.ID))
	must(t, err)
	if !os.SameFile(sound, again) {
		t.Error("a note that was right has been written again")
	}
	fresh := storetest.Open(t, storetest.SQLite(t))
	must(t, newRoster(root, fresh, &bytes.Buffer{}).Start(t.Context()))
	kept := zhao
	kept.Disabled = true
	same(t, accounts(t, fresh), []store.Account{ada, eve, kept})
}

// TestNotesThatAreNotBelieved puts what an attacker might put in place of a note; only the sound one counts.
func TestNotesThatAreNotBelieved(t *testing.T) {
	note := func(id string) string {
		return `{"version":1,"id":"` + id + `","username":"mallory","passwordHash":"$m","role":"admin","founder":true,"createdAt":1}`
	}
	for name, plant := range map[string]func(t *testing.T, root, home string){
		"of another home": func(t *testing.T, root, home string) {
			must(t, os.WriteFile(notePath(root, home), []byte(note(eve.ID)), 0o600))
		},
		"a link": func(t *testing.T, root, home string) {
			must(t, os.WriteFile(filepath.Join(root, "elsewhere"), []byte(note(home)), 0o600))
			must(t, os.Symlink(filepath.Join(root, "elsewhere"), notePath(root, home)))
		},
		"a second name of a file": func(t *testing.T, root, home string) {
			must(t, os.WriteFile(filepath.Join(root, "elsewhere"), []byte(note(home)), 0o600))
			must(t, os.Link(filepath.Join(root, "elsewhere"), notePath(root, home)))
		},
		"a directory that is a link": func(t *testing.T, root, home string) {
			workspace := filepath.Join(root, home, "workspace")
			must(t, os.Mkdir(workspace, 0o700))
			must(t, os.WriteFile(filepath.Join(workspace, "account.json"), []byte(note(home)), 0o600))
			must(t, os.Remove(filepath.Dir(notePath(root, home))))
			must(t, os.Symlink("workspace", filepath.Dir(notePath(root, home))))
		},
		"a directory": func(t *testing.T, root, home string) { must(t, os.Mkdir(notePath(root, home), 0o700)) },
		"no JSON":     func(t *testing.T, root, home string) { must(t, os.WriteFile(notePath(root, home), []byte("{"), 0o600)) },
		"too large": func(t *testing.T, root, home string) {
			must(t, os.WriteFile(notePath(root, home), append([]byte(note(home)), bytes.Repeat([]byte(" "), 1<<17)...), 0o600))
		},
		"a role that is none": func(t *testing.T, root, home string) {
			must(t, os.WriteFile(notePath(root, home), bytes.Replace([]byte(note(home)), []byte("admin"), []byte("root"), 1), 0o600))
		},
		"a later version": func(t *testing.T, root, home string) {
			must(t, os.WriteFile(notePath(root, home), bytes.Replace([]byte(note(home)), []byte(`:1,`), []byte(`:2,`), 1), 0o600))
		},
		"another's file": func(t *testing.T, root, home string) {
			if os.Geteuid() != 0 {
				t.Skip("only root can give a file away")
			}
			must(t, os.WriteFile(notePath(root, home), []byte(note(home)), 0o600))
			must(t, os.Chown(notePath(root, home), 12345, 12345))
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := noted(t, ada)
			home := zhao.ID
			must(t, os.MkdirAll(filepath.Dir(notePath(root, home)), 0o700))
			plant(t, root, home)
			st := storetest.Open(t, storetest.SQLite(t))
			var log bytes.Buffer
			must(t, newRoster(root, st, &log).Start(t.Context()))
			same(t, accounts(t, st), []store.Account{ada})
			if !bytes.Contains(log.Bytes(), []byte("account note not believed")) {
				t.Errorf("the log is %s", &log)
			}
		})
	}
}

// TestCollidingNotes has two founders and one name twice; the database's rules hold.
func TestCollidingNotes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		second := zhao
		second.Founder = true
		twin := eve
		twin.ID, twin.Username = "44444444-4444-4444-8444-444444444444", "ＥＶＥ"
		n, err := st.RestoreAccounts(t.Context(), []store.Account{twin, second, eve, ada}, true)
		must(t, err)
		same(t, n, 3)
		same(t, accounts(t, st), []store.Account{ada, eve, zhao})
	})
}
