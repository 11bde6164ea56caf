package auth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/store/storetest"
)

const (
	password = "battery staple 电池"
	address  = "192.0.2.7:4711"
)

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

func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("difference (-want +got):\n%s", diff)
	}
}

// newService makes a service on a new SQLite database, with open sign-up.
func newService(t *testing.T) (*auth.Service, *store.Store) {
	t.Helper()
	st := storetest.Open(t, storetest.SQLite(t))
	return auth.New(st, auth.Options{Signup: config.SignupOpen}), st
}

// signUp makes an account and gives a request that its web session's cookie is in.
func signUp(t *testing.T, s *auth.Service, username string) (auth.Identity, *http.Request) {
	t.Helper()
	who, token, err := s.SignUp(t.Context(), "", username, password)
	must(t, err)
	return who, withCookie(t, s, token)
}

func withCookie(t *testing.T, s *auth.Service, token string) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://localhost/", nil)
	w := httptest.NewRecorder()
	s.SetCookie(w, r, token)
	r.AddCookie(w.Result().Cookies()[0])
	return r
}

func withBearer(token string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "http://localhost/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

func TestFirstIsAdministrator(t *testing.T) {
	s, _ := newService(t)
	first, r := signUp(t, s, "alice")
	same(t, []string{first.Role, first.Username, first.Via}, []string{"admin", "alice", auth.ViaCookie})
	second, _ := signUp(t, s, "bob")
	same(t, second.Role, "user")
	got, err := s.Authenticate(r)
	must(t, err)
	same(t, got, first)
	_, _, err = s.SignUp(t.Context(), "", "ALICE", password)
	want(t, err, fault.Conflict)
}

func TestSignUpModes(t *testing.T) {
	for mode, codes := range map[string][2]fault.Code{
		"":                     {"", fault.Forbidden},
		config.SignupFirstUser: {"", fault.Forbidden},
		config.SignupClosed:    {fault.Forbidden, fault.Forbidden},
		config.SignupOpen:      {"", ""},
	} {
		s := auth.New(storetest.Open(t, storetest.SQLite(t)), auth.Options{Signup: mode})
		for i, code := range codes {
			_, _, err := s.SignUp(t.Context(), "", fmt.Sprint("user", i), password)
			if code == "" {
				must(t, err)
			} else {
				want(t, err, code)
			}
		}
	}
}

// TestTwoFirstSignUps makes two services on one database race, as two processes would.
func TestTwoFirstSignUps(t *testing.T) {
	opts := storetest.SQLite(t)
	var wait sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		s := auth.New(storetest.Open(t, opts), auth.Options{Signup: config.SignupFirstUser})
		wait.Go(func() {
			_, _, errs[i] = s.SignUp(context.WithoutCancel(t.Context()), "", fmt.Sprint("user", i), password)
		})
	}
	wait.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else {
			want(t, err, fault.Forbidden)
		}
	}
	same(t, made, 1)
}

func TestLogIn(t *testing.T) {
	s, _ := newService(t)
	first, before := signUp(t, s, "Älice")
	got, token, err := s.LogIn(t.Context(), address, "älICE", password, "")
	must(t, err)
	if got.AccountID != first.AccountID || got.Credential == first.Credential {
		t.Fatalf("got %+v after %+v, want the same account and another session", got, first)
	}
	after := withCookie(t, s, token)
	for _, r := range []*http.Request{before, after} {
		_, err = s.Authenticate(r)
		must(t, err)
	}
	must(t, s.LogOut(t.Context(), after))
	_, err = s.Authenticate(after)
	want(t, err, fault.Unauthenticated)
	_, err = s.Authenticate(before)
	must(t, err)
	must(t, s.LogOut(t.Context(), httptest.NewRequest(http.MethodPost, "/", nil)))
}

