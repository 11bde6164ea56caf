package api

import (
	"context"
	"errors"
	"io/fs"
	"net/http"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/transcript"
)

// mostPatients bounds the damaged sessions that one answer examines.
const mostPatients = 100

// patient is a session with a damaged transcript. Nothing that was said in it is shown.
type patient struct {
	SessionID string               `json:"sessionId"`
	Username  string               `json:"username"`
	File      string               `json:"file"` // below the sessions root
	Diagnosis transcript.Diagnosis `json:"diagnosis"`
}

type patients struct {
	Items []patient `json:"items"`
}

// examineSessions examines the files of the sessions that the index knows to be damaged.
func (s *server) examineSessions(c echo.Context, _ auth.Identity) error {
	ctx := c.Request().Context()
	rows, err := s.store.DamagedSessions(ctx, mostPatients)
	if err != nil {
		return err
	}
	answer := patients{Items: []patient{}}
	for _, row := range rows {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d, err := transcript.Examine(index.PathOf(s.cfg.SessionsRoot, store.Session{File: row.File}))
		if err != nil {
			s.log.Warn("transcript not examined", "session_id", row.ID, "error", err)
			continue
		}
		answer.Items = append(answer.Items, patient{row.ID, row.Username, row.File, d})
	}
	return writeJSON(c, http.StatusOK, answer)
}

type repairRequest struct {
	SessionID string `json:"sessionId"`
}

// repairSession repairs one transcript. It goes on to its end when the caller has gone.
func (s *server) repairSession(c echo.Context, who auth.Identity) error {
	var req repairRequest
	if err := decode(c, &req); err != nil {
		return err
	}
	ctx := context.WithoutCancel(c.Request().Context())
	if !plainID.MatchString(req.SessionID) {
		return errNoSession
	}
	row, err := s.store.DamagedSession(ctx, req.SessionID)
	if err != nil {
		return notFoundAs(err, errNoSession)
	}
	x := index.New(index.Options{Root: s.cfg.SessionsRoot, Store: s.store, Log: s.log})
	file, err := x.Find(row.OwnerID, row.ID)
	if errors.Is(err, fs.ErrNotExist) {
		return errNoSession
	}
	if err != nil {
		return err
	}
	done, err := x.Repair(ctx, file)
	if err != nil {
		return err
	}
	s.note(c, who, audit.TranscriptRepaired, row.ID, nil)
	s.log.Info("transcript repaired", "session_id", row.ID, "account_id", who.AccountID, "lines", done.Changed, "lost_bytes", done.Lost)
	return writeJSON(c, http.StatusOK, done)
}
