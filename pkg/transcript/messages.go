package transcript

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"
)

// Message is one message as the Messages API takes it. The first is the user's, the user's are never two in a row, and
// every tool call has its result in the message behind it.
type Message struct {
	Role    string
	Model   string // that wrote it; empty for a user's
	Content []json.RawMessage
	// Given are the paths of files of instructions that a user's message puts before the model; see NestedMemory.
	Given []string
}

// noContent stands where the API wants a message and there is nothing to say.
const noContent = "(no content)"

// building is a message on its way.
type building struct {
	role   string
	id     answerID
	model  string
	at     int // the first record, in the order of the file
	blocks []Block
	given  []string
}

// answerID tells answers of the API apart: assistant records with the same one are one message. A server that gives every
// answer the same message id still has requests of its own.
type answerID struct{ message, request string }

func (r *Record) answerID() answerID { return answerID{r.MessageID, r.RequestID} }

// Messages is the conversation for the next request, as Claude Code would send it, its own reminders left out. What the
// API would refuse is mended: calls without a result get one that says so, results without a call go, blank texts and
// unfinished thinking go.
func (c *Conversation) Messages() []Message {
	messages := mend(c.gather())
	out := make([]Message, 0, len(messages))
	for _, m := range messages {
		message := Message{Role: m.role, Model: m.model, Given: m.given, Content: make([]json.RawMessage, 0, len(m.blocks))}
		for _, b := range m.blocks {
			message.Content = append(message.Content, b.Raw)
		}
		out = append(out, message)
	}
	return out
}

// ForModel gives the messages for a request to a model: the thinking of other models, which it could not check, is left
// out. A model's name without its date is the same model.
func ForModel(messages []Message, model string) []Message {
	out := make([]Message, 0, len(messages))
	for _, m := range messages {
		if m.Role == typeAssistant && !sameModel(m.Model, model) {
			m.Content = slices.DeleteFunc(slices.Clone(m.Content), func(raw json.RawMessage) bool {
				var b Block
				return json.Unmarshal(raw, &b) == nil && b.thinks()
			})
		}
		out = append(out, m)
	}
	return out
}

func sameModel(a, b string) bool {
	return strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
}

// gather makes messages of records: one for each API message, one for each user record.
func (c *Conversation) gather() []*building {
	branch, _ := c.skeleton.model()
	var messages []*building
	byID := map[answerID]*building{}
	for _, at := range branch.path {
		rec, ok := c.record(at)
		switch {
		case !ok || rec.APIError || rec.Sidechain || branch.replaced[at]:
		case rec.IsUser():
			m := &building{role: typeUser, at: at, blocks: told(&rec)}
			if !m.results() {
				clear(byID)
			}
			messages = append(messages, m)
		case rec.Type == typeAssistant:
			m := byID[rec.answerID()]
			if m == nil || rec.MessageID == "" {
				m = &building{role: typeAssistant, id: rec.answerID(), model: rec.Model}
				byID[m.id] = m
				messages = append(messages, m)
			}
			m.blocks = append(m.blocks, rec.Blocks()...)
		case rec.Type == typeAttachment:
			if nested, ok := rec.nested(); ok {
				messages = append(messages, &building{role: typeUser, at: at, blocks: []Block{textBlock(nested.Text())}, given: []string{nested.Path}})
			}
		}
	}
	return c.addSiblings(messages, branch.extra)
}

// told is what the model hears of a user's record. What nobody typed is told to be so.
func told(rec *Record) []Block {
	blocks := rec.Blocks()
	if !rec.Notice {
		return blocks
	}
	for i := range blocks {
		if blocks[i].Type == blockText {
			blocks[i] = textBlock("<system-reminder>\nThis comes from the program that you run in, not from the user:\n" +
				blocks[i].Text + "\n</system-reminder>")
		}
	}
	return blocks
}

// results reports whether a user's message holds tool results, as those between the blocks of one answer do.
func (m *building) results() bool {
	return slices.ContainsFunc(m.blocks, func(b Block) bool { return b.Type == blockToolResult })
}

