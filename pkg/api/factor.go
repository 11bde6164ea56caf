package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/fault"
)

var errNoFactor = fault.New(fault.NotFound, "There is no second factor.")

// readPassword reads a body that proves that the caller knows the password.
func readPassword(c echo.Context) (string, error) {
	var body struct {
		Password *string `json:"password"`
	}
	if err := decode(c, &body); err != nil {
		return "", err
	}
	return required("password", body.Password)
}

func (s *server) getFactor(c echo.Context, who auth.Identity) error {
	on, err := s.auth.HasFactor(c.Request().Context(), who.AccountID)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, map[string]bool{"on": on})
}

func (s *server) beginFactor(c echo.Context, who auth.Identity) error {
	password, err := readPassword(c)
	if err != nil {
		return err
	}
	begun, err := s.auth.BeginFactor(c.Request().Context(), who, s.proxies.Client(c.Request()), password)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusCreated, map[string]string{"secret": begun.Secret, "uri": begun.URI, "qr": begun.QR})
}

func (s *server) confirmFactor(c echo.Context, who auth.Identity) error {
	var body struct {
		Code *string `json:"code"`
	}
	if err := decode(c, &body); err != nil {
		return err
	}
	code, err := required("code", body.Code)
	if err != nil {
		return err
	}
	recovery, err := s.auth.ConfirmFactor(c.Request().Context(), who, code)
	if err != nil {
		return notFoundAs(err, errNoFactor)
	}
	return writeJSON(c, http.StatusOK, map[string][]string{"recoveryCodes": recovery})
}

func (s *server) removeFactor(c echo.Context, who auth.Identity) error {
	password, err := readPassword(c)
	if err != nil {
		return err
	}
	if err := s.auth.RemoveFactor(c.Request().Context(), who, s.proxies.Client(c.Request()), password); err != nil {
		return notFoundAs(err, errNoFactor)
	}
	return c.NoContent(http.StatusNoContent)
}

// removeFactorOf is for people who have lost their authenticator and their recovery codes.
func (s *server) removeFactorOf(c echo.Context, who auth.Identity) error {
	if err := s.auth.RemoveFactorOf(c.Request().Context(), who, c.Param("id")); err != nil {
		return notFoundAs(err, errNoFactor)
	}
	return c.NoContent(http.StatusNoContent)
}
