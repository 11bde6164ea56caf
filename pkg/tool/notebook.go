package tool

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"claude-agent-chat/pkg/picture"
)

const (
	// maxCellOutput is how much text of a cell's outputs is shown.
	maxCellOutput = 10_000
	// maxNotebookImages is how much base64 of its outputs' pictures is shown of one notebook.
	maxNotebookImages = 5_000_000
	// leastImage is what each picture counts for, so that there are not too many.
	leastImage = 50_000
)

// notebook is a Jupyter notebook as far as Read shows it.
type notebook struct {
	Cells    []cell `json:"cells"`
	Metadata struct {
		LanguageInfo struct {
			Name string `json:"name"`
		} `json:"language_info"`
	} `json:"metadata"`
}

type cell struct {
	ID             string       `json:"id"`
	CellType       string       `json:"cell_type"`
	Source         multiline    `json:"source"`
	ExecutionCount *int         `json:"execution_count"`
	Outputs        []cellOutput `json:"outputs"`
}

type cellOutput struct {
	OutputType string                     `json:"output_type"`
	Text       multiline                  `json:"text"`
	Data       map[string]json.RawMessage `json:"data"`
	Name       string                     `json:"ename"`
	Value      string                     `json:"evalue"`
	Traceback  []string                   `json:"traceback"`
}

// multiline is a text that is stored whole or as its lines.
type multiline string

// UnmarshalJSON takes both forms.
func (m *multiline) UnmarshalJSON(data []byte) error {
	var lines []string
	if err := json.Unmarshal(data, &lines); err == nil {
		*m = multiline(strings.Join(lines, ""))
		return nil
	}
	return json.Unmarshal(data, (*string)(m))
}

type notebookResult struct {
	Type string       `json:"type"`
	File notebookFile `json:"file"`
}

type notebookFile struct {
	FilePath string      `json:"filePath"`
	Cells    []shownCell `json:"cells"`
}

type shownCell struct {
	CellType       string        `json:"cellType"`
	Source         string        `json:"source"`
	ExecutionCount *int          `json:"execution_count,omitempty"`
	ID             string        `json:"cell_id"`
	Language       string        `json:"language,omitempty"`
	Outputs        []shownOutput `json:"outputs,omitempty"`
}

type shownOutput struct {
	OutputType string      `json:"output_type"`
	Text       string      `json:"text,omitempty"`
	Image      *shownImage `json:"image,omitempty"`
}

type shownImage struct {
	Data      string `json:"image_data"`
	MediaType string `json:"media_type"`
}

var errNoNotebook = errors.New("no notebook")

func isNotebook(path string) bool { return strings.EqualFold(filepath.Ext(path), ".ipynb") }

// parseNotebook reads a notebook; what is none, or an older one without cells of its own, is an error.
func parseNotebook(data []byte) (*notebook, error) {
	var book notebook
	if err := json.Unmarshal(data, &book); err != nil {
		return nil, err
	}
	if book.Cells == nil {
		return nil, errNoNotebook
	}
	return &book, nil
}

// show shows the cells, as Claude Code does.
func (b *notebook) show(path string) (Result, error) {
	images := maxNotebookImages
	cells := make([]shownCell, 0, len(b.Cells))
	var shown blocks
	for i := range b.Cells {
		c := b.present(i, &images)
		cells = append(cells, c)
		shown.addCell(c)
		if shown.size > maxReadText {
			return refuse("The notebook has more than %d KB of text, too much to read at once. Use Bash for parts of it, such as: jq '.cells[%d:]' %s",
				maxReadText>>10, i, filepath.Base(path))
		}
	}
	if len(cells) == 0 {
		shown.text("The notebook has no cells.")
	}
	return result(shown.list, notebookResult{"notebook", notebookFile{path, cells}})
}

// present is cell i as it is shown. It takes from images what its pictures need.
func (b *notebook) present(i int, images *int) shownCell {
	from := &b.Cells[i]
	c := shownCell{CellType: from.CellType, Source: string(from.Source), ID: cellID(from.ID, i)}
	if from.CellType != "code" {
		return c
	}
	c.ExecutionCount, c.Language = from.ExecutionCount, b.language()
	room := maxCellOutput
	for j := range from.Outputs {
		o := from.Outputs[j].present(images)
		if o.Text == "" && o.Image == nil {
			continue
		}
		if len(o.Text) > room {
			o.Text = upTo(o.Text, room) + fmt.Sprintf("…\n[The outputs of this cell are too large to show. Use Bash for all of them: jq '.cells[%d].outputs']", i)
			c.Outputs = append(c.Outputs, o)
			break
		}
		room -= len(o.Text)
		c.Outputs = append(c.Outputs, o)
	}
	return c
}

func (b *notebook) language() string {
	if name := b.Metadata.LanguageInfo.Name; name != "" {
		return name
	}
	return "python"
}

// cellID names a cell, also one of an older notebook that has no names.
func cellID(id string, i int) string {
	if id != "" {
		return id
	}
	return "cell-" + strconv.Itoa(i)
}

func (o *cellOutput) present(images *int) shownOutput {
	shown := shownOutput{OutputType: o.OutputType, Text: string(o.Text)}
	switch o.OutputType {
	case "execute_result", "display_data":
		var text multiline
		_ = json.Unmarshal(o.Data["text/plain"], &text) // an output without text has none.
		shown.Text, shown.Image = string(text), o.image(images)
	case "error":
		shown.Text = o.Name + ": " + o.Value + "\n" + strings.Join(o.Traceback, "\n")
	}
	return shown
}

// image is the picture of an output, if it has one that can be shown.
func (o *cellOutput) image(room *int) *shownImage {
	for _, kind := range []string{"image/png", "image/jpeg"} {
		var encoded multiline
		if json.Unmarshal(o.Data[kind], &encoded) != nil || encoded == "" {
			continue
		}
		data, err := base64.StdEncoding.DecodeString(string(encoded))
		if err != nil || *room <= 0 {
			continue
		}
		fitting, mediaType, err := picture.Fit(data)
		if err != nil {
			continue
		}
		text := base64.StdEncoding.EncodeToString(fitting)
		if *room -= max(len(text), leastImage); *room < 0 {
			continue
		}
		return &shownImage{text, mediaType}
	}
	return nil
}

// blocks is content for the model, of texts and pictures in their order.
type blocks struct {
	list []any
	last *textBlock // the last of the list, if it is a text
	size int        // of all texts
}

func (b *blocks) text(s string) {
	b.size += len(s)
	if b.last != nil {
		b.last.Text += "\n" + s
		return
	}
	b.last = &textBlock{"text", s}
	b.list = append(b.list, b.last)
}

func (b *blocks) image(i *shownImage) {
	b.last = nil
	b.list = append(b.list, imageBlock{"image", imageSource{"base64", i.Data, i.MediaType}})
}

// addCell adds a cell and its outputs.
func (b *blocks) addCell(c shownCell) {
	about := ""
	switch {
	case c.CellType != "code":
		about = "<cell_type>" + c.CellType + "</cell_type>"
	case c.Language != "python":
		about = "<language>" + c.Language + "</language>"
	}
	b.text(`<cell id="` + c.ID + `">` + about + c.Source + `</cell id="` + c.ID + `">`)
	for _, o := range c.Outputs {
		if o.Text != "" {
			b.text("\n" + o.Text)
		}
		if o.Image != nil {
			b.image(o.Image)
		}
	}
}
