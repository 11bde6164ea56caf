package transcript_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// author writes random files: branches, rewinds, parallel calls, compactions, orphans, circles, repetitions, and damage.
type author struct {
	*rand.Rand
	b     *book
	ids   []string // of all chained records
	leaf  string
	clock time.Time
	turn  int
}

// randomFile gives the bytes of a file with about so many records.
func randomFile(seed uint64, records int) []byte {
	a := &author{Rand: rand.New(rand.NewPCG(seed, 7)), b: newBook(), clock: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)}
	calm := a.chance(3) // nothing but sound conversation
	for len(a.b.lines) < records {
		a.step(calm)
	}
	if calm && a.chance(2) {
		return a.b.bytes()
	}
	return a.damage(a.b.rows())
}

func (a *author) chance(in int) bool { return a.IntN(in) == 0 }

func (a *author) pick(from []string) string {
	if len(from) == 0 {
		return "nobody"
	}
	return from[a.IntN(len(from))]
}

// put adds a chained record at a time that nearly always is later.
func (a *author) put(parent string, rec object) string {
	a.clock = a.clock.Add(time.Duration(a.IntN(2000)) * time.Millisecond)
	rec["timestamp"] = a.clock.Format(time.RFC3339Nano)
	id := a.b.put(parent, rec)
	a.ids = append(a.ids, id)
	a.leaf = id
	return id
}

func (a *author) words() string { return strings.Repeat("word ", a.IntN(12)) + fmt.Sprint(len(a.ids)) }

func (a *author) message(role string, id string, blocks ...object) object {
	rec := object{"type": role, "message": object{"role": role, "content": blocks}}
	if role == "assistant" {
		rec["message"] = object{"role": role, "id": id, "model": "claude-test", "content": blocks}
	}
	return rec
}

func (a *author) step(calm bool) {
	if !calm && a.chance(6) {
		a.oddity()
	}
	switch a.IntN(12) {
	case 0, 1, 2:
		a.turn++
		rec := a.message("user", "", text("prompt "+a.words()))
		rec["promptId"] = fmt.Sprint("p", a.turn)
		a.put(a.leaf, rec)
	case 3, 4, 5:
		a.put(a.leaf, a.message("assistant", a.newID(), text("answer "+a.words())))
	case 6, 7:
		a.parallel()
	case 8:
		a.put(a.leaf, object{"type": "system", "subtype": "note"})
	case 9:
		a.b.lastPrompt(a.leaf, false)
	case 10:
		a.loose()
	case 11:
		if a.chance(4) {
			a.compact()
		}
	}
}

func (a *author) newID() string {
	if a.chance(20) {
		return "same"
	}
	return fmt.Sprint("msg_", len(a.ids))
}

// parallel is an answer with calls, whose results hang from the calls or from one another.
func (a *author) parallel() {
	message := a.newID()
	if a.chance(2) {
		a.put(a.leaf, a.message("assistant", message, text("both "+a.words())))
	}
	var calls, tools []string
	for range 1 + a.IntN(3) {
		tool := fmt.Sprint("t", len(a.ids))
		blocks := []object{call(tool)}
		if a.chance(8) {
			blocks = append(blocks, text("more"), call(tool+"b"))
		}
		calls, tools = append(calls, a.put(a.leaf, a.message("assistant", message, blocks...))), append(tools, tool)
	}
	linear := a.chance(2)
	for _, i := range a.Perm(len(calls)) {
		if a.chance(9) {
			continue // it was lost.
		}
		parent := calls[i]
		if linear {
			parent = a.leaf
		}
		rec := a.message("user", "", object{"type": "tool_result", "tool_use_id": tools[i], "content": a.words()})
		rec["sourceToolAssistantUUID"], rec["toolUseResult"] = calls[i], object{"stdout": "x"}
		if a.chance(12) {
			delete(rec, "sourceToolAssistantUUID")
		}
		a.put(parent, rec)
		if a.chance(6) {
			a.put(a.leaf, object{"type": "attachment", "attachment": object{"type": "queued_command", "prompt": "also " + a.words()}})
		}
	}
}

func (a *author) loose() {
	a.b.lines = append(a.b.lines, []object{
		{"type": "mode", "sessionId": sessionID},
		{"type": "ai-title", "aiTitle": a.words(), "sessionId": sessionID},
		{"type": "custom-title", "customTitle": a.words(), "sessionId": sessionID},
		{"type": "summary", "summary": a.words(), "leafUuid": a.leaf, "sessionId": sessionID},
		{"type": "queue-operation", "content": `quotes "leafUuid" \ `, "sessionId": sessionID},
	}[a.IntN(5)])
}

