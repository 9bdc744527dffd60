package storagetest

import (
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// testMalformed: a value that does not fit its mapping is refused with a fault
// that names the field, and nothing is written.
func testMalformed(f *fixture) {
	f.mapUsers(everyType)
	rev := f.create("kept", `{"i":1}`)
	for _, c := range []struct{ field, text string }{
		{"i", `{"i":"abc"}`}, {"i", `{"i":true}`}, {"i", `{"i":{}}`}, {"i", `{"i":[1,"x"]}`}, {"i", `{"i":2147483648}`}, {"i", `{"i":""}`},
		{"l", `{"l":9223372036854775808}`}, {"d", `{"d":"much"}`}, {"d", `{"d":1e999}`}, {"b", `{"b":1}`}, {"b", `{"b":"yes"}`},
		{"at", `{"at":"yesterday"}`}, {"at", `{"at":"2024-13-01"}`}, {"at", `{"at":true}`},
		{"k", `{"k":{"a":1}}`}, {"t", `{"t":{"a":1}}`}, {"o", `{"o":"text"}`}, {"o.p", `{"o":{"p":[1]}}`}, {"o.p.i", `{"o":{"p":{"i":"x"}}}`},
		{"n", `{"n":[{"i":1},"x"]}`}, {"n.i", `{"n":[{"i":1},{"i":"x"}]}`},
	} {
		create := creation("bad", c.text, "key")
		for what, err := range map[string]error{
			"create": f.try(create),
			"update": f.try(storage.Change{In: storage.Users, ID: "kept", If: rev, Put: create.Put, Take: create.Take}),
		} {
			f.wantKind(what+" "+c.text, err, storage.ErrBadRequest)
			if err != nil && !strings.Contains(err.Error(), `"`+c.field+`"`) {
				f.Errorf("%s %s: %q does not name the field %q", what, c.text, err, c.field)
			}
		}
	}
	f.wantOwner("key", "")
	f.wantFound("all", query.All{}, "kept")
	f.wantFound("unchanged", equal("i", 1.0), "kept")
	f.wantKind("content that is no object", f.try(creation("bad", `[]`)), storage.ErrBadRequest)
}

// testWrongQueryValues: a value that cannot be a value of the field is refused.
func testWrongQueryValues(f *fixture) {
	f.mapUsers(everyType)
	for _, node := range []query.Node{
		equal("i", "abc"), equal("i", true), equal("d", "much"), equal("b", "maybe"), equal("b", 2.0), equal("at", "soon"), equal("at", true),
		query.Range{Field: content("i"), GTE: "x"}, query.Range{Field: content("at"), LT: "now+"}, query.Range{Field: content("at"), LT: "2024||/x"},
		query.Prefix{Field: content("i"), Value: "1"}, query.Wildcard{Field: content("at"), Pattern: "2*"}, query.Regexp{Field: content("i"), Pattern: "1"}, query.Fuzzy{Field: content("d"), Value: "1"},
		query.Regexp{Field: content("k"), Pattern: "("}, query.Regexp{Field: content("k"), Pattern: "^red$"}, query.Regexp{Field: content("k"), Pattern: `\pL`}, query.Match{Field: content("i"), Text: "word"},
		query.Bool{MustNot: []query.Node{equal("i", "abc")}}, query.Nested{Path: content("n"), Where: equal("n.i", "abc")},
	} {
		_, err := f.store.Search(f.ctx, storage.Users, query.Search{Where: node, Size: 1})
		f.wantKind("search", err, storage.ErrBadRequest)
	}
}

// testIgnoreAbove: a keyword that is too long is stored and not found.
func testIgnoreAbove(f *fixture) {
	f.mapUsers(`{"k":{"type":"keyword"},"short":{"type":"keyword","ignore_above":3}}`)
	fits, long := strings.Repeat("x", 8191), strings.Repeat("x", 8192)
	f.create("fits", `{"k":"`+fits+`","short":"éüx"}`)
	f.create("long", `{"k":["`+long+`","other"],"short":"four"}`)
	f.wantFound("fits", equal("k", fits), "fits")
	f.wantFound("long", equal("k", long))
	f.wantFound("beside it", equal("k", "other"), "long")
	f.wantFound("own limit, in characters", query.Exists{Field: content("short")}, "fits")
	if got := string(f.get("long").Content); !strings.Contains(got, long) {
		f.Error("the long value is not stored")
	}
}

// testDynamic: a mapping decides about fields that it does not have.
func testDynamic(f *fixture) {
	setDynamic := func(value string) {
		f.Helper()
		if _, err := f.store.UpdateMapping(f.ctx, storage.Users, storage.Mapping{Dynamic: value}); err != nil {
			f.Fatal(err)
		}
	}
	f.create("before", `{"x":"y","profileIds":["p"]}`)
	setDynamic("strict")
	err := f.try(creation("a", `{"profileIds":["p"],"more":{"x":1}}`))
	f.wantKind("strict", err, storage.ErrStrict)
	if err != nil && !strings.Contains(err.Error(), "more") {
		f.Errorf("strict: %q does not name the field", err)
	}
	f.create("a", `{"profileIds":["p"]}`)

	setDynamic("true")
	f.create("b", `{"s":"Some Words","n":3,"f":1.5,"b":true,"o":{"k":["v"]},"empty":[],"null":null}`)
	f.awaitIndexing(storage.Users)
	for _, c := range []nodeCase{
		{"string as text", query.Match{Field: content("s"), Text: "words"}, "b"}, {"string as keyword", equal("s.keyword", "Some Words"), "b"},
		{"whole number", equal("n", 3.0), "b"}, {"fraction", equal("f", 1.5), "b"}, {"boolean", equal("b", true), "b"},
		{"object", equal("o.k.keyword", "v"), "b"}, {"nothing to tell from", query.Exists{Field: content("empty")}, ""},
	} {
		f.wantFound(c.what, c.node, strings.Split(c.want, "")...)
	}
	f.wantKind("another type", f.try(creation("c", `{"n":"word"}`)), storage.ErrBadRequest)
	many := &strings.Builder{}
	many.WriteString(`{"many":{"a":1`)
	for i := range 1100 {
		many.WriteString(`,"f` + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26) + `":1`)
	}
	many.WriteString(`}}`)
	f.wantKind("too many fields", f.try(creation("d", many.String())), storage.ErrBadRequest)
	setDynamic("false")
	f.create("e", `{"never":"mapped"}`)
	f.wantFound("unmapped again", query.Exists{Field: content("never")})
}
