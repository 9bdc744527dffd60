package storagetest

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const orderMapping = `{"k":{"type":"keyword"},"i":{"type":"integer"},"d":{"type":"double"},"b":{"type":"boolean"},"at":{"type":"date"},"t":{"type":"text"},
	"all":{"type":"keyword"},"n":{"type":"nested","properties":{"i":{"type":"integer"}}}}`

var orderDocuments = map[string]string{
	"a": `{"k":"b","i":3,"d":0.5,"b":true,"at":"2024-01-02","all":"x"}`,
	"b": `{"k":"B","i":[10,1],"d":0.5,"b":false,"all":"x"}`,
	"c": `{"k":["c","a"],"i":3,"at":"2024-01-01","all":"x"}`,
	"d": `{"k":"é","i":-4,"d":-1e9,"b":true,"all":"x"}`,
	"e": `{"all":"x","i":null,"k":[]}`,
	"f": `{"k":"","i":3,"d":7,"all":"x"}`,
}

func by(path string) query.Sort            { return query.Sort{Field: content(path)} }
func byDesc(path string) query.Sort        { return query.Sort{Field: content(path), Desc: true} }
func firstMissing(s query.Sort) query.Sort { s.MissingFirst = true; return s }

var byID = query.Sort{Field: query.Field{Area: query.ID}}

var orders = []struct {
	what string
	sort []query.Sort
	want string
}{
	{"no order", nil, "abcdef"},
	{"ids", []query.Sort{byID}, "abcdef"},
	{"ids, descending", []query.Sort{{Field: byID.Field, Desc: true}}, "fedcba"},
	{"integers, ties by id", []query.Sort{by("i")}, "dbacfe"},
	{"integers, descending, largest counts", []query.Sort{byDesc("i")}, "bacfde"},
	{"keywords by bytes, smallest counts", []query.Sort{by("k")}, "fbcade"},
	{"keywords, descending, largest counts", []query.Sort{byDesc("k")}, "dcabfe"},
	{"doubles", []query.Sort{by("d")}, "dabfce"},
	{"booleans", []query.Sort{by("b")}, "badcef"},
	{"dates", []query.Sort{by("at")}, "cabdef"},
	{"missing first", []query.Sort{firstMissing(by("at"))}, "bdefca"},
	{"missing first, descending", []query.Sort{firstMissing(byDesc("i"))}, "ebacfd"},
	{"two keys", []query.Sort{by("i"), byDesc("k")}, "dbcafe"},
	{"two keys, missing in the second", []query.Sort{by("all"), by("at")}, "cabdef"},
	{"all equal", []query.Sort{byDesc("all")}, "abcdef"},
	{"then ids, descending", []query.Sort{by("i"), {Field: byID.Field, Desc: true}}, "dbfcae"},
	{"account", []query.Sort{{Field: account("x"), Desc: true}}, "fedcba"},
	{"account, unknown path", []query.Sort{{Field: account("nowhere")}}, "abcdef"},
}

func (f *fixture) orderDocuments() {
	f.mapUsers(orderMapping)
	for id, text := range orderDocuments {
		f.commit(storage.Change{In: storage.Users, ID: id, Put: &storage.Document{
			Content: json.RawMessage(text), Account: json.RawMessage(`{"x":"` + id + `"}`)}})
	}
}

// testOrder: every order is total, and the same over all documents, over the
// matches of a condition, in pages and after a hit.
func testOrder(f *fixture) {
	f.orderDocuments()
	for _, order := range orders {
		for name, where := range map[string]query.Node{
			"all":      nil,
			"filtered": equal("all", "x"),
			"tested":   query.Bool{Must: []query.Node{equal("all", "x")}, MustNot: []query.Node{equal("k", "nothing")}},
		} {
			what := query.Search{Where: where, Sort: order.sort, Size: 10}
			if got := join(ids(f.search(what))); got != order.want {
				f.Errorf("%s, %s: got %s, want %s", order.what, name, got, order.want)
			}
			for size := 1; size <= 3; size++ {
				f.checkWalk(order.what+", "+name, what, size, order.want)
			}
		}
	}
}

