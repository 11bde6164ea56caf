package world

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"nhooyr.io/websocket"

	"claude-agent-chat/pkg/acp"
)

const (
	// patience is how long a test waits while nothing comes.
	patience = 60 * time.Second
	// maxWait is how long it waits for one thing while others come: what takes seconds here may take minutes on a busy machine.
	maxWait = 5 * time.Minute
)

// Client is a connection that keeps all that it receives.
type Client struct {
	t    testing.TB
	ws   *websocket.Conn
	torn bool // something on the way may cut frames in two

	mu      sync.Mutex
	changed chan struct{} // closed and renewed when something came
	next    int
	answers map[string]frame
	updates []Update
	notes   []frame
	asks    []Ask
	state   string // the newest that the server told
	closed  error
}

// Update is a session/update as received.
type Update struct {
	SessionID string     `json:"sessionId"`
	Update    acp.Update `json:"update"`
}

// Cursor is the update's cursor, or empty.
func (u Update) Cursor() string {
	cursor, _ := u.Update.Meta[acp.MetaCursor].(string)
	return cursor
}

// Ask is a permission request as received.
type Ask struct {
	ID string
	acp.PermissionRequest
}

type frame struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *RPCError       `json:"error"`
}

// RPCError is the error of an answer.
type RPCError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// Error is the sentence.
func (e *RPCError) Error() string { return fmt.Sprintf("%s (%d)", e.Message, e.Code) }

// DialOptions change how a client connects.
type DialOptions struct {
	Header       http.Header
	Subprotocols []string
	Capabilities map[string]any
	Lazy         bool   // do not initialize
	Addr         string // another way to the gateway, such as a proxy; Addr of the world if it is empty
}

// Dial connects with a user's token and initializes, with echo and notices.
func (w *World) Dial(u User) *Client {
	w.t.Helper()
	c, _, err := w.DialWith(DialOptions{
		Header: http.Header{"Authorization": {"Bearer " + u.Token}},
		Capabilities: map[string]any{
			"session": map[string]any{"notices": map[string]any{}}, "_meta": map[string]any{acp.MetaEcho: true},
		},
	})
	must(w.t, err)
	return c
}

// DialWith connects as the options say; the response is that of the upgrade.
func (w *World) DialWith(o DialOptions) (*Client, *http.Response, error) {
	w.t.Helper()
	ws, resp, err := websocket.Dial(w.t.Context(), "ws://"+cmp.Or(o.Addr, w.Addr)+"/ws/agent", &websocket.DialOptions{
		HTTPHeader: o.Header, Subprotocols: o.Subprotocols,
	})
	if err != nil {
		return nil, resp, err
	}
	ws.SetReadLimit(64 << 20)
	c := &Client{t: w.t, ws: ws, torn: o.Addr != "", changed: make(chan struct{}), answers: map[string]frame{}}
	go c.read()
	w.t.Cleanup(c.Drop)
	if !o.Lazy {
		_, err = c.Call(acp.MethodInitialize, map[string]any{"protocolVersion": 1, "clientCapabilities": o.Capabilities})
	}
	return c, resp, err
}

// Drop ends the connection without a goodbye.
func (c *Client) Drop() {
	if err := c.ws.CloseNow(); err != nil {
		return
	}
}

