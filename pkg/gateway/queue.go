package gateway

import (
	"context"
	"errors"
	"sync"
)

// The bounds of a connection's queue. A client that has so much waiting is too slow; it is closed and may resume.
const (
	maxQueuedFrames = 4096
	maxQueuedBytes  = 8 << 20
	// replayRoom is how much of the queue history may fill; the rest is left for what happens meanwhile.
	replayRoom = maxQueuedBytes / 4
)

var errQueueClosed = errors.New("connection closed")

// queue is the frames that wait for one connection: bounded, many writers, one reader.
type queue struct {
	mu     sync.Mutex
	frames [][]byte
	bytes  int
	closed bool
	ready  chan struct{} // has an element when frames may have come
	room   chan struct{} // has an element when frames were taken
}

func newQueue() *queue {
	return &queue{ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// put adds a frame. It reports false if the bound is reached; after close it drops the frame.
func (q *queue) put(frame []byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return true
	}
	if len(q.frames) >= maxQueuedFrames || q.bytes+len(frame) > maxQueuedBytes && len(q.frames) > 0 {
		return false
	}
	q.frames = append(q.frames, frame)
	q.bytes += len(frame)
	signal(q.ready)
	return true
}

// putWait adds a frame when there is room for history.
func (q *queue) putWait(ctx context.Context, frame []byte) error {
	for {
		q.mu.Lock()
		free := q.bytes < replayRoom && len(q.frames) < maxQueuedFrames/2
		closed := q.closed
		q.mu.Unlock()
		if closed {
			return errQueueClosed
		}
		if free {
			q.put(frame)
			return nil
		}
		select {
		case <-q.room:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take removes all that waits.
func (q *queue) take() [][]byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	frames := q.frames
	q.frames, q.bytes = nil, 0
	if len(frames) > 0 {
		signal(q.room)
	}
	return frames
}

// close drops what waits and what comes.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.frames, q.bytes = true, nil, 0
	signal(q.room)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
