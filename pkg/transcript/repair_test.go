package transcript_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

func fileWith(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), ".claude", "projects", "-w", "s.jsonl")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// raws are all whole records of a file.
func raws(t *testing.T, path string) []string {
	t.Helper()
	conv, err := transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, rec := range conv.Records() {
		all = append(all, string(rec.Raw))
	}
	return all
}

func TestExamine(t *testing.T) {
	rec := func(id string) string {
		return `{"type":"user","uuid":"` + id + `","parentUuid":null,"sessionId":"s","message":{"role":"user","content":"q"}}`
	}
	lines := []string{
		rec("a"), "garbage", rec("b") + rec("c"), "\x00\x00\x00" + rec("d"), `{"type":"user","uuid":"torn","mess` + rec("e"), "", "  ",
		`{"no":"type"}`, strings.Replace(rec("f"), "null", `"nobody"`, 1), rec("f"),
	}
	data := strings.Join(lines, "\n") + "\n" + rec("last")
	d, err := transcript.Examine(fileWith(t, []byte(data)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range d.Findings {
		got = append(got, string(f.Damage))
		if line := data[f.Offset : f.Offset+f.Size]; strings.Contains(line, "\n") || f.Line < 1 || lines[min(f.Line, len(lines))-1] != line && f.Damage != transcript.Unended {
			t.Errorf("%+v is %q", f, line)
		}
	}
	want := "unreadable glued zeros glued unreadable unended"
	if strings.Join(got, " ") != want || d.Damaged != 6 || d.Records != 8 || d.Lines != 9 || d.Orphans != 1 || d.Repeated != 1 {
		t.Errorf("found %v, want %s: %+v", got, want, d)
	}
	if _, err := transcript.Examine(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestRepair repairs random damage: every whole record stays, nothing is damaged any more, what was is beside it.
func TestRepair(t *testing.T) {
	for seed := range uint64(60) {
		data := randomFile(seed, 40)
		path := fileWith(t, data)
		before := raws(t, path)
		sick, err := transcript.Examine(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := transcript.Repair(t.Context(), path)
		if err != nil || r.Changed != sick.Damaged {
			t.Fatalf("file %d: %+v of %+v: %v", seed, r, sick, err)
		}
		well, err := transcript.Examine(path)
		if err != nil || well.Damaged != 0 {
			t.Fatalf("file %d after the repair: %+v: %v", seed, well, err)
		}
		if after := raws(t, path); strings.Join(after, "\n") != strings.Join(before, "\n") {
			t.Fatalf("file %d: there are %d records, not %d", seed, len(after), len(before))
		}
		var kept []byte
		if r.Copy != "" {
			kept, err = os.ReadFile(filepath.Join(filepath.Dir(path), r.Copy))
		} else {
			kept, err = os.ReadFile(path)
		}
		if err != nil || !bytes.Equal(kept, data) {
			t.Fatalf("file %d: the copy is another one: %v", seed, err)
		}
	}
}

func TestRepairOfAFileInUse(t *testing.T) {
	path := fileWith(t, []byte("garbage\n"))
	w, err := transcript.OpenWriter(t.Context(), path, transcript.Context{SessionID: "s", Cwd: "/w"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := transcript.Repair(t.Context(), path); !fault.Is(err, fault.Busy) {
		t.Errorf("with a writer: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := transcript.Repair(t.Context(), path+"x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
