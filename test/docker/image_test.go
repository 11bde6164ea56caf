//go:build docker

package docker_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestImage holds the image against what is documented of it.
func TestImage(t *testing.T) {
	var config struct {
		User         string
		Env          []string
		ExposedPorts map[string]struct{}
		Healthcheck  *struct{ Test []string }
	}
	if err := json.Unmarshal([]byte(docker(t, "image", "inspect", image, "--format", "{{json .Config}}")), &config); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(config.Env, "CLAUDE_SESSIONS_ROOT=/data/users") {
		t.Errorf("environment: %v", config.Env)
	}
	for _, port := range []string{"5000/tcp", "3001/tcp"} {
		if _, ok := config.ExposedPorts[port]; !ok {
			t.Errorf("%s is not exposed", port)
		}
	}
	if config.Healthcheck == nil {
		t.Error("the image has no health check")
	}

	run := func(args ...string) string {
		t.Helper()
		return docker(t, append([]string{"run", "--rm", image}, args...)...)
	}
	if got := run("id"); got != "uid=1001(nodejs) gid=1001(nodejs) groups=1001(nodejs)" {
		t.Errorf("id: %s", got)
	}
	if got := run("which", "bwrap"); got != "/usr/bin/bwrap" {
		t.Errorf("which bwrap: %s", got)
	}
	if got := run("stat", "-c", "%u:%g %F", "/data/users"); got != "1001:1001 directory" {
		t.Errorf("/data/users: %s", got)
	}
	if got := run("sh", "-c", "touch /data/users/x && ls -la /data/users"); !strings.Contains(got, "nodejs nodejs") {
		t.Errorf("ls -la /data/users: %s", got)
	}
	for _, program := range []string{"app", "wsgateway"} {
		if got := run(program, "--version"); !strings.HasPrefix(got, program+" ") {
			t.Errorf("%s --version: %s", program, got)
		}
		if got := run(program, "--help"); !strings.Contains(got, "CLAUDE_SESSIONS_ROOT") {
			t.Errorf("%s --help: %s", program, got)
		}
	}
	if got := run("sh", "-c", "command -v node || echo none"); got != "none" {
		t.Errorf("the image has Node.js: %s", got)
	}
}

// TestWrongSettings wants one line for each mistake, no secret, and exit status 2.
func TestWrongSettings(t *testing.T) {
	for _, program := range []string{"app", "wsgateway"} {
		_, err := tryDocker(t.Context(), nil, "run", "--rm", "-e", "ANTHROPIC_API_KEY="+apiKey, "-e", "WS_PORT=none", "-e", "SIGNUP=maybe",
			"-e", "DATABASE_URL=mysql://u:hunter2@db/x", image, program)
		if err == nil {
			t.Fatalf("%s started with wrong settings", program)
		}
		said := err.Error()
		_, said, _ = strings.Cut(said, "exit status ")
		if !strings.HasPrefix(said, "2\n") {
			t.Errorf("%s: not exit status 2: %s", program, said)
		}
		for _, name := range []string{"WS_PORT", "SIGNUP", "DATABASE_URL"} {
			if strings.Count(said, name+":") != 1 {
				t.Errorf("%s: not one line about %s: %s", program, name, said)
			}
		}
		if strings.Contains(said, "hunter2") || strings.Contains(said, apiKey) {
			t.Errorf("%s prints a secret: %s", program, said)
		}
	}
}

// TestForeignVolume wants a clear refusal, with the command that mends it, where the volume belongs to another user.
func TestForeignVolume(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"app", "wsgateway"} {
		_, err := tryDocker(t.Context(), nil, "run", "--rm", "-v", dir+":/data/users", image, program)
		if err == nil {
			t.Fatalf("%s started on a volume that it cannot write", program)
		}
		if want := "chown -R 1001:1001 /data/users"; !strings.Contains(err.Error(), want) {
			t.Error(fmt.Errorf("%s: no %q in: %w", program, want, err))
		}
	}
}
