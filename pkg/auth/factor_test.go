package auth_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/store/storetest"
)

// codeAt is what an authenticator shows, some steps away from now.
func codeAt(t *testing.T, secret string, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// earlyInStep waits until the codes do not change for a while.
func earlyInStep() {
	if late := time.Now().Unix() % 30; late > 20 {
		time.Sleep(time.Duration(30-late) * time.Second)
	}
}

// TestSecondFactor takes an account through the life of a second factor.
func TestSecondFactor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		s := auth.New(st, auth.Options{Signup: "open"})
		ctx := t.Context()
		earlyInStep()
		who, _, err := s.SignUp(ctx, "", "ada", password)
		if err != nil {
			t.Fatal(err)
		}
		wantCode := func(what string, err error, want fault.Code) {
			t.Helper()
			if got := fault.CodeOf(err); err == nil || got != want {
				t.Errorf("%s: %v, want %s", what, err, want)
			}
		}
		login := func(code string) error {
			_, _, err := s.LogIn(ctx, "192.0.2.1", "ada", password, code)
			return err
		}
		_, err = s.BeginFactor(ctx, who, "", "wrong "+password)
		wantCode("a wrong password", err, fault.Forbidden)
		first, err := s.BeginFactor(ctx, who, "", password)
		if err != nil {
			t.Fatal(err)
		}
		if err := login(""); err != nil {
			t.Errorf("before it is confirmed: %v", err)
		}
		begun, err := s.BeginFactor(ctx, who, "", password)
		if err != nil || begun.Secret == first.Secret || !strings.HasPrefix(begun.URI, "otpauth://totp/") || !strings.HasPrefix(begun.QR, "data:image/png;base64,iVBOR") {
			t.Fatalf("%v %+v", err, begun)
		}
		_, err = s.ConfirmFactor(ctx, who, codeAt(t, first.Secret, 0))
		wantCode("a code of another secret", err, fault.Invalid)
		codes, err := s.ConfirmFactor(ctx, who, codeAt(t, begun.Secret, -1))
		if err != nil || len(codes) != 10 {
			t.Fatalf("%v %v", err, codes)
		}
		_, err = s.BeginFactor(ctx, who, "", password)
		wantCode("a second one", err, fault.Conflict)

		wantCode("no code", login(""), fault.SecondFactor)
		_, _, err = s.LogIn(ctx, "192.0.2.1", "ada", "wrong "+password, "")
		wantCode("a wrong password without a code", err, fault.Unauthenticated)
		wantCode("the code that confirmed it", login(codeAt(t, begun.Secret, -1)), fault.SecondFactor)
		wantCode("an old code", login(codeAt(t, begun.Secret, -4)), fault.SecondFactor)
		now := codeAt(t, begun.Secret, 0)
		if err := login(now[:3] + " " + now[3:]); err != nil {
			t.Errorf("the code: %v", err)
		}
		wantCode("the code again", login(now), fault.SecondFactor)
		if err := login(strings.ToUpper(codes[3])); err != nil {
			t.Errorf("a recovery code: %v", err)
		}
		wantCode("the recovery code again", login(codes[3]), fault.SecondFactor)
		if err := login(codeAt(t, begun.Secret, 1)); err != nil {
			t.Errorf("the next code: %v", err)
		}
		if err := s.RemoveFactor(ctx, who, "", password); err != nil {
			t.Fatal(err)
		}
		if err := login(""); err != nil {
			t.Errorf("after it was removed: %v", err)
		}
		wantCode("removed twice", s.RemoveFactor(ctx, who, "", password), fault.NotFound)
	})
}

// TestCodesCannotBeGuessed guesses codes from many addresses: after some the account takes no more for a while, not even the
// right one.
func TestCodesCannotBeGuessed(t *testing.T) {
	s, _ := newService(t)
	ctx := t.Context()
	who, _, err := s.SignUp(ctx, "", "ada", password)
	if err != nil {
		t.Fatal(err)
	}
	begun, err := s.BeginFactor(ctx, who, "", password)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ConfirmFactor(ctx, who, codeAt(t, begun.Secret, 0)); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range 20 {
		_, _, err := s.LogIn(ctx, fmt.Sprintf("192.0.2.%d", i), "ada", password, "000000")
		if fault.Is(err, fault.TooMany) {
			refused++
		} else if !fault.Is(err, fault.SecondFactor) {
			t.Fatalf("guess %d: %v", i, err)
		}
	}
	if refused < 10 {
		t.Errorf("only %d of 20 guesses were refused", refused)
	}
	if _, _, err := s.LogIn(ctx, "198.51.100.7", "ada", password, codeAt(t, begun.Secret, 1)); !fault.Is(err, fault.TooMany) {
		t.Errorf("the right code after that: %v", err)
	}
}
