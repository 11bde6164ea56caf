//go:build linux && (amd64 || arm64)

package sandbox

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// helperName is the name under which this program is executed again as the helper.
const helperName = "agentchat-sandbox"

// The descriptors of the helper, beside the three that are the command's.
const (
	controlFD = 3
	reportFD  = 4
)

// The limits of a command's processes.
const (
	maxFiles    = 8192
	maxFileSize = 4 << 30
	// oomScore makes the kernel kill a command before the server when memory is short.
	oomScore = "800"
)

// maxOrder bounds the order that a helper reads.
const maxOrder = 16 << 20

// order is what the helper is to run.
type order struct {
	Args, Env, ReadWrite, ReadOnly []string
	Dir, Temp                      string
	Tier                           string
	ABI                            int    // of Landlock
	Bwrap                          string // the program, in namespaces
	Network                        bool   // the command has one
	NoStdin, NoStdout, NoStderr    bool   // the command does not have that stream
	OneOutput                      bool   // both outputs go the same way, in one order
	MaxTasks                       int
	Crowd                          crowd
	MaxMemory                      int64
	DiskQuota                      int64 // of what the writable directories hold, in bytes; 0 is none
	DiskUsed                       int64 // what they held when it was last known, or unknownUse
}

// writable are the directories that the command may write.
func (o *order) writable() []string {
	if o.Temp == "" {
		return o.ReadWrite
	}
	return append(o.ReadWrite[:len(o.ReadWrite):len(o.ReadWrite)], o.Temp)
}

// report is what the helper says when everything is over.
type report struct {
	Error   string // why the command could not be started
	Broken  bool   // it was the boundary that could not be made
	Crowded bool   // it was that all tasks are taken
	Stopped bool   // the command was stopped because control ended
	Limit   string // the command was stopped because it passed this limit: a sentence
	Code    int
	Signal  string
	Disk    int64 // what the writable directories hold, or unknownUse
}

// init is the whole program in a process that was started as the helper; it ends there. In every other process it does
// nothing. It is here and not in main because packages are initialised in the order of their paths once what they need is
// there: a helper comes before the many packages of the server, and so starts in a fraction of the time.
func init() {
	if len(os.Args) != 1 {
		return
	}
	switch os.Args[0] {
	case helperName:
		help()
	case counterName:
		fmt.Println(count())
		syscall.Exit(0)
	}
}

// help is the whole program in a helper.
func help() {
	said, err := supervise()
	if err != nil {
		said.Error, said.Crowded = err.Error(), errors.Is(err, errCrowded)
	}
	if err := tell(said); err != nil {
		syscall.Exit(1)
	}
	syscall.Exit(0) // unlike os.Exit it does not wait for what a test binary does at its end.
}

func tell(said report) error {
	body, err := json.Marshal(said)
	if err != nil {
		return fmt.Errorf("marshal report: %w", err)
	}
	_, err = unix.Write(reportFD, body)
	return err
}

// supervise runs the command of the order that comes in on control, until it ends or control does.
func supervise() (report, error) {
	runtime.LockOSThread() // so that the first thread, which is the process to others, is not the one that confines itself.
	if err := unix.CloseRange(controlFD, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return report{}, fmt.Errorf("mark descriptors: %w", err)
	}
	control := os.NewFile(controlFD, "control")
	o, err := readOrder(control)
	if err != nil {
		return report{}, err
	}
	if err := o.arrangeStreams(); err != nil {
		return report{}, err
	}
	stop := make(chan struct{})
	go watch(control, stop)
	oom, err := prepare()
	if err != nil {
		return report{}, err
	}
	var run *namespaced
	var pid int
	switch o.Tier {
	case TierNamespaces:
		if run, err = startNamespaced(o); err == nil {
			pid = run.pid
		}
	case TierUnsafe:
		pid, err = startUnconfined(o)
	default:
		pid, err = startBrokered(o)
	}
	if err != nil {
		return report{}, err
	}
	oom.restore()
	if err := releaseOutput(); err != nil {
		killTree(pid)
		return report{}, err
	}
	said := o.await(pid, stop)
	if run != nil {
		code, began := run.exitCode()
		said.settle(code, began, o.Crowd)
	}
	return said, nil
}

