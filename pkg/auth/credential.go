package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
)

const (
	tokenPrefix  = "cac_"
	ticketLife   = 30 * time.Second
	maxTokenName = 100 // characters
)

// The kinds of credentials, as they stand in Identity.Credential before the hash.
const (
	kindWeb   = "web:"
	kindToken = "token:"
)

// secretBytes is the strength of every secret that is made here.
const secretBytes = 32

// newSecret makes a random text that fits into cookies, headers and WebSocket subprotocols.
func newSecret() string {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // It never fails.
	return base64.RawURLEncoding.EncodeToString(b)
}

// wellFormed reports whether newSecret may have made the text; others need not be looked up.
func wellFormed(secret string) bool {
	b, err := base64.RawURLEncoding.DecodeString(secret)
	return err == nil && len(b) == secretBytes
}

// hashOf is what is kept of a secret. It needs no salt and no slowness: the secret is random.
func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// byToken reads an Authorization header.
func (s *Service) byToken(ctx context.Context, header string) (Identity, error) {
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	secret, ok := strings.CutPrefix(token, tokenPrefix)
	if !ok || !strings.EqualFold(scheme, "Bearer") || !wellFormed(secret) {
		return Identity{}, errUnauthenticated()
	}
	hash := hashOf(token)
	account, err := s.store.AccountByToken(ctx, hash)
	if err != nil {
		return Identity{}, unknownAs(err)
	}
	return identity(account, kindToken+hash, ViaBearer), nil
}

// CreateToken makes a token for the caller's programs. The token is never shown again.
func (s *Service) CreateToken(ctx context.Context, who Identity, name string) (id, token string, err error) {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > maxTokenName || strings.ContainsFunc(name, unicode.IsControl) {
		return "", "", fault.New(fault.Invalid, "A token's name has 1 to %d characters on one line.", maxTokenName)
	}
	if err := s.rates.tokens.take(who.AccountID); err != nil {
		return "", "", err
	}
	id, token = uuid.NewString(), tokenPrefix+newSecret()
	err = s.store.CreateToken(ctx, store.Token{
		ID: id, AccountID: who.AccountID, Hash: hashOf(token), Name: name, CreatedAt: time.Now(),
	})
	if err != nil {
		return "", "", err
	}
	return id, token, nil
}

// ListTokens lists the caller's tokens, the newest first.
func (s *Service) ListTokens(ctx context.Context, who Identity) ([]store.Token, error) {
	return s.store.ListTokens(ctx, who.AccountID)
}

// DeleteToken removes one of the caller's tokens; any other is NotFound.
func (s *Service) DeleteToken(ctx context.Context, who Identity, id string) error {
	return s.store.DeleteToken(ctx, who.AccountID, id)
}

// IssueTicket makes a ticket that lets the caller in once within 30 s, and no longer than the credential that it used
// itself.
func (s *Service) IssueTicket(ctx context.Context, who Identity) (ticket string, expires time.Time, err error) {
	if err := s.rates.tickets.take(who.AccountID); err != nil {
		return "", time.Time{}, err
	}
	ticket, expires = newSecret(), time.Now().Add(ticketLife)
	err = s.store.CreateTicket(ctx, store.Ticket{
		Hash: hashOf(ticket), AccountID: who.AccountID, Credential: who.Credential, ExpiresAt: expires,
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return ticket, expires, nil
}

// RedeemTicket uses a ticket up and says whom it lets in. Any that is not valid is Unauthenticated.
func (s *Service) RedeemTicket(ctx context.Context, ticket string) (Identity, error) {
	if !wellFormed(ticket) {
		return Identity{}, errUnauthenticated()
	}
	account, credential, err := s.store.RedeemTicket(ctx, hashOf(ticket), time.Now())
	if err != nil {
		return Identity{}, unknownAs(err)
	}
	revoked, err := s.Revoked(ctx, []string{credential})
	if err != nil {
		return Identity{}, err
	}
	if len(revoked) > 0 {
		return Identity{}, errUnauthenticated()
	}
	return identity(account, credential, ViaTicket), nil
}

// Revoked gives those of the credentials (Identity.Credential) that let nobody in any more: signed out, deleted,
// expired, or of a disabled account. If the database cannot be asked it is an error, and nothing is known.
func (s *Service) Revoked(ctx context.Context, credentials []string) ([]string, error) {
	var web, tokens []string
	for _, c := range credentials {
		if hash, ok := strings.CutPrefix(c, kindWeb); ok {
			web = append(web, hash)
		} else if hash, ok := strings.CutPrefix(c, kindToken); ok {
			tokens = append(tokens, hash)
		}
	}
	valid := map[string]bool{}
	note := func(kind string, hashes []string, err error) error {
		for _, hash := range hashes {
			valid[kind+hash] = true
		}
		return err
	}
	found, err := s.store.ValidWebSessions(ctx, web, time.Now())
	if err := note(kindWeb, found, err); err != nil {
		return nil, err
	}
	found, err = s.store.ValidTokens(ctx, tokens)
	if err := note(kindToken, found, err); err != nil {
		return nil, err
	}
	var revoked []string
	for _, c := range credentials {
		if !valid[c] {
			revoked = append(revoked, c)
		}
	}
	return revoked, nil
}
