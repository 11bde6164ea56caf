//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/sandbox"
)

// filling writes 4 MB at a time, as many times as its argument says, and goes on for a while then.
const filling = `i=0; while [ $i -lt "$1" ]; do head -c 4000000 /dev/zero > "$2$i" || exit 9; i=$((i+1)); sleep 0.06; done; sleep 1; echo done`

func fill(t *testing.T, b box, times, name string) (sandbox.Exit, string) {
	t.Helper()
	var out bytes.Buffer
	spec := b.spec("", &out)
	spec.Args = []string{"/bin/bash", "-c", filling, "fill", times, name}
	spec.Timeout = time.Minute
	exit, err := b.Run(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	return exit, out.String()
}

// TestDiskAlmostFull fills a small volume: the command is stopped before it is full, and what makes room still runs.
func TestDiskAlmostFull(t *testing.T) {
	eachTier(t, func(t *testing.T, b box) {
		if os.Getuid() != 0 {
			t.Skip("mounting needs root")
		}
		if err := unix.Mount("tmpfs", b.dir, "tmpfs", 0, "size=200m"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Unmount(b.dir, unix.MNT_DETACH) })
		exit, out := fill(t, b, "100", "f")
		if !strings.Contains(exit.Boundary, "almost full") {
			t.Fatalf("%+v %s", exit, out)
		}
		var stat unix.Statfs_t
		if err := unix.Statfs(b.dir, &stat); err != nil || stat.Bavail == 0 {
			t.Errorf("nothing is left: %+v %v", stat, err)
		}
		var said bytes.Buffer
		again := b.spec("echo small > note; rm f1 f2 f3 f4 f5; sleep 0.3; echo cleaned", &said)
		if exit, err := b.Run(t.Context(), again); err != nil || exit.Boundary != "" || !strings.Contains(said.String(), "cleaned") {
			t.Errorf("what makes room: %+v %v %s", exit, err, &said)
		}
	})
}

// TestDiskQuota has a user go above the quota by one large command and by many small ones, and come down again.
func TestDiskQuota(t *testing.T) {
	eachTier(t, func(t *testing.T, b box) {
		var err error
		if b.Sandbox, err = sandbox.New(sandbox.Options{Tier: b.tier, DiskQuota: 40 << 20}); err != nil {
			t.Fatal(err)
		}
		if exit, out := fill(t, b, "5", "a"); exit.Boundary != "" || !strings.Contains(out, "done") {
			t.Errorf("below the quota: %+v %s", exit, out)
		}
		if exit, out := fill(t, b, "100", "b"); !strings.Contains(exit.Boundary, "quota is 40 MB") {
			t.Errorf("above the quota: %+v %s", exit, out)
		}
		if b.OverQuota(b.dir) == "" {
			t.Error("the quota is not known to be passed")
		}
		if exit, out := fill(t, b, "20", "c"); !strings.Contains(exit.Boundary, "quota is 40 MB") {
			t.Errorf("still above the quota: %+v %s", exit, out)
		}
		var said bytes.Buffer
		if exit, err := b.Run(t.Context(), b.spec("rm b* c*; sleep 0.3; echo cleaned", &said)); err != nil || exit.Boundary != "" {
			t.Errorf("what makes room: %+v %v %s", exit, err, &said)
		}
		if exit, out := fill(t, b, "3", "d"); exit.Boundary != "" || !strings.Contains(out, "done") {
			t.Errorf("below the quota again: %+v %s", exit, out)
		}
		if over := b.OverQuota(b.dir); over != "" {
			t.Error(over)
		}
	})
}
