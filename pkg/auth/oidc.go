package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/uuid"
	"golang.org/x/oauth2"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
)

// ProviderOptions name a provider of sign-ins that speaks OpenID Connect.
type ProviderOptions struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	// Callback is the address of this server to which the provider sends people back.
	Callback string
	// SignUp makes an account for everybody whom the provider vouches for; otherwise the settings for sign-ups hold.
	SignUp bool
}

// The bounds of a sign-in by a provider.
const (
	flowLife     = 10 * time.Minute // from leaving for the provider to coming back
	providerTime = 10 * time.Second // for each request to it
	flowSuffix   = "-flow"          // of the cookie that binds the two
	maxNameTries = 50               // for a name that is taken
)

// provider finds out how a provider is to be spoken to when that is needed first, so that its absence at the start does not
// matter.
type provider struct {
	opts   ProviderOptions
	client *http.Client

	mu       sync.Mutex
	known    *oidc.Provider
	verifier *oidc.IDTokenVerifier
}

func newProvider(opts ProviderOptions) *provider {
	if opts.Issuer == "" {
		return nil
	}
	return &provider{opts: opts, client: &http.Client{Timeout: providerTime}}
}

// flow is what a browser keeps while its person is at the provider. Only this browser can end what it began.
type flow struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`           // of PKCE
	Link     bool   `json:"l,omitempty"` // the identity is to be added to the account that is signed in
	Began    int64  `json:"b"`
}

func errNoProvider() error {
	return fault.New(fault.NotFound, "There is no provider of sign-ins here.")
}

// discover asks the provider for its addresses, once.
func (p *provider) discover(ctx context.Context) (*oauth2.Config, *oidc.IDTokenVerifier, error) {
	if p == nil {
		return nil, nil, errNoProvider()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		// The provider keeps the client of this context for later: that of its keys.
		found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.opts.Issuer)
		if err != nil {
			return nil, nil, fault.Wrap(err, fault.Unavailable, "The provider of sign-ins does not answer. Try again, or use your password.")
		}
		p.known, p.verifier = found, found.Verifier(&oidc.Config{ClientID: p.opts.ClientID})
	}
	return &oauth2.Config{
		ClientID: p.opts.ClientID, ClientSecret: p.opts.ClientSecret, Endpoint: p.known.Endpoint(), RedirectURL: p.opts.Callback,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}, p.verifier, nil
}

// Leave gives the address at the provider to which a person is sent, and sets the cookie with which they come back. With
// link, the identity is added to the account that is signed in then.
func (s *Service) Leave(ctx context.Context, w http.ResponseWriter, r *http.Request, link bool) (address string, err error) {
	config, _, err := s.provider.discover(ctx)
	if err != nil {
		return "", err
	}
	f := flow{State: newSecret(), Nonce: newSecret(), Verifier: oauth2.GenerateVerifier(), Link: link, Began: time.Now().Unix()}
	body, err := json.Marshal(f)
	if err != nil {
		return "", fmt.Errorf("marshal flow: %w", err)
	}
	s.setFlow(w, r, base64.RawURLEncoding.EncodeToString(body), int(flowLife/time.Second))
	return config.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), nil
}

func (s *Service) setFlow(w http.ResponseWriter, r *http.Request, value string, maxAge int) {
	c := s.newCookie(r, value, maxAge) //nolint:gosec // as there.
	c.Name += flowSuffix
	http.SetCookie(w, c)
}

// takeFlow takes the flow that the request's browser keeps, if it is the one of the answer's state.
func (s *Service) takeFlow(w http.ResponseWriter, r *http.Request) (f flow, err error) {
	refused := fault.New(fault.Forbidden, "This sign-in was not begun in this browser, or too long ago. Begin again.")
	c, err := r.Cookie(s.cookieName(r) + flowSuffix)
	if err != nil {
		return f, refused
	}
	s.setFlow(w, r, "", -1)
	body, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || json.Unmarshal(body, &f) != nil || f.State == "" || hashOf(f.State) != hashOf(r.FormValue("state")) {
		return f, refused
	}
	if age := time.Since(time.Unix(f.Began, 0)); age < 0 || age > flowLife {
		return f, refused
	}
	return f, nil
}

// claims are what a provider says of a person.
type claims struct {
	Name      string `json:"name"`
	Preferred string `json:"preferred_username"`
	Email     string `json:"email"`
	subject   string
}

// Return ends what Leave began: it signs in the person whom the provider vouches for, or adds the identity to the account
// that is signed in; then the token is empty. remoteAddr is the person's address.
func (s *Service) Return(w http.ResponseWriter, r *http.Request, remoteAddr string) (Identity, string, error) {
	ctx := r.Context()
	f, err := s.takeFlow(w, r)
	if err != nil {
		return Identity{}, "", err
	}
	if r.FormValue("error") != "" {
		return Identity{}, "", fault.New(fault.Forbidden, "The provider did not sign you in.")
	}
	said, err := s.provider.redeem(ctx, r.FormValue("code"), f)
	if err != nil {
		return Identity{}, "", err
	}
	if f.Link {
		who, err := s.Authenticate(r)
		if err == nil {
			err = s.store.AddIdentity(ctx, s.provider.opts.Issuer, said.subject, who.AccountID)
		}
		if err == nil {
			s.audit.Add(audit.Entry{Actor: who.AccountID, Action: audit.IdentityAdded, Target: who.AccountID, Address: remoteAddr})
		}
		return who, "", err
	}
	account, err := s.accountOf(ctx, said, remoteAddr)
	if err != nil {
		return Identity{}, "", err
	}
	if account.Disabled {
		s.audit.Add(audit.Entry{Action: audit.SignInFailed, Target: account.ID, Address: remoteAddr})
		return Identity{}, "", fault.New(fault.Forbidden, "This account is kept out. Ask an administrator.")
	}
	s.audit.Add(audit.Entry{Actor: account.ID, Action: audit.SignIn, Address: remoteAddr, Detail: map[string]string{"by": "provider"}})
	return s.openSession(ctx, account, remoteAddr)
}

// redeem exchanges the code of an answer for what the provider says of the person.
func (p *provider) redeem(ctx context.Context, code string, f flow) (claims, error) {
	config, verifier, err := p.discover(ctx)
	if err != nil {
		return claims{}, err
	}
	refused := func(err error) error {
		var answered *oauth2.RetrieveError
		if errors.As(err, &answered) {
			err = fmt.Errorf("provider answered %d %s", answered.Response.StatusCode, answered.ErrorCode) // its body may hold anything.
		}
		return fault.Wrap(err, fault.Forbidden, "The provider's answer was not accepted. Begin again.")
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return claims{}, refused(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return claims{}, refused(errors.New("no id_token"))
	}
	vouched, err := verifier.Verify(ctx, raw)
	if err != nil {
		return claims{}, refused(err)
	}
	if vouched.Nonce != f.Nonce || vouched.Subject == "" {
		return claims{}, refused(errors.New("another nonce, or no subject"))
	}
	said := claims{subject: vouched.Subject}
	if err := vouched.Claims(&said); err != nil {
		return claims{}, refused(err)
	}
	if said.Preferred == "" && said.Email == "" && said.Name == "" {
		p.askMore(ctx, token, &said)
	}
	return said, nil
}

// askMore asks for what the token does not say. It is for a name only, so that its failure does not matter.
func (p *provider) askMore(ctx context.Context, token *oauth2.Token, said *claims) {
	p.mu.Lock()
	known := p.known
	p.mu.Unlock()
	info, err := known.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil || info.Subject != said.subject {
		return
	}
	var more claims
	if info.Claims(&more) == nil {
		said.Name, said.Preferred, said.Email = more.Name, more.Preferred, more.Email
	}
}

// accountOf finds the account of a person, or makes one if that is allowed.
func (s *Service) accountOf(ctx context.Context, said claims, remoteAddr string) (store.Account, error) {
	issuer := s.provider.opts.Issuer
	account, err := s.store.AccountByIdentity(ctx, issuer, said.subject)
	if !fault.Is(err, fault.NotFound) {
		return account, err
	}
	if !s.provider.opts.SignUp {
		if err := s.maySignUp(ctx); err != nil {
			return account, err
		}
	}
	if err := s.rates.signUps.take(placeOf(remoteAddr)); err != nil {
		return account, err
	}
	hash, err := s.hasher.hash(ctx, newSecret()) // a password that nobody knows.
	if err != nil {
		return account, err
	}
	if account, err = s.createNamed(ctx, said.names(), hash); err != nil {
		return account, err
	}
	if err := s.store.AddIdentity(ctx, issuer, said.subject, account.ID); err != nil {
		// Twice at once: the other one was first. What was made here is nobody's.
		return account, errors.Join(err, s.store.RemoveAccount(ctx, account.ID))
	}
	s.created(ctx, account, remoteAddr, "provider")
	return account, nil
}

// createNamed makes an account with the first of the names that is free, where one may be made.
func (s *Service) createNamed(ctx context.Context, names []string, hash string) (store.Account, error) {
	open := s.provider.opts.SignUp || s.signup == config.SignupOpen
	for _, name := range names {
		account, err := s.create(ctx, store.Account{ID: uuid.NewString(), Username: name, PasswordHash: hash, CreatedAt: time.Now()}, open)
		if !fault.Is(err, fault.Conflict) {
			return account, err
		}
	}
	return store.Account{}, fault.New(fault.Conflict, "All names that would fit you are taken. Ask an administrator for an account.")
}

// names are the names that an account of a person may get, the best first.
func (c *claims) names() []string {
	local, _, _ := strings.Cut(c.Email, "@")
	base := "user"
	for _, candidate := range []string{c.Preferred, local, c.Name} {
		cleaned := strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) {
				return '.'
			}
			if notInUsername(r) {
				return -1
			}
			return r
		}, candidate)
		if runes := []rune(cleaned); len(runes) > maxUsername-3 {
			cleaned = string(runes[:maxUsername-3])
		}
		if name, err := checkUsername(cleaned); err == nil {
			base = name
			break
		}
	}
	names := []string{base}
	for n := 2; n <= maxNameTries; n++ {
		names = append(names, fmt.Sprintf("%s-%d", base, n))
	}
	return names
}

// Linked reports whether the provider's sign-in leads to the caller's account. It is NotFound where there is no provider.
func (s *Service) Linked(ctx context.Context, who Identity) (bool, error) {
	if s.provider == nil {
		return false, errNoProvider()
	}
	n, err := s.store.IdentitiesOf(ctx, s.provider.opts.Issuer, who.AccountID)
	return n > 0, err
}

// Unlink has the provider's sign-in lead to the caller's account no longer.
func (s *Service) Unlink(ctx context.Context, who Identity) error {
	if s.provider == nil {
		return errNoProvider()
	}
	if err := s.store.DeleteIdentities(ctx, s.provider.opts.Issuer, who.AccountID); err != nil {
		return err
	}
	s.audit.Add(audit.Entry{Actor: who.AccountID, Action: audit.IdentityRemoved, Target: who.AccountID})
	return nil
}
