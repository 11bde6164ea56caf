package egress

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// maxHello bounds the first message of TLS.
const maxHello = 64 << 10

var errHelloRead = errors.New("read enough")

// readHello reads the first message of a TLS client and gives the name of the server that it asks for, and what was read so
// that it can be sent on. The message is read by crypto/tls, which never answers it.
func readHello(ctx context.Context, from io.Reader) (read io.Reader, server string, err error) {
	var taken bytes.Buffer
	seen := false
	conn := tls.Server(oneWay{io.TeeReader(io.LimitReader(from, maxHello), &taken)}, &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			seen, server = true, hello.ServerName
			return nil, errHelloRead
		},
	})
	err = conn.HandshakeContext(ctx)
	if !seen {
		return nil, "", errors.Join(errors.New("no TLS"), err)
	}
	return &taken, server, nil
}

// oneWay is a connection that can be read only.
type oneWay struct{ io.Reader }

func (oneWay) Write(p []byte) (int, error)      { return len(p), nil }
func (oneWay) Close() error                     { return nil }
func (oneWay) LocalAddr() net.Addr              { return nil }
func (oneWay) RemoteAddr() net.Addr             { return nil }
func (oneWay) SetDeadline(time.Time) error      { return nil }
func (oneWay) SetReadDeadline(time.Time) error  { return nil }
func (oneWay) SetWriteDeadline(time.Time) error { return nil }
