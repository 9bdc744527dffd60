package storage

import (
	"context"
	"fmt"
)

// MaxTogether is the maximum size in bytes of the documents that [All] reads.
const MaxTogether = 64 << 20

// Getter reads documents, as [Store] does.
type Getter interface {
	GetMany(ctx context.Context, from Collection, ids []string) (found []Document, left []string, err error)
}

// One implements Store.Get by GetMany, for engines.
func One(ctx context.Context, s Getter, from Collection, id string) (Document, error) {
	found, _, err := s.GetMany(ctx, from, []string{id})
	if err != nil {
		return Document{}, err
	}
	if len(found) == 0 {
		return Document{}, ErrNotFound.New(id, Index, string(from))
	}
	return found[0], nil
}

// Each reads any number of documents by id and passes them to use in the order
// of ids, a page at a time. It ends with the first error of use.
func Each(ctx context.Context, s Getter, from Collection, ids []string, use func([]Document) error) error {
	for len(ids) > 0 {
		found, left, err := s.GetMany(ctx, from, ids)
		if err != nil {
			return err
		}
		if err := use(found); err != nil {
			return err
		}
		ids = left
	}
	return nil
}

// All reads documents that are needed at the same time. More than MaxTogether
// bytes are an [ErrBadRequest].
func All(ctx context.Context, s Store, from Collection, ids []string) (all []Document, err error) {
	size := 0
	err = Each(ctx, s, from, ids, func(found []Document) error {
		for i := range found {
			size += found[i].Size()
		}
		if size > MaxTogether {
			return ErrBadRequest.New(fmt.Sprintf("the %s for this request must have at most %d bytes together: use fewer, or make them smaller", from, MaxTogether))
		}
		all = append(all, found...)
		return nil
	})
	return all, err
}
