package anthropictest

import (
	"fmt"
	"strings"
)

// What begins, or stands in, the product's requests beside a conversation: for a title of it and for its summary.
const (
	titleMark   = "You word titles."
	summaryMark = "Write a summary of this conversation that will stand in place of it"
)

// titleWords is how many words of a message the models here make a title of.
const titleWords = 6

// aside answers what is asked beside a conversation; false if the request is part of one.
func aside(r *Request) (Reply, bool) {
	switch text := r.Last().Text(); {
	case IsTitle(r):
		return Stream(Text(titleOf(text))), true
	case IsSummary(r):
		return Stream(Text(fmt.Sprintf("Summary of %d messages. It began with: %s", len(r.Messages), clip(firstText(r), 200)))), true
	default:
		return nil, false
	}
}

// IsTitle matches the product's requests for a title.
func IsTitle(r *Request) bool { return strings.HasPrefix(r.System, titleMark) }

// IsSummary matches the product's requests for a summary.
func IsSummary(r *Request) bool { return strings.Contains(r.Last().Text(), summaryMark) }

func firstText(r *Request) string {
	if len(r.Messages) == 0 {
		return ""
	}
	return r.Messages[0].Text()
}

// titleOf makes a title of the beginning of a message.
func titleOf(text string) string {
	text = strings.TrimSuffix(strings.TrimPrefix(text, "<message>\n"), "\n</message>")
	words := strings.Fields(text)
	return clip(strings.Join(words[:min(len(words), titleWords)], " "), 60)
}
