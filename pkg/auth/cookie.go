package auth

import (
	"net/http"
	"time"
)

// The names of the cookie. Browsers take one with the prefix only over https, from this very host, for all paths.
const (
	cookieHTTP  = "agentchat"
	cookieHTTPS = "__Host-agentchat"
)

// overHTTPS reports whether people reach the server over https, also if a proxy before it ends the encryption.
func (s *Service) overHTTPS(r *http.Request) bool { return s.https || r.TLS != nil }

func (s *Service) cookieName(r *http.Request) string {
	if s.overHTTPS(r) {
		return cookieHTTPS
	}
	return cookieHTTP
}

// cookie gives the secret of the request's web session. Where the server is reached over https, a cookie without the
// prefix does not count: another site of the domain may have set it.
func (s *Service) cookie(r *http.Request) (token string, ok bool) {
	c, err := r.Cookie(s.cookieName(r))
	if err != nil || !wellFormed(c.Value) {
		return "", false
	}
	return c.Value, true
}

// SetCookie hands out the token of a new web session.
func (s *Service) SetCookie(w http.ResponseWriter, r *http.Request, token string) {
	http.SetCookie(w, s.newCookie(r, token, int(sessionLife/time.Second)))
}

// ClearCookie makes the browser forget its web session.
func (s *Service) ClearCookie(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, s.newCookie(r, "", -1))
}

func (s *Service) newCookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure is missing over plain http only, where browsers would drop it.
		Name: s.cookieName(r), Value: value, Path: "/", MaxAge: maxAge,
		Secure: s.overHTTPS(r), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}
