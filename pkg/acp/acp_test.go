package acp_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/acp"
)

// TestChunkFrame holds the frame that is made without reflection against the one that is made with it.
func TestChunkFrame(t *testing.T) {
	for _, text := range []string{"", "plain", `quo"te`, "back\\slash", "line\nbreak", "中文 words", "\x00\x1b[31m", "bad\xff", "<script>", "\u2028"} {
		var fast, slow any
		unmarshal(t, acp.ChunkFrame("s-1", acp.UpdateAgentMessage, "m-1", text), &fast)
		unmarshal(t, acp.UpdateFrame("s-1", acp.Chunk(acp.UpdateAgentMessage, "m-1", acp.Text(text))), &slow)
		if diff := cmp.Diff(slow, fast); diff != "" {
			t.Errorf("frame of %q (-slow +fast):\n%s", text, diff)
		}
	}
}

// TestUpdateRoundTrip checks that each kind of update survives encoding and decoding.
func TestUpdateRoundTrip(t *testing.T) {
	old, used := "before", int64(7)
	line := 3
	for _, u := range []acp.Update{
		acp.Chunk(acp.UpdateUserMessage, "m", acp.Text("")),
		acp.Chunk(acp.UpdateAgentMessage, "m", acp.ContentBlock{Type: "image", Data: "AA==", MimeType: "image/png"}),
		{
			Kind: acp.UpdateToolCall, ToolCallID: "t", Title: "Edit a.txt", ToolKind: acp.KindEdit, Status: acp.StatusPending,
			ToolContent: []acp.ToolCallContent{acp.ToolDiff("/a.txt", &old, "after"), acp.ToolText("done")},
			Locations:   []acp.Location{{Path: "/a.txt", Line: &line}}, RawInput: json.RawMessage(`{"a":1}`),
		},
		{Kind: acp.UpdatePlan, Entries: []acp.PlanEntry{{Content: "c", Priority: "high", Status: "pending"}}},
		{Kind: acp.UpdateUsage, Used: &used, Size: &used},
		{Kind: acp.UpdateSessionInfo, Title: "title", Meta: acp.Meta{"k": "v"}},
	} {
		data, err := json.Marshal(u)
		if err != nil {
			t.Fatal(err)
		}
		var got acp.Update
		unmarshal(t, data, &got)
		if diff := cmp.Diff(u, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", u.Kind, diff)
		}
	}
}

// TestRequiredMembers checks members that the schema demands even when they are empty.
func TestRequiredMembers(t *testing.T) {
	for name, tc := range map[string]struct {
		value any
		want  string
	}{
		"empty plan":      {acp.Update{Kind: acp.UpdatePlan}, `{"sessionUpdate":"plan","entries":[]}`},
		"empty text":      {acp.Text(""), `{"type":"text","text":""}`},
		"cleared content": {acp.Update{Kind: acp.UpdateToolCallUpdate, ToolCallID: "t", ToolContent: []acp.ToolCallContent{}}, `{"sessionUpdate":"tool_call_update","toolCallId":"t","content":[]}`},
		"new file":        {acp.ToolDiff("/a", nil, ""), `{"type":"diff","path":"/a","newText":""}`},
	} {
		data, err := json.Marshal(tc.value)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, string(data)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestWithMetaCopies(t *testing.T) {
	first := acp.Update{Kind: acp.UpdatePlan}.WithMeta("a", 1)
	second := first.WithMeta("b", 2)
	if len(first.Meta) != 1 || len(second.Meta) != 2 {
		t.Errorf("metas are %v and %v", first.Meta, second.Meta)
	}
}

func unmarshal(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
}

func BenchmarkChunkFrame(b *testing.B) {
	for b.Loop() {
		acp.ChunkFrame("0231f694-bf8d-5f31-aca1-6d176c3df256", acp.UpdateAgentMessage, "msg", "some words of text")
	}
}
