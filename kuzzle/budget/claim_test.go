package budget

import (
	"errors"
	"testing"
	"testing/synctest"
)

// TestClaims: claimed bytes are missing to shares, and the function of Follow hears
// of each claim.
func TestClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(8 * mib)
		var left []int64
		b.Follow(func(bytes int64) { left = append(left, bytes/mib) })
		b.Claim(3 * mib)
		check(t, b, 3*mib)
		if b.Share().TryGrow(2 * mib) {
			t.Error("large shares and claims have more than half of the budget")
		}
		late := b.Share()
		granted := make(chan error, 1)
		go func() { granted <- late.Grow(t.Context(), 2*mib) }()
		synctest.Wait()
		b.Claim(-2 * mib)
		if err := <-granted; err != nil {
			t.Errorf("who waits gets nothing of what is given back: %v", err)
		}
		b.Claim(10 * mib)
		if err := b.Share().Grow(t.Context(), 1); !errors.Is(err, ErrExhausted) || !b.Scarce() {
			t.Errorf("got %v where more than everything is claimed, want %v", err, ErrExhausted)
		}
		b.Claim(-11 * mib)
		check(t, b, 2*mib)
		want := []int64{8, 5, 7, -3, 8}
		if len(left) != len(want) {
			t.Fatalf("told of %v left, want %v", left, want)
		}
		for i := range want {
			if left[i] != want[i] {
				t.Fatalf("told of %v left, want %v", left, want)
			}
		}
	})
	var none *Budget
	none.Claim(1)
}
