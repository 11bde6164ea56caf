package transcript_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/transcript"
)

// The large session of the measurements: 100 MB in 50,000 records.
const (
	largeRecords = 50_000
	largeRecord  = 2_000
)

// largeFile writes a session of turns as Claude Code does: a prompt, an answer, a call and its result, the answer's end.
func largeFile(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), sessionID+".jsonl")
	file, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	out := bufio.NewWriterSize(file, 1<<20)
	at := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	parent := "null"
	prose := strings.Repeat(`It said \"so\" and went on.\n`, 40)
	code := strings.Repeat(`\tif err != nil {\n\t\treturn err\n\t}\n`, 20)
	for i := range largeRecords {
		id := fmt.Sprintf("%08d-1111-4222-8333-444455556666", i)
		at = at.Add(time.Second)
		kind, message, extra := "assistant", "", ""
		switch i % 5 {
		case 0:
			kind, message, extra = "user", `"role":"user","content":"`+prose+`"`, fmt.Sprintf(`"promptId":"p%d","permissionMode":"default",`, i)
		case 1, 4:
			message = answerMessage(i, `{"type":"text","text":"`+prose+`"}`)
		case 2:
			message = answerMessage(i, fmt.Sprintf(`{"type":"tool_use","id":"toolu_%d","name":"Edit","input":{"file_path":"/work/demo/a.go","old_string":"%s","new_string":"%s"}}`, i, code, code))
		case 3:
			kind, message = "user", fmt.Sprintf(`"role":"user","content":[{"tool_use_id":"toolu_%d","type":"tool_result","content":"%s"}]`, i-1, code)
			extra = `"toolUseResult":{"filePath":"/work/demo/a.go","oldString":"` + code + `","structuredPatch":[{"oldStart":1,"oldLines":2,"newStart":1,"newLines":2,"lines":[" a","-b","+c"]}],"userModified":false},`
		}
		line := fmt.Sprintf(`{"parentUuid":%s,"isSidechain":false,%s"type":"%s","message":{%s},"uuid":"%s","timestamp":"%s","userType":"external","entrypoint":"sdk-cli","cwd":"/work/demo","sessionId":"%s","version":"2.1.330","gitBranch":"main"`,
			parent, extra, kind, message, id, at.Format("2006-01-02T15:04:05.000Z"), sessionID)
		pad := max(0, largeRecord-len(line)-len(`,"pad":""}`)-1)
		fmt.Fprintf(out, "%s,\"pad\":\"%s\"}\n", line, strings.Repeat("x", pad))
		parent = `"` + id + `"`
		if i%5 == 4 {
			fmt.Fprintf(out, `{"type":"last-prompt","lastPrompt":"x","leafUuid":"%s","sessionId":"%s"}`+"\n", id, sessionID)
		}
	}
	if err := errors.Join(out.Flush(), file.Close()); err != nil {
		tb.Fatal(err)
	}
	return path
}

func answerMessage(i int, block string) string {
	return fmt.Sprintf(`"id":"msg_%d","type":"message","role":"assistant","model":"claude-test","content":[%s],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":5,"cache_read_input_tokens":7,"cache_creation_input_tokens":9}`, i/5, block)
}

// BenchmarkLarge measures what is done with the large session. "plain" is what reading it once costs, for comparison.
func BenchmarkLarge(b *testing.B) {
	path := largeFile(b)
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	run := func(name string, work func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(info.Size())
			b.ReportAllocs()
			for b.Loop() {
				if err := work(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("plain", func() error { return readPlainly(path) })
	run("first page", func() error { return readPage(path, func(r *transcript.Reader) error { return newest(r, "") }) })
	run("ten pages", func() error {
		return readPage(path, func(r *transcript.Reader) error {
			before := ""
			for range 10 {
				page, err := r.Page(before, 50, shows1)
				if err != nil {
					return err
				}
				before = page.Before
			}
			return nil
		})
	})
	run("oldest page", func() error {
		return readPage(path, func(r *transcript.Reader) error {
			_, err := r.PageAfter("", 50, shows1)
			return err
		})
	})
	run("scan", func() error {
		sum, err := transcript.Scan(path)
		if err == nil && sum.Messages != 3*largeRecords/5 {
			err = fmt.Errorf("%d messages", sum.Messages)
		}
		return err
	})
	run("open writer", func() error {
		w, err := transcript.OpenWriter(b.Context(), path, transcript.Context{SessionID: sessionID, Cwd: "/work/demo"})
		if err != nil {
			return err
		}
		return w.Close()
	})
	run("load", func() error {
		_, err := transcript.Load(path)
		return err
	})
}

func newest(r *transcript.Reader, before string) error {
	page, err := r.Page(before, 50, shows1)
	if err == nil && len(page.Records) < 50 {
		err = fmt.Errorf("%d records", len(page.Records))
	}
	return err
}

func readPage(path string, read func(r *transcript.Reader) error) error {
	r, err := transcript.OpenReader(path, -1)
	if err != nil {
		return err
	}
	return errors.Join(read(r), r.Close())
}

func readPlainly(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	buf := make([]byte, 1<<20)
	for err == nil {
		_, err = file.Read(buf)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, file.Close())
}

// BenchmarkLine measures walking over one ordinary record, and decoding it.
func BenchmarkLine(b *testing.B) {
	file := newBook()
	use := file.answer(file.user("", "q"), "msg_1", object{"type": "tool_use", "id": "t1", "name": "Write", "input": object{
		"file_path": "/work/demo/a.go", "content": strings.Repeat("\tif err != nil {\n\t\treturn fmt.Errorf(\"read: %w\", err)\n\t}\n", 28),
	}})
	file.result(use, "t1", "done")
	line := []byte(file.rows()[1])
	b.Run("walk", func(b *testing.B) {
		b.SetBytes(int64(len(line)))
		b.ReportAllocs()
		for b.Loop() {
			transcript.MarksOf(line)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(len(line)))
		b.ReportAllocs()
		for b.Loop() {
			transcript.Decode(line)
		}
	})
}
