package session

import (
	"context"
	"slices"
	"strings"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/replay"
	"claude-agent-chat/pkg/transcript"
)

// Rewind goes back to before a message of the person's: the next prompt takes its place. What came since stays in the
// file, on a branch of its own. It gives the message's text. While a turn runs it is fault.Conflict.
func (l *Live) Rewind(ctx context.Context, messageID string, files bool) (text string, restored []string, err error) {
	l.do(func() { text, restored, err = l.rewind(ctx, messageID, files) })
	return text, restored, err
}

func (l *Live) rewind(ctx context.Context, messageID string, files bool) (text string, restored []string, err error) {
	if err := l.canRewind(); err != nil {
		return "", nil, err
	}
	conv, err := transcript.Load(l.path)
	if err != nil {
		return "", nil, fault.Wrap(err, fault.NotFound, "There is no such message.")
	}
	chain := conv.Chain()
	messageID = replay.RecordOf(chain, messageID)
	at := slices.IndexFunc(chain, func(rec transcript.Record) bool { return rec.UUID == messageID })
	if at < 0 || !chain[at].IsUser() || chain[at].Meta || len(chain[at].UseResult) > 0 {
		return "", nil, fault.New(fault.NotFound, "There is no such message of yours in this conversation.")
	}
	if files {
		if restored, err = l.restoreFiles(chain[at:]); err != nil {
			return "", nil, err
		}
	}
	if err := l.write(ctx, backTo(chain, at)...); err != nil {
		return "", nil, err
	}
	if err := l.tasks().Forget(); err != nil {
		l.manager.opts.Log.Warn("list of tasks not taken back", "session_id", l.id, "error", err)
	}
	if err := l.primeAgain(); err != nil {
		return "", nil, err
	}
	l.publish(acp.Notification(acp.MethodRewound, acp.SessionRequest{SessionID: l.id}), nil)
	l.touch()
	return chain[at].PromptText(), restored, nil
}

// canRewind says why the session cannot go back now.
func (l *Live) canRewind() error {
	switch {
	case l.removed:
		return errNotFound()
	case l.running != nil:
		return fault.New(fault.Conflict, "A turn is running. Stop it before you go back.")
	case len(l.works) > 0:
		return fault.New(fault.Conflict, "A task runs in the background. Stop it before you go back.")
	case len(l.queue) > 0:
		return fault.New(fault.Conflict, "Prompts wait in the queue. Remove them before you go back.")
	}
	return l.prime()
}

// restoreFiles has the engine put files back as they were at the first of some records.
func (l *Live) restoreFiles(since []transcript.Record) ([]string, error) {
	restorer, ok := l.engine.(engine.Restorer)
	if !ok {
		return nil, fault.New(fault.Unavailable, "This engine keeps no files; only the conversation can go back.")
	}
	var messages []string
	for _, rec := range since {
		if rec.IsUser() && !rec.Meta && len(rec.UseResult) == 0 {
			messages = append(messages, rec.UUID)
		}
	}
	return restorer.Restore(messages)
}

// primeAgain reads afresh what the session must know, after its branch has changed. A prompt that was sent before does not
// run again, on whichever branch it is.
func (l *Live) primeAgain() error {
	l.interrupted, l.primed, l.sought = false, false, false
	l.flight.usage = nil
	prompts := l.prompts
	l.prompts = map[string]*prompt{}
	err := l.prime()
	for id, p := range prompts {
		l.prompts[id] = p
	}
	return err
}

// backTo are the entries that go back to before a record of a chain, and before the caveat that a local command has.
func backTo(chain []transcript.Record, at int) []transcript.Entry {
	if at > 0 && chain[at-1].Meta && strings.HasPrefix(chain[at-1].PromptText(), "<local-command-caveat>") {
		at--
	}
	leaf := chain[at].ParentUUID
	if leaf == "" && at > 0 {
		leaf = chain[at-1].UUID
	}
	text := ""
	for _, rec := range slices.Backward(chain[:at]) {
		if rec.IsPrompt() {
			text = rec.PromptText()
			break
		}
	}
	if leaf == "" {
		return []transcript.Entry{transcript.FreshStart{}, transcript.LastPrompt{}, transcript.Rewind{}}
	}
	return []transcript.Entry{transcript.Rewind{Leaf: leaf, Text: text}}
}
