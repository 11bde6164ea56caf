package egress

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/netutil"
)

// The bounds of a proxy.
const (
	maxConnections = 64               // of one run
	maxHeader      = 64 << 10         // bytes
	headerTimeout  = 10 * time.Second // for a request's header, and for the first words of TLS
	dialTimeout    = 10 * time.Second
	answerTimeout  = 2 * time.Minute // for the header of an answer
	idleTimeout    = time.Minute     // between two requests on one connection
	maxRefusals    = 20              // that are told of one run
)

// Options are what a Proxy works with. Only Hosts has to be given.
type Options struct {
	Hosts Hosts
	// Lookup finds the addresses of a name; the system's resolver if nil.
	Lookup func(ctx context.Context, name string) ([]netip.Addr, error)
	// Open reports whether an address may be connected to; Public if nil.
	Open func(netip.Addr) bool
	Log  *slog.Logger
}

// Proxy connects commands to the hosts of its list. It is safe for concurrent use.
type Proxy struct {
	hosts  Hosts
	lookup func(ctx context.Context, name string) ([]netip.Addr, error)
	open   func(netip.Addr) bool
	log    *slog.Logger
}

// New makes a proxy.
func New(opts Options) *Proxy {
	p := &Proxy{hosts: opts.Hosts, lookup: opts.Lookup, open: opts.Open, log: opts.Log}
	if p.lookup == nil {
		p.lookup = func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name+".") // no search domain is tried.
		}
	}
	if p.open == nil {
		p.open = Public
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	return p
}

// Hosts are what may be reached.
func (p *Proxy) Hosts() Hosts { return p.hosts }

// Run is the proxy as one command sees it. It remembers what it refused.
type Run struct {
	proxy *Proxy

	mu       sync.Mutex
	refusals []string
	more     int
}

// Run is for one command.
func (p *Proxy) Run() *Run { return &Run{proxy: p} }

// Serve answers what comes in on a listener until that is closed; then it ends what is still open.
func (r *Run) Serve(listener net.Listener) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			name, port, err := r.judge(address)
			if err != nil {
				return nil, err
			}
			return r.dial(ctx, address, name, port)
		},
		DisableCompression: true, DisableKeepAlives: true,
		ResponseHeaderTimeout: answerTimeout, MaxResponseHeaderBytes: maxHeader,
	}
	forward := &httputil.ReverseProxy{
		Rewrite:       func(pr *httputil.ProxyRequest) { pr.Out.Host = pr.Out.URL.Host },
		Transport:     transport,
		ErrorHandler:  r.failed,
		ErrorLog:      slog.NewLogLogger(r.proxy.log.Handler(), slog.LevelDebug),
		FlushInterval: -1,
	}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			switch {
			case req.Method == http.MethodConnect:
				r.connect(w, req)
			case req.URL.Scheme == "http" && req.URL.Host != "":
				forward.ServeHTTP(w, req)
			default:
				http.Error(w, "This is a proxy: ask it for an address that begins with http://, or to CONNECT.", http.StatusBadRequest)
			}
		}),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(r.proxy.log.Handler(), slog.LevelDebug),
	}
	_ = server.Serve(netutil.LimitListener(listener, maxConnections)) // it ends with the listener.
	_ = server.Close()
}

// Refusals are sentences about what was refused, each once, in the order in which it happened.
func (r *Run) Refusals() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	said := slices.Clone(r.refusals)
	if r.more > 0 {
		said = append(said, fmt.Sprintf("%d more connections were refused.", r.more))
	}
	return said
}

// refusal is why a connection is not made.
type refusal struct {
	address, why string
}

// Error is the sentence for the command and for people.
func (r *refusal) Error() string {
	return fmt.Sprintf("The connection to %s was refused: %s.", r.address, r.why)
}

func (r *Run) refuse(address, why string) error {
	err := &refusal{shown(address), why}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case slices.Contains(r.refusals, err.Error()):
	case len(r.refusals) < maxRefusals:
		r.refusals = append(r.refusals, err.Error())
		r.proxy.log.Info("connection refused", "address", err.address, "why", why)
	default:
		r.more++
	}
	return err
}

// shown is an address as it may stand in a sentence, whatever a command made of it.
func shown(address string) string {
	const most = 300
	address = strings.ToValidUTF8(address[:min(len(address), most)], "?")
	return strings.Map(func(c rune) rune {
		if c <= ' ' || c > '~' {
			return '?'
		}
		return c
	}, address)
}

