package permission

// Parts gives the simple commands that a text is taken apart into, for a comparison with the shell's own reading. They are
// not understood if no allow rule for commands could cover the text.
func Parts(text string) (parts []string, understood bool) {
	s := parse(text)
	for _, call := range s.calls {
		parts = append(parts, joined(call.argv).text)
	}
	return parts, !s.opaque && !s.doubt
}
