package anthropictest

import (
	"regexp"
	"strings"
	"sync"
)

// intent is one thing that a prompt asks the demo model for. Its kind is the name of a rule.
type intent struct {
	kind string
	args map[string]string
}

// rule recognises an intent at the start of a clause.
type rule struct {
	kind string
	re   *regexp.Regexp
}

// The parts that rules are made of.
const (
	polite  = `^(?i)(?:please\s+|can you\s+|could you\s+|now\s+|i want you to\s+|请你?|帮我|麻烦你?|现在)*\s*`
	pathArg = "(?P<path>`[^`]+`|\"[^\"]+\"|'[^']+'|“[^”]+”|「[^」]+」|[\\w./~\\-]+|[^\\s,，。;；:：、]+)"
	finish  = `\s*[.!?。！？]*$`
)

// rules are tried in their order.
var rules = sync.OnceValue(func() []rule {
	return []rule{
		newRule("edit", `(?:replace|change)\s+(?P<old>.+?)\s+(?:with|to|into|by)\s+(?P<new>.+?)\s+in\s+(?:the\s+)?(?:file\s+)?`+pathArg),
		newRule("edit", `(?:edit|in)\s+(?:the\s+)?(?:file\s+)?`+pathArg+`\s*[:,]?\s+(?:and\s+)?(?:replace|change)\s+(?P<old>.+?)\s+(?:with|to|into|by)\s+(?P<new>.+?)`),
		newRule("edit", `(?:把|将)\s*(?:文件)?\s*`+pathArg+`\s*(?:文件)?\s*(?:里面?的?|中的?)\s*(?P<old>.+?)\s*(?:改成|替换成|替换为|改为|换成)\s*(?P<new>.+?)`),
		newRule("todo", `(?:make\s+|create\s+|write\s+)?(?:me\s+)?(?:a\s+)?(?:todo|to-do|task\s*list|plan)(?:\s*list)?(?:\s+(?:for|with|of))?\s*[:：]?\s*(?P<items>.*?)`),
		newRule("todo", `(?:写|列|做|建)?(?:一个|个)?(?:待办|任务|计划)(?:清单|列表|事项)?\s*[:：]?\s*(?P<items>.*?)`),
		newRule("write", `(?:make|create|write|add|save)\s+(?:me\s+)?(?:a\s+|an\s+|the\s+)?(?:new\s+)?(?:text\s+)?file\s+(?:called\s+|named\s+)?`+pathArg+
			`(?:\s*,?\s+(?:with|containing|saying|that\s+says|that\s+contains)\s+(?:the\s+)?(?:(?:text|contents?|words?|line)\b)?\s*:?\s*(?P<text>.+?))?`),
		newRule("write", `(?:write|save|put)\s+(?P<text>.+?)\s+(?:to|into)\s+(?:a\s+|the\s+)?(?:new\s+)?(?:file\s+)?(?:called\s+|named\s+)?`+pathArg),
		newRule("write", `(?:创建|新建|建立|写|生成|建)\s*(?:一个|个)?\s*(?:新的?)?(?:名为|叫做|叫)?(?:文本)?文件\s*(?:名为|叫做|叫)?\s*`+pathArg+
			`\s*(?:[,，:：]?\s*(?:内容是|内容为|内容|里面写上?|写入|写上|写着|包含)\s*[:：]?\s*(?P<text>.+?))?`),
		newRule("write", `(?:创建|新建|建立)\s*(?P<path>[\w./\-]+)\s*(?:[,，:：]?\s*(?:内容是|内容为|内容|里面写上?|写入|写上|写着|包含)\s*[:：]?\s*(?P<text>.+?))?`),
		newRule("list", `(?:list|show)(?:\s+me)?(?:\s+all)?(?:\s+of)?(?:\s+the|\s+my)?\s+(?:files|directory|folder)(?:\s+here|\s+in this (?:directory|folder|project))?`),
		newRule("list", `(?:what|which) files (?:are|do)\b.*`),
		newRule("list", `(?:列出|显示|看看|查看|列一下)(?:一下)?(?:所有的?|全部的?|当前的?|目录下的?|目录里的?|这里的?|我的?)*(?:文件|目录)(?:列表)?`),
		newRule("list", `(?:这里|目录里)?有(?:哪些|什么)文件`),
		newRule("run", `(?:run|execute)\s+(?:the\s+)?(?:command\s+)?:?\s*(?P<command>.+?)`),
		newRule("run", `(?:运行|执行|跑一下|跑)\s*(?:一下)?\s*(?:命令)?\s*[:：]?\s*(?P<command>.+?)`),
		newRule("run", `\$\s+(?P<command>.+?)`),
		newRule("run", `(?P<command>(?:ls|pwd|whoami|date|tree|uname|git status)(?:\s+-\S+)*)`),
		newRule("count", `count\s+(?:from\s+\d+\s+)?to\s+(?P<n>\d{1,4})`),
		newRule("count", `(?:从\s*\d+\s*)?数到\s*(?P<n>\d{1,4})`),
		newRule("markdown", `(?:show|write)?(?:\s*me)?(?:\s*some)?\s*markdown.*`),
		newRule("markdown", `(?:展示|显示|写)?(?:一下|一些|一段)?\s*markdown.*`),
		newRule("tour", `(?:give\s+me\s+)?(?:a\s+|the\s+)?(?:tour|demo|demonstration)`),
		newRule("tour", `show\s+me\s+what\s+you\s+can\s+do`),
		newRule("tour", `(?:来个|做个|做一个|来一个)?(?:演示|导览|展示)(?:一下)?`),
		newRule("search", `(?:search|grep|look)\s+(?:for\s+)?(?P<query>.+?)(?:\s+in\s+(?:all\s+)?(?:the\s+)?(?:files|project|code|this project))?`),
		newRule("search", `find\s+(?P<query>.+?)\s+in\s+(?:all\s+)?(?:the\s+)?(?:files|project|code|this project)`),
		newRule("search", `(?:搜索|查找|搜一下|找一下|找)\s*[:：]?\s*(?P<query>.+?)`),
		newRule("read", `(?:read|open|cat|print|view|display|show)\s+(?:me\s+)?(?:the\s+)?(?:contents?\s+of\s+)?(?:the\s+)?(?:file\s+)?`+pathArg),
		newRule("read", `(?:读取|读一下|读|查看|打开|显示|看看|看一下)\s*(?:文件)?\s*`+pathArg+`(?:\s*的?内容)?`),
	}
})

