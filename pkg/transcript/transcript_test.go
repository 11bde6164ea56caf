package transcript_test

import (
	"strings"
	"testing"

	"claude-agent-chat/pkg/transcript"
)

// TestProjectDirName holds the encoding against what the same rule gives in JavaScript.
func TestProjectDirName(t *testing.T) {
	long := "/" + strings.Repeat("a", 200)
	wide := "/home/" + strings.Repeat("项目🎉/", 60)
	cases := map[string]string{
		"/a/b-c":                       "-a-b-c",
		"/a-b/c":                       "-a-b-c",
		"/Work_1/x.y z":                "-Work-1-x-y-z",
		"/项目":                          "---",
		"/🎉":                           "---",
		"/e\u0301":                     "-e-",
		"/" + strings.Repeat("a", 199): "-" + strings.Repeat("a", 199),
		long:                           "-" + strings.Repeat("a", 199) + "-b6ymvl",
		wide:                           "-home-" + strings.Repeat("-", 194) + "-t4yye9",
	}
	for path, want := range cases {
		if got := transcript.ProjectDirName(path); got != want {
			t.Errorf("%.20q:\n got %s\nwant %s", path, got, want)
		}
	}
}

func TestSessionPath(t *testing.T) {
	got := transcript.SessionPath("/data/users/u1", "/data/users/u1/workspace/demo", sessionID)
	want := "/data/users/u1/.claude/projects/-data-users-u1-workspace-demo/" + sessionID + ".jsonl"
	if got != want {
		t.Errorf("got %s", got)
	}
}
