package tool_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/tool"
)

// dot is a picture of one pixel.
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// book is a notebook as Jupyter writes it, with what a program that rewrites it would change.
const book = `{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "intro",
   "metadata": {},
   "source": [
    "# Title\n",
    "té<t"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": 3,
   "id": "calc",
   "metadata": {
    "zoom": 1.50,
    "alone": true
   },
   "outputs": [
    {
     "name": "stdout",
     "output_type": "stream",
     "text": [
      "hello\n",
      "world\n"
     ]
    },
    {
     "data": {
      "image/png": "` + dot + `\n",
      "text/plain": [
       "<Figure>"
      ]
     },
     "metadata": {},
     "output_type": "display_data"
    },
    {
     "ename": "ZeroDivisionError",
     "evalue": "division by zero",
     "output_type": "error",
     "traceback": [
      "line1",
      "line2"
     ]
    }
   ],
   "source": [
    "print('hello')\n",
    "42"
   ]
  },
  {
   "cell_type": "raw",
   "id": "rawc",
   "metadata": {},
   "source": "raw"
  }
 ],
 "metadata": {
  "language_info": {
   "name": "python"
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5,
 "zzz": {
  "b": 12345678901234567890,
  "a": 1e40
 }
}
`

// TestReadNotebook holds the result against that of Claude Code for the same file. Row: PDF and notebooks.
func TestReadNotebook(t *testing.T) {
	b := newBench(t)
	path := b.put("n.ipynb", book)
	r := b.run("Read", obj{"file_path": path})
	sameJSON(t, r.Content, `[{"type":"text","text":"<cell id=\"intro\"><cell_type>markdown</cell_type># Title\nté<t</cell id=\"intro\">\n`+
		`<cell id=\"calc\">print('hello')\n42</cell id=\"calc\">\n\nhello\nworld\n\n\n<Figure>"},`+
		`{"type":"image","source":{"type":"base64","media_type":"image/png","data":"`+dot+`"}},`+
		`{"type":"text","text":"\nZeroDivisionError: division by zero\nline1\nline2\n<cell id=\"rawc\"><cell_type>raw</cell_type>raw</cell id=\"rawc\">"}]`)
	sameJSON(t, r.UseResult, `{"type":"notebook","file":{"filePath":"`+path+`","cells":[`+
		`{"cellType":"markdown","source":"# Title\nté<t","cell_id":"intro"},`+
		`{"cellType":"code","source":"print('hello')\n42","execution_count":3,"cell_id":"calc","language":"python","outputs":[`+
		`{"output_type":"stream","text":"hello\nworld\n"},`+
		`{"output_type":"display_data","text":"<Figure>","image":{"image_data":"`+dot+`","media_type":"image/png"}},`+
		`{"output_type":"error","text":"ZeroDivisionError: division by zero\nline1\nline2"}]},`+
		`{"cellType":"raw","source":"raw","cell_id":"rawc"}]}}`)
}

