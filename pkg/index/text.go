package index

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/search"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/transcript"
)

// The kinds of things that can be found.
const (
	KindPrompt   = "prompt"
	KindAnswer   = "answer"
	KindThinking = "thinking"
	KindCall     = "call"
	KindResult   = "result"
)

// What can be found of a record, in bytes of its text, and how much of it one transaction adds.
const (
	maxText       = 256 << 10
	maxResultText = 16 << 10
	batchText     = 1 << 20
	batchRecords  = 1000
)

// text is what can be found of a record, and what kind of thing it is; empty if nothing can. A record holds one block, or
// one message of a person; of one with several kinds the last counts.
func text(rec *transcript.Record) (kind, found string) {
	if rec.Sidechain || rec.Meta || rec.CompactSummary || !rec.IsUser() && rec.Type != "assistant" || rec.Interruption() {
		return "", ""
	}
	var parts []string
	for _, b := range rec.Blocks() {
		of, part := blockText(rec, &b)
		if part = strings.TrimSpace(part); part != "" {
			kind, parts = of, append(parts, part)
		}
	}
	return kind, upTo(strings.Join(parts, "\n"), maxText)
}

func blockText(rec *transcript.Record, b *transcript.Block) (kind, text string) {
	switch {
	case b.Type == "text" && rec.IsUser():
		return KindPrompt, b.Text
	case b.Type == "text":
		return KindAnswer, b.Text
	case b.Type == "thinking":
		return KindThinking, b.Thinking
	case b.Type == "tool_use":
		return KindCall, b.Name + "\n" + inputText(b.Input)
	case b.Type == "tool_result":
		return KindResult, upTo(contentText(b.Content), maxResultText)
	default:
		return "", ""
	}
}

// inputText is the text in a tool's input, its members in the order of their names.
func inputText(input json.RawMessage) string {
	var value any
	if json.Unmarshal(input, &value) != nil {
		return ""
	}
	var parts []string
	collect(value, &parts)
	return strings.Join(parts, "\n")
}

func collect(value any, parts *[]string) {
	switch v := value.(type) {
	case string:
		*parts = append(*parts, v)
	case []any:
		for _, item := range v {
			collect(item, parts)
		}
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			collect(v[name], parts)
		}
	}
}

// contentText is the text of a tool's result: a string, or the text blocks of an array.
func contentText(content json.RawMessage) string {
	var text string
	if json.Unmarshal(content, &text) == nil {
		return text
	}
	var blocks []struct{ Text string }
	if json.Unmarshal(content, &blocks) != nil {
		return ""
	}
	parts := make([]string, 0, len(blocks))
	for _, b := range blocks {
		parts = append(parts, b.Text)
	}
	return strings.Join(parts, "\n")
}

func upTo(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}

// UpdateText makes what a session's file has gained findable. A file that is another one than before is indexed anew. It is
// safe to call in several processes at once: what one adds the others leave.
func (x *Index) UpdateText(ctx context.Context, f File) error {
	file, end, err := x.opts.Store.TextEnd(ctx, f.Owner, f.SessionID)
	if fault.Is(err, fault.NotFound) || err == nil && file != x.rel(f) {
		return nil // no session, or not its file.
	}
	if err != nil {
		return err
	}
	if end >= 0 {
		err = x.addText(ctx, f, end)
		if !fault.Is(err, fault.Conflict) {
			return err
		}
		_, now, err := x.opts.Store.TextEnd(ctx, f.Owner, f.SessionID)
		if err != nil {
			return ignoreMissing(err)
		}
		if now != end {
			return nil // somebody else adds to it.
		}
	}
	if err := x.opts.Store.DropDocuments(ctx, f.Owner, f.SessionID); err != nil {
		return err
	}
	if err := x.addText(ctx, f, 0); !fault.Is(err, fault.Conflict) {
		return err
	}
	return nil
}

// addText adds the records of a file from an offset on.
func (x *Index) addText(ctx context.Context, f File, from int64) error {
	return x.readText(ctx, f, from, func(ctx context.Context, a addition) error {
		return x.opts.Store.AddDocuments(ctx, a.Addition)
	})
}

// readText gathers the records of a file from an offset on into additions.
func (x *Index) readText(ctx context.Context, f File, from int64, emit func(ctx context.Context, a addition) error) error {
	b := &textBatch{file: f, from: from, emit: emit}
	end, err := transcript.Stream(f.Path, from, func(rec *transcript.Record) error { return b.add(ctx, rec) })
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return b.flush(ctx, end)
}

// addition is a part of a file on its way into the database.
type addition struct {
	store.Addition
	file  File
	bytes int // of text
}

// textBatch gathers documents for one addition.
type textBatch struct {
	file      File
	from      int64
	emit      func(ctx context.Context, a addition) error
	bytes     int
	documents []store.Document
}

func (b *textBatch) add(ctx context.Context, rec *transcript.Record) error {
	place, size, end := rec.Span()
	if len(b.documents) >= batchRecords || b.bytes >= batchText {
		if err := b.flush(ctx, place); err != nil {
			return err
		}
	}
	if _, text := text(rec); text != "" {
		b.bytes += len(text)
		b.documents = append(b.documents, store.Document{Place: place, Size: size, LineEnd: end, At: rec.Timestamp, Terms: search.Terms(text)})
	}
	return nil
}

// flush gives away what was gathered; the next records come from an offset on.
func (b *textBatch) flush(ctx context.Context, upTo int64) error {
	if upTo == b.from {
		return nil
	}
	a := addition{file: b.file, bytes: b.bytes}
	a.Addition = store.Addition{OwnerID: b.file.Owner, SessionID: b.file.SessionID, From: b.from, UpTo: upTo, Documents: b.documents}
	b.from, b.bytes, b.documents = upTo, 0, nil
	return b.emit(ctx, a)
}
