package auth

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"image/png"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
)

// The figures of second factors: codes as every authenticator makes them (RFC 6238 with SHA-1, six digits, 30 s), and codes
// for the case that it is lost.
const (
	factorIssuer  = "Claude Agent Chat"
	stepTime      = 30 // seconds
	stepsAside    = 1  // that a clock may be wrong by
	recoveryCodes = 10
	qrSize        = 220 // pixels
)

// NewFactor is a second factor that waits for its first code.
type NewFactor struct {
	Secret string // base32, to be typed in
	URI    string // otpauth://…, what the picture says
	QR     string // the picture, as the address of a PNG
}

// BeginFactor begins a second factor for the caller, who proves to be there with the password. It asks for nothing until
// ConfirmFactor. If there is one it is a Conflict.
func (s *Service) BeginFactor(ctx context.Context, who Identity, remoteAddr, password string) (NewFactor, error) {
	if err := s.prove(ctx, who, remoteAddr, password); err != nil {
		return NewFactor{}, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: factorIssuer, AccountName: who.Username})
	if err != nil {
		return NewFactor{}, fault.Wrap(err, fault.Internal, "No second factor could be made.")
	}
	if err := s.store.PutSecondFactor(ctx, who.AccountID, key.Secret()); err != nil {
		return NewFactor{}, err
	}
	picture, err := qr(key)
	return NewFactor{Secret: key.Secret(), URI: key.URL(), QR: picture}, err
}

func qr(key *otp.Key) (string, error) {
	image, err := key.Image(qrSize, qrSize)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "No second factor could be made.")
	}
	var body bytes.Buffer
	if err := png.Encode(&body, image); err != nil {
		return "", fault.Wrap(err, fault.Internal, "No second factor could be made.")
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(body.Bytes()), nil
}

// ConfirmFactor makes the caller's second factor count, if the code is one of it, and gives the recovery codes, which are
// shown this once. All other web sessions of the caller end.
func (s *Service) ConfirmFactor(ctx context.Context, who Identity, code string) ([]string, error) {
	if err := s.rates.codes.take(who.AccountID); err != nil {
		return nil, err
	}
	factor, err := s.store.SecondFactorOf(ctx, who.AccountID)
	if err != nil {
		return nil, err
	}
	step, ok := stepOf(factor.Secret, code, time.Now())
	if !ok {
		return nil, fault.New(fault.Invalid, "The code is wrong. Codes change every 30 seconds; is the clock of the device right?")
	}
	codes, hashes := make([]string, recoveryCodes), make([]string, recoveryCodes)
	for i := range codes {
		codes[i] = newRecoveryCode()
		hashes[i] = hashOf(plainCode(codes[i]))
	}
	if err := s.store.ConfirmSecondFactor(ctx, who.AccountID, factor.Secret, step, hashes); err != nil {
		return nil, err
	}
	s.audit.Add(audit.Entry{Actor: who.AccountID, Action: audit.FactorAdded, Target: who.AccountID})
	err = s.EndWebSessions(ctx, who, func(one WebSession) bool { return !one.Current })
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	return codes, nil
}

// RemoveFactor removes the caller's second factor, who proves to be there with the password.
func (s *Service) RemoveFactor(ctx context.Context, who Identity, remoteAddr, password string) error {
	if err := s.prove(ctx, who, remoteAddr, password); err != nil {
		return err
	}
	return s.RemoveFactorOf(ctx, who, who.AccountID)
}

// RemoveFactorOf removes any account's second factor, on an administrator's behalf.
func (s *Service) RemoveFactorOf(ctx context.Context, admin Identity, accountID string) error {
	if err := s.store.DeleteSecondFactor(ctx, accountID); err != nil {
		return err
	}
	s.audit.Add(audit.Entry{Actor: admin.AccountID, Action: audit.FactorRemoved, Target: accountID})
	return nil
}

// HasFactor reports whether an account's sign-ins ask for a code.
func (s *Service) HasFactor(ctx context.Context, accountID string) (bool, error) {
	factor, err := s.store.SecondFactorOf(ctx, accountID)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return factor.Confirmed, err
}

// checkFactor holds a code against the second factor of an account whose password was right; without one it asks for
// nothing. No code, and a wrong one, are SecondFactor.
func (s *Service) checkFactor(ctx context.Context, account store.Account, code string) error {
	factor, err := s.store.SecondFactorOf(ctx, account.ID)
	if fault.Is(err, fault.NotFound) || err == nil && !factor.Confirmed {
		return nil
	}
	if err != nil {
		return err
	}
	if code == "" {
		return fault.New(fault.SecondFactor, "This account has a second factor. Enter the code of the authenticator.")
	}
	if err := s.rates.codes.take(account.ID); err != nil {
		return err
	}
	if step, ok := stepOf(factor.Secret, code, time.Now()); ok {
		if taken, err := s.store.TakeStep(ctx, account.ID, step); taken || err != nil {
			return err
		}
	} else if plain := plainCode(code); len(plain) == recoveryLetters {
		if taken, err := s.store.TakeRecoveryCode(ctx, account.ID, hashOf(plain)); taken || err != nil {
			return err
		}
	}
	return fault.New(fault.SecondFactor, "The code is wrong, or was used before.")
}

// stepOf gives the step of which a code is, if it is of one close to now.
func stepOf(secret, code string, now time.Time) (step int64, ok bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	for aside := int64(-stepsAside); aside <= stepsAside; aside++ {
		step := now.Unix()/stepTime + aside
		want, err := totp.GenerateCode(secret, time.Unix(step*stepTime, 0))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// recoveryLetters is how many letters a recovery code has: 80 random bits.
const recoveryLetters = 16

// newRecoveryCode is in groups of four, so that it can be copied from paper.
func newRecoveryCode() string {
	text := strings.ToLower(rand.Text())[:recoveryLetters]
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

func plainCode(code string) string {
	return strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
}