// checkWalk reads an order page by page, by From and after the last hit, whose
// sort values were encoded and decoded as JSON.
func (f *fixture) checkWalk(name string, what query.Search, size int, want string) {
	f.Helper()
	what.Size = size
	var walked, paged string
	for page := f.search(what); len(page.Hits) > 0; page = f.search(what) {
		walked += join(ids(page))
		if page.Total != int64(len(want)) {
			f.Errorf("%s: total %d, want %d", name, page.Total, len(want))
		}
		after, _ := asJSON(page.Hits[len(page.Hits)-1].Sort).([]any)
		if len(walked) > len(want) || cmp.Equal(after, what.After) {
			f.Errorf("%s by %d: goes on after %v", name, size, after)
			break
		}
		what.After = after
	}
	what.After = nil
	for ; what.From < len(want); what.From += size {
		paged += join(ids(f.search(what)))
	}
	if walked != want || paged != want {
		f.Errorf("%s by %d: search_after %s, from %s, want %s", name, size, walked, paged, want)
	}
}

func join(ids []string) string {
	var all string
	for _, id := range ids {
		all += id
	}
	return all
}

// testLargeGroups: many documents with equal values are ordered by id, like a
// few.
func testLargeGroups(f *fixture) {
	f.mapUsers(`{"few":{"type":"keyword"},"i":{"type":"integer"}}`)
	plain := Evaluator{Properties: object(`{"few":{"type":"keyword"},"i":{"type":"integer"}}`)}
	var changes []storage.Change
	var subjects []Subject
	for n := range 1500 {
		text := `{"few":"common","i":1}`
		switch {
		case n%5 == 1:
			text = `{"few":["common","other"],"i":2}`
		case n%50 == 2:
			text = `{"i":1}`
		case n > 1400:
			text = `{"few":["late","zz"]}`
		}
		id := fmt.Sprintf("%04d", n)
		changes = append(changes, creation(id, text))
		subjects = append(subjects, Subject{ID: id, Content: object(text)})
	}
	for _, result := range f.store.CommitMany(f.ctx, changes) {
		if result.Err != nil {
			f.Fatal(result.Err)
		}
	}
	for _, sort := range [][]query.Sort{
		{by("few")}, {byDesc("few")}, {firstMissing(byDesc("few"))}, {by("few"), byDesc("i")}, {by("i"), byDesc("few")}, {by("i"), {Field: byID.Field, Desc: true}},
	} {
		var want []string
		for _, s := range plain.Sorted(subjects, sort) {
			want = append(want, s.ID)
		}
		what := query.Search{Sort: sort, Size: 10}
		for at := 0; at < len(want); at += 130 {
			page := f.search(what)
			if got := ids(page); !slices.Equal(got, want[at:at+len(got)]) || len(got) != min(10, len(want)-at) {
				f.Fatalf("%+v, at %d: got %q, want %q", sort, at, got, want[at:min(at+10, len(want))])
			}
			what.Size = 120
			page = f.search(query.Search{Sort: sort, Size: 120, After: page.Hits[len(page.Hits)-1].Sort})
			if len(page.Hits) > 0 {
				what.After = page.Hits[len(page.Hits)-1].Sort
			}
			what.Size = 10
		}
		if got, _ := f.scrollAll(query.Search{Sort: sort, Size: 400}); !slices.Equal(got, want) {
			f.Errorf("%+v: scroll differs", sort)
		}
	}
}

// testOrderFaults: an impossible sort is a fault that names the field.
func testOrderFaults(f *fixture) {
	f.orderDocuments()
	for _, what := range []query.Search{
		{Sort: []query.Sort{by("unmapped")}}, {Sort: []query.Sort{by("t")}}, {Sort: []query.Sort{by("n.i")}},
		{Sort: []query.Sort{by("i")}, After: []any{1.0, "a", "b"}}, {Sort: []query.Sort{by("i"), by("k")}, After: []any{1.0}},
		{Sort: []query.Sort{byID}, After: []any{nil}}, {Sort: []query.Sort{by("i")}, After: []any{"word", "a"}}, {Sort: []query.Sort{by("i")}, After: []any{1.0, 2.0}},
		{From: 9_999, Size: 2}, {From: -1}, {Size: -1},
	} {
		_, err := f.store.Search(f.ctx, storage.Users, what)
		f.wantKind(fmt.Sprintf("%+v", what), err, storage.ErrBadRequest)
	}
	page := f.search(query.Search{Sort: []query.Sort{by("i")}, Size: 10, After: []any{1.0}})
	if got, want := join(ids(page)), "acfe"; got != want {
		f.Errorf("after a value without id: got %s, want %s", got, want)
	}
	page = f.search(query.Search{Sort: []query.Sort{by("i")}, Size: 10, After: []any{nil, "d"}})
	if got, want := join(ids(page)), "e"; got != want {
		f.Errorf("after a missing value: got %s, want %s", got, want)
	}
}

