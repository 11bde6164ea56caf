package tasklist_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/tasklist"
	"claude-agent-chat/pkg/transcript"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ptr(s string) *string { return &s }

// filesIn gives the files of a list, but its lock.
func filesIn(t *testing.T, list tasklist.Store) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(list.Dir())
	must(t, err)
	all := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(list.Dir(), e.Name()))
		must(t, err)
		if e.Name() != ".lock" {
			all[e.Name()] = string(data)
		}
	}
	return all
}

// TestFiles holds the files against those that Claude Code wrote of the same calls.
func TestFiles(t *testing.T) {
	list := tasklist.At(t.TempDir(), "s")
	if _, has := list.Plan(); has || list.Exists() {
		t.Error("there is a list before its first task")
	}
	must(t, list.Change(func(l *tasklist.List) {
		l.Create(&tasklist.New{Subject: "First", Description: ptr("do it"), ActiveForm: "Doing"})
		l.Create(&tasklist.New{Subject: "<Second>", Description: ptr("then"), Metadata: map[string]json.RawMessage{"k": json.RawMessage("1")}})
	}))
	must(t, list.Change(func(l *tasklist.List) {
		l.Update(l.Find("1"), &tasklist.Change{Status: ptr("in_progress"), Owner: ptr("me")})
		l.Update(l.Find("2"), &tasklist.Change{AddBlockedBy: []string{"1"}, Metadata: map[string]json.RawMessage{"k": json.RawMessage("null"), "z": json.RawMessage("2")}})
		l.Update(l.Create(&tasklist.New{Subject: "Third"}), &tasklist.Change{Status: ptr("deleted")})
	}))
	must(t, list.Change(func(l *tasklist.List) { l.Create(&tasklist.New{Subject: "Fourth", Description: ptr("x")}) }))
	want := map[string]string{
		".highwatermark": "3",
		"1.json": `{
  "id": "1",
  "subject": "First",
  "description": "do it",
  "activeForm": "Doing",
  "owner": "me",
  "status": "in_progress",
  "blocks": [
    "2"
  ],
  "blockedBy": []
}`,
		"2.json": `{
  "id": "2",
  "subject": "<Second>",
  "description": "then",
  "status": "pending",
  "blocks": [],
  "blockedBy": [
    "1"
  ],
  "metadata": {
    "z": 2
  }
}`,
		"4.json": `{
  "id": "4",
  "subject": "Fourth",
  "description": "x",
  "status": "pending",
  "blocks": [],
  "blockedBy": []
}`,
	}
	if diff := cmp.Diff(want, filesIn(t, list)); diff != "" {
		t.Error(diff)
	}
	must(t, list.Forget())
	if list.Exists() {
		t.Error("it is there although it was forgotten")
	}
}

// TestReadTakesAnything gives it what may lie in the directory.
func TestReadTakesAnything(t *testing.T) {
	home := t.TempDir()
	list := tasklist.At(home, "s")
	must(t, os.MkdirAll(filepath.Join(list.Dir(), "5.json"), 0o700))
	must(t, os.WriteFile(filepath.Join(home, "secret.json"), []byte(`{"id":"6","subject":"Secret","status":"pending"}`), 0o600))
	must(t, os.Symlink(filepath.Join(home, "secret.json"), filepath.Join(list.Dir(), "6.json")))
	for name, text := range map[string]string{
		"1.json": `{"id":"1","subject":"Kept","status":"odd"}`, "2.json": `{"id":"2"`, "3.json": `{"id":"4","subject":"Other"}`,
		"7.json": `{"id":"7","subject":"` + strings.Repeat("x", 70_000) + `"}`, "x.json": `{"id":"x"}`, "08.json": `{"id":"08"}`, "10.json": `{"id":"10","subject":"Ten"}`,
		".highwatermark": "12\n", "-1.json": `{"id":"-1"}`,
	} {
		must(t, os.WriteFile(filepath.Join(list.Dir(), name), []byte(text), 0o600))
	}
	entries, ok := list.Plan()
	want := []acp.PlanEntry{{Content: "Kept", Priority: "medium", Status: "pending"}, {Content: "Ten", Priority: "medium", Status: "pending"}}
	if diff := cmp.Diff(want, entries); diff != "" || !ok {
		t.Error(diff)
	}
	must(t, list.Change(func(l *tasklist.List) {
		if next := l.Create(&tasklist.New{Subject: "Next"}); next.ID != "13" {
			t.Errorf("the next one is %s", next.ID)
		}
	}))
}

