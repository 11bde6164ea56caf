package auth

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"claude-agent-chat/pkg/fault"
)

// The bounds of names and passwords.
const (
	maxUsername = 64 // characters
	minPassword = 8  // bytes
	maxPassword = 1024
)

// checkUsername gives the form of a name that is kept: the one in which each character is written one way only.
func checkUsername(username string) (string, error) {
	name := norm.NFC.String(username)
	n := utf8.RuneCountInString(name)
	first, _ := utf8.DecodeRuneInString(name)
	if !utf8.ValidString(name) || n == 0 || n > maxUsername || !(unicode.IsLetter(first) || unicode.IsDigit(first)) ||
		strings.ContainsFunc(name, notInUsername) {
		return "", fault.New(fault.Invalid,
			"A user name has 1 to %d letters, digits and the characters . _ - + @, and begins with a letter or digit.", maxUsername)
	}
	return name, nil
}

func notInUsername(c rune) bool {
	return !unicode.In(c, unicode.L, unicode.M, unicode.Nd) && !strings.ContainsRune("._-+@", c)
}

// checkPassword refuses what is too short, too long, or among the first that anybody would try. The password itself is
// taken as it was typed.
func checkPassword(username, password string) error {
	switch {
	case len(password) < minPassword:
		return fault.New(fault.Invalid, "A password has at least %d characters.", minPassword)
	case len(password) > maxPassword:
		return fault.New(fault.Invalid, "A password has at most %d bytes.", maxPassword)
	case strings.EqualFold(password, username):
		return fault.New(fault.Invalid, "The password must differ from the user name.")
	case common[strings.ToLower(password)] || monotonous(password):
		return fault.New(fault.Invalid, "This password is among the first that others would try. Choose another one.")
	}
	return nil
}

//go:embed common.txt
var commonList string

// common holds frequent passwords in lower case.
var common = func() map[string]bool {
	all := map[string]bool{}
	for word := range strings.FieldsSeq(commonList) {
		all[word] = true
	}
	return all
}()

// shortRow is how long a row of characters is that people try first.
const shortRow = 16

// monotonous reports whether a short password repeats one character or counts up or down: 11111111, abcdefgh, 98765432.
func monotonous(password string) bool {
	runes := []rune(password)
	if len(runes) < 2 || len(runes) > shortRow {
		return false
	}
	step := runes[1] - runes[0]
	if step < -1 || step > 1 {
		return false
	}
	for i := 2; i < len(runes); i++ {
		if runes[i]-runes[i-1] != step {
			return false
		}
	}
	return true
}
