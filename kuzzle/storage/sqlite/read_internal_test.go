package sqlite

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// TestFirstReads holds that no connection is opened for the reads of a start, that
// one is as soon as the writer is busy, and that none outlasts the store.
func TestFirstReads(t *testing.T) {
	s, err := Open(t.Context(), t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	put := storage.Change{In: storage.Users, ID: "a", Put: &storage.Document{Version: 1, Content: []byte(`{}`)}, Take: []storage.Take{{Key: "k"}}}
	if _, err := s.Commit(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	read := func() {
		t.Helper()
		if d, err := s.Get(t.Context(), storage.Users, "a"); err != nil || d.ID != "a" {
			t.Errorf("got %q, %v", d.ID, err)
		}
		if claim, err := s.Owner(t.Context(), "k"); err != nil || claim.Owner != "a" {
			t.Errorf("got the claim of %q, %v", claim.Owner, err)
		}
	}
	read()
	if !s.lookups.Unopened() {
		t.Error("reads of a store at rest opened a connection")
	}
	s.writer.using.Lock()
	read()
	s.writer.using.Unlock()
	if s.lookups.Unopened() {
		t.Error("reads while the writer is busy opened no connection")
	}
	read()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), storage.Users, "a"); err == nil {
		t.Error("a closed store was read")
	}
	if lent, _ := s.writer.lend(func(*conn) error { return nil }); lent {
		t.Error("the connection of a closed store was lent")
	}
}
