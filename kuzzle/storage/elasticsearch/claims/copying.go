package claims

import (
	"context"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// Walk implements storage.Store. Large documents shorten a page.
func (cs *Claims) Walk(ctx context.Context, of storage.Collection, after string, limit int) ([]storage.Kept, error) {
	if err := cs.queues.Refresh(ctx, of); err != nil {
		return nil, err
	}
	search := clause{
		"track_total_hits": false, "query": records.Filtered(nil), "sort": []any{clause{"id": "asc"}},
		"_source": clause{"excludes": []string{layout.ContentFields, layout.AccountFields}},
	}
	if after != "" {
		search["search_after"] = []any{after}
	}
	found, err := cs.records.FindSome(ctx, of, search, min(limit, storage.MaxWindow))
	if err != nil {
		return nil, err
	}
	return cs.kept(ctx, of, found.Hits)
}

// kept reads the records that a search found, and which of the listed keys they
// hold.
func (cs *Claims) kept(ctx context.Context, of storage.Collection, hits []records.Hit) ([]storage.Kept, error) {
	page, owners := make([]storage.Kept, len(hits)), make([]records.State, len(hits))
	var gets []records.Get
	var which []int
	for i, hit := range hits {
		var err error
		if owners[i], err = hit.State(); err != nil {
			return nil, err
		}
		page[i].Document = owners[i].Document(owners[i].ID)
		for _, key := range owners[i].Claims {
			gets, which = append(gets, records.Get{Index: layout.ClaimsIndex, ID: key}), append(which, i)
		}
	}
	answers, err := cs.records.Read(ctx, gets)
	if err != nil {
		return nil, err
	}
	for n, i := range which {
		h, err := answers[n].Held(gets[n].ID)
		if err != nil {
			return nil, err
		}
		if h.There() && !h.Latch && h.Of == of && h.Owner == page[i].ID && h.Confirmed(h.Key, owners[i]) {
			page[i].Claims = append(page[i].Claims, h.Key)
		}
	}
	for i := range page {
		slices.Sort(page[i].Claims)
	}
	return page, nil
}

// Latches implements storage.Store. It reads all claims, because searches
// cannot distinguish latches.
func (cs *Claims) Latches(ctx context.Context, give func(storage.Claim) error) error {
	if err := cs.records.Usable(ctx, storage.Users); err != nil {
		return err
	}
	return cs.Each(ctx, clause{"match_all": clause{}}, func(_ []string, found []records.Held) error {
		var keys []string
		for _, h := range found {
			if h.Latch {
				keys = append(keys, h.Key)
			}
		}
		claims, owners, err := cs.Holders(ctx, keys)
		if err != nil {
			return err
		}
		for i, h := range claims {
			if !h.There() || !h.Latch || !h.Confirmed(h.Key, owners[i]) {
				continue
			}
			if err := give(h.Public(h.Key)); err != nil {
				return err
			}
		}
		return nil
	})
}
