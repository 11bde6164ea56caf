package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/door"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/health"
	"claude-agent-chat/pkg/transcript"
)

// maxBody bounds the body of a REST request here, in bytes.
const maxBody = 64 << 10

// maxTitle bounds a session's title, in characters.
const maxTitle = 200

// Handler is everything that the gateway's port serves: the WebSocket, the health routes, and the changes of
// sessions that only the writer of transcripts may make.
func (g *Gateway) Handler(checks *health.Checker) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /ws/agent", g)
	mux.Handle("GET /api/health", checks.Health())
	mux.Handle("GET /api/livez", checks.Live())
	mux.Handle("GET /api/readyz", checks.Ready())
	mux.HandleFunc("PATCH /api/sessions/{id}", g.renameSession)
	mux.HandleFunc("DELETE /api/sessions/{id}", g.change(func(r *http.Request, owner string) error {
		return g.opts.Sessions.Delete(r.Context(), owner, r.PathValue("id"))
	}))
	mux.HandleFunc("POST /api/sessions/{id}/fork", g.forkSession)
	mux.HandleFunc("GET /api/admin/boundary", g.showBoundary)
	mux.HandleFunc("POST /api/admin/boundary/test", g.showBoundary)
	mux.HandleFunc("DELETE /api/projects/{name}", g.change(func(r *http.Request, owner string) error {
		return g.opts.Sessions.DeleteProject(r.Context(), owner, r.PathValue("name"))
	}))
	mux.HandleFunc("POST /api/trash/{id}/restore", g.change(func(r *http.Request, owner string) error {
		_, err := g.opts.Sessions.Restore(r.Context(), owner, r.PathValue("id"))
		return err
	}))
	mux.HandleFunc("DELETE /api/trash/{id}", g.change(func(r *http.Request, owner string) error {
		return g.opts.Sessions.Purge(owner, r.PathValue("id"))
	}))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, fault.New(fault.NotFound, "There is nothing here. The page is on the app's port."))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		door.Harden(w.Header(), "", r.TLS != nil || strings.HasPrefix(g.opts.PublicURL, "https://"))
		w.Header().Set("Cache-Control", "no-store")
		if err := g.opts.Hosts.Check(r); err != nil && !isProbe(r.URL.Path) {
			writeError(w, err)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// isProbe is for paths that an orchestrator asks, by whatever name the container has there.
func isProbe(path string) bool {
	return path == "/api/health" || path == "/api/livez" || path == "/api/readyz"
}

// caller is who makes a REST request; one that a foreign page makes is refused.
func (g *Gateway) caller(r *http.Request) (auth.Identity, error) {
	if _, ok := g.originAllowed(r); !ok {
		return auth.Identity{}, fault.New(fault.Forbidden, "This origin may not change anything here.")
	}
	return g.opts.Auth.Authenticate(r)
}

func (g *Gateway) renameSession(w http.ResponseWriter, r *http.Request) {
	who, err := g.caller(r)
	if err != nil {
		writeError(w, err)
		return
	}
	var body struct {
		Title string `json:"title"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&body); err != nil {
		writeError(w, fault.New(fault.Invalid, "The body must be a JSON object with a title."))
		return
	}
	title := strings.TrimSpace(body.Title)
	if title == "" || utf8.RuneCountInString(title) > maxTitle || strings.ContainsAny(title, "\r\n\x00") {
		writeError(w, fault.New(fault.Invalid, "A title has 1 to %d characters on one line.", maxTitle))
		return
	}
	if err := g.opts.Sessions.Rename(r.Context(), who.AccountID, r.PathValue("id"), title); err != nil {
		writeError(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// change answers a request of the caller's that has no body and no answer.
func (g *Gateway) change(do func(r *http.Request, owner string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, err := g.caller(r)
		if err == nil {
			err = do(r, who.AccountID)
		}
		if err != nil {
			writeError(w, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

// forkSession answers with the id of the new session.
func (g *Gateway) forkSession(w http.ResponseWriter, r *http.Request) {
	who, err := g.caller(r)
	if err != nil {
		writeError(w, err)
		return
	}
	var body struct {
		MessageID string `json:"messageId"`
		Cursor    string `json:"cursor"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&body); err != nil {
		writeError(w, fault.New(fault.Invalid, "The body must be a JSON object."))
		return
	}
	at := transcript.ForkPoint{UUID: body.MessageID, Cursor: body.Cursor}
	id, err := g.opts.Sessions.Fork(r.Context(), who.AccountID, r.PathValue("id"), at)
	if err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	if err := json.NewEncoder(w).Encode(map[string]string{"id": id}); err != nil {
		return
	}
}

// writeError answers with the contract's error object.
func writeError(w http.ResponseWriter, err error) {
	code := fault.CodeOf(err)
	status := code.HTTPStatus()
	w.Header().Set("Content-Type", "application/json")
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "2")
	}
	w.WriteHeader(status)
	body := map[string]any{"error": map[string]string{"code": string(code), "message": fault.Message(err)}}
	if err := json.NewEncoder(w).Encode(body); err != nil {
		return
	}
}
