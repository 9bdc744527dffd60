package instance_test

import (
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/instance"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// TestID: servers that ask at once agree, and changes of the facts leave it alone.
func TestID(t *testing.T) {
	store, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	ids := make(chan string, 4)
	var all sync.WaitGroup
	for i := range cap(ids) {
		all.Go(func() {
			at := instance.New(store)
			if _, err := at.Change(t.Context(), func(f *instance.Facts) { f.TestMode = i%2 == 0 }); err != nil {
				t.Error(err)
			}
			id, err := at.ID(t.Context())
			if err != nil {
				t.Error(err)
			}
			ids <- id
		})
	}
	all.Wait()
	close(ids)
	first := <-ids
	for id := range ids {
		if id != first || id == "" {
			t.Errorf("%q and %q", first, id)
		}
	}
}

// TestChange tells whether anything changed, on every server.
func TestChange(t *testing.T) {
	store, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	here, there := instance.New(store), instance.New(store)
	edit := func(f *instance.Facts) { f.AllowedOrigins = []string{"https://a.example.com"} }
	for i, at := range []*instance.Instance{here, there} {
		if changed, err := at.Change(t.Context(), edit); err != nil || changed != (i == 0) {
			t.Errorf("change %d: %v, %v", i, changed, err)
		}
	}
	if facts, err := there.Facts(t.Context()); err != nil || len(facts.AllowedOrigins) != 1 {
		t.Errorf("got %+v, %v", facts, err)
	}
}
