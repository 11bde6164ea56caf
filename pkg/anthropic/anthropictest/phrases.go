package anthropictest

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// phrases is what the demo model says in one language.
type phrases struct {
	doing, done  map[string]string // by the kind of an intent; %s is what it is about
	denied       string
	error        string
	output       string
	noOutput     string
	sign         string
	noTool       string
	helpText     string
	planOne      string
	planMany     string
	thinkHelp    string
	joint        string
	markdownText string
	numbers      string
}

var english = phrases{
	doing: map[string]string{
		"write": "I'll write %s.", "edit": "I'll look at %s and then change it.", "read": "I'll read %s.", "list": "I'll look at which files there are.",
		"search": "I'll search for %s.", "run": "I'll run %s.", "todo": "I'll make a list.", "tour": "Here is the next part of the tour.",
	},
	done: map[string]string{
		"write": "I wrote %s.", "edit": "I changed %s.", "read": "I read %s.", "list": "I listed the files.", "search": "I searched for %s.",
		"run": "I ran %s.", "todo": "The list is above.", "tour": "That was the tour: a list, a file and a command, each a real call of a tool.",
	},
	denied:    "You declined that, so I stopped there and nothing was changed by it. Tell me what you would like instead.",
	error:     "That did not work. The tool answered:",
	output:    "It answered:",
	noOutput:  "It had nothing to say.",
	sign:      "*(I am the built-in demo model, not Claude.)*",
	noTool:    "For that I would need the tool %s, which this session does not offer.\n\n",
	planOne:   "This asks for one thing. I have a tool for it, so I will use that and then say what came of it.",
	planMany:  "This asks for several things. I will do them one after another, %d tool calls in all, and look at each result before the next.",
	thinkHelp: "No tool is needed for this, so I can simply answer.",
	joint:     " ",
	numbers:   "Counting to %d:",
	helpText: "Hello! I am the built-in **demo model**, not Claude: I answer by simple rules so that you can try this program without an API key. " +
		"The tools that I call are real, and so are the files.\n\nTry one of these:\n\n" +
		"- `make a file hello.txt with the text hi and then run ls`\n- `list files`\n- `read hello.txt`\n- `replace hi with hello in hello.txt`\n" +
		"- `search for hello`\n- `todo: buy milk, water the plants`\n- `tour`, `show markdown`, `count to 50`\n\n" +
		"To talk with Claude, set `ANTHROPIC_API_KEY` and start the server again.",
	markdownText: "## Markdown\n\nSome **bold**, some *italic*, some `code`, and a [link](https://example.com).\n\n" +
		"```go\nfunc main() {\n\tfmt.Println(\"hello\")\n}\n```\n\n| Left | Right |\n| --- | ---: |\n| one | 1 |\n| two | 2 |\n\n1. First\n2. Second\n\n> A quotation.",
}

var mandarin = phrases{
	doing: map[string]string{
		"write": "我来写入 %s。", "edit": "我先看一下 %s，然后修改它。", "read": "我来读取 %s。", "list": "我来看看有哪些文件。",
		"search": "我来搜索 %s。", "run": "我来运行 %s。", "todo": "我来列一个清单。", "tour": "接下来是演示的下一步。",
	},
	done: map[string]string{
		"write": "已写入 %s。", "edit": "已修改 %s。", "read": "已读取 %s。", "list": "已列出文件。", "search": "已搜索 %s。",
		"run": "已运行 %s。", "todo": "清单在上面。", "tour": "演示完毕：一个清单、一个文件和一条命令，每一步都真正调用了工具。",
	},
	denied:    "你拒绝了这一步，所以我停了下来，它没有改动任何东西。请告诉我你想怎么做。",
	error:     "没有成功。工具的回答是：",
	output:    "结果如下：",
	noOutput:  "没有输出。",
	sign:      "*（我是内置的演示模型，不是 Claude。）*",
	noTool:    "这需要工具 %s，但当前会话没有提供它。\n\n",
	planOne:   "这里只有一件事要做。我有合适的工具，先用它，再说明结果。",
	planMany:  "这里有几件事要做。我会依次完成，一共 %d 次工具调用，每一步都先看结果再继续。",
	thinkHelp: "这个不需要工具，直接回答就可以。",
	joint:     "",
	numbers:   "数到 %d：",
	helpText: "你好！我是内置的**演示模型**，不是 Claude：我按简单的规则回答，让你不用 API 密钥也能试用这个程序。" +
		"我调用的工具和文件都是真的。\n\n可以试试：\n\n" +
		"- `创建文件 hello.txt，内容是 你好，然后运行 ls`\n- `列出文件`\n- `读取 hello.txt`\n- `把 hello.txt 里的 你好 改成 您好`\n" +
		"- `搜索 您好`\n- `待办：买牛奶、浇花`\n- `演示`、`展示 markdown`、`数到 50`\n\n" +
		"要和 Claude 对话，请设置 `ANTHROPIC_API_KEY` 并重新启动服务器。",
	markdownText: "## Markdown\n\n**粗体**、*斜体*、`代码`，还有一个[链接](https://example.com)。\n\n" +
		"```go\nfunc main() {\n\tfmt.Println(\"你好\")\n}\n```\n\n| 左 | 右 |\n| --- | ---: |\n| 一 | 1 |\n| 二 | 2 |\n\n1. 第一\n2. 第二\n\n> 一段引文。",
}

