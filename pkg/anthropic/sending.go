package anthropic

import (
	"io"
	"net/http"
	"sync"

	"github.com/anthropics/anthropic-sdk-go/option"
)

// letGo has a request hold its body only until the server answers. An answer streams for minutes, and the HTTP client keeps
// the request for as long: with its body the whole conversation would be in memory twice.
func letGo(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	if req.Body == nil || req.GetBody == nil {
		return next(req)
	}
	s := &sending{again: req.GetBody}
	out := req.WithContext(req.Context())
	out.Body, out.GetBody = &passing{body: req.Body}, s.get
	resp, err := next(out)
	s.end()
	return resp, err
}

// sending gives a request's body again, for as long as it may have to be sent again.
type sending struct {
	mu    sync.Mutex
	again func() (io.ReadCloser, error)
}

func (s *sending) get() (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.again == nil {
		return nil, http.ErrBodyReadAfterClose
	}
	body, err := s.again()
	if err != nil {
		return nil, err
	}
	return &passing{body: body}, nil
}

func (s *sending) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.again = nil
}

// passing is a body that is let go of at its end. It may be closed while it is read.
type passing struct {
	mu   sync.Mutex
	body io.ReadCloser // nil when it is over
}

func (p *passing) Read(into []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.body == nil {
		return 0, io.EOF
	}
	n, err := p.body.Read(into)
	if err != nil {
		p.body = nil // it is in memory, and its Close does nothing.
	}
	return n, err
}

func (p *passing) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.body = nil
	return nil
}
