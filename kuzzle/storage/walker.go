package storage

import "context"

// How much of a collection a complete read holds at once.
const (
	// WalkLength is the maximum number of documents in one page.
	WalkLength = 1000
	// WalkBytes is the approximate size of the documents of one page.
	WalkBytes = 8 << 20

	firstWalkLength = 100
)

// Walker reads a whole collection of any size by Store.Walk: the length of a
// page follows the size of the documents.
type Walker struct {
	store Store
	of    Collection
	limit int
	// before is the position before the last page, after the position after it.
	before, after string
}

// NewWalker returns a Walker at the first document.
func NewWalker(store Store, of Collection) *Walker {
	return &Walker{store: store, of: of, limit: firstWalkLength}
}

// Next returns the next page, and none after the last document. After an error
// it returns the same page.
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

// Again makes Next read the last page again.
func (w *Walker) Again() { w.after = w.before }
