package gateway

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestQueueIsBounded(t *testing.T) {
	q := newQueue()
	frame := bytes.Repeat([]byte("x"), maxQueuedBytes/4)
	for range 4 {
		if !q.put(frame) {
			t.Fatal("a frame within the bound is refused")
		}
	}
	if q.put([]byte("y")) {
		t.Error("a frame beyond the bound is taken")
	}
	if got := len(q.take()); got != 4 {
		t.Errorf("%d frames wait", got)
	}
	if !q.put(bytes.Repeat(frame, 8)) {
		t.Error("one large frame alone is refused")
	}
}

func TestQueueCountsFrames(t *testing.T) {
	q := newQueue()
	for range maxQueuedFrames {
		if !q.put([]byte("x")) {
			t.Fatal("a frame within the bound is refused")
		}
	}
	if q.put([]byte("x")) {
		t.Error("too many frames are taken")
	}
}

func TestHistoryWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		q.put(make([]byte, replayRoom))
		done := make(chan error, 1)
		go func() { done <- q.putWait(t.Context(), []byte("history")) }()
		synctest.Wait()
		if len(done) > 0 {
			t.Fatal("history is put into a full queue")
		}
		q.take()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := q.take(); len(got) != 1 || string(got[0]) != "history" {
			t.Errorf("%q waits", got)
		}
	})
}

func TestHistoryEndsWithItsConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, end := range map[string]func(*queue, context.CancelFunc){
			"cancelled": func(_ *queue, cancel context.CancelFunc) { cancel() },
			"closed":    func(q *queue, _ context.CancelFunc) { q.close() },
		} {
			q := newQueue()
			q.put(make([]byte, replayRoom))
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- q.putWait(ctx, []byte("history")) }()
			synctest.Wait()
			end(q, cancel)
			if err := <-done; err == nil || !errors.Is(err, context.Canceled) && !errors.Is(err, errQueueClosed) {
				t.Errorf("%s: %v", name, err)
			}
			cancel()
		}
	})
}
