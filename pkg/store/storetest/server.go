package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// startTimeout bounds the start of a server, on a machine that does other things too.
const startTimeout = 60 * time.Second

// shared starts the test binary's own server, the first time that it is called.
var shared = sync.OnceValues(start)

// keeper runs the server until the pipe on its standard input closes, which it does when the test binary ends, however
// it ends. Then it removes the server's files.
const keeper = `
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses='' -c fsync=off -c synchronous_commit=off \
	-c full_page_writes=off -c max_connections=200 -c shared_buffers=32MB >"$2/log" 2>&1 </dev/null &
read -r _
kill -QUIT $! 2>/dev/null
wait
rm -rf "$2"
`

// start makes a server below a new temporary directory and waits until it answers on its socket there.
func start() (address string, err error) {
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	credential, err := unprivileged()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "agentchat-pg-")
	if err != nil {
		return "", err
	}
	if credential != nil {
		if err := os.Chown(dir, int(credential.Uid), int(credential.Gid)); err != nil {
			return "", err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"),
		"-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	if out, err := as(initdb, credential, dir).CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	if err := keep(bin, dir, credential); err != nil {
		return "", err
	}
	query := url.Values{"host": {dir}, "sslmode": {"disable"}}
	address = (&url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: query.Encode()}).String()
	return address, await(ctx, address, filepath.Join(dir, "log"))
}

// keep starts the keeper. The pipe stays open in this process until it ends.
func keep(bin, dir string, credential *syscall.Credential) error {
	cmd := as(exec.Command("/bin/sh", "-c", keeper, "keeper", bin, dir), credential, dir)
	cmd.SysProcAttr.Setpgid = true // An interrupt at the terminal is for the tests.
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	alive = append(alive, pipe)
	go func() { _ = cmd.Wait() }()
	return nil
}

// alive keeps the pipes from being collected and closed.
var alive []any

// await returns when the server takes connections.
func await(ctx context.Context, address, log string) error {
	db, err := sql.Open("postgres", address)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			out, _ := os.ReadFile(log)
			return fmt.Errorf("wait for postgres: %w: %s", err, bytes.TrimSpace(out))
		}
	}
}

// as makes a command run as another user, in a directory that it may enter.
func as(cmd *exec.Cmd, credential *syscall.Credential, dir string) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=" + dir}
	return cmd
}

// binaries finds the newest installed server.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		return "", errors.New("it is not installed")
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest), nil
}

// version reads Debian's directory name; 0 for a server that lies elsewhere.
func version(path string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	if err != nil {
		return 0
	}
	return n
}

// unprivileged is whom to run the server as, because it refuses root; nil is the user of this process.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if uidErr == nil && gidErr == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("it refuses to run as root, and there is no other user to run it as")
}
