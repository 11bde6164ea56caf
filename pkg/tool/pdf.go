package tool

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"claude-agent-chat/pkg/fault"
)

const (
	// maxPDF is the largest document that is opened.
	maxPDF = 20 << 20
	// maxPDFShown is how much of it one call gives: it stands in the transcript twice, and is sent with every request.
	maxPDFShown = 5_000_000
	// maxWholePages is how many pages a document may have that is read without saying which.
	maxWholePages = 10
	// maxPages is how many pages one call gives.
	maxPages = 20
	// pdfTimeout bounds the work on a document; some are made to take for ever.
	pdfTimeout = 20 * time.Second
)

type pdfResult struct {
	Type string  `json:"type"`
	File pdfFile `json:"file"`
}

type pdfFile struct {
	FilePath     string `json:"filePath"`
	Base64       string `json:"base64"`
	OriginalSize int    `json:"originalSize"`
}

type textBlock struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// pageRange is the pages from first to last, from 1; all if it is zero.
type pageRange struct{ first, last int }

func isPDF(data []byte) bool { return bytes.HasPrefix(data, []byte("%PDF-")) }

// parsePages reads the pages that a call asks for; last may be beyond the end.
func parsePages(pages string) (pageRange, error) {
	parts := regexp.MustCompile(`^\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?$`).FindStringSubmatch(pages)
	if parts == nil {
		return pageRange{}, fault.New(fault.Invalid, "The pages must be one page (\"3\") or one range (\"1-5\"), not %q.", upTo(pages, maxTitle))
	}
	first, _ := strconv.Atoi(parts[1]) // at most nine digits.
	last, _ := strconv.Atoi(parts[2])  // the same; 0 if there is no range.
	if parts[2] == "" {
		last = first
	}
	switch {
	case first < 1 || last < first:
		return pageRange{}, fault.New(fault.Invalid, "The pages count from 1, and a range goes up: %q is none.", pages)
	case last-first >= maxPages:
		return pageRange{}, fault.New(fault.Invalid, "The range %q has more than %d pages, the most of one call. Ask for fewer.", pages, maxPages)
	}
	return pageRange{first, last}, nil
}

// showPDF shows a document, or the pages of it that the call names.
func showPDF(path string, data []byte, pages string) (Result, error) {
	var wanted pageRange
	if pages != "" {
		var err error
		if wanted, err = parsePages(pages); err != nil {
			return refuseFor(err)
		}
	}
	if len(data) > maxPDF {
		return refuse("The PDF is larger than %d MB.", maxPDF>>20)
	}
	taken := within(pdfTimeout, func() takenPages { return takePages(data, wanted) })
	if taken.err != nil {
		return refuseFor(taken.err)
	}
	if len(taken.part) > maxPDFShown {
		return refuse("This part of the PDF has %d KB; %d KB can be read at once. Use pages for a smaller part of it.", len(taken.part)>>10, maxPDFShown>>10)
	}
	encoded := base64.StdEncoding.EncodeToString(taken.part)
	text := fmt.Sprintf("PDF file read: %s (%s)%s", path, sizeText(len(data)), taken.shown)
	return result([]any{textBlock{"text", text}, imageBlock{"document", imageSource{"base64", encoded, "application/pdf"}}},
		pdfResult{"pdf", pdfFile{path, encoded, len(data)}})
}

// takePages gives a document with the wanted pages only.
func takePages(data []byte, wanted pageRange) takenPages {
	document, err := openPDF(data)
	if err != nil {
		return takenPages{err: err}
	}
	count := document.PageCount
	switch {
	case wanted == pageRange{} && count > maxWholePages:
		return takenPages{err: fault.New(fault.Invalid,
			"The PDF has %d pages, too many to read at once. Say which with pages, such as \"1-5\"; at most %d.", count, maxPages)}
	case wanted == pageRange{}:
		return takenPages{part: data}
	case wanted.first > count:
		return takenPages{err: fault.New(fault.Invalid, "The PDF has %s; there is no page %d.", plural(count, "page"), wanted.first)}
	}
	wanted.last = min(wanted.last, count)
	part, err := extract(document, wanted)
	return takenPages{part, fmt.Sprintf(", pages %d-%d of %d", wanted.first, wanted.last, count), err}
}

// openPDF reads the structure of a document. What the Messages API would refuse is refused here.
func openPDF(data []byte) (*model.Context, error) {
	if regexp.MustCompile(`/Encrypt\s*(<<|\d+\s+\d+\s+R)`).Match(data) {
		return nil, fault.New(fault.Invalid, "The PDF is encrypted and cannot be shown.")
	}
	document, err := pdfcpu.Read(bytes.NewReader(data), &model.Configuration{
		Reader15: true, ValidationMode: model.ValidationRelaxed, Offline: true, Limits: model.DefaultResourceLimits(),
		Eol: "\n", WriteObjectStream: true, WriteXRefStream: true,
	})
	if err == nil {
		err = document.EnsurePageCount()
	}
	if err != nil || document.PageCount < 1 {
		return nil, damagedPDF()
	}
	return document, nil
}

func damagedPDF() error {
	return fault.New(fault.Invalid, "The PDF is damaged and cannot be shown. Programs such as pdftotext, run with Bash, may get more out of it.")
}

// extract makes a document of some pages of another.
func extract(document *model.Context, wanted pageRange) ([]byte, error) {
	numbers := make([]int, 0, maxPages)
	for n := wanted.first; n <= wanted.last; n++ {
		numbers = append(numbers, n)
	}
	part, err := pdfcpu.ExtractPages(document, numbers, false)
	if err != nil {
		return nil, damagedPDF()
	}
	var out bytes.Buffer
	part.Write.Writer = bufio.NewWriter(&out)
	if err := errors.Join(pdfcpu.WriteContext(part), part.Write.Flush()); err != nil {
		return nil, damagedPDF()
	}
	return out.Bytes(), nil
}

// takenPages is what takePages gives.
type takenPages struct {
	part  []byte
	shown string
	err   error
}

// within does work on a hostile document: it comes back in time, whatever that does. Work that does not end goes on until
// the worker ends, which is soon.
func within(limit time.Duration, work func() takenPages) takenPages {
	done := make(chan takenPages, 1)
	go func() {
		taken := takenPages{err: damagedPDF()}
		defer func() {
			_ = recover() // what is taken says that it failed.
			done <- taken
		}()
		taken = work()
	}()
	select {
	case taken := <-done:
		return taken
	case <-time.After(limit):
		return takenPages{err: fault.New(fault.Invalid, "The PDF takes longer than %s to read.", limit)}
	}
}

// sizeText is a number of bytes as Claude Code writes it.
func sizeText(n int) string {
	switch {
	case n < 1<<10:
		return strconv.Itoa(n) + " bytes"
	case n < 1<<20:
		return strconv.FormatFloat(float64(n*10>>10)/10, 'f', -1, 64) + "KB"
	}
	return strconv.FormatFloat(float64(n*10>>20)/10, 'f', -1, 64) + "MB"
}
