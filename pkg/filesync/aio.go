//go:build linux && (amd64 || arm64)

package filesync

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// control is the kernel's struct iocb, on little-endian machines.
type control struct {
	data       uint64
	_          [2]uint32 // key, flags
	opcode     uint16
	_          int16 // priority
	descriptor uint32
	_          [4]uint64 // buffer, its size, offset, reserved
	notify     uint32
	eventfd    uint32
}

// event is the kernel's struct io_event.
type event struct {
	data, object    uint64
	result, result2 int64
}

const (
	commandFsync  = 2 // IOCB_CMD_FSYNC
	notifyEventfd = 1 // IOCB_FLAG_RESFD
	depth         = 512
)

// queue is a queue of the kernel's. What is in it is in waiting.
type queue struct {
	context uintptr
	ready   *os.File // an eventfd, which becomes readable when something has ended
	eventfd uint32

	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan<- int64
	reaping bool // a goroutine takes in results; it ends when nothing is waiting
}

// theQueue is made when it is first needed; nil if the kernel does not offer one.
var theQueue = sync.OnceValue(func() *queue {
	q, err := newQueue()
	if err != nil {
		return nil
	}
	return q
})

func newQueue() (*queue, error) {
	q := &queue{waiting: map[uint64]chan<- int64{}}
	_, _, errno := unix.Syscall(unix.SYS_IO_SETUP, depth, uintptr(unsafe.Pointer(&q.context)), 0) //nolint:gosec // the kernel writes the context.
	if errno != 0 {
		return nil, errno
	}
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		_, _, _ = unix.Syscall(unix.SYS_IO_DESTROY, q.context, 0, 0) // nothing is in it.
		return nil, err
	}
	q.eventfd, q.ready = uint32(fd), os.NewFile(uintptr(fd), "eventfd")
	return q, nil
}

// handOver has the kernel sync a file and waits for that; not taken if the kernel has no place for it.
func handOver(file *os.File) (err error, taken bool) { //nolint:revive // the error is the kernel's answer, not this function's.
	q := theQueue()
	if q == nil {
		return nil, false
	}
	done := make(chan int64, 1)
	if !q.submit(file, done) {
		return nil, false
	}
	if result := <-done; result < 0 {
		return &os.PathError{Op: "sync", Path: file.Name(), Err: syscall.Errno(-result)}, true
	}
	return nil, true
}

// submit puts a sync into the queue. The kernel holds on to the file itself and keeps no pointer of ours.
func (q *queue) submit(file *os.File, done chan<- int64) (taken bool) {
	conn, err := file.SyscallConn()
	if err != nil {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last++
	err = conn.Control(func(fd uintptr) {
		order := &control{data: q.last, opcode: commandFsync, descriptor: uint32(fd), notify: notifyEventfd, eventfd: q.eventfd}
		orders := [1]*control{order}
		n, _, errno := unix.RawSyscall(unix.SYS_IO_SUBMIT, q.context, 1, uintptr(unsafe.Pointer(&orders))) //nolint:gosec // the kernel copies it.
		runtime.KeepAlive(order)
		taken = errno == 0 && n == 1
	})
	if err != nil || !taken {
		return false
	}
	q.waiting[q.last] = done
	if !q.reaping {
		q.reaping = true
		go q.reap()
	}
	return true
}

// reap hands out results until nothing is waiting.
func (q *queue) reap() {
	var count [8]byte
	events := make([]event, depth)
	for {
		_, err := q.ready.Read(count[:]) // blocks this goroutine, and no thread.
		if err != nil && !errors.Is(err, unix.EAGAIN) {
			panic("filesync: read eventfd: " + err.Error())
		}
		if !q.take(events) {
			return
		}
	}
}

// take hands out the results that there are, and reports whether more are to come.
func (q *queue) take(events []event) (more bool) {
	var now unix.Timespec
	n, _, errno := unix.RawSyscall6(unix.SYS_IO_GETEVENTS, q.context, 0, uintptr(len(events)),
		uintptr(unsafe.Pointer(&events[0])), uintptr(unsafe.Pointer(&now)), 0) //nolint:gosec // the kernel fills events.
	if errno != 0 && errno != unix.EINTR {
		panic("filesync: take results: " + errno.Error())
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if errno == 0 {
		for _, e := range events[:n] {
			q.waiting[e.data] <- e.result
			delete(q.waiting, e.data)
		}
	}
	q.reaping = len(q.waiting) > 0
	return q.reaping
}
