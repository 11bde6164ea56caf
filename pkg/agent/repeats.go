package agent

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"claude-agent-chat/pkg/transcript"
)

// After how many equal steps in a row the model is told, and the turn is stopped. A step that waits for something usually
// has another result each time, and so do the steps of long work.
const (
	tellRepeats = 10
	stopRepeats = 100
)

// repeats notices a turn that goes round in a circle: the same calls with the same results, again and again.
type repeats struct {
	last  [sha256.Size]byte
	count int
}

// add takes in a step. It gives a note for the model when that should look up, and says when it is enough.
func (r *repeats) add(calls []call, results []json.RawMessage) (note string, stop bool) {
	sum := sha256.New()
	for i, c := range calls {
		var result struct {
			Content json.RawMessage `json:"content"`
		}
		_ = json.Unmarshal(results[i], &result) // made here.
		fmt.Fprintf(sum, "%q %q %q\n", c.Name, c.Input, result.Content)
	}
	now := [sha256.Size]byte(sum.Sum(nil))
	if now != r.last {
		r.last, r.count = now, 1
		return "", false
	}
	r.count++
	if r.count%tellRepeats == 0 {
		note = fmt.Sprintf("<system-reminder>\nThis same call has been made %d times in a row, each time with the same result. "+
			"Do something else, or end the turn and say what stands in the way.\n</system-reminder>", r.count)
	}
	return note, r.count >= stopRepeats
}

// sayLoop tells the person why the turn was stopped.
func (t *turn) sayLoop(ctx context.Context) error {
	return t.host.Record(context.WithoutCancel(ctx), transcript.APIError{Text: fmt.Sprintf(
		"The agent made the same call %d times in a row with the same result, so the turn was stopped.", stopRepeats)})
}
