//go:build docker

// Package docker_test builds the image and runs it, alone and with compose, on the Docker engine of this machine.
package docker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/anthropic/anthropictest"
)

const (
	image = "claude-agent-chat:test"
	root  = "../.." // of the project
	// apiKey is given to every container; nothing that a tool sees may hold it.
	apiKey = "sk-ant-api03-docker-test"
)

// TestMain builds the image once, as the documents say.
func TestMain(m *testing.M) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "docker", "build", "-t", image, ".")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "docker build: %v\n%s\n", err, out)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// docker runs a docker command in the project's directory and returns what it printed.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := tryDocker(t.Context(), nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// tryDocker is docker for commands that may fail; env is added to the environment.
func tryDocker(ctx context.Context, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("docker %s: %w\n%s%s", strings.Join(args, " "), err, stdout.String(), stderr.String())
	}
	return strings.TrimSpace(stdout.String()), nil
}

// startModel serves a scripted Messages API where containers reach it: on the address of Docker's bridge.
func startModel(t *testing.T, model http.Handler) (baseURL string) {
	t.Helper()
	bridge := docker(t, "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}")
	if bridge == "" { // Engines with their default address pool leave it to the interface.
		bridge = "172.17.0.1"
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort(bridge, "0"))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: model, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("scripted model: %v", err)
		}
	}()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String()
}

// eventually waits for a condition and fails with what it said last.
func eventually(t *testing.T, within time.Duration, what string, condition func() error) {
	t.Helper()
	deadline := time.Now().Add(within)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		err := condition()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s: %v", what, within, err)
		}
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// answer is an exchange that answers one prompt with a text.
func answer(prompt, text string) anthropictest.Exchange {
	return anthropictest.Exchange{
		Match: anthropictest.LastText(prompt),
		Reply: anthropictest.Stream(anthropictest.Text(text)),
	}
}

// bash is two exchanges: a call of Bash with a command, and the answer to its result, which check may look at.
func bash(prompt, id, command, text string, check func(*anthropictest.Request) error) []anthropictest.Exchange {
	return []anthropictest.Exchange{
		{
			Match: anthropictest.LastText(prompt),
			Reply: anthropictest.Stream(anthropictest.Tool(id, "Bash", fmt.Sprintf(`{"command":%q,"description":"Test"}`, command))),
		},
		{
			Match: anthropictest.HasResult(id),
			Check: check,
			Reply: anthropictest.Stream(anthropictest.Text(text)),
		},
	}
}
