package tool_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/sandbox"
	"claude-agent-chat/pkg/tool"
	"claude-agent-chat/pkg/workspace"
)

// tier is the boundary in which the tests run tools.
var tier string

// TestMain runs all tests in each tier.
func TestMain(m *testing.M) {
	for _, tier = range []string{sandbox.TierLandlock, sandbox.TierNamespaces} {
		if status := m.Run(); status != 0 {
			fmt.Println("that was in the tier", tier)
			os.Exit(status)
		}
	}
}

// bench is a session's tools on a fresh home.
type bench struct {
	*tool.Env
	t   *testing.T
	dir string // the session's directory
}

func newBench(t *testing.T) *bench {
	t.Helper()
	root := t.TempDir()
	if err := workspace.Ensure(root, "u1"); err != nil {
		t.Fatal(err)
	}
	home := workspace.Home(root, "u1")
	made, err := workspace.CreateProject(home, "demo")
	if err != nil {
		t.Fatal(err)
	}
	files, err := workspace.Open(home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() })
	box, err := sandbox.New(sandbox.Options{Tier: tier})
	if err != nil {
		t.Fatal(err)
	}
	if status := box.Status(); !status.OK {
		t.Fatalf("no boundary here: %s", status.Detail)
	}
	env := &tool.Env{Home: home, Cwd: made.Path, FS: files, Sandbox: box, State: tool.NewState()}
	return &bench{env, t, made.Path}
}

// try runs a tool; the input is anything that marshals, or raw JSON.
func (b *bench) try(ctx context.Context, name string, input any) (tool.Result, error) {
	b.t.Helper()
	raw, ok := input.(string)
	if !ok {
		data, err := json.Marshal(input)
		if err != nil {
			b.t.Fatal(err)
		}
		raw = string(data)
	}
	for _, each := range tool.Builtin(nil) {
		if each.Spec().Name == name {
			return each.Run(ctx, b.Env, json.RawMessage(raw))
		}
	}
	b.t.Fatalf("no tool %s", name)
	return tool.Result{}, nil
}

func (b *bench) run(name string, input any) tool.Result {
	b.t.Helper()
	r, err := b.try(b.t.Context(), name, input)
	if err != nil {
		b.t.Fatalf("%s: %v", name, err)
	}
	if !json.Valid(r.Content) || !json.Valid(r.UseResult) {
		b.t.Fatalf("%s: not JSON: %s %s", name, r.Content, r.UseResult)
	}
	return r
}

// good runs a call that must succeed and gives its text.
func (b *bench) good(name string, input any) string {
	b.t.Helper()
	r := b.run(name, input)
	if r.IsError {
		b.t.Fatalf("%s: %s", name, r.Content)
	}
	return contentOf(b.t, r)
}

// bad runs a call that must be refused, and gives the sentence.
func (b *bench) bad(name string, input any) string {
	b.t.Helper()
	r := b.run(name, input)
	sentence := contentOf(b.t, r)
	if want, _ := json.Marshal("Error: " + sentence); !r.IsError || !bytes.Equal(r.UseResult, want) {
		b.t.Fatalf("%s: %s, error %v, %s", name, r.Content, r.IsError, r.UseResult)
	}
	return sentence
}

func contentOf(t *testing.T, r tool.Result) string {
	t.Helper()
	var s string
	if err := json.Unmarshal(r.Content, &s); err != nil {
		t.Fatalf("%s: %v", r.Content, err)
	}
	return s
}

func (b *bench) put(name, content string) string {
	b.t.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		b.t.Fatal(err)
	}
	return path
}

func (b *bench) content(name string) string {
	b.t.Helper()
	data, err := os.ReadFile(filepath.Join(b.dir, name))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(data)
}

func sameJSON(t *testing.T, got json.RawMessage, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatalf("%s: %v", want, err)
	}
	if diff := cmp.Diff(b, a); diff != "" {
		t.Error(diff)
	}
}

type obj = map[string]any

func TestSpecs(t *testing.T) {
	var names []string
	for _, each := range tool.Builtin(nil) {
		spec := each.Spec()
		names = append(names, spec.Name)
		var schema struct {
			Type       string
			Properties map[string]any
			Required   []string
		}
		if err := json.Unmarshal(spec.InputSchema, &schema); err != nil || schema.Type != "object" || spec.Description == "" {
			t.Errorf("%s: %v", spec.Name, err)
		}
		for _, name := range schema.Required {
			if schema.Properties[name] == nil {
				t.Errorf("%s requires %s and does not describe it", spec.Name, name)
			}
		}
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{
		"Agent", "AskUserQuestion", "Bash", "Edit", "ExitPlanMode", "Glob", "Grep", "NotebookEdit", "Read", "Skill", "TaskCreate", "TaskGet",
		"TaskList", "TaskOutput", "TaskStop", "TaskUpdate", "TodoWrite", "WebFetch", "WebSearch", "Write",
	}, names); diff != "" {
		t.Error(diff)
	}
}

