package storage

import "context"

// How much of a collection those who read all of it hold at once.
const (
	// WalkLength is the most documents of one page.
	WalkLength = 1000
	// WalkBytes is what the documents of one page take, about.
	WalkBytes = 8 << 20

	firstWalkLength = 100
)

// Walker reads a collection by Store.Walk from end to end, whatever its size:
// the length of a page follows the size of the documents.
type Walker struct {
	store Store
	of    Collection
	limit int
	// before is behind what the last page began, after behind what it ended.
	before, after string
}

// NewWalker begins before the first document.
func NewWalker(store Store, of Collection) *Walker {
	return &Walker{store: store, of: of, limit: firstWalkLength}
}

// Next answers the next page, and none behind the last document. After an error
// it answers the same page.
func (w *Walker) Next(ctx context.Context) ([]Kept, error) {
	page, err := w.store.Walk(ctx, w.of, w.after, w.limit)
	if err != nil || len(page) == 0 {
		return nil, err
	}
	w.before, w.after = w.after, page[len(page)-1].ID
	bytes := 0
	for i := range page {
		bytes += page[i].Size()
	}
	switch {
	case bytes > WalkBytes:
		w.limit = max(1, w.limit/2)
	case bytes < WalkBytes/4:
		w.limit = min(WalkLength, w.limit*2)
	}
	return page, nil
}

// Again has Next read anew from where the last page began.
func (w *Walker) Again() { w.after = w.before }
