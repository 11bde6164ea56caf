package api

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/store"
)

// auditPage is how many entries an export reads at once.
const auditPage = 1000

// auditRow is an entry of the audit log as administrators see it.
type auditRow struct {
	Seq      int64           `json:"seq"`
	At       string          `json:"at"`
	Actor    string          `json:"actor"`
	Username string          `json:"username"`
	Action   string          `json:"action"`
	Target   string          `json:"target"`
	Address  string          `json:"address"`
	Detail   json.RawMessage `json:"detail"`
	Hash     string          `json:"hash"`
}

type auditRows struct {
	Items []auditRow `json:"items"`
	Next  *int64     `json:"next"` // the parameter before for the page behind this one; null at the end
}

func auditRowOf(e store.AuditEntry) auditRow {
	return auditRow{
		Seq: e.Seq, At: stamp(e.At), Actor: e.Actor, Username: e.Name, Action: e.Action, Target: e.Target,
		Address: e.Address, Detail: json.RawMessage(e.Detail), Hash: e.Hash,
	}
}

// note writes an entry about a request of somebody who is signed in.
func (s *server) note(c echo.Context, who auth.Identity, action, target string, detail map[string]string) {
	s.audit.Add(audit.Entry{
		Actor: who.AccountID, Action: action, Target: target, Address: s.proxies.Client(c.Request()), Detail: detail,
	})
}

func (s *server) listAudit(c echo.Context, _ auth.Identity) error {
	limit, err := queryInt(c, "limit", 50, 1, 200)
	if err != nil {
		return err
	}
	before, err := queryInt(c, "before", 0, 0, 1<<53)
	if err != nil {
		return err
	}
	entries, err := s.store.ListAudit(c.Request().Context(), store.AuditFilter{
		Before: int64(before), Actor: c.QueryParam("actor"), Action: c.QueryParam("action"), Text: c.QueryParam("q"), Limit: limit + 1,
	})
	if err != nil {
		return err
	}
	answer := auditRows{Items: make([]auditRow, 0, limit)}
	for i, e := range entries {
		if i == limit {
			answer.Next = &entries[limit-1].Seq
			break
		}
		answer.Items = append(answer.Items, auditRowOf(e))
	}
	return writeJSON(c, http.StatusOK, answer)
}

// auditCheck says whether the chain of the audit log holds.
type auditCheck struct {
	Entries int64  `json:"entries"`
	Broken  int64  `json:"broken"`
	Reason  string `json:"reason"`
	Head    string `json:"head"`
}

func (s *server) verifyAudit(c echo.Context, _ auth.Identity) error {
	report, err := audit.Verify(c.Request().Context(), s.store)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, auditCheck(report))
}

// auditWriter writes entries in one of the formats of an export.
type auditWriter interface {
	write(e store.AuditEntry) error
	flush() error
}

type auditJSONL struct{ *json.Encoder }

func (w auditJSONL) write(e store.AuditEntry) error { return w.Encode(auditRowOf(e)) }
func (w auditJSONL) flush() error                   { return nil }

type auditCSV struct{ *csv.Writer }

func (w auditCSV) write(e store.AuditEntry) error {
	return w.Write([]string{
		strconv.FormatInt(e.Seq, 10), stamp(e.At), plainCell(e.Actor), plainCell(e.Name), e.Action, plainCell(e.Target),
		plainCell(e.Address), e.Detail, e.Hash,
	})
}

func (w auditCSV) flush() error {
	w.Flush()
	return w.Error()
}

// plainCell keeps a spreadsheet from taking a text for a formula.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// exportAudit sends the whole log, the oldest entry first.
func (s *server) exportAudit(c echo.Context, who auth.Identity) error {
	format := c.QueryParam("format")
	mediaType, ok := map[string]string{"jsonl": "application/jsonl; charset=utf-8", "csv": "text/csv; charset=utf-8"}[format]
	if !ok {
		return fault.New(fault.Invalid, "The parameter %q must be jsonl or csv.", "format")
	}
	s.note(c, who, audit.LogExported, "", map[string]string{"format": format})
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, mediaType)
	h.Set(echo.HeaderContentDisposition, `attachment; filename="audit.`+format+`"`)
	h.Set(echo.HeaderCacheControl, "no-store")
	c.Response().WriteHeader(http.StatusOK)
	if err := s.copyAudit(c, newAuditWriter(format, c.Response())); err != nil {
		s.log.Warn("export broken off", "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

func newAuditWriter(format string, w io.Writer) auditWriter {
	if format == "jsonl" {
		return auditJSONL{json.NewEncoder(w)}
	}
	table := csv.NewWriter(w)
	_ = table.Write([]string{"seq", "at", "actor", "username", "action", "target", "address", "detail", "hash"}) // Flush tells.
	return auditCSV{table}
}

func (s *server) copyAudit(c echo.Context, w auditWriter) error {
	for last := int64(0); ; {
		entries, err := s.store.AuditAfter(c.Request().Context(), last, auditPage)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := w.write(e); err != nil {
				return err
			}
			last = e.Seq
		}
		if len(entries) < auditPage {
			return w.flush()
		}
	}
}
