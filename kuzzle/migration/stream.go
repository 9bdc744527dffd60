package migration

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Bounds of one page. Its length follows the size of the documents.
const (
	firstPage   = 100
	longestPage = 1000
	pageBytes   = 8 << 20
)

// stream reads a collection from end to end, a page at a time.
type stream struct {
	store storage.Store
	of    storage.Collection
	limit int
	after string
	page  []storage.Kept
	ended bool
}

func newStream(store storage.Store, of storage.Collection) *stream {
	return &stream{store: store, of: of, limit: firstPage}
}

// peek answers the next document, and nil behind the last.
func (s *stream) peek(ctx context.Context) (*storage.Kept, error) {
	for {
		for len(s.page) == 0 {
			if s.ended {
				return nil, nil
			}
			if err := s.read(ctx); err != nil {
				return nil, err
			}
		}
		if s.of != storage.Settings || s.page[0].ID != markerSetting {
			return &s.page[0], nil
		}
		s.pop()
	}
}

func (s *stream) pop() { s.page = s.page[1:] }

func (s *stream) read(ctx context.Context) error {
	var err error
	if s.page, err = s.store.Walk(ctx, s.of, s.after, s.limit); err != nil {
		return err
	}
	if s.ended = len(s.page) == 0; s.ended {
		return nil
	}
	s.after = s.page[len(s.page)-1].ID
	bytes := 0
	for i := range s.page {
		bytes += size(&s.page[i])
	}
	switch {
	case bytes > pageBytes:
		s.limit = max(1, s.limit/2)
	case bytes < pageBytes/4:
		s.limit = min(longestPage, s.limit*2)
	}
	return nil
}

func size(k *storage.Kept) int { return len(k.Content) + len(k.Account) + len(k.Auth) }

// pairs visits the documents of both sides in the order of their ids, together
// where both have one; what a side lacks is nil.
func pairs(ctx context.Context, from, to *stream, visit func(from, to *storage.Kept) error) error {
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
