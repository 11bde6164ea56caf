package wire_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// planIn words the newest plan among updates; "none" if there is none.
func planIn(updates []world.Update) string {
	for _, u := range slices.Backward(updates) {
		if u.Update.Kind != acp.UpdatePlan {
			continue
		}
		entries := make([]string, 0, len(u.Update.Entries))
		for _, e := range u.Update.Entries {
			entries = append(entries, e.Content+" "+e.Status)
		}
		return strings.Join(entries, ", ")
	}
	return "none"
}

// mustPlan attaches to a session and looks for its plan.
func mustPlan(t *testing.T, w *world.World, user world.User, id, want string) {
	t.Helper()
	c := w.Dial(user)
	_, err := c.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	if got := planIn(c.Updates()); got != want {
		t.Errorf("after a load the plan is %q, not %q", got, want)
	}
	updates := c.Updates()
	resumed := w.Dial(user)
	_, err = resumed.Attach(acp.MethodSessionResume, id, user.Cwd, cursorOf(updates))
	must(t, err)
	if got := planIn(resumed.Updates()); got != want {
		t.Errorf("after a resume the plan is %q, not %q", got, want)
	}
	c.Drop()
	resumed.Drop()
}

// cursorOf is the last cursor among updates.
func cursorOf(updates []world.Update) string {
	for _, u := range slices.Backward(updates) {
		if cursor := u.Cursor(); cursor != "" {
			return cursor
		}
	}
	return ""
}

// lists has the model look at the list and finds out what it is told.
func lists(t *testing.T, prompt, id, want string) []anthropictest.Exchange {
	t.Helper()
	return []anthropictest.Exchange{
		calls(prompt, id, "TaskList", `{}`),
		{Match: anthropictest.HasResult(id), Check: func(r *anthropictest.Request) error {
			if got := resultOf(r, id); got != want {
				return fmt.Errorf("the list is %q", got)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("Listed."))},
	}
}

// TestTasks keeps a list of tasks, with a subagent, over a restart, a rewind, a fork and the loss of its files. Row: Todo
// lists.
func TestTasks(t *testing.T) {
	offered := func(r *anthropictest.Request) error {
		if !slices.Contains(r.Tools, "TaskCreate") || slices.Contains(r.Tools, "TodoWrite") {
			return fmt.Errorf("the tools are %q", r.Tools)
		}
		return nil
	}
	script := []anthropictest.Exchange{
		{Match: anthropictest.LastText("go"), Check: offered, Reply: anthropictest.Stream(
			anthropictest.Tool("c1", "TaskCreate", `{"subject":"One","description":"d"}`),
			anthropictest.Tool("c2", "TaskCreate", `{"subject":"Two","description":"d"}`),
			anthropictest.Tool("c3", "TaskUpdate", `{"taskId":"1","status":"in_progress"}`),
		)},
		then("c3", "Begun."),
		calls("more", "a1", "Agent", `{"description":"d","prompt":"sub"}`),
		calls("sub", "s1", "TaskCreate", `{"subject":"Three","description":"d"}`), then("s1", "Added."),
		{Match: anthropictest.HasResult("a1"), Reply: anthropictest.Stream(anthropictest.Tool("c4", "TaskUpdate", `{"taskId":"1","status":"completed"}`))},
		then("c4", "Done."),
	}
	script = append(script, lists(t, "list", "l1", "#1 [completed] One\n#2 [pending] Two\n#3 [pending] Three")...)
	script = append(script, lists(t, "list here", "l2", "#1 [in_progress] One\n#2 [pending] Two")...)
	script = append(script, lists(t, "list there", "l3", "#1 [in_progress] One\n#2 [pending] Two")...)
	w, user, c, _ := start(t, script...)
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "go")
	if got := planIn(c.Updates()); got != "One in_progress, Two pending" {
		t.Errorf("live the plan is %q", got)
	}
	c.Prompt(id, "more")
	whole := "One completed, Two pending, Three pending"
	if got := planIn(c.Updates()); got != whole {
		t.Errorf("live the plan is %q", got)
	}
	mustPlan(t, w, user, id, whole)
	w.Stop()
	w.Start()
	mustPlan(t, w, user, id, whole)
	c = w.Dial(user)
	_, err := c.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	c.Prompt(id, "list")

	for _, u := range c.Updates() {
		if u.Update.Kind == acp.UpdateUserMessage && u.Update.Block.Text == "more" {
			_, err := c.Call(acp.MethodRewind, map[string]any{"sessionId": id, "messageId": u.Update.MessageID})
			must(t, err)
		}
	}
	mustPlan(t, w, user, id, "One in_progress, Two pending")
	c.Prompt(id, "list here")

	status, forked := fork(t, w, user, id, `{}`)
	if status != http.StatusCreated {
		t.Fatalf("the fork is %d", status)
	}
	mustPlan(t, w, user, forked, "One in_progress, Two pending")
	_, err = c.Attach(acp.MethodSessionLoad, forked, user.Cwd, "")
	must(t, err)
	c.Prompt(forked, "list there")

	w.Stop()
	must(t, os.RemoveAll(filepath.Join(w.Config.SessionsRoot, user.ID, ".claude", "tasks")))
	w.Start()
	mustPlan(t, w, user, id, "One in_progress, Two pending")
}

// TestTasksDeleted deletes a session: its list goes with it.
func TestTasksDeleted(t *testing.T) {
	w, user, c, _ := start(t, calls("go", "c1", "TaskCreate", `{"subject":"One","description":"d"}`), then("c1", "Begun."))
	id := c.NewSession(user.Cwd)
	c.Prompt(id, "go")
	dir := filepath.Join(w.Config.SessionsRoot, user.ID, ".claude", "tasks", id)
	if _, err := os.Stat(filepath.Join(dir, "1.json")); err != nil {
		t.Fatal(err)
	}
	_, err := c.Call(acp.MethodSessionDelete, map[string]any{"sessionId": id})
	must(t, err)
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the list is there still: %v", err)
	}
}
