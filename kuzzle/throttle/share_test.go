package throttle

import "testing"

func TestShares(t *testing.T) {
	for _, test := range []struct{ limit, nodes int }{{10, 1}, {10, 2}, {1, 2}, {7, 3}, {2, 5}, {100, 7}} {
		for window := int64(1_700_000_000); window < 1_700_000_020; window++ {
			sum := 0
			for rank := range test.nodes {
				sum += Share{rank, test.nodes}.part(test.limit, window)
			}
			if sum != test.limit {
				t.Fatalf("%d nodes allow %d together, want %d", test.nodes, sum, test.limit)
			}
		}
	}
	// A limit below the number of nodes rotates, so that no node refuses for ever.
	allowed := 0
	for window := range int64(5) {
		allowed += Share{Rank: 3, Of: 5}.part(1, window)
	}
	if allowed != 1 {
		t.Errorf("in five windows one of five nodes allows %d, want 1", allowed)
	}
}
