package elasticsearch

import (
	"context"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Walk implements storage.Store. Large documents make a page shorter.
func (s *Store) Walk(ctx context.Context, of storage.Collection, after string, limit int) ([]storage.Kept, error) {
	if err := s.Refresh(ctx, of); err != nil {
		return nil, err
	}
	search := clause{
		"track_total_hits": false, "query": filtered(nil), "sort": []any{clause{"id": "asc"}},
		"_source": clause{"excludes": []string{contentFields, accountFields}},
	}
	if after != "" {
		search["search_after"] = []any{after}
	}
	found, err := s.findSome(ctx, of, search, min(limit, storage.MaxWindow))
	if err != nil {
		return nil, err
	}
	return s.kept(ctx, of, found.Hits)
}

// kept reads what a search found, and which of the keys that the records list
// are held.
func (s *Store) kept(ctx context.Context, of storage.Collection, hits []hit) ([]storage.Kept, error) {
	page, owners := make([]storage.Kept, len(hits)), make([]state, len(hits))
	var gets []get
	var which []int
	for i, hit := range hits {
		var err error
		if owners[i], err = hit.state(); err != nil {
			return nil, err
		}
		page[i].Document = owners[i].document(owners[i].ID)
		for _, key := range owners[i].Claims {
			gets, which = append(gets, get{index: claimsIndex, id: key}), append(which, i)
		}
	}
	answers, err := s.read(ctx, gets)
	if err != nil {
		return nil, err
	}
	for n, i := range which {
		h, err := answers[n].held(gets[n].id)
		if err != nil {
			return nil, err
		}
		if h.there() && !h.Latch && h.Of == of && h.Owner == page[i].ID && h.confirmed(h.key, owners[i]) {
			page[i].Claims = append(page[i].Claims, h.key)
		}
	}
	for i := range page {
		slices.Sort(page[i].Claims)
	}
	return page, nil
}

// Latches implements storage.Store. It reads all claims, since what a claim is
// cannot be searched by.
func (s *Store) Latches(ctx context.Context, give func(storage.Claim) error) error {
	if err := s.usable(ctx, storage.Users); err != nil {
		return err
	}
	return s.eachClaim(ctx, clause{"match_all": clause{}}, func(_ []string, found []held) error {
		var keys []string
		for _, h := range found {
			if h.Latch {
				keys = append(keys, h.key)
			}
		}
		claims, owners, err := s.holders(ctx, keys)
		if err != nil {
			return err
		}
		for i, h := range claims {
			if !h.there() || !h.Latch || !h.confirmed(h.key, owners[i]) {
				continue
			}
			if err := give(h.public(h.key)); err != nil {
				return err
			}
		}
		return nil
	})
}
