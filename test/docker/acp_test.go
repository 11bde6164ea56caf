//go:build docker

package docker_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"claude-agent-chat/pkg/acp"
)

// person is somebody with a browser: a cookie jar, and the addresses that they were told.
type person struct {
	t       *testing.T
	page    string // of the app
	gateway string // ws://…/ws/agent
	http    *http.Client
}

func newPerson(t *testing.T, page, gateway string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, page: page, gateway: gateway, http: &http.Client{Jar: jar, Timeout: 20 * time.Second}}
}

// rest makes a REST call that must answer with this status, and reads its answer into out unless that is nil.
func (p *person) rest(method, path string, body any, status int, out any) {
	p.t.Helper()
	payload, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.page+path, bytes.NewReader(payload))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", p.page)
	res, err := p.http.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if res.StatusCode != status {
		p.t.Fatalf("%s %s: %s\n%s", method, path, res.Status, data)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			p.t.Fatalf("%s %s: %v\n%s", method, path, err, data)
		}
	}
}

// signUp makes the first account and returns the directory that its sessions start in.
func (p *person) signUp() (cwd string) {
	p.t.Helper()
	p.rest(http.MethodPost, "/api/auth/signup", map[string]string{"username": "ada", "password": "a long enough pass phrase"}, http.StatusCreated, nil)
	var me struct{ Role, DefaultCwd string }
	p.rest(http.MethodGet, "/api/me", nil, http.StatusOK, &me)
	if me.Role != "admin" {
		p.t.Errorf("the first account is %q, not admin", me.Role)
	}
	return me.DefaultCwd
}

// conversation is one ACP connection. It is read only while a call waits, so it needs no goroutine.
type conversation struct {
	t       *testing.T
	ws      *websocket.Conn
	nextID  int
	updates []acp.Update // of every session/update that came
	text    []string     // beside them: the text of each chunk
}

// connect opens a connection the way the page does, with a ticket, and initializes it.
func (p *person) connect() *conversation {
	p.t.Helper()
	var ticket struct{ Ticket string }
	p.rest(http.MethodPost, "/api/ws-ticket", struct{}{}, http.StatusOK, &ticket)
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Second)
	defer cancel()
	ws, res, err := websocket.Dial(ctx, p.gateway, &websocket.DialOptions{
		Subprotocols: []string{"acp.v1", "ticket." + ticket.Ticket},
		HTTPHeader:   http.Header{"Origin": {p.page}},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if res.Header.Get("Acp-Connection-Id") == "" || ws.Subprotocol() != "acp.v1" {
		p.t.Errorf("upgrade: subprotocol %q, headers %v", ws.Subprotocol(), res.Header)
	}
	ws.SetReadLimit(16 << 20)
	p.t.Cleanup(func() { _ = ws.CloseNow() })
	c := &conversation{t: p.t, ws: ws}
	c.call(acp.MethodInitialize, acp.InitializeRequest{ProtocolVersion: acp.ProtocolVersion}, nil)
	return c
}

type frame struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// send sends a request and returns the id that its answer will have.
func (c *conversation) send(method string, params any) string {
	c.t.Helper()
	c.nextID++
	c.write(map[string]any{"jsonrpc": "2.0", "id": c.nextID, "method": method, "params": params})
	return fmt.Sprint(c.nextID)
}

// wait reads until the answer to a request has come.
func (c *conversation) wait(id string, result any) {
	c.t.Helper()
	for {
		f := c.read()
		if f.Method != "" || string(f.ID) != id {
			continue
		}
		if f.Error != nil {
			c.t.Fatalf("request %s: %s", id, f.Error)
		}
		if result != nil {
			if err := json.Unmarshal(f.Result, result); err != nil {
				c.t.Fatal(err)
			}
		}
		return
	}
}

func (c *conversation) call(method string, params, result any) {
	c.t.Helper()
	c.wait(c.send(method, params), result)
}

// newSession makes a session and returns its id.
func (c *conversation) newSession(cwd string) string {
	c.t.Helper()
	var made struct{ SessionID string }
	c.call(acp.MethodSessionNew, map[string]any{"cwd": cwd, "mcpServers": []any{}}, &made)
	return made.SessionID
}

func promptOf(session, text string) map[string]any {
	return map[string]any{"sessionId": session, "prompt": []acp.ContentBlock{acp.Text(text)}}
}

// prompt runs a turn to its end, allows what is asked for, and returns how it stopped.
func (c *conversation) prompt(session, text string) string {
	c.t.Helper()
	var done struct{ StopReason string }
	c.call(acp.MethodSessionPrompt, promptOf(session, text), &done)
	return done.StopReason
}

// shown is everything that was shown as one kind of message, joined.
func (c *conversation) shown(kind string) string {
	var b strings.Builder
	for i, u := range c.updates {
		if u.Kind == kind {
			b.WriteString(c.text[i] + "\n")
		}
	}
	return b.String()
}

// read takes one frame, keeps updates, and allows what the server asks permission for.
func (c *conversation) read() frame {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 30*time.Second)
	defer cancel()
	_, data, err := c.ws.Read(ctx)
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	var f frame
	if err := json.Unmarshal(data, &f); err != nil {
		c.t.Fatalf("frame: %v\n%s", err, data)
	}
	switch f.Method {
	case acp.MethodSessionUpdate:
		c.keep(f.Params)
	case acp.MethodPermission:
		c.allow(f)
	}
	return f
}

