package tool

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"claude-agent-chat/pkg/sandbox"
)

const (
	grepTimeout = 30 * time.Second
	// maxGrepOutput is how much ripgrep may print before it is stopped.
	maxGrepOutput = 8 << 20
	// grepHeadLimit is how many lines a call gives unless it asks for another number.
	grepHeadLimit = 250
	// maxGrepLines is the largest number of lines that a call may name.
	maxGrepLines = 1_000_000_000
	// maxColumns is where ripgrep leaves a line out.
	maxColumns = 500
)

// The output modes.
const (
	modeFiles   = "files_with_matches"
	modeContent = "content"
	modeCount   = "count"
)

// grep searches in files, with ripgrep inside the sandbox.
type grep struct{}

type grepInput struct {
	Pattern      string   `json:"pattern"`
	Path         string   `json:"path"`
	Glob         string   `json:"glob"`
	Type         string   `json:"type"`
	OutputMode   string   `json:"output_mode"`
	After        float64  `json:"-A"`
	Before       float64  `json:"-B"`
	Around       float64  `json:"-C"`
	Context      float64  `json:"context"` // the same as -C
	LineNumbers  *bool    `json:"-n"`
	IgnoreCase   bool     `json:"-i"`
	OnlyMatching bool     `json:"-o"`
	Multiline    bool     `json:"multiline"`
	HeadLimit    *float64 `json:"head_limit"`
	Offset       float64  `json:"offset"`
}

type grepResult struct {
	Mode          string   `json:"mode"`
	NumFiles      int      `json:"numFiles"`
	TotalFiles    int      `json:"totalFiles,omitempty"`
	Filenames     []string `json:"filenames"`
	Content       string   `json:"content,omitempty"`
	NumLines      int      `json:"numLines,omitempty"`
	TotalLines    int      `json:"totalLines,omitempty"`
	NumMatches    int      `json:"numMatches,omitempty"`
	AppliedLimit  int      `json:"appliedLimit,omitempty"`
	AppliedOffset int      `json:"appliedOffset,omitempty"`
}

