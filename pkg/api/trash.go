package api

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/session"
)

// The answers to what is not there.
var (
	errNoProject = fault.New(fault.NotFound, "There is no such project.")
	errNoTrash   = fault.New(fault.NotFound, "There is nothing of that kind in the trash.")
)

// trashRow is something that was deleted and can be had back until PurgeAt.
type trashRow struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Name      string `json:"name"` // the session's id, or the project's name
	Title     string `json:"title"`
	Cwd       string `json:"cwd"`
	DeletedAt string `json:"deletedAt"`
	PurgeAt   string `json:"purgeAt"`
}

// deleteProject has the gateway stop what runs in a project and move the project with its sessions into the trash.
func (s *server) deleteProject(c echo.Context, _ auth.Identity) error {
	name, err := pathParam(c, "name")
	if err != nil {
		return errNoProject
	}
	if err := s.ask(c, http.MethodDelete, []string{"projects", name}, nil, nil, errNoProject); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// pathParam is an element of the path. echo gives it as it was sent where the path has other escapes than Go would write.
func pathParam(c echo.Context, name string) (string, error) {
	if c.Request().URL.RawPath == "" {
		return c.Param(name), nil
	}
	return url.PathUnescape(c.Param(name))
}

func (s *server) listTrash(c echo.Context, who auth.Identity) error {
	entries, err := session.Trash(s.home(who))
	if err != nil {
		return err
	}
	rows := make([]trashRow, 0, len(entries))
	for _, e := range entries {
		rows = append(rows, trashRow{
			ID: e.ID, Kind: e.Kind, Name: e.Name, Title: e.Title, Cwd: e.Cwd,
			DeletedAt: stamp(e.DeletedAt), PurgeAt: stamp(e.DeletedAt.Add(s.cfg.DeleteGrace)),
		})
	}
	return writeJSON(c, http.StatusOK, map[string]any{"items": rows})
}

func (s *server) restoreTrash(c echo.Context, _ auth.Identity) error {
	if err := s.ask(c, http.MethodPost, []string{"trash", c.Param("id"), "restore"}, nil, nil, errNoTrash); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *server) purgeTrash(c echo.Context, _ auth.Identity) error {
	if err := s.ask(c, http.MethodDelete, []string{"trash", c.Param("id")}, nil, nil, errNoTrash); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
