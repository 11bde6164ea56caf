package tool_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/tool"
)

func ptr[T any](v T) *T { return &v }

func TestPresentCall(t *testing.T) {
	for _, tt := range []struct {
		name, input string
		want        acp.Update
	}{
		{"Bash", `{"command":"ls\n-l"}`, acp.Update{
			Title: "ls -l", ToolKind: acp.KindExecute,
			ToolContent: []acp.ToolCallContent{acp.ToolText("```sh\nls\n-l\n```")},
		}},
		{"Bash", `{"command":"echo '` + "````" + `'"}`, acp.Update{
			Title: "echo '````'", ToolKind: acp.KindExecute,
			ToolContent: []acp.ToolCallContent{acp.ToolText("`````sh\necho '````'\n`````")},
		}},
		{"Read", `{"file_path":"/w/d/a.txt","offset":3}`, acp.Update{
			Title: "Read a.txt", ToolKind: acp.KindRead,
			Locations: []acp.Location{{Path: "/w/d/a.txt", Line: ptr(3)}},
		}},
		{"Read", `{"file_path":"/w/other"}`, acp.Update{
			Title: "Read /w/other", ToolKind: acp.KindRead,
			Locations: []acp.Location{{Path: "/w/other"}},
		}},
		{"Write", `{"file_path":"/w/d/n","content":"x"}`, acp.Update{
			Title: "Write n", ToolKind: acp.KindEdit,
			Locations: []acp.Location{{Path: "/w/d/n"}}, ToolContent: []acp.ToolCallContent{acp.ToolDiff("/w/d/n", nil, "x")},
		}},
		{"Edit", `{"file_path":"/w/d/n","old_string":"x","new_string":"y"}`, acp.Update{
			Title: "Edit n", ToolKind: acp.KindEdit,
			Locations: []acp.Location{{Path: "/w/d/n"}}, ToolContent: []acp.ToolCallContent{acp.ToolDiff("/w/d/n", ptr("x"), "y")},
		}},
		{"Grep", `{"pattern":"x"}`, acp.Update{Title: "Search for x", ToolKind: acp.KindSearch}},
		{"TodoWrite", `{"todos":[]}`, acp.Update{Title: "Update the plan", ToolKind: acp.KindThink}},
		{"mcp__github__search", `{"q":1}`, acp.Update{Title: "github: search", ToolKind: acp.KindOther}},
		{"Task", `{"description":"Look around"}`, acp.Update{Title: "Task: Look around", ToolKind: acp.KindThink}},
		{"Unheard", `{"file_path":7}`, acp.Update{Title: "Unheard", ToolKind: acp.KindOther}},
		{"Bash", `{}`, acp.Update{Title: "Bash", ToolKind: acp.KindExecute}},
		{"Write", `{}`, acp.Update{Title: "Write", ToolKind: acp.KindEdit}},
	} {
		tt.want.Kind, tt.want.Name, tt.want.RawInput = acp.UpdateToolCall, tt.name, json.RawMessage(tt.input)
		if diff := cmp.Diff(tt.want, tool.PresentCall(tt.name, json.RawMessage(tt.input), "/w/d")); diff != "" {
			t.Errorf("%s %s: %s", tt.name, tt.input, diff)
		}
	}
	long := tool.PresentCall("Bash", json.RawMessage(`{"command":"`+strings.Repeat("é ", 500)+`"}`), "/")
	if n := len([]rune(long.Title)); n != 120 || !strings.Contains(long.ToolContent[0].Content.Text, strings.Repeat("é ", 500)) {
		t.Errorf("the title has %d characters", n)
	}
}

func TestPresentResult(t *testing.T) {
	for _, tt := range []struct {
		name, use, content string
		isError            bool
		want               acp.Update
	}{
		{"Bash", `{"stdout":"hi"}`, `"hi"`, false, acp.Update{
			Status:      acp.StatusCompleted,
			ToolContent: []acp.ToolCallContent{acp.ToolText("```\nhi\n```")},
		}},
		{"Bash", `"Error: Exit code 3"`, `"Exit code 3"`, true, acp.Update{
			Status:      acp.StatusFailed,
			ToolContent: []acp.ToolCallContent{acp.ToolText("```\nExit code 3\n```")},
		}},
		{
			"Edit", `{"filePath":"/f","structuredPatch":[{"oldStart":4,"oldLines":2,"newStart":4,"newLines":2,"lines":[" a","-b","+c"]}]}`, `"updated"`, false,
			acp.Update{
				Status: acp.StatusCompleted, Locations: []acp.Location{{Path: "/f", Line: ptr(4)}},
				ToolContent: []acp.ToolCallContent{acp.ToolDiff("/f", ptr("a\nb"), "a\nc")},
			},
		},
		{
			"Write", `{"type":"create","filePath":"/f","content":"x","structuredPatch":[]}`, `"created"`, false,
			acp.Update{
				Status: acp.StatusCompleted, Locations: []acp.Location{{Path: "/f"}},
				ToolContent: []acp.ToolCallContent{acp.ToolDiff("/f", nil, "x")},
			},
		},
		{"Edit", `"?"`, `"text"`, false, acp.Update{Status: acp.StatusCompleted, ToolContent: []acp.ToolCallContent{acp.ToolText("text")}}},
		{
			"mcp__x__y", ``, `[{"type":"text","text":"**hi**"},{"type":"image","source":{"data":"AA==","media_type":"image/png"}},{"type":"odd"}]`, false,
			acp.Update{Status: acp.StatusCompleted, ToolContent: []acp.ToolCallContent{
				acp.ToolText("**hi**"),
				{Type: "content", Content: &acp.ContentBlock{Type: "image", Data: "AA==", MimeType: "image/png"}},
			}},
		},
		{"TodoWrite", `{}`, `"ok"`, false, acp.Update{Status: acp.StatusCompleted, ToolContent: []acp.ToolCallContent{}}},
		{"Odd", `null`, `7`, false, acp.Update{Status: acp.StatusCompleted, ToolContent: []acp.ToolCallContent{}}},
		{"Odd", ``, ``, true, acp.Update{Status: acp.StatusFailed, ToolContent: []acp.ToolCallContent{}}},
	} {
		tt.want.Kind, tt.want.RawOutput = acp.UpdateToolCallUpdate, json.RawMessage(tt.use)
		got := tool.PresentResult(tt.name, nil, json.RawMessage(tt.use), json.RawMessage(tt.content), tt.isError)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s %s: %s", tt.name, tt.use, diff)
		}
	}
}

func TestPlan(t *testing.T) {
	got := tool.Plan(json.RawMessage(`{"todos":[{"content":"a","status":"completed"},{"content":"b","status":"odd"}]}`))
	want := []acp.PlanEntry{{Content: "a", Priority: "medium", Status: "completed"}, {Content: "b", Priority: "medium", Status: "pending"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := tool.Plan(json.RawMessage(`{"todos":7}`)); got != nil {
		t.Errorf("got %v", got)
	}
}