// dial connects to an address whose name judge has found on the list. The name is looked up once, and each of its addresses
// must be open.
func (r *Run) dial(ctx context.Context, address, name string, port uint16) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	addrs, err := r.proxy.lookup(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", name, err)
	}
	for _, addr := range addrs {
		if !r.proxy.open(addr) {
			return nil, r.refuse(address, "its name leads to an address that is not on the internet")
		}
	}
	var dialer net.Dialer
	var failed []error
	for _, addr := range addrs {
		conn, err := dialer.DialContext(ctx, "tcp", netip.AddrPortFrom(addr.Unmap(), port).String())
		if err == nil {
			return conn, nil
		}
		failed = append(failed, err)
	}
	return nil, fmt.Errorf("connect to %s: %w", name, errors.Join(failed...))
}

// judge holds an address against the list.
func (r *Run) judge(address string) (name string, port uint16, err error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, r.refuse(address, "it is not a host and a port")
	}
	number, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return "", 0, r.refuse(address, "it has no port from 1 to 65535")
	}
	name, why := r.proxy.hosts.allow(host, int(number))
	if why != "" {
		return "", 0, r.refuse(address, why)
	}
	return name, uint16(number), nil
}

// failed answers for a request that could not be forwarded.
func (r *Run) failed(w http.ResponseWriter, req *http.Request, err error) {
	var refused *refusal
	if errors.As(err, &refused) {
		http.Error(w, refused.Error(), http.StatusForbidden)
		return
	}
	if req.Context().Err() == nil {
		r.proxy.log.Info("connection failed", "address", shown(req.URL.Host), "error", err)
	}
	http.Error(w, fmt.Sprintf("No connection to %s could be made.", shown(req.URL.Host)), http.StatusBadGateway)
}

// connect makes a tunnel.
func (r *Run) connect(w http.ResponseWriter, req *http.Request) {
	name, port, err := r.judge(req.Host)
	if err == nil && port == portHTTP {
		err = r.refuse(req.Host, "a tunnel to this port could ask for any host; plain http goes without CONNECT")
	}
	if err != nil {
		r.failed(w, req, err)
		return
	}
	out, err := r.dial(req.Context(), req.Host, name, port)
	if err != nil {
		r.failed(w, req, err)
		return
	}
	defer out.Close()
	stop := context.AfterFunc(req.Context(), func() { _ = out.Close() })
	defer stop()
	in, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		r.failed(w, req, err)
		return
	}
	defer in.Close()
	_ = in.SetDeadline(time.Now().Add(headerTimeout))
	if _, err := io.WriteString(in, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	first, err := r.greeting(req.Context(), buffered.Reader, name, port)
	if err != nil {
		return // the refusal is told with the command's result.
	}
	_ = in.SetDeadline(time.Time{})
	tunnel(in, out, io.MultiReader(first, buffered.Reader))
}

// greeting reads the beginning of TLS and holds the server's name in it against the one that the tunnel was asked for: an
// allowed host may share its address with others. A port that was allowed by its number may carry anything.
func (r *Run) greeting(ctx context.Context, from *bufio.Reader, name string, port uint16) (io.Reader, error) {
	if port != portHTTPS {
		return strings.NewReader(""), nil
	}
	read, server, err := readHello(ctx, from)
	switch {
	case err != nil:
		return nil, r.refuse(net.JoinHostPort(name, strconv.Itoa(portHTTPS)), "what came through its tunnel was not TLS")
	case !strings.EqualFold(strings.TrimSuffix(server, "."), name):
		return nil, r.refuse(net.JoinHostPort(name, strconv.Itoa(portHTTPS)), "its tunnel was used for another host, "+shown(server))
	}
	return read, nil
}

// tunnel carries bytes both ways until both ways have ended, or one has failed.
func tunnel(in, out net.Conn, from io.Reader) {
	var both sync.WaitGroup
	both.Go(func() { carry(out, from) })
	both.Go(func() { carry(in, out) })
	both.Wait()
}

// carry copies to the end and passes the end on. A failure ends both connections, by the side that is written to.
func carry(to net.Conn, from io.Reader) {
	_, err := io.Copy(to, from)
	half, can := to.(interface{ CloseWrite() error })
	if err == nil && can && half.CloseWrite() == nil {
		return
	}
	_ = to.Close()
}
