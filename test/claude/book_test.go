package claude_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// usualModel is the model that the program asks when nobody says which.
const usualModel = "claude-opus-5-5"

// object is a JSON object by hand.
type object map[string]any

// book is a session's file that a test writes line by line, as another program might, or as a damaged disk.
type book struct {
	session string
	cwd     string
	lines   []string
	count   int
	end     string // behind each line, but for the last one if torn
	torn    bool   // the last line has no end
	chapter int    // of a file that tells several stories in a row; their ids differ by it
}

func newBook(cwd string) *book { return &book{session: uuid.NewString(), cwd: cwd, end: "\n"} }

// id is the uuid of the n-th record.
func (b *book) id(n int) string { return fmt.Sprintf("%08d-0000-4000-8000-%012d", n, b.chapter) }

// begin begins a chapter behind leaf; it gives the record behind which its story goes on.
func (b *book) begin(leaf, name string) string {
	b.chapter++
	b.count = 0
	leaf = b.answer(b.user(leaf, chapterTitle+name), "msg_begin", text(chapterBegin))
	b.chapter++
	b.count = 0
	return leaf
}

// put adds a chained record that hangs from parent and gives its uuid. The record's own members win; a nil one is left
// out, but for parentUuid.
func (b *book) put(parent string, rec object) string {
	b.count++
	line := object{
		"uuid": b.id(b.count), "parentUuid": nil, "isSidechain": false, "sessionId": b.session, "cwd": b.cwd, "version": "2.1.330",
		"userType": "external", "entrypoint": "sdk-cli", "gitBranch": "",
		"timestamp": time.Date(2026, 11, 20, 10, b.chapter, b.count, 0, time.UTC).Format("2006-01-02T15:04:05.000Z"),
	}
	if parent != "" {
		line["parentUuid"] = parent
	}
	maps.Copy(line, rec)
	b.loose(line)
	return line["uuid"].(string)
}

// loose adds any object. Its first member is what it is in files of the program's.
func (b *book) loose(line object) {
	rest := maps.Clone(line)
	first := ""
	for _, name := range []string{"parentUuid", "type"} {
		if value, has := rest[name]; has {
			delete(rest, name)
			first = fmt.Sprintf("%q:%s,", name, encode(value))
			break
		}
	}
	maps.DeleteFunc(rest, func(_ string, value any) bool { return value == nil })
	data := "{" + first + encode(rest)[1:]
	if b.chapter > 0 {
		data = shortID.ReplaceAllString(data, fmt.Sprintf(`"$1%s%d"`, chapterMark, b.chapter))
	}
	b.raw(data)
}

// chapterMark stands between the id of a message or a call and its chapter.
const chapterMark = "-chapter-"

var shortID = regexp.MustCompile(`"(t[0-9]|msg_[a-z0-9]+|srvtoolu_[0-9])"`)

// raw adds a line as it is.
func (b *book) raw(line string) { b.lines = append(b.lines, line) }

// last takes the last line out again.
func (b *book) last() string {
	line := b.lines[len(b.lines)-1]
	b.lines = b.lines[:len(b.lines)-1]
	return line
}

func (b *book) user(parent string, content any) string {
	return b.put(parent, object{
		"type": "user", "promptId": uuid.NewString(), "permissionMode": "default", "message": object{"role": "user", "content": content},
	})
}

// answer adds a record of a model's answer for each block.
func (b *book) answer(parent, messageID string, blocks ...object) string {
	for _, block := range blocks {
		parent = b.answerOf(parent, messageID, usualModel, block)
	}
	return parent
}

func (b *book) answerOf(parent, messageID, model string, blocks ...object) string {
	stop := "end_turn"
	if slices.ContainsFunc(blocks, func(b object) bool { return b["type"] == "tool_use" }) {
		stop = "tool_use"
	}
	return b.put(parent, object{"type": "assistant", "requestId": "req_" + messageID, "message": object{
		"id": messageID, "type": "message", "role": "assistant", "model": model, "content": blocks,
		"stop_reason": stop, "stop_sequence": nil, "usage": object{"input_tokens": 1, "output_tokens": 1},
	}})
}

// result adds the result of a call whose record is parent.
func (b *book) result(parent, toolID string, content any) string {
	return b.resultOf(parent, parent, toolID, content)
}

// resultOf adds the result of a call whose record is caller.
func (b *book) resultOf(parent, caller, toolID string, content any) string {
	return b.put(parent, object{
		"type": "user", "sourceToolAssistantUUID": caller, "toolUseResult": object{"stdout": content},
		"message": object{"role": "user", "content": []object{outcome(toolID, content)}},
	})
}

// attach adds an attachment.
func (b *book) attach(parent string, attachment object) string {
	return b.put(parent, object{"type": "attachment", "attachment": attachment})
}

// lastPrompt adds the end of a turn; empty members are left out.
func (b *book) lastPrompt(leaf string, more object) {
	line := object{"type": "last-prompt", "lastPrompt": "x", "sessionId": b.session}
	if leaf != "" {
		line["leafUuid"] = leaf
	}
	maps.Copy(line, more)
	b.loose(line)
}

// talk is n questions with their answers that hang from parent; it gives the uuid of the last record.
func (b *book) talk(parent string, n int) string {
	for range n {
		at := b.count
		parent = b.user(parent, fmt.Sprintf("q%d", at))
		parent = b.answer(parent, fmt.Sprintf("msg_%d", at), text(fmt.Sprintf("a%d", at)))
	}
	return parent
}

func (b *book) bytes() []byte {
	data := strings.Join(b.lines, b.end)
	if !b.torn {
		data += b.end
	}
	return []byte(data)
}

func encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func text(s string) object { return object{"type": "text", "text": s} }

func call(id string) object {
	return object{"type": "tool_use", "id": id, "name": "Bash", "input": object{"command": "echo " + id}}
}

// outcome is a tool_result block.
func outcome(toolID string, content any) object {
	return object{"type": "tool_result", "tool_use_id": toolID, "content": content}
}

func thought(s, signature string) object {
	return object{"type": "thinking", "thinking": s, "signature": signature}
}

func decodeObject(line string) object {
	var out object
	if err := json.Unmarshal([]byte(line), &out); err != nil {
		panic(err)
	}
	return out
}
