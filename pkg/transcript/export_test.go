package transcript

import "time"

// Parse is what Load makes of a file's bytes.
func Parse(data []byte) *Conversation { return parse(data) }

// ParseCursor takes a cursor apart.
func ParseCursor(cursor string) (end int64, check uint32, ok bool) { return parseCursor(cursor) }

// CursorOf makes a cursor.
func CursorOf(end int64, uuid string) string { return cursorOf(end, uuid) }

// Backing is what stands between a writer and the disk.
type Backing = backing

// SetBacking puts something between a writer and its file.
func (w *Writer) SetBacking(wrap func(Backing) Backing) { w.disk.file = wrap(w.disk.file) }

// SetClock gives a writer another clock.
func (w *Writer) SetClock(now func() time.Time) { w.now = now }
