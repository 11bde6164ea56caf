package anthropic_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"claude-agent-chat/pkg/anthropic"
)

// An answer can take minutes, and a conversation has a megabyte: what was sent is not held while the answer comes.
func TestSentRequestIsLetGo(t *testing.T) {
	const size = 64 << 20
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n, err := io.Copy(io.Discard, r.Body); err != nil || n < size {
			t.Errorf("request of %d bytes, %v", n, err)
		}
		w.Header().Set("Content-Type", "text/event-stream")
		w.(http.Flusher).Flush()
		<-done
	}))
	defer server.Close()
	defer close(done)
	before := heap()
	stream, err := anthropic.New(anthropic.Options{BaseURL: server.URL}).Stream(t.Context(), anthropic.Request{
		Model: "m", Messages: []anthropic.Message{{Role: "user", Content: json.RawMessage(`"` + strings.Repeat("x", size) + `"`)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	if held := heap() - before; held > size/2 {
		t.Errorf("%d bytes are held while the answer comes, after a request of %d", held, size)
	}
}

// heap is how many bytes are alive.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
