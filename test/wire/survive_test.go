package wire_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// cutOffStory is a conversation whose first answer breaks off, and what the model must be shown when it goes on.
func cutOffStory(gate *anthropictest.Gate) []anthropictest.Exchange {
	return []anthropictest.Exchange{
		{
			Match: anthropictest.LastText("tell a story"),
			Reply: anthropictest.Stream(anthropictest.Text("Once upon ", "a time"), anthropictest.Hold(gate)),
		},
		{
			Match: func(r *anthropictest.Request) bool {
				return strings.HasPrefix(r.Last().Text(), "Continue from where")
			},
			Check: func(r *anthropictest.Request) error {
				before := r.Messages[len(r.Messages)-2]
				if before.Role != "assistant" || before.Text() != "Once upon a time" {
					return fmt.Errorf("the model is shown %s %q before it goes on", before.Role, before.Text())
				}
				return nil
			},
			Reply: anthropictest.Stream(anthropictest.Text(" there was a gateway.")),
		},
		says("second", "Two."),
		says("third", "Three."),
	}
}

// killInTheStory starts the real program, lets prompts wait behind an answer that streams, and kills it with SIGKILL.
func killInTheStory(t *testing.T, w *world.World, user world.User, binary string) (id string) {
	t.Helper()
	cmd := spawn(t, w, binary)
	c := w.Dial(user)
	id = c.NewSession(user.Cwd)
	c.BeginPrompt(id, "p1", "tell a story")
	c.Until("the text", func(s world.Seen) bool { return s.Text(acp.UpdateAgentMessage) == "Once upon a time" })
	c.BeginPrompt(id, "p2", "second")
	c.BeginPrompt(id, "p3", "third")
	c.Until("the queue", func(s world.Seen) bool { return queueLength(s) == 2 })
	kill(t, cmd)
	return id
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	must(t, cmd.Process.Kill())
	if err := cmd.Wait(); err == nil {
		t.Error("a killed program ends well")
	}
}

// queueLength is what the newest queue notification says; -1 without one.
func queueLength(s world.Seen) int {
	notes := s.Notes(acp.MethodQueue)
	if len(notes) == 0 {
		return -1
	}
	var note acp.QueueNotification
	if json.Unmarshal(notes[len(notes)-1], &note) != nil {
		return -1
	}
	return len(note.Queue)
}

// TestKilledTurnGoesOn kills the gateway while an answer streams and two prompts wait: the partial answer is kept and
// marked, the queue is there, one request has the turn go on, and the prompts run behind it, each once.
func TestKilledTurnGoesOn(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, user, c, _ := start(t, cutOffStory(gate)...)
	c.Drop()
	w.Stop()
	binary := buildGateway(t)
	id := killInTheStory(t, w, user, binary)

	spawn(t, w, binary)
	again := w.Dial(user)
	answer, err := again.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	if answer.Meta[acp.MetaInterrupted] != true || answer.Meta[acp.MetaState] != acp.StateIdle {
		t.Errorf("the answer says %v", answer.Meta)
	}
	again.Until("the queue", func(s world.Seen) bool { return queueLength(s) == 2 })
	marked := false
	for _, u := range again.Updates() {
		marked = marked || u.Update.Meta[acp.MetaAborted] == true && u.Update.Block.Text == "Once upon a time"
	}
	if !marked {
		t.Error("the partial answer is not shown as broken off")
	}
	// A prompt that is sent again because nobody acknowledged it waits in its place and runs once.
	wait := again.BeginPrompt(id, "p3", "third")
	_, err = again.Call(acp.MethodContinue, map[string]any{"sessionId": id})
	must(t, err)
	_, err = wait()
	must(t, err)
	checkStory(t, again, w, user)
	if _, err := again.Call(acp.MethodContinue, map[string]any{"sessionId": id}); err == nil {
		t.Error("a turn that has ended goes on")
	}
}

// TestResumeTurns is the same with RESUME_TURNS: nobody has to ask.
func TestResumeTurns(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, user, c, _ := start(t, cutOffStory(gate)...)
	c.Drop()
	w.Stop()
	binary := buildGateway(t)
	id := killInTheStory(t, w, user, binary)
	spawn(t, w, binary, "RESUME_TURNS=true")
	again := w.Dial(user)
	_, err := again.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	again.Until("the last answer", func(s world.Seen) bool { return strings.HasSuffix(s.Text(acp.UpdateAgentMessage), "Three.") })
	waitState(again, acp.StateIdle)
	checkStory(t, again, w, user)
}

// checkStory compares what a client has seen, and the transcript, with the story.
func checkStory(t *testing.T, c *world.Client, w *world.World, user world.User) {
	t.Helper()
	const want = "Once upon a time there was a gateway.Two.Three."
	c.Look(func(s world.Seen) {
		if got := s.Text(acp.UpdateAgentMessage); got != want {
			t.Errorf("the client saw %q", got)
		}
	})
	var prompts []string
	for _, rec := range transcriptOf(t, w, user) {
		message, _ := rec["message"].(map[string]any)
		if text, ok := message["content"].(string); ok && rec["type"] == "user" {
			prompts = append(prompts, text)
		}
	}
	if got := strings.Join(prompts, ","); got != "tell a story,second,third" {
		t.Errorf("the prompts in the transcript are %q", got)
	}
}

// TestDrainedTurnGoesOn stops the gateway in an orderly way while an answer streams and a prompt waits.
func TestDrainedTurnGoesOn(t *testing.T) {
	gate := anthropictest.NewGate()
	t.Cleanup(gate.Release)
	w, user, c, _ := start(t, cutOffStory(gate)...)
	id := c.NewSession(user.Cwd)
	c.BeginPrompt(id, "p1", "tell a story")
	c.Until("the text", func(s world.Seen) bool { return s.Text(acp.UpdateAgentMessage) == "Once upon a time" })
	c.BeginPrompt(id, "p2", "second")
	c.Until("the queue", func(s world.Seen) bool { return queueLength(s) == 1 })
	w.Stop()
	w.Config.ResumeTurns = true
	w.Start()
	again := w.Dial(user)
	_, err := again.Attach(acp.MethodSessionLoad, id, user.Cwd, "")
	must(t, err)
	again.Until("the last answer", func(s world.Seen) bool {
		return s.Text(acp.UpdateAgentMessage) == "Once upon a time there was a gateway.Two."
	})
	waitState(again, acp.StateIdle)
	again.Prompt(id, "third")
	checkStory(t, again, w, user)
}