// TestSchemasMatchInputs gives every property that a schema describes to its tool.
func TestSchemasMatchInputs(t *testing.T) {
	b := newBench(t)
	for _, each := range tool.Builtin(nil) {
		spec := each.Spec()
		var schema struct {
			Properties map[string]struct{ Type string }
		}
		if err := json.Unmarshal(spec.InputSchema, &schema); err != nil {
			t.Fatal(err)
		}
		zero := map[string]any{"string": "", "integer": 0, "number": 0, "boolean": false, "array": []any{}}
		input := obj{}
		for name, property := range schema.Properties {
			input[name] = zero[property.Type]
		}
		if text := b.run(spec.Name, input); bytes.Contains(text.Content, []byte("does not know")) || bytes.Contains(text.Content, []byte("must be a")) {
			t.Errorf("%s: %s", spec.Name, text.Content)
		}
	}
}

func TestBadInputs(t *testing.T) {
	b := newBench(t)
	for _, tt := range []struct{ name, input, want string }{
		{"Bash", `{}`, `"command" is missing`},
		{"Bash", `{"command":null}`, `"command" is missing`},
		{"Bash", `{"command":7}`, `"command" of the input must be a string, not a number`},
		{"Bash", `{"command":"x","timeout":"1"}`, `"timeout" of the input must be`},
		{"Bash", `{"command":"x","sudo":true}`, `"sudo"`},
		{"Bash", `{"command":" "}`, "empty"},
		{"Bash", `{"command":"a\u0000b"}`, "NUL"},
		{"Bash", `{"command":"x","timeout":600001}`, "600000"},
		{"Bash", `{"command":"x","timeout":-1}`, "600000"},
		{"Bash", `[]`, "JSON object"},
		{"Bash", `null`, "JSON object"},
		{"Bash", `{"command":`, "JSON object"},
		{"Read", `{"file_path":["a"]}`, "not an array"},
		{"Read", `{"file_path":"a","limit":0}`, "limit"},
		{"Read", `{"file_path":"a","limit":1.5}`, "whole number"},
		{"Edit", `{"file_path":"a","old_string":"b"}`, `"new_string" is missing`},
		{"Write", `{"file_path":"","content":""}`, "path"},
		{"Grep", `{"pattern":"x","output_mode":"all"}`, "output_mode"},
		{"Grep", `{"pattern":"x","-A":-1}`, "negative"},
		{"Grep", `{"pattern":""}`, "empty"},
		{"Glob", `{"pattern":"[a"}`, "not valid"},
		{"TodoWrite", `{"todos":[{"content":"x","status":"done","activeForm":"y"}]}`, "status"},
		{"TodoWrite", `{"todos":[{"content":" ","status":"pending","activeForm":"y"}]}`, "no content"},
		{"TodoWrite", `{"todos":[{"content":1}]}`, "todos.content"},
		{"TodoWrite", `{"todos":"x"}`, "a list"},
	} {
		if got := b.bad(tt.name, tt.input); !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: got %q", tt.name, tt.input, got)
		}
	}
}