// pattern is a regular expression that is compiled when it is needed first: this package is part of every process that the
// server starts, and most have no use for it.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

func newRule(kind, pattern string) rule {
	return rule{kind, regexp.MustCompile(`(?s)` + polite + `(?:` + pattern + `)` + finish)}
}

// joint is where one clause may end and the next one begin.
var joint = pattern(`(?i)\s*[,，.。;；、]?\s+(?:and\s+then|then|and|after\s+that,?)\s+|\s*[,，。;；、]?\s*(?:然后再?|接着|并且|之后|再|并)\s*|\s*[,，。；\n]\s*`)

// quotes are spans that no joint may be in.
var quotes = pattern("`[^`]*`|\"[^\"]*\"|“[^”]*”|「[^」]*」|(?:^|\\s)'[^']*'")

// intents reads what a prompt asks for, in its order. A joint counts only if what follows is an intent too: the text of
// a file may well have "and then" in it.
func intents(text string) []intent {
	text = strings.TrimSpace(text)
	quoted := quotes().FindAllStringIndex(text, -1)
	for _, j := range joint().FindAllStringIndex(text, -1) {
		if within(quoted, j[0]) {
			continue
		}
		left, ok := recognise(text[:j[0]])
		if !ok {
			continue
		}
		if right := intents(text[j[1]:]); len(right) > 0 {
			return append([]intent{left}, right...)
		}
	}
	if one, ok := recognise(text); ok {
		return []intent{one}
	}
	return nil
}

func within(spans [][]int, at int) bool {
	for _, s := range spans {
		if at > s[0] && at < s[1] {
			return true
		}
	}
	return false
}

// recognise reads one clause.
func recognise(clause string) (intent, bool) {
	clause = strings.TrimSpace(clause)
	for _, rule := range rules() {
		m := rule.re.FindStringSubmatch(clause)
		if m == nil {
			continue
		}
		in := intent{kind: rule.kind, args: map[string]string{}}
		for i, name := range rule.re.SubexpNames() {
			if name != "" {
				in.args[name] = unquote(m[i])
			}
		}
		return in, true
	}
	return intent{}, false
}

// unquote takes one pair of quotation marks off.
func unquote(text string) string {
	text = strings.TrimSpace(text)
	for _, pair := range []string{"``", `""`, "''", "“”", "「」"} {
		marks := []rune(pair)
		inner, ok := strings.CutPrefix(text, string(marks[0]))
		if ok && len(inner) > 0 && strings.HasSuffix(inner, string(marks[1])) {
			return strings.TrimSuffix(inner, string(marks[1]))
		}
	}
	return text
}

var itemEnd = pattern(`\s*[,，;；、\n]\s*|\s+and\s+`)

// items are the entries of a list in a prompt.
func (in intent) items() []string {
	var out []string
	for _, item := range itemEnd().Split(in.args["items"], -1) {
		if item = strings.Trim(item, " \t.。-"); item != "" {
			out = append(out, item)
		}
	}
	return out
}
