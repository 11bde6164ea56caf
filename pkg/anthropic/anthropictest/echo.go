package anthropictest

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Echo is a model that does what the prompt says, in a small language, so that programs which talk to a model can be
// driven from outside, the claude program for example. A directive is a line; ";;" ends what belongs to one answer, and an
// answer goes on to the next ";;" as long as it has no tool call. After the last directive it says "done".
//
//	text: …           text                      think: …             thinking
//	run: COMMAND      a call of Bash            tool: NAME {json}    a call of any tool
//	write: PATH | …   a call of Write           read: PATH           a call of Read
//	edit: PATH | OLD | NEW                      glob: …  grep: …     calls of Glob and Grep
//	todo: A, B        a call of TodoWrite       repeat: N …          text, N times
//	slow: N           N ms before each piece    size: N              pieces of N bytes
//	wait: N           N ms of nothing           stop: REASON         the stop reason
//	usage: IN OUT CACHEREAD CACHEWRITE          error: STATUS TIMES  an HTTP error, that often (1)
//	fail: TYPE        an error in mid-stream    cut:                 the connection drops
//
// Several calls in one answer are parallel. A prompt without directives is repeated as text. Requests that offer no
// tools get no tool calls, and requests for a JSON schema get JSON.
func Echo() http.Handler {
	e := &echo{failed: map[[sha256.Size]byte]int{}}
	return handler(func(r *Request) (Reply, string) { return e.answer(r), "echo" })
}

type echo struct {
	mu     sync.Mutex
	failed map[[sha256.Size]byte]int // how often a request was failed on purpose
}

// maxFailed bounds what is remembered of failures.
const maxFailed = 1000

func (e *echo) answer(r *Request) Reply {
	p := lastPrompt(r)
	if reply, ok := aside(r); ok {
		return reply
	}
	if reply, ok := structured(r, p.text); ok {
		return reply
	}
	answers := script(p.text)
	if answers == nil {
		return Stream(Text(orDone(p.text)))
	}
	if p.turns >= len(answers) {
		return Stream(Text("done"))
	}
	var steps []Step
	shown := false
	for _, d := range answers[p.turns] {
		if d.verb == "error" {
			if reply := e.fail(r, d); reply != nil {
				return reply
			}
			continue
		}
		if d.callsTool() && len(r.Tools) == 0 {
			continue
		}
		made, err := d.steps()
		if err != nil {
			return Stream(Text("echo: " + err.Error()))
		}
		shown = shown || !d.silent()
		steps = append(steps, made...)
	}
	if !shown {
		steps = append(steps, Text("done"))
	}
	return Stream(steps...)
}

func orDone(text string) string {
	if text == "" {
		return "done"
	}
	return text
}

// fail answers with an error the first few times that the same request comes; nil after that.
func (e *echo) fail(r *Request, d directive) Reply {
	status, times := http.StatusInternalServerError, 1
	if n := d.numbers(); len(n) > 0 && n[0] >= 400 && n[0] < 600 {
		status = n[0]
		if len(n) > 1 {
			times = n[1]
		}
	}
	key := sha256.Sum256(r.Body)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failed[key] >= times {
		return nil
	}
	if len(e.failed) > maxFailed {
		clear(e.failed)
	}
	e.failed[key]++
	kind := errorKinds[status]
	if kind == "" {
		kind = "api_error"
	}
	return Fail(status, kind, "echo: as asked")
}

var errorKinds = map[int]string{
	400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
	413: "request_too_large", 429: "rate_limit_error", 529: "overloaded_error",
}

// directive is one line of the language.
type directive struct{ verb, rest string }

// script reads a prompt: the directives of each answer. Nil means that it has none.
func script(text string) [][]directive {
	var answers [][]directive
	var current []directive
	found := false
	for _, segment := range strings.Split(text, ";;") {
		tool := false
		for line := range strings.Lines(segment) {
			d, ok := parseDirective(line)
			if !ok {
				continue
			}
			found = true
			tool = tool || d.callsTool()
			current = append(current, d)
		}
		if tool {
			answers = append(answers, current)
			current = nil
		}
	}
	if !found {
		return nil
	}
	if len(current) > 0 {
		answers = append(answers, current)
	}
	return answers
}

