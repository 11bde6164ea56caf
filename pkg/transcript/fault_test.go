package transcript_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

// traced runs a child program under strace and gives what it printed and the trace.
func traced(t *testing.T, name, path string, options ...string) (out, trace string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "trace")
	cmd := childCommand(t, name, path)
	args := append([]string{"-f", "-y", "-o", log}, options...)
	cmd.Path, cmd.Args = program(t, "strace"), slices.Concat([]string{"strace"}, args, cmd.Args)
	printed, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, printed)
	}
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return string(printed), string(data)
}

// program finds a program that the machine of the tests must have.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath("/sbin/" + name) // where not everybody looks.
	}
	if err != nil {
		t.Fatalf("this test needs %s: %v", name, err)
	}
	return path
}

// TestSyncedBeforeSaid watches a writer's system calls: each record is one write, and is synced before anybody hears that it
// is safe; so are the directories of a new file.
func TestSyncedBeforeSaid(t *testing.T) {
	path := newPath(t)
	_, trace := traced(t, "few", path, "-e", "trace=write,fsync,fdatasync", "-s", "16")
	state, writes, directories := "synced", 0, 0
	file := regexp.MustCompile(`(write|f(?:data)?sync)\(\d+<([^>]*)>`)
	for line := range strings.SplitSeq(trace, "\n") {
		m := file.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		call, on := m[1], m[2]
		switch {
		case on == path && call == "write":
			if state != "synced" {
				t.Fatalf("a record is written in parts, or before the last one is synced: %s", line)
			}
			state, writes = "written", writes+1
		case on == path:
			state = "synced"
		case call != "write" && strings.HasPrefix(path, on):
			directories++
		case call == "write" && strings.Contains(line, `"safe `):
			if state != "synced" || directories == 0 {
				t.Fatalf("something is said to be safe that is %s, after %d synced directories: %s", state, directories, line)
			}
		}
	}
	if writes != 10 {
		t.Errorf("10 records took %d writes", writes)
	}
}

// TestErrorsOfTheDisk lets system calls on the file fail: the person is told, the file ends with a whole line, and the writer
// goes on when the cause has gone.
func TestErrorsOfTheDisk(t *testing.T) {
	for _, c := range []struct{ inject, told string }{
		{"fsync:error=EIO:when=12", "could not be saved"},
		{"fsync:error=ENOSPC:when=8..10", "disk is full"},
		{"write:error=ENOSPC:when=4..6", "disk is full"},
		{"write:error=EIO:when=9", "could not be saved"},
		{"write:error=EROFS:when=5", "read-only"},
		{"ftruncate:error=EIO:when=1..2 fsync:error=EIO:when=8", "could not be saved"},
	} {
		t.Run(c.inject, func(t *testing.T) {
			t.Parallel()
			path := newPath(t)
			// The path alone: the trace has no other calls, and the child's output is not touched.
			options := []string{"-P", path, "-e", "trace=write,fsync,ftruncate", "-s", "8"}
			for inject := range strings.FieldsSeq(c.inject) {
				options = append(options, "-e", "inject="+inject)
			}
			out, _ := traced(t, "stubborn", path, options...)
			checkSafe(t, path, out)
			if !strings.Contains(out, c.told) {
				t.Errorf("the person was told: %s", firstLines(out, "told"))
			}
		})
	}
}

// checkSafe checks that all records that a child called safe are in the file, once, and that each of its lines is whole.
func checkSafe(t *testing.T, path, out string) {
	t.Helper()
	conv, err := transcript.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]int{}
	for _, rec := range conv.Chain() {
		there[rec.UUID]++
	}
	safe := 0
	for line := range strings.SplitSeq(out, "\n") {
		if id, ok := strings.CutPrefix(line, "safe "); ok {
			safe++
			if there[id] != 1 {
				t.Errorf("%s, which was called safe, is in the conversation %d times", id, there[id])
			}
		}
	}
	if data, err := os.ReadFile(path); safe == 0 || conv.Skipped() != 0 || err != nil || !bytes.HasSuffix(data, []byte("}\n")) {
		t.Errorf("%d are safe, %d lines are damaged: %v", safe, conv.Skipped(), err)
	}
}

