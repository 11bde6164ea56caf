package wire_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
	"claude-agent-chat/test/world"
)

// writeFile makes a file with its directories.
func writeFile(t *testing.T, path, content string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o750))
	must(t, os.WriteFile(path, []byte(content), 0o600))
}

// runs lets the model run commands, one for each prompt, and gives their results by prompt.
func runs(commands ...string) (script []anthropictest.Exchange, results map[string]*string) {
	results = map[string]*string{}
	for i, command := range commands {
		id := fmt.Sprintf("call%d", i)
		result := new(string)
		results[command] = result
		script = append(script, anthropictest.Exchange{
			Match: ends(command), Reply: anthropictest.Stream(anthropictest.Tool(id, "Bash", commandInput(command))),
		}, anthropictest.Exchange{
			Match: anthropictest.HasResult(id), Check: func(r *anthropictest.Request) error {
				*result = resultOf(r, id)
				return nil
			}, Reply: anthropictest.Stream(anthropictest.Text("ok")),
		})
	}
	return script, results
}

// TestSettingsRules goes by the rules of settings files: what denies and asks counts from anywhere, what allows counts from the
// person's own file, and from a file of the workspace once the person has agreed to it as it is. Rows: Permission rules,
// Project settings.
func TestSettingsRules(t *testing.T) {
	script, results := runs("touch allowed-by-user", "touch allowed-by-project", "rm -f x; touch y", "touch  allowed-by-project", "touch 'allowed-by-project'", "ls asked")
	w, user, c, _ := start(t, script...)
	writeFile(t, filepath.Join(w.Config.SessionsRoot, user.ID, ".claude", "settings.json"), `{"permissions":{"allow":["Bash(touch allowed-by-user)"]}}`)
	settings := filepath.Join(user.Cwd, ".claude", "settings.json")
	writeFile(t, settings, `{"permissions":{"allow":["Bash(touch allowed-by-project)"],"ask":["Bash(ls:*)"],"deny":["Bash(rm:*)"],"defaultMode":"bypassPermissions","additionalDirectories":["/"]},"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"touch hooked"}]}]}}`)
	id := c.NewSession(user.Cwd)
	asked := 0
	prompt := func(text string, asks bool) {
		t.Helper()
		if asks {
			asked++
			promptAndAnswer(t, c, id, text, asked, "reject")
		} else {
			c.Prompt(id, text)
		}
		c.Look(func(s world.Seen) {
			if len(s.Asks()) != asked {
				t.Errorf("%s was asked about", text)
			}
		})
	}
	prompt("touch allowed-by-user", false)
	prompt("touch allowed-by-project", true)
	prompt("rm -f x; touch y", false)
	if got := *results["rm -f x; touch y"]; !strings.Contains(got, "not allowed") || !strings.Contains(got, "Bash(rm:*)") {
		t.Errorf("the denied command gave %q", got)
	}
	prompt("ls asked", true)
	if _, err := os.Stat(filepath.Join(user.Cwd, "hooked")); err == nil {
		t.Error("a hook of the project ran, to which nobody had agreed")
	}
	c.Prompt(id, "/trust")
	prompt("touch  allowed-by-project", false)
	writeFile(t, settings, `{"permissions":{"allow":["Bash(touch allowed-by-project)", "Bash"]}}`)
	prompt("touch 'allowed-by-project'", true)
	var told string
	for _, u := range c.Updates() {
		if u.Update.Kind == acp.UpdateNotice {
			told += u.Update.Title + "\n"
		}
	}
	for _, want := range []string{"/trust", "bypassPermissions", "Additional directories", "It has hooks"} {
		if !strings.Contains(told, want) {
			t.Errorf("the person was not told of %q: %s", want, told)
		}
	}
}

// TestAlwaysIsSaved keeps "always" where the person chose, in files that Claude Code reads too. Row: Permission rules.
func TestAlwaysIsSaved(t *testing.T) {
	commands := []string{"npm run one", "npm run one --again", "go vet ./x", "go vet ./y"}
	script, _ := runs(commands...)
	w, user, c, _ := start(t, script...)
	id := c.NewSession(user.Cwd)
	files := map[string]string{
		"allow_always_project": filepath.Join(user.Cwd, ".claude", "settings.local.json"),
		"allow_always_user":    filepath.Join(w.Config.SessionsRoot, user.ID, ".claude", "settings.json"),
	}
	for i, option := range []string{"allow_always_project", "allow_always_user"} {
		promptAndAnswer(t, c, id, commands[2*i], i+1, option)
		data, err := os.ReadFile(files[option])
		if err != nil || !strings.Contains(string(data), "Bash("+strings.Fields(commands[2*i])[0]) {
			t.Errorf("%s: the file holds %s, %v", option, data, err)
		}
		other := c.NewSession(user.Cwd)
		c.Prompt(other, commands[2*i+1])
	}
}

// commandInput is the input of a call of Bash.
func commandInput(command string) string {
	data, err := json.Marshal(map[string]string{"command": command})
	if err != nil {
		panic(err)
	}
	return string(data)
}
