//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSpareHelper has a helper wait for the next command, use it, and end when there is to be none.
func TestSpareHelper(t *testing.T) {
	eachTier(t, func(t *testing.T, b box) {
		others := helpersOf(t) // of tests before
		var pids []string
		for i := range 3 {
			var out, complaint bytes.Buffer
			spec := b.spec("cat; echo complaint >&2; exit 3", &out)
			spec.Stdin, spec.Stderr = strings.NewReader(fmt.Sprint("order ", i)), &complaint
			exit, err := b.Run(t.Context(), spec)
			if err != nil || exit.Code != 3 || out.String() != fmt.Sprint("order ", i) || complaint.String() != "complaint\n" {
				t.Errorf("%+v, %v: %q, %q", exit, err, &out, &complaint)
			}
			waiting := awaitHelpers(t, others, 1)
			if len(waiting) == 1 && len(pids) > 0 && pids[len(pids)-1] == waiting[0] {
				t.Error("the helper that waited was not used")
			}
			pids = append(pids, waiting...)
		}
		b.Close()
		awaitHelpers(t, others, 0)
		if out, _ := b.shell(t, "[ -p /dev/stdin ] || cat && echo without"); out != "without\n" {
			t.Errorf("without a spare helper: %q", out)
		}
	})
}

// helpersOf gives the helpers that are children of this process.
func helpersOf(t *testing.T) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		name, _ := os.ReadFile(file) // it may have ended.
		status, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "status"))
		if strings.HasPrefix(string(name), "agentchat-sandbox\x00") && strings.Contains(string(status), fmt.Sprintf("\nPPid:\t%d\n", os.Getpid())) {
			found[filepath.Base(filepath.Dir(file))] = true
		}
	}
	return found
}

func awaitHelpers(t *testing.T, without map[string]bool, want int) []string {
	t.Helper()
	var found []string
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		found = nil
		for pid := range helpersOf(t) {
			if !without[pid] {
				found = append(found, pid)
			}
		}
		if len(found) == want {
			return found
		}
	}
	t.Errorf("%d helpers wait, not %d", len(found), want)
	return found
}
