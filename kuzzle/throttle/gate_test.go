package throttle

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestGatesAreLeftClean checks that nothing is left of a wait, however it ends.
func TestGatesAreLeftClean(t *testing.T) {
	endings := map[string]func(l *Logins, ctx context.Context, held []*Attempt, cancel func()){
		"time runs out":    func(*Logins, context.Context, []*Attempt, func()) {},
		"clients go away":  func(_ *Logins, _ context.Context, _ []*Attempt, cancel func()) { cancel() },
		"attempts succeed": func(_ *Logins, _ context.Context, held []*Attempt, _ func()) { held[0].Succeeded(context.Background()) },
		"attempts fail": func(_ *Logins, _ context.Context, held []*Attempt, _ func()) {
			for _, a := range held {
				a.Failed(context.Background())
			}
		},
	}
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := NewLogins(Config{})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var held []*Attempt
				for range l.cfg.Pair.Free {
					a, err := l.Begin(ctx, Keys{Account: "jdoe"})
					if err != nil {
						t.Fatal(err)
					}
					held = append(held, a)
				}
				var all sync.WaitGroup
				for range 20 {
					all.Go(func() {
						if a, err := l.Begin(ctx, Keys{Account: "jdoe"}); err == nil {
							time.Sleep(20 * time.Millisecond)
							a.Succeeded(context.Background())
						}
					})
				}
				synctest.Wait()
				if got := l.waiting.Load(); got != 20 {
					t.Fatalf("got %d waiting, want 20", got)
				}
				end(l, ctx, held, cancel)
				all.Wait()
				gates := 0
				for i := range l.accounts {
					gates += len(l.accounts[i].gates)
				}
				if l.waiting.Load() != 0 || gates != 0 {
					t.Errorf("got %d waiting and %d gates, want none", l.waiting.Load(), gates)
				}
			})
		})
	}
}
