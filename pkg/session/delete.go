package session

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/filehistory"
	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/tasklist"
	"claude-agent-chat/pkg/trash"
	"claude-agent-chat/pkg/workspace"
)

// What is deleted stops first, then moves into the trash of its owner's home, and then leaves the index. It is gone for good
// when Options.Grace is over.

// Delete stops a session and moves its file, and what lies beside it, into the trash.
func (m *Manager) Delete(ctx context.Context, owner, id string) error {
	return m.discard(ctx, owner, id, "")
}

// discard deletes a session, by itself or as a part of a project's entry in the trash.
func (m *Manager) discard(ctx context.Context, owner, id, part string) error {
	l, err := m.Find(ctx, owner, id)
	if err != nil {
		return err
	}
	defer m.Release(l)
	if err := l.remove(ctx, func() error { return m.discardFiles(l, part) }); err != nil {
		return err
	}
	m.detach(l)
	m.opts.Audit.Add(audit.Entry{Actor: owner, Action: audit.SessionDeleted, Target: id})
	m.index.drop(id)
	err = m.opts.Store.DeleteSession(ctx, owner, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

// discardFiles moves a session's files into the trash: the transcript first, for it is what makes the session one.
func (m *Manager) discardFiles(l *Live, part string) error {
	home := workspace.Home(m.opts.Root, l.owner)
	torn, err := filepath.Glob(l.path + ".torn-*")
	if err != nil {
		return err
	}
	files := append([]string{l.path, strings.TrimSuffix(l.path, ".jsonl"), filehistory.Dir(home, l.id), tasklist.At(home, l.id).Dir()}, torn...)
	entry := trash.Entry{Kind: trash.KindSession, Name: l.id, Title: l.row.Title, Cwd: l.row.Cwd, Part: part}
	found := false
	for _, file := range files {
		rel, err := filepath.Rel(home, file)
		if err != nil {
			return err
		}
		_, statErr := os.Lstat(file)
		found = found || statErr == nil
		entry.Paths = append(entry.Paths, rel)
	}
	if !found {
		return nil // it had no prompt yet.
	}
	return m.discardPaths(home, entry)
}

func (m *Manager) discardPaths(home string, entry trash.Entry) error {
	put, err := trash.Put(home, entry)
	if err == nil && m.opts.Grace == 0 {
		err = trash.Remove(home, put.ID)
	}
	return err
}

// detach takes a session that was deleted out of the live ones: one of the same id is a new one.
func (m *Manager) detach(l *Live) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.live[l.id] == l {
		delete(m.live, l.id)
	}
}

// DeleteProject stops every session in a project, and moves the project and its sessions into the trash.
func (m *Manager) DeleteProject(ctx context.Context, owner, name string) error {
	home := workspace.Home(m.opts.Root, owner)
	project, err := workspace.FindProject(home, name)
	if err != nil {
		return err
	}
	sessions, err := m.sessionsIn(ctx, owner, project.Path)
	if err != nil {
		return err
	}
	for _, row := range sessions {
		if err := m.stop(ctx, owner, row.ID); err != nil {
			return err
		}
	}
	entry, err := trash.Put(home, trash.Entry{Kind: trash.KindProject, Name: name, Cwd: project.Path, Paths: []string{project.PathInHome()}})
	if err != nil {
		return err
	}
	m.opts.Audit.Add(audit.Entry{Actor: owner, Action: audit.ProjectDeleted, Target: name})
	for _, row := range sessions {
		if err := m.discard(ctx, owner, row.ID, entry.ID); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if m.opts.Grace == 0 {
		return trash.Remove(home, entry.ID)
	}
	return nil
}

// sessionsIn lists the sessions whose working directory is a directory or lies below it.
func (m *Manager) sessionsIn(ctx context.Context, owner, dir string) ([]store.Session, error) {
	var all []store.Session
	for cursor, more := "", true; more; more = cursor != "" {
		page, next, err := m.opts.Store.ListSessions(ctx, owner, store.SessionFilter{CwdPrefix: dir, Cursor: cursor, IncludeArchived: true, Limit: 200})
		if err != nil {
			return nil, err
		}
		all, cursor = append(all, page...), next
	}
	return all, nil
}

// stop ends what runs in a session and forgets what waits there; a session that is gone is stopped.
func (m *Manager) stop(ctx context.Context, owner, id string) error {
	l, err := m.Find(ctx, owner, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	defer m.Release(l)
	l.do(func() { l.failQueue(fault.New(fault.Conflict, "The session was stopped.")) })
	return l.Stop(ctx)
}

// Trash lists what the owner of a home has deleted, the newest first; the sessions of a project come with it and are not listed.
func Trash(home string) ([]trash.Entry, error) {
	all, err := trash.List(home)
	if err != nil {
		return nil, err
	}
	whole := map[string]bool{}
	for _, e := range all {
		whole[e.ID] = true
	}
	listed := all[:0:0]
	for _, e := range all {
		if !whole[e.Part] {
			listed = append(listed, e)
		}
	}
	return listed, nil
}

// Restore puts back what an owner has deleted; with a project its sessions.
func (m *Manager) Restore(ctx context.Context, owner, entryID string) (trash.Entry, error) {
	home := workspace.Home(m.opts.Root, owner)
	entry, err := trash.Find(home, entryID)
	if err != nil {
		return entry, err
	}
	parts, err := partsOf(home, entry)
	if err != nil {
		return entry, err
	}
	if entry, err = trash.Restore(home, entryID); err != nil {
		return entry, err
	}
	m.opts.Audit.Add(audit.Entry{Actor: owner, Action: audit.Restored, Target: entry.Name, Detail: map[string]string{"kind": entry.Kind}})
	m.restored(ctx, owner, entry)
	for _, part := range parts {
		if _, err := trash.Restore(home, part.ID); err != nil {
			return entry, err
		}
		m.restored(ctx, owner, part)
	}
	return entry, nil
}

// restored puts a session that was restored into the index at once. If that fails, the index finds it by itself.
func (m *Manager) restored(ctx context.Context, owner string, e trash.Entry) {
	if e.Kind != trash.KindSession {
		return
	}
	if row, err := m.fromFile(owner, e.Name); err == nil {
		m.index.putNow(ctx, row)
	}
}

func partsOf(home string, e trash.Entry) ([]trash.Entry, error) {
	all, err := trash.List(home)
	parts := all[:0]
	for _, one := range all {
		if one.Part == e.ID {
			parts = append(parts, one)
		}
	}
	return parts, err
}

// Purge removes for good what an owner has deleted.
func (m *Manager) Purge(owner, entryID string) error {
	home := workspace.Home(m.opts.Root, owner)
	entry, err := trash.Find(home, entryID)
	if err != nil {
		return err
	}
	parts, err := partsOf(home, entry)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err := trash.Remove(home, part.ID); err != nil {
			return err
		}
	}
	if err := trash.Remove(home, entryID); err != nil {
		return err
	}
	m.opts.Audit.Add(audit.Entry{Actor: owner, Action: audit.Purged, Target: entry.Name, Detail: map[string]string{"kind": entry.Kind}})
	return nil
}
