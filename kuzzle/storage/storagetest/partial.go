package storagetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// largeUsers is the number of large users in the tests of cut pages. The last one
// alone is larger than a page.
const largeUsers = 12

// createLargeUsers creates them and returns their ids in order.
func (f *fixture) createLargeUsers() []string {
	f.Helper()
	f.mapUsers(`{"n":{"type":"integer"},"all":{"type":"keyword"}}`)
	all := make([]string, largeUsers)
	for i := range all {
		size := 1_000_000
		if i == largeUsers-1 {
			size = storage.PageBytes + 1
		}
		all[i] = fmt.Sprintf("large%02d", i)
		f.create(all[i], fmt.Sprintf(`{"n":%d,"all":"x","text":"%s"}`, i, strings.Repeat("x", size)))
	}
	return all
}

// checkPart checks a page: it is short and Partial, or neither, and within its
// limit of bytes.
func (f *fixture) checkPart(what string, page storage.Page, size, before int) {
	f.Helper()
	bytes := 0
	for _, hit := range page.Hits {
		bytes += hit.Size()
	}
	if bytes > storage.PageBytes && len(page.Hits) > 1 {
		f.Errorf("%s: a page of %d hits has %d bytes, want at most %d", what, len(page.Hits), bytes, storage.PageBytes)
	}
	cut := len(page.Hits) < size && before+len(page.Hits) < largeUsers
	if page.Partial != cut || page.Total != largeUsers {
		f.Errorf("%s: %d hits after %d of %d, partial %t, want partial %t of %d", what, len(page.Hits), before, page.Total, page.Partial, cut, largeUsers)
	}
}

// testPartialPages: a page that is cut by its bytes is Partial, and a walk over
// such pages sees each document exactly once, in order.
func testPartialPages(f *fixture) {
	all := f.createLargeUsers()
	backwards := slices.Clone(all)
	slices.Reverse(backwards)
	for _, c := range []struct {
		what query.Search
		want []string
	}{
		{query.Search{Size: 10}, all},
		{query.Search{Size: 1000, Where: equal("all", "x"), Sort: []query.Sort{by("n")}}, all},
		{query.Search{Size: 100, Sort: []query.Sort{byDesc("n")}}, backwards},
	} {
		if got := f.scrollParts(c.what); !slices.Equal(got, c.want) {
			f.Errorf("scroll %+v: got %q, want %q", c.what, got, c.want)
		}
		if got := f.searchParts(c.what); !slices.Equal(got, c.want) {
			f.Errorf("search_after %+v: got %q, want %q", c.what, got, c.want)
		}
	}
	page := f.search(query.Search{Size: 100, From: 3})
	if got := ids(page); len(got) == 0 || got[0] != all[3] || !page.Partial {
		f.Errorf("a page from the fourth on: %q, partial %t, want it to begin with %s and be partial", got, page.Partial, all[3])
	}
	page = f.search(query.Search{Size: 100, From: 2, After: []any{all[0]}})
	if got := ids(page); len(got) == 0 || got[0] != all[3] || !page.Partial {
		f.Errorf("a page from the third behind the first on: %q, partial %t, want it to begin with %s and be partial", got, page.Partial, all[3])
	}
}

// scrollParts reads a scroll to its end and checks each page.
func (f *fixture) scrollParts(what query.Search) (found []string) {
	f.Helper()
	page, cursor, err := f.store.OpenScroll(f.ctx, storage.Users, what, keep)
	for {
		if err != nil {
			f.Fatalf("scroll %+v: %v", what, err)
		}
		f.checkPart(fmt.Sprintf("scroll %+v", what), page, what.Size, len(found))
		found = append(found, ids(page)...)
		if cursor == "" || len(page.Hits) == 0 {
			return found
		}
		page, cursor, err = f.store.NextScroll(f.ctx, storage.Users, cursor, keep)
	}
}

// searchParts searches after the last hit until nothing is left.
func (f *fixture) searchParts(what query.Search) (found []string) {
	f.Helper()
	for {
		page := f.search(what)
		f.checkPart(fmt.Sprintf("search %+v", what), page, what.Size, len(found))
		if len(page.Hits) == 0 {
			return found
		}
		found = append(found, ids(page)...)
		what.After = page.Hits[len(page.Hits)-1].Sort
	}
}

