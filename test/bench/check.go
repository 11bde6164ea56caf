package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"claude-agent-chat/pkg/transcript"
)

// A load whose turns failed is measured faster than one that did its work. So the transcripts are held against what was to
// happen, and a measurement whose turns went wrong is none.

// check holds the session's transcript against the calls that were to be made in it, in their order.
func (r *runner) check(turns int, calls []string) error {
	conv, err := transcript.Load(r.path())
	if err != nil {
		return err
	}
	if err := checkRecords(conv, r.key, calls); err != nil {
		return fmt.Errorf("transcript of session %s: %w", r.key, err)
	}
	prompts := 0
	for _, rec := range conv.Chain() {
		if rec.IsPrompt() {
			prompts++
		}
	}
	if prompts != turns {
		return fmt.Errorf("transcript of session %s has %d prompts instead of %d", r.key, prompts, turns)
	}
	return nil
}

// checkRecords looks for each call, a result behind it that is no failure, and an answer at the end that ended the turn.
func checkRecords(conv *transcript.Conversation, key string, calls []string) error {
	made, answered := 0, map[string]bool{}
	ended := false
	for _, rec := range conv.Chain() {
		for _, b := range rec.Blocks() {
			switch b.Type {
			case "tool_use":
				want := fmt.Sprintf("toolu_%s_%d", key, made)
				if made >= len(calls) || b.Name != calls[made] || b.ID != want {
					return fmt.Errorf("call %d is %s %s", made, b.Name, b.ID)
				}
				answered[b.ID] = false
				made++
			case "tool_result":
				done, called := answered[b.ToolUseID]
				if !called || done || b.IsError {
					return fmt.Errorf("result of %s: called before: %t, answered before: %t, failed: %t: %.300s", b.ToolUseID, called, done, b.IsError, b.Content)
				}
				answered[b.ToolUseID] = true
			}
		}
		ended = rec.Type == "assistant" && !rec.APIError && !rec.Aborted && stopReason(&rec) == "end_turn"
	}
	for id, done := range answered {
		if !done {
			return fmt.Errorf("the call %s has no result", id)
		}
	}
	if made != len(calls) || !ended {
		return fmt.Errorf("%d calls instead of %d; the last record ended the turn: %t", made, len(calls), ended)
	}
	return nil
}

func stopReason(rec *transcript.Record) string {
	var m struct {
		Message struct {
			StopReason string `json:"stop_reason"`
		} `json:"message"`
	}
	if json.Unmarshal(rec.Raw, &m) != nil {
		return ""
	}
	return m.Message.StopReason
}

// checkSubagents looks into the transcripts of the session's subagents, each of which was to make these calls.
func (r *runner) checkSubagents(count int, calls []string) error {
	files, err := filepath.Glob(filepath.Join(strings.TrimSuffix(r.path(), ".jsonl"), "subagents", "agent-*.jsonl"))
	if err != nil {
		return err
	}
	if len(files) != count {
		return fmt.Errorf("%d transcripts of subagents instead of %d", len(files), count)
	}
	for _, file := range files {
		if err := checkSubagent(file, calls); err != nil {
			return fmt.Errorf("transcript of subagent %s: %w", filepath.Base(file), err)
		}
	}
	return nil
}

func checkSubagent(file string, calls []string) error {
	conv, err := transcript.LoadAgent(file, 1<<30)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	_, rest, found := bytes.Cut(data, []byte(keyMark))
	key, _, ended := bytes.Cut(rest, []byte(keyEnd))
	if !found || !ended {
		return fmt.Errorf("no key in it")
	}
	return checkRecords(conv, string(key), calls)
}

// boundaries counts the compactions in the session's transcript.
func (r *runner) boundaries() (int, error) {
	conv, err := transcript.Load(r.path())
	if err != nil {
		return 0, err
	}
	n := 0
	for _, rec := range conv.Records() {
		if rec.Subtype == "compact_boundary" {
			n++
		}
	}
	return n, nil
}
