package tool

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"
)

// maxShown is how many bytes of output the model gets: the first half of it from the beginning, the rest from the end.
const maxShown = 30_000

// progressEvery and progressBytes bound what is shown of a running command.
const (
	progressEvery = 200 * time.Millisecond
	progressBytes = 8_000
)

// output keeps the beginning and the end of what a command writes. It is safe for concurrent use.
type output struct {
	mu    sync.Mutex
	head  []byte
	tail  []byte
	total int64
}

// Write never fails.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.total += int64(len(p))
	n := len(p)
	room := min(maxShown/2-len(o.head), n)
	o.head = append(o.head, p[:room]...)
	p = p[room:]
	if len(p) > maxShown/2 {
		p = p[len(p)-maxShown/2:]
	}
	o.tail = append(o.tail, p...)
	if len(o.tail) > maxShown {
		o.tail = append(o.tail[:0], o.tail[len(o.tail)-maxShown/2:]...)
	}
	return n, nil
}

// String is the text for the model, without blank lines at its ends.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	tail := o.tail
	if len(tail) > maxShown/2 {
		tail = tail[len(tail)-maxShown/2:]
	}
	cut := o.total - int64(len(o.head)+len(tail))
	if cut == 0 {
		return tidy(append(bytes.Clone(o.head), tail...))
	}
	return tidy(o.head) + fmt.Sprintf("\n\n... [%d bytes left out] ...\n\n", cut) + tidy(tail)
}

// latest gives the end of the output and how much there was in all.
func (o *output) latest(limit int) (string, int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := append(bytes.Clone(o.head), o.tail...)
	if len(all) <= limit {
		return tidy(all), o.total
	}
	return "…" + tidy(all[len(all)-limit:]), o.total
}

// follow calls progress while the output grows, until stop is called. stop returns when no call is under way.
func (o *output) follow(progress func(string)) (stop func()) {
	if progress == nil {
		return func() {}
	}
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		var shown int64
		for {
			select {
			case <-quit:
				return
			case <-ticker.C:
			}
			if text, total := o.latest(progressBytes); total != shown {
				shown = total
				progress(Fence("", text))
			}
		}
	}()
	return func() { close(quit); <-ended }
}

// tidy makes text of what a program wrote: valid UTF-8 without NUL, no blank lines before it, no space behind it.
func tidy(b []byte) string {
	s := strings.ToValidUTF8(string(b), "\uFFFD")
	s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	for {
		line, rest, more := strings.Cut(s, "\n")
		if !more || strings.TrimSpace(line) != "" {
			return strings.TrimRight(s, " \t\r\n")
		}
		s = rest
	}
}
