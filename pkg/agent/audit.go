package agent

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"claude-agent-chat/pkg/audit"
	"claude-agent-chat/pkg/tool"
)

// writeDown notes a call in the audit log: which tool, inside which boundary if it did any work there, and how it ended. Its input and its output
// stay in the transcript. The time includes the wait for a person.
func (t *turn) writeDown(ctx context.Context, c call, boundary string, result tool.Result, err error, took time.Duration) {
	detail := map[string]string{
		"call": c.ID, "tool": c.Name, "boundary": cmp.Or(boundary, "none needed"), "mode": t.Settings().Mode,
		"outcome": outcomeOf(ctx, result, err), "ms": strconv.FormatInt(took.Milliseconds(), 10),
	}
	if exit := exitCode(result.Content); exit != "" {
		detail["exit"] = exit
	}
	if len(result.Refused) > 0 {
		detail["network"] = strings.Join(result.Refused, " ")
	}
	t.agent.opts.Audit.Add(audit.Entry{Actor: t.info.Owner, Action: audit.ToolCalled, Target: t.info.SessionID, Detail: detail})
}

// outcomeOf words how a call ended.
func outcomeOf(ctx context.Context, result tool.Result, err error) string {
	switch {
	case ctx.Err() != nil:
		return "interrupted"
	case err != nil:
		return "failed on the server"
	case string(result.UseResult) == deniedUseResult:
		return "denied"
	case result.IsError:
		return "error"
	}
	return "done"
}

var exitLine = regexp.MustCompile(`^Exit code (\d{1,3})(\n|$)`)

// exitCode finds the exit status with which a failed command's result begins.
func exitCode(content json.RawMessage) string {
	var text string
	if !bytes.HasPrefix(content, []byte(`"Exit code `)) || json.Unmarshal(content, &text) != nil {
		return ""
	}
	if found := exitLine.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}
