package feed

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// reading is a node that keeps one value of each subject, as a cache does, and
// reads the journals when it is told to.
type reading struct {
	*follower
	now  time.Time
	told []storage.Subject
	left int64
}

func newReading(window time.Duration) *reading {
	r := &reading{follower: newFollower(window), now: time.Unix(1_700_000_000, 0)}
	tell := func(of storage.Subject) { r.told = append(r.told, of) }
	r.listen.Store(&tell)
	r.look(map[string]*journal{})
	return r
}

// look reads the journals, and returns the notifications.
func (r *reading) look(of map[string]*journal) []storage.Subject {
	r.told = nil
	written := map[string]journal{}
	for id, j := range of {
		written[id] = j.next()
	}
	r.read(r.now, r.left, written)
	return r.told
}

var (
	jane = storage.Subject{Of: storage.Users, ID: "jane"}
	john = storage.Subject{Of: storage.Users, ID: "john"}
)

func wantTold(t *testing.T, got []storage.Subject, want ...storage.Subject) {
	t.Helper()
	for _, of := range want {
		if !slices.Contains(got, of) {
			t.Errorf("told %v, want %v", got, of)
		}
	}
	if len(want) == 0 && len(got) > 0 {
		t.Errorf("told %v, want nothing", got)
	}
}

func wantKeepable(t *testing.T, f *follower, of storage.Subject, want bool) {
	t.Helper()
	if got := f.keepable(of); got != want {
		t.Errorf("%v is keepable: got %v, want %v", of, got, want)
	}
}

// TestChangeIsNotKept: from when a reader sees a note until it is ended nothing
// of its subject is kept, and it is forgotten at both ends.
func TestChangeIsNotKept(t *testing.T) {
	r := newReading(time.Minute)
	j := &journal{}
	others := map[string]*journal{"a": j}
	n, _ := j.open(jane, r.now)
	wantKeepable(t, r.follower, jane, true)
	wantTold(t, r.look(others), jane)
	wantKeepable(t, r.follower, jane, false)
	wantKeepable(t, r.follower, john, true)
	wantTold(t, r.look(others))
	wantKeepable(t, r.follower, jane, false)
	j.end(n, r.now)
	wantTold(t, r.look(others), jane)
	wantKeepable(t, r.follower, jane, true)
	// Announced and done between two looks.
	n, _ = j.open(john, r.now)
	j.end(n, r.now)
	wantTold(t, r.look(others), john)
	wantKeepable(t, r.follower, john, true)
}

// TestTwoChangesOfOne: a subject is kept again when the last of its changes is
// done.
func TestTwoChangesOfOne(t *testing.T) {
	r := newReading(time.Minute)
	a, b := &journal{}, &journal{}
	others := map[string]*journal{"a": a, "b": b}
	first, _ := a.open(jane, r.now)
	second, _ := b.open(jane, r.now)
	r.look(others)
	a.end(first, r.now)
	r.look(others)
	wantKeepable(t, r.follower, jane, false)
	b.end(second, r.now)
	r.look(others)
	wantKeepable(t, r.follower, jane, true)
}

// TestDeadWriter: a change that nobody ends holds for as long as its write could
// arrive, by the reader's clock, which the writer's has nothing to do with.
func TestDeadWriter(t *testing.T) {
	r := newReading(time.Minute)
	j := &journal{}
	others := map[string]*journal{"a": j}
	// The writer's clock is a day ahead.
	n, _ := j.open(jane, r.now.Add(24*time.Hour))
	r.look(others)
	r.now = r.now.Add(59 * time.Second)
	r.look(others)
	wantKeepable(t, r.follower, jane, false)
	r.now = r.now.Add(2 * time.Second)
	wantTold(t, r.look(others), jane)
	wantKeepable(t, r.follower, jane, true)
	wantTold(t, r.look(others))
	wantKeepable(t, r.follower, jane, true)
	// It was not dead: when it ends its change, documents cached since then are
	// forgotten.
	j.end(n, r.now)
	wantTold(t, r.look(others), jane)
}

