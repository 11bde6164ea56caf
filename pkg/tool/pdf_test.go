package tool_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"claude-agent-chat/pkg/tool"
)

// pdfOf makes a document whose pages say their number; extra stands in its trailer.
func pdfOf(pages int, extra string) []byte {
	var out bytes.Buffer
	var offsets []int
	object := func(body string) {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", len(offsets), body)
	}
	kids := ""
	for i := range pages {
		kids += fmt.Sprintf("%d 0 R ", 3+2*i)
	}
	out.WriteString("%PDF-1.4\n")
	object("<</Type/Catalog/Pages 2 0 R>>")
	object(fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", kids, pages))
	for i := range pages {
		text := fmt.Sprintf("BT (This is page %d.) Tj ET", i+1)
		object(fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>/Contents %d 0 R>>", 4+2*i))
		object(fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(text), text))
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, extra, start)
	return out.Bytes()
}

// document gives the document and the text of a result.
func document(t *testing.T, r tool.Result) (data []byte, text string) {
	t.Helper()
	var blocks []struct {
		Type, Text string
		Source     struct {
			Type, Data string
			MediaType  string `json:"media_type"`
		}
	}
	if err := json.Unmarshal(r.Content, &blocks); err != nil || len(blocks) != 2 || blocks[0].Type != "text" || blocks[1].Type != "document" ||
		blocks[1].Source.Type != "base64" || blocks[1].Source.MediaType != "application/pdf" {
		t.Fatalf("%.300s: %v", r.Content, err)
	}
	data, err := base64.StdEncoding.DecodeString(blocks[1].Source.Data)
	if err != nil {
		t.Fatal(err)
	}
	return data, blocks[0].Text
}

// TestReadPDF holds a result against that of Claude Code.
func TestReadPDF(t *testing.T) {
	b := newBench(t)
	small := pdfOf(2, "")
	path := b.put("a.pdf", string(small))
	r := b.run("Read", obj{"file_path": path})
	data, text := document(t, r)
	if !bytes.Equal(data, small) || text != fmt.Sprintf("PDF file read: %s (%d bytes)", path, len(small)) {
		t.Errorf("%s, %d bytes", text, len(data))
	}
	sameJSON(t, r.UseResult, fmt.Sprintf(`{"type":"pdf","file":{"filePath":%q,"base64":%q,"originalSize":%d}}`, path, base64.StdEncoding.EncodeToString(small), len(small)))

	path = b.put("b.pdf", string(pdfOf(30, "")))
	if got := b.bad("Read", obj{"file_path": path}); !strings.Contains(got, "has 30 pages") {
		t.Error(got)
	}
	data, text = document(t, b.run("Read", obj{"file_path": path, "pages": "28-40"}))
	if !strings.HasSuffix(text, "KB), pages 28-30 of 30") {
		t.Error(text)
	}
	for page, want := range map[int]bool{1: false, 2: false, 27: false, 28: true, 29: true, 30: true} {
		if got := bytes.Contains(data, fmt.Appendf(nil, "(This is page %d.)", page)); got != want {
			t.Errorf("page %d is there: %v", page, got)
		}
	}
	r, err := tool.ShowPDF(data, "")
	if whole, _ := document(t, r); err != nil || !bytes.Equal(whole, data) {
		t.Errorf("a part cannot be read itself: %v", err)
	}
	b.put("t.txt", "text")
	if got := b.good("Read", obj{"file_path": "t.txt", "pages": "1"}); got != "1\ttext" {
		t.Error(got)
	}
}

func TestReadPDFRefuses(t *testing.T) {
	whole := pdfOf(12, "")
	for name, tt := range map[string]struct {
		data        []byte
		pages, want string
	}{
		"no range":       {whole, "x", "one page"},
		"a list":         {whole, "1,3", "one page"},
		"open":           {whole, "3-", "one page"},
		"long":           {whole, strings.Repeat("1", 10_000), "one page"},
		"none":           {whole, "0", "count from 1"},
		"down":           {whole, "5-2", "count from 1"},
		"many":           {whole, "1-21", "more than 20 pages"},
		"beyond":         {whole, "13", "no page 13"},
		"only a name":    {[]byte("%PDF-1.7"), "", "damaged"},
		"garbage":        {append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{0, 7, 200}, 5000)...), "1", "damaged"},
		"no pages":       {pdfOf(0, ""), "", "damaged"},
		"its own parent": {bytes.ReplaceAll(pdfOf(1, ""), []byte("Kids[3 0 R ]"), []byte("Kids[2 0 R ]")), "1", "damaged"},
		"encrypted":      {pdfOf(1, "/Encrypt<</Filter/Standard/V 1/R 2/O(12345678901234567890123456789012)/U(12345678901234567890123456789012)/P -4>>/ID[(a)(b)]"), "", "encrypted"},
		"sealed":         {pdfOf(1, "/Encrypt 9 0 R/ID[(a)(b)]"), "", "encrypted"},
		"deep":           {bytes.Replace(pdfOf(1, ""), []byte("/MediaBox"), []byte("/X"+strings.Repeat("[", 200_000)+"/MediaBox"), 1), "1", "damaged"},
		"heavy":          {append(pdfOf(1, ""), make([]byte, 6_000_000)...), "", "can be read at once"},
		"too large":      {append(pdfOf(1, ""), make([]byte, 20<<20)...), "", "larger than 20 MB"},
	} {
		r, err := tool.ShowPDF(tt.data, tt.pages)
		if err != nil || !r.IsError || !strings.Contains(contentOf(t, r), tt.want) {
			t.Errorf("%s: %.200s, %v", name, r.Content, err)
		}
	}
}

func FuzzReadPDF(f *testing.F) {
	f.Add(pdfOf(2, ""), "1-2")
	f.Add(pdfOf(1, "/Info 1 0 R"), "")
	f.Fuzz(func(t *testing.T, data []byte, pages string) {
		if r, err := tool.ShowPDF(data, pages); err != nil || !json.Valid(r.Content) {
			t.Errorf("%s, %v", r.Content, err)
		}
	})
}
