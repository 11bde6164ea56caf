package mcp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"claude-agent-chat/pkg/fault"
)

// maxReason bounds what is passed on of an error that a server, or the way to it, has made.
const maxReason = 300

// link is one connection to a server.
type link struct {
	server  *server
	ctx     context.Context // ends when nothing of the connection may go on
	end     context.CancelCauseFunc
	session *sdk.ClientSession
	changed chan struct{} // holds something when what the server offers has changed
	down    chan struct{} // closed when the session is over
	lost    error         // how it came to that; set before down is closed
	program *program      // nil if the server is on the network
	wire    sdk.Connection
	idle    func() // lets go of connections that are kept for further requests
	pace    pace

	once sync.Once
	dead chan struct{} // closed when nothing can come from the server any more
}

func newLink(s *server) *link {
	l := &link{server: s, changed: make(chan struct{}, 1), down: make(chan struct{}), dead: make(chan struct{})}
	l.ctx, l.end = context.WithCancelCause(context.WithoutCancel(s.set.closing))
	return l
}

// Connect makes the link the transport of its session.
func (l *link) Connect(context.Context) (conn sdk.Connection, err error) {
	if l.server.conf.Type == TypeStdio {
		l.program, err = startProgram(l)
		if err != nil {
			return nil, err
		}
		conn = l.program
	} else {
		var transport sdk.Transport
		if transport, err = l.network(); err != nil {
			return nil, err
		}
		conn, err = transport.Connect(l.ctx)
	}
	l.wire = conn
	return conn, err
}

// open connects. Nothing is offered to the server but the directory that the session works in.
func (l *link) open(version string) error {
	cwd := l.server.set.opts.Cwd
	client := sdk.NewClient(&sdk.Implementation{Name: "claude-agent-chat", Version: "1"}, &sdk.ClientOptions{
		Capabilities:   &sdk.ClientCapabilities{RootsV2: &sdk.RootCapabilities{}}, //nolint:staticcheck // servers of today ask for it.
		MultiRoundTrip: &sdk.MultiRoundTripOptions{Disabled: true},
	})
	root := url.URL{Scheme: "file", Path: cwd}
	client.AddRoots(&sdk.Root{URI: root.String(), Name: filepath.Base(cwd)}) //nolint:staticcheck // servers of today ask for it.
	client.AddReceivingMiddleware(l.receive)
	session, err := client.Connect(l.ctx, l, &sdk.ClientSessionOptions{ProtocolVersion: version})
	if err != nil {
		return err
	}
	l.session = session
	go func() {
		l.lost = session.Wait()
		l.die()
		close(l.down)
	}()
	return nil
}

// receive answers what a server asks of its client, which is next to nothing. Everything else is kept from the library.
func (l *link) receive(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
		if l.program == nil { // what comes from a program was counted when it was read.
			if err := l.count(); err != nil {
				return nil, err
			}
		}
		switch method {
		case "ping", "roots/list":
			return next(ctx, method, req)
		case "notifications/tools/list_changed", "notifications/prompts/list_changed", "notifications/resources/list_changed":
			select {
			case l.changed <- struct{}{}:
			default:
			}
		}
		if strings.HasPrefix(method, "notifications/") {
			return nil, nil
		}
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeMethodNotFound, Message: "this client does not offer " + method}
	}
}

// count ends the connection when the server sends more than anybody needs to.
func (l *link) count() error {
	if l.pace.tooFast(time.Now(), maxPace) {
		err := fault.New(fault.Unavailable, "It sent more than %d messages within a second.", maxPace)
		l.end(err)
		return err
	}
	return nil
}

// maxPace is how many messages a server may send in a second.
const maxPace = 2000

// pace counts what happens by the second.
type pace struct {
	mu    sync.Mutex
	since time.Time
	count int
}

func (p *pace) tooFast(now time.Time, most int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.since) > time.Second {
		p.since, p.count = now, 0
	}
	p.count++
	return p.count > most
}

func (l *link) die() { l.once.Do(func() { close(l.dead) }) }

func (l *link) isDead() bool {
	select {
	case <-l.dead:
		return true
	case <-l.ctx.Done():
		return true
	default:
		return false
	}
}

