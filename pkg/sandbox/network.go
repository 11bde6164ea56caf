//go:build linux && (amd64 || arm64)

package sandbox

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// A command in namespaces of its own has a network in which there is nobody else. Its way out is a proxy in the server, and
// what connects the two is one listening socket: it is made inside, where its address belongs to the command's network, and
// its descriptor is passed to the server, which answers what comes in. No process stays inside for it, and no path leads there.

// networkName is the argument with which this program, executed inside the boundary before the command, makes that socket.
const networkName = "agentchat-network"

// networkFD is the helper's end of the connection over which the socket is passed.
const networkFD = 5

// link is the server's end of it.
type link struct {
	conn  *os.File
	child *os.File // the end that the helper inherits
}

func newLink() (*link, error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("make socket pair: %w", err)
	}
	return &link{os.NewFile(uintptr(ends[0]), "network"), os.NewFile(uintptr(ends[1]), "network")}, nil
}

// serve waits for the socket and serves what comes in on it, until close.
func (l *link) serve(serve func(net.Listener)) (closeLink func(), err error) {
	conn, err := net.FileConn(l.conn)
	if err != nil {
		return nil, fmt.Errorf("open socket pair: %w", errors.Join(err, l.conn.Close()))
	}
	_ = l.conn.Close() // conn has one of its own.
	arrived := make(chan net.Listener, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		listener, err := receive(conn.(*net.UnixConn))
		arrived <- listener
		if err == nil {
			serve(listener)
		}
	}()
	return func() {
		_ = conn.Close()
		if listener := <-arrived; listener != nil {
			_ = listener.Close()
		}
		<-done
	}, nil
}

// receive takes the one descriptor that comes in.
func receive(conn *net.UnixConn) (net.Listener, error) {
	control := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := conn.ReadMsgUnix(make([]byte, 1), control)
	if err != nil {
		return nil, fmt.Errorf("receive socket: %w", err)
	}
	messages, err := unix.ParseSocketControlMessage(control[:n])
	if err != nil || len(messages) != 1 {
		return nil, errors.Join(errors.New("receive socket: no descriptor"), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return nil, errors.Join(errors.New("receive socket: not one descriptor"), err)
	}
	file := os.NewFile(uintptr(fds[0]), "listener")
	defer file.Close()
	listener, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("receive socket: %w", err)
	}
	return listener, nil
}

// init is the step between the boundary and the command, in a process that was started for it; it becomes the command.
func init() {
	const before = 3 // the program, networkName and the descriptor
	if len(os.Args) <= before || os.Args[1] != networkName {
		return
	}
	err := passListener(os.Args[2])
	if err == nil {
		err = syscall.Exec(os.Args[before], os.Args[before:], os.Environ()) //nolint:gosec // it runs what it is told, inside the boundary.
	}
	fmt.Fprintln(os.Stderr, "The command's network could not be made:", err)
	syscall.Exit(126)
}

// passListener makes the socket on which commands find the proxy, and passes it to the server.
func passListener(to string) error {
	conn, err := strconv.Atoi(to)
	if err != nil {
		return fmt.Errorf("read descriptor: %w", err)
	}
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("make socket: %w", err)
	}
	if err := unix.Bind(listener, &unix.SockaddrInet4{Port: ProxyPort, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return fmt.Errorf("bind socket: %w", err)
	}
	if err := unix.Listen(listener, unix.SOMAXCONN); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if err := unix.Sendmsg(conn, []byte{0}, unix.UnixRights(listener), nil, 0); err != nil {
		return fmt.Errorf("pass socket: %w", err)
	}
	return errors.Join(unix.Close(conn), unix.Close(listener))
}