// startBrokered starts the command inside Landlock, and answers its calls that go to the broker.
func startBrokered(o order) (pid int, err error) {
	calls, err := newBroker(o.writable())
	if err != nil {
		return 0, err
	}
	pid, calls.listener, err = startConfined(o)
	if err == nil {
		go calls.serve()
	}
	return pid, err
}

// startUnconfined starts the command with no more than its limits.
func startUnconfined(o order) (pid int, err error) {
	restore, err := o.Crowd.below()
	if err != nil {
		return 0, err
	}
	defer restore()
	return startCommand(o)
}

// settle takes in what bubblewrap said of a command: it ends with the status 1 both if it fails itself and if the command
// ends so.
func (r *report) settle(code int, began bool, c crowd) {
	switch {
	case began:
		r.Code, r.Signal = code, ""
	case !r.Stopped && c.isFull():
		r.Error, r.Crowded = "bubblewrap failed", true
	case !r.Stopped:
		r.Error, r.Broken = "bubblewrap failed", true
	}
}

// await waits for the command, or kills it when stop is closed, and clears up behind it.
func (o *order) await(pid int, stop <-chan struct{}) report {
	ended := make(chan syscall.WaitStatus, 1)
	go func() { ended <- reapUntil(pid) }()
	breach, done := make(chan string, 1), make(chan struct{})
	disk := o.newDiskWatch()
	go func() {
		defer close(breach)
		o.watchdog(disk, done, breach)
	}()
	var said report
	var status syscall.WaitStatus
	select {
	case status = <-ended:
	case <-stop:
		said.Stopped = true
		killTree(pid)
		status = <-ended
	case said.Limit = <-breach:
		said.Stopped = true
		killTree(pid)
		status = <-ended
	}
	sweep()
	close(done)
	for range breach { // the watchdog has ended; nobody else uses disk.
	}
	said.Disk = disk.use()
	said.Code = status.ExitStatus()
	if status.Signaled() {
		said.Code = 128 + int(status.Signal())
		said.Signal = unix.SignalName(status.Signal())
	}
	return said
}

func readOrder(r io.Reader) (o order, err error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return o, fmt.Errorf("read order: %w", err)
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxOrder {
		return o, fmt.Errorf("read order: %d bytes", n)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return o, fmt.Errorf("read order: %w", err)
	}
	if err := json.Unmarshal(body, &o); err != nil {
		return o, fmt.Errorf("read order: %w", err)
	}
	if len(o.Args) == 0 {
		return o, errors.New("read order: no command")
	}
	return o, nil
}

// watch closes stop when control ends, because the run is cancelled or the server gone, or when we are told to end.
func watch(control io.Reader, stop chan<- struct{}) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGTERM, unix.SIGINT, unix.SIGHUP)
	gone := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, control)
		close(gone)
	}()
	select {
	case <-gone:
	case <-signals:
	}
	close(stop)
}

// prepare makes this process the reaper of all that the command leaves, hides it, and sets the limits that the command
// inherits. The score it returns is to be restored when the command runs.
func prepare() (*oomAdjuster, error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("become reaper: %w", err)
	}
	oom := raiseOOM()
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("hide helper: %w", err)
	}
	for resource, limit := range map[int]uint64{
		unix.RLIMIT_CORE: 0, unix.RLIMIT_NOFILE: maxFiles, unix.RLIMIT_FSIZE: maxFileSize,
	} {
		if err := lowerLimit(resource, limit); err != nil {
			return nil, err
		}
	}
	return oom, nil
}