func TestReadHostileNotebooks(t *testing.T) {
	output := func(outputs string) string {
		return `{"cells":[{"cell_type":"code","source":"x","outputs":[` + outputs + `]}],"metadata":{"language_info":{"name":"r"}}}`
	}
	for name, tt := range map[string]struct{ data, want string }{
		"empty":            {``, "is empty"},
		"no JSON":          {`{"cells":`, "1\t{"},
		"older":            {`{"worksheets":[]}`, "1\t{"},
		"odd cells":        {`{"cells":[7]}`, "1\t{"},
		"no cells":         {`{"cells":[]}`, "no cells"},
		"no names":         {output(``), `<cell id=\"cell-0\"><language>r</language>x</cell`},
		"deep":             {strings.Repeat("[", 100_000), "1\t["},
		"deep inside":      {`{"cells":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, "1\t{"},
		"long output":      {output(`{"output_type":"stream","text":"` + strings.Repeat("y", 30_000) + `"}`), `jq '.cells[0].outputs'`},
		"many outputs":     {output(strings.Repeat(`{"output_type":"stream","text":"yyyyyyyyyyyyyyyyy"},`, 9000) + `{}`), `jq '.cells[0].outputs'`},
		"broken picture":   {output(`{"output_type":"display_data","data":{"image/png":"iVBORw0KGgo=","text/plain":"alt"}}`), `\n\nalt"}]`},
		"picture of no 64": {output(`{"output_type":"display_data","data":{"image/png":"?","text/plain":["alt"]}}`), `\n\nalt"}]`},
		"odd picture":      {output(`{"output_type":"display_data","data":{"image/png":{},"text/plain":7}}`), `</cell id=\"cell-0\">"}]`},
		"many cells":       {`{"cells":[{}` + strings.Repeat(`,{}`, 100_000) + `]}`, "too much to read at once"},
	} {
		r, err := tool.ShowNotebook([]byte(tt.data))
		got := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(r.Content))
		if err != nil || !strings.Contains(strings.ReplaceAll(got, `\t`, "\t"), tt.want) || len(got) > 300_000 {
			t.Errorf("%s: %.300s, %v", name, got, err)
		}
	}
	picture := `{"output_type":"display_data","data":{"image/png":"` + dot + `"}},`
	r, err := tool.ShowNotebook([]byte(output(strings.Repeat(picture, 500) + `{}`)))
	if n := strings.Count(string(r.Content), `"image"`); err != nil || n != 100 {
		t.Errorf("%d pictures of 500 are shown, %v", n, err)
	}
}

func TestReadHugeNotebook(t *testing.T) {
	b := newBench(t)
	if err := os.Truncate(b.put("huge.ipynb", `{"cells":[`), 100<<20); err != nil {
		t.Fatal(err)
	}
	if got := b.bad("Read", obj{"file_path": "huge.ipynb"}); !strings.Contains(got, "larger than 32 MB") {
		t.Error(got)
	}
}