func (c *conversation) keep(params json.RawMessage) {
	var p struct {
		Update struct {
			SessionUpdate string
			Content       json.RawMessage
			Status        string
		}
	}
	if err := json.Unmarshal(params, &p); err != nil {
		c.t.Fatalf("update: %v\n%s", err, params)
	}
	var block acp.ContentBlock
	_ = json.Unmarshal(p.Update.Content, &block) // A list in tool calls, which no test here looks at.
	c.updates = append(c.updates, acp.Update{Kind: p.Update.SessionUpdate, Status: p.Update.Status})
	c.text = append(c.text, block.Text)
}

func (c *conversation) allow(f frame) {
	var ask acp.PermissionRequest
	if err := json.Unmarshal(f.Params, &ask); err != nil {
		c.t.Fatalf("permission: %v\n%s", err, f.Params)
	}
	for _, option := range ask.Options {
		if option.Kind == "allow_once" {
			c.write(map[string]any{"jsonrpc": "2.0", "id": f.ID, "result": map[string]any{
				"outcome": map[string]string{"outcome": "selected", "optionId": option.OptionID},
			}})
			return
		}
	}
	c.t.Fatalf("permission: no option allows once: %s", f.Params)
}

func (c *conversation) write(message any) {
	c.t.Helper()
	data, err := json.Marshal(message)
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	if err := c.ws.Write(ctx, websocket.MessageText, data); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// healthOf reads a health address, whatever its status.
func healthOf(ctx context.Context, address string) (health, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/api/health", nil)
	if err != nil {
		return health{}, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return health{}, err
	}
	defer func() { _ = res.Body.Close() }()
	var h health
	if err := json.NewDecoder(res.Body).Decode(&h); err != nil {
		return health{}, err
	}
	h.code = res.StatusCode
	return h, nil
}

type health struct {
	Status string
	Checks map[string]struct{ Status, Detail string }
	code   int
}

// healthy fails unless everything that these checks look at is well.
func (h health) healthy(checks ...string) error {
	if h.code != http.StatusOK || h.Status != "healthy" {
		return fmt.Errorf("%d %s: %v", h.code, h.Status, h.Checks)
	}
	for _, name := range checks {
		if h.Checks[name].Status != "ok" {
			return fmt.Errorf("%s is %q: %v", name, h.Checks[name].Status, h.Checks)
		}
	}
	return nil
}
