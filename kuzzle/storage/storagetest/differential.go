package storagetest

import (
	"encoding/json"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const differentialMapping = `{
	"run":{"type":"keyword"},"k":{"type":"keyword"},"t":{"type":"text","fields":{"raw":{"type":"keyword"}}},"i":{"type":"integer"},
	"d":{"type":"double"},"b":{"type":"boolean"},"at":{"type":"date"},"o":{"properties":{"k":{"type":"keyword"},"i":{"type":"integer"}}},
	"n":{"type":"nested","properties":{"k":{"type":"keyword"},"i":{"type":"integer"}}}}`

// testDifferential: on random documents, random searches return the same as the
// plain evaluator: the same documents, in the same order, page by page.
func testDifferential(f *fixture) {
	f.mapUsers(differentialMapping)
	runs := 0
	rapid.Check(f.T, func(t *rapid.T) {
		runs++
		d := &difference{f: f, t: t, run: fmt.Sprint("r", runs), plain: Evaluator{Properties: object(differentialMapping)}}
		d.write()
		for range 6 {
			d.search()
		}
	})
}

type difference struct {
	f        *fixture
	t        *rapid.T
	run      string
	plain    Evaluator
	subjects []Subject
}

func (d *difference) write() {
	var changes []storage.Change
	for n := range rapid.IntRange(1, 12).Draw(d.t, "documents") {
		id := fmt.Sprintf("%s %d", d.run, n)
		text, _ := json.Marshal(d.document())
		changes = append(changes, creation(id, string(text)))
		d.subjects = append(d.subjects, Subject{ID: id, Content: object(string(text))})
	}
	for _, result := range d.f.store.CommitMany(d.f.ctx, changes) {
		if result.Err != nil {
			d.t.Fatal(result.Err)
		}
	}
}

var (
	someWords = []string{"red", "Red", "re", "blue", "green", "", "r*d", "été"}
	someText  = []string{"red blue", "Blue red green", "green", "re-red", "", "blue blue red"}
	someDates = []string{"2024-01-01T00:00:00Z", "2024-02-01T10:00:00Z", "2024-02-01T12:00:00+02:00", "2025-01-01T00:00:00.500Z"}
)

func pick[V any](d *difference, label string, from []V) V {
	return rapid.SampledFrom(from).Draw(d.t, label)
}

func (d *difference) document() map[string]any {
	doc := map[string]any{"run": d.run}
	for _, field := range []string{"k", "t", "i", "d", "b", "at", "o", "n", "unmapped"} {
		switch rapid.IntRange(0, 4).Draw(d.t, field) {
		case 0:
		case 1:
			list := []any{}
			for range rapid.IntRange(0, 3).Draw(d.t, "values") {
				list = append(list, d.value(field))
			}
			doc[field] = list
		default:
			doc[field] = d.value(field)
		}
	}
	return doc
}

func (d *difference) value(field string) any {
	if rapid.IntRange(0, 9).Draw(d.t, "null") == 0 {
		return nil
	}
	switch field {
	case "t":
		return pick(d, "text", someText)
	case "i":
		return rapid.IntRange(-3, 3).Draw(d.t, "integer")
	case "d":
		return float64(rapid.IntRange(-4, 4).Draw(d.t, "double")) / 2
	case "b":
		return rapid.Bool().Draw(d.t, "boolean")
	case "at":
		if rapid.Bool().Draw(d.t, "milliseconds") {
			return 1704067200000 + 1000*rapid.IntRange(0, 2).Draw(d.t, "later")
		}
		return pick(d, "date", someDates)
	case "o", "n":
		inner := map[string]any{}
		for _, name := range []string{"k", "i"} {
			if rapid.IntRange(0, 3).Draw(d.t, name) > 0 {
				inner[name] = d.value(name)
			}
		}
		return inner
	}
	return pick(d, "word", someWords)
}

// leafFields are the fields of random conditions, with their kind of value.
var leafFields = []struct{ path, kind string }{
	{"k", "k"}, {"t", "t"}, {"t.raw", "k"}, {"i", "i"}, {"d", "d"}, {"b", "b"}, {"at", "at"}, {"o.k", "k"}, {"o.i", "i"}, {"n.k", "k"}, {"n.i", "i"}, {"unmapped", "k"},
}

func (d *difference) node(depth int, scope string) query.Node {
	kinds := 7
	switch {
	case depth > 0 && scope == "":
		kinds = 11
	case depth > 0:
		kinds = 10
	}
	switch rapid.IntRange(0, kinds).Draw(d.t, "node") {
	case 8, 9, 10:
		n := query.Bool{}
		for _, list := range []*[]query.Node{&n.Must, &n.Should, &n.MustNot} {
			for range rapid.IntRange(0, 2).Draw(d.t, "clauses") {
				*list = append(*list, d.node(depth-1, scope))
			}
		}
		n.MinShould = rapid.IntRange(0, len(n.Should)).Draw(d.t, "minimum")
		return n
	case 11:
		return query.Nested{Path: content("n"), Where: d.node(depth-1, "n")}
	}
	return d.leaf(scope)
}

func (d *difference) leaf(scope string) query.Node {
	fields := leafFields
	if scope != "" {
		fields = leafFields[8:11]
	}
	field := pick(d, "field", fields)
	at := content(field.path)
	value := func() any {
		if v := d.value(field.kind); v != nil {
			return queried(v)
		}
		return queried(map[string]any{"k": "red", "t": "red", "i": 1, "d": 0.5, "b": true, "at": someDates[0]}[field.kind])
	}
	textual := field.kind == "k" || field.kind == "t"
	switch kind := rapid.IntRange(0, 9).Draw(d.t, "leaf"); {
	case kind == 0:
		return query.Exists{Field: at}
	case kind <= 2 && field.kind != "t":
		return d.between(at, value)
	case kind == 3 && textual:
		return query.Prefix{Field: at, Value: pick(d, "prefix", []string{"", "r", "RE", "b", "é"}), CaseInsensitive: rapid.Bool().Draw(d.t, "fold")}
	case kind == 4 && textual:
		return query.Wildcard{Field: at, Pattern: pick(d, "pattern", []string{"*", "r*", "?ed", "*e*", `r\*d`, "", "R*D"}), CaseInsensitive: rapid.Bool().Draw(d.t, "fold")}
	case kind == 8 && textual:
		return query.Regexp{Field: at, Pattern: pick(d, "expression", []string{".*", "r.*", "[re]+d?", "(?:r|b).{2,3}", "", "é.*|R[A-Z]+"}), CaseInsensitive: rapid.Bool().Draw(d.t, "fold")}
	case kind == 9 && textual:
		return query.Fuzzy{
			Field: at, Value: pick(d, "near", []string{"red", "rde", "blu", "r", "", "gre"}), Edits: rapid.IntRange(0, 2).Draw(d.t, "edits"),
			Prefix: rapid.IntRange(0, 2).Draw(d.t, "beginning"), Transpositions: rapid.Bool().Draw(d.t, "swaps"),
		}
	case kind == 5 && field.kind == "t":
		return query.Match{Field: at, Text: pick(d, "text", someText), All: rapid.Bool().Draw(d.t, "all"), Min: rapid.IntRange(0, 2).Draw(d.t, "minimum")}
	case kind == 6 && field.kind == "t":
		return query.Phrase{Field: at, Text: pick(d, "text", []string{"red blue", "blue", "red gr", "blue red"}), Prefix: rapid.Bool().Draw(d.t, "open")}
	}
	n := query.Terms{Field: at}
	for range rapid.IntRange(1, 3).Draw(d.t, "terms") {
		n.Values = append(n.Values, value())
	}
	return n
}

// queried returns a value in the form of a decoder of queries.
func queried(v any) any {
	if n, is := v.(int); is {
		return float64(n)
	}
	return v
}

func (d *difference) between(at query.Field, value func() any) query.Node {
	n := query.Range{Field: at}
	switch rapid.IntRange(0, 2).Draw(d.t, "low") {
	case 1:
		n.GT = value()
	case 2:
		n.GTE = value()
	}
	switch rapid.IntRange(0, 2).Draw(d.t, "high") {
	case 1:
		n.LT = value()
	case 2:
		n.LTE = value()
	}
	if n == (query.Range{Field: at}) {
		n.GTE = value()
	}
	return n
}

func (d *difference) search() {
	where := query.Bool{Must: []query.Node{equal("run", d.run), d.node(3, "")}}
	what := query.Search{Where: where, Size: 100}
	for range rapid.IntRange(0, 2).Draw(d.t, "sorts") {
		key := by(pick(d, "sort", []string{"k", "t.raw", "i", "d", "b", "at", "o.k", "run"}))
		key.Desc, key.MissingFirst = rapid.Bool().Draw(d.t, "descending"), rapid.Bool().Draw(d.t, "missing first")
		what.Sort = append(what.Sort, key)
	}
	var want []string
	for _, s := range d.plain.Sorted(d.subjects, what.Sort) {
		if d.plain.Holds(where, s) {
			want = append(want, s.ID)
		}
	}
	page, err := d.f.store.Search(d.f.ctx, storage.Users, what)
	if got := ids(page); err != nil || !slices.Equal(got, want) || page.Total != int64(len(want)) {
		d.t.Fatalf("%+v:\ngot  %q of %d, %v\nwant %q", what, got, page.Total, err, want)
	}
	d.walk(what, want)
}

func (d *difference) walk(what query.Search, want []string) {
	what.Size = rapid.IntRange(1, 5).Draw(d.t, "size")
	var walked []string
	for len(walked) <= len(want) {
		page, err := d.f.store.Search(d.f.ctx, storage.Users, what)
		if err != nil {
			d.t.Fatal(err)
		}
		if len(page.Hits) == 0 {
			break
		}
		walked = append(walked, ids(page)...)
		what.After, _ = asJSON(page.Hits[len(page.Hits)-1].Sort).([]any)
	}
	if !slices.Equal(walked, want) {
		d.t.Fatalf("%+v:\nwalked %q\nwant   %q", what, walked, want)
	}
}
