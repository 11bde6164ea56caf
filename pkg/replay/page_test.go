package replay_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/replay"
	"claude-agent-chat/pkg/transcript"
)

// loadLines loads a file of records that hang from one another, as another program might write them.
func loadLines(t *testing.T, lines ...string) *transcript.Conversation {
	t.Helper()
	var data []byte
	parent := "null"
	for i, line := range lines {
		uuid := fmt.Sprintf("u%d", i+1)
		data = fmt.Appendf(data, "{\"parentUuid\":%s,\"uuid\":%q,\"sessionId\":\"s\",\"timestamp\":\"2026-11-20T10:00:%02dZ\",%s\n", parent, uuid, i, line[1:])
		parent = `"` + uuid + `"`
	}
	path := filepath.Join(t.TempDir(), "s.jsonl")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	conv, err := transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return conv
}

// TestPages reads a conversation backwards in pages of every size: each gives the same updates, those of calls on an
// older page included, and the size counts only what is shown.
func TestPages(t *testing.T) {
	s := newStage(t)
	for range 3 {
		s.turn()
	}
	conv := s.load()
	for limit := 1; limit <= 12; limit++ {
		var all []acp.Update
		before := ""
		for {
			items, next, more := replay.Page(conv, before, limit, cwd)
			if got := records(items); got > limit || more && got != limit {
				t.Fatalf("a page of %d records, limit %d", got, limit)
			}
			all = append(items, all...)
			if !more {
				break
			}
			before = next
		}
		if diff := cmp.Diff(encode(t, s.shown), encode(t, all)); diff != "" {
			t.Fatalf("pages of %d (-live +paged):\n%s", limit, diff)
		}
	}
}

// records counts the records of updates, each of which ends with a cursor.
func records(updates []acp.Update) int {
	count := 0
	for _, u := range updates {
		if u.Meta[acp.MetaCursor] != nil {
			count++
		}
	}
	return count
}

func TestPagesOfNothing(t *testing.T) {
	hidden := loadLines(t, `{"type":"user","isMeta":true,"message":{"content":"hidden"}}`)
	for name, conv := range map[string]*transcript.Conversation{"an empty file": loadLines(t), "nothing to show": hidden} {
		for _, before := range []string{"", "x.y"} {
			items, next, more := replay.Page(conv, before, 10, cwd)
			if items == nil || len(items) > 0 || next != "" || more {
				t.Errorf("%s before %q: %v, %q, %v", name, before, items, next, more)
			}
		}
	}
}
