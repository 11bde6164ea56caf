//go:build docker

package docker_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"claude-agent-chat/pkg/anthropic/anthropictest"
)

// hardened are the options of docker-compose.yml; namespaced adds those of docker-compose.sandbox.yml.
var (
	hardened   = []string{"--pids-limit", "2048", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only", "--tmpfs", "/tmp:mode=1777,size=256m"}
	namespaced = append(hardened[:len(hardened):len(hardened)], "--security-opt", "seccomp=deploy/seccomp.json", "--security-opt", "systempaths=unconfined")
)

// TestSandboxOptions starts the gateway with SANDBOX_ENABLED=true under the options that a container may have: where they
// are enough, namespaces are used, and where not, nothing is run and the health answer says which line to change.
func TestSandboxOptions(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options []string
		cure    string // none where it works
	}{
		{"default", nil, "docker-compose.sandbox.yml"},
		{"SYS_ADMIN", []string{"--cap-add", "SYS_ADMIN"}, "seccomp=deploy/seccomp.json"},
		{"seccomp off", []string{"--security-opt", "seccomp=unconfined"}, "systempaths=unconfined"},
		{"SYS_ADMIN and seccomp off", []string{"--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined"}, "systempaths=unconfined"},
		{"system paths", []string{"--security-opt", "systempaths=unconfined"}, "seccomp=deploy/seccomp.json"},
		{"seccomp off and system paths", []string{"--security-opt", "seccomp=unconfined", "--security-opt", "systempaths=unconfined"}, ""},
		{"own seccomp, without system paths", append(hardened[:len(hardened):len(hardened)], "--security-opt", "seccomp=deploy/seccomp.json"), "systempaths=unconfined"},
		{"the overlay", namespaced, ""},
		{"the overlay, as root", append(namespaced[:len(namespaced):len(namespaced)], "--user", "0", "--workdir", "/", "-e", "CLAUDE_SESSIONS_ROOT=/tmp/users"), "1001"},
		{"privileged", []string{"--privileged"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, address := runServer(t, tt.options, "SANDBOX_ENABLED=true")
			var h health
			eventually(t, 40*time.Second, "health", func() (err error) {
				h, err = healthOf(t.Context(), address)
				return err
			})
			got := h.Checks["sandbox"]
			switch {
			case tt.cure == "" && (got.Status != "ok" || !strings.HasPrefix(got.Detail, "namespaces")):
				t.Errorf("it should work: %+v", got)
			case tt.cure != "" && (got.Status != "degraded" || !strings.Contains(got.Detail, tt.cure) || !strings.Contains(got.Detail, "refused")):
				t.Errorf("it should name %q: %+v", tt.cure, got)
			}
		})
	}
}