// addSiblings puts blocks that were not on the way into their messages, such as parallel calls; the results go to the end, from where mend takes them.
func (c *Conversation) addSiblings(messages []*building, extra []int) []*building {
	for _, at := range extra {
		rec, ok := c.record(at)
		if !ok {
			continue
		}
		if rec.Type == typeUser {
			messages = append(messages, &building{role: typeUser, at: at, blocks: blocksOf(&rec, blockToolResult)})
			continue
		}
		for _, m := range messages {
			if m.role == typeAssistant && m.id == rec.answerID() {
				m.blocks = append(m.blocks, rec.Blocks()...)
				break
			}
		}
	}
	return messages
}

// mend drops what the API refuses, puts results behind their calls, and joins what the user's side said in a row.
func mend(messages []*building) []*building {
	called := map[string]bool{}
	for _, m := range messages {
		if m.role == typeAssistant {
			m.blocks = usable(m.blocks, called)
		}
	}
	results := takeResults(messages, called)
	var out []*building
	for _, m := range messages {
		if len(m.blocks) == 0 {
			continue
		}
		out = join(out, m)
		if m.role == typeAssistant {
			out = join(out, &building{role: typeUser, blocks: answers(m.blocks, results)})
		}
	}
	if len(out) > 0 && out[0].role == typeAssistant {
		out = slices.Insert(out, 0, &building{role: typeUser, blocks: []Block{textBlock(noContent)}})
	}
	return out
}

// join appends a message, to the last one if both are the user's.
func join(out []*building, m *building) []*building {
	if len(m.blocks) == 0 {
		return out
	}
	if n := len(out); n > 0 && m.role == typeUser && out[n-1].role == typeUser {
		out[n-1].blocks = append(out[n-1].blocks, m.blocks...)
		out[n-1].given = append(out[n-1].given, m.given...)
		return out
	}
	return append(out, m)
}

// usable filters an assistant message: no blank text, no result, no call whose input is no object, no thinking that was not finished, no call id twice, and nothing
// at all if only thinking is left.
func usable(blocks []Block, called map[string]bool) []Block {
	var out []Block
	for _, b := range blocks {
		switch {
		case b.Type == blockText && strings.TrimSpace(b.Text) == "":
			continue
		case b.Type == blockThinking && b.Signature == "":
			continue
		case b.Type == blockToolResult: // only the user's side has results.
			continue
		case b.Type == blockToolUse && (b.ID == "" || called[b.ID]):
			b = textBlock("[Tool use interrupted]")
		case b.Type == blockToolUse:
			called[b.ID] = true
			b = b.withInput()
		}
		out = append(out, b)
	}
	if slices.ContainsFunc(out, func(b Block) bool { return !b.thinks() }) {
		return out
	}
	return nil
}

// result is a tool result and its place in the file.
type result struct {
	block Block
	at    int
}

// takeResults takes the results out of the user's messages; blank texts go, and what only a model says. The first result of a call counts.
func takeResults(messages []*building, called map[string]bool) map[string]result {
	results := map[string]result{}
	for _, m := range messages {
		if m.role != typeUser {
			continue
		}
		var rest []Block
		for _, b := range m.blocks {
			if b.Type == blockToolResult {
				if _, twice := results[b.ToolUseID]; !twice && called[b.ToolUseID] {
					results[b.ToolUseID] = result{b, m.at}
				}
				continue
			}
			if b.Type != blockToolUse && !b.thinks() && (b.Type != blockText || strings.TrimSpace(b.Text) != "") {
				rest = append(rest, b)
			}
		}
		m.blocks = rest
	}
	return results
}

// answers gives the results of a message's calls in the order in which they came; a call that has none gets one.
func answers(blocks []Block, results map[string]result) []Block {
	var found []result
	for _, b := range blocks {
		if b.Type != blockToolUse {
			continue
		}
		answer, ok := results[b.ID]
		if !ok {
			answer = result{lostResult(b.ID), math.MaxInt}
		}
		found = append(found, answer)
	}
	slices.SortStableFunc(found, func(a, b result) int { return cmp.Compare(a.at, b.at) })
	out := make([]Block, 0, len(found))
	for _, f := range found {
		out = append(out, f.block)
	}
	return out
}

// lostResult stands for the result of a call that was interrupted before it was recorded.
func lostResult(id string) Block {
	return resultBlock(id, mustJSON("The call was interrupted; whether it did its work is not known."), true)
}
