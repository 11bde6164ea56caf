package health

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"syscall"

	"claude-agent-chat/pkg/fault"
)

// SessionsVolume checks that this process can make, sync and remove a file in root.
func SessionsVolume(root string) Check {
	return Check{Name: "sessionsVolume", Critical: true, Run: func(context.Context) Result {
		if err := touch(root); err != nil {
			return Result{Status: Failed, Detail: reason(err)}
		}
		return Result{Status: OK}
	}}
}

// touch makes a file, syncs it and removes it.
func touch(root string) error {
	f, err := os.CreateTemp(root, ".agentchat-health-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("ok\n")
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// reason is what the system says about a file, without the path.
func reason(err error) string {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno.Error()
	}
	if errors.Is(err, fs.ErrPermission) {
		return "permission denied"
	}
	return "the volume cannot be written"
}

// Pinger is something that can say whether it is reachable.
type Pinger interface {
	Ping(ctx context.Context) error
}

// Database checks that the database answers.
func Database(p Pinger) Check {
	return Check{Name: "database", Critical: true, Run: func(ctx context.Context) Result {
		if err := p.Ping(ctx); err != nil {
			return Result{Status: Failed, Detail: fault.Message(err)}
		}
		return Result{Status: OK}
	}}
}

// HTTP checks that another server answers url with 200. The check is called "gateway" and is not critical; the caller
// may change both.
func HTTP(url string) Check {
	client := &http.Client{
		Transport:     &http.Transport{MaxIdleConns: 1, IdleConnTimeout: patience},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return Check{Name: "gateway", Run: func(ctx context.Context) Result {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return Result{Status: Failed, Detail: "its address is not valid"}
		}
		res, err := client.Do(req)
		if err != nil {
			return Result{Status: Failed, Detail: "not reachable"}
		}
		defer func() { _ = res.Body.Close() }()
		_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // Lets the connection be used again.
		if res.StatusCode != http.StatusOK {
			return Result{Status: Failed, Detail: fmt.Sprintf("answered with status %d", res.StatusCode)}
		}
		return Result{Status: OK}
	}}
}
