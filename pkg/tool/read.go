package tool

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/picture"
)

const (
	// maxReadFile is the largest file that Read opens.
	maxReadFile = 32 << 20
	// maxReadText is how much text one call gives.
	maxReadText = 256 << 10
	// maxReadLarge is how much one call gives that asks for all there is room for.
	maxReadLarge = 2 << 20
	// maxReadLines is how many lines one call gives unless it asks for more.
	maxReadLines = 2000
	// maxLineLength is where a line is cut.
	maxLineLength = 2000
)

// read shows a file: as numbered lines, as a picture, as a document or as the cells of a notebook.
type read struct{}

type readInput struct {
	FilePath string `json:"file_path"`
	Offset   *int   `json:"offset"` // the first line, from 1
	Limit    *int   `json:"limit"`
	Pages    string `json:"pages"` // of a PDF
	Large    bool   `json:"allow_large"`

	room int // how much text there may be if it may be large, in bytes
}

type readResult struct {
	Type string   `json:"type"`
	File readText `json:"file"`
}

type readText struct {
	FilePath   string `json:"filePath"`
	Content    string `json:"content"`
	NumLines   int    `json:"numLines"`
	StartLine  int    `json:"startLine"`
	TotalLines int    `json:"totalLines"`
	Truncated  bool   `json:"truncatedByTokenCap,omitempty"`
}

// Spec describes the tool.
func (read) Spec() Spec {
	return Spec{
		Name: "Read",
		Description: "Reads a file of the workspace. Text comes with line numbers, up to 2,000 lines from the beginning " +
			"unless offset and limit say otherwise; lines longer than 2,000 characters are cut. " +
			"Images (PNG, JPEG, GIF, WebP) are shown as such, Jupyter notebooks (.ipynb) as cells with their outputs, and PDFs as " +
			"documents; of a PDF with more than 10 pages, pages says which to show, at most 20. A file must be read before Edit or Write may change it. " +
			"Directories cannot be read; use Glob or ls.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["file_path"],"properties":{` +
			`"file_path":{"type":"string","description":"Absolute path of the file"},` +
			`"offset":{"type":"integer","description":"Number of the first line to read, from 1"},` +
			`"limit":{"type":"integer","description":"How many lines to read"},` +
			`"pages":{"type":"string","description":"Pages of a PDF, such as 1-5 or 3; not for other files"},` +
			`"allow_large":{"type":"boolean","description":"Read a text, or a range of its lines, that is larger than that, up to what still fits; ` +
			`only where all of it is needed or was asked for"}}}`),
	}
}

// Safety says that reading changes nothing.
func (read) Safety(json.RawMessage) Safety { return ReadOnly }

// Run reads the file.
func (read) Run(_ context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[readInput](input, "file_path")
	if err != nil {
		return refuseFor(err)
	}
	if in.Offset != nil && *in.Offset < 0 || in.Limit != nil && *in.Limit < 1 {
		return refuse("The offset counts lines from 1, and the limit must be 1 or more.")
	}
	files, rel, err := env.find(in.FilePath)
	if err != nil {
		return refuseFor(err)
	}
	defer files.close()
	data, err := env.readFrom(files, rel, maxReadFile)
	if err != nil {
		return refuseFor(err)
	}
	if !files.aside {
		env.State.know(rel, data)
	}
	in.room = min(max(env.Room, maxReadText), maxReadLarge)
	return show(files.Abs(rel), data, in)
}

// show shows a file as what it is.
func show(path string, data []byte, in readInput) (Result, error) {
	if isNotebook(path) {
		if book, err := parseNotebook(data); err == nil {
			return book.show(path)
		}
	}
	switch {
	case picture.Type(data) != "":
		return showImage(data)
	case isPDF(data):
		return showPDF(path, data, in.Pages)
	case bytes.IndexByte(data[:min(len(data), 8192)], 0) >= 0:
		return refuse("%s is a binary file; its content cannot be shown as text.", filepath.Base(path))
	}
	return showText(path, data, in)
}

// readFile reads a file for the model, and says where it looked if there is none.
func (e *Env) readFile(rel string, limit int64) ([]byte, error) { return e.readFrom(e.FS, rel, limit) }

