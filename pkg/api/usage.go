package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/price"
	"claude-agent-chat/pkg/store"
)

// usageRow is what one account used on a day with a model.
type usageRow struct {
	UserID           string   `json:"userId"`
	Username         string   `json:"username"`
	Day              string   `json:"day"`
	Model            string   `json:"model"`
	Sessions         int64    `json:"sessions"`
	InputTokens      int64    `json:"inputTokens"`
	OutputTokens     int64    `json:"outputTokens"`
	CacheReadTokens  int64    `json:"cacheReadTokens"`
	CacheWriteTokens int64    `json:"cacheWriteTokens"`
	Cost             *float64 `json:"cost"` // US dollars; null if the model has no price here
}

type usageRows struct {
	Items []usageRow `json:"items"`
}

func (s *server) ownUsage(c echo.Context, who auth.Identity) error {
	return s.usage(c, who.AccountID)
}

func (s *server) allUsage(c echo.Context, _ auth.Identity) error {
	return s.usage(c, c.QueryParam("user"))
}

func (s *server) usage(c echo.Context, ownerID string) error {
	filter := store.UsageFilter{OwnerID: ownerID, SessionID: c.QueryParam("session"), From: c.QueryParam("from"), To: c.QueryParam("to")}
	for name, day := range map[string]string{"from": filter.From, "to": filter.To} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return fault.New(fault.Invalid, "The parameter %s must be a day, such as 2026-01-31.", name)
		}
	}
	rows, err := s.store.UsageByDay(c.Request().Context(), filter)
	if err != nil {
		return err
	}
	answer := usageRows{Items: make([]usageRow, 0, len(rows))}
	for _, r := range rows {
		row := usageRow{
			UserID: r.OwnerID, Username: r.Username, Day: r.Day, Model: r.Model, Sessions: r.Sessions, InputTokens: r.Input, OutputTokens: r.Output, CacheReadTokens: r.CacheRead, CacheWriteTokens: r.CacheWrite,
		}
		if cost, known := price.Default.Cost(r.Model, acp.Usage{InputTokens: r.Input, OutputTokens: r.Output, CacheReadTokens: r.CacheRead, CacheWriteTokens: r.CacheWrite}); known {
			row.Cost = &cost
		}
		answer.Items = append(answer.Items, row)
	}
	return writeJSON(c, http.StatusOK, answer)
}

// turnRow is a turn that runs. Its words are its owner's.
type turnRow struct {
	SessionID string `json:"sessionId"`
	UserID    string `json:"userId"`
	Username  string `json:"username"`
	State     string `json:"state"`
	UpdatedAt string `json:"updatedAt"`
}

type turnRows struct {
	Items []turnRow `json:"items"`
}

func (s *server) runningTurns(c echo.Context, _ auth.Identity) error {
	rows, err := s.store.RunningTurns(c.Request().Context())
	if err != nil {
		return err
	}
	answer := turnRows{Items: make([]turnRow, 0, len(rows))}
	for _, r := range rows {
		answer.Items = append(answer.Items, turnRow{r.SessionID, r.OwnerID, r.Username, r.State, stamp(time.UnixMilli(r.UpdatedAt))})
	}
	return writeJSON(c, http.StatusOK, answer)
}
