package tool

import (
	"slices"
	"strings"
)

const (
	// contextLines is how many unchanged lines a hunk shows around a change.
	contextLines = 3
	// maxDistance bounds the work of a diff: texts that differ in more lines are shown as one replaced by the other.
	maxDistance = 1000
)

// noNewline follows a line that is the last of its text and does not end in \n.
const noNewline = `\ No newline at end of file`

// hunk is one changed place in a file, as in a unified diff. Lines begin with a space, - or +.
type hunk struct {
	OldStart int      `json:"oldStart"`
	OldLines int      `json:"oldLines"`
	NewStart int      `json:"newStart"`
	NewLines int      `json:"newLines"`
	Lines    []string `json:"lines"`
}

// change is one line of an edit script: kept (' '), removed ('-') or added ('+').
type change struct {
	kind byte
	line string
}

// diff gives the hunks that lead from one text to another.
func diff(before, after string) []hunk {
	return hunks(editScript(splitLines(before), splitLines(after)))
}

func splitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// editScript compares what remains after the common beginning and end.
func editScript(a, b []string) []change {
	var head, tail []change
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		head = append(head, change{' ', a[0]})
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		tail = append(tail, change{' ', a[len(a)-1]})
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	changes := append(head, shortest(a, b)...)
	for i := len(tail) - 1; i >= 0; i-- {
		changes = append(changes, tail[i])
	}
	return changes
}

// shortest is Myers' algorithm: furthest[k] is the furthest line of a on the diagonal k that d changes reach.
func shortest(a, b []string) []change {
	limit := min(len(a)+len(b), maxDistance)
	furthest := make([]int, 2*limit+3)
	var trace [][]int
	for d := 0; d <= limit; d++ {
		trace = append(trace, slices.Clone(furthest[limit-d:limit+d+3]))
		for k := -d; k <= d; k += 2 {
			at := limit + 1 + k
			x := furthest[at-1] + 1
			if k == -d || k != d && furthest[at-1] < furthest[at+1] {
				x = furthest[at+1]
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			furthest[at] = x
			if x >= len(a) && x-k >= len(b) {
				return walkBack(a, b, trace)
			}
		}
	}
	return replaced(a, b)
}

// walkBack reads the changes from the trace, the last one first, and gives them in order.
func walkBack(a, b []string, trace [][]int) []change {
	var back []change
	x, y := len(a), len(b)
	for d := len(trace) - 1; d > 0; d-- {
		row := trace[d] // what the rounds before reached; row[d+1+k] is the diagonal k.
		k := x - y
		from := k - 1
		if k == -d || k != d && row[d+k] < row[d+2+k] {
			from = k + 1
		}
		fromX := row[d+1+from]
		fromY := fromX - from
		for x > fromX && y > fromY {
			x, y = x-1, y-1
			back = append(back, change{' ', a[x]})
		}
		if x == fromX {
			back = append(back, change{'+', b[fromY]})
		} else {
			back = append(back, change{'-', a[fromX]})
		}
		x, y = fromX, fromY
	}
	for x > 0 {
		x--
		back = append(back, change{' ', a[x]})
	}
	slices.Reverse(back)
	return back
}

func replaced(a, b []string) []change {
	changes := make([]change, 0, len(a)+len(b))
	for _, line := range a {
		changes = append(changes, change{'-', line})
	}
	for _, line := range b {
		changes = append(changes, change{'+', line})
	}
	return changes
}

// hunks groups the changes with the lines around them.
func hunks(changes []change) []hunk {
	found := []hunk{}
	oldLine, newLine, kept := 1, 1, 0 // kept counts the unchanged lines before i that no hunk has.
	for i := 0; i < len(changes); {
		if changes[i].kind == ' ' {
			i, oldLine, newLine, kept = i+1, oldLine+1, newLine+1, kept+1
			continue
		}
		start := i - min(contextLines, kept)
		end := reach(changes, i)
		h := hunk{OldStart: oldLine - (i - start), NewStart: newLine - (i - start)}
		for _, c := range changes[start:end] {
			h.add(c)
		}
		found = append(found, h)
		oldLine, newLine = h.OldStart+h.OldLines, h.NewStart+h.NewLines
		i, kept = end, 0
	}
	return found
}

// reach gives the end of the hunk whose first change is at i: changes that share context belong together.
func reach(changes []change, i int) int {
	last := i
	for ; i < len(changes) && i-last <= 2*contextLines+1; i++ {
		if changes[i].kind != ' ' {
			last = i
		}
	}
	return min(last+contextLines+1, len(changes))
}

func (h *hunk) add(c change) {
	if c.kind != '+' {
		h.OldLines++
	}
	if c.kind != '-' {
		h.NewLines++
	}
	line, ended := strings.CutSuffix(c.line, "\n")
	h.Lines = append(h.Lines, string(c.kind)+line)
	if !ended {
		h.Lines = append(h.Lines, noNewline)
	}
}
