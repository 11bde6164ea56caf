// Package auth says who is there: sign-up and sign-in with a password, web sessions in cookies, tokens for programs, and
// tickets that let one WebSocket connection in. Only hashes of all of these are kept.
package auth

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/roster"
	"claude-agent-chat/pkg/store"
)

// sessionLife is how long a web session lasts after a sign-in.
const sessionLife = 30 * 24 * time.Hour

// The ways in which a caller may have shown who it is.
const (
	ViaCookie = "cookie"
	ViaBearer = "bearer"
	ViaTicket = "ticket"
)

// Identity is who a caller is and how it is known.
type Identity struct {
	AccountID  string
	Username   string
	Role       string
	Credential string // "web:" or "token:" and a hash; what Revoked asks about
	Via        string // ViaCookie, ViaBearer or ViaTicket
}

// Options are what a Service depends on besides its store.
type Options struct {
	PublicURL string         // over https cookies are Secure and tied to the host
	Signup    string         // one of config's Signup values; empty is config.SignupFirstUser
	Log       *slog.Logger   // for sign-ins that were refused; nil discards
	Audit     *audit.Log     // who signed in, and who tried; nil writes nothing down
	Roster    *roster.Roster // keeps a note of each changed account; nil keeps none
	// Provider signs people in too; there is none if its Issuer is empty.
	Provider ProviderOptions
}

// Service answers for accounts and credentials. It is safe for concurrent use.
type Service struct {
	store  *store.Store
	signup string
	https  bool
	log    *slog.Logger
	hasher *hasher
	limits *limits
	rates  rates
	audit  *audit.Log
	roster *roster.Roster

	provider *provider // nil if there is none
}

