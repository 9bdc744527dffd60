package losstest

import (
	"os"
	"testing"
	"time"
)

// size is how much the tests do: little in every run, all of it in .ci/long,
// which sets LOSSTEST_FULL.
type size struct {
	killRounds, historyRounds int
	flood, sockets            int
	// mixed are how many log in at once whose digests are of many formats.
	mixed []int
	// logins are how many of each kind are timed.
	logins int
	// line is how long the longest line of an import is, in bytes.
	line int64
	// attackers fill the memory budget for attackTime each.
	attackers      int
	attackTime     time.Duration
	budget         int64
	users, samples int
	// timed tells whether the machine is ours alone, so that times can be judged.
	timed bool
}

// Descriptors that the server needs for itself, and the most connections that
// any test opens.
const (
	spareDescriptors = 1000
	mostConnections  = 10_000
)

func sized(t *testing.T) size {
	t.Helper()
	if os.Getenv("LOSSTEST_FULL") == "" {
		return size{killRounds: 4, historyRounds: 3, flood: 500, sockets: 500, mixed: []int{60}, logins: 10, line: 64 * mib, attackers: 100, attackTime: 300 * time.Millisecond, budget: 128 * mib, users: 5000, samples: 20}
	}
	connections := min(mostConnections, mostDescriptors(t)-spareDescriptors)
	return size{killRounds: 100, historyRounds: 60, flood: connections, sockets: connections, mixed: []int{400, 3000}, logins: 300, line: 1 << 30, attackers: 1000, attackTime: 10 * time.Second, budget: 128 * mib, users: 1_000_000, samples: 200, timed: true}
}