func parseDirective(line string) (directive, bool) {
	verb, rest, found := strings.Cut(strings.TrimSpace(line), ":")
	if !found {
		return directive{}, false
	}
	d := directive{strings.ToLower(verb), strings.TrimSpace(rest)}
	return d, d.callsTool() || d.silent() || d.verb == "text" || d.verb == "think" || d.verb == "repeat"
}

func (d directive) callsTool() bool {
	switch d.verb {
	case "run", "tool", "write", "read", "edit", "glob", "grep", "todo":
		return true
	}
	return false
}

// silent reports whether a directive adds no content to an answer.
func (d directive) silent() bool {
	switch d.verb {
	case "slow", "size", "wait", "stop", "usage", "error", "fail", "cut":
		return true
	}
	return false
}

// numbers are the numbers at the start of a directive.
func (d directive) numbers() []int {
	var out []int
	for _, word := range strings.Fields(d.rest) {
		n, err := strconv.Atoi(word)
		if err != nil {
			break
		}
		out = append(out, n)
	}
	return out
}

func (d directive) number() int {
	if n := d.numbers(); len(n) > 0 {
		return n[0]
	}
	return 0
}

// steps are what a directive does in an answer.
func (d directive) steps() ([]Step, error) {
	if d.callsTool() {
		name, input, err := d.call()
		return []Step{Tool("", name, input)}, err
	}
	switch d.verb {
	case "text":
		return []Step{Text(orDone(d.rest))}, nil
	case "think":
		return []Step{Thinking("ZWNobw==", d.rest)}, nil
	case "repeat":
		_, piece, _ := strings.Cut(d.rest, " ")
		return []Step{repeat(d.number(), orDone(piece)+" ")}, nil
	case "slow":
		return []Step{func(w *Writer) error { w.pace = time.Duration(d.number()) * time.Millisecond; return nil }}, nil
	case "size":
		return []Step{func(w *Writer) error { w.size = d.number(); return nil }}, nil
	case "wait":
		return []Step{func(w *Writer) error { return w.start() }, Pause(time.Duration(d.number()) * time.Millisecond)}, nil
	case "stop":
		return []Step{Stop(d.rest, "")}, nil
	case "usage":
		n := append(d.numbers(), 0, 0, 0, 0)
		return []Step{Usage(Tokens{Input: n[0], Output: n[1], CacheRead: n[2], CacheWrite: n[3]})}, nil
	case "fail":
		return []Step{ErrorEvent(d.rest, "echo: as asked")}, nil
	case "cut":
		return []Step{Cut()}, nil
	}
	return nil, fmt.Errorf("unknown directive %q", d.verb)
}

// maxRepeat bounds an answer of Echo.
const maxRepeat = 1_000_000

func repeat(n int, piece string) Step {
	return func(w *Writer) error {
		pieces := make([]string, min(max(n, 1), maxRepeat))
		for i := range pieces {
			pieces[i] = piece
		}
		return w.text(pieces)
	}
}

// call is the tool call that a directive asks for.
func (d directive) call() (name, input string, err error) {
	parts := strings.SplitN(d.rest, "|", 3)
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	parts = append(parts, "", "")
	in := fields{}
	switch d.verb {
	case "run":
		name, in = "Bash", fields{"command": d.rest, "description": "Run " + d.rest}
	case "write":
		path, text, _ := strings.Cut(d.rest, "|")
		name, in = "Write", fields{"file_path": strings.TrimSpace(path), "content": strings.TrimPrefix(text, " ")}
	case "read":
		name, in = "Read", fields{"file_path": d.rest}
	case "edit":
		name, in = "Edit", fields{"file_path": parts[0], "old_string": parts[1], "new_string": parts[2]}
	case "glob":
		name, in = "Glob", fields{"pattern": d.rest}
	case "grep":
		name, in = "Grep", fields{"pattern": d.rest, "output_mode": "content"}
	case "todo":
		name, in = "TodoWrite", fields{"todos": todos(intent{args: map[string]string{"items": d.rest}}.items(), 0)}
	case "tool":
		name, input, _ = strings.Cut(d.rest, " ")
		return name, orEmpty(strings.TrimSpace(input)), nil
	}
	data, err := encode(in)
	return name, string(data), err
}

func orEmpty(input string) string {
	if input == "" {
		return "{}"
	}
	return input
}
