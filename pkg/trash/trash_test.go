package trash_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/trash"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	must(t, errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)))
}

func content(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(data)
}

func TestThereAndBack(t *testing.T) {
	home := t.TempDir()
	write(t, home+"/p/a.jsonl", "one")
	write(t, home+"/p/a/agent.jsonl", "two")
	put, err := trash.Put(home, trash.Entry{Kind: trash.KindSession, Name: "a", Title: "T", Paths: []string{"p/a.jsonl", "p/a", "p/none"}})
	must(t, err)
	if content(t, home+"/p/a.jsonl") != "" {
		t.Error("it is still where it was")
	}
	list, err := trash.List(home)
	if err != nil || len(list) != 1 || list[0].ID != put.ID || list[0].Title != "T" || time.Since(list[0].DeletedAt) > time.Minute {
		t.Fatalf("%+v %v", list, err)
	}
	write(t, home+"/p/a.jsonl", "new")
	if _, err := trash.Restore(home, put.ID); !fault.Is(err, fault.Conflict) || content(t, home+"/p/a.jsonl") != "new" {
		t.Errorf("over something new: %v", err)
	}
	must(t, os.Remove(home+"/p/a.jsonl"))
	_, err = trash.Restore(home, put.ID)
	must(t, err)
	if content(t, home+"/p/a.jsonl") != "one" || content(t, home+"/p/a/agent.jsonl") != "two" {
		t.Error("it did not come back whole")
	}
	for _, id := range []string{put.ID, "x", "..", "../../etc", ""} {
		if _, err := trash.Restore(home, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", id, err)
		}
		if err := trash.Remove(home, id); !fault.Is(err, fault.NotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// TestCutShort leaves entries as crashes do, in the middle of moving there and back.
func TestCutShort(t *testing.T) {
	home := t.TempDir()
	write(t, home+"/a", "one")
	write(t, home+"/b", "two")
	put, err := trash.Put(home, trash.Entry{Kind: trash.KindSession, Paths: []string{"a", "b"}})
	must(t, err)
	must(t, os.Rename(home+"/.agentchat/trash/"+put.ID+"/0", home+"/a")) // half restored
	_, err = trash.Restore(home, put.ID)
	must(t, err)
	if content(t, home+"/a") != "one" || content(t, home+"/b") != "two" {
		t.Error("it did not come back whole")
	}
	write(t, home+"/.agentchat/trash/0d9b6b3e-0000-4000-8000-000000000000/entry.json", `{"paths":["../../etc/passwd"]}`)
	write(t, home+"/.agentchat/trash/1d9b6b3e-0000-4000-8000-000000000000/entry.json", `{`)
	if list, err := trash.List(home); err != nil || len(list) != 0 {
		t.Errorf("notes that cannot be believed: %v %v", list, err)
	}
}

func TestPurge(t *testing.T) {
	home := t.TempDir()
	outside := t.TempDir()
	write(t, outside+"/keep", "kept")
	write(t, home+"/p/closed/deep/f", "x")
	must(t, os.Symlink(outside, home+"/p/link"))
	must(t, os.Chmod(home+"/p/closed/deep", 0))
	must(t, os.Chmod(home+"/p/closed", 0o500))
	_, err := trash.Put(home, trash.Entry{Kind: trash.KindProject, Name: "p", Paths: []string{"p"}})
	must(t, err)
	if removed, err := trash.Purge(t.Context(), home, time.Now().Add(-time.Hour)); err != nil || len(removed) != 0 {
		t.Errorf("too early: %v %v", removed, err)
	}
	removed, err := trash.Purge(t.Context(), home, time.Now().Add(time.Second))
	if err != nil || len(removed) != 1 || removed[0].Name != "p" {
		t.Errorf("%v %v", removed, err)
	}
	if left, err := os.ReadDir(home + "/.agentchat/trash"); err != nil || len(left) != 0 {
		t.Errorf("left: %v %v", left, err)
	}
	if content(t, outside+"/keep") != "kept" {
		t.Error("a link was followed")
	}
}
