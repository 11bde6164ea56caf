package replay_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/replay"
	"claude-agent-chat/pkg/transcript"
)

// writeLines writes a file of records that hang from one another, as another program might.
func writeLines(t *testing.T, lines ...string) (path string) {
	t.Helper()
	var data []byte
	parent := "null"
	for i, line := range lines {
		uuid := fmt.Sprintf("u%d", i+1)
		data = fmt.Appendf(data, "{\"parentUuid\":%s,\"uuid\":%q,\"sessionId\":\"s\",\"timestamp\":\"2026-11-20T10:00:%02dZ\",%s\n", parent, uuid, i, line[1:])
		parent = `"` + uuid + `"`
	}
	path = filepath.Join(t.TempDir(), "s.jsonl")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readPage reads a page with a reader of its own.
func readPage(t *testing.T, path string, q replay.PageQuery) (replay.PageResult, error) {
	t.Helper()
	r, err := transcript.OpenReader(path, -1)
	if err != nil {
		t.Fatal(err)
	}
	page, err := replay.ReadPage(r, q, cwd)
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	return page, err
}

// TestPages reads a conversation in pages of every size, in both directions: each gives the same updates, those of calls
// on an older page included, and the size counts only what is shown.
func TestPages(t *testing.T) {
	s := newStage(t)
	for range 3 {
		s.turn()
	}
	want := encode(t, s.shown)
	for limit := 1; limit <= 12; limit++ {
		var up, down []acp.Update
		q := replay.PageQuery{Limit: limit}
		for first := true; first || q.Before != ""; first = false {
			page, err := readPage(t, s.path, q)
			if err != nil || records(page.Items) < limit && page.NextBefore != "" {
				t.Fatalf("a page of %d records, limit %d: %v", records(page.Items), limit, err)
			}
			up = append(page.Items, up...)
			q.Before = page.NextBefore
		}
		if diff := cmp.Diff(want, encode(t, up)); diff != "" {
			t.Fatalf("upwards, pages of %d (-live +paged):\n%s", limit, diff)
		}
		first, err := readPage(t, s.path, replay.PageQuery{Around: cursors(up)[0], Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		down = append(down, first.Items...)
		for q = (replay.PageQuery{Limit: limit, After: first.NextAfter}); q.After != ""; {
			page, err := readPage(t, s.path, q)
			if err != nil {
				t.Fatal(err)
			}
			down = append(down, page.Items...)
			q.After = page.NextAfter
		}
		if diff := cmp.Diff(want, encode(t, down)); diff != "" {
			t.Fatalf("downwards, pages of %d (-live +paged):\n%s", limit, diff)
		}
	}
}

// TestPageIsWhole makes sure that a page begins with the call of its first result, and with all of the answer.
func TestPageIsWhole(t *testing.T) {
	s := newStage(t)
	s.turn()
	var result string
	for _, u := range s.shown {
		if u.Kind == acp.UpdateToolCallUpdate {
			result = u.Meta[acp.MetaCursor].(string)
		}
	}
	page, err := readPage(t, s.path, replay.PageQuery{Around: result, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if first := brief(page.Items[0]); first != "agent_thought_chunk: text hm" {
		t.Errorf("the page begins with %s", first)
	}
}

// cursors gives the cursors of updates.
func cursors(updates []acp.Update) []string {
	var found []string
	for _, u := range updates {
		if cursor, ok := u.Meta[acp.MetaCursor].(string); ok {
			found = append(found, cursor)
		}
	}
	return found
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
	hidden := writeLines(t, `{"type":"user","isMeta":true,"message":{"content":"hidden"}}`)
	for name, path := range map[string]string{"an empty file": writeLines(t), "nothing to show": hidden} {
		page, err := readPage(t, path, replay.PageQuery{Limit: 10})
		if err != nil || page.Items == nil || len(page.Items) > 0 || page.NextBefore != "" || page.NextAfter != "" {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
		for _, q := range []replay.PageQuery{{Before: "x.y"}, {After: "1.2"}, {Around: "zz"}, {Before: "1.2", After: "1.2"}} {
			if _, err := readPage(t, path, q); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s, %+v: %v", name, q, err)
			}
		}
	}
}