// TestChangeOneAfterAnother has many change a list at once.
func TestChangeOneAfterAnother(t *testing.T) {
	home := t.TempDir()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			err := tasklist.At(home, "s").Change(func(l *tasklist.List) { l.Create(&tasklist.New{Subject: fmt.Sprint(i)}) })
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	list, err := tasklist.At(home, "s").Read()
	must(t, err)
	if len(list.Tasks) != 20 || list.Tasks[19].ID != "20" {
		t.Errorf("there are %d tasks", len(list.Tasks))
	}
}

func call(name, input, use string) transcript.AnsweredCall {
	return transcript.AnsweredCall{Name: name, Input: json.RawMessage(input), UseResult: json.RawMessage(use)}
}

// TestOfTakesAnything gives it what files of other programs may hold.
func TestOfTakesAnything(t *testing.T) {
	list := tasklist.Of([]transcript.AnsweredCall{
		call("TaskCreate", ``, ``),
		call("TaskCreate", `{"subject":"a","description":""}`, `"Error: x"`),
		call("TaskCreate", `{"subject":"a","description":""}`, `{"task":null}`),
		call("TaskCreate", `{"subject":"a","description":""}`, `{"task":{"id":"x"}}`),
		call("TaskCreate", `{"subject":"a","description":""}`, `{"task":{"id":"9000000000000000000"}}`),
		call("TaskUpdate", `{"taskId":"1","status":"completed"}`, `{"success":true}`),
		call("TaskUpdate", `[]`, `{}`),
		call("Bash", `{"command":"x"}`, `{}`),
		call("TaskCreate", `{"subject":"kept","description":"","new":1}`, `{"task":{"id":"7"}}`),
		call("TaskCreate", `{"subject":"again","description":""}`, `{"task":{"id":"7"}}`),
		call("TaskUpdate", `{"taskId":"7","status":"completed"}`, `{"success":false}`),
		call("TaskUpdate", `{"taskId":"7","status":"odd"}`, `{"success":true}`),
		call("TaskUpdate", `{"taskId":"7","addBlocks":["1","7"]}`, `{"success":true}`),
	})
	if diff := cmp.Diff([]acp.PlanEntry{{Content: "kept", Priority: "medium", Status: "pending"}}, list.Plan()); diff != "" {
		t.Error(diff)
	}
	if len(list.Tasks[0].Blocks) > 0 {
		t.Errorf("it blocks %q", list.Tasks[0].Blocks)
	}
}

// TestRecall replaces a list by what a conversation says.
func TestRecall(t *testing.T) {
	list := tasklist.At(t.TempDir(), "s")
	must(t, list.Change(func(l *tasklist.List) {
		l.Create(&tasklist.New{Subject: "Old"})
		l.Create(&tasklist.New{Subject: "Older"})
	}))
	must(t, list.Recall([]transcript.AnsweredCall{call("TaskCreate", `{"subject":"New","description":"d"}`, `{"task":{"id":"1"}}`)}))
	files := filesIn(t, list)
	if len(files) != 1 || !strings.Contains(files["1.json"], `"New"`) {
		t.Errorf("the files are %v", files)
	}
}

func FuzzOf(f *testing.F) {
	f.Add("TaskUpdate", `{"taskId":"1","status":"completed","addBlocks":["2","1"],"metadata":{"a":null}}`, `{"success":true}`)
	f.Add("TaskCreate", `{"subject":"a","metadata":{"x":[1]}}`, `{"task":{"id":"2"}}`)
	f.Fuzz(func(t *testing.T, name, input, use string) {
		first := call("TaskCreate", `{"subject":"a","description":"b"}`, `{"task":{"id":"1"}}`)
		list := tasklist.Of([]transcript.AnsweredCall{first, call(name, input, use), call(name, input, use)})
		store := tasklist.At(t.TempDir(), "s")
		must(t, store.Change(func(l *tasklist.List) { *l = *list }))
		back, err := store.Read()
		must(t, err)
		if diff := cmp.Diff(list.Plan(), back.Plan()); diff != "" {
			t.Error(diff)
		}
	})
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(`{"id":"1","subject":"a","status":"completed","blocks":["1"],"metadata":{"a":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		store := tasklist.At(t.TempDir(), "s")
		must(t, os.MkdirAll(store.Dir(), 0o700))
		must(t, os.WriteFile(filepath.Join(store.Dir(), "1.json"), data, 0o600))
		must(t, store.Change(func(l *tasklist.List) { l.Create(&tasklist.New{Subject: "more"}) }))
		list, err := store.Read()
		must(t, err)
		if n := len(list.Tasks); n == 0 || list.Tasks[n-1].ID != "2" {
			t.Errorf("the list is %+v", list.Tasks)
		}
	})
}
