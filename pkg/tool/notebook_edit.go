package tool

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"claude-agent-chat/pkg/fault"
)

const (
	// maxNotebook is the largest notebook that is changed.
	maxNotebook = 16 << 20
	// maxNotebookKept is up to which size a notebook's text before and after stands in the transcript.
	maxNotebookKept = 2 << 20
)

// The ways in which a cell is changed.
const (
	modeReplace = "replace"
	modeInsert  = "insert"
	modeDelete  = "delete"
)

// notebookEdit changes one cell of a Jupyter notebook and leaves everything else in the file as it is.
type notebookEdit struct{}

type notebookInput struct {
	NotebookPath string `json:"notebook_path"`
	CellID       string `json:"cell_id"`
	NewSource    string `json:"new_source"`
	CellType     string `json:"cell_type"`
	EditMode     string `json:"edit_mode"`
}

type notebookEdited struct {
	NewSource    string  `json:"new_source"`
	OldSource    *string `json:"old_source,omitempty"`
	CellType     string  `json:"cell_type"`
	Language     string  `json:"language"`
	EditMode     string  `json:"edit_mode"`
	CellID       string  `json:"cell_id,omitempty"`
	Error        string  `json:"error"`
	NotebookPath string  `json:"notebook_path"`
	OriginalFile string  `json:"original_file"`
	UpdatedFile  string  `json:"updated_file"`
}

// Spec describes the tool.
func (notebookEdit) Spec() Spec {
	return Spec{
		Name: "NotebookEdit",
		Description: "Changes one cell of a Jupyter notebook (.ipynb) of the workspace, which must have been read before. " +
			"Cells are named by the ids that Read shows. edit_mode replace, the default, gives a cell a new source and clears its outputs; " +
			"insert adds a cell of cell_type behind the one named, or as the first if none is; delete removes a cell.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["notebook_path","new_source"],"properties":{` +
			`"notebook_path":{"type":"string","description":"Absolute path of the notebook"},` +
			`"cell_id":{"type":"string","description":"The cell to change, or behind which to insert"},` +
			`"new_source":{"type":"string","description":"The whole new source of the cell"},` +
			`"cell_type":{"type":"string","enum":["code","markdown"],"description":"Needed to insert; otherwise the cell stays what it is unless given"},` +
			`"edit_mode":{"type":"string","enum":["replace","insert","delete"],"description":"replace if not given"}}}`),
	}
}

// Safety says that it changes files.
func (notebookEdit) Safety(json.RawMessage) Safety { return EditsFiles }

// Run makes the change.
func (notebookEdit) Run(_ context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[notebookInput](input, "notebook_path", "new_source")
	if err == nil {
		err = in.check()
	}
	if err != nil {
		return refuseFor(err)
	}
	rel, err := env.FS.Rel(env.Cwd, in.NotebookPath)
	if err != nil {
		return refuseFor(err)
	}
	data, err := env.knownUpTo(rel, maxNotebook)
	if err != nil {
		return refuseFor(err)
	}
	after, edited, err := in.apply(data)
	if err != nil {
		return refuseFor(err)
	}
	if err := env.replace(rel, []byte(after)); err != nil {
		return refuseFor(err)
	}
	edited.NotebookPath = env.FS.Abs(rel)
	if len(data)+len(after) <= 2*maxNotebookKept {
		edited.OriginalFile, edited.UpdatedFile = string(data), after
	}
	return result(edited.sentence(), edited)
}

