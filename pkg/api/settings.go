package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/config"
	"claude-agent-chat/pkg/engine"
)

// settings is what the page has to know before anyone has signed in. Nothing in it is secret.
type settings struct {
	Version       string          `json:"version"`
	WSURL         *string         `json:"wsUrl"` // PUBLIC_WS_URL; null leaves the choice to the page
	DemoModel     bool            `json:"demoModel"`
	Models        []modelChoice   `json:"models"`
	Sandbox       sandboxSettings `json:"sandbox"`
	Signup        string          `json:"signup"`        // what a stranger can do now: first-user, open or closed
	SetupRequired bool            `json:"setupRequired"` // no account exists yet
	AgentEngine   string          `json:"agentEngine"`
	// SSO is what the page calls the provider of sign-ins; null if there is none.
	SSO *string `json:"sso"`
	// DeleteGraceDays is how long what was deleted can be had back.
	DeleteGraceDays int `json:"deleteGraceDays"`
}

type modelChoice struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

type sandboxSettings struct {
	Enabled string `json:"enabled"`
	Network string `json:"network"`
}

func (s *server) getConfig(c echo.Context) error {
	accounts, err := s.store.CountAccounts(c.Request().Context())
	if err != nil {
		return err
	}
	answer := settings{
		Version:       s.version,
		DemoModel:     s.cfg.DemoModel(),
		Models:        modelChoices(s.models),
		Sandbox:       sandboxSettings{Enabled: s.cfg.SandboxEnabled, Network: s.cfg.SandboxNetwork},
		Signup:        signupNow(s.cfg.Signup, accounts > 0),
		SetupRequired: accounts == 0,
		AgentEngine:   s.cfg.AgentEngine,

		DeleteGraceDays: int(s.cfg.DeleteGrace / (24 * time.Hour)),
	}
	if s.cfg.OIDC.Issuer != "" {
		answer.SSO = &s.cfg.OIDC.Name
	}
	if s.cfg.PublicWSURL != "" {
		answer.WSURL = &s.cfg.PublicWSURL
	}
	return writeJSON(c, http.StatusOK, answer)
}

// signupNow is what SIGNUP comes to: first-user is closed once that user is there.
func signupNow(mode string, taken bool) string {
	if mode == config.SignupFirstUser && taken {
		return config.SignupClosed
	}
	return mode
}

func modelChoices(models []engine.Model) []modelChoice {
	choices := make([]modelChoice, 0, len(models))
	for _, m := range models {
		choices = append(choices, modelChoice{ID: m.ID, Name: m.Name, Description: m.Description})
	}
	return choices
}