// TestWrongSignInsLookAlike compares the answers to a wrong password, an unknown name and a disabled account.
func TestWrongSignInsLookAlike(t *testing.T) {
	s, st := newService(t)
	signUp(t, s, "alice")
	off, _ := signUp(t, s, "off")
	must(t, st.SetDisabled(t.Context(), off.AccountID, true))
	answers := map[string]bool{}
	for _, c := range [][2]string{
		{"alice", "wrong password"},
		{"nobody", password},
		{"off", password},
		{"", ""},
		{"\x00\xff", password},
		{"alice", strings.Repeat("x", 1<<20)},
		{strings.Repeat("x", 1<<20), password},
		{"alice", password + " "},
		{"alice", strings.ToUpper(password)},
	} {
		_, token, err := s.LogIn(t.Context(), "", c[0], c[1], "")
		if token != "" {
			t.Errorf("%.20q and %.20q were let in", c[0], c[1])
		}
		want(t, err, fault.Unauthenticated)
		answers[fault.Message(err)] = true
	}
	same(t, len(answers), 1)
}

// TestUnknownNameTakesAsLong bounds how much faster an unknown name is refused than a known one.
func TestUnknownNameTakesAsLong(t *testing.T) {
	s, _ := newService(t)
	signUp(t, s, "alice")
	fastest := func(username string) time.Duration {
		best := time.Hour
		for i := range 4 {
			began := time.Now()
			_, _, err := s.LogIn(t.Context(), fmt.Sprintf("192.0.2.%d", i), username, "wrong password", "")
			want(t, err, fault.Unauthenticated)
			best = min(best, time.Since(began))
		}
		return best
	}
	known, unknown := fastest("alice"), fastest("nobody")
	if unknown < known/3 || known < unknown/3 {
		t.Errorf("known %s, unknown %s", known, unknown)
	}
}

func TestSignInsAreLimited(t *testing.T) {
	s, _ := newService(t)
	signUp(t, s, "alice")
	var wait sync.WaitGroup
	var mu sync.Mutex
	codes := map[fault.Code]int{}
	for range 100 { // All at once: none gets through because the others have not failed yet.
		wait.Go(func() {
			_, _, err := s.LogIn(context.WithoutCancel(t.Context()), address, "alice", "wrong password", "")
			mu.Lock()
			defer mu.Unlock()
			codes[fault.CodeOf(err)]++
		})
	}
	wait.Wait()
	same(t, codes, map[fault.Code]int{fault.Unauthenticated: 5, fault.TooMany: 95})
	_, _, err := s.LogIn(t.Context(), address, "ALICE", password, "")
	want(t, err, fault.TooMany)
	_, _, err = s.LogIn(t.Context(), "198.51.100.1:99", "alice", password, "")
	must(t, err)
}

func TestPasswordsAreTakenExactly(t *testing.T) {
	s, _ := newService(t)
	for i, p := range []string{
		"12 bytes ok!", " surrounded ", strings.Repeat("长", 64), strings.Repeat("x\u0301", 20), "😀😃😄😁 and more",
		"tab\tnewline\n", strings.Repeat("q1w!", 256), "n\x00ul inside",
	} {
		name := fmt.Sprint("user", i)
		_, _, err := s.SignUp(t.Context(), "", name, p)
		must(t, err)
		_, _, err = s.LogIn(t.Context(), name, name, p, "")
		must(t, err)
		_, _, err = s.LogIn(t.Context(), name, name, strings.TrimSpace(p)+"!", "")
		want(t, err, fault.Unauthenticated)
	}
}

func TestRefusedPasswords(t *testing.T) {
	s, _ := newService(t)
	for _, p := range []string{
		"", "short", "1234567", strings.Repeat("x", 1025), strings.Repeat("x", 1<<20), "P@ssw0rd", "PassWord123", "iloveyou",
		"11111111", "12345678", "87654321", "abcdefgh", "woaini1314", "A.Long-Name",
	} {
		_, _, err := s.SignUp(t.Context(), "", "a.long-name", p)
		if want(t, err, fault.Invalid); p != "" && strings.Contains(err.Error(), p) {
			t.Errorf("the password is in %q", err)
		}
	}
}

