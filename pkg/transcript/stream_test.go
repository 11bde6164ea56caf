package transcript_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

// streamed gives the uuids and cursors of the records behind an offset; each must be where its span says.
func streamed(t *testing.T, path string, from int64) (all []string, end int64) {
	t.Helper()
	end, err := transcript.Stream(path, from, func(rec *transcript.Record) error {
		place, size, lineEnd := rec.Span()
		again, err := transcript.ReadAt(path, place, size, lineEnd)
		if err != nil || again.UUID != rec.UUID || again.Cursor != rec.Cursor {
			t.Errorf("the record at %d is %+v: %v", place, again, err)
		}
		all = append(all, rec.UUID+" "+rec.Cursor)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, end
}

// TestStream holds a stream, begun at any line, against all records of the file.
func TestStream(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.jsonl")
	for seed := range uint64(20) {
		data := randomFile(seed, 60)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		conv, err := transcript.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, rec := range conv.Records() {
			want = append(want, rec.UUID+" "+rec.Cursor)
		}
		if n := len(data); n > 0 && data[n-1] != '\n' { // what is not whole is no part of a stream.
			whole, _ := streamed(t, path, 0)
			want = want[:min(len(want), len(whole))]
		}
		all, end := streamed(t, path, 0)
		if !slices.Equal(all, want) {
			t.Fatalf("file %d: streamed are %d records, not %d", seed, len(all), len(want))
		}
		for at := range data {
			if data[at] != '\n' {
				continue
			}
			rest, upTo := streamed(t, path, int64(at)+1)
			if upTo != max(end, int64(at)+1) || !slices.Equal(rest, all[len(all)-len(rest):]) {
				t.Fatalf("file %d from %d: %d records up to %d", seed, at+1, len(rest), upTo)
			}
		}
	}
}

func TestStreamOfLongLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.jsonl")
	line := func(id string, size int) string {
		return fmt.Sprintf(`{"type":"user","uuid":"%s","message":{"role":"user","content":"%s"}}`+"\n", id, strings.Repeat("x", size))
	}
	if err := os.WriteFile(path, []byte(line("a", 5<<20)+line("too-long", 21<<20)+line("b", 10)+line("c", 15<<20)+line("d", 10)+"torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	all, _ := streamed(t, path, 0)
	var ids []string
	for _, one := range all {
		ids = append(ids, strings.Fields(one)[0])
	}
	if strings.Join(ids, " ") != "a b c d" {
		t.Errorf("streamed are %q", ids)
	}
	for _, from := range []int64{1, 100 << 20} {
		if _, err := transcript.Stream(path, from, nil); !fault.Is(err, fault.Conflict) {
			t.Errorf("from %d: %v", from, err)
		}
	}
}
