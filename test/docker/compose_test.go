//go:build docker

package docker_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/acp"
	"claude-agent-chat/pkg/anthropic/anthropictest"
)

const (
	composePage    = "http://localhost:5050"
	composeGateway = "ws://localhost:3051/ws/agent"
)

// stack is a run of docker-compose.yml under a project name of its own.
type stack struct {
	t   *testing.T
	env []string
}

// up starts the stack as its reader would, with nothing but a key, and takes it down again at the end of the test. What
// is set beside the key is the address of the scripted model, and a short drain.
func up(t *testing.T, baseURL string) *stack {
	t.Helper()
	s := &stack{t: t, env: []string{"ANTHROPIC_API_KEY=" + apiKey, "ANTHROPIC_BASE_URL=" + baseURL, "DRAIN_TIMEOUT=3s"}}
	if strings.Contains(docker(t, "buildx", "version"), "unknown") {
		// Compose builds with buildx, and asks it for its version; one that was built from its module does not know it.
		s.env = append(s.env, "COMPOSE_BAKE=false")
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if t.Failed() {
			out, err := tryDocker(ctx, s.env, s.args("logs", "--no-color")...)
			t.Logf("%s\n%v", out, err)
		}
		if _, err := tryDocker(ctx, s.env, s.args("down", "--volumes", "--timeout", "10")...); err != nil {
			t.Error(err)
		}
	})
	s.compose("up", "--build", "--detach", "--wait")
	return s
}

func (s *stack) args(args ...string) []string {
	return append([]string{"compose", "--env-file", "/dev/null", "--project-name", "agentchat-test"}, args...)
}

func (s *stack) compose(args ...string) string {
	s.t.Helper()
	out, err := tryDocker(s.t.Context(), s.env, s.args(args...)...)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// TestCompose signs up, works, and is interrupted by a restart in the middle of a turn.
func TestCompose(t *testing.T) {
	gate := anthropictest.NewGate()
	model := anthropictest.New(t, answer("hello", "Hello from compose."))
	model.Add(bash("who am i", "toolu_who", "id -u; env; cat /run/agentchat/pgpass; ls /data/users", "That was it.", checkBoundary(t))...)
	model.Add(anthropictest.Exchange{
		Match: anthropictest.LastText("take your time"),
		Reply: anthropictest.Stream(anthropictest.Text("The first half "), anthropictest.Hold(gate), anthropictest.Text("and the second.")),
	})
	model.Add(answer("still there?", "Still here."))
	s := up(t, startModel(t, model))
	t.Cleanup(gate.Release)

	awaitHealthy(t, composePage, "http://localhost:3051")
	if got := s.compose("exec", "-T", "app", "sh", "-c", "echo $SANDBOX_ENABLED; id -u; which bwrap"); got != "false\n1001\n/usr/bin/bwrap" {
		t.Errorf("in the app's container: %s", got)
	}
	ports := s.compose("ps", "--format", "{{.Service}} {{.Ports}}")
	if strings.Contains(ports, "5432->") {
		t.Errorf("the database is published: %s", ports)
	}

	ada := newPerson(t, composePage, composeGateway)
	cwd := ada.signUp()
	c := ada.connect()
	session := c.newSession(cwd)
	c.prompt(session, "hello")
	c.prompt(session, "who am i")

	c.send(acp.MethodSessionPrompt, promptOf(session, "take your time"))
	for !strings.Contains(c.shown(acp.UpdateAgentMessage), "The first half") {
		c.read()
	}
	s.compose("restart", "app", "wsgateway")
	awaitHealthy(t, composePage, "http://localhost:3051")

	c = ada.connect() // with the same cookie
	c.call(acp.MethodSessionLoad, map[string]any{"sessionId": session, "cwd": cwd, "mcpServers": []any{}}, nil)
	for kind, wanted := range map[string][]string{
		acp.UpdateUserMessage:  {"hello", "who am i", "take your time"},
		acp.UpdateAgentMessage: {"Hello from compose.", "That was it.", "The first half"},
	} {
		for _, text := range wanted {
			if got := strings.Count(c.shown(kind), text); got != 1 {
				t.Errorf("after the restart %q is shown %d times as %s", text, got, kind)
			}
		}
	}
	if stop := c.prompt(session, "still there?"); stop != "end_turn" {
		t.Errorf("stop reason %q", stop)
	}
	ada.rest(http.MethodGet, "/api/sessions/"+session, nil, http.StatusOK, nil)
}

// checkBoundary looks at the result of a command that tried to see more than it may.
func checkBoundary(t *testing.T) func(*anthropictest.Request) error {
	return func(r *anthropictest.Request) error {
		for _, block := range r.Last().Results() {
			if out := block.ResultText(); strings.Contains(out, "postgres:5432:") || strings.Contains(out, ".agentchat") {
				t.Errorf("the command saw what it may not: %s", out)
			}
		}
		return checkClean(r)
	}
}

// TestComposeWithoutKey wants compose itself to ask for the key.
func TestComposeWithoutKey(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := tryDocker(ctx, []string{"ANTHROPIC_API_KEY="}, "compose", "--env-file", "/dev/null", "config", "--quiet")
	if err == nil || !strings.Contains(err.Error(), "ANTHROPIC_API_KEY") {
		t.Errorf("without a key: %v %s", err, out)
	}
}
