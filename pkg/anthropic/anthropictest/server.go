package anthropictest

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// TB is what a Server needs of a *testing.T.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Cleanup(func())
}

// Reply answers one request.
type Reply func(*Writer) error

// Exchange is one expected request and its answer.
type Exchange struct {
	// Match picks requests. Nil takes any, so that a script without Match runs in its order.
	Match func(*Request) bool
	// Check looks at the request that was picked; its error fails the test.
	Check func(*Request) error
	// Reply answers; see [Stream], [Fail] and [Answer].
	Reply Reply
	// Times is how often the exchange serves: 0 is once, -1 without end.
	Times int
}

// Script is what a Server expects. Each request is served by the first exchange that matches and is not used up.
type Script []Exchange

// Stream answers with a stream of these steps.
func Stream(steps ...Step) Reply {
	return func(w *Writer) error {
		for _, step := range steps {
			if err := step(w); err != nil {
				return err
			}
		}
		return w.end()
	}
}

// Fail answers with an HTTP error in the API's form. Headers are pairs of name and value, such as "retry-after", "3".
func Fail(status int, kind, message string, headers ...string) Reply {
	return func(w *Writer) error {
		setHeaders(w.http, headers)
		return writeError(w.http, status, kind, message)
	}
}

// Answer answers with any status, content type and body. Headers are pairs of name and value.
func Answer(status int, contentType, body string, headers ...string) Reply {
	return func(w *Writer) error {
		setHeaders(w.http, headers)
		w.http.Header().Set("Content-Type", contentType)
		w.http.WriteHeader(status)
		return w.send([]byte(body))
	}
}

func setHeaders(w http.ResponseWriter, pairs []string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		w.Header().Set(pairs[i], pairs[i+1])
	}
}

// Server is a Messages API that follows a script. It is an http.Handler and safe for concurrent use.
type Server struct {
	t       TB
	handler http.Handler
	titles  bool

	mu       sync.Mutex
	script   Script
	requests []*Request
	errs     []error
}

// New makes a server. A request that the script does not expect, or that a Check refuses, fails t and is answered with
// a 400; t may be nil, see [Server.Err]. With t, exchanges that were never used fail it at its end.
func New(t TB, script ...Exchange) *Server {
	s := &Server{t: t, script: append(Script{}, script...)}
	for i := range s.script {
		s.script[i].Times = cmp.Or(s.script[i].Times, 1)
	}
	s.handler = handler(s.answer)
	if t != nil {
		t.Cleanup(s.checkUsed)
	}
	return s
}

// Titles has the script answer the requests for titles too, which are otherwise answered with nothing and not listed.
func (s *Server) Titles() *Server {
	s.titles = true
	return s
}

// Add appends exchanges to the script.
func (s *Server) Add(script ...Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range script {
		e.Times = cmp.Or(e.Times, 1)
		s.script = append(s.script, e)
	}
}

// Start serves on the loopback until the test ends and returns the base URL. It needs a TB.
func (s *Server) Start() string {
	address, stop, err := Start(s)
	if err != nil {
		s.fail(fmt.Errorf("start scripted server: %w", err))
		return "http://127.0.0.1:0"
	}
	if s.t != nil {
		s.t.Cleanup(stop)
	}
	return address
}

// ServeHTTP makes the server a handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Requests are the requests to /v1/messages so far, in the order of their arrival.
func (s *Server) Requests() []*Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Request{}, s.requests...)
}

// Err is everything that was not as the script says.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.errs...)
}

// answer finds the exchange for a request and lets it reply.
func (s *Server) answer(r *Request) (Reply, string) {
	if IsTitle(r) && !s.titles {
		return Stream(), "title"
	}
	e, n := s.pick(r)
	if e == nil {
		return s.refuse(fmt.Errorf("unexpected request %d: last message %q", n, clip(r.Last().Text(), 80))), ""
	}
	if e.Check != nil {
		if err := e.Check(r); err != nil {
			return s.refuse(fmt.Errorf("request %d: %w", n, err)), ""
		}
	}
	return e.Reply, strconv.Itoa(n)
}

// pick uses up one serving of the first exchange that matches. A Match must not call the server.
func (s *Server) pick(r *Request) (*Exchange, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	for i := range s.script {
		e := &s.script[i]
		if e.Times == 0 || e.Match != nil && !e.Match(r) {
			continue
		}
		if e.Times > 0 {
			e.Times--
		}
		used := *e
		return &used, len(s.requests)
	}
	return nil, len(s.requests)
}

// refuse reports err and answers with it.
func (s *Server) refuse(err error) Reply {
	s.fail(err)
	return Fail(http.StatusBadRequest, "invalid_request_error", "anthropictest: "+err.Error())
}

func (s *Server) fail(err error) {
	s.mu.Lock()
	s.errs = append(s.errs, err)
	s.mu.Unlock()
	if s.t != nil {
		s.t.Helper()
		s.t.Errorf("scripted model: %v", err)
	}
}

func (s *Server) checkUsed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, e := range s.script {
		if e.Times > 0 {
			s.t.Errorf("scripted model: exchange %d was not asked for (%d left)", i, e.Times)
		}
	}
}

// clip bounds a text to about size bytes.
func clip(text string, size int) string {
	if pieces := chop(text, size); len(pieces) > 1 {
		return pieces[0] + "…"
	}
	return text
}

// LastText matches requests whose last message has exactly this text, the program's own reminders not counted.
func LastText(text string) func(*Request) bool {
	return func(r *Request) bool {
		return strings.TrimSpace(reminder().ReplaceAllString(r.Last().Text(), "")) == strings.TrimSpace(text)
	}
}

// HasResult matches requests whose last message has a result for this tool call.
func HasResult(id string) func(*Request) bool {
	return func(r *Request) bool {
		for _, b := range r.Last().Results() {
			if b.ToolUseID == id {
				return true
			}
		}
		return false
	}
}
