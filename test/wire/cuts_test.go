package wire_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// cutter is a proxy that passes a number of bytes, of both directions together, and then cuts the connection: in the
// middle of a frame, of the upgrade, of an answer, wherever that falls.
type cutter struct {
	listener net.Listener
	target   atomic.Pointer[string]
	budget   func() int64 // bytes of the next connection
	cuts     atomic.Int64
	open     sync.WaitGroup
}

func newCutter(t *testing.T, target string, budget func() int64) *cutter {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &cutter{listener: listener, budget: budget}
	p.target.Store(&target)
	p.open.Go(p.serve)
	t.Cleanup(func() {
		must(t, listener.Close())
		p.open.Wait()
	})
	return p
}

func (p *cutter) serve() {
	for {
		in, err := p.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", *p.target.Load())
		if err != nil {
			_ = in.Close()
			continue
		}
		left := &atomic.Int64{}
		left.Store(p.budget())
		var once sync.Once
		end := func() {
			once.Do(func() {
				if left.Load() <= 0 {
					p.cuts.Add(1)
				}
				_, _ = in.Close(), out.Close()
			})
		}
		p.open.Go(func() { pass(out, in, left, end) })
		p.open.Go(func() { pass(in, out, left, end) })
	}
}

// pass copies until nothing is left of the budget.
func pass(to io.Writer, from io.Reader, left *atomic.Int64, end func()) {
	defer end()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		allowed := min(int64(n), left.Add(-int64(n))+int64(n))
		if allowed > 0 {
			if _, err := to.Write(buf[:allowed]); err != nil {
				return
			}
		}
		if err != nil || allowed < int64(n) {
			return
		}
	}
}

// tab is a page of a person: it keeps what it has, and comes back whenever it is cut off.
type tab struct {
	t    *testing.T
	w    *world.World
	user world.User
	addr string
	id   string
	conn *world.Client
	kept []world.Update // of earlier connections, up to the last cursor
}

// connect comes back until it is attached, as a page does.
func (b *tab) connect() {
	for {
		if b.conn != nil {
			b.kept, _ = untilCursor(append(b.kept[:len(b.kept):len(b.kept)], b.conn.Updates()...))
			b.conn = nil
		}
		c, _, err := b.w.DialWith(world.DialOptions{Lazy: true, Addr: b.addr, Header: http.Header{"Authorization": {"Bearer " + b.user.Token}}})
		if err != nil {
			continue
		}
		if b.attach(c) {
			return
		}
	}
}

func (b *tab) attach(c *world.Client) bool {
	meta := map[string]any{acp.MetaEcho: true}
	if _, ok := c.TryCall(acp.MethodInitialize, map[string]any{"protocolVersion": 1, "clientCapabilities": map[string]any{"_meta": meta}}); !ok {
		return false
	}
	_, cursor := untilCursor(b.kept)
	params := acp.LoadSessionRequest{SessionID: b.id, Cwd: b.user.Cwd}
	method := acp.MethodSessionLoad
	if cursor != "" {
		params.Meta, method = acp.Meta{acp.MetaReplayAfter: cursor}, acp.MethodSessionResume
	}
	b.conn = c
	result, ok := c.TryCall(method, params)
	if !ok {
		return false
	}
	var answer acp.LoadSessionResponse
	must(b.t, json.Unmarshal(result, &answer))
	if cursor != "" && answer.Meta[acp.MetaReplay] != acp.ReplayComplete {
		b.t.Errorf("the cursor %s is answered with %v", cursor, answer.Meta)
	}
	return true
}

// prompt sends a prompt under one id until it is answered.
func (b *tab) prompt(promptID, text string) {
	params := acp.PromptRequest{
		SessionID: b.id, Prompt: []acp.ContentBlock{acp.Text(text)}, Meta: acp.Meta{acp.MetaPromptID: promptID},
	}
	for {
		if _, ok := b.conn.TryCall(acp.MethodSessionPrompt, params); ok {
			return
		}
		b.connect()
	}
}

// view is what the tab shows.
func (b *tab) view() string {
	return viewOf(append(b.kept[:len(b.kept):len(b.kept)], b.conn.Updates()...)).String()
}

// TestCuts cuts three tabs of one session off at random places, in both directions, while they prompt and watch: in the
// end each of them shows the transcript, in its order, once. TEST_CUTS says how many cuts there must be at least.
func TestCuts(t *testing.T) {
	wanted := int64(1000)
	if raced {
		wanted = 50
	}
	if text := os.Getenv("TEST_CUTS"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		must(t, err)
		wanted = n
	}
	pieces := make([]string, 60)
	for i := range pieces {
		pieces[i] = fmt.Sprintf("word%d ", i)
	}
	var calls atomic.Int64
	model := anthropictest.New(t,
		anthropictest.Exchange{
			Times: -1,
			Match: func(r *anthropictest.Request) bool { return strings.HasPrefix(r.Last().Text(), "prompt") },
			Reply: func(w *anthropictest.Writer) error {
				n := calls.Add(2)
				return anthropictest.Stream(
					anthropictest.Text(pieces...),
					anthropictest.Tool(fmt.Sprintf("t%d", n), "Glob", `{"pattern":"*"}`),
					anthropictest.Tool(fmt.Sprintf("t%d", n+1), "Glob", `{"pattern":"*.go"}`))(w)
			},
		},
		anthropictest.Exchange{
			Times: -1,
			Match: func(r *anthropictest.Request) bool { return len(r.Last().Results()) == 2 },
			Reply: anthropictest.Stream(anthropictest.Text(pieces...)),
		},
	)
	w := world.New(t, model.Start())
	user := w.User("ada")
	id := w.Dial(user).NewSession(user.Cwd)
	var calm atomic.Bool
	proxy := newCutter(t, w.Addr, func() int64 {
		if calm.Load() {
			return 1 << 40
		}
		return 200 + rand.Int64N(40_000)
	})
	tabs := make([]*tab, 3)
	prompts := make([]int, len(tabs))
	var all sync.WaitGroup
	for i := range tabs {
		b := &tab{t: t, w: w, user: user, addr: proxy.listener.Addr().String(), id: id}
		tabs[i] = b
		all.Go(func() {
			b.connect()
			for n := 0; proxy.cuts.Load() < wanted && !t.Failed(); n++ {
				b.prompt(fmt.Sprintf("%d-%d", i, n), fmt.Sprintf("prompt %d of tab %d", n, i))
				prompts[i]++
			}
		})
	}
	all.Wait()
	calm.Store(true)
	watcher := w.Dial(user)
	_, err := watcher.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	want := viewOf(watcher.Updates()).String()
	for i, b := range tabs {
		b.conn.Drop()
		b.connect()
		if got := b.view(); got != want {
			t.Errorf("tab %d shows something else than the transcript: %s", i, firstDifference(got, want))
		}
	}
	asked := 0
	for _, rec := range transcriptOf(t, w, user) {
		if message, ok := rec["message"].(map[string]any); ok && strings.HasPrefix(fmt.Sprint(message["content"]), "prompt") {
			asked++
		}
	}
	if sent := prompts[0] + prompts[1] + prompts[2]; asked != sent {
		t.Errorf("%d prompts are in the transcript, %d were sent", asked, sent)
	}
	t.Logf("%d cuts, %d prompts", proxy.cuts.Load(), asked)
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d is %.200q, not %.200q", i, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, not %d", len(a), len(b))
}
