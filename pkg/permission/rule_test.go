package permission_test

import (
	"strings"
	"testing"

	"claude-agent-chat/pkg/permission"
)

func TestLengthOfToolNames(t *testing.T) {
	longest := "mcp__" + strings.Repeat("x", 251)
	if rule, err := permission.ParseRule(longest); err != nil || rule.Tool != longest {
		t.Errorf("name of 256 bytes: %v, %v", rule, err)
	}
	if rule, err := permission.ParseRule(longest + "x"); err == nil {
		t.Errorf("name of 257 bytes: %v, want an error", rule)
	}
}
