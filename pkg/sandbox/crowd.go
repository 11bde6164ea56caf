//go:build linux && (amd64 || arm64)

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A container may have only so many processes and threads. Commands that together took the last of them would take the server
// down, because a Go program that gets no thread ends. So each command starts with a limit on the tasks of the server's user
// (RLIMIT_NPROC) that leaves the server a reserve. The kernel counts a user's tasks on the whole machine, in other containers
// too, and tells nobody how many there are: crowd asks it by trial.

// crowd is how many tasks, processes and threads, the server's user may come to while commands run.
type crowd struct {
	Limit   int // of tasks on the machine; 0 is none, because the kernel does not hold this user to a limit
	Outside int // tasks of the user that cannot be seen from here
}

const (
	// maxTaskReserve is what commands leave of a large allowance of tasks; of a small one they leave a quarter.
	maxTaskReserve   = 512
	taskReserveShare = 4
	// crowded, in percent of the limit, is from where on a command that has more than a fair share of the tasks is stopped.
	crowded   = 90
	fairShare = 8
	// mostTasks is more than any kernel has.
	mostTasks = 4 << 20
)

// counterName is the name under which this program is executed again to count the tasks of its user.
const counterName = "agentchat-count"

// errCrowded is why a command cannot be started when all tasks are taken.
var errCrowded = errors.New("all tasks are taken")

// findCrowd looks at how many tasks there may be; ok says that it found out.
func findCrowd() (c crowd, ok bool) {
	cmd := exec.Cmd{Path: selfPath, Args: []string{counterName}, Env: []string{}, Dir: "/"}
	out, err := cmd.Output()
	if err != nil {
		return crowd{}, false
	}
	outside, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil || outside < 0 {
		return crowd{}, outside == notLimited
	}
	allowed := allowedTasks("/")
	return crowd{Outside: outside, Limit: outside + allowed - min(maxTaskReserve, allowed/taskReserveShare)}, true
}

// Tasks come and go while they are counted, and many go at once when a command is stopped. So they are counted until two counts
// agree, which they do at once where nothing happens.
const (
	maxCounts  = 8
	countPause = 25 * time.Millisecond
	agreement  = 16
)

// count is the whole program in a process that counts. It gives how many tasks its user has that it cannot see, or why
// it cannot say.
func count() int {
	last := -1
	for i := range maxCounts {
		if i > 1 {
			time.Sleep(countPause)
		}
		before := visibleTasks()
		all := countTasks()
		if all < 0 {
			return notLimited
		}
		after := visibleTasks()
		outside := max(0, all-max(before, after))
		if quiet := after-before <= agreement && before-after <= agreement; quiet && last >= 0 && max(last, outside)-min(last, outside) <= agreement {
			return min(last, outside)
		}
		last = outside
	}
	return notAgreed
}

// What count gives instead of a number.
const (
	notLimited = -1
	notAgreed  = -2
)

// countTasks finds the least limit under which this process may still fork. The limit is so low only for the moment of each
// trial: the process itself may need a thread.
func countTasks() int {
	var own unix.Rlimit
	if unix.Prlimit(0, unix.RLIMIT_NPROC, nil, &own) != nil || mayFork(1, own) {
		return notLimited
	}
	low, high := 1, int(min(own.Max, mostTasks)) // refused, and taken for allowed
	for high-low > 1 {
		middle := (low + high) / 2
		if mayFork(middle, own) {
			high = middle
		} else {
			low = middle
		}
	}
	return low
}

// mayFork tries to start a program that does not exist, which takes a fork.
func mayFork(limit int, own unix.Rlimit) bool {
	if unix.Prlimit(0, unix.RLIMIT_NPROC, &unix.Rlimit{Cur: uint64(limit), Max: own.Max}, nil) != nil {
		return false
	}
	_, err := syscall.ForkExec("/nothing/here", []string{"nothing"}, nil)
	_ = unix.Prlimit(0, unix.RLIMIT_NPROC, &own, nil) // what was in force can be put back.
	return !errors.Is(err, unix.EAGAIN)
}