// lockedBuffer is a buffer that is read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.String()
}

func firstLines(out, word string) string {
	var found []string
	for line := range strings.SplitSeq(out, "\n") {
		if strings.HasPrefix(line, word) && len(found) < 3 {
			found = append(found, line)
		}
	}
	return strings.Join(found, "\n")
}

// mounted makes a file system for a test; without the right to mount, the test is left out.
func mounted(t *testing.T, dir string, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "mount", append(args, dir)...).CombinedOutput()
	if err != nil {
		t.Skipf("no right to mount here: %s", out)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

// TestFullDisk fills a file system of 2 MB; when there is room again, the writer goes on.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	mounted(t, dir, "-t", "tmpfs", "-o", "size=2m", "tmpfs")
	path := filepath.Join(dir, ".claude", "projects", "-w", "s.jsonl")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".ballast", make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := childCommand(t, "stubborn", path).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "told The disk is full.") {
		t.Fatalf("%v: %s", err, out)
	}
	checkSafe(t, path, string(out))
}

// TestReadOnlyVolume has the volume become read-only between two turns: conversations are still read, the person is told why
// nothing is saved, and all goes on when it can be written again.
func TestReadOnlyVolume(t *testing.T) {
	dir := t.TempDir()
	mounted(t, dir, "-t", "tmpfs", "tmpfs")
	path := filepath.Join(dir, ".claude", "projects", "-w", sessionID+".jsonl")
	add := func() error {
		w, err := transcript.OpenWriter(t.Context(), path, transcript.Context{SessionID: sessionID, Cwd: "/w"})
		if err != nil {
			return err
		}
		_, err = w.Append(t.Context(), prompt("a question"))
		return errors.Join(err, w.Close())
	}
	remount := func(how string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), "mount", "-o", "remount,"+how, dir).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if err := add(); err != nil {
		t.Fatal(err)
	}
	remount("ro")
	if err := add(); !strings.Contains(fault.Message(err), "read-only") {
		t.Errorf("the person was told: %v", err)
	}
	if conv, err := transcript.Load(path); err != nil || len(conv.Chain()) != 1 {
		t.Errorf("of the conversation is left: %v, %v", conv, err)
	}
	remount("rw")
	if err := add(); err != nil {
		t.Fatal(err)
	}
	if conv, err := transcript.Load(path); err != nil || len(conv.Chain()) != 2 {
		t.Errorf("after that there is: %v, %v", conv, err)
	}
}

// TestPowerLoss copies the image of a file system while a writer works on it, as a power loss would leave the disk: what was
// called safe before the copy is in it.
func TestPowerLoss(t *testing.T) {
	image, dir := filepath.Join(t.TempDir(), "disk"), t.TempDir()
	if err := os.WriteFile(image, make([]byte, 32<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), program(t, "mkfs.ext4"), "-q", image).CombinedOutput(); err != nil {
		t.Fatalf("mkfs: %s", out)
	}
	mounted(t, dir, "-o", "loop", image)
	path := filepath.Join(dir, ".claude", "projects", "-w", "s.jsonl")
	cmd := childCommand(t, "endless", path)
	var said lockedBuffer
	cmd.Stdout = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }()
	for round := range 5 {
		for before := said.String(); strings.Count(said.String(), "\n") < strings.Count(before, "\n")+20; {
			time.Sleep(time.Millisecond)
		}
		safe := strings.Fields(said.String()[:strings.LastIndexByte(said.String(), '\n')+1])
		lost := filepath.Join(t.TempDir(), fmt.Sprint("lost", round))
		if out, err := exec.CommandContext(t.Context(), "cp", image, lost).CombinedOutput(); err != nil {
			t.Fatalf("cp: %s", out)
		}
		again := t.TempDir()
		mounted(t, again, "-o", "loop", lost)
		conv, err := transcript.Load(filepath.Join(again, ".claude", "projects", "-w", "s.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		there := map[string]bool{}
		for _, rec := range conv.Records() {
			there[rec.UUID] = true
		}
		for _, id := range safe {
			if !there[id] {
				t.Fatalf("round %d: %s was called safe before the power went, and is not there", round, id)
			}
		}
	}
}
