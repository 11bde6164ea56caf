package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/transcript"
)

// runner is a session with a connection of its own, in which calls run without a question.
type runner struct {
	*client
	stream
	bed   *bed
	id    string
	key   string          // of its conversation at the model
	first []time.Duration // from a prompt to its first request upstream
}

// runner opens one.
func (b *bed) runner(ctx context.Context, key string) (_ *runner, err error) {
	r := &runner{bed: b, key: key}
	if r.client, err = dial(ctx, b.gateway.port, b.token, r.stream.frame); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	if r.id, err = r.session(ctx, b.cwd); err != nil {
		return nil, err
	}
	_, err = r.call(ctx, "session/set_mode", map[string]string{"sessionId": r.id, "modeId": engine.ModeBypass})
	return r, err
}

// clear has the model see nothing of the conversation any more.
func (r *runner) clear(ctx context.Context) error { return r.prompt(ctx, "/clear") }

// prompt runs one turn to its end, which must be a good one.
func (r *runner) prompt(ctx context.Context, text string) error {
	result, err := r.call(ctx, "session/prompt", promptParams(r.id, text))
	if err != nil {
		return fmt.Errorf("turn of session %s: %w", r.key, err)
	}
	var ended struct {
		StopReason string `json:"stopReason"`
	}
	if err := json.Unmarshal(result, &ended); err != nil || ended.StopReason != "end_turn" {
		return fmt.Errorf("turn of session %s ended with %s", r.key, result)
	}
	return nil
}

// turn has the model work.
func (r *runner) turn(ctx context.Context) error {
	sent := time.Now()
	if err := r.prompt(ctx, keyed(r.key)); err != nil {
		return err
	}
	r.first = append(r.first, r.bed.model.talk(r.key).began.Sub(sent))
	return r.bed.model.failed()
}

// path is where the session's transcript lies.
func (r *runner) path() string { return transcript.SessionPath(r.bed.home, r.bed.cwd, r.id) }