// check completes the input, or says what is wrong with it.
func (in *notebookInput) check() error {
	if in.EditMode == "" {
		in.EditMode = modeReplace
	}
	switch {
	case !isNotebook(in.NotebookPath):
		return fault.New(fault.Invalid, "Only Jupyter notebooks (.ipynb) can be changed here. Use Edit for other files.")
	case in.EditMode != modeReplace && in.EditMode != modeInsert && in.EditMode != modeDelete:
		return fault.New(fault.Invalid, "The edit_mode must be replace, insert or delete, not %q.", in.EditMode)
	case in.CellType != "" && in.CellType != "code" && in.CellType != "markdown":
		return fault.New(fault.Invalid, "The cell_type must be code or markdown, not %q.", in.CellType)
	case in.EditMode == modeInsert && in.CellType == "":
		return fault.New(fault.Invalid, "Cell type is required when using edit_mode=insert.")
	case in.EditMode != modeInsert && in.CellID == "":
		return fault.New(fault.Invalid, "Cell ID must be specified when not inserting a new cell.")
	case len(in.NewSource) > maxEditFile:
		return fault.New(fault.TooLarge, "The source is larger than %d MB.", maxEditFile>>20)
	}
	return nil
}

// sentence is what the model is told.
func (e *notebookEdited) sentence() string {
	switch {
	case e.EditMode == modeDelete:
		return "Deleted cell " + e.CellID
	case e.EditMode == modeReplace:
		return "Updated cell " + e.CellID + " with " + e.NewSource
	case e.CellID == "":
		return "Inserted a new cell with " + e.NewSource
	}
	return "Inserted cell " + e.CellID + " with " + e.NewSource
}

// notebookText is a notebook that is being changed.
type notebookText struct {
	layout
	book  *notebook
	cells []entry
	array span // the list of cells
	named bool // cells have ids
}

// apply makes the change in the text of a notebook.
func (in *notebookInput) apply(data []byte) (after string, edited *notebookEdited, err error) {
	n, err := openNotebook(data)
	if err != nil {
		return "", nil, fault.Wrap(err, fault.Invalid, "The file is not a Jupyter notebook with cells. Use Edit to mend it.")
	}
	i, err := n.find(in.CellID)
	if err != nil {
		return "", nil, err
	}
	edited = &notebookEdited{
		NewSource: in.NewSource, CellType: in.CellType, Language: n.book.language(), EditMode: in.EditMode, CellID: in.CellID,
	}
	if in.EditMode == modeInsert {
		edited.CellID, err = n.insert(i, in)
	} else {
		err = n.edit(i, in, edited)
	}
	after = n.String()
	if err == nil {
		_, err = parseNotebook([]byte(after))
	}
	if err != nil {
		return "", nil, fault.Wrap(err, fault.Invalid, "The notebook is built in a way that this tool cannot change. Use Edit.")
	}
	return after, edited, nil
}

// openNotebook finds the cells in the text of a notebook.
func openNotebook(data []byte) (*notebookText, error) {
	book, err := parseNotebook(data)
	if err != nil {
		return nil, err
	}
	var format struct {
		Major int `json:"nbformat"`
		Minor int `json:"nbformat_minor"`
	}
	if err := json.Unmarshal(data, &format); err != nil {
		return nil, err
	}
	n := &notebookText{layout: layout{text: data}, book: book, named: format.Major > 4 || format.Major == 4 && format.Minor >= 5}
	top, err := n.list(span{0, len(data)})
	if err != nil {
		return nil, err
	}
	cells, ok := member(top, "cells")
	if !ok {
		return nil, errLayout
	}
	n.array, n.book.Cells = cells.value, nil // what was decoded may be from another member, whose name has other capitals.
	if err := json.Unmarshal(data[cells.value.start:cells.value.end], &n.book.Cells); err != nil {
		return nil, err
	}
	n.cells, err = n.list(cells.value)
	return n, err
}

// find gives the index of a cell by its id, or by its place in a notebook whose cells have none; -1 for no id.
func (n *notebookText) find(id string) (int, error) {
	if id == "" {
		return -1, nil
	}
	for i := range n.book.Cells {
		if n.book.Cells[i].ID == id {
			return i, nil
		}
	}
	if place, ok := strings.CutPrefix(id, "cell-"); ok {
		if i, err := strconv.Atoi(place); err == nil && i >= 0 && i < len(n.cells) {
			return i, nil
		}
	}
	return 0, fault.New(fault.Invalid, "Cell with ID %q not found in notebook.", id)
}

