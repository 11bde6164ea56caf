package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"nhooyr.io/websocket"
)

func discardLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// client is a bare ACP client: one connection, one request at a time. It reads all the time, as the gateway expects of those
// that it keeps.
type client struct {
	ws      *websocket.Conn
	next    int64
	frame   func(received time.Time, data []byte) // called for every frame that is no answer
	answers chan answerFrame
	ended   chan struct{} // closed when nothing can be read any more
	err     error         // why, from then on
}

type answerFrame struct {
	ID     int64           `json:"id"`
	Method string          `json:"method"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// dial opens a connection and initializes it. The frames that are no answers go to frame, one after the other, if it is not nil.
func dial(ctx context.Context, port int, token string, frame func(received time.Time, data []byte)) (*client, error) {
	url := fmt.Sprintf("ws://127.0.0.1:%d/ws/agent", port)
	ws, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + token}},
	})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(16 << 20)
	c := &client{ws: ws, frame: frame, answers: make(chan answerFrame, 1), ended: make(chan struct{})}
	if frame == nil {
		c.frame = func(time.Time, []byte) {}
	}
	go c.read(ctx)
	_, err = c.call(ctx, "initialize", map[string]any{"protocolVersion": 1})
	return c, err
}

func (c *client) close() {
	if err := c.ws.CloseNow(); err != nil {
		return
	}
}

// read reads until the connection ends.
func (c *client) read(ctx context.Context) {
	defer close(c.ended)
	for {
		_, data, err := c.ws.Read(ctx)
		if err != nil {
			c.err = err
			return
		}
		received := time.Now()
		if len(data) > 60 && string(data[:34]) == `{"jsonrpc":"2.0","method":"session` {
			c.frame(received, data)
			continue
		}
		var answer answerFrame
		if c.err = json.Unmarshal(data, &answer); c.err != nil {
			return
		}
		if answer.Method != "" {
			c.frame(received, data)
			continue
		}
		c.answers <- answer
	}
}

// call sends a request and waits for its answer.
func (c *client) call(ctx context.Context, method string, params any) (json.RawMessage, error) {
	c.next++
	data, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": c.next, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	if err := c.ws.Write(ctx, websocket.MessageText, data); err != nil {
		return nil, err
	}
	select {
	case answer := <-c.answers:
		if answer.Error != nil || answer.ID != c.next {
			return nil, fmt.Errorf("the server answered: %d %s", answer.ID, answer.Error)
		}
		return answer.Result, nil
	case <-c.ended:
		return nil, c.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// session makes a session.
func (c *client) session(ctx context.Context, cwd string) (string, error) {
	result, err := c.call(ctx, "session/new", map[string]any{"cwd": cwd, "mcpServers": []any{}})
	if err != nil {
		return "", err
	}
	var made struct {
		SessionID string `json:"sessionId"`
	}
	err = json.Unmarshal(result, &made)
	return made.SessionID, err
}

func promptParams(sessionID, text string) map[string]any {
	return map[string]any{"sessionId": sessionID, "prompt": []any{map[string]string{"type": "text", "text": text}}}
}
