// Package acp_test holds the server against the official TypeScript SDK of the Agent Client Protocol.
package acp_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// TestTypeScriptSDK runs a plain client on the official SDK through a session's life.
func TestTypeScriptSDK(t *testing.T) {
	web, err := filepath.Abs("../../web")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"@agentclientprotocol/sdk", "ws"} {
		if _, err := os.Stat(filepath.Join(web, "node_modules", name)); err != nil {
			t.Fatalf("the web client's packages are not installed (make setup): %v", err)
		}
	}
	forever := anthropictest.NewGate()
	t.Cleanup(forever.Release)
	model := anthropictest.New(t,
		anthropictest.Exchange{
			Match: anthropictest.LastText("make a file"),
			Reply: anthropictest.Stream(
				anthropictest.Text("I will ", "make it."),
				anthropictest.Tool("toolu_made", "Bash", `{"command":"echo hello > made.txt && cat made.txt","description":"Make the file"}`),
			),
		},
		anthropictest.Exchange{
			Match: anthropictest.HasResult("toolu_made"),
			Reply: anthropictest.Stream(anthropictest.Text("It is ", "made.")),
		},
		anthropictest.Exchange{
			Match: anthropictest.LastText("talk for long"),
			Reply: anthropictest.Stream(anthropictest.Text("First words."), anthropictest.Hold(forever)),
		},
	)
	w := world.New(t, model.Start())
	user := w.User("ada")

	cmd := exec.CommandContext(t.Context(), "node", "client.mjs")
	cmd.Env = append(os.Environ(), "ACP_URL=ws://"+w.Addr+"/ws/agent", "ACP_TOKEN="+user.Token, "ACP_CWD="+user.Cwd, "WEB_DIR="+web)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
