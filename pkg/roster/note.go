package roster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"claude-agent-chat/pkg/store"
	"claude-agent-chat/pkg/workspace"
)

const (
	noteName    = "account.json"
	noteVersion = 1
	maxNote     = 64 << 10 // bytes
)

// note is what a home says of its account. The password is there as its slow hash, as in the database.
type note struct {
	Version      int    `json:"version"`
	ID           string `json:"id"`
	Username     string `json:"username"`
	PasswordHash string `json:"passwordHash"`
	Role         string `json:"role"`
	Founder      bool   `json:"founder"`
	Disabled     bool   `json:"disabled"`
	CreatedAt    int64  `json:"createdAt"` // milliseconds since 1970
}

func noteOf(a store.Account) note {
	return note{
		Version: noteVersion, ID: a.ID, Username: a.Username, PasswordHash: a.PasswordHash, Role: a.Role,
		Founder: a.Founder, Disabled: a.Disabled, CreatedAt: a.CreatedAt.UnixMilli(),
	}
}

func (n note) account() store.Account {
	return store.Account{
		ID: n.ID, Username: n.Username, PasswordHash: n.PasswordHash, Role: n.Role,
		Founder: n.Founder, Disabled: n.Disabled, CreatedAt: time.UnixMilli(n.CreatedAt).UTC(),
	}
}

// errNote is for a note that is not believed.
var errNote = errors.New("it is no note of this home's account")

// check says whether the note can be believed of the home with this name.
func (n note) check(home string) error {
	if n.Version != noteVersion || n.ID != home || n.Username == "" || n.PasswordHash == "" ||
		n.Role != store.RoleAdmin && n.Role != store.RoleUser {
		return errNote
	}
	return nil
}

// read gives the accounts of all notes that can be believed; the others are logged and left alone.
func (r *Roster) read() ([]store.Account, error) {
	entries, err := os.ReadDir(r.root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the sessions root: %w", err)
	}
	var accounts []store.Account
	for _, entry := range entries {
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		n, err := r.readNote(entry.Name())
		switch {
		case err == nil:
			accounts = append(accounts, n.account())
		case !errors.Is(err, fs.ErrNotExist):
			r.log.Warn("account note not believed", "home", entry.Name(), "error", err)
		}
	}
	return accounts, nil
}

// readNote reads the note of a home. Neither the home, nor the directory in it, nor the note may be a link, and the
// note must be a file of this process's own user, with one name: nothing else wrote it.
func (r *Roster) readNote(home string) (_ note, err error) {
	dir, err := r.openState(home)
	if err != nil {
		return note{}, err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	fd, err := unix.Openat(int(dir.Fd()), noteName, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return note{}, fmt.Errorf("open note: %w", err)
	}
	file := os.NewFile(uintptr(fd), noteName)
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return note{}, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.Mode().IsRegular() || int(stat.Uid) != os.Geteuid() || stat.Nlink != 1 || info.Size() > maxNote {
		return note{}, errNote
	}
	data, err := io.ReadAll(io.LimitReader(file, maxNote))
	if err != nil {
		return note{}, err
	}
	var n note
	if json.Unmarshal(data, &n) != nil {
		return note{}, errNote // What its parser says may quote the hash.
	}
	return n, n.check(home)
}

// openState opens the state directory of a home without following a link.
func (r *Roster) openState(home string) (*os.File, error) {
	const flags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	homeFD, err := unix.Open(workspace.Home(r.root, home), flags, 0)
	if err != nil {
		return nil, fmt.Errorf("open home: %w", err)
	}
	defer func() { _ = unix.Close(homeFD) }()
	fd, err := unix.Openat(homeFD, workspace.StateDir, flags, 0)
	if err != nil {
		return nil, fmt.Errorf("open state directory: %w", err)
	}
	return os.NewFile(uintptr(fd), workspace.StateDir), nil
}

// lock opens the state directory of an account's home, made if it is not there, and waits until no other writer holds
// it. Closing it gives the lock back.
func (r *Roster) lock(accountID string) (*os.File, error) {
	if err := workspace.Ensure(r.root, accountID); err != nil {
		return nil, err
	}
	if err := os.Mkdir(filepath.Join(workspace.Home(r.root, accountID), workspace.StateDir), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	dir, err := r.openState(accountID)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(dir.Fd()), unix.LOCK_EX)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("lock state directory: %w", err), dir.Close())
		}
		return dir, nil
	}
}

// write puts a new note in place of the old one: readers see one or the other, and when it returns the new one is on
// disk. dir is the locked state directory.
func (r *Roster) write(dir *os.File, n note) error {
	data, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("encode note: %w", err)
	}
	fresh := noteName + ".new"
	if err := unix.Unlinkat(int(dir.Fd()), fresh, 0); err != nil && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("remove half a note: %w", err)
	}
	fd, err := unix.Openat(int(dir.Fd()), fresh, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return fmt.Errorf("make note: %w", err)
	}
	file := os.NewFile(uintptr(fd), fresh)
	_, err = file.Write(append(data, '\n'))
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write note: %w", err)
	}
	if err := unix.Renameat(int(dir.Fd()), fresh, int(dir.Fd()), noteName); err != nil {
		return fmt.Errorf("put note in place: %w", err)
	}
	return dir.Sync()
}

// remove takes the note of an account away whose row is gone.
func (r *Roster) remove(accountID string) error {
	err := os.Remove(filepath.Join(workspace.Home(r.root, accountID), workspace.StateDir, noteName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
