//go:build failpoints

package elasticsearch_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// TestGroupStalls: a node stalls between the claims and the documents of many
// creations, another takes one of the names meanwhile, and the rest is written
// when the first wakes.
func TestGroupStalls(t *testing.T) {
	a, b := two(t)
	var changes []storage.Change
	for i := range 40 {
		changes = append(changes, user(fmt.Sprint("u", i), fmt.Sprint("key", i), fmt.Sprint("other", i)))
	}
	var at stall
	ctx := at.at(t.Context(), "document")
	results := make(chan []storage.Result, 1)
	go func() { results <- a.CommitMany(ctx, changes) }()
	<-at.reached
	must(t, b, user("late", "key7"))
	close(at.woken)
	for i, result := range <-results {
		if i == 7 {
			wantTaken(t, result.Err, "key7", "late")
			continue
		}
		if result.Err != nil {
			t.Errorf("creation %d: %v", i, result.Err)
		}
		if owner, err := b.Owner(t.Context(), fmt.Sprint("other", i)); err != nil || owner.Owner != changes[i].ID {
			t.Errorf("other%d is %q's, %v", i, owner.Owner, err)
		}
	}
	if _, err := b.Get(t.Context(), storage.Users, "u7"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the refused user is there: %v", err)
	}
	must(t, b, user("next", "other7"))
}

// TestGroupMeets: among many creations one meets a document, one a claim and one
// content that does not fit; each is told so, and the others are done.
func TestGroupMeets(t *testing.T) {
	s := openNew(t)
	must(t, s, user("there", "taken"))
	changes := []storage.Change{
		user("a", "1"), user("there", "2"), user("b", "taken", "3"), user("a", "4"), user("c", "1"), user("d"),
	}
	bad := user("e", "5")
	bad.Put.Content = []byte(`[]`)
	results := s.CommitMany(t.Context(), append(changes, bad))
	for i, want := range []error{nil, storage.ErrExists, &storage.TakenError{}, storage.ErrExists, &storage.TakenError{}, nil, storage.ErrBadRequest} {
		var taken *storage.TakenError
		switch got := results[i].Err; {
		case errors.As(want, &taken):
			if !errors.As(got, &taken) {
				t.Errorf("creation %d: got %v, want a taken key", i, got)
			}
		case !errors.Is(got, want):
			t.Errorf("creation %d: got %v, want %v", i, got, want)
		}
	}
	// Refusals left nothing behind.
	for i, key := range []string{"2", "3", "4", "5"} {
		must(t, s, user(fmt.Sprint("after", i), key))
	}
}