// help is the answer to what the demo model cannot do.
func (p phrases) help(missing string) string {
	if missing == "" {
		return p.helpText
	}
	return fmt.Sprintf(p.noTool, code(missing)) + p.helpText
}

func (p phrases) thinkPlan(steps int) string {
	if steps == 1 {
		return p.planOne
	}
	return fmt.Sprintf(p.planMany, steps)
}

func (p phrases) thinkAnswer() string { return p.thinkHelp }

// announce says what the next call is for.
func (p phrases) announce(s step) string { return about(p.doing[s.intent.kind], s.intent) }

var declined = pattern(`(?i)declin|denied|reject|doesn't want|does not want|not allowed by the user`)

// failed says that a call did not work, or was declined.
func (p phrases) failed(c toolCall) string {
	if declined().MatchString(c.result) {
		return p.denied + "\n\n" + p.sign
	}
	return p.error + "\n\n" + fence(c.result) + "\n\n" + p.sign
}

// summary says what was done, and what the last call answered where that is worth a look.
func (p phrases) summary(wanted []intent, steps []step, calls []toolCall) string {
	var parts, said []string
	for _, in := range wanted {
		switch in.kind {
		case "count":
			parts = append(parts, p.count(in.args["n"]))
		case "markdown":
			parts = append(parts, p.markdownText)
		default:
			said = append(said, about(p.done[in.kind], in))
		}
	}
	if len(said) > 0 {
		parts = append([]string{strings.Join(said, p.joint)}, parts...)
	}
	if n := min(len(steps), len(calls)); n > 0 && showsResult(steps[n-1].intent.kind) {
		parts = append(parts, p.outcome(calls[n-1].result))
	}
	return strings.Join(append(parts, p.sign), "\n\n")
}

func (p phrases) outcome(result string) string {
	if strings.TrimSpace(result) == "" {
		return p.noOutput
	}
	return p.output + "\n\n" + fence(result)
}

func showsResult(kind string) bool {
	switch kind {
	case "read", "list", "search", "run":
		return true
	}
	return false
}

// count counts to n, one number a line.
func (p phrases) count(n string) string {
	end, err := strconv.Atoi(n)
	if err != nil {
		return p.helpText
	}
	var b strings.Builder
	fmt.Fprintf(&b, p.numbers, end)
	for i := 1; i <= end; i++ {
		fmt.Fprintf(&b, " %d", i)
	}
	return b.String()
}

// about puts what an intent is about into a sentence.
func about(sentence string, in intent) string {
	if !strings.Contains(sentence, "%s") {
		return sentence
	}
	for _, name := range []string{"path", "command", "query"} {
		if v := in.args[name]; v != "" {
			if name == "path" {
				v = path.Base(v)
			}
			return fmt.Sprintf(sentence, code(v))
		}
	}
	return fmt.Sprintf(sentence, "…")
}

// code is a text as inline code, whatever it contains.
func code(text string) string {
	mark := "`"
	for strings.Contains(text, mark) {
		mark += "`"
	}
	if mark != "`" {
		return mark + " " + text + " " + mark
	}
	return mark + text + mark
}

// maxShown is how many lines of a result are repeated.
const maxShown = 12

// fence is the beginning of a text as a code block, whatever it contains.
func fence(text string) string {
	lines := strings.Split(strings.TrimRight(clip(text, 2000), "\n"), "\n")
	if len(lines) > maxShown {
		lines = append(lines[:maxShown], "…")
	}
	body := strings.Join(lines, "\n")
	mark := "```"
	for strings.Contains(body, mark) {
		mark += "`"
	}
	return mark + "\n" + body + "\n" + mark
}
