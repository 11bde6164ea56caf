package replay

import (
	"strconv"
	"strings"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/transcript"
)

// isCall reports whether a block is a tool call: the agent's own, or one that runs at the API.
func isCall(b *transcript.Block) bool { return strings.HasSuffix(b.Type, "tool_use") }

// isResult reports whether a block is a tool result of either kind.
func isResult(b *transcript.Block) bool {
	return strings.HasSuffix(b.Type, "tool_result") && b.ToolUseID != ""
}

// shown is a block of a user's message as people see it.
func shown(b *transcript.Block) (acp.ContentBlock, bool) {
	switch {
	case b.Type == "text" && b.Text != "":
		return acp.Text(b.Text), true
	case b.Type == "image" && b.Source != nil && b.Source.Type == "base64":
		return acp.ContentBlock{Type: "image", Data: b.Source.Data, MimeType: b.Source.MediaType}, true
	case (b.Type == "image" || b.Type == "document") && b.Source != nil && b.Source.URL != "":
		return acp.ContentBlock{Type: "resource_link", URI: b.Source.URL, Name: b.Source.URL}, true
	case b.Type == "document":
		return acp.Text("[document]"), true
	default:
		return acp.ContentBlock{}, false
	}
}

// messageID is the id of a block's message. A block is a record and a message; where another program put several blocks
// into one record, those after the first have ids of their own, the same whenever they are shown.
func messageID(rec *transcript.Record, block int) string {
	if block == 0 {
		return rec.UUID
	}
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(rec.UUID+"#"+strconv.Itoa(block))).String()
}

// command shows what Claude Code recorded of a command to itself: what was typed as the person's message, what it printed
// as an answer.
func command(rec *transcript.Record, blocks []transcript.Block) (updates []acp.Update, ok bool) {
	if len(blocks) != 1 {
		return nil, false
	}
	text := blocks[0].Text
	tag, _, _ := strings.Cut(strings.TrimPrefix(text, "<"), ">")
	switch {
	case !strings.HasPrefix(text, "<"):
		return nil, false
	case tag == "command-name" || tag == "command-message":
		return chunk(acp.UpdateUserMessage, rec, tagged(text, "command-name")+" "+tagged(text, "command-args")), true
	case tag == "bash-input":
		return chunk(acp.UpdateUserMessage, rec, "! "+tagged(text, "bash-input")), true
	case tag == "local-command-stdout" || tag == "local-command-stderr":
		return chunk(acp.UpdateAgentMessage, rec, tagged(text, tag)), true
	case tag == "bash-stdout" || tag == "bash-stderr":
		return chunk(acp.UpdateAgentMessage, rec, tagged(text, "bash-stdout")+"\n"+tagged(text, "bash-stderr")), true
	default:
		return nil, false
	}
}

func chunk(kind string, rec *transcript.Record, text string) []acp.Update {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return []acp.Update{acp.Chunk(kind, rec.UUID, acp.Text(text))}
}

// tagged gives what stands between a tag and its end.
func tagged(text, tag string) string {
	_, rest, _ := strings.Cut(text, "<"+tag+">")
	inside, _, _ := strings.Cut(rest, "</"+tag+">")
	return strings.TrimSpace(inside)
}

// RecordOf finds the record that a message's id belongs to and gives its uuid; an id that is no message's is given back.
func RecordOf(records []transcript.Record, id string) string {
	for i := range records {
		rec := &records[i]
		if rec.UUID == id || rec.Type != "assistant" {
			continue
		}
		for block := 1; block < len(rec.Blocks()); block++ {
			if messageID(rec, block) == id {
				return rec.UUID
			}
		}
	}
	return id
}