// edit replaces or removes cell i.
func (n *notebookText) edit(i int, in *notebookInput, edited *notebookEdited) error {
	old := &n.book.Cells[i]
	source := string(old.Source)
	edited.OldSource = &source
	if edited.CellType == "" || in.EditMode == modeDelete {
		edited.CellType = old.CellType
	}
	if in.EditMode == modeDelete {
		n.remove(n.cells, i)
		return nil
	}
	members, err := n.list(n.cells[i].value)
	if err != nil {
		return err
	}
	if err := n.setSource(members, in.NewSource); err != nil {
		return err
	}
	return n.setType(members, old.CellType, edited.CellType)
}

// setSource keeps the form in which the source was stored.
func (n *notebookText) setSource(members []entry, source string) error {
	if e, ok := member(members, "source"); ok && n.text[e.value.start] == '"' {
		return n.set(members, "source", source)
	}
	return n.set(members, "source", sourceLines(source))
}

// sourceLines are the lines of a source, as Jupyter stores them.
func sourceLines(source string) []string {
	if source == "" {
		return []string{}
	}
	return splitLines(source)
}

// cellMembers are what only some kinds of cells have.
var cellMembers = []struct {
	key  string
	kind string
	none any // the value of a cell that did not run; members of other kinds are not made.
}{
	{"execution_count", "code", nil}, {"outputs", "code", []any{}}, {"attachments", "markdown", nil},
}

// setType makes a cell one of another kind, if it is to be, and forgets what a code cell gave when it ran.
func (n *notebookText) setType(members []entry, before, after string) error {
	if before != after {
		if err := n.set(members, "cell_type", after); err != nil {
			return err
		}
	}
	var unwanted []string
	for _, m := range cellMembers {
		_, there := member(members, m.key)
		switch {
		case after == "code" && m.kind == "code":
			if err := n.set(members, m.key, m.none); err != nil {
				return err
			}
		case before != after && there && m.kind != after:
			unwanted = append(unwanted, m.key)
		}
	}
	var gone []int
	for i, m := range members {
		if slices.Contains(unwanted, m.key) {
			gone = append(gone, i)
		}
	}
	n.remove(members, gone...)
	return nil
}

// newCell is a cell with its members in the order in which Jupyter writes them.
type newCell struct {
	CellType       string           `json:"cell_type"`
	ExecutionCount *json.RawMessage `json:"execution_count,omitempty"`
	ID             string           `json:"id,omitempty"`
	Metadata       struct{}         `json:"metadata"`
	Outputs        *[]any           `json:"outputs,omitempty"`
	Source         []string         `json:"source"`
}

// insert adds a cell behind cell i, and gives its id if it has one.
func (n *notebookText) insert(i int, in *notebookInput) (id string, err error) {
	c := newCell{CellType: in.CellType, Source: sourceLines(in.NewSource)}
	if in.CellType == "code" {
		null := json.RawMessage("null")
		c.ExecutionCount, c.Outputs = &null, &[]any{}
	}
	if n.named {
		c.ID = newCellID()
	}
	if len(n.cells) == 0 {
		value, err := n.render([]any{c}, n.array.start)
		n.change(n.array, value)
		return c.ID, err
	}
	at := n.cells[max(i, 0)].all
	value, err := n.render(c, at.start)
	if i < 0 {
		n.change(span{at.start, at.start}, value+","+n.gap(at.start))
	} else {
		n.change(span{at.end, at.end}, ","+n.gap(at.start)+value)
	}
	return c.ID, err
}

func newCellID() string {
	var b [4]byte
	_, _ = rand.Read(b[:]) // it never fails.
	return hex.EncodeToString(b[:])
}
