package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/session"
)

// handle takes in one frame. It runs on the reader, so that messages take effect in their order.
func (c *conn) handle(data []byte) {
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '[' {
		c.Deliver(response(nil, nil, &rpcError{Code: codeInvalidRequest, Message: "Batches are not part of ACP."}))
		return
	}
	var m message
	if err := json.Unmarshal(data, &m); err != nil {
		c.Deliver(response(nil, nil, &rpcError{Code: codeParse, Message: "The message is not valid JSON."}))
		return
	}
	if m.hasID() && !m.validID() {
		c.Deliver(response(nil, nil, &rpcError{Code: codeInvalidRequest, Message: "The id must be a string or a number."}))
		return
	}
	switch {
	case m.JSONRPC != "2.0":
		c.Deliver(response(m.ID, nil, &rpcError{Code: codeInvalidRequest, Message: `The member jsonrpc must be "2.0".`}))
	case m.Method == "" && m.hasID():
		c.handleResponse(m)
	case m.Method == "":
		c.Deliver(response(nil, nil, &rpcError{Code: codeInvalidRequest, Message: "The message has no method."}))
	case m.hasID():
		c.handleRequest(m)
	default:
		c.handleNotification(m)
	}
}

// handleRequest answers a request: at once where that is quick, from a goroutine where it waits for something.
func (c *conn) handleRequest(m message) {
	if !c.initialized && m.Method != acp.MethodInitialize {
		c.answer(m.ID, nil, fault.New(fault.Invalid, "The first request must be initialize."))
		return
	}
	select {
	case c.busy <- struct{}{}:
	default:
		c.answer(m.ID, nil, fault.New(fault.TooMany, "%d requests of this connection are being answered already.", maxRequests))
		return
	}
	later := func() (any, error) { return nil, nil }
	var err error
	switch m.Method {
	case acp.MethodInitialize:
		later, err = c.initialize(m)
	case acp.MethodSessionPrompt, acp.MethodContinue:
		later, err = c.prompt(m)
	case acp.MethodSetMode, acp.MethodSetConfigOption, acp.MethodQueueRemove, acp.MethodQueueUpdate, acp.MethodQueueSend:
		later, err = c.change(m)
	case acp.MethodAuthenticate, acp.MethodPing:
	default:
		method, ok := slow[m.Method]
		if !ok {
			<-c.busy
			c.Deliver(response(m.ID, nil, &rpcError{Code: codeUnknownMethod, Message: "There is no method " + quoted(m.Method) + " here."}))
			return
		}
		later = func() (any, error) { return method(c, m) }
	}
	if err != nil {
		<-c.busy
		c.answer(m.ID, nil, err)
		return
	}
	c.work.Add(1)
	go func() {
		defer c.work.Done()
		defer func() { <-c.busy }()
		result, err := later()
		if errors.Is(err, context.Canceled) && c.ctx.Err() != nil {
			return
		}
		if result == nil {
			result = struct{}{}
		}
		if f, ok := result.(followed); ok && err == nil {
			c.answer(m.ID, f.result, nil)
			c.Deliver(f.frame)
			return
		}
		c.answer(m.ID, result, err)
	}()
}

// followed is a result with a frame that comes behind the answer.
type followed struct {
	result any
	frame  []byte
}

// slow are the methods that read files or the database. They run beside the reader.
var slow = map[string]func(*conn, message) (any, error){
	acp.MethodSessionNew:    (*conn).newSession,
	acp.MethodSessionLoad:   (*conn).loadSession,
	acp.MethodSessionResume: (*conn).resumeSession,
	acp.MethodSessionList:   (*conn).listSessions,
	acp.MethodSessionClose:  (*conn).closeSession,
	acp.MethodSessionDelete: (*conn).deleteSession,
	acp.MethodRewind:        (*conn).rewind,
}

// initialize takes the client's capabilities before the next message is read.
func (c *conn) initialize(m message) (func() (any, error), error) {
	req, err := decode[acp.InitializeRequest](m.Params)
	if err != nil {
		return nil, err
	}
	c.initialized = true
	c.notices.Store(req.ClientCapabilities.Session.Notices != nil)
	c.echo.Store(req.ClientCapabilities.Meta[acp.MetaEcho] == true)
	return func() (any, error) { return c.gateway.hello(), nil }, nil
}

// hello is what this agent can do.
func (g *Gateway) hello() acp.InitializeResponse {
	yes := &struct{}{}
	return acp.InitializeResponse{
		ProtocolVersion: acp.ProtocolVersion,
		AgentCapabilities: acp.AgentCapabilities{
			LoadSession:         true,
			McpCapabilities:     acp.McpCapabilities{HTTP: g.opts.ServersByHTTP},
			PromptCapabilities:  acp.PromptCapabilities{Image: true, EmbeddedContext: true},
			SessionCapabilities: acp.SessionCapabilities{List: yes, Delete: yes, Resume: yes, Close: yes},
		},
		AgentInfo:   acp.Implementation{Name: "claude-agent-chat", Title: "Claude Agent Chat", Version: g.opts.Version},
		AuthMethods: []struct{}{},
	}
}

