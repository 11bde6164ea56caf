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
		{"Task", `{"description":"Look around"}`, acp.Update{Title: "Look around", ToolKind: acp.KindThink}},
		{"Agent", `{"description":"Look around","prompt":"Find **it**"}`, acp.Update{
			Title: "Look around", ToolKind: acp.KindThink, ToolContent: []acp.ToolCallContent{acp.ToolText("Find **it**")},
		}},
		{"Agent", `{}`, acp.Update{Title: "Agent", ToolKind: acp.KindThink}},
		{"NotebookEdit", `{"notebook_path":"/w/d/n.ipynb","cell_id":"a","new_source":"x"}`, acp.Update{
			Title: "Edit n.ipynb", ToolKind: acp.KindEdit,
			Locations: []acp.Location{{Path: "/w/d/n.ipynb"}}, ToolContent: []acp.ToolCallContent{acp.ToolDiff("/w/d/n.ipynb", ptr(""), "x")},
		}},
		{"NotebookEdit", `{"notebook_path":"/w/d/n.ipynb","cell_id":"a","new_source":"","edit_mode":"delete"}`, acp.Update{
			Title: "Edit n.ipynb", ToolKind: acp.KindEdit, Locations: []acp.Location{{Path: "/w/d/n.ipynb"}},
		}},
		{"WebFetch", `{"url":"https://bank.test@evil.test:8443/a%20b/?q=1#x","prompt":"Sum it up"}`, acp.Update{
			Title: "Fetch evil.test:8443/a%20b", ToolKind: acp.KindFetch,
			ToolContent: []acp.ToolCallContent{acp.ToolText("```\nhttps://bank.test@evil.test:8443/a%20b/?q=1#x\n```"), acp.ToolText("Sum it up")},
		}},
		{"WebFetch", `{"url":"::"}`, acp.Update{Title: "Fetch ::", ToolKind: acp.KindFetch, ToolContent: []acp.ToolCallContent{acp.ToolText("```\n::\n```")}}},
		{"WebFetch", `{}`, acp.Update{Title: "WebFetch", ToolKind: acp.KindFetch}},
		{"WebSearch", `{"query":"go 1.26"}`, acp.Update{Title: "Search the web for go 1.26", ToolKind: acp.KindFetch}},
		{"TaskOutput", `{"task_id":"b1"}`, acp.Update{Title: "Output of b1", ToolKind: acp.KindExecute}},
		{"BashOutput", `{"bash_id":"b1"}`, acp.Update{Title: "Output of b1", ToolKind: acp.KindExecute}},
		{"TaskStop", `{"task_id":"b1"}`, acp.Update{Title: "Stop b1", ToolKind: acp.KindExecute}},
		{"KillShell", `{"shell_id":"b1"}`, acp.Update{Title: "Stop b1", ToolKind: acp.KindExecute}},
		{"Skill", `{"skill":"deploy","args":"x"}`, acp.Update{Title: "Skill deploy", ToolKind: acp.KindOther}},
		{"TaskCreate", `{"subject":"Run it","description":"d"}`, acp.Update{Title: "Plan: Run it", ToolKind: acp.KindThink}},
		{"TaskUpdate", `{"taskId":"3","status":"in_progress"}`, acp.Update{Title: "Update task #3: in progress", ToolKind: acp.KindThink}},
		{"TaskUpdate", `{"taskId":"3"}`, acp.Update{Title: "Update task #3", ToolKind: acp.KindThink}},
		{"TaskGet", `{"taskId":"3"}`, acp.Update{Title: "Look at task #3", ToolKind: acp.KindThink}},
		{"TaskList", `{}`, acp.Update{Title: "Look at the tasks", ToolKind: acp.KindThink}},
		{"LS", `{"path":"/w/d/e"}`, acp.Update{Title: "List e", ToolKind: acp.KindSearch, Locations: []acp.Location{{Path: "/w/d/e"}}}},
		{"EnterPlanMode", `{}`, acp.Update{Title: "Plan first", ToolKind: acp.KindSwitchMode}},
		{"ExitPlanMode", `{"plan":"# One\n\n- two"}`, acp.Update{
			Title: "Go on with the plan", ToolKind: acp.KindSwitchMode, ToolContent: []acp.ToolCallContent{acp.ToolText("# One\n\n- two")},
		}},
		{"ExitPlanMode", `{}`, acp.Update{Title: "Go on with the plan", ToolKind: acp.KindSwitchMode}},
		{"AskUserQuestion", `{"questions":[{"question":"Which?","options":[{"label":"A","description":"the first\nline"},{"label":"B"}]}]}`, acp.Update{
			Title: "Which?", ToolKind: acp.KindOther, ToolContent: []acp.ToolCallContent{acp.ToolText("**Which?**\n\n- A: the first line\n- B\n\n")},
		}},
		{"AskUserQuestion", `{"questions":"?"}`, acp.Update{Title: "AskUserQuestion", ToolKind: acp.KindOther}},
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
		{
			"NotebookEdit", `{"notebook_path":"/n","old_source":"a","new_source":"b","edit_mode":"replace"}`, `"Updated"`, false,
			acp.Update{
				Status: acp.StatusCompleted, Locations: []acp.Location{{Path: "/n"}},
				ToolContent: []acp.ToolCallContent{acp.ToolDiff("/n", ptr("a"), "b")},
			},
		},
		{"NotebookEdit", `"?"`, `"text"`, false, acp.Update{Status: acp.StatusCompleted, ToolContent: []acp.ToolCallContent{acp.ToolText("text")}}},
		{
			"Read", `{"type":"pdf"}`, `[{"type":"text","text":"PDF file read"},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"}}]`, false,
			acp.Update{Status: acp.StatusCompleted, ToolContent: []acp.ToolCallContent{acp.ToolText("```\nPDF file read\n```")}},
		},
		{"TaskList", `{}`, `"#1 [pending] *a*"`, false, acp.Update{Status: acp.StatusCompleted, ToolContent: []acp.ToolCallContent{acp.ToolText("```\n#1 [pending] *a*\n```")}}},
		{"Agent", `{}`, `[{"type":"text","text":"**done**"}]`, false, acp.Update{Status: acp.StatusCompleted, ToolContent: []acp.ToolCallContent{acp.ToolText("**done**")}}},
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

