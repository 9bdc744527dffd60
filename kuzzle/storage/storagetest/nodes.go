package storagetest

import (
	"encoding/json"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const everyType = `{
	"k":{"type":"keyword"},"t":{"type":"text"},"i":{"type":"integer"},"l":{"type":"long"},"d":{"type":"double"},
	"f":{"type":"float"},"s":{"type":"scaled_float","scaling_factor":100},"b":{"type":"boolean"},"at":{"type":"date"},
	"name":{"type":"text","fields":{"raw":{"type":"keyword"}}},
	"o":{"properties":{"k":{"type":"keyword"},"p":{"properties":{"i":{"type":"integer"}}}}},
	"n":{"type":"nested","properties":{"k":{"type":"keyword"},"i":{"type":"integer"},"m":{"type":"nested","properties":{"k":{"type":"keyword"}}}}},
	"hidden":{"type":"keyword","index":false},"off":{"type":"object","enabled":false},
	"null":{"type":"keyword","null_value":"none"}
}`

// nodeDocuments are the documents of testNodes, by id.
var nodeDocuments = map[string]string{
	"a": `{"k":"red","t":"The quick brown fox","i":1,"l":9007199254740993,"d":1.5,"f":0.1,"s":1.234,"b":true,"at":"2024-03-05T06:07:08.009Z","name":"Ann Lee","o":{"k":"x","p":{"i":5}},"n":[{"k":"p","i":1},{"k":"q","i":2}]}`,
	"b": `{"k":["green","blue"],"t":["quick silver","brown sugar fox"],"i":[2,20],"l":-5,"d":-0.25,"b":[true,false],"at":1709596800000,"name":"Bob","o":[{"k":"x"},{"k":"y","p":{"i":[6,7]}}],"n":{"k":"p","i":2,"m":[{"k":"z"}]}}`,
	"c": `{"k":"Red","t":"It's a fox's 3.14 world; e.g. O'Neil","i":"3","l":"4","d":"2.5","b":"false","at":"2023-12-31","name":"anna","o.k":"dotted","n":[],"null":null,"hidden":"h","off":{"k":"v","deep":[1,{"a":"b"}]}}`,
	"d": `{"k":"","t":"","i":null,"l":[],"b":null,"name":null,"o":{},"n":null,"null":[null,"some"]}`,
	"e": `{}`,
	"f": `{"k":"re*d?\\","t":"ÉCOLE naïve 日本語","i":-7,"d":1e3,"at":"2024-03-05T23:30:00-01:00","name":"Ann-Marie lee","k2":"red"}`,
}

type nodeCase struct {
	what string
	node query.Node
	want string // ids, joined
}

// testNodes: every node of the tree, on every type of field.
func testNodes(f *fixture) {
	f.mapUsers(everyType)
	for id, text := range nodeDocuments {
		f.create(id, text)
	}
	for _, cases := range [][]nodeCase{termCases, rangeCases, stringCases, textCases, groupCases, nestedCases} {
		for _, c := range cases {
			f.wantFound(c.what, c.node, strings.Split(c.want, "")...)
		}
	}
}

var termCases = []nodeCase{
	{"nothing given", nil, "abcdef"},
	{"all", query.All{}, "abcdef"},
	{"none", query.None{}, ""},
	{"keyword", equal("k", "red"), "a"},
	{"keyword is exact", equal("k", "Red"), "c"},
	{"keyword of several values", equal("k", "blue"), "b"},
	{"one of several", equal("k", "red", "blue", "nothing"), "ab"},
	{"empty keyword", equal("k", ""), "d"},
	{"no values", equal("k"), ""},
	{"keyword by a number", equal("k", 1.0), ""},
	{"integer", equal("i", 1.0), "a"},
	{"integer of several values", equal("i", 20.0), "b"},
	{"integer written as a string", equal("i", 3.0), "c"},
	{"integer asked for as a string", equal("i", "-7"), "f"},
	{"integer is never a fraction", equal("i", 1.5), ""},
	{"long", equal("l", -5.0, 4.0), "bc"},
	{"double", equal("d", 1.5, -0.25, 2.5, 1000.0), "abcf"},
	{"float has its own precision", equal("f", 0.1), "a"},
	{"scaled float is rounded", equal("s", 1.23), "a"},
	{"boolean", equal("b", true), "ab"},
	{"boolean as a string", equal("b", "false"), "bc"},
	{"date", equal("at", "2024-03-05T06:07:08.009Z"), "a"},
	{"date in milliseconds", equal("at", 1709596800000.0), "b"},
	{"a day", equal("at", "2024-03-05"), "ab"},
	{"a date elsewhere", equal("at", "2024-03-06T00:30:00Z"), "f"},
	{"multi-field", equal("name.raw", "Ann Lee"), "a"},
	{"object", equal("o.k", "x"), "ab"},
	{"object of objects", equal("o.p.i", 5.0, 7.0), "ab"},
	{"dotted key", equal("o.k", "dotted"), "c"},
	{"word of a text", equal("t", "fox"), "ab"},
	{"a term is not analysed", equal("t", "FOX"), ""},
	{"null value", equal("null", "none"), "cd"},
	{"not indexed", equal("hidden", "h"), ""},
	{"disabled object", equal("off.k", "v"), ""},
	{"nested from outside", equal("n.k", "p"), ""},
	{"object itself", equal("o", "x"), ""},
	{"ids", query.Terms{Field: query.Field{Area: query.ID}, Values: []any{"a", "f", "zz"}}, "af"},
}

func between(path string, r query.Range) query.Node {
	r.Field = content(path)
	return r
}

var rangeCases = []nodeCase{
	{"gte", between("i", query.Range{GTE: 2.0}), "bc"},
	{"gt", between("i", query.Range{GT: 2.0}), "bc"},
	{"gt all", between("i", query.Range{GT: 20.0}), ""},
	{"lte", between("i", query.Range{LTE: 1.0}), "af"},
	{"lt", between("i", query.Range{LT: 1.0}), "f"},
	{"between", between("i", query.Range{GT: -7.0, LT: 3.0}), "ab"},
	{"between a value and itself", between("i", query.Range{GT: 1.0, LTE: 1.0}), ""},
	{"one value within both", between("i", query.Range{GT: 2.0, LT: 20.0}), "c"},
	{"fractions as bounds", between("i", query.Range{GT: 0.5, LT: 1.5}), "a"},
	{"open", between("i", query.Range{}), "abcf"},
	{"strings as bounds", between("i", query.Range{GTE: "3"}), "bc"},
	{"beyond float64", between("l", query.Range{GT: 9007199254740992.0}), "a"},
	{"double", between("d", query.Range{GTE: -0.25, LT: 1.5}), "b"},
	{"keyword", between("k", query.Range{GTE: "green", LT: "red"}), "bf"},
	{"keyword by bytes", between("k", query.Range{LT: "a"}), "cd"},
	{"boolean", between("b", query.Range{GTE: true}), "ab"},
	{"date", between("at", query.Range{GTE: "2024-01-01"}), "abf"},
	{"date up to a day", between("at", query.Range{LTE: "2023-12-31"}), "c"},
	{"date after a day", between("at", query.Range{GT: "2024-03-05"}), "f"},
	{"date before a day", between("at", query.Range{LT: "2024-03-05"}), "c"},
	{"date math", between("at", query.Range{GTE: "2024-03-05||/M", LT: "2024-03-05||/M+1M"}), "abf"},
	{"now", between("at", query.Range{LT: "now-1d/d"}), "abcf"},
	{"far ahead", between("at", query.Range{GT: "now+1y"}), ""},
	{"date in milliseconds", between("at", query.Range{GTE: 1709596800000.0, LTE: 1709596800000.0}), "b"},
	{"ids", query.Range{Field: query.Field{Area: query.ID}, GTE: "b", LT: "e"}, "bcd"},
	{"exists", query.Exists{Field: content("i")}, "abcf"},
	{"exists, empty string", query.Exists{Field: content("k")}, "abcdf"},
	{"exists, object", query.Exists{Field: content("o")}, "abc"},
	{"exists, null value", query.Exists{Field: content("null")}, "cd"},
	{"exists, id", query.Exists{Field: query.Field{Area: query.ID}}, "abcdef"},
	{"exists, nested from outside", query.Exists{Field: content("n.k")}, ""},
}

var stringCases = []nodeCase{
	{"prefix", query.Prefix{Field: content("k"), Value: "re"}, "af"},
	{"prefix in any case", query.Prefix{Field: content("k"), Value: "RE", CaseInsensitive: true}, "acf"},
	{"empty prefix", query.Prefix{Field: content("k")}, "abcdf"},
	{"prefix of a word", query.Prefix{Field: content("t"), Value: "bro"}, "ab"},
	{"prefix of an id", query.Prefix{Field: query.Field{Area: query.ID}, Value: "c"}, "c"},
	{"wildcard", query.Wildcard{Field: content("k"), Pattern: "r*d"}, "a"},
	{"wildcard one", query.Wildcard{Field: content("k"), Pattern: "?ed"}, "ac"},
	{"wildcard in any case", query.Wildcard{Field: content("k"), Pattern: "R?D", CaseInsensitive: true}, "ac"},
	{"wildcard escaped", query.Wildcard{Field: content("k"), Pattern: `re\*d\?\\`}, "f"},
	{"wildcard of nothing", query.Wildcard{Field: content("k"), Pattern: ""}, "d"},
	{"wildcard of all", query.Wildcard{Field: content("k"), Pattern: "*"}, "abcdf"},
	{"wildcard in the middle", query.Wildcard{Field: content("k"), Pattern: "*e*e*"}, "b"},
	{"wildcard on a word", query.Wildcard{Field: content("t"), Pattern: "f?x"}, "ab"},
	{"wildcard on ids", query.Wildcard{Field: query.Field{Area: query.ID}, Pattern: "?"}, "abcdef"},
	{"regexp", query.Regexp{Field: content("k"), Pattern: "r.d|gr[a-f]{2}n"}, "ab"},
	{"regexp in any case", query.Regexp{Field: content("k"), Pattern: "r[a-z]d", CaseInsensitive: true}, "ac"},
	{"regexp of the whole value", query.Regexp{Field: content("k"), Pattern: "re"}, ""},
	{"regexp of nothing", query.Regexp{Field: content("k"), Pattern: ""}, "d"},
	{"regexp escaped", query.Regexp{Field: content("k"), Pattern: `re\*d\?\\`}, "f"},
	{"regexp with a class", query.Regexp{Field: content("k"), Pattern: `\w+`}, "abc"},
	{"regexp that leaves out", query.Regexp{Field: content("k"), Pattern: `[^r]+`}, "bc"},
	{"regexp with repetitions", query.Regexp{Field: content("k"), Pattern: `(?:b|l|u|e){4,}|(R)(ed)?`}, "bc"},
	{"regexp, of Lucene's own signs", query.Regexp{Field: content("k"), Pattern: `~@&<1-9>#"`}, ""},
	{"regexp on a word", query.Regexp{Field: content("t"), Pattern: "f.x|qu.*"}, "ab"},
	{"regexp on ids", query.Regexp{Field: query.Field{Area: query.ID}, Pattern: "[a-c]"}, "abc"},
	{"fuzzy", query.Fuzzy{Field: content("k"), Value: "rad", Edits: 1}, "a"},
	{"fuzzy, two edits", query.Fuzzy{Field: content("k"), Value: "gren", Edits: 2}, "ab"},
	{"fuzzy, of nothing", query.Fuzzy{Field: content("k"), Value: "", Edits: 2}, "d"},
	{"fuzzy, neighbours", query.Fuzzy{Field: content("k"), Value: "rde", Edits: 1, Transpositions: true}, "a"},
	{"fuzzy, neighbours are two edits", query.Fuzzy{Field: content("k"), Value: "rde", Edits: 1}, ""},
	{"fuzzy with a beginning", query.Fuzzy{Field: content("k"), Value: "reed", Edits: 1, Prefix: 1}, "a"},
	{"fuzzy with another beginning", query.Fuzzy{Field: content("k"), Value: "ed", Edits: 1, Prefix: 1}, ""},
	{"fuzzy, exact", query.Fuzzy{Field: content("k"), Value: "blue"}, "b"},
	{"fuzzy on a word", query.Fuzzy{Field: content("t"), Value: "quack", Edits: 1}, "ab"},
	{"fuzzy, characters not bytes", query.Fuzzy{Field: content("t"), Value: "ecole", Edits: 1}, "f"},
	{"wildcard, not a pattern of SQL", query.Wildcard{Field: content("k"), Pattern: "%"}, ""},
}

var textCases = []nodeCase{
	{"match any", query.Match{Field: content("t"), Text: "SILVER world"}, "bc"},
	{"match all", query.Match{Field: content("t"), Text: "fox Quick", All: true}, "ab"},
	{"match two of three", query.Match{Field: content("t"), Text: "quick brown cow", Min: 2}, "ab"},
	{"match more than there are", query.Match{Field: content("t"), Text: "quick", Min: 2}, ""},
	{"match no word", query.Match{Field: content("t"), Text: "!?"}, ""},
	{"match inner marks", query.Match{Field: content("t"), Text: "it's 3.14", All: true}, "c"},
	{"match accents", query.Match{Field: content("t"), Text: "école"}, "f"},
	{"accents matter", query.Match{Field: content("t"), Text: "ecole"}, ""},
	{"match ideographs", query.Match{Field: content("t"), Text: "本"}, "f"},
	{"match on a keyword", query.Match{Field: content("k"), Text: "red"}, "a"},
	{"match on a number", query.Match{Field: content("i"), Text: "20"}, "b"},
	{"phrase", query.Phrase{Field: content("t"), Text: "Quick brown"}, "a"},
	{"phrase not over two values", query.Phrase{Field: content("t"), Text: "silver brown"}, ""},
	{"phrase in order", query.Phrase{Field: content("t"), Text: "brown quick"}, ""},
	{"phrase of one", query.Phrase{Field: content("t"), Text: "fox"}, "ab"},
	{"phrase prefix", query.Phrase{Field: content("t"), Text: "brown su", Prefix: true}, "b"},
	{"phrase on a multi-field's text", query.Phrase{Field: content("name"), Text: "ann"}, "af"},
	{"phrase on a keyword", query.Phrase{Field: content("name.raw"), Text: "Ann Lee"}, "a"},
}

var groupCases = []nodeCase{
	{"empty group", query.Bool{}, "abcdef"},
	{"must", query.Bool{Must: []query.Node{equal("b", true), equal("o.k", "y")}}, "b"},
	{"must not", query.Bool{MustNot: []query.Node{equal("b", true)}}, "cdef"},
	{"must and must not", query.Bool{Must: []query.Node{query.Exists{Field: content("i")}}, MustNot: []query.Node{equal("k", "red", "blue")}}, "cf"},
	{"should", query.Bool{Should: []query.Node{equal("i", 1.0), equal("i", 3.0)}, MinShould: 1}, "ac"},
	{"two of three", query.Bool{Should: []query.Node{equal("b", true), equal("o.k", "x"), equal("i", 1.0)}, MinShould: 2}, "ab"},
	{"all three", query.Bool{Should: []query.Node{equal("b", true), equal("o.k", "x"), equal("i", 1.0)}, MinShould: 3}, "a"},
	{"more than there are", query.Bool{Should: []query.Node{query.All{}}, MinShould: 2}, ""},
	{"should beside must decides nothing", query.Bool{Must: []query.Node{equal("b", true)}, Should: []query.Node{equal("i", 99.0)}}, "ab"},
	{"must and one should", query.Bool{Must: []query.Node{equal("b", true)}, Should: []query.Node{equal("i", 1.0), query.None{}}, MinShould: 1}, "a"},
	{"values of one field need not be one value", query.Bool{Must: []query.Node{equal("k", "green"), equal("k", "blue")}}, "b"},
	{"not unmapped", query.Bool{MustNot: []query.Node{equal("k2", "red")}}, "abcdef"},
	{"groups in groups", query.Bool{Must: []query.Node{query.Bool{Should: []query.Node{
		query.Bool{Must: []query.Node{equal("i", 1.0), query.Bool{MustNot: []query.Node{equal("k", "x")}}}}, equal("k", "Red")}, MinShould: 1}}}, "ac"},
	{"objects are not elements", query.Bool{Must: []query.Node{equal("o.k", "x"), equal("o.p.i", 6.0)}}, "b"},
}

func inNested(where ...query.Node) query.Node {
	return query.Nested{Path: content("n"), Where: query.Bool{Must: where}}
}

var nestedCases = []nodeCase{
	{"nested", inNested(equal("n.k", "p")), "ab"},
	{"one element fulfils all", inNested(equal("n.k", "p"), equal("n.i", 2.0)), "b"},
	{"nested exists", inNested(query.Exists{Field: content("n.k")}), "ab"},
	{"nested not", inNested(query.Bool{MustNot: []query.Node{equal("n.k", "p")}}), "a"},
	{"nested any", inNested(), "ab"},
	{"not nested", query.Bool{MustNot: []query.Node{inNested(equal("n.k", "p"))}}, "cdef"},
	{"a field outside", inNested(equal("k", "red")), ""},
	{"nested in nested", inNested(query.Nested{Path: content("n.m"), Where: equal("n.m.k", "z")}), "b"},
	{"inner nested alone", query.Nested{Path: content("n.m"), Where: equal("n.m.k", "z")}, "b"},
	{"nested on an object", query.Nested{Path: content("o"), Where: equal("o.k", "x")}, ""},
	{"nested on nothing", query.Nested{Path: content("zz"), Where: query.All{}}, ""},
}

// testUnmapped: a field without a mapping is never found.
func testUnmapped(f *fixture) {
	f.create("a", `{"x":"v","profileIds":["p"],"deep":{"y":1}}`)
	for _, field := range []query.Field{content("x"), content("deep.y"), content("deep"), content(""), content("profileIds.x"), account("x"), account("")} {
		for _, node := range []query.Node{
			query.Terms{Field: field, Values: []any{"v", 1.0, true}}, query.Exists{Field: field}, query.Prefix{Field: field},
			query.Range{Field: field, GTE: ""}, query.Range{Field: field, GTE: 0.0}, query.Wildcard{Field: field, Pattern: "*"},
			query.Match{Field: field, Text: "v"}, query.Phrase{Field: field, Text: "v"}, query.Nested{Path: field, Where: query.All{}},
		} {
			if got := f.found(node); len(got) != 0 {
				f.Errorf("%#v: got %q, want none", node, got)
			}
		}
	}
}

// testAccount: the data beside the content is found under its paths.
func testAccount(f *fixture) {
	put := func(id, text string) {
		f.commit(storage.Change{In: storage.Users, ID: id, Put: &storage.Document{Account: json.RawMessage(text)}})
	}
	put("a", `{"local":{"username":"ann","logins":3},"banned":true,"mails":["a@x.org","ann@x.org"]}`)
	put("b", `{"local":{"username":"bob","logins":12.5},"banned":false,"mails":[],"null":null}`)
	put("c", `{"local":{"username":"3"},"records":[{"id":"r1"},{"id":"r2"}]}`)
	for _, c := range []nodeCase{
		{"string", query.Terms{Field: account("local.username"), Values: []any{"ann", "bob"}}, "ab"},
		{"number", query.Terms{Field: account("local.logins"), Values: []any{3.0}}, "a"},
		{"boolean", query.Terms{Field: account("banned"), Values: []any{true}}, "a"},
		{"list", query.Terms{Field: account("mails"), Values: []any{"ann@x.org"}}, "a"},
		{"objects in a list", query.Terms{Field: account("records.id"), Values: []any{"r2"}}, "c"},
		{"range", query.Range{Field: account("local.logins"), GT: 3.0}, "b"},
		{"range of strings", query.Range{Field: account("local.username"), GTE: "b"}, "b"},
		{"prefix", query.Prefix{Field: account("local.username"), Value: "a"}, "a"},
		{"wildcard", query.Wildcard{Field: account("mails"), Pattern: "*@x.org"}, "a"},
		{"exists", query.Exists{Field: account("local.logins")}, "ab"},
		{"exists, object", query.Exists{Field: account("local")}, "abc"},
		{"exists, null", query.Exists{Field: account("null")}, ""},
		{"match", query.Match{Field: account("local.username"), Text: "bob"}, "b"},
		{"not content", equal("local.username", "ann"), ""},
	} {
		f.wantFound(c.what, c.node, strings.Split(c.want, "")...)
	}
	page := f.search(query.Search{Where: query.Terms{Field: account("banned"), Values: []any{true}}, Size: 1})
	if got := string(page.Hits[0].Account); !strings.Contains(got, "username") {
		f.Errorf("account of a hit: got %s", got)
	}
}

// testSecrets: no search finds or returns anything of Auth.
func testSecrets(f *fixture) {
	const canary = "canary-in-auth"
	f.commit(storage.Change{In: storage.Users, ID: "a", Put: &storage.Document{
		Content: json.RawMessage(`{"profileIds":["p"]}`), Account: json.RawMessage(`{"x":"y"}`),
		Auth: json.RawMessage(`{"password":"` + canary + `","profileIds":"` + canary + `"}`)}})
	for _, area := range []query.Area{query.Content, query.Account, query.ID} {
		for _, path := range []string{"", "password", "auth", "auth.password", "_auth.password", "profileIds", "*", "local.password"} {
			field := query.Field{Area: area, Path: path}
			for _, node := range []query.Node{
				query.Terms{Field: field, Values: []any{canary}}, query.Prefix{Field: field, Value: "canary"},
				query.Wildcard{Field: field, Pattern: "*canary*"}, query.Range{Field: field, GTE: canary, LTE: canary},
				query.Match{Field: field, Text: canary}, query.Phrase{Field: field, Text: canary, Prefix: true},
			} {
				if got := f.found(node); len(got) != 0 {
					f.Errorf("%#v: finds a secret", node)
				}
			}
		}
	}
	page := f.search(query.Search{Size: 10})
	whole, _ := json.Marshal(page)
	if strings.Contains(string(whole), canary) {
		f.Errorf("search shows a secret: %s", whole)
	}
}