// TestLikeClaudeCode holds the results against those of a session of Claude Code with the same calls.
func TestLikeClaudeCode(t *testing.T) {
	b := newBench(t)
	path := filepath.Join(b.dir, "a.txt")
	quoted, err := json.Marshal(path)
	if err != nil {
		t.Fatal(err)
	}
	const kept = " (file state is current in your context — no need to Read it back)"
	for _, tt := range []struct {
		name    string
		input   obj
		content string
		result  string
	}{
		{
			"Bash",
			obj{"command": "echo out; echo err >&2", "description": "d"},
			"out\nerr",
			`{"stdout":"out\nerr","stderr":"","interrupted":false,"isImage":false,"noOutputExpected":false}`,
		},
		{
			"Write",
			obj{"file_path": path, "content": "hello\nworld\n"},
			"File created successfully at: " + path + kept,
			`{"type":"create","filePath":PATH,"content":"hello\nworld\n","structuredPatch":[],"originalFile":null,"userModified":false}`,
		},
		{
			"Read",
			obj{"file_path": path},
			"1\thello\n2\tworld\n3\t",
			`{"type":"text","file":{"filePath":PATH,"content":"hello\nworld\n","numLines":3,"startLine":1,"totalLines":3}}`,
		},
		{
			"Edit",
			obj{"replace_all": false, "file_path": path, "old_string": "world", "new_string": "there"},
			"The file " + path + " has been updated successfully." + kept,
			`{"filePath":PATH,"oldString":"world","newString":"there","originalFile":"hello\nworld\n","structuredPatch":[` +
				`{"oldStart":1,"oldLines":2,"newStart":1,"newLines":2,"lines":[" hello","-world","+there"]}],"userModified":false,"replaceAll":false}`,
		},
		{"Bash", obj{"command": "exit 3"}, "Exit code 3", `"Error: Exit code 3"`},
		{
			"Bash",
			obj{"command": "touch p3"},
			"(Bash completed with no output)",
			`{"stdout":"","stderr":"","interrupted":false,"isImage":false,"noOutputExpected":true}`,
		},
		{
			"Read",
			obj{"file_path": filepath.Join(b.dir, "missing.txt")},
			"File does not exist. Note: your current working directory is " + b.dir + ".",
			`"Error: File does not exist. Note: your current working directory is ` + b.dir + `."`,
		},
	} {
		r := b.run(tt.name, tt.input)
		if got := contentOf(t, r); got != tt.content {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.content)
		}
		sameJSON(t, r.UseResult, strings.ReplaceAll(tt.result, "PATH", string(quoted)))
	}
}

