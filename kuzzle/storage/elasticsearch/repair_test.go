//go:build failpoints

package elasticsearch_test

import (
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
)

// TestRepair: claims that a dead node left are removed, and no others.
func TestRepair(t *testing.T) {
	o := lent(t)
	s := open(t, o)
	killed(t, o, "document", user("dead", "lost", "lost too"))
	must(t, s, user("alive", "held"))
	// For a store that writes so quickly, a claim that is not confirmed by now
	// never will be.
	hasty := o
	hasty.WriteDeadline = time.Millisecond
	examined := open(t, hasty)
	wantFindings(t, examined.Examine(t.Context()), storage.Degraded, "2 were left by servers that died", "--repair")
	got, err := s.Repair(t.Context(), time.Time{})
	if want := (elasticsearch.Repaired{Claims: 3, Stale: 2, Removed: 2}); err != nil || got != want {
		t.Errorf("repair: got %+v, %v, want %+v", got, err, want)
	}
	wantFindings(t, examined.Examine(t.Context()), storage.Note)
	wantOwner(t, s, "lost", "")
	wantOwner(t, s, "held", "alive")
}
