package claude_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/pkg/replay"
	"claude-agent-chat/pkg/transcript"
)

// prompted matches requests whose last message has this text as a block; the program adds reminders of its own.
func prompted(text string) func(*anthropictest.Request) bool {
	return func(r *anthropictest.Request) bool {
		return slices.ContainsFunc(r.Last().Blocks, func(b anthropictest.Block) bool {
			return b.Type == "text" && strings.TrimSpace(b.Text) == text
		})
	}
}

// to makes an exchange: to this prompt the model answers with these steps.
func to(prompt string, steps ...anthropictest.Step) anthropictest.Exchange {
	return anthropictest.Exchange{Match: prompted(prompt), Reply: anthropictest.Stream(steps...)}
}

// then makes an exchange: to the result of this call the model answers with these steps.
func then(id string, steps ...anthropictest.Step) anthropictest.Exchange {
	return anthropictest.Exchange{Match: anthropictest.HasResult(id), Reply: anthropictest.Stream(steps...)}
}

// said is a step that says one text.
func said(text string) anthropictest.Step { return anthropictest.Text(text) }

// resumed is the request with which the program resumes a session. The file stays as it was.
func (d *desk) resumed(sessionID string) request {
	d.t.Helper()
	path := d.path(sessionID)
	before, err := os.ReadFile(path)
	must(d.t, err)
	m := newModel(d.t)
	r := d.ask(m, nextPrompt, "--resume", sessionID)
	must(d.t, os.WriteFile(path, before, 0o600))
	request, asked := m.asked(nextPrompt)
	if !asked {
		d.t.Fatalf("the program does not resume: %v\n%s%s", r.err, r.output, r.errors)
	}
	return request
}

// sends gives what the program sends when it resumes a session, and leaves the file as it was. The API must take it.
func (d *desk) sends(sessionID string) conversation {
	d.t.Helper()
	request := d.resumed(sessionID)
	if request.refused != "" {
		d.t.Errorf("the API would refuse what the program sends: %s", request.refused)
	}
	return theirs(request.Messages, nextPrompt)
}

// disagreement gives what the program sends of a session, without the filler that it puts behind what was not answered,
// and in what our reader differs: the messages that only the program sends ("-") and that only we send ("+").
func (d *desk) disagreement(sessionID string) (program conversation, differs []string) {
	d.t.Helper()
	program = d.sends(sessionID).unfilled()
	own := ours(d.t, d.load(sessionID), usualModel)
	if reason := refusal(d.t, own); reason != "" {
		d.t.Errorf("the API would refuse what we send: %s", reason)
	}
	theirLines, ourLines := plain(d.t, program), plain(d.t, own)
	for i, line := range program.lines() {
		if !slices.Contains(ourLines, theirLines[i]) {
			differs = append(differs, "- "+line)
		}
	}
	for i, line := range own.lines() {
		if !slices.Contains(theirLines, ourLines[i]) {
			differs = append(differs, "+ "+line)
		}
	}
	if differs == nil && !slices.Equal(theirLines, ourLines) {
		differs = []string{"the order"}
	}
	return program, differs
}

// unfilled takes off the filler at the end.
func (c conversation) unfilled() conversation {
	if n := len(c); n > 0 && len(c[n-1].Content) == 1 && c[n-1].Content[0].string("text") == filler {
		return c[:n-1]
	}
	return c
}

const filler = "No response requested."

// mustBeWhole makes sure that our reader keeps every line of a session as a record.
func (d *desk) mustBeWhole(sessionID string) *transcript.Conversation {
	d.t.Helper()
	data, err := os.ReadFile(d.path(sessionID))
	must(d.t, err)
	conv := d.load(sessionID)
	lines := bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
	records := conv.Records()
	if conv.Skipped() > 0 || len(records) != len(lines) {
		d.t.Fatalf("of %d lines there are %d records, %d lines were skipped", len(lines), len(records), conv.Skipped())
	}
	for i, rec := range records {
		if !bytes.Equal(rec.Raw, lines[i]) {
			d.t.Errorf("line %d is kept as %s, it was %s", i+1, rec.Raw, lines[i])
		}
	}
	return conv
}

// shown is what people see of a session, in short and in order: what was said, and the calls with their end.
func (d *desk) shown(conv *transcript.Conversation) []string {
	renderer := replay.NewRenderer(d.cwd)
	var out []string
	for _, rec := range conv.Chain() {
		for _, u := range renderer.Updates(rec) {
			if line := brief(u); line != "" {
				out = append(out, line)
			}
		}
	}
	return out
}

// brief is an update in short; empty for what is none of the conversation.
func brief(u acp.Update) string {
	who, _, _ := strings.Cut(u.Kind, "_")
	if u.Kind == acp.UpdateAgentThought {
		who = "thought"
	}
	switch {
	case u.Block != nil && u.Block.Type != "text":
		return who + ": [" + u.Block.Type + "]"
	case u.Block != nil:
		return who + ": " + clip(u.Block.Text)
	case u.ToolCallID != "" && (u.Kind == acp.UpdateToolCall || u.Status != ""):
		return u.ToolCallID + " " + u.Status
	case u.Meta[acp.MetaInterrupted] != nil:
		return "interrupted"
	default:
		return ""
	}
}

// goOn appends a turn with our writer, as the native agent would.
func (d *desk) goOn(sessionID, prompt, answer string) {
	d.t.Helper()
	w, err := transcript.OpenWriter(d.t.Context(), d.path(sessionID), transcript.Context{SessionID: sessionID, Cwd: d.cwd})
	must(d.t, err)
	stop := "end_turn"
	_, err = w.Append(d.t.Context(),
		transcript.Prompt{PromptID: "ours-" + prompt, Content: json.RawMessage(encode(prompt)), PermissionMode: "default"},
		transcript.Assistant{
			MessageID: "msg_of_" + prompt, RequestID: "req_of_" + prompt, Model: usualModel,
			Block: json.RawMessage(encode(text(answer))), StopReason: &stop,
		},
		transcript.LastPrompt{Text: prompt},
	)
	must(d.t, err)
	must(d.t, w.Close())
}

// session runs the program for one prompt and gives the id of the session that it was in.
func (d *desk) session(m *model, args ...string) string {
	d.t.Helper()
	output := d.mustRun(m, append(args, "--output-format", "json")...)
	var result struct {
		SessionID string `json:"session_id"`
	}
	must(d.t, json.Unmarshal([]byte(output), &result))
	return result.SessionID
}