// shut ends what is left of the connection: politely at first, unless it was ended already, and then not.
func (l *link) shut() {
	grace := time.AfterFunc(closeGrace, func() { l.end(errClosed) })
	defer grace.Stop()
	if l.session != nil {
		_ = l.session.Close() // there is nobody to tell.
	} else if l.wire != nil {
		_ = l.wire.Close()
	}
	if l.program != nil {
		l.program.wait(l.ctx)
	}
	l.end(errClosed)
	if l.idle != nil {
		l.idle()
	}
}

// why is the reason why a connection has ended, or a request has failed with err, as a fault.
func (l *link) why(err error) error {
	if cause := context.Cause(l.ctx); cause != nil && l.ctx.Err() != nil {
		var known *fault.Error
		switch {
		case errors.As(cause, &known):
			return cause
		case errors.Is(cause, errSlow):
			return fault.New(fault.Unavailable, "It did not answer within %s.%s", l.server.set.opts.StartTimeout, l.program.said())
		case errors.Is(cause, errClosed) && l.server.set.closing.Err() != nil:
			return fault.New(fault.Unavailable, "It was closed.")
		}
	}
	if l.program != nil && answerOf(err) == nil {
		if reason := l.program.reason(); reason != "" {
			return fault.New(fault.Unavailable, "%s", reason)
		}
	}
	select {
	case <-l.down:
		return l.explain(cmp.Or(err, l.lost))
	default:
		return l.explain(err)
	}
}

// explain puts an error of the library, or of the server, into a sentence without what is secret in the configuration.
func (l *link) explain(err error) error {
	var known *fault.Error
	var carried *url.Error
	answer := answerOf(err)
	switch {
	case err == nil:
		return fault.New(fault.Unavailable, "The connection was lost.")
	case errors.As(err, &known):
		return known
	case answer != nil:
		return fault.Wrap(err, fault.Unavailable, "It answered with an error: %s", full(l.scrub(answer.Message)))
	case errors.As(err, &carried):
		return fault.Wrap(err, fault.Unavailable, "The connection failed: %s", full(l.scrub(carried.Err.Error())))
	default:
		text := strings.ReplaceAll(err.Error(), rejected+": ", "")
		return fault.Wrap(err, fault.Unavailable, "The connection failed: %s", full(l.scrub(text)))
	}
}

// rejected is the message of an error that the library makes for its transports.
const rejected = "rejected by transport"

// unsaid are the messages of errors that the library makes itself, and that look like answers.
var unsaid = []string{rejected, "server is closing", "client is closing"}

// answerOf is the error that a server has answered with, or nil.
func answerOf(err error) *jsonrpc.Error {
	var answer *jsonrpc.Error
	if !errors.As(err, &answer) || slices.Contains(unsaid, answer.Message) {
		return nil
	}
	return answer
}

// scrub takes the address and the headers of a server out of a text; people put keys into both.
func (l *link) scrub(text string) string {
	conf := l.server.conf
	if u, err := url.Parse(conf.URL); err == nil && conf.URL != "" {
		text = strings.ReplaceAll(text, conf.URL, u.Host)
		text = strings.ReplaceAll(text, u.String(), u.Host)
	}
	for _, value := range conf.Headers {
		if len(value) >= 6 {
			text = strings.ReplaceAll(text, value, "…")
		}
	}
	return clean(text, maxReason)
}

// full makes a text end like a sentence.
func full(text string) string {
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "…") {
		return text
	}
	return text + "."
}

// unknownGreeting reports whether a server knows another version of the protocol than the one it was greeted in.
func unknownGreeting(err error) bool {
	answer := answerOf(err)
	return answer != nil && (answer.Code == jsonrpc.CodeMethodNotFound || answer.Code == sdk.CodeUnsupportedProtocolVersion)
}

// guard calls the library, which decodes what a server has sent, and makes an error of a panic in it.
func guard[T any](call func() (T, error)) (result T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Wrap(fmt.Errorf("panic: %v", p), fault.Unavailable, "It sent something that broke its client.")
		}
	}()
	return call()
}