// Spec describes the tool.
func (grep) Spec() Spec {
	return Spec{
		Name: "Grep",
		Description: "Searches the content of files with ripgrep. The pattern is a regular expression in ripgrep's syntax. " +
			"Gives the names of the files that match, or their lines (output_mode content), or how many match in each (count).",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["pattern"],"properties":{` +
			`"pattern":{"type":"string","description":"The regular expression"},` +
			`"path":{"type":"string","description":"File or directory to search; the working directory if not given"},` +
			`"glob":{"type":"string","description":"Only files whose name matches, such as *.js or *.{ts,tsx}; several with commas or spaces between them"},` +
			`"type":{"type":"string","description":"Only files of a type that ripgrep knows, such as js, py, go"},` +
			`"output_mode":{"type":"string","enum":["content","files_with_matches","count"],"description":"files_with_matches if not given"},` +
			`"-A":{"type":"number","description":"Lines to show after each match"},` +
			`"-B":{"type":"number","description":"Lines to show before each match"},` +
			`"-C":{"type":"number","description":"Lines to show around each match"},` +
			`"context":{"type":"number","description":"The same as -C"},` +
			`"-n":{"type":"boolean","description":"Show line numbers; true if not given"},` +
			`"-i":{"type":"boolean","description":"Ignore case"},` +
			`"-o":{"type":"boolean","description":"Show only what matched of each line, every match on a line of its own"},` +
			`"multiline":{"type":"boolean","description":"Let . match line ends and patterns go over lines"},` +
			`"head_limit":{"type":"number","description":"How many lines or files to give; 250 if not given, 0 for all"},` +
			`"offset":{"type":"number","description":"How many lines or files to leave out first"}}}`),
	}
}

// Safety says that it changes nothing.
func (grep) Safety(json.RawMessage) Safety { return ReadOnly }

// Run searches.
func (grep) Run(ctx context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[grepInput](input, "pattern")
	if err != nil {
		return refuseFor(err)
	}
	if complaint := in.complete(); complaint != "" {
		return refuse("%s", complaint)
	}
	target, err := in.target(env)
	if err != nil {
		return refuseFor(err)
	}
	ripgrep := findProgram("rg")
	if ripgrep == "" {
		return refuse("Grep needs ripgrep, which is not installed on this server. Use grep -rn with Bash instead.")
	}
	var found, complaints bytes.Buffer
	exit, err := env.run(ctx, sandbox.Spec{
		Args:      append(append([]string{ripgrep}, in.args()...), target),
		Dir:       env.Cwd,
		Stdout:    &found,
		Stderr:    &complaints,
		Timeout:   grepTimeout,
		MaxOutput: maxGrepOutput,
	})
	switch {
	case err != nil:
		return refuseFor(err)
	case exit.TimedOut:
		return refuse("The search took longer than %s. Use a narrower path, glob or pattern.", grepTimeout)
	case exit.Code > 1 && exit.Boundary == "" && found.Len() == 0:
		return refuse("The search could not be done: %s", tidy(complaints.Bytes()))
	}
	return in.show(grepLines(found.Bytes()))
}

// findProgram gives the path of a program that tools may run; empty if it is not installed.
func findProgram(name string) string {
	for dir := range strings.SplitSeq(toolPath, ":") {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// complete fills in what was not given, or says what cannot be.
func (in *grepInput) complete() string {
	if in.OutputMode == "" {
		in.OutputMode = modeFiles
	}
	if in.HeadLimit == nil {
		limit := float64(grepHeadLimit)
		in.HeadLimit = &limit
	}
	switch in.OutputMode {
	case modeFiles, modeContent, modeCount:
	default:
		return fmt.Sprintf("The output_mode must be content, files_with_matches or count, not %q.", in.OutputMode)
	}
	switch {
	case in.Pattern == "":
		return "The pattern is empty."
	case strings.ContainsRune(in.Pattern+in.Glob+in.Type, 0):
		return "The input holds a NUL character."
	case min(in.After, in.Before, in.Around, in.Context, *in.HeadLimit, in.Offset) < 0:
		return "Numbers of lines cannot be negative."
	case max(in.After, in.Before, in.Around, in.Context, *in.HeadLimit, in.Offset) > maxGrepLines:
		return fmt.Sprintf("Numbers of lines cannot be above %d.", maxGrepLines)
	}
	return ""
}

// target is what to search, as ripgrep is told. It is relative to the working directory where that makes names short.
func (in grepInput) target(env *Env) (string, error) {
	if in.Path == "" {
		return "./", nil
	}
	files, rel, err := env.find(in.Path)
	if err != nil {
		return "", err
	}
	defer files.close()
	if _, err := files.Stat(rel); err != nil {
		return "", err
	}
	path := files.Abs(rel)
	if short, err := filepath.Rel(env.Cwd, path); err == nil && filepath.IsLocal(short) {
		return "./" + short, nil
	}
	return path, nil
}

func (in grepInput) args() []string {
	args := []string{
		"--no-config", "--color=never", "--no-messages", "--hidden", "--glob=!.git",
		"--max-columns=" + strconv.Itoa(maxColumns), "--threads=2",
	}
	switch in.OutputMode {
	case modeFiles:
		args = append(args, "--files-with-matches", "--sortr=modified")
	case modeCount:
		args = append(args, "--count-matches", "--with-filename", "--sort=path")
	default:
		args = append(args, in.contentArgs()...)
	}
	if in.IgnoreCase {
		args = append(args, "--ignore-case")
	}
	if in.Multiline {
		args = append(args, "--multiline", "--multiline-dotall")
	}
	for _, pattern := range globs(in.Glob) {
		args = append(args, "--glob="+pattern)
	}
	if in.Type != "" {
		args = append(args, "--type="+in.Type)
	}
	return append(args, "--regexp="+in.Pattern, "--")
}

// globs splits a list of patterns at spaces and commas; a comma inside of braces belongs to its pattern.
func globs(list string) []string {
	depth := 0
	return strings.FieldsFunc(list, func(r rune) bool {
		switch r {
		case '{':
			depth++
		case '}':
			depth--
		}
		return r == ' ' || r == ',' && depth == 0
	})
}

func (in grepInput) contentArgs() []string {
	args := []string{"--with-filename", "--no-heading", "--sort=path"}
	if in.OnlyMatching {
		args = append(args, "--only-matching")
	}
	if in.LineNumbers == nil || *in.LineNumbers {
		args = append(args, "--line-number")
	} else {
		args = append(args, "--no-line-number")
	}
	if around := max(in.Around, in.Context); around > 0 {
		return append(args, "--context="+strconv.Itoa(int(around)))
	}
	return append(args, "--after-context="+strconv.Itoa(int(in.After)), "--before-context="+strconv.Itoa(int(in.Before)))
}

// grepLines splits what ripgrep printed; names of files in the working directory lose their "./".
func grepLines(found []byte) []string {
	text := tidy(found)
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "./")
	}
	return lines
}

// show makes the result from the lines that ripgrep printed.
func (in grepInput) show(lines []string) (Result, error) {
	total := len(lines)
	found := grepResult{Mode: in.OutputMode, Filenames: []string{}, AppliedOffset: int(in.Offset)}
	shown, more := lines[min(found.AppliedOffset, total):], ""
	if limit := int(*in.HeadLimit); limit > 0 && len(shown) > limit {
		shown, found.AppliedLimit = shown[:limit], limit
		more = fmt.Sprintf("\n(%d shown of %d; use offset and head_limit for the rest.)", limit, total)
	}
	content := bounded(strings.Join(shown, "\n"))
	switch {
	case in.OutputMode == modeFiles && len(shown) == 0:
		return result("No files found", found)
	case in.OutputMode == modeFiles:
		found.NumFiles, found.TotalFiles, found.Filenames = len(shown), total, shown
		return result(fmt.Sprintf("Found %s\n%s%s", plural(len(shown), "file"), content, more), found)
	case len(shown) == 0:
		return result("No matches found", found)
	}
	found.Content = content
	if in.OutputMode == modeCount {
		found.NumFiles, found.NumMatches = len(shown), countMatches(shown)
		summary := fmt.Sprintf("\n\nFound %s in %s.", plural(found.NumMatches, "occurrence"), plural(len(shown), "file"))
		return result(content+more+summary, found)
	}
	found.NumLines, found.TotalLines = len(shown), total
	return result(content+more, found)
}

// bounded cuts a text in its middle to what the model gets of any output.
func bounded(text string) string {
	var o output
	_, _ = o.Write([]byte(text)) // it never fails.
	return o.String()
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// countMatches adds up lines of the form name:count.
func countMatches(lines []string) int {
	total := 0
	for _, line := range lines {
		n, _ := strconv.Atoi(line[strings.LastIndexByte(line, ':')+1:]) // a line without a number counts nothing.
		total += n
	}
	return total
}
