package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"nhooyr.io/websocket"

	"claude-agent-chat/pkg/auth"
	"claude-agent-chat/pkg/session"
)

// The close codes of the contract.
const (
	closeDraining  websocket.StatusCode = 1012
	closeSlow      websocket.StatusCode = 4008
	closeSignedOut websocket.StatusCode = 4401
	closeTooMany   websocket.StatusCode = 4429
)

// The times of a connection. A peer that has vanished is noticed after pingEvery and pongWithin.
const (
	pingEvery   = 15 * time.Second
	pongWithin  = 20 * time.Second
	writeWithin = 30 * time.Second
	maxMessage  = 16 << 20 // bytes of one frame from the client
	maxRequests = 64       // of one connection at once
)

// conn is one WebSocket connection. Its reader handles messages in order; answers that take time come from goroutines.
type conn struct {
	gateway *Gateway
	ws      *websocket.Conn
	who     auth.Identity
	ctx     context.Context
	cancel  context.CancelFunc
	out     *queue
	busy    chan struct{} // a slot for each request that is being answered
	work    sync.WaitGroup
	closing atomic.Pointer[closeReason]

	echo    atomic.Bool
	notices atomic.Bool

	initialized bool // reader only

	mu       sync.Mutex
	sessions map[string]*session.Live
	prompts  map[string]promptRef // by JSON-RPC id
}

type promptRef struct {
	live *session.Live
	id   string
}

type closeReason struct {
	code websocket.StatusCode
	text string
}

var _ session.Subscriber = (*conn)(nil)

// Deliver queues a frame; a connection whose queue is full is closed as too slow.
func (c *conn) Deliver(frame []byte) {
	if !c.out.put(frame) {
		c.Slow()
	}
}

// Replay queues a frame of history.
func (c *conn) Replay(frame []byte) error { return c.out.putWait(c.ctx, frame) }

// Slow closes the connection so that it comes back and resumes.
func (c *conn) Slow() { c.close(closeSlow, "too slow; come back and resume") }

// Echo says whether the client wants its own prompts back.
func (c *conn) Echo() bool { return c.echo.Load() }

// Notices says whether the client understands notices.
func (c *conn) Notices() bool { return c.notices.Load() }

// close ends the connection with a code. Only the first call counts. It does not block.
func (c *conn) close(code websocket.StatusCode, text string) {
	if !c.closing.CompareAndSwap(nil, &closeReason{code, text}) {
		return
	}
	c.out.close()
	signal(c.out.ready)
}

// serve runs the connection to its end.
func (c *conn) serve() {
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write()
	}()
	c.read()
	c.cancel()
	c.out.close()
	signal(c.out.ready)
	<-written
	c.leaveAll()
	c.work.Wait()
}

// read handles messages until the connection ends.
func (c *conn) read() {
	c.ws.SetReadLimit(maxMessage)
	for {
		kind, data, err := c.ws.Read(c.ctx)
		if err != nil {
			return
		}
		if kind != websocket.MessageText {
			c.close(websocket.StatusUnsupportedData, "only text frames are understood")
			<-c.ctx.Done()
			return
		}
		c.handle(data)
	}
}

// write sends what is queued, and pings. It ends the connection when that fails or when close was called.
func (c *conn) write() {
	defer c.cancel()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case <-c.out.ready:
			for _, frame := range c.out.take() {
				if err := c.writeFrame(frame); err != nil {
					c.abandon()
					return
				}
			}
		case <-ping.C:
			c.work.Add(1)
			go c.ping()
		case <-c.ctx.Done():
		}
		if why := c.closing.Load(); why != nil {
			c.finish(*why)
			return
		}
		if c.ctx.Err() != nil {
			c.abandon()
			return
		}
	}
}

func (c *conn) writeFrame(frame []byte) error {
	ctx, cancel := context.WithTimeout(c.ctx, writeWithin)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageText, frame)
}

// ping ends the connection if the peer does not answer.
func (c *conn) ping() {
	defer c.work.Done()
	ctx, cancel := context.WithTimeout(c.ctx, pongWithin)
	defer cancel()
	if err := c.ws.Ping(ctx); err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		c.cancel()
	}
}

// finish says why and waits a little for the peer's goodbye.
func (c *conn) finish(why closeReason) {
	if err := c.ws.Close(why.code, why.text); err != nil {
		c.gateway.opts.Log.Debug("websocket close", "error", err)
	}
}

// abandon drops a connection that is broken or was closed by the peer.
func (c *conn) abandon() {
	if err := c.ws.CloseNow(); err != nil {
		c.gateway.opts.Log.Debug("websocket close", "error", err)
	}
}

// answer queues the answer to a request.
func (c *conn) answer(id json.RawMessage, result any, err error) {
	if err != nil {
		c.logFailure(err)
		c.Deliver(response(id, nil, failureOf(err)))
		return
	}
	c.Deliver(response(id, result, nil))
}

// attached finds a session that this connection holds.
func (c *conn) attached(id string) *session.Live {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sessions[id]
}

// keep notes a session that this connection holds from now on; a second hold is given back.
func (c *conn) keep(l *session.Live) {
	c.mu.Lock()
	_, had := c.sessions[l.ID()]
	if !had {
		c.sessions[l.ID()] = l
	}
	c.mu.Unlock()
	if had {
		c.gateway.opts.Sessions.Release(l)
	}
}

// drop gives a session back.
func (c *conn) drop(id string) {
	c.mu.Lock()
	l := c.sessions[id]
	delete(c.sessions, id)
	c.mu.Unlock()
	if l != nil {
		l.Detach(c)
		c.gateway.opts.Sessions.Release(l)
	}
}

func (c *conn) leaveAll() {
	c.mu.Lock()
	ids := make([]string, 0, len(c.sessions))
	for id := range c.sessions {
		ids = append(ids, id)
	}
	c.mu.Unlock()
	for _, id := range ids {
		c.drop(id)
	}
}
