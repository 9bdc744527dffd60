package migration

import (
	"context"
	"fmt"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// stream reads a collection from end to end, without the marker.
type stream struct {
	of    storage.Collection
	pages *storage.Walker
	// change is called once for each document; nil for none.
	change func(storage.Collection, *storage.Kept) error
	page   []storage.Kept
	ended  bool
}

func newStream(store storage.Store, of storage.Collection) *stream {
	return &stream{of: of, pages: storage.NewWalker(store, of)}
}

// peek returns the next document, and nil after the last.
func (s *stream) peek(ctx context.Context) (*storage.Kept, error) {
	for {
		for len(s.page) == 0 {
			if s.ended {
				return nil, nil
			}
			var err error
			if s.page, err = s.pages.Next(ctx); err != nil {
				return nil, err
			}
			s.ended = len(s.page) == 0
			for i := range s.page {
				if s.change == nil {
					break
				}
				if err := s.change(s.of, &s.page[i]); err != nil {
					return nil, fmt.Errorf("%s %q: %w", s.of, s.page[i].ID, err)
				}
			}
		}
		if s.of != storage.Settings || s.page[0].ID != markerSetting {
			return &s.page[0], nil
		}
		s.pop()
	}
}

func (s *stream) pop() { s.page = s.page[1:] }

// pairs visits the documents of both sides in the order of their ids, together
// if both have one; a missing one is nil.
func (p *Plan) pairs(ctx context.Context, of storage.Collection, visit func(from, to *storage.Kept) error) error {
	from, to := newStream(p.From, of), newStream(p.To, of)
	from.change = p.Change
	for {
		a, err := from.peek(ctx)
		if err != nil {
			return err
		}
		b, err := to.peek(ctx)
		if err != nil {
			return err
		}
		switch {
		case a == nil && b == nil:
			return nil
		case b == nil || a != nil && a.ID < b.ID:
			b = nil
		case a == nil || b.ID < a.ID:
			a = nil
		}
		if err := visit(a, b); err != nil {
			return err
		}
		if a != nil {
			from.pop()
		}
		if b != nil {
			to.pop()
		}
	}
}