// visibleTasks counts the tasks of this process's user that /proc shows.
func visibleTasks() int {
	uid, tasks := strconv.Itoa(os.Getuid()), 0
	all, _ := filepath.Glob("/proc/[0-9]*/status") // the pattern is well formed.
	for _, status := range all {
		data, err := os.ReadFile(status)
		if err != nil {
			continue // it has ended.
		}
		if real, _, _ := strings.Cut(statusField(data, "Uid"), "\t"); real == uid {
			threads, _ := strconv.Atoi(statusField(data, "Threads")) // one that has ended and waits for its parent has none.
			tasks += max(1, threads)
		}
	}
	return tasks
}

// statusField gives a line of /proc/{pid}/status. Names of processes cannot feign one: their line breaks are escaped.
func statusField(status []byte, name string) string {
	_, rest, _ := strings.Cut(string(status), "\n"+name+":\t")
	line, _, _ := strings.Cut(rest, "\n")
	return line
}

// allowedTasks is how many tasks there may be here: what the control groups of this process allow, its own limit, and half of
// what the kernel can have at all.
func allowedTasks(root string) int {
	allowed := mostTasks
	for _, file := range []string{"proc/sys/kernel/threads-max", "proc/sys/kernel/pid_max"} {
		if n, ok := readCount(filepath.Join(root, file)); ok {
			allowed = min(allowed, n/2)
		}
	}
	var own unix.Rlimit
	if unix.Prlimit(0, unix.RLIMIT_NPROC, nil, &own) == nil && own.Cur < mostTasks {
		allowed = min(allowed, int(own.Cur))
	}
	for _, dir := range controlGroups(root) {
		if n, ok := readCount(filepath.Join(dir, "pids.max")); ok {
			allowed = min(allowed, n)
		}
	}
	return allowed
}

// controlGroups are the directories of the control groups that this process is in and that may limit its tasks, in both versions
// of them. A container that sees its own group as the root finds it there.
func controlGroups(root string) []string {
	data, _ := os.ReadFile(filepath.Join(root, "proc/self/cgroup")) // without it there are none.
	var dirs []string
	for line := range strings.Lines(string(data)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 || fields[1] != "" && fields[1] != "pids" {
			continue
		}
		mount := filepath.Join(root, "sys/fs/cgroup", fields[1])
		for path := filepath.Clean("/" + fields[2]); ; path = filepath.Dir(path) {
			dirs = append(dirs, filepath.Join(mount, path))
			if path == "/" {
				break
			}
		}
	}
	return dirs
}

// readCount reads a number; "max" is none.
func readCount(path string) (int, bool) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(data)))
	return n, err == nil && n > 0
}

// below lowers the limit on this process's tasks for what is started before the function that it gives is called. That puts it
// back, so that the helper itself always gets a thread.
func (c crowd) below() (restore func(), err error) {
	if c.Limit == 0 {
		return func() {}, nil
	}
	var own unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_NPROC, nil, &own); err != nil {
		return nil, fmt.Errorf("get limit of tasks: %w", err)
	}
	lower := unix.Rlimit{Cur: min(uint64(c.Limit), own.Cur), Max: own.Max}
	if err := unix.Prlimit(0, unix.RLIMIT_NPROC, &lower, nil); err != nil {
		return nil, fmt.Errorf("set limit of tasks: %w", err)
	}
	return func() { _ = unix.Prlimit(0, unix.RLIMIT_NPROC, &own, nil) }, nil // what was in force can be put back.
}

// isFull reports that there is hardly room for more tasks.
func (c crowd) isFull() bool {
	return c.Limit > 0 && (c.Outside+visibleTasks())*100 >= c.Limit*crowded
}

// notStarted is why a command could not be started: for want of room for it, or as err says.
func notStarted(what string, err error) error {
	if errors.Is(err, unix.EAGAIN) {
		err = errCrowded
	}
	return fmt.Errorf("start %s: %w", what, err)
}
