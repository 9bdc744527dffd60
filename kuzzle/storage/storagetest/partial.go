package storagetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// largeUsers is how many large users the tests of cut pages have. Their last
// one alone takes more than a page has room for.
const largeUsers = 12

// createLargeUsers creates them and answers their ids in order.
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

// checkPart checks a page on its way: it is short and Partial, or neither; it is
// within its bytes.
func (f *fixture) checkPart(what string, page storage.Page, size, before int) {
	f.Helper()
	bytes := 0
	for _, hit := range page.Hits {
		bytes += len(hit.Content) + len(hit.Account)
	}
	if bytes > storage.PageBytes && len(page.Hits) > 1 {
		f.Errorf("%s: a page of %d hits has %d bytes, want at most %d", what, len(page.Hits), bytes, storage.PageBytes)
	}
	cut := len(page.Hits) < size && before+len(page.Hits) < largeUsers
	if page.Partial != cut || page.Total != largeUsers {
		f.Errorf("%s: %d hits after %d of %d, partial %t, want partial %t of %d", what, len(page.Hits), before, page.Total, page.Partial, cut, largeUsers)
	}
}

// testPartialPages: a page is cut by its bytes and says so, and a walk over such
// pages sees each document exactly once, in order.
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

// searchParts searches on after the last hit until nothing is left.
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
