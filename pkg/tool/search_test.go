package tool_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGlob(t *testing.T) {
	b := newBench(t)
	for i, name := range []string{"a.go", "sub/b.go", "sub/deep/c.go", "d.ts", ".hidden/e.go", "node_modules/f.go", ".git/g.go", "[x].go"} {
		path := b.put(name, "")
		when := time.Unix(int64(1000+i), 0)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("sub", filepath.Join(b.dir, "linked")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		input obj
		want  []string
	}{
		{obj{"pattern": "**/*.go"}, []string{"[x].go", ".hidden/e.go", "sub/deep/c.go", "sub/b.go", "a.go"}},
		{obj{"pattern": "*.{go,ts}"}, []string{"[x].go", "d.ts", "a.go"}},
		{obj{"pattern": "*.go", "path": "sub"}, []string{"sub/b.go"}},
		{obj{"pattern": "**", "path": b.dir + "/sub"}, []string{"sub/deep/c.go", "sub/b.go"}},
		{obj{"pattern": b.dir + "/sub/**/*.go"}, []string{"sub/deep/c.go", "sub/b.go"}},
		{obj{"pattern": "./a.go"}, []string{"a.go"}},
		{obj{"pattern": `\[x\].go`}, []string{"[x].go"}},
		{obj{"pattern": "node_modules/*"}, []string{"node_modules/f.go"}},
		{obj{"pattern": "linked/*"}, nil},
		{obj{"pattern": "*.rs"}, nil},
	} {
		r := b.run("Glob", tt.input)
		var use struct {
			Filenames []string
			NumFiles  int
			Truncated bool
			Total     int  `json:"totalMatches"`
			Complete  bool `json:"countIsComplete"`
		}
		if err := json.Unmarshal(r.UseResult, &use); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, name := range use.Filenames {
			rel, err := filepath.Rel(b.dir, name)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, rel)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || use.NumFiles != len(got) || use.Truncated || use.Total != len(got) || !use.Complete {
			t.Errorf("%v: %+v %s", tt.input, use, diff)
		}
	}
	for i := range 120 {
		b.put(fmt.Sprintf("many/%d", i), "")
	}
	got := b.good("Glob", obj{"pattern": "many/*"})
	if strings.Count(got, "\n") != 100 || !strings.Contains(got, "more files") {
		t.Errorf("got %s", got)
	}
	b.bad("Glob", obj{"pattern": "*", "path": "none"})
	b.bad("Glob", obj{"pattern": "*", "path": "a.go"})
}

// TestGrep searches in all ways. Row: Glob and Grep.
func TestGrep(t *testing.T) {
	b := newBench(t)
	b.put("a.go", "package a\n\nfunc Alpha() {\n\treturn\n}\n")
	b.put("sub/b.ts", "const alpha = 1\nalpha()\n")
	b.put("-dash", "alpha\n")
	b.put(".git/config", "alpha\n")
	for _, tt := range []struct {
		input obj
		want  string
	}{
		{obj{"pattern": "Alpha"}, "Found 1 file\na.go"},
		{obj{"pattern": "alpha", "output_mode": "content"}, "-dash:1:alpha\nsub/b.ts:1:const alpha = 1\nsub/b.ts:2:alpha()"},
		{obj{"pattern": "alpha", "output_mode": "content", "-n": false, "path": "sub"}, "sub/b.ts:const alpha = 1\nsub/b.ts:alpha()"},
		{
			obj{"pattern": "alpha", "output_mode": "content", "path": b.dir + "/sub/b.ts", "head_limit": 1},
			"sub/b.ts:1:const alpha = 1\n(1 shown of 2; use offset and head_limit for the rest.)",
		},
		{obj{"pattern": "alpha", "output_mode": "content", "path": "sub", "offset": 1}, "sub/b.ts:2:alpha()"},
		{obj{"pattern": "ALPHA", "-i": true, "glob": "*.go", "output_mode": "content", "-A": 1}, "a.go:3:func Alpha() {\na.go-4-\treturn"},
		{obj{"pattern": "Alpha", "output_mode": "content", "-C": 1}, "a.go-2-\na.go:3:func Alpha() {\na.go-4-\treturn"},
		{obj{"pattern": "alpha", "output_mode": "count", "type": "ts"}, "sub/b.ts:2\n\nFound 2 occurrences in 1 file."},
		{obj{"pattern": `\{.*\}`, "multiline": true}, "Found 1 file\na.go"},
		{obj{"pattern": "alpha|const", "output_mode": "content", "-o": true, "-n": false, "path": "sub"}, "sub/b.ts:const\nsub/b.ts:alpha\nsub/b.ts:alpha"},
		{obj{"pattern": "(?i)alpha", "glob": "*.{ts,js}, *.go", "output_mode": "count"}, "a.go:1\nsub/b.ts:2\n\nFound 3 occurrences in 2 files."},
		{obj{"pattern": "-dash-less", "output_mode": "content"}, "No matches found"},
		{obj{"pattern": "nothing like this"}, "No files found"},
		{obj{"pattern": "alpha", "path": "-dash", "output_mode": "content"}, "-dash:1:alpha"},
	} {
		if got := b.good("Grep", tt.input); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.input, got, tt.want)
		}
	}
	for _, input := range []obj{
		{"pattern": "("}, {"pattern": "x", "type": "no-such-type"}, {"pattern": "x", "path": "none"}, {"pattern": "x", "path": "/etc"},
	} {
		if got := b.bad("Grep", input); got == "" {
			t.Errorf("%v: no sentence", input)
		}
	}
	if got := b.bad("Grep", obj{"pattern": "x", "offset": 1e300}); !strings.Contains(got, "above") {
		t.Error(got)
	}
	r := b.run("Grep", obj{"pattern": "alpha", "output_mode": "content", "path": "sub", "head_limit": 1, "offset": 1})
	sameJSON(t, r.UseResult, `{"mode":"content","numFiles":0,"filenames":[],"content":"sub/b.ts:2:alpha()","numLines":1,"totalLines":2,"appliedOffset":1}`)
	r = b.run("Grep", obj{"pattern": "Alpha", "head_limit": 1.0})
	sameJSON(t, r.UseResult, `{"mode":"files_with_matches","numFiles":1,"totalFiles":1,"filenames":["a.go"]}`)
	r = b.run("Grep", obj{"pattern": "alpha", "output_mode": "count"})
	sameJSON(t, r.UseResult, `{"mode":"count","numFiles":2,"filenames":[],"content":"-dash:1\nsub/b.ts:2","numMatches":3}`)
}
