package agent

import (
	"encoding/json"
	"slices"

	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/project"
)

// wishes are what settings files say about how new sessions begin.
type wishes struct {
	Model       string `json:"model"`
	Effort      string `json:"effortLevel"`
	Permissions struct {
		Mode     string `json:"defaultMode"`
		NoBypass string `json:"disableBypassPermissionsMode"`
	} `json:"permissions"`
}

// parseWishes reads them. A member that is no text is as if it were not there.
func parseWishes(data []byte) wishes {
	var w wishes
	_ = json.Unmarshal(data, &w) // members of a wrong type are passed by; what is no JSON is told with its rules.
	if w.Permissions.Mode == "manual" {
		w.Permissions.Mode = engine.ModeDefault
	}
	return w
}

// strictness are the permission modes, the strictest first.
var strictness = []string{engine.ModePlan, engine.ModeDefault, engine.ModeAcceptEdits, engine.ModeBypass}

// stricter reports whether a mode is known and allows less than another one.
func stricter(mode, than string) bool {
	i := slices.Index(strictness, mode)
	return i >= 0 && i < slices.Index(strictness, than)
}

// beginning is how a session begins by the settings files, and what of them cannot count.
type beginning struct {
	engine.Settings
	findings []project.Finding
	unagreed map[string][]byte // files that would count more once they are agreed to
}

// Prefers says how a new session begins; see engine.Preferrer.
func (s *session) Prefers() engine.Settings { return s.beginning(s.settingsFiles()).Settings }

// beginning goes through the files: the person's own counts, and over it those of the workspace if the person has agreed to
// them. Without that they can only make the mode stricter.
func (s *session) beginning(files []settingsFile) beginning {
	b := beginning{Settings: engine.Settings{Mode: engine.ModeDefault}, unagreed: map[string][]byte{}}
	noBypass := false
	for _, f := range files {
		w := parseWishes(f.data)
		noBypass = noBypass || w.Permissions.NoBypass == "disable"
		switch {
		case f.own:
			b.take(s.agent, f.name, w, engine.ModeBypass)
		case f.agreed:
			b.take(s.agent, f.name, w, engine.ModeAcceptEdits)
		default:
			if stricter(w.Permissions.Mode, b.Mode) {
				b.Mode = w.Permissions.Mode
			}
			b.withhold(f, w)
		}
	}
	if noBypass && b.Mode == engine.ModeBypass {
		b.Mode = engine.ModeDefault
	}
	return b
}

// take has the wishes of a file count that has the right to them, its mode up to the one that is named.
func (b *beginning) take(a *Agent, name string, w wishes, most string) {
	switch mode := w.Permissions.Mode; {
	case mode == "":
	case !slices.Contains(strictness, mode):
		b.find(name, "The permission mode %q is not there; its wish for new sessions does not count.", mode)
	case stricter(most, mode):
		b.find(name, "The mode %q can be chosen by you alone, not by a project; its wish does not count.", mode)
	default:
		b.Mode = mode
	}
	if w.Model != "" && w.Model != "default" {
		if model := a.modelFor(w.Model, ""); model != "" {
			b.Model = model
		} else {
			b.find(name, "The model %q is not offered here; its wish for new sessions does not count.", w.Model)
		}
	}
	if slices.Contains(engine.Efforts(), w.Effort) {
		b.Effort = w.Effort
	}
}

// withhold finds the wishes of a file that nobody has agreed to.
func (b *beginning) withhold(f settingsFile, w wishes) {
	if w.Permissions.Mode != "" && w.Permissions.Mode != b.Mode {
		b.find(f.name, "The permission mode is yours to choose; the wish for %q does not count until you agree with /trust.", w.Permissions.Mode)
		b.unagreed[f.path] = f.data
	}
	if w.Model != "" || w.Effort != "" {
		b.find(f.name, "Its wish for a model or an effort of new sessions does not count until you agree with /trust.")
		b.unagreed[f.path] = f.data
	}
}

func (b *beginning) find(name, format string, args ...any) {
	b.findings = append(b.findings, finding(name, format, args...))
}
