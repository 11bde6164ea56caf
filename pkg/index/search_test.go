package index_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/index"
	"claude-agent-chat/pkg/store"
)

// search gives the excerpts of what an account finds, matches in brackets.
func (s *shelf) search(owner, query string) []string {
	s.t.Helper()
	found, _, err := index.Search(s.t.Context(), s.store, s.root, owner, query, "", 50)
	must(s.t, err)
	var all []string
	for _, f := range found {
		line := f.Kind + ": "
		for _, part := range f.Excerpt {
			if part.Match {
				line += "[" + part.Text + "]"
			} else {
				line += part.Text
			}
		}
		all = append(all, line)
	}
	return all
}

// want holds a search against what it should find.
func (s *shelf) want(owner, query string, want ...string) {
	s.t.Helper()
	if got := s.search(owner, query); strings.Join(got, "\n") != strings.Join(want, "\n") {
		s.t.Errorf("%q finds %q, want %q", query, got, want)
	}
}

func TestSearch(t *testing.T) {
	s := newShelf(t)
	must(t, s.store.CreateAccount(t.Context(), store.Account{ID: "u2", Username: "bob", PasswordHash: "x", Role: "user", CreatedAt: time.Now()}))
	id, path := s.write("u1", "/work", "How does 机器学习 work in prefix_trees?")
	s.write("u2", "/work", "How is bob?")
	must(t, s.index.CompareAll(t.Context()))
	s.want("u1", "学习", "prompt: How does 机器[学习] work in prefix_trees?")
	s.want("u1", "习机")
	s.want("u1", "HOW prefix", "prompt: [How] does 机器学习 work in [prefix]_trees?")
	s.want("u1", "yes", "answer: [Yes].")
	s.want("u1", "bob")
	s.want("u2", "how", "prompt: [How] is bob?")

	// What another program appends is found without the rest being read again, and a tool's work is found too.
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	for i, block := range []string{
		`{"type":"tool_use","id":"t","name":"Bash","input":{"command":"make 测试","n":[1,"deep"]}}`, `{"type":"thinking","thinking":"Hm, well","signature":"x"}`,
	} {
		fmt.Fprintf(file, `{"type":"assistant","uuid":"a%d","parentUuid":null,"sessionId":"%s","timestamp":"2026-11-24T10:00:0%dZ","message":{"role":"assistant","id":"m","content":[%s]}}`+"\n", i, id, i, block)
	}
	fmt.Fprintf(file, `{"type":"user","uuid":"r","parentUuid":"a0","sessionId":"%s","timestamp":"2026-11-24T10:01:00Z","toolUseResult":{},"message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"3 passed"}]}]}}`+"\ntorn {", id)
	must(t, file.Close())
	must(t, s.index.CompareAll(t.Context()))
	s.want("u1", "测试", "call: Bash\nmake [测试]\ndeep")
	s.want("u1", "deep", "call: Bash\nmake 测试\n[deep]")
	s.want("u1", "passed", "result: 3 [passed]")
	s.want("u1", "well", "thinking: Hm, [well]")
	s.want("u1", "torn")

	// A file that is another one is indexed anew; a session that is gone is not found.
	data, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, []byte(strings.Replace(string(data), "How does", "Say", 1)), 0o600))
	must(t, s.index.CompareAll(t.Context()))
	s.want("u1", "say", "prompt: [Say] 机器学习 work in prefix_trees?")
	must(t, os.Remove(path))
	must(t, s.index.CompareAll(t.Context()))
	s.want("u1", "学习")

	if _, _, err := index.Search(t.Context(), s.store, s.root, "u1", " ?! ", "", 5); !fault.Is(err, fault.Invalid) {
		t.Errorf("a query without words: %v", err)
	}
	if _, _, err := index.Search(t.Context(), s.store, s.root, "u1", "x", "?", 5); !fault.Is(err, fault.Invalid) {
		t.Errorf("a cursor of something else: %v", err)
	}
}

// TestSearchPages goes through pages until there are no more.
func TestSearchPages(t *testing.T) {
	s := newShelf(t)
	id, path := s.write("u1", "/work", "word 0")
	for i := range 9 {
		s.add(path, id, "/work", fmt.Sprint("word ", i+1))
	}
	_, err := s.index.Reindex(t.Context(), nil, true)
	must(t, err)
	var all []string
	for cursor, pages := "", 0; ; pages++ {
		found, next, err := index.Search(t.Context(), s.store, s.root, "u1", "word", cursor, 4)
		must(t, err)
		for _, f := range found {
			data, _ := json.Marshal(f.Excerpt)
			all = append(all, string(data))
		}
		if cursor = next; cursor == "" {
			if pages != 3 { // the last is for beginnings, of which there are none.
				t.Errorf("there are %d pages", pages+1)
			}
			break
		}
	}
	if len(all) != 10 || !strings.Contains(all[0], "9") || !strings.Contains(all[9], "0") {
		t.Errorf("found are %q", all)
	}
}

// TestFollowText finds what was just written within two seconds.
func TestFollowText(t *testing.T) {
	s := newShelf(t)
	s.follow()
	id, path := s.write("u1", "/work", "hello")
	s.eventually("the session", func(store.Session) bool { return true }, id)
	for i := range 5 {
		word := fmt.Sprint("novelty", i)
		began := time.Now()
		s.add(path, id, "/work", word)
		for len(s.search("u1", word)) == 0 {
			if time.Since(began) > 10*time.Second {
				t.Fatal("it is not found within 10 s")
			}
			time.Sleep(10 * time.Millisecond)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it was found only after %s", took)
		}
	}
}
