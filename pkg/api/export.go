package api

import (
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/door"
	"claude-agent-chat/pkg/export"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/transcript"
)

// exportTypes are the media types of the formats.
var exportTypes = map[export.Format]string{
	export.JSONL: "application/x-ndjson", export.Markdown: "text/markdown; charset=utf-8", export.HTML: "text/html; charset=utf-8",
}

// exportSession sends a session as a file. It is read as it is sent, so that a long one takes no memory; one that cannot be
// read to its end breaks the connection, and is not taken for whole.
func (s *server) exportSession(c echo.Context, who auth.Identity) error {
	row, err := s.ownSession(c, who)
	if err != nil {
		return err
	}
	format := export.Format(c.QueryParam("format"))
	mediaType, ok := exportTypes[format]
	if !ok {
		return fault.New(fault.Invalid, "The parameter %q must be jsonl, md or html.", "format")
	}
	path := index.PathOf(s.cfg.SessionsRoot, row)
	reader, err := transcript.OpenReader(path, -1)
	switch {
	case err == nil:
		defer func() { _ = reader.Close() }()
	case !errors.Is(err, fs.ErrNotExist): // that is a session in which nothing was said yet.
		return err
	}
	s.note(c, who, audit.SessionExported, row.ID, map[string]string{"format": string(format)})
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, mediaType)
	header.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": fileName(row, format) + "." + string(format)}))
	header.Set(echo.HeaderCacheControl, "no-store")
	header.Set("Content-Security-Policy", door.Inert)
	c.Response().WriteHeader(http.StatusOK)
	switch {
	case format != export.JSONL:
		err = export.Write(c.Response(), format, export.Session{
			ID: row.ID, Title: row.Title, Cwd: row.Cwd, CreatedAt: row.CreatedAt, Language: c.QueryParam("lang"),
		}, reader)
	case reader != nil:
		err = transcript.Copy(c.Response(), path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn("export broken off", "session_id", row.ID, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// fileName is the title as a file's name, or the id. A transcript has its id, by which Claude Code finds it.
func fileName(row store.Session, format export.Format) string {
	if format == export.JSONL {
		return row.ID
	}
	name := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, strings.Trim(strings.Join(strings.Fields(row.Title), " "), ". "))
	if runes := []rune(name); len(runes) > 60 {
		name = strings.TrimSpace(string(runes[:60]))
	}
	if name == "" {
		return row.ID
	}
	return name
}
