//go:build linux && (amd64 || arm64)

package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	watchEvery = 100 * time.Millisecond
	maxList    = 256 << 10 // bytes of a list of children that are read
)

// share is how many tasks a command may have when there is hardly room for more.
func (o *order) share() int { return min(o.MaxTasks, o.Crowd.Limit-o.Crowd.Outside) / fairShare }

var pageSize = int64(os.Getpagesize())

// watchdog looks at the processes of a run until it ends, and says on breach which limit they have passed, as a sentence. The
// kernel has no such limits: RLIMIT_NPROC counts what all users of the server run (see crowd), and no limit of a process bounds
// several together.
func (o *order) watchdog(disk *diskWatch, done <-chan struct{}, breach chan<- string) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case <-ticker.C:
		}
		limit := o.passed(os.Getpid())
		if limit == "" {
			limit = disk.passed()
		}
		if limit != "" {
			breach <- limit
			return
		}
	}
}

// listsChildren says that the kernel lists a process's children. Where it does not, all processes are looked through.
var listsChildren = sync.OnceValue(func() bool {
	_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d/children", os.Getpid()))
	return err == nil
})

// passed walks through the descendants of a process and says which limit they have passed together.
func (o *order) passed(root int) string {
	tasks, memory := 0, int64(0)
	waiting := []int{root}
	if !listsChildren() {
		waiting = append(waiting, descendants(root)...)
	}
	for len(waiting) > 0 {
		pid := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid)) // it may have ended.
		for _, thread := range threads {
			waiting = append(waiting, childrenOf(pid, thread.Name())...)
		}
		if pid != root {
			tasks, memory = tasks+len(threads), memory+memoryOf(pid)
		}
		switch {
		case tasks > o.MaxTasks:
			return fmt.Sprintf("The command was stopped because it ran more than %d processes and threads at once.", o.MaxTasks)
		case memory > o.MaxMemory:
			return fmt.Sprintf("The command was stopped because it used more than %d MB of memory.", o.MaxMemory>>20)
		}
	}
	if tasks > o.share() && o.Crowd.isFull() {
		return "The command was stopped because it ran many processes and threads while the server had hardly room for more."
	}
	return ""
}

func childrenOf(pid int, thread string) []int {
	file, err := os.Open(fmt.Sprintf("/proc/%d/task/%s/children", pid, thread))
	if err != nil {
		return nil
	}
	defer file.Close()
	list, _ := io.ReadAll(io.LimitReader(file, maxList)) // the kernel gives a page at a time.
	var children []int
	for field := range bytes.FieldsSeq(list) {
		if child, err := strconv.Atoi(string(field)); err == nil {
			children = append(children, child)
		}
	}
	return children
}

// memoryOf is what a process has for itself, in bytes: its resident memory less what comes from files.
func memoryOf(pid int) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(data))
	if len(fields) < 3 {
		return 0
	}
	resident, _ := strconv.ParseInt(fields[1], 10, 64) // the kernel's own numbers.
	shared, _ := strconv.ParseInt(fields[2], 10, 64)
	return (resident - shared) * pageSize
}
