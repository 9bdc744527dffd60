//go:build failpoints

package elasticsearch_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
)

// two opens two nodes over the same indexes.
func two(t *testing.T) (a, b *elasticsearch.Store) {
	t.Helper()
	o := lent(t)
	a = open(t, o)
	b, err := elasticsearch.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return a, b
}

// stall stops the first change that reaches a step, until it is woken.
type stall struct {
	reached, woken chan struct{}
	once           sync.Once
}

func (s *stall) at(ctx context.Context, step string) context.Context {
	s.reached, s.woken = make(chan struct{}), make(chan struct{})
	return elasticsearch.WithFailpoint(ctx, func(reached string) {
		if reached == step {
			s.once.Do(func() {
				close(s.reached)
				<-s.woken
			})
		}
	})
}

// stalled begins a change, waits until it stalls, and returns functions to wake
// it and to get its result.
func stalled(t *testing.T, s *elasticsearch.Store, step string, change storage.Change) func() error {
	t.Helper()
	var at stall
	ctx := at.at(t.Context(), step)
	result := make(chan error, 1)
	go func() {
		_, err := s.Commit(ctx, change)
		result <- err
	}()
	<-at.reached
	return func() error {
		close(at.woken)
		return <-result
	}
}

func user(id string, keys ...string) storage.Change {
	change := storage.Change{In: storage.Users, ID: id, Put: &storage.Document{Version: 1}}
	for _, key := range keys {
		change.Take = append(change.Take, storage.Take{Key: key})
	}
	return change
}

func must(t *testing.T, s *elasticsearch.Store, change storage.Change) storage.Document {
	t.Helper()
	if _, err := s.Commit(t.Context(), change); err != nil {
		t.Fatalf("commit %s: %v", change.ID, err)
	}
	d, err := s.Get(t.Context(), change.In, change.ID)
	if err != nil && change.Put != nil {
		t.Fatalf("get %s: %v", change.ID, err)
	}
	return d
}

func wantTaken(t *testing.T, err error, key, owner string) {
	t.Helper()
	var taken *storage.TakenError
	if !errors.As(err, &taken) || taken.Key != key || taken.Held.Owner != owner {
		t.Errorf("got %v, want that %s holds %s", err, owner, key)
	}
}

func wantOwner(t *testing.T, s *elasticsearch.Store, key, want string) {
	t.Helper()
	claim, err := s.Owner(t.Context(), key)
	if errors.Is(err, storage.ErrNotFound) {
		err = nil
	}
	if err != nil || claim.Owner != want {
		t.Errorf("owner of %s: got %q, %v, want %q", key, claim.Owner, err, want)
	}
}

// TestCreatorWakesAfterGrace: a creator that stalls between its claim and its
// document loses the claim, and does not bring its document back.
func TestCreatorWakesAfterGrace(t *testing.T) {
	for _, step := range []string{"document", "claims"} {
		a, b := two(t)
		wake := stalled(t, a, step, user("slow", "name"))
		must(t, b, user("quick", "name"))
		wantTaken(t, wake(), "name", "quick")
		wantOwner(t, a, "name", "quick")
		if _, err := a.Get(t.Context(), storage.Users, "slow"); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("%s: slow user: got %v, want %v", step, err, storage.ErrNotFound)
		}
		must(t, b, user("slow", "other name"))
	}
}

// TestRenamerWakesAfterGrace: the same for a change of a name, whose document is
// there all the time.
func TestRenamerWakesAfterGrace(t *testing.T) {
	a, b := two(t)
	d := must(t, a, user("slow", "old"))
	rename := user("slow", "new")
	rename.If, rename.Free = d.Rev, []string{"old"}
	wake := stalled(t, a, "document", rename)
	must(t, b, user("quick", "new"))
	wantTaken(t, wake(), "new", "quick")
	wantOwner(t, a, "old", "slow")
	again, err := b.Get(t.Context(), storage.Users, "slow")
	if err != nil || again.Rev != d.Rev {
		t.Errorf("slow user: got %v, %v, want revision %v", again.Rev, err, d.Rev)
	}
}

// TestTakerStallsBetweenFenceAndTake: the owner returns first, and keeps its
// claim.
func TestTakerStallsBetweenFenceAndTake(t *testing.T) {
	a, b := two(t)
	wakeOwner := stalled(t, a, "document", user("owner", "name"))
	wakeTaker := stalled(t, b, "take", user("taker", "name"))
	if err := wakeOwner(); err != nil {
		t.Errorf("owner: %v", err)
	}
	wantTaken(t, wakeTaker(), "name", "owner")
	wantOwner(t, a, "name", "owner")
}

