package tickets

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Upkeep finishes interrupted redemptions, and removes the rows of tickets that ended long ago. It
// returns the number of both.
func (ts *Tickets) Upkeep(ctx context.Context) (done int, err error) {
	if err := ts.Store.Refresh(ctx, storage.Tickets); err != nil {
		return 0, err
	}
	old := ts.Now().Add(-grace).UnixMilli()
	done, err = ts.each(ctx, term(statusField, begun), func(doc storage.Document) (bool, error) {
		t, err := read(doc, ts.Now())
		if err != nil || !t.begun || t.UpdatedAt > old {
			return false, err
		}
		return ts.settle(ctx, t)
	})
	if err != nil {
		return done, err
	}
	removed, err := ts.each(ctx, query.Range{Field: field(removeAtField), LTE: float64(ts.Now().UnixMilli())}, ts.removing(ctx))
	return done + removed, err
}

// removing removes each ticket.
func (ts *Tickets) removing(ctx context.Context) func(storage.Document) (bool, error) {
	return func(doc storage.Document) (bool, error) { return true, ts.remove(ctx, doc.ID, doc.Rev) }
}

// each calls do for the tickets that a search finds, and returns their number.
func (ts *Tickets) each(ctx context.Context, where query.Node, do func(storage.Document) (bool, error)) (done int, err error) {
	what := query.Search{Where: where, Size: walkPage, Source: query.Source{Hidden: true}}
	for {
		page, err := ts.Store.Search(ctx, storage.Tickets, what)
		if err != nil || len(page.Hits) == 0 {
			return done, err
		}
		for _, hit := range page.Hits {
			what.After = []any{hit.ID}
			doc, err := ts.Store.Get(ctx, storage.Tickets, hit.ID)
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			did := false
			if err == nil {
				did, err = do(doc)
			}
			if err != nil {
				return done, err
			}
			if did {
				done++
			}
		}
	}
}