// prompt hands a prompt, or the wish to go on without one, to its session before the next message is read, and waits beside
// the reader.
func (c *conn) prompt(m message) (func() (any, error), error) {
	req, err := decode[acp.PromptRequest](m.Params)
	if err != nil {
		return nil, err
	}
	live, err := c.session(req.SessionID)
	if err != nil {
		return nil, err
	}
	id, _ := req.Meta[acp.MetaPromptID].(string)
	if id == "" {
		id = uuid.NewString()
	}
	var ended <-chan struct{}
	var result func() session.Result
	if m.Method == acp.MethodContinue {
		ended, result, err = live.Continue(c)
	} else {
		ended, result, err = live.Prompt(c, id, req.Prompt)
	}
	if err != nil {
		return nil, err
	}
	key := string(m.ID)
	c.mu.Lock()
	c.prompts[key] = promptRef{live, id}
	c.mu.Unlock()
	return func() (any, error) {
		defer func() {
			c.mu.Lock()
			delete(c.prompts, key)
			c.mu.Unlock()
		}()
		select {
		case <-ended:
		case <-c.ctx.Done():
			return nil, c.ctx.Err()
		}
		r := result()
		if r.Err != nil {
			return nil, r.Err
		}
		return acp.PromptResponse{StopReason: r.StopReason, Meta: acp.Meta{acp.MetaUsage: r.Usage}}, nil
	}, nil
}

// session finds a session that this connection is attached to, or attaches it to one of the caller's.
func (c *conn) session(id string) (*session.Live, error) {
	if live := c.attached(id); live != nil {
		return live, nil
	}
	live, err := c.gateway.opts.Sessions.Find(c.ctx, c.who.AccountID, id)
	if err != nil {
		return nil, err
	}
	c.keep(live)
	if _, err := live.Attach(c, session.History{}); err != nil {
		c.drop(id)
		return nil, err
	}
	return live, nil
}

// change carries out the requests that change a session at once.
func (c *conn) change(m message) (func() (any, error), error) {
	var ref acp.SessionRequest
	ref, err := decode[acp.SessionRequest](m.Params)
	if err != nil {
		return nil, err
	}
	live, err := c.session(ref.SessionID)
	if err != nil {
		return nil, err
	}
	switch m.Method {
	case acp.MethodSetMode:
		return c.setMode(live, m.Params)
	case acp.MethodSetConfigOption:
		return c.setOption(live, m.Params)
	default:
		return c.changeQueue(live, m)
	}
}

func (c *conn) setMode(live *session.Live, params json.RawMessage) (func() (any, error), error) {
	req, err := decode[acp.SetModeRequest](params)
	if err != nil {
		return nil, err
	}
	return nothing, live.SetMode(req.ModeID)
}

func (c *conn) setOption(live *session.Live, params json.RawMessage) (func() (any, error), error) {
	req, err := decode[acp.SetConfigOptionRequest](params)
	if err != nil {
		return nil, err
	}
	var value string
	if json.Unmarshal(req.Value, &value) != nil {
		return nil, fault.New(fault.Invalid, "The value of the option %q must be a string.", req.ConfigID)
	}
	if err := live.SetOption(req.ConfigID, value); err != nil {
		return nil, err
	}
	return func() (any, error) {
		return acp.SetConfigOptionResponse{ConfigOptions: live.Settings().ConfigOptions}, nil
	}, nil
}

func (c *conn) changeQueue(live *session.Live, m message) (func() (any, error), error) {
	req, err := decode[acp.QueueRequest](m.Params)
	if err != nil {
		return nil, err
	}
	switch m.Method {
	case acp.MethodQueueRemove:
		return nothing, live.Unqueue(req.PromptID)
	case acp.MethodQueueSend:
		return nothing, live.SendNow(req.PromptID)
	default:
		return nothing, live.Requeue(req.PromptID, req.Prompt)
	}
}

// rewind goes back to before a message of the person's.
func (c *conn) rewind(m message) (any, error) {
	req, err := decode[acp.RewindRequest](m.Params)
	if err != nil {
		return nil, err
	}
	live, err := c.session(req.SessionID)
	if err != nil {
		return nil, err
	}
	text, restored, err := live.Rewind(c.ctx, req.MessageID, req.Files)
	if err != nil {
		return nil, err
	}
	return acp.RewindResponse{Text: text, Restored: restored}, nil
}

func nothing() (any, error) { return nil, nil }

func (c *conn) newSession(m message) (any, error) {
	req, err := decode[acp.NewSessionRequest](m.Params)
	if err != nil {
		return nil, err
	}
	live, err := c.gateway.opts.Sessions.New(c.ctx, c.who.AccountID, req.Cwd)
	if err != nil {
		return nil, err
	}
	c.keep(live)
	attached, err := live.Attach(c, session.History{})
	if err != nil {
		c.drop(live.ID())
		return nil, err
	}
	if err := live.UseServers(req.McpServers); err != nil {
		c.drop(live.ID())
		return nil, err
	}
	answer := acp.NewSessionResponse{
		SessionID: live.ID(), Modes: attached.Settings.Modes, ConfigOptions: attached.Settings.ConfigOptions,
	}
	return followed{answer, live.CommandsFrame()}, nil
}