func TestUsernames(t *testing.T) {
	s, st := newService(t)
	for _, name := range []string{"a", "Ann_B.c-d", "ann@example.com", "小明", "Ju\u0308rgen", "7of9", strings.Repeat("x", 64)} {
		who, _, err := s.SignUp(t.Context(), "", name, password)
		must(t, err)
		got, err := st.AccountByUsername(t.Context(), name)
		must(t, err)
		same(t, got.ID, who.AccountID)
	}
	for _, name := range []string{
		"", " ", "a b", "a\n", "\x00", "a\x00", "-a", ".a", "@a", "a/b", "a\\b", "<b>", "a\u202eb", "a\u200bb", "\u0301a", "a\xff", "😀",
		strings.Repeat("x", 65), "jürgen",
	} {
		_, _, err := s.SignUp(t.Context(), "", name, password)
		if name == "jürgen" {
			want(t, err, fault.Conflict)
		} else {
			want(t, err, fault.Invalid)
		}
	}
}

func TestTokens(t *testing.T) {
	s, st := newService(t)
	alice, _ := signUp(t, s, "alice")
	bob, _ := signUp(t, s, "bob")
	id, token, err := s.CreateToken(t.Context(), alice, "  my editor ")
	must(t, err)
	if !strings.HasPrefix(token, "cac_") || len(token) < 40 {
		t.Fatalf("the token has %d characters", len(token))
	}
	got, err := s.Authenticate(withBearer(token))
	must(t, err)
	same(t, []string{got.AccountID, got.Via}, []string{alice.AccountID, auth.ViaBearer})
	list, err := s.ListTokens(t.Context(), alice)
	must(t, err)
	same(t, []string{list[0].ID, list[0].Name}, []string{id, "my editor"})
	if strings.Contains(list[0].Hash, token[4:]) {
		t.Fatal("the token is kept as it is")
	}
	want(t, s.DeleteToken(t.Context(), bob, id), fault.NotFound)
	must(t, s.DeleteToken(t.Context(), alice, id))
	_, err = s.Authenticate(withBearer(token))
	want(t, err, fault.Unauthenticated)
	for _, name := range []string{"", " \t", "a\nb", strings.Repeat("长", 101)} {
		_, _, err := s.CreateToken(t.Context(), alice, name)
		want(t, err, fault.Invalid)
	}
	_, err = st.ListTokens(t.Context(), alice.AccountID)
	must(t, err)
}

func TestWrongCredentials(t *testing.T) {
	s, _ := newService(t)
	alice, r := signUp(t, s, "alice")
	_, token, err := s.CreateToken(t.Context(), alice, "t")
	must(t, err)
	secret := r.Cookies()[0].Value
	for _, header := range []string{
		"x", "Bearer", "Bearer ", "Basic " + token, "Bearer " + token[4:], "Bearer " + secret, "Bearer " + token + "x",
		"Bearer cac_" + secret, "Bearer " + strings.ToUpper(token), "Bearer cac_" + strings.Repeat("A", 1<<16),
	} {
		bad := r.Clone(t.Context()) // The valid cookie does not help.
		bad.Header.Set("Authorization", header)
		_, err := s.Authenticate(bad)
		want(t, err, fault.Unauthenticated)
	}
	for _, cookie := range []string{"", "x", token, secret[1:], secret + "A", strings.Repeat("A", len(secret))} {
		bad := httptest.NewRequest(http.MethodGet, "/", nil)
		bad.AddCookie(&http.Cookie{Name: "agentchat", Value: cookie})
		_, err := s.Authenticate(bad)
		want(t, err, fault.Unauthenticated)
	}
	lower := withBearer(token)
	lower.Header.Set("Authorization", "bearer "+token)
	_, err = s.Authenticate(lower)
	must(t, err)
}

