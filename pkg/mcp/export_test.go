package mcp

import "time"

// Pause is how long a server is left alone that has failed so often and never connected.
func Pause(failures int, restart time.Duration) time.Duration {
	return (&server{set: &Set{opts: Options{RestartPause: restart}}, failures: failures}).pause()
}
