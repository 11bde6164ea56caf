package session

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

// SendNow has a prompt that waits go into the running turn at its next step. If the turn ends before, it is the next to
// run.
func (l *Live) SendNow(promptID string) (err error) {
	l.do(func() {
		i := l.queued(promptID)
		if i < 0 {
			err = fault.New(fault.NotFound, "That prompt does not wait any more.")
			return
		}
		p := l.queue[i]
		p.now = true
		rest := slices.Delete(slices.Clone(l.queue), i, i+1)
		first := 0
		for first < len(rest) && rest[first].now {
			first++
		}
		l.queue = slices.Insert(rest, first, p)
		l.keepJournal()
		l.publishQueue()
	})
	return err
}

// Steer records the prompts that are to go into the running turn, and what is to be told of work beside it, and gives the
// blocks. Who sent prompts gets the turn's result.
func (h host) Steer(ctx context.Context) (blocks []json.RawMessage, err error) {
	h.do(func() {
		for len(h.queue) > 0 && h.queue[0].now && err == nil && ctx.Err() == nil {
			var more []json.RawMessage
			more, err = h.steer(h.queue[0])
			blocks = append(blocks, more...)
		}
		if err == nil && ctx.Err() == nil {
			var more []json.RawMessage
			more, err = h.steerNotices()
			blocks = append(blocks, more...)
		}
	})
	return blocks, err
}

// steer puts one prompt into the running turn.
func (l *Live) steer(p *prompt) ([]json.RawMessage, error) {
	if l.running == nil || l.writer == nil {
		return nil, nil
	}
	records, err := l.writer.Append(context.Background(), transcript.QueuedCommand{UUID: uuid.NewString(), PromptID: p.id, Content: p.content})
	if err != nil {
		return nil, err
	}
	l.steered = append(l.steered, p)
	l.alone = 0
	l.dequeue(p)
	return l.steeredIn(records, p.from), nil
}

// History reads the conversation afresh.
func (h host) History(context.Context) (messages []transcript.Message, err error) {
	end := int64(-1)
	h.do(func() {
		if h.writer != nil {
			end = h.writer.End()
		}
	})
	r, err := transcript.OpenReader(h.path, end)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "The conversation could not be read.")
	}
	defer r.Close()
	conv, err := r.Model()
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "The conversation could not be read.")
	}
	return conv.Messages(), nil
}
