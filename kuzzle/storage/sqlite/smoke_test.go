package sqlite

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

func TestSmoke(t *testing.T) {
	ctx := t.Context()
	s, err := Open(ctx, t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			_, err := s.Commit(ctx, storage.Change{In: storage.Users, ID: fmt.Sprint("u", i), Put: &storage.Document{Content: []byte(`{}`), Version: 1}, Take: []storage.Take{{Key: fmt.Sprint(i % 50)}}})
			var taken *storage.TakenError
			if err != nil && !errors.As(err, &taken) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c, err := s.Owner(ctx, "3")
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Get(ctx, storage.Users, c.Owner)
	t.Log(d, c, err)
	rev, err := s.Commit(ctx, storage.Change{In: storage.Users, ID: d.ID, If: d.Rev})
	t.Log(rev, err)
	_, err = s.Owner(ctx, "3")
	if !errors.Is(err, storage.ErrNotFound) {
		t.Fatal(err)
	}
}