func (c *conn) loadSession(m message) (any, error) {
	return c.attach(m, func(acp.LoadSessionRequest) session.History { return session.History{Whole: true} })
}

func (c *conn) resumeSession(m message) (any, error) {
	return c.attach(m, func(req acp.LoadSessionRequest) session.History {
		after, _ := req.Meta[acp.MetaReplayAfter].(string)
		return session.History{After: after}
	})
}

func (c *conn) attach(m message, history func(acp.LoadSessionRequest) session.History) (any, error) {
	req, err := decode[acp.LoadSessionRequest](m.Params)
	if err != nil {
		return nil, err
	}
	live, err := c.gateway.opts.Sessions.Find(c.ctx, c.who.AccountID, req.SessionID)
	if err != nil {
		return nil, err
	}
	c.keep(live)
	if err := live.UseServers(req.McpServers); err != nil {
		return nil, err
	}
	attached, err := live.Attach(c, history(req))
	if err != nil || attached.Replay == acp.ReplayReset {
		c.drop(live.ID())
	}
	if err != nil {
		return nil, err
	}
	meta := acp.Meta{acp.MetaState: attached.State}
	if attached.Replay != "" {
		meta[acp.MetaReplay] = attached.Replay
	}
	if attached.Interrupted {
		meta[acp.MetaInterrupted] = true
	}
	if attached.Skipped > 0 {
		meta[acp.MetaSkipped] = attached.Skipped
	}
	return acp.LoadSessionResponse{Modes: attached.Settings.Modes, ConfigOptions: attached.Settings.ConfigOptions, Meta: meta}, nil
}

func (c *conn) listSessions(m message) (any, error) {
	req := acp.ListSessionsRequest{}
	if len(m.Params) > 0 {
		var err error
		if req, err = decode[acp.ListSessionsRequest](m.Params); err != nil {
			return nil, err
		}
	}
	return c.gateway.opts.Sessions.List(c.ctx, c.who.AccountID, req)
}

// closeSession stops what runs, as ACP asks, and lets the session go.
func (c *conn) closeSession(m message) (any, error) {
	req, err := decode[acp.SessionRequest](m.Params)
	if err != nil {
		return nil, err
	}
	live, err := c.session(req.SessionID)
	if err != nil {
		return nil, err
	}
	err = live.Stop(c.ctx)
	c.drop(req.SessionID)
	return nil, err
}

func (c *conn) deleteSession(m message) (any, error) {
	req, err := decode[acp.SessionRequest](m.Params)
	if err != nil {
		return nil, err
	}
	if err := c.gateway.opts.Sessions.Delete(c.ctx, c.who.AccountID, req.SessionID); err != nil {
		return nil, err
	}
	c.drop(req.SessionID)
	return nil, nil
}

// handleNotification carries out a notification; unknown ones are ignored, as JSON-RPC wants.
func (c *conn) handleNotification(m message) {
	switch m.Method {
	case acp.MethodSessionCancel:
		req, err := decode[acp.SessionRequest](m.Params)
		if err != nil {
			return
		}
		if live, err := c.session(req.SessionID); err == nil {
			live.Cancel()
		}
	case acp.MethodCancelRequest:
		var req struct {
			RequestID json.RawMessage `json:"requestId"`
		}
		if json.Unmarshal(m.Params, &req) != nil {
			return
		}
		c.mu.Lock()
		ref, ok := c.prompts[string(req.RequestID)]
		c.mu.Unlock()
		if ok {
			ref.live.CancelPrompt(ref.id)
		}
	}
}

// maxChosen bounds the options of one answer.
const maxChosen = 32

// handleResponse takes the answer to a permission request. An answer that is no choice leaves the question open for
// others; it never expires.
func (c *conn) handleResponse(m message) {
	var askID string
	if json.Unmarshal(m.ID, &askID) != nil || m.Error != nil {
		return
	}
	var result acp.PermissionResponse
	if json.Unmarshal(m.Result, &result) != nil || result.Outcome.Outcome != "selected" {
		return
	}
	words, _ := result.Meta[acp.MetaDenyMessage].(string)
	answer := engine.Answer{OptionID: result.Outcome.OptionID, Message: words}
	more, _ := result.Meta[acp.MetaOptions].([]any)
	for _, id := range more {
		if id, ok := id.(string); ok && len(answer.More) < maxChosen {
			answer.More = append(answer.More, id)
		}
	}
	c.mu.Lock()
	held := make([]*session.Live, 0, len(c.sessions))
	for _, l := range c.sessions {
		held = append(held, l)
	}
	c.mu.Unlock()
	for _, l := range held {
		l.Answer(c, askID, answer)
	}
}

// quoted shows a method's name safely in a sentence.
func quoted(s string) string {
	if len(s) > 64 {
		s = s[:64] + "…"
	}
	data, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(data)
}
