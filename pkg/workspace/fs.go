package workspace

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"claude-agent-chat/pkg/fault"
)

// FS is the workspace of one user. Its methods take paths relative to the workspace, as Rel gives them, and never leave
// it, whatever symbolic links say and however they change meanwhile. It is safe for concurrent use.
type FS struct {
	given string   // the workspace as the home names it
	dir   string   // its real path
	root  *os.Root // of dir
	temp  *os.Root // of the directory that the tools have for temporary files
}

// Open opens the workspace of home. The caller closes it.
func Open(home string) (*FS, error) {
	dir, err := filepath.EvalSymlinks(home)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "The workspace cannot be opened.")
	}
	root, err := openDir(Dir(dir))
	if err != nil {
		return nil, err
	}
	temp, err := openDir(TempDir(dir))
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &FS{given: filepath.Clean(Dir(home)), dir: Dir(dir), root: root, temp: temp}, nil
}

// Place says where a workspace lies, for one that is opened inside its user's boundary.
type Place struct{ Given, Dir string }

// Place is where the workspace lies.
func (f *FS) Place() Place { return Place{f.given, f.dir} }

// OpenPlace opens a workspace without its directory for temporary files, which may lie elsewhere inside a boundary. The
// caller closes it.
func OpenPlace(p Place) (*FS, error) {
	root, err := openDir(p.Dir)
	if err != nil {
		return nil, err
	}
	return &FS{given: p.Given, dir: p.Dir, root: root}, nil
}

// openDir opens one of the directories of a home, which must not be a link.
func openDir(dir string) (*os.Root, error) {
	const sentence = "The workspace cannot be opened."
	info, err := os.Lstat(dir)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, sentence)
	}
	if !info.IsDir() {
		return nil, fault.Wrap(fmt.Errorf("%s is not a directory", dir), fault.Unavailable, sentence)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, sentence)
	}
	return root, nil
}

// Close gives back the descriptors. It is safe to call twice.
func (f *FS) Close() error {
	if f.temp == nil {
		return f.root.Close()
	}
	return errors.Join(f.root.Close(), f.temp.Close())
}

// Dir is the real path of the workspace.
func (f *FS) Dir() string { return f.dir }

// TempDir is the real path of the directory that the tools have for temporary files.
func (f *FS) TempDir() string { return f.temp.Name() }

// Abs is the absolute path of rel.
func (f *FS) Abs(rel string) string { return filepath.Join(f.dir, rel) }

// Rel turns a path that a person or a model wrote into one relative to the workspace: absolute, or relative to cwd,
// which is absolute too. A path that leaves the workspace by name is fault.Invalid; links are looked at when it is used.
func (f *FS) Rel(cwd, path string) (string, error) {
	if path == "" || strings.ContainsRune(path, 0) {
		return "", fault.New(fault.Invalid, "The path is empty or holds a NUL character.")
	}
	full := path
	if !filepath.IsAbs(full) {
		full = filepath.Join(cwd, full)
	}
	full = filepath.Clean(full)
	for _, dir := range []string{f.dir, f.given} {
		if rel, ok := below(dir, full); ok {
			return rel, nil
		}
	}
	return "", outside(path)
}

// maxLinks is how many symbolic links a path may have at its end, one behind another.
const maxLinks = 40

// follow resolves the links at the end of rel, so that a link with an absolute target inside the workspace works and a
// write replaces the file and not the link. What is not there yet resolves to itself.
func (f *FS) follow(name string) (string, error) {
	rel := name
	for range maxLinks {
		info, err := f.root.Lstat(rel)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return rel, nil //nolint:nilerr // whatever is wrong, the use of rel will say it.
		}
		target, err := f.root.Readlink(rel)
		if err != nil {
			return "", explain(err, rel)
		}
		if rel, err = f.Rel(f.Abs(filepath.Dir(rel)), target); err != nil {
			return "", outside(name)
		}
	}
	return "", outside(name)
}

// OpenFile opens a regular file for reading. It does not wait for anybody, as an open of a FIFO would.
func (f *FS) OpenFile(rel string) (*os.File, fs.FileInfo, error) {
	rel, err := f.follow(rel)
	if err != nil {
		return nil, nil, err
	}
	return openRegular(f.root, rel)
}

