package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"nhooyr.io/websocket"
)

func discardLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

// client is a bare ACP client: one connection, one request at a time.
type client struct {
	ws    *websocket.Conn
	next  atomic.Int64
	frame func(received time.Time, data []byte) // called for every frame that is no answer
}

// dial opens a connection and initializes it.
func dial(ctx context.Context, port int, token string) (*client, error) {
	url := fmt.Sprintf("ws://127.0.0.1:%d/ws/agent", port)
	ws, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{
		HTTPHeader: http.Header{"Authorization": {"Bearer " + token}},
	})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(16 << 20)
	c := &client{ws: ws, frame: func(time.Time, []byte) {}}
	_, err = c.call(ctx, "initialize", map[string]any{"protocolVersion": 1})
	return c, err
}

func (c *client) close() {
	if err := c.ws.CloseNow(); err != nil {
		return
	}
}

// call sends a request and reads frames until its answer.
func (c *client) call(ctx context.Context, method string, params any) (json.RawMessage, error) {
	id, err := c.send(ctx, method, params)
	if err != nil {
		return nil, err
	}
	return c.wait(ctx, id)
}

func (c *client) send(ctx context.Context, method string, params any) (int64, error) {
	id := c.next.Add(1)
	data, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": method, "params": params})
	if err != nil {
		return 0, err
	}
	return id, c.ws.Write(ctx, websocket.MessageText, data)
}

func (c *client) wait(ctx context.Context, id int64) (json.RawMessage, error) {
	for {
		_, data, err := c.ws.Read(ctx)
		if err != nil {
			return nil, err
		}
		received := time.Now()
		var answer struct {
			ID     int64           `json:"id"`
			Method string          `json:"method"`
			Result json.RawMessage `json:"result"`
			Error  json.RawMessage `json:"error"`
		}
		if len(data) > 60 && string(data[:34]) == `{"jsonrpc":"2.0","method":"session` {
			c.frame(received, data)
			continue
		}
		if err := json.Unmarshal(data, &answer); err != nil {
			return nil, err
		}
		switch {
		case answer.Method != "" || answer.ID != id:
			c.frame(received, data)
		case answer.Error != nil:
			return nil, fmt.Errorf("the server answered: %s", answer.Error)
		default:
			return answer.Result, nil
		}
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