func (e *Env) readFrom(files tree, rel string, limit int64) ([]byte, error) {
	data, _, err := files.ReadFile(rel, limit)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, fault.New(fault.NotFound, "File does not exist. Note: your current working directory is %s.", e.Cwd)
	case fault.Is(err, fault.TooLarge):
		return nil, fault.New(fault.TooLarge, "The file is larger than %d MB. Use Bash with head, tail or sed for parts of it.", limit>>20)
	}
	return data, err
}

// showText numbers the lines that were asked for.
func showText(path string, data []byte, in readInput) (Result, error) {
	if len(data) == 0 {
		return result("The file exists but is empty.", readResult{"text", readText{FilePath: path, StartLine: 1}})
	}
	if len(data) > maxReadText && in.Limit == nil && !in.Large {
		return refuse("The file has %d KB; %d KB can be read at once. Use offset and limit for a part of it, or Grep to search it; "+
			"with allow_large it is read all the same, if all of it is needed.", len(data)>>10, maxReadText>>10)
	}
	lines := strings.Split(decodeText(data), "\n")
	start, count := 1, maxReadLines
	if in.Offset != nil {
		start = max(*in.Offset, 1)
	}
	if in.Limit != nil {
		count = *in.Limit
	}
	if start > len(lines) {
		return refuse("The file has %d lines; there is no line %d.", len(lines), start)
	}
	if in.Large {
		return in.showLarge(path, lines, start)
	}
	part := lines[start-1 : min(start-1+min(count, len(lines)), len(lines))]
	text, err := numbered(part, start)
	if err != nil {
		return refuseFor(err)
	}
	return result(text, readResult{"text", readText{path, strings.Join(part, "\n"), len(part), start, len(lines), false}})
}

// showLarge numbers the lines that were asked for, all of them if none were, as they are, and as many as there is room for.
func (in readInput) showLarge(path string, lines []string, start int) (Result, error) {
	part := lines[start-1:]
	if in.Limit != nil {
		part = part[:min(*in.Limit, len(part))]
	}
	var b strings.Builder
	for i, line := range part {
		if b.Len()+len(line) > in.room {
			part = part[:i]
			break
		}
		fmt.Fprintf(&b, "%d\t%s\n", start+i, line)
	}
	if len(part) == 0 {
		return refuse("Line %d has %d KB; there is room for %d KB. Use Bash with cut or grep for a part of it.", start, len(lines[start-1])>>10, in.room>>10)
	}
	next := start + len(part)
	cut := next <= len(lines) && (in.Limit == nil || len(part) < *in.Limit)
	shown := readText{path, strings.Join(part, "\n"), len(part), start, len(lines), cut}
	if !cut {
		return result(strings.TrimSuffix(b.String(), "\n"), readResult{"text", shown})
	}
	return result(fmt.Sprintf("%s\n[These are the lines %d to %d of %d; there is no room for more. Go on with the offset %d, or search the file with Grep. "+
		"What is looked for may be in the part that is not here.]", b.String(), start, next-1, len(lines), next), readResult{"text", shown})
}

// numbered writes lines as Claude Code shows them: number, tab, text.
func numbered(lines []string, start int) (string, error) {
	var b strings.Builder
	for i, line := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strconv.Itoa(start + i))
		b.WriteByte('\t')
		b.WriteString(cutLine(line))
		if b.Len() > maxReadText {
			return "", fault.New(fault.TooLarge, "These lines have more than %d KB. Ask for fewer.", maxReadText>>10)
		}
	}
	return b.String(), nil
}

func cutLine(line string) string {
	if len(line) <= maxLineLength {
		return line
	}
	return strings.ToValidUTF8(line[:maxLineLength], "") + fmt.Sprintf("… [%d bytes more]", len(line)-maxLineLength)
}

// decodeText makes text of a file: \r\n as \n where all lines end so, and no invalid UTF-8.
func decodeText(data []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(plainNewlines(data)), "\uFFFD"), "\x00", "\uFFFD")
}

// plainNewlines turns \r\n into \n in a file that has no other line ends.
func plainNewlines(data []byte) []byte {
	if !usesCRLF(data) {
		return data
	}
	return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
}

func usesCRLF(data []byte) bool {
	n := bytes.Count(data, []byte("\r\n"))
	return n > 0 && n == bytes.Count(data, []byte("\n"))
}
