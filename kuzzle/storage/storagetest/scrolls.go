package storagetest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const keep = time.Minute

// scrollAll reads a scroll to its end.
func (f *fixture) scrollAll(what query.Search) (found []string, total int64) {
	f.Helper()
	page, cursor, err := f.store.OpenScroll(f.ctx, storage.Users, what, keep)
	total = page.Total
	for {
		if err != nil {
			f.Fatalf("scroll %+v: %v", what, err)
		}
		if page.Total != total {
			f.Errorf("scroll %+v: total %d, began with %d", what, page.Total, total)
		}
		found = append(found, ids(page)...)
		if cursor == "" {
			return found, total
		}
		page, cursor, err = f.store.NextScroll(f.ctx, storage.Users, cursor, keep)
	}
}

// testScroll: a scroll reads every match once, in order, and then no longer
// exists.
func testScroll(f *fixture) {
	f.orderDocuments()
	for _, order := range orders {
		for _, where := range []query.Node{nil, equal("all", "x")} {
			for _, size := range []int{1, 4, 6, 100} {
				got, total := f.scrollAll(query.Search{Where: where, Sort: order.sort, Size: size})
				if join(got) != order.want || total != 6 {
					f.Errorf("%s by %d: got %s of %d, want %s of 6", order.what, size, join(got), total, order.want)
				}
			}
		}
	}
	if got, total := f.scrollAll(query.Search{Where: query.None{}, Size: 5}); len(got) != 0 || total != 0 {
		f.Errorf("scroll over nothing: got %q of %d", got, total)
	}

	for _, where := range []query.Node{nil, equal("all", "x")} {
		if page, cursor, err := f.store.OpenScroll(f.ctx, storage.Users, query.Search{Where: where, Size: 6}, keep); cursor != "" || len(page.Hits) != 6 {
			f.Errorf("a page of all there is: %d hits, cursor %q, %v, want 6 and none", len(page.Hits), cursor, err)
		}
	}

	_, cursor, err := f.store.OpenScroll(f.ctx, storage.Users, query.Search{Size: 4}, keep)
	if err != nil || cursor == "" {
		f.Fatalf("open: cursor %q, %v", cursor, err)
	}
	next := func(what string, in storage.Collection, cursor string) {
		f.Helper()
		_, _, err := f.store.NextScroll(f.ctx, in, cursor, keep)
		f.wantKind(what, err, storage.ErrUnknownScroll)
	}
	next("another collection", storage.Profiles, cursor)
	next("invented cursor", storage.Users, cursor+"x")
	next("empty cursor", storage.Users, "")
	if _, end, err := f.store.NextScroll(f.ctx, storage.Users, cursor, keep); err != nil || end != "" {
		f.Errorf("last page: cursor %q, %v", end, err)
	}
	next("exhausted cursor", storage.Users, cursor)
	_, other, err := f.store.OpenScroll(f.ctx, storage.Users, query.Search{Size: 4}, keep)
	if err != nil || other == cursor {
		f.Errorf("another scroll: cursor %q after %q, %v", other, cursor, err)
	}
	_, brief, err := f.store.OpenScroll(f.ctx, storage.Users, query.Search{Size: 1}, time.Millisecond)
	if err != nil {
		f.Fatal(err)
	}
	<-time.After(10 * time.Millisecond)
	next("a cursor kept for less", storage.Users, brief)
}

// testScrollUnderWrites: under concurrent writes, a scroll returns each document
// that existed throughout exactly once, and no document twice.
func testScrollUnderWrites(f *fixture) {
	f.mapUsers(`{"i":{"type":"integer"},"kept":{"type":"keyword"}}`)
	const kept = 60
	var changes []storage.Change
	for i := range kept {
		changes = append(changes, creation(fmt.Sprintf("kept%02d", i), fmt.Sprintf(`{"i":%d,"kept":"yes"}`, i%10)))
		changes = append(changes, creation(fmt.Sprintf("gone%02d", i), fmt.Sprintf(`{"i":%d}`, i%10)))
	}
	f.store.CommitMany(f.ctx, changes)
	ctx, stop := context.WithCancel(f.ctx)
	var writers sync.WaitGroup
	writers.Go(func() { f.churn(ctx, kept) })
	defer writers.Wait()
	defer stop()
	for _, what := range []query.Search{
		{}, {Sort: []query.Sort{by("i")}}, {Sort: []query.Sort{byDesc("i")}}, {Where: query.Range{Field: content("i"), GTE: -1e6}},
		{Where: query.Exists{Field: content("i")}, Sort: []query.Sort{by("i")}},
	} {
		what.Size = 7
		got, _ := f.scrollAll(what)
		slices.Sort(got)
		if again := len(got) - len(slices.Compact(slices.Clone(got))); again != 0 {
			f.Errorf("%+v: %d documents twice", what, again)
		}
		for i := range kept {
			if id := fmt.Sprintf("kept%02d", i); !slices.Contains(got, id) {
				f.Errorf("%+v: misses %s", what, id)
			}
		}
	}
}

// churn moves kept documents within the order, and creates and deletes others.
func (f *fixture) churn(ctx context.Context, kept int) {
	for n := 0; ctx.Err() == nil; n++ {
		id := fmt.Sprintf("kept%02d", n%kept)
		if d, err := f.store.Get(ctx, storage.Users, id); err == nil {
			_, _ = f.store.Commit(ctx, storage.Change{In: storage.Users, ID: id, If: d.Rev, Visible: true,
				Put: &storage.Document{Version: 2, Content: json.RawMessage(fmt.Sprintf(`{"i":%d,"kept":"yes"}`, n*7%23))}})
		}
		gone := fmt.Sprintf("gone%02d", n%kept)
		if d, err := f.store.Get(ctx, storage.Users, gone); err == nil {
			_, _ = f.store.Commit(ctx, storage.Change{In: storage.Users, ID: gone, If: d.Rev})
		}
		_, _ = f.store.Commit(ctx, creation(fmt.Sprintf("new%d", n%200), fmt.Sprintf(`{"i":%d}`, n%10)))
	}
}
