package export_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/export"
	"claude-agent-chat/pkg/transcript"
)

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// conversation writes a session with everything that an export shows.
func conversation(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "0b7c5a52-7a51-4a8e-9d54-6f4f8a3f0c11.jsonl")
	w, err := transcript.OpenWriter(t.Context(), path, transcript.Context{SessionID: "0b7c5a52-7a51-4a8e-9d54-6f4f8a3f0c11", Cwd: "/work"})
	if err != nil {
		t.Fatal(err)
	}
	answer := func(id, block string) transcript.Entry {
		return transcript.Assistant{MessageID: id, Model: "claude-test", Block: json.RawMessage(block), Usage: json.RawMessage(`{}`)}
	}
	prompt := `[{"type":"text","text":"Look: <script>alert(1)</script> *not bold*\nsecond line"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"` + png + `"}}]`
	_, err = w.Append(t.Context(),
		transcript.Prompt{Content: json.RawMessage(prompt)},
		answer("m1", `{"type":"thinking","thinking":"Hm, **well**","signature":"x"}`),
		answer("m1", `{"type":"text","text":"I look. <img src=x onerror=alert(1)> [click](javascript:alert(1))\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n`+"```go\\nfmt.Println()\\n```"+`"}`),
		answer("m1", `{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"echo `+"```"+` </pre>"}}`),
		answer("m1", `{"type":"tool_use","id":"t2","name":"Edit","input":{"file_path":"/work/a.go","old_string":"old\nline","new_string":"new"}}`),
	)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 450 { // more than one part.
		if _, err := w.Append(t.Context(), transcript.Prompt{Content: json.RawMessage(fmt.Sprintf(`"prompt %d"`, i))}, answer(fmt.Sprint("n", i), `{"type":"text","text":"一 二"}`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func write(t *testing.T, path string, format export.Format, lang string) string {
	t.Helper()
	r, err := transcript.OpenReader(path, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	var b strings.Builder
	s := export.Session{ID: "0b7c5a52", Title: "A <b>title</b> *x*", Cwd: "/work", CreatedAt: time.Unix(0, 0), Language: lang}
	if err := export.Write(&b, format, s, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// holds checks that a text has some parts, in this order.
func holds(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		at := strings.Index(text, part)
		if at < 0 {
			t.Fatalf("%q is not there, or not in its place", part)
		}
		text = text[at+len(part):]
	}
}

func TestMarkdown(t *testing.T) {
	path := conversation(t)
	text := write(t, path, export.Markdown, "")
	holds(t, text, "# A \\<b\\>title\\</b\\> \\*x\\*\n", "## You · ", "> Look: <script>alert(1)</script> *not bold*  \n> second line\n", "![](data:image/png;base64,"+png,
		"*Thinking*", "> Hm, **well**", "## Claude", "| a | b |", "**echo \\`\\`\\` \\</pre\\>**", "````sh\necho ``` </pre>\n````",
		"**Edit a.go**", "```diff\n-old\n-line\n+new\n```", "> prompt 0", "一 二", "> prompt 449", "一 二")
	if n := strings.Count(text, "> prompt "); n != 450 {
		t.Errorf("there are %d prompts", n)
	}
	holds(t, write(t, path, export.Markdown, "zh-CN"), "## 你", "*思考*")
}

func TestHTML(t *testing.T) {
	text := write(t, conversation(t), export.HTML, "zh-CN")
	holds(t, text, `<html lang="zh-CN">`, "default-src 'none'", "<title>A &lt;b&gt;title", "Look: &lt;script&gt;alert(1)&lt;/script&gt; *not bold*\nsecond line", `src="data:image/png;base64,iVBORw0KGgo`,
		"<strong>well</strong>", "<table>", "fmt.Println()", "echo ``` &lt;/pre&gt;", "-old", "+new", "prompt 0", "prompt 449", "</html>")
	for _, bad := range []string{"<script", "<img src=x", "javascript:", "http-equiv=\"refresh", "<link"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q is in the page", bad)
		}
	}
}

// TestEmpty writes a session in which nothing was said.
func TestEmpty(t *testing.T) {
	var b strings.Builder
	if err := export.Write(&b, export.HTML, export.Session{ID: "x"}, nil); err != nil || !strings.Contains(b.String(), "</html>") {
		t.Errorf("%v: %s", err, b.String())
	}
}

func TestCopy(t *testing.T) {
	path := conversation(t)
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(want, `{"torn":`...), 0o600); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := transcript.Copy(&b, path); err != nil || b.String() != string(want) {
		t.Errorf("%v: %d bytes, want %d", err, b.Len(), len(want))
	}
}
