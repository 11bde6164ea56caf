package tool

// EditNotebook changes a notebook's text as NotebookEdit does.
func EditNotebook(data []byte, mode, id, kind, source string) (string, error) {
	in := notebookInput{NotebookPath: "n.ipynb", CellID: id, NewSource: source, CellType: kind, EditMode: mode}
	if err := in.check(); err != nil {
		return "", err
	}
	after, _, err := in.apply(data)
	return after, err
}

// ShowPDF shows a document as Read does.
func ShowPDF(data []byte, pages string) (Result, error) { return showPDF("/p.pdf", data, pages) }

// ShowNotebook shows a file as Read does.
func ShowNotebook(data []byte) (Result, error) { return show("/n.ipynb", data, readInput{}) }
