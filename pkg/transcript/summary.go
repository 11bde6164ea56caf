package transcript

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// maxTitle is how long a title may be, in characters.
const maxTitle = 80

// Title is the session's: the person's if there is one, else the model's, else its last prompt, a summary, or its first
// prompt. The newest of a kind counts.
func (c *Conversation) Title() string {
	if title := TitleOf(c.customTitle()); title != "" {
		return title
	}
	for _, kind := range []string{typeAITitle, typeLastPrompt, typeSummary} {
		if title := TitleOf(c.newestTitle(kind)); title != "" {
			return title
		}
	}
	return c.firstPrompt()
}

// customTitle is the person's title; Claude Code may have it in a file of its own too.
func (c *Conversation) customTitle() string {
	if title := c.newestTitle(typeCustomTitle); title != "" {
		return title
	}
	return c.siblings.customTitle
}

func (c *Conversation) newestTitle(kind string) string {
	for i := range slices.Backward(c.records) {
		if rec := &c.records[i]; rec.Type == kind && rec.title != "" {
			return rec.title
		}
	}
	return ""
}

func (c *Conversation) firstPrompt() string {
	for i := range c.records {
		rec := &c.records[i]
		if !rec.IsPrompt() {
			continue
		}
		for _, b := range rec.Blocks() {
			if title := TitleOf(b.Text); title != "" {
				return title
			}
		}
	}
	return ""
}

// TitleOf makes a title of a text: its first line, of at most maxTitle characters.
func TitleOf(s string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return shorten(strings.TrimSpace(first), maxTitle)
}

// shorten cuts text to so many characters, the last one an ellipsis.
func shorten(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

// Summary is what a list shows of a conversation.
type Summary struct {
	Title          string
	Cwd            string
	PermissionMode string    // of the last prompt
	Model          string    // of the last answer
	Messages       int       // prompts and texts of the model
	First, Last    time.Time // zero if no record has a time
	Skipped        int       // damaged lines
	Usage          Usage
	// Interrupted says that the last turn did not come to its end: a prompt or a result without an answer, a call without
	// a result, an answer that broke off, a failure. One that the person stopped has ended.
	Interrupted bool
}

// Usage counts tokens, those of an API message once.
type Usage struct {
	Input, Output, CacheRead, CacheWrite int64
}

func (u *Usage) add(more Usage) {
	u.Input += more.Input
	u.Output += more.Output
	u.CacheRead += more.CacheRead
	u.CacheWrite += more.CacheWrite
}

// usageOf reads the usage of an assistant record.
func usageOf(rec *Record) Usage {
	var l struct {
		Message struct {
			Usage struct {
				Input      int64 `json:"input_tokens"`
				Output     int64 `json:"output_tokens"`
				CacheRead  int64 `json:"cache_read_input_tokens"`
				CacheWrite int64 `json:"cache_creation_input_tokens"`
			} `json:"usage"`
		} `json:"message"`
	}
	if err := json.Unmarshal(rec.Raw, &l); err != nil {
		return Usage{}
	}
	u := l.Message.Usage
	return Usage{Input: u.Input, Output: u.Output, CacheRead: u.CacheRead, CacheWrite: u.CacheWrite}
}

// cutOff reports whether a turn whose newest record this is has not come to its end; same if the record says nothing
// about that.
func (r *Record) cutOff(same bool) bool {
	switch {
	case r.Meta || r.CompactSummary:
		return same
	case r.Interruption():
		return false
	case r.IsUser():
		return r.IsPrompt() || len(blocksOf(r, blockToolResult)) > 0
	case r.Type == typeAssistant:
		return r.Aborted || r.APIError || len(blocksOf(r, blockToolUse)) > 0
	default:
		return same
	}
}

// Summary gathers what a list shows of the active branch.
func (c *Conversation) Summary() Summary {
	s := Summary{Title: c.Title(), Skipped: c.skipped}
	counted := map[answerID]bool{}
	for _, rec := range c.Chain() {
		s.Interrupted = rec.cutOff(s.Interrupted)
		if rec.Type == typeAssistant && !rec.APIError && !counted[rec.answerID()] {
			counted[rec.answerID()] = true
			s.Usage.add(usageOf(&rec))
		}
		if s.Cwd == "" {
			s.Cwd = rec.Cwd
		}
		if !rec.Timestamp.IsZero() {
			if s.First.IsZero() {
				s.First = rec.Timestamp
			}
			s.Last = rec.Timestamp
		}
		switch {
		case rec.IsPrompt():
			s.Messages++
			if rec.PermissionMode != "" {
				s.PermissionMode = rec.PermissionMode
			}
		case rec.IsAnswer():
			s.Messages++
			s.Model = rec.Model
		}
	}
	return s
}
