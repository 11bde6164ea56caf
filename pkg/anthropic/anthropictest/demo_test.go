package anthropictest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/anthropic"
	"claude-agent-chat/pkg/anthropic/anthropictest"
)

func TestIntents(t *testing.T) {
	t.Parallel()
	type m = map[string]string
	tests := map[string][]m{
		"make a file hello.txt with the text hi and then run ls": {{"kind": "write", "path": "hello.txt", "text": "hi"}, {"kind": "run", "command": "ls"}},
		"Please create a file called notes.md containing \"now and then run\".": {
			{"kind": "write", "path": "notes.md", "text": "now and then run"},
		},
		"make a file notes.txt with hello":      {{"kind": "write", "path": "notes.txt", "text": "hello"}},
		"write hello world to a.txt":            {{"kind": "write", "path": "a.txt", "text": "hello world"}},
		"run ls":                                {{"kind": "run", "command": "ls"}},
		"run `ls -la; echo a and then b`":       {{"kind": "run", "command": "ls -la; echo a and then b"}},
		"ls -la":                                {{"kind": "run", "command": "ls -la"}},
		"list files":                            {{"kind": "list"}},
		"Can you list the files?":               {{"kind": "list"}},
		"read hello.txt":                        {{"kind": "read", "path": "hello.txt"}},
		"show me the contents of src/main.go":   {{"kind": "read", "path": "src/main.go"}},
		"replace hi with hello in hello.txt":    {{"kind": "edit", "path": "hello.txt", "old": "hi", "new": "hello"}},
		"edit hello.txt: replace hi with hello": {{"kind": "edit", "path": "hello.txt", "old": "hi", "new": "hello"}},
		"search for needle in the files":        {{"kind": "search", "query": "needle"}},
		"todo: buy milk, water the plants":      {{"kind": "todo", "items": "buy milk, water the plants"}},
		"count to 50":                           {{"kind": "count", "n": "50"}},
		"tour":                                  {{"kind": "tour"}},
		"show markdown":                         {{"kind": "markdown"}},
		"运行 ls":                                 {{"kind": "run", "command": "ls"}},
		"请帮我运行命令：ls -la。":                       {{"kind": "run", "command": "ls -la"}},
		"创建文件 hello.txt，内容是 你好，然后运行 ls": {{"kind": "write", "path": "hello.txt", "text": "你好"}, {"kind": "run", "command": "ls"}},
		"创建一个文件笔记.txt，内容为今天天气好":         {{"kind": "write", "path": "笔记.txt", "text": "今天天气好"}},
		"创建文件 a.txt":              {{"kind": "write", "path": "a.txt"}},
		"列出文件":                    {{"kind": "list"}},
		"请列出所有文件。":                {{"kind": "list"}},
		"读取 hello.txt":            {{"kind": "read", "path": "hello.txt"}},
		"把 hello.txt 里的 你好 改成 您好": {{"kind": "edit", "path": "hello.txt", "old": "你好", "new": "您好"}},
		"搜索 您好":                   {{"kind": "search", "query": "您好"}},
		"待办：买牛奶、浇花":               {{"kind": "todo", "items": "买牛奶、浇花"}},
		"数到 20":                   {{"kind": "count", "n": "20"}},
		"演示":                      {{"kind": "tour"}},
		"hello":                   nil,
		"你好":                      nil,
		"why is the sky blue?":    nil,
		"make a file a.txt with one, then read a.txt":   {{"kind": "write", "path": "a.txt", "text": "one"}, {"kind": "read", "path": "a.txt"}},
		"run pwd and then run date and then list files": {{"kind": "run", "command": "pwd"}, {"kind": "run", "command": "date"}, {"kind": "list"}},
	}
	for text, want := range tests {
		if diff := cmp.Diff(want, anthropictest.Intents(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// talk is a conversation with a model, with tools that answer from a table.
type talk struct {
	t        *testing.T
	client   *anthropic.Client
	tools    []string
	thinking bool
	results  func(name, input string) (text string, failed bool)
	calls    []string // "Name input"
	last     anthropic.AccumulatedMessage
	requests int
}

func (k *talk) prompt(text string) string {
	k.t.Helper()
	messages := []anthropic.Message{{Role: "user", Content: mustJSON(k.t, text)}}
	for {
		k.requests++
		if k.requests > 20 {
			k.t.Fatal("the model does not stop calling tools")
		}
		k.last = k.ask(messages)
		if k.last.StopReason != "tool_use" {
			return texts(k.last)
		}
		var blocks, results []json.RawMessage
		for _, b := range k.last.Blocks {
			blocks = append(blocks, b.Raw)
			if b.Type != "tool_use" {
				continue
			}
			if b.Broken != "" {
				k.t.Errorf("broken call %s: %s", b.ToolName, b.Broken)
			}
			k.calls = append(k.calls, b.ToolName+" "+string(b.Input))
			text, failed := k.results(b.ToolName, string(b.Input))
			results = append(results, mustJSON(k.t, map[string]any{"type": "tool_result", "tool_use_id": b.ToolID, "content": text, "is_error": failed}))
		}
		messages = append(messages,
			anthropic.Message{Role: "assistant", Content: mustJSON(k.t, blocks)},
			anthropic.Message{Role: "user", Content: mustJSON(k.t, results)})
	}
}

func (k *talk) ask(messages []anthropic.Message) anthropic.AccumulatedMessage {
	k.t.Helper()
	r := anthropic.Request{
		Model: "demo", MaxTokens: 1000, Messages: messages,
		System: []json.RawMessage{mustJSON(k.t, map[string]string{"type": "text", "text": "Working directory: /w/p\nMore."})},
	}
	for _, name := range k.tools {
		r.Tools = append(r.Tools, mustJSON(k.t, map[string]any{"name": name, "input_schema": map[string]string{"type": "object"}}))
	}
	if k.thinking {
		r.Thinking = json.RawMessage(`{"type":"adaptive"}`)
	}
	return receive(k.t, k.client, r)
}

func receive(t *testing.T, client *anthropic.Client, r anthropic.Request) anthropic.AccumulatedMessage {
	t.Helper()
	stream, err := client.Stream(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	var acc anthropic.Accumulator
	for {
		e, err := stream.Next()
		if errors.Is(err, io.EOF) {
			return acc.Message()
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := acc.Add(e); err != nil {
			t.Fatal(err)
		}
	}
}

func texts(m anthropic.AccumulatedMessage) string {
	var b strings.Builder
	for _, block := range m.Blocks {
		if block.Type == "text" {
			b.WriteString(block.Text)
		}
	}
	return b.String()
}

func mustJSON(t *testing.T, v any) json.RawMessage {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func newTalk(t *testing.T, h http.Handler, tools ...string) *talk {
	t.Helper()
	return &talk{
		t: t, tools: tools,
		client:  anthropic.New(anthropic.Options{BaseURL: "http://model.invalid", HTTPClient: anthropictest.Client(h)}),
		results: func(string, string) (string, bool) { return "fine", false },
	}
}

var allTools = []string{"Bash", "Read", "Write", "Edit", "Glob", "Grep", "TodoWrite"}

func TestDemoCalls(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prompt string
		tools  []string
		want   []string
		says   string
	}{
		"two in sequence": {"make a file hello.txt with the text hi and then run ls", allTools, []string{
			`Write {"content":"hi","file_path":"/w/p/hello.txt"}`, `Bash {"command":"ls","description":"Run ls"}`,
		}, "I wrote `hello.txt`. I ran `ls`."},
		"without Write": {"make a file it's.txt with hi", []string{"Bash"}, []string{
			`Bash {"command":"printf '%s' 'hi' > '/w/p/it'\\''s.txt'","description":"Demo: write"}`,
		}, "I wrote"},
		"edit reads first": {"replace a with b in x.txt", allTools, []string{
			`Read {"file_path":"/w/p/x.txt"}`, `Edit {"file_path":"/w/p/x.txt","new_string":"b","old_string":"a"}`,
		}, "I changed `x.txt`."},
		"list":   {"list files", allTools, []string{`Glob {"pattern":"**/*"}`}, "I listed the files."},
		"search": {"search for a.b", allTools, []string{`Grep {"-n":true,"output_mode":"content","pattern":"a\\.b"}`}, "I searched"},
		"todo":   {"todo: a, b", allTools, []string{`TodoWrite {"todos":[{"activeForm":"a","content":"a","status":"in_progress"},{"activeForm":"b","content":"b","status":"pending"}]}`}, "The list"},
		"tasks": {"todo: a, b", []string{"TaskCreate", "TaskUpdate"}, []string{
			`TaskCreate {"description":"a","subject":"a"}`, `TaskCreate {"description":"b","subject":"b"}`, `TaskUpdate {"status":"in_progress","taskId":"1"}`,
		}, "The list"},
		"chinese": {"运行 ls", allTools, []string{`Bash {"command":"ls","description":"Run ls"}`}, "已运行 `ls`。"},
		"no tool": {"run ls", nil, nil, "which this session does not offer"},
		"hello":   {"hello", allTools, nil, "not Claude"},
		"你好":      {"你好", allTools, nil, "不是 Claude"},
		"count":   {"count to 12", nil, nil, "10 11 12"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newTalk(t, anthropictest.Demo(anthropictest.DemoPace(0, 5)), tt.tools...)
			made := 0
			k.results = func(name, _ string) (string, bool) {
				if name != "TaskCreate" {
					return "fine", false
				}
				made++
				return fmt.Sprintf("Task #%d created successfully", made), false
			}
			said := k.prompt(tt.prompt)
			if diff := cmp.Diff(tt.want, k.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if !strings.Contains(said, tt.says) {
				t.Errorf("said %q, want %q in it", said, tt.says)
			}
			if !strings.Contains(said, "Claude") {
				t.Errorf("%q does not say that this is the demo model", said)
			}
		})
	}
}

func TestDemoStopsWhenDenied(t *testing.T) {
	t.Parallel()
	k := newTalk(t, anthropictest.Demo(anthropictest.DemoPace(0, 5)), allTools...)
	k.results = func(string, string) (string, bool) { return "The person declined this call; it was not run.", true }
	said := k.prompt("run ls and then run pwd")
	if len(k.calls) != 1 || !strings.Contains(said, "You declined that") {
		t.Errorf("calls %q, said %q", k.calls, said)
	}
}

func TestDemoReadsBeforeItOverwrites(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		t.Run(fmt.Sprint("refused again ", again), func(t *testing.T) {
			t.Parallel()
			k := newTalk(t, anthropictest.Demo(anthropictest.DemoPace(0, 5)), allTools...)
			k.results = func(name, _ string) (string, bool) {
				if name == "Write" && (again || len(k.calls) == 1) {
					return "File has not been read yet. Read it first before writing to it.", true
				}
				return "ok", false
			}
			said := k.prompt("make a file a.txt with b")
			if len(k.calls) != 3 || !strings.HasPrefix(k.calls[1], "Read ") {
				t.Errorf("calls %q", k.calls)
			}
			if worked := strings.Contains(said, "I wrote"); worked == again {
				t.Errorf("said %q", said)
			}
		})
	}
}

func TestDemoThinksWhenAsked(t *testing.T) {
	t.Parallel()
	for _, asked := range []bool{false, true} {
		k := newTalk(t, anthropictest.Demo(anthropictest.DemoPace(0, 5)), allTools...)
		k.thinking = asked
		k.prompt("hello")
		if got := k.last.Blocks[0].Type == "thinking"; got != asked {
			t.Errorf("thinking asked %v, got %v", asked, got)
		}
	}
}

func TestDemoIsDeterministic(t *testing.T) {
	t.Parallel()
	h := anthropictest.Demo(anthropictest.DemoPace(0, 5))
	one, two := newTalk(t, h, allTools...), newTalk(t, h, allTools...)
	one.prompt("tour")
	two.prompt("tour")
	if diff := cmp.Diff(one.last, two.last); diff != "" {
		t.Errorf("two answers differ:\n%s", diff)
	}
	if len(one.calls) != 4 || one.last.ID == "" {
		t.Errorf("calls %q", one.calls)
	}
}
