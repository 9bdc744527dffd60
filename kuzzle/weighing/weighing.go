package weighing

import (
	"context"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Store is a store that counts the documents it reads in the memory budget, on the
// share of the request. A request that reads much reads it in parts and drops one
// before the next, so its largest read counts. Reads outside of requests, such as
// those at the start, are not counted.
type Store struct{ storage.Store }

// answered is how many bytes an answer takes for each byte that was read for it: the
// read byte, and while it is written two buffers that grew by doubling.
const answered = 5

// weigh takes the size of documents that were read. Small ones are within the base
// share of every request.
func weigh(ctx context.Context, bytes int) error {
	if bytes <= budget.Small/answered {
		return nil
	}
	err := budget.From(ctx).CoverLargest(ctx, int64(bytes)*answered)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, budget.ErrNeverFits):
		return network.ErrTooHeavy.New(int64(bytes) * answered)
	}
	return network.ErrNoMemory.New().RetryIn(budget.Patience)
}

func (w Store) Get(ctx context.Context, from storage.Collection, id string) (storage.Document, error) {
	doc, err := w.Store.Get(ctx, from, id)
	if err == nil {
		err = weigh(ctx, doc.Size())
	}
	return doc, err
}

func (w Store) GetMany(ctx context.Context, from storage.Collection, ids []string) ([]storage.Document, []string, error) {
	docs, left, err := w.Store.GetMany(ctx, from, ids)
	if err != nil {
		return docs, left, err
	}
	bytes := 0
	for i := range docs {
		bytes += docs[i].Size()
	}
	return docs, left, weigh(ctx, bytes)
}

func (w Store) Search(ctx context.Context, in storage.Collection, what query.Search) (storage.Page, error) {
	page, err := w.Store.Search(ctx, in, what)
	if err == nil {
		err = weigh(ctx, pageBytes(&page))
	}
	return page, err
}

func (w Store) OpenScroll(ctx context.Context, in storage.Collection, what query.Search, keep time.Duration) (storage.Page, string, error) {
	page, cursor, err := w.Store.OpenScroll(ctx, in, what, keep)
	if err == nil {
		err = weigh(ctx, pageBytes(&page))
	}
	return page, cursor, err
}

func (w Store) NextScroll(ctx context.Context, in storage.Collection, cursor string, keep time.Duration) (storage.Page, string, error) {
	page, cursor, err := w.Store.NextScroll(ctx, in, cursor, keep)
	if err == nil {
		err = weigh(ctx, pageBytes(&page))
	}
	return page, cursor, err
}

func pageBytes(p *storage.Page) int {
	bytes := 0
	for i := range p.Hits {
		bytes += p.Hits[i].Size()
	}
	return bytes
}