func (c *Client) read() {
	for {
		_, data, err := c.ws.Read(context.Background())
		if err == nil && c.torn && !json.Valid(data) {
			err = io.ErrUnexpectedEOF // the library takes a frame that was cut off for a whole one.
		}
		c.mu.Lock()
		if err != nil {
			c.closed = err
		} else {
			c.take(data)
		}
		close(c.changed)
		c.changed = make(chan struct{})
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (c *Client) take(data []byte) {
	var f frame
	if err := json.Unmarshal(data, &f); err != nil {
		c.t.Errorf("the server sent what is no JSON: %q", data)
		return
	}
	switch f.Method {
	case "":
		c.answers[string(f.ID)] = f
		c.takeState(f)
	case acp.MethodSessionUpdate:
		var u Update
		if err := json.Unmarshal(f.Params, &u); err != nil {
			c.t.Errorf("an update cannot be read: %v: %s", err, f.Params)
		}
		c.updates = append(c.updates, u)
	case acp.MethodPermission:
		a := Ask{ID: strings.Trim(string(f.ID), `"`)}
		if err := json.Unmarshal(f.Params, &a.PermissionRequest); err != nil {
			c.t.Errorf("a permission request cannot be read: %v", err)
		}
		c.asks = append(c.asks, a)
	default:
		c.notes = append(c.notes, f)
		c.takeState(f)
	}
}

// takeState keeps the newest state of a session that the server told: the answer to an attach has it too, and no
// notification follows where nothing changes any more.
func (c *Client) takeState(f frame) {
	var answer struct {
		Meta map[string]json.RawMessage `json:"_meta"`
	}
	var note acp.StateNotification
	switch {
	case f.Method == acp.MethodState && json.Unmarshal(f.Params, &note) == nil:
		c.state = note.State
	case f.Method == "" && json.Unmarshal(f.Result, &answer) == nil && answer.Meta[acp.MetaState] != nil:
		if err := json.Unmarshal(answer.Meta[acp.MetaState], &c.state); err != nil {
			c.t.Errorf("a state cannot be read: %v", err)
		}
	}
}

// Until waits for a condition on what has come. The condition runs under the client's lock and may use its fields only
// through the Seen that it gets.
func (c *Client) Until(what string, condition func(Seen) bool) {
	c.t.Helper()
	deadline := time.Now().Add(maxWait)
	for {
		c.mu.Lock()
		ok := condition(Seen{c})
		changed, closed := c.changed, c.closed
		c.mu.Unlock()
		if ok {
			return
		}
		if closed != nil {
			c.t.Fatalf("the connection ended before %s: %v", what, closed)
		}
		select {
		case <-changed:
		case <-time.After(min(patience, time.Until(deadline))):
			c.t.Fatalf("it did not come, and nothing else within %s: %s", patience, what)
		}
	}
}

// Seen is what has come so far.
type Seen struct{ c *Client }

// Updates are all updates.
func (s Seen) Updates() []Update { return s.c.updates }

// Asks are all permission requests.
func (s Seen) Asks() []Ask { return s.c.asks }

// State is the newest state of a session; empty before the first.
func (s Seen) State() string { return s.c.state }

// Text joins the chunks of a kind.
func (s Seen) Text(kind string) string {
	var b strings.Builder
	for _, u := range s.c.updates {
		if u.Update.Kind == kind && u.Update.Block != nil {
			b.WriteString(u.Update.Block.Text)
		}
	}
	return b.String()
}

// Notes are the params of the other notifications of a method.
func (s Seen) Notes(method string) []json.RawMessage {
	var out []json.RawMessage
	for _, n := range s.c.notes {
		if n.Method == method {
			out = append(out, n.Params)
		}
	}
	return out
}

// Look gives what has come so far to f.
func (c *Client) Look(f func(Seen)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(Seen{c})
}

// Updates is a copy of all updates so far.
func (c *Client) Updates() (out []Update) {
	c.Look(func(s Seen) { out = append(out, s.Updates()...) })
	return out
}

// CloseError waits for the end of the connection.
func (c *Client) CloseError() error {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		c.mu.Lock()
		changed, closed := c.changed, c.closed
		c.mu.Unlock()
		if closed != nil {
			return closed
		}
		select {
		case <-changed:
		case <-deadline:
			c.t.Fatal("the connection stays open")
		}
	}
}

// CloseCode waits for the end of the connection and gives its code.
func (c *Client) CloseCode() int {
	c.t.Helper()
	return int(websocket.CloseStatus(c.CloseError()))
}

// Send sends a raw frame.
func (c *Client) Send(data string) {
	c.t.Helper()
	must(c.t, c.ws.Write(c.t.Context(), websocket.MessageText, []byte(data)))
}

// TrySend sends a raw frame that the server may refuse in the middle.
func (c *Client) TrySend(data string) {
	if err := c.ws.Write(c.t.Context(), websocket.MessageText, []byte(data)); err != nil {
		return
	}
}

// Binary sends a binary frame.
func (c *Client) Binary(data []byte) {
	c.t.Helper()
	must(c.t, c.ws.Write(c.t.Context(), websocket.MessageBinary, data))
}

// Notify sends a notification.
func (c *Client) Notify(method string, params any) {
	c.t.Helper()
	must(c.t, c.ws.Write(c.t.Context(), websocket.MessageText, acp.Notification(method, params)))
}

// Begin sends a request and returns how to wait for its answer.
func (c *Client) Begin(method string, params any) (wait func() (json.RawMessage, error)) {
	c.t.Helper()
	c.mu.Lock()
	c.next++
	id := fmt.Sprintf("req-%d", c.next)
	c.mu.Unlock()
	must(c.t, c.ws.Write(c.t.Context(), websocket.MessageText, acp.Request(id, method, params)))
	return func() (json.RawMessage, error) {
		c.t.Helper()
		var answer frame
		c.Until("the answer to "+method, func(s Seen) bool {
			got, ok := s.c.answers[`"`+id+`"`]
			answer = got
			return ok
		})
		if answer.Error != nil {
			return nil, answer.Error
		}
		return answer.Result, nil
	}
}

// Call sends a request and waits for its answer.
func (c *Client) Call(method string, params any) (json.RawMessage, error) {
	c.t.Helper()
	return c.Begin(method, params)()
}

// NewSession makes a session.
func (c *Client) NewSession(cwd string) string {
	c.t.Helper()
	result, err := c.Call(acp.MethodSessionNew, map[string]any{"cwd": cwd, "mcpServers": []any{}})
	must(c.t, err)
	var made acp.NewSessionResponse
	must(c.t, json.Unmarshal(result, &made))
	return made.SessionID
}

// BeginPrompt sends a prompt with an id of the caller's, or none.
func (c *Client) BeginPrompt(sessionID, promptID, text string) (wait func() (acp.PromptResponse, error)) {
	return c.BeginPromptBlocks(sessionID, promptID, []acp.ContentBlock{acp.Text(text)})
}

// BeginPromptBlocks is BeginPrompt with any content.
func (c *Client) BeginPromptBlocks(sessionID, promptID string, blocks []acp.ContentBlock) (wait func() (acp.PromptResponse, error)) {
	c.t.Helper()
	params := acp.PromptRequest{SessionID: sessionID, Prompt: blocks}
	if promptID != "" {
		params.Meta = acp.Meta{acp.MetaPromptID: promptID}
	}
	answer := c.Begin(acp.MethodSessionPrompt, params)
	return func() (acp.PromptResponse, error) {
		c.t.Helper()
		result, err := answer()
		if err != nil {
			return acp.PromptResponse{}, err
		}
		var end acp.PromptResponse
		err = json.Unmarshal(result, &end)
		return end, err
	}
}

// Prompt sends a prompt and waits for the end of its turn.
func (c *Client) Prompt(sessionID, text string) acp.PromptResponse {
	c.t.Helper()
	end, err := c.BeginPrompt(sessionID, "", text)()
	must(c.t, err)
	return end
}

// Alive reports whether the connection has not ended.
func (c *Client) Alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed == nil
}

