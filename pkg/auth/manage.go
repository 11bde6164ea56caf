package auth

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
)

// How long links can be used.
const (
	invitationLife = 7 * 24 * time.Hour
	resetLife      = 24 * time.Hour
)

// webSessionID is how a web session is called where its owner sees it: the beginning of the hash, of which nobody can
// make the cookie.
func webSessionID(hash string) string { return hash[:32] }

// errLink is the one answer to a link that is made up, used, taken back or expired.
func errLink() error {
	return fault.New(fault.Forbidden, "This link has been used, was taken back, or has expired. Ask an administrator for a new one.")
}

// ChangePassword replaces the caller's own password and ends the caller's other web sessions, within a second on sockets
// too; tokens stay. A wrong current password is Forbidden and counts as a failed sign-in.
func (s *Service) ChangePassword(ctx context.Context, who Identity, remoteAddr, current, next string) error {
	if err := s.prove(ctx, who, remoteAddr, current); err != nil {
		return err
	}
	if err := checkPassword(who.Username, next); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, next)
	if err != nil {
		return err
	}
	account, err := s.store.AccountByID(ctx, who.AccountID) // the proof may have renewed the hash.
	if err != nil {
		return err
	}
	keep, _ := strings.CutPrefix(who.Credential, kindWeb)
	if err := s.store.ReplacePassword(ctx, account.ID, account.PasswordHash, hash, keep); err != nil {
		return err
	}
	s.keepNote(ctx, account.ID)
	s.audit.Add(audit.Entry{Actor: who.AccountID, Action: audit.PasswordChanged, Target: who.AccountID, Address: remoteAddr})
	return nil
}

// prove holds the caller's password against the account's. A wrong one is Forbidden and counts as a failed sign-in.
func (s *Service) prove(ctx context.Context, who Identity, remoteAddr, password string) error {
	attempt, ok := s.limits.begin(remoteAddr, who.Username)
	if !ok {
		return fault.New(fault.TooMany, "Too many wrong passwords. Wait a minute and try again.")
	}
	_, err := s.verify(ctx, who.Username, password)
	switch {
	case fault.Is(err, fault.Unauthenticated):
		s.audit.Add(audit.Entry{Actor: who.AccountID, Action: audit.SignInFailed, Target: who.AccountID, Address: remoteAddr})
		return fault.New(fault.Forbidden, "The current password is wrong.")
	case err != nil:
		attempt.forgive()
		return err
	}
	attempt.succeed()
	return nil
}

// WebSession is one of the caller's web sessions.
type WebSession struct {
	ID      string
	Current bool // it is the one that asks
	store.WebSession
}

// ListWebSessions lists the caller's web sessions, the newest first.
func (s *Service) ListWebSessions(ctx context.Context, who Identity) ([]WebSession, error) {
	rows, err := s.store.ListWebSessions(ctx, who.AccountID, time.Now())
	sessions := make([]WebSession, 0, len(rows))
	for _, row := range rows {
		sessions = append(sessions, WebSession{ID: webSessionID(row.Hash), Current: kindWeb+row.Hash == who.Credential, WebSession: row})
	}
	return sessions, err
}

// EndWebSessions ends those of the caller's web sessions that chosen picks; that there is none is NotFound.
func (s *Service) EndWebSessions(ctx context.Context, who Identity, chosen func(WebSession) bool) error {
	sessions, err := s.ListWebSessions(ctx, who)
	if err != nil {
		return err
	}
	ended := 0
	for _, session := range sessions {
		if !chosen(session) {
			continue
		}
		if err := s.store.DeleteWebSession(ctx, session.Hash); err != nil {
			return err
		}
		ended++
		s.audit.Add(audit.Entry{Actor: who.AccountID, Action: audit.WebSessionEnded, Target: session.ID})
	}
	if ended == 0 {
		return fault.New(fault.NotFound, "There is no such web session.")
	}
	return nil
}

// ChangeAccount changes role and standing of any account on an administrator's behalf. What the account holds stops to
// count at once when it is disabled. The last administrator stays one: Conflict.
func (s *Service) ChangeAccount(ctx context.Context, admin Identity, id string, change store.AccountChange) (store.Account, error) {
	if change.Role != nil && *change.Role != store.RoleAdmin && *change.Role != store.RoleUser {
		return store.Account{}, fault.New(fault.Invalid, "A role is admin or user.")
	}
	account, err := s.store.ChangeAccount(ctx, id, change)
	if err != nil {
		return account, err
	}
	s.keepNote(ctx, id)
	note := func(action string) {
		s.audit.Add(audit.Entry{Actor: admin.AccountID, Action: action, Target: id, Detail: map[string]string{"username": account.Username, "role": account.Role}})
	}
	if change.Role != nil {
		note(audit.RoleChanged)
	}
	if change.Disabled != nil && *change.Disabled {
		note(audit.AccountDisabled)
	} else if change.Disabled != nil {
		note(audit.AccountEnabled)
	}
	return account, nil
}