func TestEditNotebook(t *testing.T) {
	calcOutputs := book[strings.Index(book, `"outputs": [`):strings.Index(book, `"source": [`+"\n    \"print")]
	for name, tt := range map[string]struct {
		mode, id, kind, source string
		change                 *strings.Replacer
	}{
		"replace code": {"", "calc", "", "1 < 2\nx", strings.NewReplacer(
			`"execution_count": 3`, `"execution_count": null`, calcOutputs, "\"outputs\": [],\n   ",
			`"print('hello')\n"`, `"1 < 2\n"`, `"42"`, `"x"`,
		)},
		"replace markdown": {"replace", "intro", "markdown", "", strings.NewReplacer("[\n    \"# Title\\n\",\n    \"té<t\"\n   ]", "[]")},
		"replace raw":      {"", "rawc", "", "a\nb\"", strings.NewReplacer(`"source": "raw"`, `"source": "a\nb\""`)},
		"make code": {"", "intro", "code", "1", strings.NewReplacer(
			`"cell_type": "markdown"`, `"cell_type": "code"`,
			"[\n    \"# Title\\n\",\n    \"té<t\"\n   ]", "[\n    \"1\"\n   ],\n   \"execution_count\": null,\n   \"outputs\": []",
		)},
		"make markdown": {"", "calc", "markdown", "m", strings.NewReplacer(
			"\"cell_type\": \"code\",\n   \"execution_count\": 3", `"cell_type": "markdown"`, calcOutputs, "",
			"\"print('hello')\\n\",\n    \"42\"", `"m"`,
		)},
		"delete first": {"delete", "intro", "", "", strings.NewReplacer(book[strings.Index(book, "{\n   \"cell_type\": \"markdown\""):strings.Index(book, "{\n   \"cell_type\": \"code\"")], "")},
		"delete last":  {"delete", "rawc", "", "", strings.NewReplacer(",\n  {\n   \"cell_type\": \"raw\",\n   \"id\": \"rawc\",\n   \"metadata\": {},\n   \"source\": \"raw\"\n  }", "")},
		"insert first": {"insert", "", "markdown", "a\nb", strings.NewReplacer(
			"\"cells\": [\n", "\"cells\": [\n  {\n   \"cell_type\": \"markdown\",\n   \"id\": \"NEW\",\n   \"metadata\": {},\n   \"source\": [\n    \"a\\n\",\n    \"b\"\n   ]\n  },\n",
		)},
		"insert last": {"insert", "rawc", "code", "", strings.NewReplacer(
			"\"source\": \"raw\"\n  }", "\"source\": \"raw\"\n  },\n  {\n   \"cell_type\": \"code\",\n   \"execution_count\": null,\n   \"id\": \"NEW\",\n   \"metadata\": {},\n   \"outputs\": [],\n   \"source\": []\n  }",
		)},
	} {
		mended := book
		got, err := tool.EditNotebook([]byte(mended), tt.mode, tt.id, tt.kind, tt.source)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got = regexp.MustCompile(`"id": "[0-9a-f]{8}"`).ReplaceAllString(got, `"id": "NEW"`)
		if diff := cmp.Diff(tt.change.Replace(mended), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestEditOddNotebooks(t *testing.T) {
	for name, tt := range map[string]struct{ data, mode, id, kind, want string }{
		"on one line":  {`{"cells":[{"cell_type":"code","source":"x"}]}`, "insert", "cell-0", "markdown", `{"cells":[{"cell_type":"code","source":"x"},{"cell_type":"markdown","metadata":{},"source":["y"]}]}`},
		"spaced":       {`{"cells": [{"cell_type": "markdown"}], "nbformat": 4}`, "replace", "cell-0", "", `{"cells": [{"cell_type": "markdown","source": ["y"]}], "nbformat": 4}`},
		"no cells":     {"{\n  \"cells\": []\n}", "insert", "", "markdown", "{\n  \"cells\": [\n    {\n      \"cell_type\": \"markdown\",\n      \"metadata\": {},\n      \"source\": [\n        \"y\"\n      ]\n    }\n  ]\n}"},
		"the only one": {`{"cells":[ {"source":"x"} ]}`, "delete", "cell-0", "", `{"cells":[  ]}`},
		"tabs":         {"{\n\t\"cells\": [\n\t\t{\n\t\t\t\"source\": [\"x\"]\n\t\t}\n\t]\n}", "replace", "cell-0", "", "{\n\t\"cells\": [\n\t\t{\n\t\t\t\"source\": [\n\t\t\t\t\"y\"\n\t\t\t]\n\t\t}\n\t]\n}"},
		"said twice":   {`{"cells":[{"source":"w","source" : "x"}]}`, "replace", "cell-0", "", `{"cells":[{"source":"w","source" : "y"}]}`},
		"attachments":  {`{"cells":[{"attachments":{},"cell_type":"markdown","source":"x","attachments":{}}]}`, "replace", "cell-0", "code", `{"cells":[{"cell_type":"code","source":"y","execution_count":null,"outputs":[]}]}`},
	} {
		got, err := tool.EditNotebook([]byte(tt.data), tt.mode, tt.id, tt.kind, "y")
		if err != nil || got != tt.want {
			t.Errorf("%s: got %s, %v", name, got, err)
		}
	}
	for name, data := range map[string]string{
		"nothing": "", "no JSON": "{", "a list": "[]", "no cells": `{"nbformat":4}`, "cells of another name": `{"CELLS":[{}]}`,
		"a cell of nothing": `{"cells":[null]}`, "an empty cell": `{"cells":[{}]}`, "deep": `{"cells":` + strings.Repeat("[", 50_000),
		"not this one": `{"cells":[{"id":"cell-1"}]}`,
	} {
		if got, err := tool.EditNotebook([]byte(data), "replace", "cell-0", "", "y"); !fault.Is(err, fault.Invalid) && name != "not this one" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// TestNotebookEditLikeClaudeCode holds results against those of Claude Code.
func TestNotebookEditLikeClaudeCode(t *testing.T) {
	b := newBench(t)
	path := b.put("n.ipynb", book)
	edit := obj{"notebook_path": path, "cell_id": "rawc", "new_source": "now"}
	if got := b.bad("NotebookEdit", edit); got != "File has not been read yet. Read it first before writing to it." {
		t.Error(got)
	}
	b.run("Read", obj{"file_path": path})
	for _, tt := range []struct {
		input obj
		want  string
	}{
		{obj{"notebook_path": path, "cell_id": "nope", "new_source": "x"}, `Cell with ID "nope" not found in notebook.`},
		{obj{"notebook_path": path, "new_source": "x", "edit_mode": "insert"}, `Cell type is required when using edit_mode=insert.`},
		{obj{"notebook_path": path, "new_source": "x", "edit_mode": "delete"}, `Cell ID must be specified when not inserting a new cell.`},
		{obj{"notebook_path": "n.txt", "new_source": "x", "edit_mode": "delete"}, `Only Jupyter notebooks (.ipynb) can be changed here. Use Edit for other files.`},
		{obj{"notebook_path": path, "cell_id": "calc", "new_source": "x", "edit_mode": "move"}, `The edit_mode must be replace, insert or delete, not "move".`},
		{obj{"notebook_path": path, "cell_id": "calc", "new_source": "x", "cell_type": "raw"}, `The cell_type must be code or markdown, not "raw".`},
	} {
		if got := b.bad("NotebookEdit", tt.input); got != tt.want {
			t.Errorf("%v: %s", tt.input, got)
		}
	}
	before := b.content("n.ipynb")
	r := b.run("NotebookEdit", edit)
	texts, err := json.Marshal([]string{before, b.content("n.ipynb")})
	if err != nil {
		t.Fatal(err)
	}
	original, updated, _ := strings.Cut(strings.Trim(string(texts), "[]"), `","`)
	sameJSON(t, r.UseResult, `{"new_source":"now","old_source":"raw","cell_type":"raw","language":"python","edit_mode":"replace","cell_id":"rawc",`+
		`"error":"","notebook_path":"`+path+`","original_file":`+original+`","updated_file":"`+updated+`}`)
	if got := contentOf(t, r); got != "Updated cell rawc with now" {
		t.Error(got)
	}
	if got := b.good("NotebookEdit", obj{"notebook_path": path, "cell_id": "rawc", "new_source": "", "edit_mode": "delete"}); got != "Deleted cell rawc" {
		t.Error(got)
	}
	got := b.good("NotebookEdit", obj{"notebook_path": path, "cell_id": "calc", "new_source": "x", "cell_type": "code", "edit_mode": "insert"})
	if !regexp.MustCompile(`^Inserted cell [0-9a-f]{8} with x$`).MatchString(got) {
		t.Error(got)
	}
	b.put("n.ipynb", `{"cells":[]}`)
	if got := b.bad("NotebookEdit", edit); !strings.Contains(got, "has changed since it was read") {
		t.Error(got)
	}
}

func cellsOf(t *testing.T, data []byte) (cells []json.RawMessage) {
	t.Helper()
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	if err := json.Unmarshal(top["cells"], &cells); err != nil {
		t.Fatal(err)
	}
	return cells
}

func FuzzEditNotebook(f *testing.F) {
	f.Add([]byte(book), "replace", "calc", "", "x\ny")
	f.Add([]byte(`{"cells":[{"id":"a","source":["x"]} , {"cell_type":"code"}],"nbformat":4,"nbformat_minor":5}`), "delete", "a", "", "")
	f.Add([]byte(`{ "cells" : [ 1.0 , {} ] }`), "insert", "cell-1", "code", "\u2028")
	f.Fuzz(func(t *testing.T, data []byte, mode, id, kind, source string) {
		after, err := tool.EditNotebook(data, mode, id, kind, source)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%v", err)
			}
			return
		}
		before, now := cellsOf(t, data), cellsOf(t, []byte(after))
		want := len(before) + map[string]int{"insert": 1, "delete": -1}[mode] // of no mode: replace
		if len(now) != want {
			t.Errorf("%s: %d cells, not %d: %s", mode, len(now), want, fmt.Sprintf("%q", after))
		}
		if _, err := tool.ShowNotebook([]byte(after)); err != nil {
			t.Error(err)
		}
	})
}
