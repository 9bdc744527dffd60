package weighing

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// shelf is a store of one document, which every read finds.
type shelf struct {
	storage.Store
	doc storage.Document
}

func (s shelf) Get(context.Context, storage.Collection, string) (storage.Document, error) {
	return s.doc, nil
}

func (s shelf) GetMany(context.Context, storage.Collection, []string) ([]storage.Document, []string, error) {
	return []storage.Document{s.doc}, nil, nil
}

func (s shelf) page() storage.Page {
	return storage.Page{Hits: []storage.Hit{{ID: s.doc.ID, Content: s.doc.Content}}}
}

func (s shelf) Search(context.Context, storage.Collection, query.Search) (storage.Page, error) {
	return s.page(), nil
}

func (s shelf) OpenScroll(context.Context, storage.Collection, query.Search, time.Duration) (storage.Page, string, error) {
	return s.page(), "", nil
}

func (s shelf) NextScroll(context.Context, storage.Collection, string, time.Duration) (storage.Page, string, error) {
	return s.page(), "", nil
}

// reads are all ways to have documents read.
var reads = map[string]func(context.Context, storage.Store) error{
	"Get": func(ctx context.Context, s storage.Store) error {
		_, err := s.Get(ctx, storage.Users, "")
		return err
	},
	"GetMany": func(ctx context.Context, s storage.Store) error {
		_, _, err := s.GetMany(ctx, storage.Users, nil)
		return err
	},
	"Search": func(ctx context.Context, s storage.Store) error {
		_, err := s.Search(ctx, storage.Users, query.Search{})
		return err
	},
	"OpenScroll": func(ctx context.Context, s storage.Store) error {
		_, _, err := s.OpenScroll(ctx, storage.Users, query.Search{}, 0)
		return err
	},
	"NextScroll": func(ctx context.Context, s storage.Store) error {
		_, _, err := s.NextScroll(ctx, storage.Users, "", 0)
		return err
	},
}

// TestWeighing has every read draw on the budget of the request that it is for.
func TestWeighing(t *testing.T) {
	const mib = 1 << 20
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			all := budget.New(8 * mib)
			ask := func(size int) (*budget.Share, error) {
				share := all.Share()
				t.Cleanup(share.Release)
				return share, read(budget.With(t.Context(), share), Store{shelf{doc: storage.Document{Content: bytes.Repeat([]byte("x"), size)}}})
			}
			if share, err := ask(1000); err != nil || share.Held() != 0 {
				t.Errorf("a small document: %v, %d bytes are held", err, share.Held())
			}
			first, err := ask(mib / 2)
			if err != nil || first.Held() < mib/2 {
				t.Errorf("a large document: %v, %d bytes are held", err, first.Held())
			}
			if _, err := ask(mib / 2); !errors.Is(err, network.ErrNoMemory) {
				t.Errorf("a second one for which there is no room: %v, want %v", err, network.ErrNoMemory)
			}
			if _, err := ask(mib); !errors.Is(err, network.ErrTooHeavy) {
				t.Errorf("one for which there is never room: %v, want %v", err, network.ErrTooHeavy)
			}
			first.Release()
			if _, err := ask(mib / 2); err != nil {
				t.Errorf("one for which there is room again: %v", err)
			}
		})
	}
}

// TestWeighingLoops: one request reads much, each time after it has dropped the last
// part, as a reset of all users does.
func TestWeighingLoops(t *testing.T) {
	const mib = 1 << 20
	for name, read := range reads {
		t.Run(name, func(t *testing.T) {
			all := budget.New(8 * mib)
			share := all.Share()
			defer share.Release()
			ctx := budget.With(t.Context(), share)
			for i, size := range []int{mib / 4, mib / 2, mib / 2, mib / 8, mib / 2} {
				if err := read(ctx, Store{shelf{doc: storage.Document{Content: bytes.Repeat([]byte("x"), size)}}}); err != nil {
					t.Fatalf("read %d, of %d bytes: %v", i, size, err)
				}
			}
			if held := share.Held(); held < mib/2 || held > 4*mib {
				t.Errorf("%d bytes are held, want those of the largest", held)
			}
		})
	}
}
