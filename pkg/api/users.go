package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
)

// The answers to ids that are nobody's.
var (
	errNoUser       = fault.New(fault.NotFound, "There is no such user.")
	errNoLink       = fault.New(fault.NotFound, "There is no such link.")
	errNoWebSession = fault.New(fault.NotFound, "There is no such web session.")
)

func (s *server) changePassword(c echo.Context, who auth.Identity) error {
	var body struct {
		Current *string `json:"current"`
		Next    *string `json:"next"`
	}
	if err := decode(c, &body); err != nil {
		return err
	}
	current, err := required("current", body.Current)
	if err != nil {
		return err
	}
	next, err := required("next", body.Next)
	if err != nil {
		return err
	}
	if err := s.auth.ChangePassword(c.Request().Context(), who, s.proxies.Client(c.Request()), current, next); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// resetPassword sets a password by a one-time link. It signs nobody in.
func (s *server) resetPassword(c echo.Context) error {
	var body struct {
		Link     *string `json:"link"`
		Password *string `json:"password"`
	}
	if err := decode(c, &body); err != nil {
		return err
	}
	link, err := required("link", body.Link)
	if err != nil {
		return err
	}
	password, err := required("password", body.Password)
	if err != nil {
		return err
	}
	if err := s.auth.ResetPassword(c.Request().Context(), s.proxies.Client(c.Request()), link, password); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// webSessionRow is a web session as its owner sees it.
type webSessionRow struct {
	ID        string `json:"id"`
	Current   bool   `json:"current"`
	Address   string `json:"address"`
	CreatedAt string `json:"createdAt"`
	ExpiresAt string `json:"expiresAt"`
}

func (s *server) listWebSessions(c echo.Context, who auth.Identity) error {
	sessions, err := s.auth.ListWebSessions(c.Request().Context(), who)
	if err != nil {
		return err
	}
	rows := make([]webSessionRow, 0, len(sessions))
	for _, one := range sessions {
		rows = append(rows, webSessionRow{one.ID, one.Current, one.Address, stamp(one.CreatedAt), stamp(one.ExpiresAt)})
	}
	return writeJSON(c, http.StatusOK, map[string]any{"items": rows})
}

func (s *server) endWebSession(c echo.Context, who auth.Identity) error {
	id := c.Param("id")
	err := s.auth.EndWebSessions(c.Request().Context(), who, func(one auth.WebSession) bool { return one.ID == id })
	if err != nil {
		return notFoundAs(err, errNoWebSession)
	}
	return c.NoContent(http.StatusNoContent)
}

// endOtherWebSessions ends all of the caller's web sessions but the one that asks. That there is none is no error.
func (s *server) endOtherWebSessions(c echo.Context, who auth.Identity) error {
	err := s.auth.EndWebSessions(c.Request().Context(), who, func(one auth.WebSession) bool { return !one.Current })
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// userRow is an account as administrators see it.
type userRow struct {
	ID        string `json:"id"`
	Username  string `json:"username"`
	Role      string `json:"role"`
	Disabled  bool   `json:"disabled"`
	CreatedAt string `json:"createdAt"`
	// PurgeAt is when a deleted account is removed for good; it can be let in again until then.
	PurgeAt      *string `json:"purgeAt"`
	SecondFactor bool    `json:"secondFactor"`
}

func (s *server) userRowOf(a store.Account) userRow {
	row := userRow{ID: a.ID, Username: a.Username, Role: a.Role, Disabled: a.Disabled, CreatedAt: stamp(a.CreatedAt)}
	if !a.DeletedAt.IsZero() {
		at := stamp(a.DeletedAt.Add(s.cfg.DeleteGrace))
		row.PurgeAt = &at
	}
	return row
}

func (s *server) listUsers(c echo.Context, _ auth.Identity) error {
	accounts, err := s.store.ListAccounts(c.Request().Context())
	if err != nil {
		return err
	}
	factors, err := s.store.SecondFactors(c.Request().Context())
	if err != nil {
		return err
	}
	rows := make([]userRow, 0, len(accounts))
	for _, a := range accounts {
		row := s.userRowOf(a)
		row.SecondFactor = factors[a.ID]
		rows = append(rows, row)
	}
	return writeJSON(c, http.StatusOK, map[string]any{"items": rows})
}

func (s *server) patchUser(c echo.Context, who auth.Identity) error {
	var change struct {
		Role     *string `json:"role"`
		Disabled *bool   `json:"disabled"`
	}
	if err := decode(c, &change); err != nil {
		return err
	}
	account, err := s.auth.ChangeAccount(c.Request().Context(), who, c.Param("id"), store.AccountChange{Role: change.Role, Disabled: change.Disabled})
	if err != nil {
		return notFoundAs(err, errNoUser)
	}
	row := s.userRowOf(account)
	if row.SecondFactor, err = s.auth.HasFactor(c.Request().Context(), account.ID); err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, row)
}

// deleteUser keeps an account out, ends what it runs, and has it removed for good when the grace period is over.
func (s *server) deleteUser(c echo.Context, who auth.Identity) error {
	if err := s.auth.DeleteAccount(c.Request().Context(), who, c.Param("id")); err != nil {
		return notFoundAs(err, errNoUser)
	}
	return c.NoContent(http.StatusNoContent)
}

// deleteMe deletes the caller's own account.
func (s *server) deleteMe(c echo.Context, who auth.Identity) error {
	password, err := readPassword(c)
	if err != nil {
		return err
	}
	if err := s.auth.DeleteOwnAccount(c.Request().Context(), who, s.proxies.Client(c.Request()), password); err != nil {
		return err
	}
	s.auth.ClearCookie(c.Response(), c.Request())
	return c.NoContent(http.StatusNoContent)
}

// linkRow is a one-time link. The secret is there only in the answer that makes it.
type linkRow struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Role      string `json:"role"`
	UserID    string `json:"userId"`
	CreatedAt string `json:"createdAt"`
	ExpiresAt string `json:"expiresAt"`
}

type newLink struct {
	linkRow
	Secret string `json:"secret"`
}

func linkRowOf(l store.Link) linkRow {
	return linkRow{ID: l.ID, Kind: l.Kind, Role: l.Role, UserID: l.AccountID, CreatedAt: stamp(l.CreatedAt), ExpiresAt: stamp(l.ExpiresAt)}
}

func (s *server) listLinks(c echo.Context, _ auth.Identity) error {
	links, err := s.auth.ListLinks(c.Request().Context())
	if err != nil {
		return err
	}
	rows := make([]linkRow, 0, len(links))
	for _, l := range links {
		rows = append(rows, linkRowOf(l))
	}
	return writeJSON(c, http.StatusOK, map[string]any{"items": rows})
}

func (s *server) invite(c echo.Context, who auth.Identity) error {
	var body struct {
		Role *string `json:"role"`
	}
	if err := decode(c, &body); err != nil {
		return err
	}
	role, err := required("role", body.Role)
	if err != nil {
		return err
	}
	link, secret, err := s.auth.Invite(c.Request().Context(), who, role)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusCreated, newLink{linkRowOf(link), secret})
}

func (s *server) offerReset(c echo.Context, who auth.Identity) error {
	link, secret, err := s.auth.OfferReset(c.Request().Context(), who, c.Param("id"))
	if err != nil {
		return notFoundAs(err, errNoUser)
	}
	return writeJSON(c, http.StatusCreated, newLink{linkRowOf(link), secret})
}

func (s *server) deleteLink(c echo.Context, who auth.Identity) error {
	if err := s.store.DeleteLink(c.Request().Context(), c.Param("id")); err != nil {
		return notFoundAs(err, errNoLink)
	}
	s.note(c, who, audit.LinkDeleted, c.Param("id"), nil)
	return c.NoContent(http.StatusNoContent)
}
