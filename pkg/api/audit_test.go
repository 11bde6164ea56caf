package api_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"claude-agent-chat/pkg/store"
)

type auditList struct {
	Items []struct {
		Seq                                                int64
		Actor, Username, Action, Target, Address, At, Hash string
		Detail                                             map[string]string
	}
	Next *int64
}

// audited gives the actions that are written down, the newest first.
func (p *person) audited(t *testing.T, query string) (actions []string, list auditList) {
	t.Helper()
	p.world.audit.Flush(t.Context())
	p.want(t, http.StatusOK, "GET", "/api/admin/audit?"+query, "").decode(t, &list)
	for _, item := range list.Items {
		actions = append(actions, item.Action)
	}
	return actions, list
}

// TestWhatPeopleDoIsWrittenDown does everything that the log keeps here, and looks for secrets in it.
func TestWhatPeopleDoIsWrittenDown(t *testing.T) {
	w := newWorld(t, withSessionGateway(t))
	admin, owner := w.signUp(t, "admin"), w.signUp(t, "owner")
	session, token := w.ownedThings(t, owner)
	w.guest().call(t, "POST", "/api/auth/login", credentials("owner", "wrong "+password))
	w.guest().call(t, "POST", "/api/auth/login", credentials("nobody", "my password typed as a name"))
	var made struct{ ID, Token string }
	owner.want(t, http.StatusCreated, "POST", "/api/tokens", `{"name":"laptop"}`).decode(t, &made)
	owner.want(t, http.StatusNoContent, "DELETE", "/api/tokens/"+token, "")
	owner.want(t, http.StatusOK, "GET", "/api/sessions/"+session+"/export?format=md", "")
	owner.want(t, http.StatusNoContent, "POST", "/api/auth/logout", "")
	got, list := admin.audited(t, "")
	want := []string{
		"auth.sign_out", "session.exported", "token.deleted", "token.created", "auth.sign_in_failed", "auth.sign_in_failed",
	}
	if fmt.Sprint(got[:len(want)]) != fmt.Sprint(want) {
		t.Errorf("written down: %v\nwant first: %v", got, want)
	}
	if export := list.Items[1]; export.Actor != owner.id || export.Username != "owner" || export.Target != session || export.Address != "127.0.0.1" {
		t.Errorf("export: %+v", export)
	}
	_, secret, _ := strings.Cut(owner.cookie, "=")
	for _, format := range []string{"jsonl", "csv"} {
		body := admin.want(t, http.StatusOK, "GET", "/api/admin/audit/export?format="+format, "").body
		for _, private := range []string{password, secret, made.Token, "my password typed"} {
			if strings.Contains(body, private) {
				t.Errorf("the log holds %q", private)
			}
		}
	}
}

func TestAuditIsSearched(t *testing.T) {
	w := newWorld(t)
	admin, owner := w.signUp(t, "admin"), w.signUp(t, "赵")
	w.audit.Flush(t.Context())
	for i := range 120 {
		entry := store.AuditEntry{ID: fmt.Sprint(i), Actor: owner.id, Action: "tool.called", Target: fmt.Sprintf("s-%03d", i), Detail: `{"tool":"Bash%"}`}
		if err := w.store.AppendAudit(t.Context(), []store.AuditEntry{entry}); err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string]int{
		"limit=200": 122, "action=tool.": 50, "action=tool.&limit=200": 120, "actor=%E8%B5%B5&limit=200": 121, "actor=" + owner.id + "&limit=200": 121,
		"q=s-01&limit=200": 10, "q=Bash%25&limit=200": 120, "q=%25x&limit=200": 0, "actor=nobody": 0, "action=%25": 0,
	} {
		if got, _ := admin.audited(t, query); len(got) != want {
			t.Errorf("%s finds %d, want %d", query, len(got), want)
		}
	}
	seen, before := 0, int64(0)
	for {
		_, page := admin.audited(t, fmt.Sprintf("limit=50&before=%d", before))
		seen += len(page.Items)
		if page.Next == nil {
			break
		}
		before = *page.Next
	}
	if seen != 122 {
		t.Errorf("the pages hold %d entries", seen)
	}
	for _, query := range []string{"limit=0", "limit=x", "before=-1"} {
		admin.want(t, http.StatusBadRequest, "GET", "/api/admin/audit?"+query, "")
	}
}

func TestAuditIsExportedAndVerified(t *testing.T) {
	w := newWorld(t)
	admin := w.signUp(t, "admin")
	w.audit.Flush(t.Context())
	entry := store.AuditEntry{ID: "1", Action: "x", Target: "=1+1", Detail: `{"a":"b,\"c"}`}
	if err := w.store.AppendAudit(t.Context(), []store.AuditEntry{entry}); err != nil {
		t.Fatal(err)
	}
	got := admin.want(t, http.StatusOK, "GET", "/api/admin/audit/export?format=csv", "")
	rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	if err != nil || len(rows) != 3 || rows[2][5] != "'=1+1" || rows[2][7] != entry.Detail {
		t.Errorf("%v %v", err, rows)
	}
	if got.header.Get("Content-Disposition") != `attachment; filename="audit.csv"` {
		t.Errorf("headers %v", got.header)
	}
	lines := strings.Count(admin.want(t, http.StatusOK, "GET", "/api/admin/audit/export?format=jsonl", "").body, "\n")
	if lines != 2 {
		t.Errorf("%d lines", lines)
	}
	admin.want(t, http.StatusBadRequest, "GET", "/api/admin/audit/export?format=xml", "")
	var check struct{ Entries, Broken int64 }
	admin.want(t, http.StatusOK, "GET", "/api/admin/audit/verify", "").decode(t, &check)
	if check.Entries != 2 || check.Broken != 0 {
		t.Errorf("%+v", check)
	}
}