func openRegular(root *os.Root, rel string) (*os.File, fs.FileInfo, error) {
	file, err := root.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, explain(err, rel)
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		err = explain(err, rel)
	case info.IsDir():
		err = fault.New(fault.Invalid, "%s is a directory.", rel)
	case !info.Mode().IsRegular():
		err = notRegular(rel)
	}
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, info, nil
}

// ReadFile reads a regular file of at most limit bytes; a longer one is fault.TooLarge.
func (f *FS) ReadFile(rel string, limit int64) ([]byte, fs.FileInfo, error) {
	file, info, err := f.OpenFile(rel)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	data, err := readAll(file, rel, limit)
	return data, info, err
}

func readAll(file *os.File, rel string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, explain(err, rel)
	}
	if int64(len(data)) > limit {
		return nil, fault.New(fault.TooLarge, "%s is larger than %d bytes.", rel, limit)
	}
	return data, nil
}

// WriteFile replaces or creates a file: readers see the old content or the whole of the new one, and when it returns
// the new one is on disk. Missing directories are made. A file that was there keeps its permission bits.
func (f *FS) WriteFile(rel string, data []byte) (fs.FileInfo, error) {
	rel, err := f.follow(rel)
	if err != nil {
		return nil, err
	}
	mode := fs.FileMode(0o644)
	switch info, err := f.root.Lstat(rel); {
	case err == nil && info.IsDir():
		return nil, fault.New(fault.Invalid, "%s is a directory.", rel)
	case err == nil && !info.Mode().IsRegular():
		return nil, notRegular(rel)
	case err == nil:
		mode = info.Mode().Perm()
	}
	if err := f.root.MkdirAll(filepath.Dir(rel), 0o755); err != nil {
		return nil, explain(err, filepath.Dir(rel))
	}
	temp := filepath.Join(filepath.Dir(rel), ".write-"+rand.Text()+".tmp")
	info, err := f.writeTemp(temp, data, mode)
	if err == nil {
		err = f.root.Rename(temp, rel)
	}
	if err != nil {
		_ = f.root.Remove(temp) // what failed says more than this can.
		return nil, explain(err, rel)
	}
	return info, f.syncDir(filepath.Dir(rel))
}

// Remove removes a file; that there is none is no error.
func (f *FS) Remove(rel string) error {
	rel, err := f.follow(rel)
	if err != nil {
		return err
	}
	info, err := f.root.Lstat(rel)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return explain(err, rel)
	}
	if !info.Mode().IsRegular() {
		return notRegular(rel)
	}
	if err := f.root.Remove(rel); err != nil {
		return explain(err, rel)
	}
	return f.syncDir(filepath.Dir(rel))
}

// writeTemp makes a new file with data in it, safe on disk.
func (f *FS) writeTemp(name string, data []byte, mode fs.FileMode) (info fs.FileInfo, err error) {
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(data); err != nil {
		return nil, err
	}
	if err := file.Chmod(mode); err != nil {
		return nil, err
	}
	if err := file.Sync(); err != nil {
		return nil, err
	}
	return file.Stat()
}

// syncDir makes a rename in a directory durable.
func (f *FS) syncDir(rel string) error {
	dir, err := f.root.Open(rel)
	if err != nil {
		return explain(err, rel)
	}
	defer dir.Close()
	return explain(dir.Sync(), rel)
}

// Stat describes what rel leads to.
func (f *FS) Stat(rel string) (fs.FileInfo, error) {
	rel, err := f.follow(rel)
	if err != nil {
		return nil, err
	}
	info, err := f.root.Stat(rel)
	return info, explain(err, rel)
}

// TakeTemp reads and removes a small file that a tool left in the temporary directory; at most limit bytes.
func (f *FS) TakeTemp(name string, limit int64) ([]byte, error) {
	file, _, err := openRegular(f.temp, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := readAll(file, name, limit)
	return data, errors.Join(err, f.temp.Remove(name))
}