// compact is a compaction that keeps the last records, in one of the ways of the many versions.
func (a *author) compact() {
	old := a.leaf
	kept := a.ids[max(0, len(a.ids)-1-a.IntN(4)):]
	var copies []object
	for _, line := range a.b.lines {
		for _, id := range kept {
			if line["uuid"] == id {
				copies = append(copies, line)
			}
		}
	}
	boundary := object{"type": "system", "subtype": "compact_boundary", "logicalParentUuid": old}
	at := a.put("", boundary)
	line := a.b.lines[len(a.b.lines)-1]
	summary := a.put(at, object{"type": "user", "isCompactSummary": true, "message": object{"role": "user", "content": "SUMMARY " + a.words()}})
	if len(kept) == 0 {
		return
	}
	switch a.IntN(4) {
	case 0:
		line["compactMetadata"] = object{"preservedMessages": object{"anchorUuid": summary, "uuids": kept}}
	case 1:
		line["compactMetadata"] = object{"preservedSegment": object{"anchorUuid": summary, "headUuid": kept[0], "tailUuid": kept[len(kept)-1]}}
	case 2, 3:
		line["compactMetadata"] = object{"preservedMessages": object{"anchorUuid": summary, "uuids": kept}}
		parent, behind := summary, a.chance(2)
		for _, from := range copies {
			again := object{}
			for key, value := range from {
				again[key] = value
			}
			if behind {
				again["parentUuid"] = parent
			}
			parent = again["uuid"].(string)
			a.b.lines = append(a.b.lines, again)
		}
		if behind || a.chance(2) {
			a.leaf = parent
		}
	}
}

// oddity is something that makes a file odd.
func (a *author) oddity() {
	recent := a.ids[max(0, len(a.ids)-8):]
	switch a.IntN(14) {
	case 0:
		a.leaf = a.pick(a.ids) // a rewind
	case 13:
		a.b.beginAnew()
		if a.chance(2) {
			a.leaf = ""
		}
	case 1, 2:
		a.leaf = a.pick(recent)
	case 3:
		a.leaf = "nobody"
	case 4:
		a.leaf = ""
	case 5:
		a.b.lastPrompt(a.pick(a.ids), a.chance(2))
	case 6:
		a.b.lastPrompt("nobody", a.chance(2))
	case 7: // a uuid again
		rec := a.message("assistant", "msg_again", text("again "+a.words()))
		rec["uuid"] = a.pick(a.ids)
		a.put(a.leaf, rec)
	case 8: // its own parent, or a circle
		id := fmt.Sprintf("%08d-0000-4000-8000-000000000000", a.b.count+1+a.IntN(4))
		a.put(id, a.message("user", "", text("circle")))
	case 9:
		leaf := a.leaf
		a.put(leaf, object{"type": "user", "isSidechain": true, "message": object{"content": "side"}})
		if a.chance(2) {
			a.leaf = leaf
		}
	case 10:
		a.clock = a.clock.Add(-time.Duration(a.IntN(20)) * time.Second)
	case 11:
		a.put(a.leaf, object{"type": "assistant", "isApiErrorMessage": true, "message": object{"id": "e", "content": []object{text("Overloaded.")}}})
	case 12:
		a.put(a.leaf, object{"type": "user", "isMeta": true, "message": object{"content": "for the model"}})
	}
}

// damage joins rows to a file and spoils some of it.
func (a *author) damage(rows []string) []byte {
	var file bytes.Buffer
	feed := "\n"
	if a.chance(5) {
		feed = "\r\n"
	}
	if a.chance(8) {
		file.WriteString("\ufeff")
	}
	for i, row := range rows {
		if !a.chance(12) {
			file.WriteString(row + feed)
			continue
		}
		switch a.IntN(9) {
		case 0:
			file.WriteString(row[:a.IntN(len(row))])
		case 1:
			file.WriteString(row[:a.IntN(len(row))] + feed)
		case 2:
			file.WriteString("\x00\x00\x00" + row + feed)
		case 3:
			file.WriteString(row + " " + row + rows[a.IntN(i+1)] + feed)
		case 4:
			file.WriteString(feed + "  " + feed + row + feed)
		case 5:
			file.WriteString("garbage {" + feed)
		case 6: // broken inside, which cannot be seen from outside
			file.WriteString(strings.Replace(row, "word ", "wo\x01rd", 1) + feed)
		case 7: // too large to be decoded
			file.WriteString(strings.Replace(row, "word ", strings.Repeat("large ", 600), 1) + feed)
		case 8: // gone
		}
	}
	data := file.Bytes()
	if a.chance(4) {
		data = bytes.TrimRight(data, "\r\n")
	}
	return data
}