// TryCall sends a request and waits for its answer on a connection that may end at any moment; ok is false then.
func (c *Client) TryCall(method string, params any) (result json.RawMessage, ok bool) {
	c.t.Helper()
	c.mu.Lock()
	c.next++
	id := fmt.Sprintf("req-%d", c.next)
	c.mu.Unlock()
	c.TrySend(string(acp.Request(id, method, params)))
	for {
		c.mu.Lock()
		answer, ok := c.answers[`"`+id+`"`]
		changed, closed := c.changed, c.closed
		c.mu.Unlock()
		switch {
		case ok && answer.Error == nil:
			return answer.Result, true
		case ok:
			c.t.Errorf("%s is refused: %v", method, answer.Error)
			return nil, true
		case closed != nil:
			return nil, false
		}
		<-changed
	}
}

// Choose answers a permission request.
func (c *Client) Choose(ask Ask, optionID, message string) {
	c.t.Helper()
	result := acp.PermissionResponse{Outcome: acp.PermissionOutcome{Outcome: "selected", OptionID: optionID}}
	if message != "" {
		result.Meta = acp.Meta{acp.MetaDenyMessage: message}
	}
	data, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": ask.ID, "result": result})
	must(c.t, err)
	c.Send(string(data))
}

// Attach loads or resumes a session; cursor is for resume.
func (c *Client) Attach(method, sessionID, cwd, cursor string) (acp.LoadSessionResponse, error) {
	c.t.Helper()
	params := acp.LoadSessionRequest{SessionID: sessionID, Cwd: cwd}
	if cursor != "" {
		params.Meta = acp.Meta{acp.MetaReplayAfter: cursor}
	}
	result, err := c.Call(method, params)
	if err != nil {
		return acp.LoadSessionResponse{}, err
	}
	var out acp.LoadSessionResponse
	err = json.Unmarshal(result, &out)
	return out, err
}
