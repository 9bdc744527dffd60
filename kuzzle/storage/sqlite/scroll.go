package sqlite

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/conditions"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/results"
)

// Bounds of all open cursors together.
const (
	maxScrolls     = 500
	maxScrollBytes = 64 << 20
)

// scrolls are the open cursors. Each is freed by its timer, its last page, or
// close.
type scrolls struct {
	mu     sync.Mutex
	open   map[string]*scroll
	bytes  int64
	closed bool
	// opening has one slot.
	opening chan struct{}
}

// scroll is an open cursor: in the order of ids its position, in any other order
// the remaining row numbers.
type scroll struct {
	sync.Mutex
	in      storage.Collection
	what    query.Search
	total   int64
	ids     bool
	more    bool // after the last page of ids
	pending []int64
	bytes   int64
	// timer frees the memory; until is how long the cursor may be used.
	timer *time.Timer
	until time.Time
	freed bool
}

// OpenScroll implements storage.Store. An order other than plain ids over all
// documents is fixed when the scroll opens; later pages leave out documents that
// were deleted meanwhile.
func (s *Store) OpenScroll(ctx context.Context, in storage.Collection, what query.Search, keep time.Duration) (storage.Page, string, error) {
	if err := storage.CheckScroll(what); err != nil {
		return storage.Page{}, "", err
	}
	what.Uncounted = false
	// One scroll at a time sorts its matches, so that the memory for it is
	// bounded.
	select {
	case s.scrolls.opening <- struct{}{}:
		defer func() { <-s.scrolls.opening }()
	case <-ctx.Done():
		return storage.Page{}, "", ctx.Err()
	}
	sc := &scroll{in: in, what: what}
	var page storage.Page
	err := s.searching(ctx, in, what, func(x *search) (err error) {
		page, err = sc.first(x, s.scrolls.room())
		return err
	})
	if err != nil || sc.exhausted(page) {
		return page, "", err
	}
	cursor, err := s.scrolls.add(sc, keep)
	if err != nil {
		return storage.Page{}, "", err
	}
	return page, cursor, nil
}

// entryBytes is the approximate size of an entry without its strings.
const entryBytes = 96

func (sc *scroll) first(x *search, room int64) (storage.Page, error) {
	if conditions.IsEverything(x.where) && len(x.order.Keys) == 0 {
		sc.ids = true
		page, err := sc.byID(x)
		sc.total = page.Total
		return page, err
	}
	page := storage.Page{}
	var err error
	var head []results.Entry
	if conditions.IsEverything(x.where) {
		head, page.Total, err = sc.snapshotAll(x, room)
	} else {
		head, page.Total, err = sc.snapshotSome(x, room)
	}
	if err != nil {
		return page, err
	}
	sc.total, page.Aggregations = page.Total, x.tally.Result()
	used, err := x.fill(&page, head)
	if left := head[used:]; len(left) > 0 {
		sc.pending = append(rows(left), sc.pending...)
	}
	return page, err
}

// snapshotAll stores the row numbers of all documents in order.
func (sc *scroll) snapshotAll(x *search, room int64) (head []results.Entry, total int64, err error) {
	if total, err = x.unfiltered(&results.First{Order: &x.order}); err != nil {
		return nil, 0, err
	}
	if 8*total > room {
		return nil, 0, storage.ErrTooMany.New()
	}
	keep := func(e results.Entry) bool {
		if len(head) < sc.what.Size {
			head = append(head, e)
		} else {
			sc.pending = append(sc.pending, e.Seq)
		}
		return true
	}
	if x.ofOneField() {
		return head, total, x.walk().All(nil, keep)
	}
	return head, total, x.walk().Pass(int(total), keep)
}

// snapshotSome sorts the matches and stores their row numbers.
func (sc *scroll) snapshotSome(x *search, room int64) ([]results.Entry, int64, error) {
	all := &results.First{Order: &x.order, Limit: 1 << 40}
	used := int64(0)
	total, err := x.filtered(func(e results.Entry) {
		used += entryBytes + e.Bytes()
		if used <= room {
			all.Add(e)
		}
	})
	if err == nil && used > room {
		err = storage.ErrTooMany.New()
	}
	if err != nil {
		return nil, 0, err
	}
	entries := all.Sort()
	head := entries[:min(sc.what.Size, len(entries))]
	sc.pending = rows(entries[len(head):])
	return head, total, nil
}

// rows returns the row numbers of entries.
func rows(entries []results.Entry) []int64 {
	numbers := make([]int64, len(entries))
	for i := range entries {
		numbers[i] = entries[i].Seq
	}
	return numbers
}