// TestPresentResultIsSlim holds that pictures and documents do not come twice.
func TestPresentResultIsSlim(t *testing.T) {
	much := strings.Repeat("A", 200_000)
	for _, tt := range []struct{ name, use, want string }{
		{"Read", `{"type":"pdf","file":{"filePath":"/p","base64":"` + much + `","originalSize":7}}`, `{"type":"pdf","file":{"filePath":"/p","originalSize":7}}`},
		{"Read", `{"type":"image","file":{"base64":"` + much + `","dimensions":{}}}`, `{"type":"image","file":{"dimensions":{}}}`},
		{"Read", `{"type":"notebook","file":{"cells":["` + much + `"]}}`, `{"type":"notebook","file":{}}`},
		{"Read", `{"type":"image","file":{"base64":"AA"}}`, `{"type":"image","file":{"base64":"AA"}}`},
		{"Read", `{"type":"text","file":{"content":"` + much + `"}}`, `{"type":"text","file":{"content":"` + much + `"}}`},
		{"Read", `"` + much + `"`, `"` + much + `"`},
		{"NotebookEdit", `{"new_source":"x","updated_file":"` + much + `"}`, `{"new_source":"x"}`},
		{"Odd", `{"base64":"` + much + `"}`, `{"base64":"` + much + `"}`},
	} {
		got := tool.PresentResult(tt.name, nil, json.RawMessage(tt.use), json.RawMessage(`"x"`), false)
		sameJSON(t, got.RawOutput, tt.want)
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
