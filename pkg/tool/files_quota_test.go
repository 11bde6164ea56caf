package tool_test

import (
	"strings"
	"testing"

	"claude-agent-chat/pkg/sandbox"
)

// TestQuotaIsToldToWriters fills a user's quota by a command: Write and Edit refuse then, Read and rm do not.
func TestQuotaIsToldToWriters(t *testing.T) {
	b := newBench(t)
	box, err := sandbox.New(sandbox.Options{DiskQuota: 8 << 20})
	if err != nil {
		t.Fatal(err)
	}
	b.Sandbox = box
	b.good("Write", obj{"file_path": "a.txt", "content": "a"})
	if got := b.bad("Bash", obj{"command": "head -c 20000000 /dev/zero > big; sleep 20"}); !strings.Contains(got, "quota is 8 MB") {
		t.Errorf("the command: %s", got)
	}
	if got := b.bad("Write", obj{"file_path": "b.txt", "content": "b"}); !strings.Contains(got, "quota is 8 MB") {
		t.Errorf("Write: %s", got)
	}
	b.good("Read", obj{"file_path": "a.txt"})
	b.good("Bash", obj{"command": "rm big"})
	b.good("Write", obj{"file_path": "b.txt", "content": "b"})
}
