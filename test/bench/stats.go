package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// quantile gives the q-th part of the values, which are sorted in place; 0 of none.
func quantile[T ~int64 | ~float64](values []T, q float64) T {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[min(len(values)-1, int(q*float64(len(values))))]
}

func median[T ~int64 | ~float64](values []T) T { return quantile(values, 0.5) }

// line prints one figure in a column of its own.
func line(what string, format string, args ...any) {
	fmt.Printf("%-72s %s\n", what, fmt.Sprintf(format, args...))
}

// clockTick is the kernel's unit of CPU time in /proc.
const clockTick = 10 * time.Millisecond

// cpuTime is the CPU time that a process has used, from the kernel.
func cpuTime(pid int) (time.Duration, error) {
	if total, ok := threadsTime(pid); ok {
		return total, nil
	}
	fields, err := statFields(pid)
	if err != nil {
		return 0, err
	}
	return ticks(fields[11:13])
}

// cpu is the CPU time that the program has used, and that of the processes that it started and that have ended.
func (p *program) cpu() (self, ended time.Duration, err error) {
	if self, err = cpuTime(p.pid()); err != nil {
		return 0, 0, err
	}
	fields, err := statFields(p.pid())
	if err != nil {
		return 0, 0, err
	}
	ended, err = ticks(fields[13:15])
	return self, ended, err
}

// statFields are those of a process's stat behind its name.
func statFields(pid int) ([]string, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:])), nil
}

// ticks adds up counts of clock ticks.
func ticks(fields []string) (sum time.Duration, err error) {
	for _, f := range fields {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n) * clockTick
	}
	return sum, nil
}

// threadsTime adds up the scheduler's count of each thread, which is exact to the nanosecond.
func threadsTime(pid int) (time.Duration, bool) {
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return 0, false
	}
	var total time.Duration
	for _, task := range tasks {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/schedstat", pid, task.Name()))
		if err != nil {
			return 0, false
		}
		nanos, err := strconv.ParseInt(strings.Fields(string(data))[0], 10, 64)
		if err != nil {
			return 0, false
		}
		total += time.Duration(nanos)
	}
	return total, true
}

// resident is the memory of a process, in bytes: what is its own (RssAnon), and all that is mapped (VmRSS).
func resident(pid int) (own, all int64, err error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for row := range strings.Lines(string(data)) {
		var kib int64
		switch {
		case strings.HasPrefix(row, "RssAnon:"):
			_, err = fmt.Sscanf(row, "RssAnon: %d kB", &kib)
			own = kib << 10
		case strings.HasPrefix(row, "VmRSS:"):
			_, err = fmt.Sscanf(row, "VmRSS: %d kB", &kib)
			all = kib << 10
		}
		if err != nil {
			return 0, 0, err
		}
	}
	return own, all, nil
}
