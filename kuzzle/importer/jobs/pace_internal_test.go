package jobs

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// TestPace: how fast a job is and how long it goes on follow from what it has done; one
// that has ended takes no longer.
func TestPace(t *testing.T) {
	at := func(state State, rows, bytes, now int64) Status {
		s := Status{State: state, Received: 1000, StartedAt: 10_000, Progress: importer.Progress{Bytes: bytes}}
		s.Rows = rows
		s.pace(now)
		return s
	}
	for _, test := range []struct {
		name    string
		got     Status
		rate    float64
		seconds int64
	}{
		{"begins", at(Running, 0, 0, 10_000), 0, 0},
		{"runs", at(Running, 50, 250, 12_000), 25, 6},
		{"is nearly done", at(Running, 333, 999, 19_000), 37, 1},
		{"has ended", at(Done, 400, 1000, 20_000), 40, 0},
	} {
		if test.got.Rate != test.rate || test.got.SecondsLeft != test.seconds {
			t.Errorf("%s: got %v rows a second and %d seconds more, want %v and %d", test.name, test.got.Rate, test.got.SecondsLeft, test.rate, test.seconds)
		}
	}
}
