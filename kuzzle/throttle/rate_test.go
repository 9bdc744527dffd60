package throttle_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := throttle.NewRate(nil, time.Second)
		steps := []struct {
			after time.Duration
			key   string
			limit int
			want  bool
		}{
			{0, "a", 2, true},
			{0, "a", 2, true},
			{0, "a", 2, false},
			{0, "a", 3, true},
			{0, "b", 1, true},
			{0, "b", 0, true},
			{0, "b", -1, true},
			{999 * time.Millisecond, "b", 1, false},
			{time.Millisecond, "b", 1, true},
			{0, "a", 1, true},
			{time.Hour, "a", 1, true},
			{0, "a", 1, false},
			{0, "-1", 1, true},
		}
		for i, step := range steps {
			time.Sleep(step.after)
			if got := r.Allow(step.key, step.limit); got != step.want {
				t.Errorf("step %d, Allow(%q, %d): got %v, want %v", i, step.key, step.limit, got, step.want)
			}
		}
	})
}

func TestRateIsExactUnderConcurrency(t *testing.T) {
	now := time.Unix(1, 0)
	r := throttle.NewRate(func() time.Time { return now }, time.Second)
	var allowed atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				if r.Allow("a", 500) {
					allowed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if got := allowed.Load(); got != 500 {
		t.Errorf("got %d allowed, want 500", got)
	}
}

// TestRateIsBounded checks that too many callers in one second share counts instead of growing the
// maps.
func TestRateIsBounded(t *testing.T) {
	now := time.Unix(1, 0)
	r := throttle.NewRate(func() time.Time { return now }, time.Second)
	const keys = 64*4096 + 50_000
	refused := 0
	for i := range keys {
		if !r.Allow(fmt.Sprint(i), 1) {
			refused++
		}
	}
	if refused < 30_000 {
		t.Errorf("got %d of %d keys refused, want most of those beyond 64 shards of 4096", refused, keys)
	}
	now = now.Add(time.Second)
	if !r.Allow("0", 1) {
		t.Error("the next second did not begin anew")
	}
}