// lowerLimit sets a limit for good, unless a lower one is in force.
func lowerLimit(resource int, limit uint64) error {
	var now syscall.Rlimit
	if err := syscall.Getrlimit(resource, &now); err != nil {
		return fmt.Errorf("get limit: %w", err)
	}
	limit = min(limit, now.Max)
	if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		return fmt.Errorf("set limit: %w", err)
	}
	return nil
}

// oomAdjuster gives the helper its own score back after the command has inherited a higher one.
type oomAdjuster struct {
	file *os.File
	old  []byte
}

// raiseOOM is a help to the server and no part of the boundary, so that its failures do not count.
func raiseOOM() *oomAdjuster {
	file, err := os.OpenFile("/proc/self/oom_score_adj", os.O_RDWR, 0)
	if err != nil {
		return &oomAdjuster{}
	}
	old := make([]byte, 16)
	n, err := file.Read(old)
	if err != nil {
		return &oomAdjuster{}
	}
	_, _ = file.WriteAt([]byte(oomScore), 0)
	return &oomAdjuster{file: file, old: old[:n]}
}

func (o *oomAdjuster) restore() {
	if o.file != nil {
		_, _ = o.file.WriteAt(o.old, 0)
		_ = o.file.Close()
	}
}

// arrangeStreams makes of the streams that every helper has those that the command is to have.
func (o *order) arrangeStreams() error {
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open null device: %w", err)
	}
	defer unix.Close(null)
	for _, stream := range []struct {
		fd, from int
		replace  bool
	}{{0, null, o.NoStdin}, {1, null, o.NoStdout}, {2, null, o.NoStderr}, {2, 1, o.OneOutput}} {
		if stream.replace {
			err = errors.Join(err, unix.Dup3(stream.from, stream.fd, 0))
		}
	}
	if err != nil {
		return fmt.Errorf("arrange streams: %w", err)
	}
	return nil
}

// releaseOutput lets go of the command's descriptors, so that its output ends with its last process.
func releaseOutput() error {
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open null device: %w", err)
	}
	for fd := range 3 {
		if err := unix.Dup3(null, fd, 0); err != nil {
			return fmt.Errorf("release output: %w", err)
		}
	}
	return nil
}

// reapUntil reaps children, adopted ones too, until pid has been reaped.
func reapUntil(pid int) syscall.WaitStatus {
	for {
		var status syscall.WaitStatus
		got, err := syscall.Wait4(-1, &status, 0, nil)
		if got == pid || errors.Is(err, unix.ECHILD) {
			return status
		}
	}
}

// sweep kills and reaps until there is no descendant left. What dies leaves its children to us, so that each round
// sees what the one before missed.
func sweep() {
	for {
		got, err := syscall.Wait4(-1, nil, unix.WNOHANG, nil)
		if errors.Is(err, unix.ECHILD) {
			return
		}
		if got > 0 || errors.Is(err, unix.EINTR) {
			continue
		}
		killTree(0)
		_, _ = syscall.Wait4(-1, nil, 0, nil)
	}
}

// killTree kills the process group of leader, if there is one, at once, and every descendant of this process.
func killTree(leader int) {
	if leader > 0 {
		_ = unix.Kill(-leader, unix.SIGKILL)
	}
	for _, pid := range descendants(os.Getpid()) {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
}

// descendants gives the processes below pid that /proc shows now.
func descendants(pid int) []int {
	children := make(map[int][]int)
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // what could be read counts.
	for _, name := range names {
		if child, err := strconv.Atoi(name); err == nil {
			if parent, ok := parentOf(name); ok {
				children[parent] = append(children[parent], child)
			}
		}
	}
	found := children[pid]
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i]]...)
	}
	return found
}

// parentOf reads the parent's pid from /proc/{pid}/stat, where it follows the name, which may hold anything.
func parentOf(pid string) (int, bool) {
	data, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0, false
	}
	rest := string(data[strings.LastIndexByte(string(data), ')')+1:])
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		return 0, false
	}
	parent, err := strconv.Atoi(fields[1])
	return parent, err == nil
}
