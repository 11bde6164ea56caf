package filesync_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"claude-agent-chat/pkg/filesync"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestSync has many goroutines sync many files at once, some of which cannot be synced: each gets its own answer, and
// nothing is left running.
func TestSync(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for i := range 100 {
		file := open(t, filepath.Join(dir, strconv.Itoa(i)))
		pipe, other, err := os.Pipe() // a pipe cannot be synced.
		if err != nil {
			t.Fatal(err)
		}
		defer pipe.Close()
		defer other.Close()
		all.Go(func() {
			for range 50 {
				if _, err := file.WriteString("a line\n"); err != nil {
					t.Error(err)
				}
				if err := filesync.Sync(file); err != nil {
					t.Errorf("sync a file: %v", err)
				}
			}
		})
		all.Go(func() {
			for range 50 {
				if err := filesync.Sync(other); !errors.Is(err, syscall.EINVAL) {
					t.Errorf("sync a pipe: %v", err)
				}
			}
		})
	}
	all.Wait()
}

// TestClosed syncs a file that was closed.
func TestClosed(t *testing.T) {
	var all sync.WaitGroup
	for i := range 50 {
		file := open(t, filepath.Join(t.TempDir(), strconv.Itoa(i)))
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			if err := filesync.Sync(file); !errors.Is(err, os.ErrClosed) {
				t.Errorf("sync a closed file: %v", err)
			}
		})
	}
	all.Wait()
}

func open(t *testing.T, path string) *os.File {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}
