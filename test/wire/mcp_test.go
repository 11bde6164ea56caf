package wire_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// mcpServer is an MCP server in a few lines of shell. It says whether it can see what lies outside the boundary.
const mcpServer = `while IFS= read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  case "$line" in
  *'"method":"initialize"'*) echo '{"jsonrpc":"2.0","id":'$id',"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"shell","version":"1"}}}' ;;
  *'"method":"tools/list"'*) echo '{"jsonrpc":"2.0","id":'$id',"result":{"tools":[{"name":"look","description":"looks","inputSchema":{"type":"object"}}]}}' ;;
  *'"method":"tools/call"'*) seen=$(ls "$1" 2>/dev/null | wc -l); key=$(env | grep -c ANTHROPIC)
    echo '{"jsonrpc":"2.0","id":'$id',"result":{"content":[{"type":"text","text":"saw '$seen' users and '$key' keys"}]}}' ;;
  esac
done
`

// TestMCPServers uses a server that the client names, and one of the workspace once the person has agreed to it; broken ones
// are told of and hinder nothing. Rows: MCP servers, Project settings.
func TestMCPServers(t *testing.T) {
	w, user, c, _ := start(t,
		callsWith("first", "t1", "mcp__client__look", map[string]any{}),
		anthropictest.Exchange{Match: anthropictest.HasResult("t1"), Check: func(r *anthropictest.Request) error {
			if got := resultOf(r, "t1"); !strings.Contains(got, "saw 0 users and 0 keys") {
				return fmt.Errorf("the server says %q", got)
			}
			return nil
		}, Reply: anthropictest.Stream(anthropictest.Text("ok"))},
		anthropictest.Exchange{Match: ends("second"), Check: offers("mcp__own__look", false), Reply: anthropictest.Stream(anthropictest.Text("ok"))},
		anthropictest.Exchange{Match: ends("third"), Check: offers("mcp__own__look", true), Reply: anthropictest.Stream(anthropictest.Text("ok"))},
	)
	script := filepath.Join(user.Cwd, "server.sh")
	writeFile(t, script, mcpServer)
	writeFile(t, filepath.Join(user.Cwd, ".mcp.json"), fmt.Sprintf(`{"mcpServers":{"own":{"command":"/bin/bash","args":[%q,%q]}}}`, script, w.Config.SessionsRoot))
	result, err := c.Call(acp.MethodSessionNew, map[string]any{"cwd": user.Cwd, "mcpServers": []any{
		map[string]any{"name": "client", "command": "/bin/bash", "args": []string{script, w.Config.SessionsRoot}, "env": []any{}},
		map[string]any{"name": "broken", "command": "/bin/false", "args": []string{}, "env": []any{}},
		map[string]any{"type": "http", "name": "far", "url": "http://127.0.0.1:1/mcp", "headers": []any{}},
	}})
	must(t, err)
	id := sessionIn(t, result)
	promptAndAnswer(t, c, id, "first", 1, "allow")
	c.Prompt(id, "second")
	c.Prompt(id, "/trust")
	c.Prompt(id, "third")
	c.Prompt(id, "/mcp")
	c.Look(func(s world.Seen) {
		text := s.Text(acp.UpdateAgentMessage)
		for _, want := range []string{"| broken | failed |", "| client | connected | 1 |", "| far | disabled |", "| own | connected | 1 |"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in %s", want, text)
			}
		}
	})
}

// TestMCPServerComesLater tries a server again that did not start at first, in the same session; /mcp and /memory tell why it
// does not run, and what of a file that names servers cannot be used. Row: MCP servers.
func TestMCPServerComesLater(t *testing.T) {
	_, user, c, _ := start(t,
		anthropictest.Exchange{Match: ends("first"), Check: offers("mcp__late__look", false), Reply: anthropictest.Stream(anthropictest.Text("ok"))},
		anthropictest.Exchange{Match: ends("second"), Check: offers("mcp__late__look", true), Reply: anthropictest.Stream(anthropictest.Text("ok"))},
	)
	script := filepath.Join(user.Cwd, "late.sh")
	writeFile(t, filepath.Join(user.Cwd, ".mcp.json"), `{"mcpServers":{"odd":{"command":7}}}`)
	result, err := c.Call(acp.MethodSessionNew, map[string]any{"cwd": user.Cwd, "mcpServers": []any{
		map[string]any{"name": "late", "command": "/bin/bash", "args": []string{script, "/"}, "env": []any{}},
	}})
	must(t, err)
	id := sessionIn(t, result)
	c.Prompt(id, "first")
	writeFile(t, script, mcpServer)
	c.Prompt(id, "second")
	c.Prompt(id, "/mcp")
	mustSay(t, c, "| late | connected | 1 |", ".mcp.json: ")
}

// TestMCPTroubles tells of a server that does not start. Row: MCP servers.
func TestMCPTroubles(t *testing.T) {
	_, user, c, _ := start(t)
	result, err := c.Call(acp.MethodSessionNew, map[string]any{"cwd": user.Cwd, "mcpServers": []any{
		map[string]any{"name": "broken", "command": "/bin/false", "args": []string{}, "env": []any{}},
	}})
	must(t, err)
	id := sessionIn(t, result)
	c.Prompt(id, "/mcp")
	c.Prompt(id, "/memory")
	mustSay(t, c, "| broken | failed |", "- MCP server broken: failed.")
}

// mustSay looks for words in what was answered.
func mustSay(t *testing.T, c *world.Client, wants ...string) {
	t.Helper()
	c.Look(func(s world.Seen) {
		text := s.Text(acp.UpdateAgentMessage)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%q is not in %s", want, text)
			}
		}
	})
}

// offers checks whether a request offers a tool.
func offers(name string, want bool) func(*anthropictest.Request) error {
	return func(r *anthropictest.Request) error {
		for _, tool := range r.Tools {
			if tool == name {
				if want {
					return nil
				}
				return fmt.Errorf("%s is offered", name)
			}
		}
		if want {
			return fmt.Errorf("%s is not offered", name)
		}
		return nil
	}
}

// sessionIn is the id of the session in an answer to session/new.
func sessionIn(t *testing.T, result json.RawMessage) string {
	t.Helper()
	var made acp.NewSessionResponse
	must(t, json.Unmarshal(result, &made))
	return made.SessionID
}
