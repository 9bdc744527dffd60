package sqlite_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// TestTotals: after any changes, refused ones among them, the totals that are kept are
// those that counting finds, which a search with an aggregation does.
func TestTotals(t *testing.T) {
	defer sqlite.CountSmall()()
	defer fewer(t, 40)()
	rapid.Check(t, func(r *rapid.T) {
		s, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
		if err != nil {
			r.Fatal(err)
		}
		defer s.Close()
		m := &counted{s: s, revs: map[string]storage.Rev{}}
		m.mapped(r, "age", "long")
		m.mapped(r, "about", "text")
		// Some rows are there when the fields are counted, so many that some values have
		// buckets of their own.
		m.batch(r, rapid.IntRange(0, 200).Draw(r, "first"))
		m.count(r)
		r.Repeat(map[string]func(*rapid.T){
			"": m.check,
			"create": func(r *rapid.T) {
				m.commit(r, storage.Change{ID: fmt.Sprint("u", rapid.IntRange(0, 2000).Draw(r, "id")), Put: m.document(r)})
			},
			"update": func(r *rapid.T) {
				if id, rev := m.one(r); id != "" {
					m.commit(r, storage.Change{ID: id, If: rev, Put: m.document(r)})
				}
			},
			"delete": func(r *rapid.T) {
				if id, rev := m.one(r); id != "" {
					m.commit(r, storage.Change{ID: id, If: rev})
				}
			},
			"batch": func(r *rapid.T) { m.batch(r, rapid.IntRange(8, 60).Draw(r, "many")) },
			"mapping": func(r *rapid.T) {
				m.mapped(r, rapid.SampledFrom([]string{"age", "city"}).Draw(r, "field"), "long")
				m.count(r)
			},
			"count": m.count,
		})
	})
}

// fewer lowers how many runs rapid checks, unless the command line asks for a number of them as .ci/long
// does, and returns what undoes that.
func fewer(t *testing.T, checks int) (undo func()) {
	t.Helper()
	asked := flag.Lookup("rapid.checks")
	before := asked.Value.String()
	if before != asked.DefValue {
		return func() {}
	}
	set := func(value string) {
		if err := asked.Value.Set(value); err != nil {
			t.Fatal(err)
		}
	}
	set(strconv.Itoa(checks))
	return func() { set(before) }
}

// counted is a store under test, with the revisions of its users.
type counted struct {
	s    *sqlite.Store
	revs map[string]storage.Rev
}

func (m *counted) one(r *rapid.T) (string, storage.Rev) {
	ids := make([]string, 0, len(m.revs))
	for id := range m.revs {
		ids = append(ids, id)
	}
	if slices.Sort(ids); len(ids) == 0 {
		return "", storage.Rev{}
	}
	id := rapid.SampledFrom(ids).Draw(r, "which")
	return id, m.revs[id]
}

func (m *counted) document(r *rapid.T) *storage.Document {
	content := map[string]any{
		"profileIds":   rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "ca"}), 0, 3, rapid.ID).Draw(r, "profiles"),
		"age":          rapid.IntRange(-3, 40).Draw(r, "age"),
		"city":         rapid.IntRange(0, 3).Draw(r, "city"),
		"about":        rapid.SampledFrom([]string{"red green", "green", "blue red"}).Draw(r, "about"),
		"_kuzzle_info": map[string]any{"createdAt": 1_700_000_000_000 + rapid.IntRange(0, 100).Draw(r, "at")},
	}
	if rapid.Bool().Draw(r, "ageless") {
		delete(content, "age")
		delete(content, "_kuzzle_info")
	}
	account := map[string]any{"banned": rapid.Bool().Draw(r, "banned")}
	if rapid.Bool().Draw(r, "named") {
		account["username"] = fmt.Sprint("name", rapid.IntRange(0, 30).Draw(r, "name"))
		account["email"] = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x@a", "y@a", "z@b"}), 1, 2, rapid.ID).Draw(r, "email")
	}
	return &storage.Document{Version: 1, Content: asJSON(r, content), Account: asJSON(r, account)}
}

func asJSON(r *rapid.T, v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		r.Fatal(err)
	}
	return raw
}

func (m *counted) commit(r *rapid.T, change storage.Change) {
	change.In = storage.Users
	rev, err := m.s.Commit(r.Context(), change)
	switch {
	case err != nil:
	case change.Put == nil:
		delete(m.revs, change.ID)
	default:
		m.revs[change.ID] = rev
	}
}

// batch creates users together. Some are refused: their ids or their claims are taken.
func (m *counted) batch(r *rapid.T, users int) {
	changes := make([]storage.Change, users)
	kinds := make([]*storage.Document, 5)
	for i := range kinds {
		kinds[i] = m.document(r)
	}
	start := rapid.IntRange(0, 1500).Draw(r, "start")
	for i := range changes {
		document := *kinds[i%len(kinds)]
		changes[i] = storage.Change{In: storage.Users, ID: fmt.Sprint("u", start+i), Put: &document}
		if i%7 == 3 {
			changes[i].Take = []storage.Take{{Key: fmt.Sprint("key", i%20)}}
		}
	}
	for i, result := range m.s.CommitMany(r.Context(), changes) {
		if result.Err == nil {
			m.revs[changes[i].ID] = result.Rev
		}
	}
}