func TestTickets(t *testing.T) {
	s, st := newService(t)
	alice, r := signUp(t, s, "alice")
	ticket, expires, err := s.IssueTicket(t.Context(), alice)
	must(t, err)
	if left := time.Until(expires); left < 25*time.Second || left > 30*time.Second {
		t.Errorf("the ticket lasts %s", left)
	}
	got, err := s.RedeemTicket(t.Context(), ticket)
	must(t, err)
	alice.Via = auth.ViaTicket
	same(t, got, alice)
	for _, bad := range []string{ticket, "", "x", strings.Repeat("A", 43), r.Cookies()[0].Value} {
		_, err = s.RedeemTicket(t.Context(), bad)
		want(t, err, fault.Unauthenticated)
	}

	ticket, _, err = s.IssueTicket(t.Context(), alice) // Signing out ends the tickets too.
	must(t, err)
	must(t, s.LogOut(t.Context(), r))
	_, err = s.RedeemTicket(t.Context(), ticket)
	want(t, err, fault.Unauthenticated)
	must(t, st.Ping(t.Context()))
}

func TestRevoked(t *testing.T) {
	s, st := newService(t)
	alice, r := signUp(t, s, "alice")
	bob, _ := signUp(t, s, "bob")
	id, token, err := s.CreateToken(t.Context(), alice, "t")
	must(t, err)
	program, err := s.Authenticate(withBearer(token))
	must(t, err)
	all := []string{alice.Credential, program.Credential, bob.Credential}
	check := func(want ...string) {
		t.Helper()
		got, err := s.Revoked(t.Context(), all)
		must(t, err)
		same(t, got, want)
	}
	check()
	must(t, s.LogOut(t.Context(), r))
	check(alice.Credential)
	must(t, s.DeleteToken(t.Context(), alice, id))
	check(alice.Credential, program.Credential)
	must(t, st.SetDisabled(t.Context(), bob.AccountID, true))
	check(all...)
	all = []string{"", "web:", "token:x", "other:y"}
	check(all...)
}

// TestDumpHoldsNoCredential looks for everything that lets someone in among all rows of the database.
func TestDumpHoldsNoCredential(t *testing.T) {
	opts := storetest.SQLite(t)
	st := storetest.Open(t, opts)
	s := auth.New(st, auth.Options{})
	alice, r := signUp(t, s, "alice")
	_, token, err := s.CreateToken(t.Context(), alice, "t")
	must(t, err)
	ticket, _, err := s.IssueTicket(t.Context(), alice)
	must(t, err)
	_, invitation, err := s.Invite(t.Context(), alice, store.RoleUser)
	must(t, err)
	_, reset, err := s.OfferReset(t.Context(), alice, alice.AccountID)
	must(t, err)
	dump := readAll(t, opts.SQLitePath, opts.SQLitePath+"-wal")
	for name, secret := range map[string]string{
		"cookie": r.Cookies()[0].Value, "token": token, "token without prefix": token[4:], "ticket": ticket, "password": password,
		"invitation": invitation, "password link": reset,
	} {
		if strings.Contains(dump, secret) {
			t.Errorf("the %s is in the database", name)
		}
	}
	if !strings.Contains(dump, alice.AccountID) {
		t.Error("the dump is not one: it lacks the account")
	}
}

func TestDatabaseDownIsNotSignedOut(t *testing.T) {
	opts := storetest.SQLite(t)
	st, err := store.Open(t.Context(), opts)
	must(t, err)
	s := auth.New(st, auth.Options{})
	alice, r := signUp(t, s, "alice")
	must(t, st.Close())
	_, err = s.Authenticate(r)
	if err == nil || fault.Is(err, fault.Unauthenticated) {
		t.Errorf("error %v", err)
	}
	revoked, err := s.Revoked(t.Context(), []string{alice.Credential})
	if err == nil || len(revoked) > 0 {
		t.Errorf("revoked %v, error %v", revoked, err)
	}
}