// TestMissedNotes: a node that missed notes forgets everything, and open notes
// hold all the same.
func TestMissedNotes(t *testing.T) {
	for name, miss := range map[string]func(r *reading, j *journal){
		"by time": func(r *reading, j *journal) {
			n, _ := j.open(john, r.now)
			j.end(n, r.now)
			r.now = r.now.Add(notesKept + time.Second)
			j.prune(r.now)
		},
		"by number": func(r *reading, j *journal) {
			for i := range maxNotes {
				n, _ := j.open(storage.Subject{Of: storage.Sessions, ID: fmt.Sprint(i)}, r.now)
				j.end(n, r.now)
			}
			j.prune(r.now)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReading(time.Minute)
			j := &journal{}
			others := map[string]*journal{"a": j}
			r.look(others)
			j.open(jane, r.now)
			miss(r, j)
			wantTold(t, r.look(others), storage.Everything)
			wantKeepable(t, r.follower, jane, false)
			wantKeepable(t, r.follower, john, true)
			if len(j.Notes) > maxNotes {
				t.Errorf("%d notes are listed, want at most %d", len(j.Notes), maxNotes)
			}
		})
	}
}

// TestEverythingIsForgotten if a node left, if a journal is gone or was reset,
// and at the first look.
func TestEverythingIsForgotten(t *testing.T) {
	r := newReading(time.Minute)
	wantTold(t, r.told, storage.Everything)
	j := &journal{}
	others := map[string]*journal{"a": j}
	n, _ := j.open(john, r.now)
	j.end(n, r.now)
	r.look(others)
	wantTold(t, r.look(others))

	r.left++ // Somebody came, wrote and went between two looks.
	wantTold(t, r.look(others), storage.Everything)
	wantTold(t, r.look(map[string]*journal{}), storage.Everything)
	r.look(others)
	others["a"] = &journal{} // The index was restored to an earlier state.
	wantTold(t, r.look(others), storage.Everything)
	wantTold(t, r.look(others))
}

// TestNewNode: the notes of a node that joined since the last look are delivered.
func TestNewNode(t *testing.T) {
	r := newReading(time.Minute)
	j := &journal{}
	j.open(jane, r.now)
	wantTold(t, r.look(map[string]*journal{"new": j}), jane)
	wantKeepable(t, r.follower, jane, false)
}

// TestLongIDs stand for their collection, so that a journal stays small.
func TestLongIDs(t *testing.T) {
	r := newReading(time.Minute)
	j := &journal{}
	long := storage.Subject{Of: storage.Users, ID: strings.Repeat("x", maxNotedID+1)}
	n, _ := j.open(long, r.now)
	wantTold(t, r.look(map[string]*journal{"a": j}), storage.Subject{Of: storage.Users})
	wantKeepable(t, r.follower, long, false)
	wantKeepable(t, r.follower, jane, false)
	wantKeepable(t, r.follower, storage.Subject{Of: storage.Roles, ID: "r"}, true)
	j.end(n, r.now)
	r.look(map[string]*journal{"a": j})
	wantKeepable(t, r.follower, long, true)
}

// TestOpenIsBounded: a change without room is not announced, and an abandoned
// change frees its room after its time.
func TestOpenIsBounded(t *testing.T) {
	j := &journal{}
	now := time.Unix(1_700_000_000, 0)
	for range maxOpen {
		n, ok := j.open(jane, now)
		if !ok {
			t.Fatal("no room")
		}
		j.abandon(n, now.Add(time.Minute))
	}
	if _, ok := j.open(jane, now); ok {
		t.Error("one more than the bound was opened")
	}
	if ended := j.prune(now.Add(time.Minute + time.Second)); len(ended) != maxOpen {
		t.Errorf("%d changes were ended, want %d", len(ended), maxOpen)
	}
	if _, ok := j.open(jane, now); !ok {
		t.Error("no room after the abandoned changes were ended")
	}
}