// testPages: a page has the requested hits, and counts all hits.
func testPages(f *fixture) {
	f.orderDocuments()
	for _, c := range []struct {
		from, size int
		want       string
	}{{0, 0, ""}, {0, 2, "ab"}, {2, 2, "cd"}, {5, 5, "f"}, {6, 1, ""}, {9_000, 1_000, ""}, {0, 10_000, "abcdef"}} {
		for _, where := range []query.Node{nil, equal("all", "x")} {
			page := f.search(query.Search{Where: where, From: c.from, Size: c.size})
			if got := join(ids(page)); got != c.want || page.Total != 6 {
				f.Errorf("from %d size %d: got %s of %d, want %s of 6", c.from, c.size, got, page.Total, c.want)
			}
		}
	}
	hit := f.search(query.Search{Where: query.Terms{Field: byID.Field, Values: []any{"a"}}, Size: 1}).Hits[0]
	want := storage.Hit{ID: "a", Content: json.RawMessage(orderDocuments["a"]), Account: json.RawMessage(`{"x":"a"}`), Sort: []any{"a"}}
	if diff := cmp.Diff(want, hit); diff != "" {
		f.Errorf("hit: want, got:\n%s", diff)
	}
}

// testAggregations: aggregations count all hits.
func testAggregations(f *fixture) {
	f.orderDocuments()
	f.create("g", `{"k":["c","c"],"i":3,"b":true,"all":"y"}`)
	terms := func(path string, size int) query.Aggregation {
		return query.Aggregation{Name: "x", Kind: query.TermsAggregation, Field: content(path), Size: size}
	}
	for _, c := range []struct {
		what        string
		where       query.Node
		aggregation query.Aggregation
		want        string
	}{
		{"keywords", nil, terms("k", 10), "[[c 2] [ 1] [B 1] [a 1] [b 1] [é 1]]"},
		{"numbers", nil, terms("i", 10), "[[3 4] [-4 1] [1 1] [10 1]]"},
		{"at most", nil, terms("i", 1), "[[3 4]]"},
		{"booleans", nil, terms("b", 10), "[[1 3] [0 1]]"},
		{"filtered", equal("all", "y"), terms("k", 10), "[[c 1]]"},
		{"filtered by more", query.Bool{MustNot: []query.Node{equal("all", "x")}}, terms("i", 10), "[[3 1]]"},
		{"unmapped", nil, terms("zz", 10), "[]"},
		{"account", nil, query.Aggregation{Name: "x", Field: account("x"), Size: 2}, "[[a 1] [b 1]]"},
		{"count", nil, query.Aggregation{Name: "x", Kind: query.ValueCountAggregation, Field: content("all")}, "7"},
		{"count, filtered", equal("all", "x"), query.Aggregation{Name: "x", Kind: query.ValueCountAggregation, Field: content("i")}, "6"},
		{"count, unmapped", nil, query.Aggregation{Name: "x", Kind: query.ValueCountAggregation, Field: content("zz")}, "0"},
	} {
		page := f.search(query.Search{Where: c.where, Size: 1, Aggregations: []query.Aggregation{c.aggregation}})
		if got := summary(page.Aggregations["x"]); got != c.want {
			f.Errorf("%s: got %s, want %s", c.what, got, c.want)
		}
	}
	_, err := f.store.Search(f.ctx, storage.Users, query.Search{Aggregations: []query.Aggregation{terms("t", 1)}})
	f.wantKind("aggregation of text", err, storage.ErrBadRequest)
	if got := f.search(query.Search{}).Aggregations; len(got) != 0 {
		f.Errorf("no aggregation: got %v", got)
	}
}

// summary returns an aggregation in a short form.
func summary(aggregation any) string {
	read, _ := asJSON(aggregation).(map[string]any)
	if value, is := read["value"]; is {
		return fmt.Sprint(value)
	}
	var pairs [][2]any
	buckets, _ := read["buckets"].([]any)
	for _, b := range buckets {
		bucket := b.(map[string]any)
		pairs = append(pairs, [2]any{bucket["key"], bucket["doc_count"]})
	}
	return fmt.Sprint(slices.Clip(pairs))
}
