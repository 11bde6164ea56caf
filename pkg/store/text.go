package store

import (
	"strings"

	"claude-agent-chat/pkg/search"
)

// clean makes a text one that both databases keep: valid UTF-8 without NUL, which Postgres refuses.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.ReplaceAll(s, "\x00", "\uFFFD")
}

// fold is the form in which texts are compared without regard to case and width.
func fold(s string) string { return search.Fold(clean(s)) }

// likeEscaper makes a text stand for itself in a LIKE pattern with ESCAPE '!'.
var likeEscaper = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// contains is the LIKE pattern, with ESCAPE '!', of texts that hold word.
func contains(word string) string { return "%" + likeEscaper.Replace(word) + "%" }