// TestTenants has one user's agent look for another's files and for the server's secrets, in both tiers.
func TestTenants(t *testing.T) {
	for tier, options := range map[string][]string{"false": hardened, "true": namespaced} {
		t.Run("SANDBOX_ENABLED="+tier, func(t *testing.T) {
			model := anthropictest.New(t)
			page, gateway := runServer(t, options, "SANDBOX_ENABLED="+tier, "SIGNUP=open", "ANTHROPIC_BASE_URL="+startModel(t, model))
			awaitHealthy(t, page, gateway)
			ws := "ws" + strings.TrimPrefix(page, "http") + "/ws/agent"
			ada := newPerson(t, page, ws)
			home := ada.signUp()
			model.Add(bash("hide it", "toolu_hide", "echo treasure > secret.txt; chmod 666 secret.txt; cat secret.txt", "Hidden.", nil)...)
			mine := ada.connect()
			if session := mine.newSession(home); mine.prompt(session, "hide it") != "end_turn" {
				t.Error("the first user cannot work")
			}
			bob := newPerson(t, page, ws)
			bob.rest(http.MethodPost, "/api/auth/signup", map[string]string{"username": "bob", "password": "another long pass phrase"}, http.StatusCreated, nil)
			var me struct{ DefaultCwd string }
			bob.rest(http.MethodGet, "/api/me", nil, http.StatusOK, &me)
			secret := home + "/secret.txt"
			for i, command := range []string{
				"cat " + secret + "; cp " + secret + " mine; cat mine",
				"ln -s " + secret + " l; cat l; ln " + secret + " h; cat h; mv " + secret + " m; echo gone > " + secret,
				"timeout 5 grep -rs treasure /data /tmp /run /var /home /root /etc; timeout 5 find / -name secret.txt 2>/dev/null | xargs -r cat",
				"cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n'; for p in /proc/[0-9]*; do ls -l $p/fd; done; set; declare -p",
				"kill -9 -1; for i in $(seq 1 200); do kill -9 $i; done; cat /run/agentchat/* /data/users/.agentchat/*",
			} {
				id := fmt.Sprintf("toolu_%d", i)
				model.Add(bash("attack "+id, id, command, "Done.", checkNothing(t))...)
			}
			for i, input := range []string{
				fmt.Sprintf(`"Read","input":{"file_path":%q}`, secret), fmt.Sprintf(`"Grep","input":{"pattern":"treasure","path":%q,"output_mode":"content"}`, home),
				`"Read","input":{"file_path":"l"}`, `"Read","input":{"file_path":"/proc/1/environ"}`,
			} {
				name, args, _ := strings.Cut(input, `","input":`)
				id := fmt.Sprintf("toolu_file_%d", i)
				model.Add(
					anthropictest.Exchange{Match: anthropictest.LastText("attack " + id), Reply: anthropictest.Stream(anthropictest.Tool(id, strings.Trim(name, `"`), args))},
					anthropictest.Exchange{Match: anthropictest.HasResult(id), Check: checkNothing(t), Reply: anthropictest.Stream(anthropictest.Text("Done."))},
				)
			}
			if tier == "false" { // in namespaces the numbers are those of the command's own processes.
				model.Add(bash("attack toolu_pace", "toolu_pace", "for i in $(seq 1 400); do renice 19 -p $i || prlimit --pid $i --nofile=9 || "+
					"taskset -p 1 $i || ionice -c 3 -p $i || chrt -i -p 0 $i; [ $? = 0 ] && echo trea'sure'; done; renice 19 -u 1001 && echo trea'sure'",
					"Done.", checkNothing(t))...)
			}
			his := bob.connect()
			session := his.newSession(me.DefaultCwd)
			for _, id := range []string{"toolu_0", "toolu_1", "toolu_2", "toolu_3", "toolu_4", "toolu_pace", "toolu_file_0", "toolu_file_1", "toolu_file_2", "toolu_file_3"} {
				if id == "toolu_pace" && tier == "true" {
					continue
				}
				if stop := his.prompt(session, "attack "+id); stop != "end_turn" {
					t.Errorf("%s: the turn ended with %q", id, stop)
				}
			}
			for id, bomb := range map[string]string{
				"toolu_bomb": ":(){ :|:& };:; sleep 60", "toolu_patient": "ulimit -u unlimited; ulimit -u 60000; f(){ while :; do f & done; }; f; sleep 60",
				"toolu_memory": "head -c 6G /dev/zero | tail", "toolu_flood": "yes",
			} {
				model.Add(bash(id, id, bomb, "Done.", func(r *anthropictest.Request) error {
					if got := r.Last().Results()[0].ResultText(); !strings.Contains(got, "was stopped because") {
						t.Errorf("%s: %.300s", id, got)
					}
					return nil
				})...)
				began := time.Now()
				if stop := his.prompt(session, id); stop != "end_turn" {
					t.Errorf("%s: the turn ended with %q", id, stop)
				}
				t.Logf("%s was stopped after %s", id, time.Since(began))
			}
			model.Add(bash("look again", "toolu_again", "cat secret.txt", "There.", func(r *anthropictest.Request) error {
				if got := r.Last().Results()[0].ResultText(); strings.TrimSpace(got) != "treasure" {
					return fmt.Errorf("the first user's file is %q", got)
				}
				return nil
			})...)
			if session := mine.newSession(home); mine.prompt(session, "look again") != "end_turn" {
				t.Error("the first user cannot work any more")
			}
			awaitHealthy(t, page, gateway)
		})
	}
}

// checkNothing looks for what no tool may see in its result.
func checkNothing(t *testing.T) func(*anthropictest.Request) error {
	return func(r *anthropictest.Request) error {
		for _, block := range r.Last().Results() {
			for _, secret := range []string{"treasure", apiKey, "ANTHROPIC_API_KEY"} {
				if out := block.ResultText(); strings.Contains(out, secret) {
					t.Errorf("the tool saw %s: %s", secret, out)
				}
			}
		}
		return nil
	}
}

// runServer runs both programs in a container and gives their addresses.
func runServer(t *testing.T, options []string, env ...string) (app, gateway string) {
	t.Helper()
	args := append([]string{"run", "-d", "-p", "127.0.0.1::5000", "-p", "127.0.0.1::3001", "-e", "ANTHROPIC_API_KEY=" + apiKey}, options...)
	for _, one := range env {
		args = append(args, "-e", one)
	}
	container := docker(t, append(args, image)...)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if t.Failed() {
			t.Log(tryDocker(ctx, nil, "logs", container))
		}
		if _, err := tryDocker(ctx, nil, "rm", "--force", "--volumes", container); err != nil {
			t.Error(err)
		}
	})
	return "http://" + docker(t, "port", container, "5000/tcp"), "http://" + docker(t, "port", container, "3001/tcp")
}
