package anthropictest

import (
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// DemoOption changes the demo model.
type DemoOption func(*demo)

// DemoPace sets the time before each piece of an answer, and the size of a piece in bytes. Zero time is at once.
func DemoPace(before time.Duration, size int) DemoOption {
	return func(d *demo) { d.pace, d.size = before, size }
}

// Demo is the demo model: it answers plain requests in English and Chinese with real calls of the tools that the request
// offers, so that the product can be tried without a key. It keeps nothing between requests: an answer depends on the
// request alone. It thinks aloud only if the request asks for thinking, as the API does.
func Demo(opts ...DemoOption) http.Handler {
	d := demo{pace: 30 * time.Millisecond, size: 6}
	for _, o := range opts {
		o(&d)
	}
	return handler(func(r *Request) (Reply, string) { return d.answer(r), "demo" })
}

type demo struct {
	pace time.Duration
	size int
}

// step is one tool call that the demo model plans.
type step struct {
	intent intent
	tool   string
	input  fields
}

func (d demo) answer(r *Request) Reply {
	p := lastPrompt(r)
	if reply, ok := aside(r); ok {
		return reply
	}
	if reply, ok := structured(r, p.text); ok {
		return reply
	}
	say := english
	if chinese(p.text) {
		say = mandarin
	}
	wanted := intents(p.text)
	steps, missing := plan(wanted, r)
	steps, mended := mend(steps, p.calls)
	if len(wanted) == 0 || missing != "" {
		return d.speak(r, say, say.help(missing))
	}
	if last := len(p.calls) - 1; last >= 0 && last != mended && p.calls[last].failed {
		return d.speak(r, say, say.failed(p.calls[last]))
	}
	if len(p.calls) < len(steps) {
		return d.call(r, say, steps, p.calls)
	}
	return d.speak(r, say, say.summary(wanted, steps, p.calls))
}

// call announces the next step and makes it.
func (d demo) call(r *Request, say phrases, steps []step, calls []toolCall) Reply {
	at := len(calls)
	next := steps[at].resolved(calls)
	parts := []Step{Pace(d.pace, d.size)}
	if at == 0 {
		parts = append(parts, d.think(r, say.thinkPlan(len(steps)))...)
	}
	input, err := encode(next.input)
	if err != nil { // cannot happen: plans are made of strings
		return Fail(http.StatusInternalServerError, "api_error", "the demo model could not write its tool call")
	}
	parts = append(parts, Text(say.announce(next)), Tool("", next.tool, string(input)))
	return Stream(parts...)
}

func (d demo) speak(r *Request, say phrases, text string) Reply {
	parts := []Step{Pace(d.pace, d.size)}
	if lastPrompt(r).turns == 0 {
		parts = append(parts, d.think(r, say.thinkAnswer())...)
	}
	return Stream(append(parts, Text(text))...)
}

func (d demo) think(r *Request, text string) []Step {
	if !r.Thinking {
		return nil
	}
	return []Step{Thinking("ZGVtbw==", text)}
}

// plan turns intents into tool calls with the tools that are offered. Missing names the tool that one would need.
func plan(wanted []intent, r *Request) (steps []step, missing string) {
	k := kit{offered: r.Tools, dir: cwd(r)}
	for _, in := range wanted {
		made, lacks := k.steps(in)
		if lacks != "" {
			return nil, lacks
		}
		steps = append(steps, made...)
	}
	return steps, ""
}

var unread = pattern(`(?i)\bread\b.*\bfirst\b|not been read`)

// mend adds a Read and another try after the first call that was refused because the file had not been read. It returns
// the number of that call, -1 if there is none.
func mend(steps []step, calls []toolCall) ([]step, int) {
	for i := range min(len(calls), len(steps)) {
		s := steps[i]
		if calls[i].failed && s.tool == "Write" && unread().MatchString(calls[i].result) {
			again := []step{{s.intent, "Read", fields{"file_path": s.input["file_path"]}}, s}
			return slices.Insert(slices.Clone(steps), i+1, again...), i
		}
	}
	return steps, -1
}

// kit is what the demo model works with.
type kit struct {
	offered []string
	dir     string
}

// steps are the calls for one intent; lacks names the tool that is not offered and has no substitute.
func (k kit) steps(in intent) (made []step, lacks string) {
	switch in.kind {
	case "count", "markdown":
		return nil, ""
	case "tour":
		return k.tour(in), ""
	case "edit":
		if k.has("Edit") && k.has("Read") {
			file := fields{"file_path": k.file(in)}
			change := fields{"file_path": k.file(in), "old_string": in.args["old"], "new_string": in.args["new"]}
			return []step{{in, "Read", file}, {in, "Edit", change}}, ""
		}
	}
	tool, input := k.own(in)
	if in.kind == "todo" && !k.has(tool) && k.hasTasks() {
		made = k.tasks(in, in.items())
		return append(made, progress(in, 0, "in_progress")), ""
	}
	if k.has(tool) {
		return []step{{in, tool, input}}, ""
	}
	if command := k.command(in); command != "" && k.has("Bash") {
		return []step{{in, "Bash", fields{"command": command, "description": "Demo: " + in.kind}}}, ""
	}
	return nil, tool
}

// own is the tool made for an intent, and its input.
func (k kit) own(in intent) (tool string, input fields) {
	switch in.kind {
	case "write":
		return "Write", fields{"file_path": k.file(in), "content": in.args["text"]}
	case "edit":
		return "Edit", nil
	case "read":
		return "Read", fields{"file_path": k.file(in)}
	case "list":
		return "Glob", fields{"pattern": "**/*"}
	case "search":
		return "Grep", fields{"pattern": regexp.QuoteMeta(in.args["query"]), "output_mode": "content", "-n": true}
	case "todo":
		return "TodoWrite", fields{"todos": todos(in.items(), 0)}
	default:
		return "Bash", fields{"command": in.args["command"], "description": "Run " + in.args["command"]}
	}
}

// command does with a shell what an intent's own tool would do; "" if a shell cannot.
func (k kit) command(in intent) string {
	switch in.kind {
	case "write":
		return "printf '%s' " + shellQuote(in.args["text"]) + " > " + shellQuote(k.file(in))
	case "read":
		return "cat -- " + shellQuote(k.file(in))
	case "list":
		return "ls -la"
	case "search":
		return "grep -rnF -e " + shellQuote(in.args["query"]) + " ."
	case "edit":
		escape := strings.NewReplacer(`\`, `\\`, `/`, `\/`, `&`, `\&`, `.`, `\.`, `*`, `\*`, `[`, `\[`, `^`, `\^`, `$`, `\$`, "\n", `\n`)
		return "sed -i " + shellQuote("s/"+escape.Replace(in.args["old"])+"/"+escape.Replace(in.args["new"])+"/g") + " " + shellQuote(k.file(in))
	}
	return ""
}

// tour shows one tool after another, as far as they are offered.
func (k kit) tour(in intent) []step {
	var before, after []step
	if !k.has("TodoWrite") && k.hasTasks() {
		before = k.tasks(in, tourItems)
		for i := range tourItems {
			after = append(after, progress(in, i, "completed"))
		}
	}
	all := append(before, []step{
		{in, "TodoWrite", fields{"todos": todos(tourItems, 0)}},
		{in, "Write", fields{"file_path": k.join("demo.md"), "content": "# Demo\n\nThis file was written by the demo model.\n"}},
		{in, "Bash", fields{"command": "ls -la && wc -c demo.md", "description": "Look at what is there"}},
		{in, "TodoWrite", fields{"todos": todos(tourItems, len(tourItems))}},
	}...)
	return slices.DeleteFunc(append(all, after...), func(s step) bool { return !k.has(s.tool) })
}

func (k kit) hasTasks() bool { return k.has("TaskCreate") && k.has("TaskUpdate") }

// tasks adds items to the list of tasks, one by one, as the first steps of a plan.
func (k kit) tasks(in intent, items []string) (steps []step) {
	for _, item := range items {
		steps = append(steps, step{in, "TaskCreate", fields{"subject": item, "description": item}})
	}
	return steps
}

// progress says how a task stands that a step of the plan has made.
func progress(in intent, made int, status string) step {
	return step{in, "TaskUpdate", fields{"taskId": made, "status": status}}
}

var taskMade = pattern(`Task #(\d+)`)

// resolved is a step with the id of the task that it is about, which the step that made it was told.
func (s step) resolved(calls []toolCall) step {
	made, ok := s.input["taskId"].(int)
	if !ok || made >= len(calls) {
		return s
	}
	if m := taskMade().FindStringSubmatch(calls[made].result); m != nil {
		s.input = fields{"taskId": m[1], "status": s.input["status"]}
	}
	return s
}

var tourItems = []string{"Make a list", "Write demo.md", "Look at it in the shell"}

// todos is a list of which the first done ones are completed and the next one is under way.
func todos(items []string, done int) []fields {
	out := []fields{}
	for i, item := range items {
		status := "pending"
		switch {
		case i < done:
			status = "completed"
		case i == done:
			status = "in_progress"
		}
		out = append(out, fields{"content": item, "status": status, "activeForm": item})
	}
	return out
}

func (k kit) has(tool string) bool { return slices.Contains(k.offered, tool) }

func (k kit) file(in intent) string { return k.join(in.args["path"]) }

func (k kit) join(name string) string {
	if k.dir == "" || path.IsAbs(name) {
		return name
	}
	return path.Join(k.dir, name)
}

func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
