package mcp_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"
	"unicode/utf8"

	"claude-agent-chat/pkg/mcp"
)

// FuzzOutput has a program write anything at all.
func FuzzOutput(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"result":` + greeting + "}\n"))
	f.Add([]byte(`{"jsonrpc":"2.0","method":"notifications/elicitation/complete"}` + "\n\x00[]\n[[]]\n{}"))
	f.Add([]byte(`{"jsonrpc":"2.0","method":"notifications/cancelled"}` + "\n" + `{"jsonrpc":"2.0","id":1,"error":{"code":-32601}}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		run := func(_ context.Context, _ []string, _ string, _ []string, stdin io.Reader, stdout, stderr io.Writer) error {
			_, _ = bufio.NewReader(stdin).ReadString('\n')
			_, _ = stdout.Write(data)
			_, _ = stderr.Write(data)
			return nil
		}
		set := mcp.Open(t.Context(), mcp.Options{Servers: map[string]mcp.Server{"one": command("/x")}, Run: run, StartTimeout: 5 * time.Second})
		set.Close()
		status := set.Status()[0]
		if status.State != mcp.Failed || status.Detail == "" || !utf8.ValidString(status.Detail) || bytes.ContainsAny([]byte(status.Detail), "\x00\x1b") {
			t.Errorf("%+v", status)
		}
	})
}

// FuzzAnswers has a server answer every question with anything that is JSON.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"content":[{"type":"text","text":"a"},{"type":"image","data":"AA==","mimeType":"image/png"}],"structuredContent":{"a":[1]},"isError":true}`))
	f.Add([]byte(`{"content":[{"type":"resource","resource":{"uri":"a:b","blob":"AA=="}},{"type":"resource"},{"type":"resource_link","uri":"x"}]}`))
	f.Add([]byte(`{"contents":[{"uri":"a","text":"b"}],"resources":[{"uri":"a"}],"messages":[{"role":"user","content":{"type":"text","text":"x"}}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var one bytes.Buffer
		if json.Compact(&one, data) != nil {
			return
		}
		set := mcp.Open(t.Context(), mcp.Options{Servers: map[string]mcp.Server{"one": command("/x")}, Run: answering(one.String()), CallTimeout: 5 * time.Second})
		defer set.Close()
		for _, each := range set.Tools() {
			r, err := each.Run(t.Context(), nil, json.RawMessage(`{"server":"one","uri":"a"}`))
			if err != nil || !json.Valid(r.Content) || !json.Valid(r.UseResult) || len(r.Content) < 3 {
				t.Errorf("%s: %v %s", each.Spec().Name, err, r.Content)
			}
		}
		if text, err := set.Prompt(t.Context(), "mcp__one__p", nil); (err == nil) == (text == "") {
			t.Errorf("%q %v", text, err)
		}
	})
}

// answering is a program that offers one of everything, and gives the same answer to all else.
func answering(result string) func(context.Context, []string, string, []string, io.Reader, io.Writer, io.Writer) error {
	results := map[string]string{
		"initialize":   `{"protocolVersion":"2025-06-18","capabilities":{"tools":{},"prompts":{},"resources":{}},"serverInfo":{"name":"x","version":"1"}}`,
		"tools/list":   `{"tools":[{"name":"t","inputSchema":{"type":"object"}}]}`,
		"prompts/list": `{"prompts":[{"name":"p"}]}`,
	}
	return func(_ context.Context, _ []string, _ string, _ []string, stdin io.Reader, stdout, _ io.Writer) error {
		lines := bufio.NewScanner(stdin)
		for lines.Scan() {
			var request struct {
				ID     json.RawMessage
				Method string
			}
			if json.Unmarshal(lines.Bytes(), &request) != nil || len(request.ID) == 0 {
				continue
			}
			answer, ok := results[request.Method]
			if !ok {
				answer = result
			}
			if _, err := fmt.Fprintf(stdout, `{"jsonrpc":"2.0","id":%s,"result":%s}`+"\n", request.ID, answer); err != nil {
				return err
			}
		}
		return nil
	}
}
