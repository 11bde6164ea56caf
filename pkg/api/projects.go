package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/workspace"
)

// projectRow is a project: a directory below the caller's workspace.
type projectRow struct {
	Name       string `json:"name"`
	Path       string `json:"path"`
	ModifiedAt string `json:"modifiedAt"`
}

func describeProject(p workspace.Project) projectRow {
	return projectRow{Name: p.Name, Path: p.Path, ModifiedAt: stamp(p.ModifiedAt)}
}

func (s *server) listProjects(c echo.Context, who auth.Identity) error {
	if err := workspace.Ensure(s.cfg.SessionsRoot, who.AccountID); err != nil {
		return err
	}
	found, err := workspace.ListProjects(s.home(who))
	if err != nil {
		return err
	}
	rows := make([]projectRow, 0, len(found))
	for _, p := range found {
		rows = append(rows, describeProject(p))
	}
	return writeJSON(c, http.StatusOK, map[string]any{"items": rows})
}

func (s *server) createProject(c echo.Context, who auth.Identity) error {
	var body struct {
		Name *string `json:"name"`
	}
	if err := decode(c, &body); err != nil {
		return err
	}
	name, err := required("name", body.Name)
	if err != nil {
		return err
	}
	if err := workspace.Ensure(s.cfg.SessionsRoot, who.AccountID); err != nil {
		return err
	}
	made, err := workspace.CreateProject(s.home(who), name)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusCreated, describeProject(made))
}
