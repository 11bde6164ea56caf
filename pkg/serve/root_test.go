package serve

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

func TestRootOfAnotherOwner(t *testing.T) {
	root := t.TempDir()
	err := notWritable(root, &fs.PathError{Op: "open", Path: root, Err: fs.ErrPermission})
	if !strings.Contains(err.Error(), "owned by uid") || !strings.Contains(err.Error(), "run: chown -R ") || !strings.HasSuffix(err.Error(), root) {
		t.Errorf("the refusal: %v", err)
	}
}

func TestRootIsMade(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a", "b")
	if err := PrepareRoot(root); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(root, ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("it leaves %v behind, %v", left, err)
	}
}
