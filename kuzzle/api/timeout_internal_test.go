package api

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestTimeout: a timeout ends as one of the context package does, asked before and after.
func TestTimeout(t *testing.T) {
	gone := errors.New("gone")
	for name, end := range map[string]func(cancel context.CancelCauseFunc, t *timeout){
		"nothing":  func(context.CancelCauseFunc, *timeout) {},
		"time":     func(context.CancelCauseFunc, *timeout) { time.Sleep(time.Minute) },
		"the end":  func(_ context.CancelCauseFunc, t *timeout) { t.end() },
		"a parent": func(cancel context.CancelCauseFunc, _ *timeout) { cancel(gone) },
	} {
		for _, before := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				parent, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				ctx := withTimeout(parent, time.Minute)
				defer ctx.end()
				if before {
					ctx.Done()
				}
				end(cancel, ctx)
				synctest.Wait()
				want := map[string]error{"time": context.DeadlineExceeded, "the end": context.Canceled, "a parent": context.Canceled}[name]
				cause := want
				if name == "a parent" {
					cause = gone
				}
				if got := ctx.Err(); !errors.Is(got, want) || (got == nil) != (want == nil) {
					t.Errorf("%s, asked before %v: %v, want %v", name, before, got, want)
				}
				if got := context.Cause(ctx); got != cause {
					t.Errorf("%s, asked before %v: the cause is %v, want %v", name, before, got, cause)
				}
				child, cancelChild := context.WithCancel(ctx)
				defer cancelChild()
				synctest.Wait()
				select {
				case <-child.Done():
					if want == nil {
						t.Errorf("%s: a child is done", name)
					}
				default:
					if want != nil {
						t.Errorf("%s: a child goes on", name)
					}
				}
				if deadline, is := ctx.Deadline(); !is || deadline.IsZero() {
					t.Errorf("%s: no deadline", name)
				}
			})
		}
	}
}
