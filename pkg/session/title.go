package session

import (
	"context"
	"time"

	"claude-agent-chat/pkg/transcript"
)

// titlePatience is how long the model may take to word a title.
const titlePatience = 30 * time.Second

// wordTitle has the model word the session's title, after its first turn. Until then, and if nothing comes of it, the
// beginning of the first prompt is the title. A person's title stays.
func (l *Live) wordTitle() {
	prompt := l.untitled
	l.untitled = ""
	if prompt == "" || l.manager.drains() {
		return
	}
	model, given := l.settings.Load().Model, l.row.Title
	l.manager.loops.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), titlePatience)
		defer cancel()
		stop := context.AfterFunc(l.manager.quitting, cancel)
		defer stop()
		title, err := l.engine.Title(ctx, prompt, model)
		if err != nil || title == "" {
			l.manager.opts.Log.Debug("title not worded", "session_id", l.id, "error", err)
			return
		}
		l.post(func() {
			if l.row.Title != given || l.removed {
				return
			}
			if err := l.write(context.Background(), transcript.AITitle{Title: title}); err == nil {
				l.setTitle(transcript.TitleOf(title))
			}
		})
	})
}
