package bulkqueue

import (
	"testing"
	"time"
)

// TestPace: refreshes keep their distance, and wait a moment for callers that
// were answered together.
func TestPace(t *testing.T) {
	const floor = 10 * time.Millisecond
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	for _, test := range []struct {
		name string
		took int // of the last refresh, in ms
		// answered by it, waiting then, and now, when others are coming.
		answered, behind, now, coming int
		after                         int // its beginning, in ms
		want                          time.Duration
	}{
		{"alone and quick", 4, 1, 0, 1, 0, 4, 6 * time.Millisecond},
		{"alone and slow", 40, 1, 0, 1, 0, 40, 0},
		{"nobody is back yet", 40, 8, 8, 8, 0, 40, 10 * time.Millisecond},
		{"some are back", 40, 8, 8, 12, 0, 45, 5 * time.Millisecond},
		{"all are back", 40, 8, 8, 16, 0, 42, 0},
		{"all are back, and others are coming", 40, 8, 8, 16, 3, 42, 0},
		{"they do not come back", 40, 8, 8, 8, 0, 50, 0},
		{"never long", 4000, 8, 8, 8, 0, 4000, maxGather},
		{"quick, and the floor is later", 7, 8, 8, 8, 0, 7, 3 * time.Millisecond},
		{"they are coming", 16, 8, 8, 8, 4, 22, 10 * time.Millisecond},
		{"they are coming, and it was short", 12, 8, 8, 8, 4, 22, 2 * time.Millisecond},
		{"they were coming too long", 16, 8, 8, 8, 4, 32, 0},
		{"never long for those who are coming", 4000, 8, 8, 8, 4, 4000, maxGather},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := pace{floor: floor}
			if got := p.hold(at(0), 1, 1); got != 0 {
				t.Errorf("the first waits %v", got)
			}
			p.begin(at(0))
			p.end(at(test.took), test.answered, test.behind)
			if got := p.hold(at(test.after), test.now, test.coming); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
