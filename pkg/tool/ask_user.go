package tool

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// askUser asks the person questions with answers to choose from.
type askUser struct{}

type askUserInput struct {
	Questions []askUserQuestion `json:"questions"`
	Answers   json.RawMessage   `json:"answers"`
	Metadata  json.RawMessage   `json:"metadata"`
}

type askUserQuestion struct {
	Question    string `json:"question"`
	Header      string `json:"header"`
	MultiSelect bool   `json:"multiSelect"`
	Options     []struct {
		Label       string `json:"label"`
		Description string `json:"description"`
		Preview     string `json:"preview"`
	} `json:"options"`
}

type askUserResult struct {
	Questions []askUserQuestion `json:"questions"`
	Answers   map[string]string `json:"answers"`
}

// The bounds of what may be asked at once.
const (
	maxQuestions = 4
	maxOptions   = 4
)

// Spec describes the tool.
func (askUser) Spec() Spec {
	return Spec{
		Name: "AskUserQuestion",
		Description: "Asks the person one to four questions, each with two to four answers to choose from, and waits. They can also answer in " +
			"words of their own. Use it where a decision is theirs to take and cannot be found out otherwise; put the answer that you would choose first.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["questions"],"properties":{` +
			`"questions":{"type":"array","minItems":1,"maxItems":4,"items":{"type":"object","additionalProperties":false,` +
			`"required":["question","header","options"],"properties":{` +
			`"question":{"type":"string","description":"The whole question"},` +
			`"header":{"type":"string","description":"A word or two that name the question"},` +
			`"multiSelect":{"type":"boolean","description":"Several answers may be chosen"},` +
			`"options":{"type":"array","minItems":2,"maxItems":4,"items":{"type":"object","additionalProperties":false,` +
			`"required":["label","description"],"properties":{` +
			`"label":{"type":"string","description":"The answer in one to five words"},` +
			`"description":{"type":"string","description":"What choosing it means"}}}}}}}}}`),
	}
}

// Safety says that asking changes nothing.
func (askUser) Safety(json.RawMessage) Safety { return ReadOnly }

// Run asks one question after the other.
func (askUser) Run(ctx context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[askUserInput](input, "questions")
	if err != nil {
		return refuseFor(err)
	}
	if complaint := in.check(); complaint != "" {
		return refuse("%s", complaint)
	}
	host, err := env.host()
	if err != nil {
		return refuseFor(err)
	}
	answers := map[string]string{}
	var told []string
	for _, q := range in.Questions {
		chosen, err := host.Choose(ctx, q.choice())
		if err != nil {
			return Result{}, err
		}
		if chosen.No && chosen.Words == "" {
			told = append(told, fmt.Sprintf("%q: the person did not want to answer", q.Question))
			continue
		}
		answers[q.Question] = chosen.text()
		told = append(told, fmt.Sprintf("%q=%q", q.Question, chosen.text()))
	}
	if len(answers) == 0 {
		return refuse("The person did not want to answer. Go on without, or ask in the conversation what they would like.")
	}
	return result("The person answered: "+strings.Join(told, ", ")+". Go on with these answers in mind.", askUserResult{in.Questions, answers})
}

func (in askUserInput) check() (complaint string) {
	if len(in.Questions) == 0 || len(in.Questions) > maxQuestions {
		return fmt.Sprintf("Ask between 1 and %d questions.", maxQuestions)
	}
	for _, q := range in.Questions {
		if strings.TrimSpace(q.Question) == "" {
			return "A question is empty."
		}
		if len(q.Options) < 2 || len(q.Options) > maxOptions {
			return fmt.Sprintf("A question must have between 2 and %d answers to choose from.", maxOptions)
		}
	}
	return ""
}

func (q askUserQuestion) choice() Choice {
	c := Choice{Header: q.Header, Question: q.Question, Several: q.MultiSelect}
	for _, o := range q.Options {
		c.Options = append(c.Options, Option{o.Label, o.Description})
	}
	return c
}

// text is the answer as one line.
func (c Chosen) text() string {
	return join(append(append([]string{}, strings.Join(c.Labels, ", ")), c.Words)...)
}