// testPartialReads: GetMany returns as many documents as fit, and the ids of the
// others.
func testPartialReads(f *fixture) {
	all := f.createLargeUsers()
	last := largeUsers - 1
	asked := slices.Insert(slices.Clone(all), 2, "missing")
	asked = append(asked, "missing", all[0])
	want := append(slices.Clone(all), all[0])
	if got := f.readParts(asked); !slices.Equal(got, want) {
		f.Errorf("read in parts: got %q, want %q", got, want)
	}
	found, left, err := f.store.GetMany(f.ctx, storage.Users, all[last:])
	if err != nil || len(found) != 1 || len(left) != 0 {
		f.Errorf("one that alone takes more than a page: got %d, left %q, %v", len(found), left, err)
	}
	if found, left, err = f.store.GetMany(f.ctx, storage.Users, []string{"a", "b"}); err != nil || len(found)+len(left) != 0 {
		f.Errorf("none that exists: got %d, left %q, %v", len(found), left, err)
	}
	together, err := storage.All(f.ctx, f.store, storage.Users, asked)
	if err != nil || len(together) != len(want) {
		f.Errorf("all together: got %d, %v, want %d", len(together), err, len(want))
	}
	many := slices.Repeat(all[last:], storage.MaxTogether/storage.PageBytes)
	_, err = storage.All(f.ctx, f.store, storage.Users, many)
	f.wantKind("more together than is allowed", err, storage.ErrBadRequest)
}

// readParts reads documents by id until none is left.
func (f *fixture) readParts(asked []string) (found []string) {
	f.Helper()
	for parts := 0; len(asked) > 0; parts++ {
		some, left, err := f.store.GetMany(f.ctx, storage.Users, asked)
		if err != nil || len(some) == 0 || len(left) >= len(asked) {
			f.Fatalf("get %d users: %d, left %d of them, %v", len(asked), len(some), len(left), err)
		}
		bytes := 0
		for _, d := range some {
			found, bytes = append(found, d.ID), bytes+d.Size()
		}
		if bytes > storage.PageBytes && len(some) > 1 {
			f.Errorf("%d documents have %d bytes, want at most %d", len(some), bytes, storage.PageBytes)
		}
		asked = left
	}
	return found
}

// testLargestDocuments: documents of the maximum size fail no search, scroll or
// walk, however many are requested at once; small ones between them are found as
// well.
func testLargestDocuments(f *fixture) {
	f.mapUsers(`{"n":{"type":"integer"}}`)
	var all []string
	for i := range 7 {
		content := fmt.Sprintf(`{"n":%d,"text":""}`, i)
		switch fill := storage.MaxDocument - len(content); i {
		case 1, 4: // the largest
			content = fmt.Sprintf(`{"n":%d,"text":"%s"}`, i, strings.Repeat("x", fill))
		case 5: // the one that grows most when written into another document
			content = fmt.Sprintf(`{"n":%d,"text":"%s"}`, i, strings.Repeat(`\"`, fill/2))
		}
		all = append(all, fmt.Sprintf("largest%02d", i))
		f.create(all[i], content)
	}
	if got := f.readParts(all); !slices.Equal(got, all) {
		f.Errorf("read by id: got %q", got)
	}
	what := query.Search{Size: 10, Sort: []query.Sort{by("n")}}
	var found []string
	for {
		var page storage.Page
		err := inTime(func() (err error) {
			page, err = f.store.Search(f.ctx, storage.Users, what)
			return err
		})
		if err != nil {
			f.Fatal("search:", err)
		}
		if len(page.Hits) == 0 {
			break
		}
		found = append(found, ids(page)...)
		if !page.Partial && len(page.Hits) < what.Size {
			break
		}
		what.After = page.Hits[len(page.Hits)-1].Sort
	}
	if !slices.Equal(found, all) {
		f.Errorf("search: got %q", found)
	}
	found = nil
	var page storage.Page
	var cursor string
	err := inTime(func() (err error) {
		page, cursor, err = f.store.OpenScroll(f.ctx, storage.Users, query.Search{Size: 1000}, keep)
		return err
	})
	for found = append(found, ids(page)...); err == nil && cursor != ""; found = append(found, ids(page)...) {
		at := cursor
		err = inTime(func() (err error) {
			page, cursor, err = f.store.NextScroll(f.ctx, storage.Users, at, keep)
			return err
		})
	}
	if err != nil || !slices.Equal(found, all) {
		f.Errorf("scroll: got %q, %v", found, err)
	}
	found = nil
	walker := storage.NewWalker(f.store, storage.Users)
	for {
		some, err := walker.Next(f.ctx)
		if err != nil {
			f.Fatal("walk:", err)
		}
		if len(some) == 0 {
			break
		}
		for _, kept := range some {
			found = append(found, kept.ID)
		}
	}
	if !slices.Equal(found, all) {
		f.Errorf("walk: got %q", found)
	}
}

// inTime repeats a call that timed out, as clients do: a busy machine has too
// little time for the largest documents.
func inTime(do func() error) error {
	err := do()
	for range 20 {
		if !errors.Is(err, storage.ErrTimeout) {
			break
		}
		err = do()
	}
	return err
}