// New makes a Service on an open store, which stays the caller's.
func New(st *store.Store, opts Options) *Service {
	s := &Service{
		store: st, signup: opts.Signup, https: strings.HasPrefix(opts.PublicURL, "https://"), log: opts.Log,
		hasher: newHasher(), limits: newLimits(), rates: newRates(), roster: opts.Roster, audit: opts.Audit,
		provider: newProvider(opts.Provider),
	}
	if s.signup == "" {
		s.signup = config.SignupFirstUser
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

// errUnauthenticated is the one answer to a credential that is missing, wrong, expired or of a disabled account.
func errUnauthenticated() error {
	return fault.New(fault.Unauthenticated, "You are not signed in, or the sign-in has expired.")
}

// errWrong is the one answer to a sign-in with an unknown name, a wrong password or a disabled account.
func errWrong() error {
	return fault.New(fault.Unauthenticated, "The user name or the password is wrong.")
}

// errClosed is the answer to a sign-up that the settings do not allow.
func errClosed() error {
	return fault.New(fault.Forbidden, "Sign-up is closed. Ask an administrator for an account.")
}

// SignUp makes an account and signs it in; the token is for SetCookie. The first account becomes the administrator;
// after it sign-ups are Forbidden unless the settings open them. A name or password that breaks the rules is Invalid, a
// name that is taken a Conflict. Too many sign-ups from one address are TooMany.
func (s *Service) SignUp(ctx context.Context, remoteAddr, username, password string) (Identity, string, error) {
	if err := s.maySignUp(ctx); err != nil {
		return Identity{}, "", err
	}
	username, err := checkUsername(username)
	if err != nil {
		return Identity{}, "", err
	}
	if err := checkPassword(username, password); err != nil {
		return Identity{}, "", err
	}
	if err := s.rates.signUps.take(placeOf(remoteAddr)); err != nil {
		return Identity{}, "", err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Identity{}, "", err
	}
	account := store.Account{
		ID: uuid.NewString(), Username: username, PasswordHash: hash, CreatedAt: time.Now(),
	}
	if account, err = s.create(ctx, account, s.signup == config.SignupOpen); err != nil {
		return Identity{}, "", err
	}
	s.created(ctx, account, remoteAddr, "sign-up")
	return s.openSession(ctx, account, remoteAddr)
}

// create makes an account: the first of all is the administrator's, and further ones are made only where sign-up is open. The
// database has the last word on which is the first, also when two come at once.
func (s *Service) create(ctx context.Context, account store.Account, open bool) (store.Account, error) {
	account.Role = store.RoleAdmin
	err := s.store.CreateFirstAdmin(ctx, account)
	if !fault.Is(err, fault.Conflict) {
		return account, err
	}
	if !open {
		return account, errClosed()
	}
	account.Role = store.RoleUser
	return account, s.store.CreateAccount(ctx, account)
}

// created writes down that somebody has made an account, and how.
func (s *Service) created(ctx context.Context, account store.Account, remoteAddr, by string) {
	s.keepNote(ctx, account.ID)
	s.audit.Add(audit.Entry{
		Actor: account.ID, Action: audit.AccountCreated, Target: account.ID, Address: remoteAddr,
		Detail: map[string]string{"username": account.Username, "role": account.Role, "by": by},
	})
}

// keepNote writes the account's note after a change of its row, also if the caller has gone meanwhile.
func (s *Service) keepNote(ctx context.Context, accountID string) {
	if s.roster != nil {
		s.roster.Keep(context.WithoutCancel(ctx), accountID)
	}
}

// maySignUp refuses early what would be refused after the costly hashing anyway. The database has the last word.
func (s *Service) maySignUp(ctx context.Context) error {
	switch s.signup {
	case config.SignupOpen:
		return nil
	case config.SignupFirstUser:
		n, err := s.store.CountAccounts(ctx)
		if err != nil || n == 0 {
			return err
		}
	}
	return errClosed()
}

// LogIn checks name and password and opens a new web session; the token is for SetCookie. remoteAddr is the address of
// the caller, with or without a port: after a few failures further ones from there are TooMany for a while. The answer
// and the time that it takes do not tell whether the name exists. Where the password is right and the account has a second
// factor, a code that is empty or wrong is SecondFactor.
func (s *Service) LogIn(ctx context.Context, remoteAddr, username, password, code string) (Identity, string, error) {
	attempt, ok := s.limits.begin(remoteAddr, username)
	if !ok {
		s.log.WarnContext(ctx, "sign-in refused", "reason", "too many failures", "remote_addr", remoteAddr)
		if s.rates.refusals.take(placeOf(remoteAddr)) == nil { // a stranger must not fill the log.
			s.audit.Add(audit.Entry{Action: audit.SignInRefused, Address: remoteAddr})
		}
		return Identity{}, "", fault.New(fault.TooMany, "Too many sign-ins have failed from your address. Wait a minute and try again.")
	}
	account, err := s.verify(ctx, username, password)
	if err == nil {
		if err = s.checkFactor(ctx, account, code); err != nil && code == "" {
			attempt.forgive() // the password was right, and the page asks for the code now.
			return Identity{}, "", err
		}
	}
	if err != nil {
		if !fault.Is(err, fault.Unauthenticated) && !fault.Is(err, fault.SecondFactor) {
			attempt.forgive()
			return Identity{}, "", err
		}
		s.log.WarnContext(ctx, "sign-in refused", "reason", "wrong name, password or code", "remote_addr", remoteAddr, "account_id", account.ID)
		s.audit.Add(audit.Entry{Action: audit.SignInFailed, Target: account.ID, Address: remoteAddr})
		return Identity{}, "", err
	}
	attempt.succeed()
	s.audit.Add(audit.Entry{Actor: account.ID, Action: audit.SignIn, Address: remoteAddr})
	return s.openSession(ctx, account, remoteAddr)
}

// verify finds the account of a name and password. It hashes whether or not there is one.
func (s *Service) verify(ctx context.Context, username, password string) (store.Account, error) {
	if len(password) > maxPassword || len(username) > 4*maxUsername {
		return store.Account{}, errWrong()
	}
	account, err := s.store.AccountByUsername(ctx, username)
	known := err == nil
	if err != nil && !fault.Is(err, fault.NotFound) {
		return store.Account{}, err
	}
	stored := account.PasswordHash
	if !known {
		stored = decoy
	}
	match, weak, err := s.hasher.verify(ctx, stored, password)
	if err != nil {
		return account, err
	}
	if !known || !match || account.Disabled {
		return account, errWrong()
	}
	if weak {
		s.rehash(ctx, account, password)
	}
	return account, nil
}

// rehash replaces a hash that is weaker than new ones. Trouble with it is no reason to refuse the sign-in.
func (s *Service) rehash(ctx context.Context, account store.Account, password string) {
	hash, err := s.hasher.hash(ctx, password)
	if err == nil {
		err = s.store.SetPasswordHash(ctx, account.ID, account.PasswordHash, hash)
	}
	if err != nil {
		s.log.WarnContext(ctx, "password hash not renewed", "account_id", account.ID, "error", err)
		return
	}
	s.keepNote(ctx, account.ID)
}

// openSession makes a web session with a fresh secret.
func (s *Service) openSession(ctx context.Context, account store.Account, remoteAddr string) (Identity, string, error) {
	token := newSecret()
	hash := hashOf(token)
	if err := s.store.CreateWebSession(ctx, hash, account.ID, remoteAddr, time.Now().Add(sessionLife)); err != nil {
		return Identity{}, "", err
	}
	return identity(account, kindWeb+hash, ViaCookie), token, nil
}

// LogOut ends the web session of the request's cookie. That there is none is no error.
func (s *Service) LogOut(ctx context.Context, r *http.Request) error {
	token, ok := s.cookie(r)
	if !ok {
		return nil
	}
	return s.store.DeleteWebSession(ctx, hashOf(token))
}

// Authenticate says who makes a request, by its Authorization header or else by its cookie. Anything but one valid
// credential is Unauthenticated. Where the request came from is the caller's to check.
func (s *Service) Authenticate(r *http.Request) (Identity, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		return s.byToken(r.Context(), header)
	}
	token, ok := s.cookie(r)
	if !ok {
		return Identity{}, errUnauthenticated()
	}
	hash := hashOf(token)
	account, err := s.store.AccountByWebSession(r.Context(), hash, time.Now())
	if err != nil {
		return Identity{}, unknownAs(err)
	}
	return identity(account, kindWeb+hash, ViaCookie), nil
}

func identity(a store.Account, credential, via string) Identity {
	return Identity{AccountID: a.ID, Username: a.Username, Role: a.Role, Credential: credential, Via: via}
}

// unknownAs turns a credential that was not found into the one answer for those.
func unknownAs(err error) error {
	if fault.Is(err, fault.NotFound) {
		return errUnauthenticated()
	}
	return err
}
