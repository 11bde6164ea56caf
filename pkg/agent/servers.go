package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/mcp"
	"claude-agent-chat/pkg/project"
	"claude-agent-chat/pkg/tool"
)

// projectServers is the file in which a workspace names its MCP servers. The person's own stand in ~/.claude.json.
const (
	projectServers = ".mcp.json"
	userServers    = ".claude.json"
	clientServers  = "the client's MCP servers"
)

// namesServers are the places that name servers, as findings about them call them.
var namesServers = []string{clientServers, "~/" + userServers, projectServers}

// firstWait is how long the first turn waits for the servers to connect; those that take longer come to later turns.
const firstWait = 5 * time.Second

// nextWait is how long a later turn waits for servers that are tried again.
const nextWait = 2 * time.Second

// SetServers takes the client's servers, for the next turn.
func (s *session) SetServers(servers []json.RawMessage) { s.given.Store(&servers) }

// servers finds the MCP servers of the session: the client's, the person's, and those of the workspace, if the person has
// agreed to them. A later one of the same name is left out.
func (s *session) servers(p *policy) map[string]mcp.Server {
	all := map[string]mcp.Server{}
	add := func(name string, found map[string]mcp.Server, problems []error) {
		for _, problem := range problems {
			p.find(name, "%s", fault.Message(problem))
		}
		for server, config := range found {
			if _, ok := all[server]; !ok {
				all[server] = config
			}
		}
	}
	if given := s.given.Load(); given != nil {
		found, problems := mcp.FromACP(joinBlocks(*given))
		add(clientServers, found, problems)
	}
	if data, err := os.ReadFile(filepath.Join(s.info.Home, userServers)); err == nil && len(data) <= maxSettings {
		found, problems := mcp.ParseFile(data)
		add("~/"+userServers, found, problems)
	}
	path := filepath.Join(s.info.Cwd, projectServers)
	data, ok := s.workspaceFile(path)
	if !ok {
		return all
	}
	found, problems := mcp.ParseFile(data)
	if len(found) > 0 && !trustOf(s.info.Home).has(path, data) {
		p.withheld[path] = data
		p.find(projectServers, "It names MCP servers that would be started: %s. They are not, until you agree with /trust.", strings.Join(slices.Sorted(maps.Keys(found)), ", "))
		found = nil
	}
	add(projectServers, found, problems)
	return all
}

// connect starts the servers if they are other ones than those that run, and waits a little for them. Those that never
// connected are tried again, each time after a longer pause.
func (t *turn) connect(ctx context.Context) {
	wanted := t.servers(t.policy())
	before := t.mcp.Load()
	if before != nil && reflect.DeepEqual(wanted, t.connected) {
		if before.Retry() {
			waitFor(ctx, before, nextWait)
		}
		return
	}
	if before != nil {
		t.mcp.Store(nil)
		before.Close()
	}
	t.connected = wanted
	if len(wanted) == 0 {
		return
	}
	s := t.session
	set := mcp.Start(context.WithoutCancel(ctx), mcp.Options{
		Servers: maps.Clone(wanted), Cwd: s.info.Cwd, HTTP: s.agent.opts.ServerClient,
		Run: func(ctx context.Context, args []string, dir string, env []string, stdin io.Reader, stdout, stderr io.Writer) error {
			return s.env.RunProgram(ctx, s.agent.opts.Network, tool.Program{Args: args, Dir: dir, Env: env, Stdin: stdin, Stdout: stdout, Stderr: stderr})
		},
	})
	waitFor(ctx, set, firstWait)
	t.mcp.Store(set)
}

// waitFor waits until no server is connecting, but no longer than patience.
func waitFor(ctx context.Context, set *mcp.Set, patience time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	set.Wait(ctx)
}

// tools are the built-in ones and those of the servers.
func (s *session) tools() kit {
	set := s.mcp.Load()
	if set == nil {
		return s.agent.kit
	}
	more := set.Tools()
	if len(more) == 0 {
		return s.agent.kit
	}
	return newKit(append(append([]tool.Tool{}, s.agent.kit.all...), more...))
}

// serverFindings are the troubles of the servers.
func (s *session) serverFindings() []project.Finding {
	set := s.mcp.Load()
	if set == nil {
		return nil
	}
	var found []project.Finding
	for _, status := range set.Status() {
		if status.State != mcp.Connected || status.Detail != "" {
			found = append(found, project.Finding{Path: "MCP server " + status.Name, Text: strings.TrimSpace(string(status.State) + ". " + status.Detail)})
		}
	}
	return found
}

// mcpCommand says how the servers are, and what is wrong with the files that name them.
func (t *turn) mcpCommand(context.Context, string) (string, error) {
	var b strings.Builder
	if set := t.mcp.Load(); set == nil {
		b.WriteString("There are no MCP servers: none that can be used stand in " + projectServers + " of the project, in ~/" + userServers + " or with the client.\n")
	} else {
		b.WriteString("| Server | State | Tools | |\n|---|---|---:|---|\n")
		for _, status := range set.Status() {
			fmt.Fprintf(&b, "| %s | %s | %d | %s |\n", status.Name, status.State, status.Tools, strings.ReplaceAll(status.Detail, "|", `\|`))
		}
	}
	for _, f := range t.policy().findings {
		if slices.Contains(namesServers, f.Path) {
			fmt.Fprintf(&b, "\n%s: %s\n", f.Path, f.Text)
		}
	}
	return b.String(), nil
}

// promptOf asks a server for the prompt that a command stands for; false if the command is none of a server's.
func (t *turn) promptOf(ctx context.Context, name, args string) (string, bool, error) {
	set := t.mcp.Load()
	if set == nil || !strings.HasPrefix(name, "mcp__") {
		return "", false, nil
	}
	text, err := set.Prompt(ctx, name, strings.Fields(args))
	return text, true, err
}
