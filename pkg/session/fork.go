package session

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/google/uuid"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/replay"
	"claude-agent-chat/pkg/transcript"
)

// Fork makes a new session of a user's session, up to and with the message at a point, and returns its id. The session
// that it comes from stays as it is, also while it runs. It is fault.Conflict if that has no message yet.
func (m *Manager) Fork(ctx context.Context, owner, id string, at transcript.ForkPoint) (string, error) {
	l, err := m.Find(ctx, owner, id)
	if err != nil {
		return "", err
	}
	defer m.Release(l)
	end := int64(-1)
	l.do(func() {
		if l.writer != nil {
			end = l.writer.End()
		}
	})
	conv, err := transcript.LoadUpTo(l.path, end)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fault.New(fault.Conflict, "The session has no messages yet; there is nothing to fork.")
	}
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "The conversation could not be read.")
	}
	if at.UUID != "" {
		at.UUID = replay.RecordOf(conv.Chain(), at.UUID)
	}
	forked := uuid.NewString()
	path := filepath.Join(filepath.Dir(l.path), forked+".jsonl")
	if err := transcript.Fork(conv, at, path, forked, forkTitle(conv.Title())); err != nil {
		return "", err
	}
	row, err := m.fromFile(owner, forked)
	if err != nil {
		return "", err
	}
	m.index.putNow(ctx, row)
	return forked, nil
}

// forkTitle tells the two sessions apart in a list.
func forkTitle(title string) string {
	if title == "" {
		return ""
	}
	return title + " (fork)"
}
