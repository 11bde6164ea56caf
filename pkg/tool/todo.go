package tool

import (
	"context"
	"encoding/json"
	"strings"
)

// todoWrite replaces the list of what is to be done, which people see as the plan. It is the older form of the task tools.
type todoWrite struct{}

type todo struct {
	Content    string `json:"content"`
	Status     string `json:"status"`
	ActiveForm string `json:"activeForm"`
}

type todoInput struct {
	Todos []todo `json:"todos"`
}

type todoResult struct {
	OldTodos []todo `json:"oldTodos"`
	NewTodos []todo `json:"newTodos"`
}

// maxTodos bounds the list.
const maxTodos = 200

// Spec describes the tool.
func (todoWrite) Spec() Spec {
	return Spec{
		Name: "TodoWrite", Instead: "TaskCreate",
		Description: "Replaces the todo list of this session, which the user sees as your plan. Use it for work of three steps " +
			"or more. Keep one entry in_progress, and mark each as completed as soon as it is done.",
		InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["todos"],"properties":{"todos":{"type":"array",` +
			`"description":"The whole new list","items":{"type":"object","additionalProperties":false,"required":["content","status","activeForm"],"properties":{` +
			`"content":{"type":"string","description":"What to do, as an order: Run the tests"},` +
			`"status":{"type":"string","enum":["pending","in_progress","completed"]},` +
			`"activeForm":{"type":"string","description":"The same while it is being done: Running the tests"}}}}}}`),
	}
}

// Safety says that it changes nothing of the user's.
func (todoWrite) Safety(json.RawMessage) Safety { return ReadOnly }

// Run replaces the list.
func (todoWrite) Run(_ context.Context, env *Env, input json.RawMessage) (Result, error) {
	in, err := decode[todoInput](input, "todos")
	if err != nil {
		return refuseFor(err)
	}
	if len(in.Todos) > maxTodos {
		return refuse("The list has more than %d entries.", maxTodos)
	}
	for i, entry := range in.Todos {
		if strings.TrimSpace(entry.Content) == "" {
			return refuse("Entry %d of the field \"todos\" has no content.", i+1)
		}
		if !validStatus(entry.Status) {
			return refuse("Entry %d of the field \"todos\" has the status %q; it must be pending, in_progress or completed.", i+1, entry.Status)
		}
	}
	old := env.State.replaceTodos(in.Todos)
	if old == nil {
		old = []todo{}
	}
	return result("The todo list has been updated. Go on with the task that is in progress.", todoResult{old, in.Todos})
}

func validStatus(status string) bool {
	return status == "pending" || status == "in_progress" || status == "completed"
}
