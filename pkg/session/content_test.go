package session

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

func TestPromptContent(t *testing.T) {
	dot := dotPNG(t, 1)
	image := acp.ContentBlock{Type: "image", MimeType: "image/jpeg", Data: dot}
	for name, tc := range map[string]struct {
		blocks  []acp.ContentBlock
		content string
		text    string
		code    fault.Code
	}{
		"one text":     {[]acp.ContentBlock{acp.Text("hi 中")}, `"hi 中"`, "hi 中", ""},
		"two texts":    {[]acp.ContentBlock{acp.Text("a"), acp.Text("b")}, `[{"type":"text","text":"a"},{"type":"text","text":"b"}]`, "a\nb", ""},
		"image":        {[]acp.ContentBlock{image}, `[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"` + dot + `"}}]`, "", ""},
		"link":         {[]acp.ContentBlock{{Type: "resource_link", Name: "n", URI: "file:///n"}}, `"[n](file:///n)"`, "[n](file:///n)", ""},
		"none":         {nil, "", "", fault.Invalid},
		"blank":        {[]acp.ContentBlock{acp.Text(" \n")}, "", "", fault.Invalid},
		"audio":        {[]acp.ContentBlock{{Type: "audio"}}, "", "", fault.Invalid},
		"odd image":    {[]acp.ContentBlock{{Type: "image", MimeType: "image/svg+xml", Data: "AA=="}}, "", "", fault.Invalid},
		"broken image": {[]acp.ContentBlock{{Type: "image", MimeType: "image/png", Data: dot[:len(dot)-32]}}, "", "", fault.Invalid},
		"no base64":    {[]acp.ContentBlock{{Type: "image", MimeType: "image/png", Data: dot + "?"}}, "", "", fault.Invalid},
		"empty image":  {[]acp.ContentBlock{{Type: "image", MimeType: "image/png"}}, "", "", fault.Invalid},
		"huge image":   {[]acp.ContentBlock{{Type: "image", MimeType: "image/png", Data: dotPNG(t, 33_000)}}, "", "", fault.TooLarge},
		"large image":  {[]acp.ContentBlock{{Type: "image", MimeType: "image/png", Data: strings.Repeat("A", maxPromptBytes+1)}}, "", "", fault.TooLarge},
		"many images":  {slices.Repeat([]acp.ContentBlock{image}, maxPromptImages+1), "", "", fault.TooLarge},
		"large prompt": {[]acp.ContentBlock{acp.Text(strings.Repeat("a", maxPromptBytes+1))}, "", "", fault.TooLarge},
		"empty blob":   {[]acp.ContentBlock{{Type: "resource"}}, "", "", fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			content, text, err := promptContent(tc.blocks)
			if tc.code != "" {
				if !fault.Is(err, tc.code) {
					t.Fatalf("the error is %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{tc.content, tc.text}, []string{string(content), text}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// dotPNG is a picture in base64, one pixel high.
func dotPNG(t *testing.T, width int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 1))); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func TestPromptImagesAreScaledDown(t *testing.T) {
	content, _, err := promptContent([]acp.ContentBlock{acp.Text("see"), {Type: "image", MimeType: "image/png", Data: dotPNG(t, 6000)}})
	if err != nil {
		t.Fatal(err)
	}
	var blocks []struct{ Source struct{ Data []byte } }
	if err := json.Unmarshal(content, &blocks); err != nil || len(blocks) != 2 {
		t.Fatalf("%s: %v", content, err)
	}
	if config, err := png.DecodeConfig(bytes.NewReader(blocks[1].Source.Data)); err != nil || config.Width != 2000 {
		t.Errorf("it is %d pixels wide, %v", config.Width, err)
	}
}

func TestInflightIsWhole(t *testing.T) {
	var f inflight
	chunk := func(id, text string) acp.Update { return acp.Chunk(acp.UpdateAgentMessage, id, acp.Text(text)) }
	f.add(chunk("m1", "a"))
	f.add(chunk("m1", "b"))
	f.add(acp.Update{Kind: acp.UpdateToolCall, ToolCallID: "t1", Title: "Bash", Status: acp.StatusPending})
	f.add(acp.Update{Kind: acp.UpdateToolCallUpdate, ToolCallID: "t1", Status: acp.StatusInProgress, ToolContent: []acp.ToolCallContent{acp.ToolText("out")}})
	f.add(acp.Update{Kind: acp.UpdateNotice, Title: "wait"})
	want := []acp.Update{
		chunk("m1", "ab"),
		{Kind: acp.UpdateToolCall, ToolCallID: "t1", Title: "Bash", Status: acp.StatusInProgress, ToolContent: []acp.ToolCallContent{acp.ToolText("out")}},
		{Kind: acp.UpdateNotice, Title: "wait"},
	}
	if diff := cmp.Diff(want, f.updates()); diff != "" {
		t.Errorf("in flight (-want +got):\n%s", diff)
	}
	f.add(chunk("m2", "go on")) // the wait is over
	if !f.remove("m1") || f.remove("m1") {
		t.Error("what is recorded is removed once")
	}
	f.add(acp.Update{Kind: acp.UpdateToolCallUpdate, ToolCallID: "t1", Status: acp.StatusFailed})
	if diff := cmp.Diff([]acp.Update{chunk("m2", "go on")}, f.updates()); diff != "" {
		t.Errorf("afterwards (-want +got):\n%s", diff)
	}
}

func TestTitleOf(t *testing.T) {
	long := strings.Repeat("字", 100)
	for in, want := range map[string]string{
		"  one\ntwo": "one", long: strings.Repeat("字", 79) + "…", "": "",
	} {
		if got := transcript.TitleOf(in); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}
