package transcript_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/fault"
	"claude-agent-chat/pkg/transcript"
)

// childVariable makes the test binary one of the programs below instead; its value is name and path.
const childVariable = "TRANSCRIPT_TEST_CHILD"

func TestMain(m *testing.M) {
	name, path, child := strings.Cut(os.Getenv(childVariable), " ")
	if !child {
		os.Exit(m.Run())
	}
	programs := map[string]func(string) error{"endless": endless, "small": small, "few": few, "stubborn": stubborn}
	if err := programs[name](path); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

// endless appends turns for ever, and says which records are safe.
func endless(path string) error {
	w, err := transcript.OpenWriter(context.Background(), path, transcript.Context{SessionID: sessionID, Cwd: "/work/demo"})
	if err != nil {
		return err
	}
	for {
		records, err := w.Append(context.Background(), prompt(strings.Repeat("q", rand.IntN(3000))), reply("", text("a")), reply("", text("b")))
		if err != nil {
			return err
		}
		for _, rec := range records {
			fmt.Println(rec.UUID)
		}
	}
}

// few appends some records, one at a time, and says which are safe.
func few(path string) error {
	w, err := transcript.OpenWriter(context.Background(), path, transcript.Context{SessionID: sessionID, Cwd: "/work/demo"})
	if err != nil {
		return err
	}
	for range 10 {
		records, err := w.Append(context.Background(), prompt("question"))
		if err != nil {
			return err
		}
		fmt.Println("safe " + records[0].UUID)
	}
	return w.Close()
}

// stubborn appends records until so many are safe, whatever happens on the way; it says what it is told.
func stubborn(path string) error {
	w, err := transcript.OpenWriter(context.Background(), path, transcript.Context{SessionID: sessionID, Cwd: "/work/demo"})
	if err != nil {
		return err
	}
	ballast := path + ".ballast"
	for safe, tries := 0, 0; safe < 60; tries++ {
		if tries > 1000 {
			return fmt.Errorf("it never goes on")
		}
		records, err := w.Append(context.Background(), prompt(strings.Repeat("q", 10_000)))
		if err != nil {
			fmt.Println("told " + fault.Message(err))
			_ = os.Remove(ballast) // the cause has gone.
			continue
		}
		fmt.Println("safe " + records[0].UUID)
		safe++
	}
	return w.Close()
}

// small appends until the file may not grow any more, as on a full disk; then it may.
func small(path string) error {
	signal.Ignore(unix.SIGXFSZ)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	w, err := transcript.OpenWriter(context.Background(), path, transcript.Context{SessionID: sessionID, Cwd: "/work/demo"})
	if err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 10_000, Max: limit.Max}); err != nil {
		return err
	}
	for err == nil {
		_, err = w.Append(context.Background(), prompt("question"), reply("", text("answer")))
	}
	fmt.Println(fault.Message(err))
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	_, err = w.Append(context.Background(), prompt("after"))
	return err
}

func childCommand(t *testing.T, name, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+name+" "+path)
	return cmd
}

// killCycles is how often TestKilled kills: SOAK_KILLS, or a few times.
func killCycles(t *testing.T) int {
	t.Helper()
	value := os.Getenv("SOAK_KILLS")
	if value == "" {
		return 15
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestKilled kills a writer at any moment, many times: every record that it called safe is there, every line is valid,
// the lock is free at once, and the chain is whole.
func TestKilled(t *testing.T) {
	path := newPath(t)
	var safe []string
	for cycle := range killCycles(t) {
		if cycle%40 == 39 {
			path, safe = newPath(t), nil // so that no file becomes long.
		}
		safe = append(safe, killedAfter(t, path, 5+rand.IntN(60))...)
		w := openWriter(t, path)
		conv := modelOf(t, w)
		if conv.Skipped() != 0 {
			t.Fatalf("skipped %d", conv.Skipped())
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		there := map[string]bool{}
		chain := conv.Chain()
		for _, rec := range chain {
			there[rec.UUID] = true
		}
		for _, id := range safe {
			if !there[id] {
				t.Fatalf("%s was called safe and is not in the chain", id)
			}
		}
		if rows := fileRows(t, path); len(rows) != len(chain) {
			t.Fatalf("%d lines, %d in the chain", len(rows), len(chain))
		}
	}
}

// killedAfter starts an endless writer, kills it after so many records, and gives those that it called safe.
func killedAfter(t *testing.T, path string, records int) []string {
	t.Helper()
	cmd := childCommand(t, "endless", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var safe []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "error:") {
			t.Fatal(lines.Text())
		}
		safe = append(safe, lines.Text())
		if len(safe) == records {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the writer ended by itself")
	}
	return safe
}

// TestNoMoreSpace lets the kernel refuse to let a file grow, in the middle of a line.
func TestNoMoreSpace(t *testing.T) {
	path := newPath(t)
	out, err := childCommand(t, "small", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !strings.Contains(string(out), "The disk is full.") {
		t.Errorf("the person was told: %s", out)
	}
	rows := fileRows(t, path)
	last, before := rows[len(rows)-1], rows[len(rows)-2]
	if last["parentUuid"] != before["uuid"] || len(rows)%2 != 1 {
		t.Errorf("%d lines; the last two: %v, %v", len(rows), before, last)
	}
}