func TestRead(t *testing.T) {
	b := newBench(t)
	b.put("lines", strings.Repeat("x\n", 2500))
	b.put("empty", "")
	b.put("crlf", "a\r\nb\r\n")
	b.put("latin", "caf\xe9")
	b.put("binary", "a\x00b")
	b.put("long", strings.Repeat("y", 5000)+"\nz")
	b.put("huge", strings.Repeat("0123456789\n", 40_000))
	if err := os.Mkdir(filepath.Join(b.dir, "dir"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		input obj
		want  string
	}{
		{obj{"file_path": "crlf"}, "1\ta\n2\tb\n3\t"},
		{obj{"file_path": "latin"}, "1\tcaf\uFFFD"},
		{obj{"file_path": "empty"}, "The file exists but is empty."},
		{obj{"file_path": "lines", "offset": 2500, "limit": 5}, "2500\tx\n2501\t"},
		{obj{"file_path": "lines", "offset": 0, "limit": 1}, "1\tx"},
		{obj{"file_path": "huge", "offset": 40000, "limit": 1}, "40000\t0123456789"},
		{obj{"file_path": "long", "limit": 9e15}, "1\t" + strings.Repeat("y", 2000) + "… [3000 bytes more]\n2\tz"},
	} {
		if got := b.good("Read", tt.input); got != tt.want {
			t.Errorf("%v: got %.100q", tt.input, got)
		}
	}
	if got := b.good("Read", obj{"file_path": "lines"}); strings.Count(got, "\n") != 1999 {
		t.Errorf("got %d lines", strings.Count(got, "\n")+1)
	}
	for name, want := range map[string]string{
		"dir": "directory", "binary": "binary", "huge": "offset and limit", "/etc/passwd": "outside", "../../../x": "outside",
	} {
		if got := b.bad("Read", obj{"file_path": name}); !strings.Contains(got, want) {
			t.Errorf("%s: got %q", name, got)
		}
	}
	if got := b.bad("Read", obj{"file_path": "crlf", "offset": 4}); !strings.Contains(got, "no line 4") {
		t.Errorf("got %q", got)
	}
}

// TestReadLarge reads what is over the usual limits, as far as there is room for it. Row: Read, Write, Edit.
func TestReadLarge(t *testing.T) {
	b := newBench(t)
	b.put("huge", strings.Repeat("0123456789\n", 40_000))
	b.put("long", strings.Repeat("y", 5000)+"\nz")
	b.put("line", strings.Repeat("y", 400_000))
	type file struct {
		NumLines, StartLine, TotalLines int
		TruncatedByTokenCap             bool
	}
	for _, tt := range []struct {
		room         int
		input        obj
		begins, ends string
		want         file
		isError      bool
	}{
		{room: 1 << 20, input: obj{"file_path": "huge", "allow_large": true}, begins: "1\t0123456789\n2\t", ends: "\n40000\t0123456789\n40001\t", want: file{40_001, 1, 40_001, false}},
		{room: 1 << 20, input: obj{"file_path": "huge", "allow_large": true, "offset": 40_000}, begins: "40000\t", ends: "\n40001\t", want: file{2, 40_000, 40_001, false}},
		{room: 1 << 20, input: obj{"file_path": "huge", "allow_large": true, "limit": 3}, begins: "1\t0123456789\n", ends: "\n3\t0123456789", want: file{3, 1, 40_001, false}},
		{room: 1 << 20, input: obj{"file_path": "long", "allow_large": true}, begins: "1\tyyy", ends: "y\n2\tz", want: file{2, 1, 2, false}},
		{room: 300_000, input: obj{"file_path": "huge", "allow_large": true}, begins: "1\t0123456789\n2\t", ends: "is not here.]", want: file{18_300, 1, 40_001, true}},
		{room: 0, input: obj{"file_path": "huge", "allow_large": true}, begins: "1\t0123456789\n2\t", ends: "is not here.]", want: file{16_073, 1, 40_001, true}},
		{room: 300_000, input: obj{"file_path": "line", "allow_large": true}, begins: "Line 1 has 390 KB; there is room for 292 KB.", isError: true},
	} {
		b.Room = tt.room
		r := b.run("Read", tt.input)
		var use struct{ File file }
		_ = json.Unmarshal(r.UseResult, &use) // of an error it is a string.
		got := contentOf(t, r)
		if r.IsError != tt.isError || !strings.HasPrefix(got, tt.begins) || !strings.HasSuffix(got, tt.ends) {
			t.Errorf("%v in %d: %v, %.60q … %q", tt.input, tt.room, r.IsError, got, got[max(0, len(got)-200):])
		}
		if diff := cmp.Diff(tt.want, use.File); diff != "" {
			t.Errorf("%v in %d: %s", tt.input, tt.room, diff)
		}
	}
}

func TestReadImage(t *testing.T) {
	b := newBench(t)
	var data bytes.Buffer
	if err := png.Encode(&data, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	b.put("dot.png", data.String())
	b.put("broken.png", data.String()[:20])
	b.put("big.png", data.String()+strings.Repeat("x", 4_000_000))
	r := b.run("Read", obj{"file_path": "dot.png"})
	var blocks []struct {
		Type   string
		Source struct {
			Type      string
			Data      []byte
			MediaType string `json:"media_type"`
		}
	}
	if err := json.Unmarshal(r.Content, &blocks); err != nil || len(blocks) != 1 || blocks[0].Type != "image" ||
		blocks[0].Source.Type != "base64" || blocks[0].Source.MediaType != "image/png" || !bytes.Equal(blocks[0].Source.Data, data.Bytes()) {
		t.Errorf("got %s, %v", r.Content, err)
	}
	var use struct {
		Type string
		File struct {
			OriginalSize int
			Dimensions   struct{ OriginalWidth, DisplayHeight int }
		}
	}
	if err := json.Unmarshal(r.UseResult, &use); err != nil || use.Type != "image" || use.File.OriginalSize != data.Len() ||
		use.File.Dimensions.OriginalWidth != 3 || use.File.Dimensions.DisplayHeight != 2 {
		t.Errorf("got %s, %v", r.UseResult, err)
	}
	b.bad("Read", obj{"file_path": "broken.png"})
	if r := b.run("Read", obj{"file_path": "big.png"}); r.IsError || len(r.Content) > 1000 {
		t.Errorf("the picture with a burden: %.100s", r.Content)
	}
}

// TestWriteAndEditNeedARead changes files that were read, and others. Row: Read, Write, Edit.
func TestWriteAndEditNeedARead(t *testing.T) {
	b := newBench(t)
	b.put("f", "one")
	change := obj{"file_path": "f", "old_string": "one", "new_string": "two"}
	for _, call := range []struct {
		name  string
		input obj
	}{{"Write", obj{"file_path": "f", "content": "two"}}, {"Edit", change}} {
		if got := b.bad(call.name, call.input); !strings.Contains(got, "not been read") {
			t.Errorf("%s: got %q", call.name, got)
		}
	}
	b.good("Read", obj{"file_path": "f"})
	b.good("Bash", obj{"command": "printf 'one more' > f"})
	if got := b.bad("Edit", change); !strings.Contains(got, "changed since") || b.content("f") != "one more" {
		t.Errorf("got %q and %q", got, b.content("f"))
	}
	b.good("Read", obj{"file_path": "f"})
	b.good("Bash", obj{"command": "touch -d '1 hour' f"})
	b.good("Edit", change)
	b.good("Edit", obj{"file_path": "f", "old_string": " more", "new_string": ""})
	b.good("Write", obj{"file_path": "f", "content": "three"})
	if got := b.content("f"); got != "three" {
		t.Errorf("got %q", got)
	}
}

func TestEdit(t *testing.T) {
	b := newBench(t)
	for _, tt := range []struct {
		name, before, old, new string
		all                    bool
		after, complaint       string
	}{
		{"one", "a b c", "b", "x", false, "a x c", ""},
		{"all", "b b b", "b", "xx", true, "xx xx xx", ""},
		{"none", "a", "b", "x", false, "", "not found"},
		{"several", "b b", "b", "x", false, "", "more than once"},
		{"the same", "a", "a", "a", false, "", "exactly the same"},
		{"empty old", "a", "", "x", false, "", "old_string is empty"},
		{"empty file", "", "", "x", false, "x", ""},
		{"line ends", "a\r\nb\r\nc\r\n", "a\nb", "x\ny", false, "x\r\ny\r\nc\r\n", ""},
		{"mixed line ends", "a\r\nb\nc", "b\nc", "x", false, "a\r\nx", ""},
		{"no text", "a\xff", "a", "b", false, "", "UTF-8"},
		{"dollar signs", "a", "a", "$1 $& \\1", false, "$1 $& \\1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.put("f", tt.before)
			b.good("Read", obj{"file_path": "f"})
			input := obj{"file_path": "f", "old_string": tt.old, "new_string": tt.new, "replace_all": tt.all}
			if tt.complaint != "" {
				if got := b.bad("Edit", input); !strings.Contains(got, tt.complaint) || b.content("f") != tt.before {
					t.Errorf("got %q", got)
				}
				return
			}
			b.good("Edit", input)
			if got := b.content("f"); got != tt.after {
				t.Errorf("got %q", got)
			}
		})
	}
	b.good("Edit", obj{"file_path": "new/file", "old_string": "", "new_string": "made"})
	if got := b.content("new/file"); got != "made" {
		t.Errorf("got %q", got)
	}
	b.bad("Edit", obj{"file_path": "none", "old_string": "x", "new_string": "made"})
}

func TestFileToolsStayInside(t *testing.T) {
	b := newBench(t)
	outside := filepath.Join(b.Home, ".claude", "settings.json")
	if err := os.WriteFile(outside, []byte("treasure"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(b.dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../.claude", filepath.Join(b.dir, "dir")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{outside, "link", "dir/settings.json", "../../.claude/settings.json", "/proc/self/environ"} {
		b.bad("Read", obj{"file_path": path})
		b.bad("Write", obj{"file_path": path, "content": "x"})
		b.bad("Edit", obj{"file_path": path, "old_string": "treasure", "new_string": "x"})
		b.bad("Edit", obj{"file_path": path, "old_string": "", "new_string": "x"})
		if r := b.run("Grep", obj{"pattern": "treasure", "path": path, "output_mode": "content"}); bytes.Contains(r.Content, []byte("treasure\"")) {
			t.Errorf("grep %s: %s", path, r.Content)
		}
		b.bad("Glob", obj{"pattern": "*", "path": path})
	}
	b.bad("Glob", obj{"pattern": "/etc/*"})
	for _, pattern := range []string{"../../.claude/*", "dir/*", "**/settings.json"} {
		if got := b.good("Glob", obj{"pattern": pattern}); got != "No files found" {
			t.Errorf("%s: %s", pattern, got)
		}
	}
	if data, err := os.ReadFile(outside); err != nil || string(data) != "treasure" {
		t.Errorf("it is %q, %v", data, err)
	}
}

func TestTodoWrite(t *testing.T) {
	b := newBench(t)
	first := `{"todos":[{"content":"Test","status":"in_progress","activeForm":"Testing"}]}`
	b.good("TodoWrite", first)
	r := b.run("TodoWrite", `{"todos":[]}`)
	sameJSON(t, r.UseResult, `{"oldTodos":[{"content":"Test","status":"in_progress","activeForm":"Testing"}],"newTodos":[]}`)
	r = b.run("TodoWrite", first)
	sameJSON(t, r.UseResult, `{"newTodos":[{"content":"Test","status":"in_progress","activeForm":"Testing"}],"oldTodos":[]}`)
}
