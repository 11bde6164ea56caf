// Package session keeps the live sessions. One goroutine owns one live session: its transcript writer, its queue of
// prompts, its subscribers, the questions that wait for a person. A turn belongs to the session, not to a connection,
// and goes on when every subscriber has gone.
package session

import (
	"cmp"
	"log/slog"
	"time"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/engine"
	"claude-agent-chat/pkg/store"
)

// Options are what a Manager works with. All fields but IdleAfter and Audit are required.
type Options struct {
	Root      string // the sessions root, which holds a home for each user
	Engine    engine.Engine
	Store     *store.Store
	IdleAfter time.Duration // a session that nobody watches is let go after this; 10 minutes if zero
	// ResumeTurns has turns that a restart cut off go on by themselves.
	ResumeTurns bool
	// Grace is how long what was deleted can be had back; zero removes it at once.
	Grace time.Duration
	Log   *slog.Logger
	Audit *audit.Log // decisions about tool calls, deletions; nil writes nothing down
}

// Subscriber is a connection that watches sessions. Its methods are safe for concurrent use.
type Subscriber interface {
	// Deliver queues a frame. It never blocks: a subscriber that cannot keep up ends itself.
	Deliver(frame []byte)
	// Replay queues a frame of history and waits for room; an error means that the subscriber has gone.
	Replay(frame []byte) error
	// Slow says that the subscriber missed frames; it must end itself.
	Slow()
	// Echo says whether the subscriber wants its own prompts back.
	Echo() bool
	// Notices says whether the subscriber understands notices.
	Notices() bool
}

// Attached is what a subscriber learns when it has been attached.
type Attached struct {
	Replay string // acp.ReplayComplete or acp.ReplayReset; empty if no cursor was given
	State  string // acp.State…
	// Interrupted says that nothing runs and Continue would go on with what was cut off.
	Interrupted bool
	Skipped     int64 // damaged lines of the transcript
	Settings    Settings
}

// Settings are a session's modes and options as ACP shows them.
type Settings struct {
	Modes         *acp.ModeState
	ConfigOptions []acp.ConfigOption
}

// Result is how a prompt ended.
type Result struct {
	StopReason string
	Usage      acp.Usage
	Spent      map[string]acp.Usage // the same by model; nil for those who waited
	Err        error
}

// The ids of the config options.
const (
	optionMode   = "mode"
	optionModel  = "model"
	optionEffort = "effort"
)

// effortAuto leaves the effort to the model.
const effortAuto = "auto"

// settings shows the settings in force as ACP does.
func settings(now engine.Settings, models []engine.Model) Settings {
	mode := acp.ConfigOption{
		ID: optionMode, Name: "Permission mode", Category: "mode", Type: "select", CurrentValue: now.Mode,
		Description: "What the agent may do without asking.",
	}
	for _, m := range engine.Modes() {
		mode.Options = append(mode.Options, acp.SelectOption{Value: m.ID, Name: m.Name, Description: m.Description})
	}
	model := acp.ConfigOption{
		ID: optionModel, Name: "Model", Category: "model", Type: "select", CurrentValue: now.Model,
		Description: "The model that answers the next request.",
	}
	known := false
	for _, m := range models {
		known = known || m.ID == now.Model
		model.Options = append(model.Options, acp.SelectOption{Value: m.ID, Name: m.Name, Description: m.Description})
	}
	if !known {
		model.Options = append(model.Options, acp.SelectOption{Value: now.Model, Name: now.Model})
	}
	return Settings{
		Modes:         &acp.ModeState{CurrentModeID: now.Mode, AvailableModes: engine.Modes()},
		ConfigOptions: []acp.ConfigOption{mode, model, effortOption(now.Effort)},
	}
}

// effortOption is how much the model may think.
func effortOption(now string) acp.ConfigOption {
	option := acp.ConfigOption{
		ID: optionEffort, Name: "Effort", Category: "thought_level", Type: "select", CurrentValue: cmp.Or(now, effortAuto),
		Description: "How much the model may think about an answer.",
		Options:     []acp.SelectOption{{Value: effortAuto, Name: "Auto", Description: "What the model does by itself."}},
	}
	names := map[string]string{"low": "Low", "medium": "Medium", "high": "High", "xhigh": "Very high", "max": "Maximum"}
	for _, e := range engine.Efforts() {
		option.Options = append(option.Options, acp.SelectOption{Value: e, Name: names[e]})
	}
	return option
}