// exhausted reports whether the page was the last, and advances otherwise.
func (sc *scroll) exhausted(page storage.Page) bool {
	if sc.what.Size == 0 {
		return true
	}
	if !sc.ids {
		return len(sc.pending) == 0
	}
	if !sc.more {
		return true
	}
	sc.what.After = page.Hits[len(page.Hits)-1].Sort
	return false
}

// byID reads the next page of plain ids, and one more hit to detect the last
// page.
func (sc *scroll) byID(x *search) (storage.Page, error) {
	x.what.Size++
	page, err := x.page()
	sc.more = page.Partial || len(page.Hits) > sc.what.Size
	page.Hits = page.Hits[:min(sc.what.Size, len(page.Hits))]
	page.Partial = page.Partial && len(page.Hits) < sc.what.Size
	return page, err
}

// NextScroll implements storage.Store.
func (s *Store) NextScroll(ctx context.Context, in storage.Collection, cursor string, keep time.Duration) (storage.Page, string, error) {
	sc := s.scrolls.find(cursor, in)
	if sc == nil {
		return storage.Page{}, "", storage.ErrUnknownScroll.New()
	}
	sc.Lock()
	defer sc.Unlock()
	now := time.Now()
	if sc.freed || now.After(sc.until) {
		return storage.Page{}, "", storage.ErrUnknownScroll.New()
	}
	sc.until = now.Add(keep)
	sc.timer.Reset(keep)
	var page storage.Page
	what := sc.what
	what.Aggregations = nil
	err := s.searching(ctx, in, what, func(x *search) (err error) {
		page, err = sc.next(x)
		return err
	})
	if err != nil {
		return storage.Page{}, "", err
	}
	page.Total = sc.total
	if sc.exhausted(page) {
		s.scrolls.free(cursor)
		sc.freed = true
		return page, "", nil
	}
	return page, cursor, nil
}

// next reads until the page is full, so that a short page is Partial or the
// last.
func (sc *scroll) next(x *search) (page storage.Page, err error) {
	if sc.ids {
		return sc.byID(x)
	}
	pending := sc.pending
	for len(page.Hits) < sc.what.Size && len(pending) > 0 && !page.Partial && err == nil {
		take := min(sc.what.Size-len(page.Hits), len(pending))
		entries := make([]results.Entry, take)
		for i := range entries {
			entries[i].Seq = pending[i]
		}
		var used int
		used, err = x.scrolled(&page, entries)
		pending = pending[used:]
	}
	if err == nil {
		sc.pending = pending
	}
	return page, err
}

// scrolled is like fill for row numbers: the hits get their present sort values.
func (x *search) scrolled(page *storage.Page, entries []results.Entry) (used int, err error) {
	before := len(page.Hits)
	used, err = x.fill(page, entries)
	for i := range page.Hits[before:] {
		hit := &page.Hits[before+i]
		found := x.index.schema.Stored(hit.Content, hit.Account)
		hit.Sort = x.order.SortValues(&results.Entry{Values: x.order.Values(hit.ID, found)}, hit.ID)
	}
	return used, err
}

// room returns how many bytes are left for a further cursor.
func (s *scrolls) room() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maxScrollBytes - s.bytes
}

func (s *scrolls) add(sc *scroll, keep time.Duration) (string, error) {
	sc.bytes = int64(8*cap(sc.pending)) + 512
	cursor := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return "", storage.ErrUnavailable.New()
	case len(s.open) >= maxScrolls, s.bytes+sc.bytes > maxScrollBytes:
		return "", storage.ErrTooMany.New().RetryIn(keep)
	}
	if s.open == nil {
		s.open = map[string]*scroll{}
	}
	s.open[cursor] = sc
	s.bytes += sc.bytes
	sc.until = time.Now().Add(keep)
	sc.timer = time.AfterFunc(keep, func() { s.free(cursor) })
	return cursor, nil
}

func (s *scrolls) find(cursor string, in storage.Collection) *scroll {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sc := s.open[cursor]; sc != nil && sc.in == in {
		return sc
	}
	return nil
}

func (s *scrolls) free(cursor string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sc := s.open[cursor]; sc != nil {
		sc.timer.Stop()
		s.bytes -= sc.bytes
		delete(s.open, cursor)
	}
}

// close frees all cursors and accepts no more.
func (s *scrolls) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, sc := range s.open {
		sc.timer.Stop()
	}
	s.open, s.bytes = nil, 0
}
