package pool

import (
	"slices"
	"testing"
)

// TestFollow checks that a follower hears when hashes occupy all cores and when they leave one.
func TestFollow(t *testing.T) {
	pool := New(Limits{Workers: 3})
	pool.cores = 2
	var heard []bool
	pool.Follow(func(full bool) { heard = append(heard, full) })
	hash := func(lanes int, while func()) {
		t.Helper()
		if err := pool.Do(t.Context(), Cost{Lanes: lanes}, while); err != nil {
			t.Fatal(err)
		}
	}
	hash(1, func() { hash(1, func() { hash(1, func() {}) }) })
	hash(1, func() {})
	hash(3, func() {})
	pool.Follow(nil)
	hash(2, func() {})
	if want := []bool{true, false, true, false}; !slices.Equal(heard, want) {
		t.Errorf("heard %v, want %v", heard, want)
	}
}