// DeleteAccount deletes any account on an administrator's behalf: it is kept out at once, and removed for good when the grace
// period is over. The last administrator stays: Conflict.
func (s *Service) DeleteAccount(ctx context.Context, admin Identity, id string) error {
	account, err := s.store.ChangeAccount(ctx, id, store.AccountChange{Deleted: true})
	if err != nil {
		return err
	}
	s.keepNote(ctx, id)
	s.audit.Add(audit.Entry{Actor: admin.AccountID, Action: audit.AccountDeleted, Target: id, Detail: map[string]string{"username": account.Username}})
	return nil
}

// DeleteOwnAccount deletes the caller's account, who proves it with the password. A wrong one is Forbidden and counts as a
// failed sign-in.
func (s *Service) DeleteOwnAccount(ctx context.Context, who Identity, remoteAddr, password string) error {
	if err := s.prove(ctx, who, remoteAddr, password); err != nil {
		return err
	}
	return s.DeleteAccount(ctx, who, who.AccountID)
}

// Invite makes a link with which one person can make an account with a role, within seven days.
func (s *Service) Invite(ctx context.Context, admin Identity, role string) (store.Link, string, error) {
	if role != store.RoleAdmin && role != store.RoleUser {
		return store.Link{}, "", fault.New(fault.Invalid, "A role is admin or user.")
	}
	return s.link(ctx, admin, store.Link{Kind: store.LinkInvitation, Role: role}, invitationLife)
}

// OfferReset makes a link with which an account's password can be set once, within a day.
func (s *Service) OfferReset(ctx context.Context, admin Identity, accountID string) (store.Link, string, error) {
	if _, err := s.store.AccountByID(ctx, accountID); err != nil {
		return store.Link{}, "", err
	}
	return s.link(ctx, admin, store.Link{Kind: store.LinkReset, AccountID: accountID}, resetLife)
}

func (s *Service) link(ctx context.Context, admin Identity, l store.Link, life time.Duration) (store.Link, string, error) {
	secret := newSecret()
	l.ID, l.Hash, l.CreatedBy, l.CreatedAt = uuid.NewString(), hashOf(secret), admin.AccountID, time.Now()
	l.ExpiresAt = l.CreatedAt.Add(life)
	if err := s.store.CreateLink(ctx, l); err != nil {
		return store.Link{}, "", err
	}
	s.audit.Add(audit.Entry{
		Actor: admin.AccountID, Action: audit.LinkCreated, Target: l.ID,
		Detail: map[string]string{"kind": l.Kind, "role": l.Role, "account": l.AccountID},
	})
	return l, secret, nil
}

// ListLinks lists the links that can still be used, the newest first.
func (s *Service) ListLinks(ctx context.Context) ([]store.Link, error) {
	return s.store.ListLinks(ctx, time.Now())
}

// SignUpInvited is SignUp with an invitation, whatever the settings say of sign-up. An invitation that does not count is
// Forbidden; one whose sign-up fails can be used again.
func (s *Service) SignUpInvited(ctx context.Context, remoteAddr, invitation, username, password string) (Identity, string, error) {
	username, err := checkUsername(username)
	if err != nil {
		return Identity{}, "", err
	}
	hash, err := s.hashForLink(ctx, remoteAddr, invitation, store.LinkInvitation, username, password)
	if err != nil {
		return Identity{}, "", err
	}
	account, err := s.store.CreateInvited(ctx, hashOf(invitation), store.Account{
		ID: uuid.NewString(), Username: username, PasswordHash: hash, CreatedAt: time.Now(),
	})
	if err != nil {
		return Identity{}, "", usedAs(err)
	}
	s.keepNote(ctx, account.ID)
	s.audit.Add(audit.Entry{
		Actor: account.ID, Action: audit.AccountCreated, Target: account.ID, Address: remoteAddr,
		Detail: map[string]string{"username": account.Username, "role": account.Role, "by": "invitation"},
	})
	return s.openSession(ctx, account, remoteAddr)
}

// ResetPassword sets a password by a link. It ends everything that let the account in before, tokens too.
func (s *Service) ResetPassword(ctx context.Context, remoteAddr, link, password string) error {
	hash, err := s.hashForLink(ctx, remoteAddr, link, store.LinkReset, "", password)
	if err != nil {
		return err
	}
	id, err := s.store.ResetPassword(ctx, hashOf(link), hash, time.Now())
	if err != nil {
		return usedAs(err)
	}
	s.keepNote(ctx, id)
	s.audit.Add(audit.Entry{Actor: id, Action: audit.PasswordChanged, Target: id, Address: remoteAddr, Detail: map[string]string{"by": "link"}})
	return nil
}

// hashForLink hashes the password that comes with a link, once it is known that the link can be used: strangers must not
// make the server hash.
func (s *Service) hashForLink(ctx context.Context, remoteAddr, secret, kind, username, password string) (string, error) {
	if err := s.rates.signUps.take(placeOf(remoteAddr)); err != nil {
		return "", err
	}
	known := wellFormed(secret)
	if known {
		var err error
		if known, err = s.store.HasLink(ctx, hashOf(secret), kind, time.Now()); err != nil {
			return "", err
		}
	}
	if !known {
		return "", errLink()
	}
	if err := checkPassword(username, password); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password)
}

// usedAs words a link that somebody else used first.
func usedAs(err error) error {
	if fault.Is(err, fault.NotFound) {
		return errLink()
	}
	return err
}
