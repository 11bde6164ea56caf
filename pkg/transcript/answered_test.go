package transcript_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"claude-agent-chat/pkg/transcript"
)

// task puts a call that adds a task and its result behind a record.
func (b *book) task(parent, id string, use any) string {
	parent = b.answer(parent, "msg_"+id, object{"type": "tool_use", "id": id, "name": "TaskCreate", "input": object{"subject": id}})
	return b.put(parent, object{
		"type": "user", "sourceToolAssistantUUID": parent, "toolUseResult": use,
		"message": object{"role": "user", "content": []object{{"type": "tool_result", "tool_use_id": id, "content": "x"}}},
	})
}

// TestAnswered finds the calls of a tool on the active branch, over a compaction, and no others.
func TestAnswered(t *testing.T) {
	b := newBook()
	at := b.task(b.user("", "q0"), "t1", object{"n": 1})
	at = b.result(b.answer(at, "msg_b", call("b1")), "b1", "TaskCreate")
	fork := at
	b.task(at, "t2", object{"n": 2}) // on another branch
	at = b.put(b.user(fork, "q1"), object{
		"type": "system", "subtype": "compact_boundary", "parentUuid": nil, "logicalParentUuid": fork, "compactMetadata": object{"trigger": "manual"},
	})
	at = b.put(at, object{"type": "user", "isCompactSummary": true, "message": object{"role": "user", "content": "summary"}})
	at = b.task(at, "t3", "Error: no")
	at = b.answer(at, "msg_o", object{"type": "tool_use", "id": "t4", "name": "TaskCreate", "input": object{"subject": "open"}})
	b.put(at, object{"type": "user", "isSidechain": true, "message": object{"content": "side"}})
	conv := transcript.Parse(b.bytes())
	var got []string
	for _, c := range conv.Answered("TaskCreate", "TaskUpdate") {
		got = append(got, fmt.Sprintf("%s %s %s", c.Name, c.Input, c.UseResult))
	}
	want := []string{`TaskCreate {"subject":"t1"} {"n":1}`, `TaskCreate {"subject":"t3"} "Error: no"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !conv.Summary().Tasks {
		t.Error("the summary knows of no task")
	}
	other := newBook()
	other.answer(other.user("", `"name":"TaskCreate"`), "m", call("TaskCreate"))
	if transcript.Parse(other.bytes()).Summary().Tasks {
		t.Error("the summary has a task of a conversation without any")
	}
	if got := transcript.Parse(other.bytes()).Answered("TaskCreate"); len(got) > 0 {
		t.Errorf("there are %v", got)
	}
}
