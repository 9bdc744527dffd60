package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// busyWriter makes the writer of a new store wait inside a transaction until release.
func busyWriter(t *testing.T) (s *Store, release func()) {
	t.Helper()
	s, err := Open(t.Context(), t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	busy, free := make(chan struct{}), make(chan struct{})
	go func() {
		_ = s.writer.do(context.Background(), maxGroup, func(*tx) error { close(busy); <-free; return nil })
	}()
	<-busy
	return s, func() { close(free) }
}

// TestLeaversLearnTheResult: a caller whose context ends while its work waits is told that it was
// not done, also if the caller looks late. It is never told that skipped work was done.
func TestLeaversLearnTheResult(t *testing.T) {
	for _, late := range []bool{false, true} {
		s, release := busyWriter(t)
		ctx, leave := context.WithCancel(t.Context())
		ran := false
		wait := s.writer.begin(ctx, 1, func(*tx) error { ran = true; return nil })
		leave()
		var err error
		if !late {
			err = wait()
		}
		release()
		if flush := s.writer.do(t.Context(), 1, func(*tx) error { return nil }); flush != nil {
			t.Fatal(flush)
		}
		if late {
			err = wait()
		}
		if !errors.Is(err, context.Canceled) || ran {
			t.Errorf("late %t: got %v, and the work was done: %t", late, err, ran)
		}
	}
}

// TestLeaversWaitForTheWriter: work that has begun is waited for.
func TestLeaversWaitForTheWriter(t *testing.T) {
	s, release := busyWriter(t)
	ctx, leave := context.WithCancel(t.Context())
	begun, end := make(chan struct{}), make(chan struct{})
	wait := s.writer.begin(ctx, 1, func(*tx) error { close(begun); <-end; return nil })
	release()
	<-begun
	leave()
	answered := make(chan error, 1)
	go func() { answered <- wait() }()
	select {
	case err := <-answered:
		t.Fatalf("answered before the work was done: %v", err)
	default:
	}
	close(end)
	if err := <-answered; err != nil {
		t.Errorf("got %v, want the result", err)
	}
}

// TestGroupsOfLeavers: CommitMany reports a change as written only if it is.
func TestGroupsOfLeavers(t *testing.T) {
	s, release := busyWriter(t)
	changes := make([]storage.Change, 3*importGroup)
	for i := range changes {
		changes[i] = storage.Change{In: storage.Outbox, ID: fmt.Sprint("m", i), Put: &storage.Document{Version: 1, Content: json.RawMessage("{}")}}
	}
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan []storage.Result)
	go func() { done <- s.CommitMany(ctx, changes) }()
	for len(s.writer.queue) < 2 { // one is written, the next one prepared
		runtime.Gosched()
	}
	leave()
	release()
	for i, r := range <-done {
		if _, err := s.Get(t.Context(), storage.Outbox, changes[i].ID); (r.Err == nil) != (err == nil) {
			t.Fatalf("change %d: answered %v, and reading it %v", i, r.Err, err)
		}
	}
}