func (m *counted) mapped(r *rapid.T, path, kind string) {
	if _, err := m.s.UpdateMapping(r.Context(), storage.Users, storage.Mapping{Properties: map[string]any{path: map[string]any{"type": kind}}}); err != nil {
		r.Fatal(err)
	}
}

func (m *counted) count(r *rapid.T) {
	if err := sqlite.CountFields(m.s, storage.Users); err != nil {
		r.Fatal(err)
	}
}

// check asks some filter, by some order.
func (m *counted) check(r *rapid.T) {
	field, account := func(path string) query.Field { return query.Field{Path: path} }, func(path string) query.Field { return query.Field{Area: query.Account, Path: path} }
	at := field("_kuzzle_info.createdAt")
	age := float64(rapid.IntRange(-3, 40).Draw(r, "from"))
	filters := []query.Node{
		query.Terms{Field: field("profileIds"), Values: []any{"a"}},
		query.Terms{Field: field("profileIds"), Values: []any{"a", "b", "a", "nobody"}},
		query.Exists{Field: field("profileIds")},
		query.Prefix{Field: field("profileIds"), Value: "c"},
		query.Terms{Field: field("age"), Values: []any{age, age + 1}},
		query.Range{Field: field("age"), GT: age, LTE: age + 20},
		query.Range{Field: field("age"), LT: age},
		query.Range{Field: at, GTE: 1_700_000_000_000 + age},
		query.Exists{Field: at},
		query.Match{Field: field("about"), Text: "red"},
		query.Match{Field: field("about"), Text: "red blue"},
		query.Terms{Field: account("banned"), Values: []any{true}},
		query.Terms{Field: account("email"), Values: []any{"x@a", "z@b"}},
		query.Prefix{Field: account("username"), Value: "name1"},
		query.Exists{Field: account("username")},
		query.Range{Field: query.Field{Area: query.ID}, GTE: "u2"},
		query.Terms{Field: query.Field{Area: query.ID}, Values: []any{"u1", "u2", "nobody"}},
		query.Bool{MustNot: []query.Node{query.Terms{Field: field("profileIds"), Values: []any{"a", "c"}}}},
		query.Bool{Must: []query.Node{query.Terms{Field: field("profileIds"), Values: []any{"a"}}, query.Exists{Field: field("age")}}},
	}
	where := rapid.SampledFrom(filters).Draw(r, "filter")
	order := rapid.SampledFrom([][]query.Sort{nil, {{Field: at, Desc: true}}, {{Field: at}}, {{Field: account("username")}}, {{Field: query.Field{Area: query.ID}, Desc: true}}}).Draw(r, "order")
	what := query.Search{Where: where, Size: 7, Sort: order}
	got := m.search(r, what)
	what.Aggregations = []query.Aggregation{{Name: "n", Kind: query.ValueCountAggregation, Field: at}}
	want := m.search(r, what)
	if got.Total != want.Total {
		r.Fatalf("total %d, want %d", got.Total, want.Total)
	}
	if !slices.EqualFunc(got.Hits, want.Hits, func(a, b storage.Hit) bool { return a.ID == b.ID }) {
		r.Fatalf("got %v, want %v", got.Hits, want.Hits)
	}
}

func (m *counted) search(r *rapid.T, what query.Search) storage.Page {
	page, err := m.s.Search(r.Context(), storage.Users, what)
	if err != nil {
		r.Fatal(err)
	}
	return page
}

// TestTotalsAreKept: a search has its field counted beside it, in stores that are opened
// again too.
func TestTotalsAreKept(t *testing.T) {
	defer sqlite.CountSmall()()
	dir := t.TempDir()
	profile := query.Field{Path: "profileIds"}
	filters := []query.Node{
		query.Terms{Field: profile, Values: []any{"default"}},
		query.Terms{Field: profile, Values: []any{"default", "editor"}},
		query.Exists{Field: profile},
		query.Prefix{Field: profile, Value: "def"},
		query.Range{Field: query.Field{Path: "_kuzzle_info.createdAt"}, GTE: 1_700_000_000_020.0},
		query.Range{Field: query.Field{Area: query.ID}, GTE: "kuid-quick-otter-0001"},
		query.Bool{MustNot: []query.Node{query.Terms{Field: profile, Values: []any{"editor"}}}},
	}
	for range 2 {
		s, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var batch []storage.Change
		for n := range 100 {
			batch = append(batch, benchUser(n))
		}
		s.CommitMany(t.Context(), batch) // refused the second time
		for _, where := range filters {
			what := query.Search{Where: where, Size: 5}
			for kept := false; !kept; {
				if _, err = s.Search(t.Context(), storage.Users, what); err == nil {
					kept, err = sqlite.Kept(t.Context(), s, storage.Users, what)
				}
				if err != nil {
					t.Fatalf("%#v: %v", where, err)
				}
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