// TestDeleterWakesAfterRecreation: the remaining steps of a deletion do no harm
// to the next user of that id and name.
func TestDeleterWakesAfterRecreation(t *testing.T) {
	a, b := two(t)
	d := must(t, a, user("u", "name"))
	wake := stalled(t, a, "free", storage.Change{In: storage.Users, ID: "u", If: d.Rev})
	next := must(t, b, user("u", "name"))
	if err := wake(); err != nil {
		t.Errorf("deleter: %v", err)
	}
	if claim, err := a.Owner(t.Context(), "name"); err != nil || claim.Incarnation != next.Incarnation {
		t.Errorf("claim: got %+v, %v, want incarnation %s", claim, err, next.Incarnation)
	}
	wake = stalled(t, a, "document", storage.Change{In: storage.Users, ID: "u", If: next.Rev})
	must(t, b, storage.Change{In: storage.Users, ID: "u", If: next.Rev})
	last := must(t, b, user("u", "name"))
	if err := wake(); !errors.Is(err, storage.ErrConflict) {
		t.Errorf("deleter of what was deleted: got %v, want %v", err, storage.ErrConflict)
	}
	if got, err := a.Get(t.Context(), storage.Users, "u"); err != nil || got.Incarnation != last.Incarnation {
		t.Errorf("user: got %+v, %v, want incarnation %s", got, err, last.Incarnation)
	}
	wantOwner(t, a, "name", "u")
}

// TestFreerWakesAfterRetake: a stalled release of a name does not remove it from
// the same user, who took it again.
func TestFreerWakesAfterRetake(t *testing.T) {
	a, b := two(t)
	d := must(t, a, user("u", "old"))
	rename := user("u", "new")
	rename.If, rename.Free = d.Rev, []string{"old"}
	wake := stalled(t, a, "free", rename)
	d, err := b.Get(t.Context(), storage.Users, "u")
	if err != nil {
		t.Fatal(err)
	}
	back := user("u", "old")
	back.If, back.Free = d.Rev, []string{"new"}
	must(t, b, back)
	if err := wake(); err != nil {
		t.Errorf("rename: %v", err)
	}
	wantOwner(t, a, "old", "u")
	wantTaken(t, func() error { _, err := b.Commit(t.Context(), user("v", "old")); return err }(), "old", "u")
}

// TestLatchIsSettledWhileItIsFreed: a latch can be released while its owner is
// deleted.
func TestLatchIsSettledWhileItIsFreed(t *testing.T) {
	a, b := two(t)
	setter := user("setter")
	setter.Take = []storage.Take{{Key: "latch", Once: true}}
	set := must(t, a, setter)
	wake := stalled(t, a, "free", storage.Change{In: storage.Users, ID: "freer", Put: &storage.Document{Version: 1}, Free: []string{"latch"}})
	must(t, b, storage.Change{In: storage.Users, ID: "setter", If: set.Rev})
	wantOwner(t, b, "latch", "setter")
	if err := wake(); err != nil {
		t.Error(err)
	}
	wantOwner(t, b, "latch", "")
}

// TestTwoCreatorsShareTwoIdentifiers: one gets both, the other gets the holder's
// name, and neither waits for the other for ever.
func TestTwoCreatorsShareTwoIdentifiers(t *testing.T) {
	a, b := two(t)
	for round := range 10 {
		mail, name := fmt.Sprint("mail ", round), fmt.Sprint("name ", round)
		ids := [2]string{fmt.Sprint("a", round), fmt.Sprint("b", round)}
		var errs [2]error
		var running sync.WaitGroup
		for i, s := range []*elasticsearch.Store{a, b} {
			keys := []string{mail, name}
			if i == 1 {
				keys = []string{name, mail}
			}
			running.Go(func() { _, errs[i] = s.Commit(t.Context(), user(ids[i], keys...)) })
		}
		running.Wait()
		winner := 0
		if errs[0] != nil {
			winner = 1
		}
		if errs[winner] != nil {
			t.Fatalf("round %d: both are refused: %v, %v", round, errs[0], errs[1])
		}
		wantTaken(t, errs[1-winner], mail, ids[winner])
		wantOwner(t, a, mail, ids[winner])
		wantOwner(t, b, name, ids[winner])
	}
}
