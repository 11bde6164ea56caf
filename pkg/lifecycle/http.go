package lifecycle

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The bounds of every HTTP server here. There is none for a whole request or answer: uploads, downloads and WebSocket
// connections take as long as they take, and a read deadline would end the context of a handler that outlives it.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

// HTTPServer is a part that serves handler on listener, which it owns. Its Shutdown takes no new requests and waits for
// those that run; at the end of its time it cuts them. Hijacked connections are not its business.
func HTTPServer(name string, listener net.Listener, handler http.Handler) Part {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
	}
	return Part{
		Name: name,
		Serve: func(context.Context) error {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		},
		Shutdown: func(ctx context.Context) error {
			err := server.Shutdown(ctx)
			if err == nil {
				return nil
			}
			if errors.Is(err, context.DeadlineExceeded) {
				err = errors.New("requests were cut short")
			}
			return errors.Join(err, server.Close())
		},
		setLog: func(log *slog.Logger) {
			server.ErrorLog = slog.NewLogLogger(log.With("server", name).Handler(), slog.LevelWarn)
		},
	}
}
