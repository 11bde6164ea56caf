package anthropictest

import (
	"context"
	"io"
	"net/http"
	"sync"
)

// Client returns an HTTP client that calls h directly, whatever the address: no port that anyone else could reach.
// Streams are passed on as they are written; a client that closes or cancels ends the handler's context.
func Client(h http.Handler) *http.Client { return &http.Client{Transport: direct{h}} }

type direct struct{ handler http.Handler }

// RoundTrip runs the handler until its header is written, and lets it go on while the body is read.
func (d direct) RoundTrip(out *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(out.Context())
	in := out.Clone(ctx)
	if in.Body == nil {
		in.Body = http.NoBody
	}
	in.RequestURI = out.URL.RequestURI()
	reader, writer := io.Pipe()
	w := &pipeWriter{header: http.Header{}, pipe: writer, ready: make(chan struct{})}
	stop := context.AfterFunc(ctx, func() { writer.CloseWithError(context.Cause(ctx)) })
	go func() {
		defer cancel()
		defer stop()
		defer in.Body.Close()
		w.run(d.handler, in)
	}()
	select {
	case <-w.ready:
	case <-ctx.Done():
		cancel()
		return nil, context.Cause(ctx)
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: &pipeBody{reader, cancel}, ContentLength: -1, Request: out,
	}, nil
}

// pipeBody ends the handler when it is closed.
type pipeBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *pipeBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}

// pipeWriter is the handler's side of a direct call.
type pipeWriter struct {
	header http.Header
	sent   http.Header
	status int
	once   sync.Once
	ready  chan struct{}
	pipe   *io.PipeWriter
}

// run ends the body properly, or as cut if the handler panics with http.ErrAbortHandler.
func (w *pipeWriter) run(h http.Handler, r *http.Request) {
	defer func() {
		w.WriteHeader(http.StatusOK)
		if p := recover(); p != nil {
			w.pipe.CloseWithError(io.ErrUnexpectedEOF)
			if p != http.ErrAbortHandler { //nolint:errorlint // net/http compares it the same way
				panic(p)
			}
			return
		}
		w.pipe.Close()
	}()
	h.ServeHTTP(w, r)
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.ready)
	})
}

func (w *pipeWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.pipe.Write(p)
}

// Flush is there for handlers that insist on it: a write arrives at once.
func (w *pipeWriter) Flush() {}
