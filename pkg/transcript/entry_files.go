package transcript

import (
	"encoding/json"
	"time"
)

// FileBackup is a copy of a file as it was.
type FileBackup struct {
	Name      string // of the copy; empty if there was no file
	Version   int    // from 1
	Time      time.Time
	ParentDir string // where the file really lies
}

// MarshalJSON writes it as Claude Code does.
func (b FileBackup) MarshalJSON() ([]byte, error) {
	var name *string
	if b.Name != "" {
		name = &b.Name
	}
	return json.Marshal(struct {
		Name    *string `json:"backupFileName"`
		Version int     `json:"version"`
		Time    string  `json:"backupTime"`
		Dir     string  `json:"realParentDir"`
	}{name, b.Version, b.Time.UTC().Format(timeFormat), b.ParentDir})
}

// FileHistorySnapshot says what the files that the agent changed were at a message of the person's.
type FileHistorySnapshot struct {
	MessageID string
	Files     map[string]FileBackup // by path, from the working directory
}

func (e FileHistorySnapshot) line(b *batch) stamped {
	at := b.stamp()
	files := json.RawMessage(`{}`)
	if len(e.Files) > 0 {
		files = mustJSON(e.Files)
	}
	return &looseLine{Type: "file-history-snapshot", Members: func(o *object) {
		o.text("messageId", e.MessageID)
		o.member("snapshot")
		o.open()
		o.text("messageId", e.MessageID)
		o.raw("trackedFileBackups", files)
		o.text("timestamp", at)
		o.close()
		o.flag("isSnapshotUpdate", false)
	}}
}

// FileHistoryDelta adds a file to the snapshot of a message: it is being changed for the first time since.
type FileHistoryDelta struct {
	MessageID string
	Path      string // from the working directory
	Backup    FileBackup
}

func (e FileHistoryDelta) line(b *batch) stamped {
	at := b.stamp()
	return &looseLine{Type: "file-history-delta", Members: func(o *object) {
		o.text("messageId", e.MessageID)
		o.text("snapshotMessageId", e.MessageID)
		o.text("trackingPath", e.Path)
		o.raw("backup", mustJSON(e.Backup))
		o.text("timestamp", at)
	}}
}
