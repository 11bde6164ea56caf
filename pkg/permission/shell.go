package permission

// shellCall is a call of Bash.
type shellCall struct {
	call   Call
	plain  bool // the command is known for sure
	script *script
	seen   *sight // made when a rule that denies or asks wants it
}

func newShellCall(c Call) *shellCall {
	command, present, plain := c.text("command")
	return &shellCall{call: c, plain: plain && present, script: parse(command)}
}

// against holds a rule against everything that is seen to run.
func (s *shellCall) against(rule placed, _ bool) (certainty, string) {
	if s.seen == nil {
		s.seen = &sight{call: s.call}
		s.seen.script(s.script, yes, 0)
		if !s.plain {
			s.seen.unread = true
		}
	}
	switch {
	case rule.Tool == toolRead:
		return s.seen.touches(rule, s.seen.reads)
	case rule.Tool == toolEdit:
		return s.seen.touches(rule, s.seen.writes)
	case namesTool(rule.Tool, toolBash, true):
		return s.seen.runs(rule.pattern)
	}
	return no, ""
}
