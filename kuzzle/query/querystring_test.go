package query

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type stringTest struct {
	in   string
	want Node
	says string // of ErrBadRequest
	no   string // prop of ErrUnsupported
}

func runStrings(t *testing.T, tests []stringTest) {
	t.Helper()
	for _, test := range tests {
		text, err := json.Marshal(test.in)
		if err != nil {
			t.Fatal(err)
		}
		in := `{"query_string":{"query":` + string(text) + `,"default_field":"tag"}}`
		got, err := ParseFilter(decode(t, in), people, DefaultLimits())
		switch {
		case test.says != "":
			checkFault(t, in, err, ErrBadRequest, "query_string.query "+test.says)
		case test.no != "":
			checkFault(t, in, err, ErrUnsupported, "query_string.query."+test.no)
		case err != nil:
			t.Errorf("%s: %v", in, err)
		default:
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s: (-want +got)\n%s", in, diff)
			}
		}
	}
}

func TestQueryString(t *testing.T) {
	a, b, c := terms("tag", "a"), terms("tag", "b"), terms("tag", "c")
	runStrings(t, []stringTest{
		{in: `a`, want: a},
		{in: `  `, want: None{}},
		{in: `a b`, want: terms("tag", "a b")},
		{in: `a OR b`, want: Bool{Should: []Node{a, b}, MinShould: 1}},
		{in: `a || b`, want: Bool{Should: []Node{a, b}, MinShould: 1}},
		{in: `a AND b`, want: Bool{Must: []Node{a, b}}},
		{in: `a && b`, want: Bool{Must: []Node{a, b}}},
		{in: `a AND b OR c`, want: Bool{Must: []Node{a, b}}},
		{in: `(a OR b) AND c`, want: Bool{Must: []Node{Bool{Should: []Node{a, b}, MinShould: 1}, c}}},
		{in: `NOT a`, want: Bool{MustNot: []Node{a}}},
		{in: `a AND NOT b`, want: Bool{Must: []Node{a}, MustNot: []Node{b}}},
		{in: `a -b`, want: Bool{Should: []Node{a}, MinShould: 1, MustNot: []Node{b}}},
		{in: `!a`, want: Bool{MustNot: []Node{a}}},
		{in: `+a b`, want: a},
		{in: `+a +b -c`, want: Bool{Must: []Node{a, b}, MustNot: []Node{c}}},
		{in: `"a b"`, want: terms("tag", "a b")},
		{in: `"a \"b"`, want: terms("tag", `a "b`)},
		{in: `a\:b`, want: terms("tag", "a:b")},
		{in: `a^2`, want: a},
		{in: `a*`, want: Wildcard{Field: content("tag"), Pattern: "a*"}},
		{in: `a\*b?`, want: Wildcard{Field: content("tag"), Pattern: `a\*b?`}},
		{in: `*`, want: All{}},
		{in: `*:*`, want: All{}},
		{in: `tag:*`, want: Exists{content("tag")}},
		{in: `_exists_:tag`, want: Exists{content("tag")}},
		{in: `name:john`, want: Match{Field: content("name"), Text: "john"}},
		{in: `name:Jo*`, want: Wildcard{Field: content("name"), Pattern: "jo*"}},
		{in: `name:"john doe"`, want: Phrase{Field: content("name"), Text: "john doe"}},
		{in: `name:(john doe)`, want: Match{Field: content("name"), Text: "john doe"}},
		{in: `name:(john OR "d e") a`, want: Bool{MinShould: 1, Should: []Node{
			Bool{MinShould: 1, Should: []Node{
				Match{Field: content("name"), Text: "john"}, Phrase{Field: content("name"), Text: "d e"},
			}}, a,
		}}},
		{in: `a tag:b`, want: Bool{Should: []Node{a, b}, MinShould: 1}},
		{in: `_id:x`, want: Terms{Field: id, Values: []any{"x"}}},
		{in: `name.\*:a`, want: terms("name.raw", "a")},
		{in: `name*:a`, want: Bool{MinShould: 1, Should: []Node{
			Match{Field: content("name"), Text: "a"}, terms("name.raw", "a"),
		}}},
		{in: `age:[1 TO 5]`, want: Range{Field: content("age"), GTE: "1", LTE: "5"}},
		{in: `age:{1 TO 5]`, want: Range{Field: content("age"), GT: "1", LTE: "5"}},
		{in: `age:{1 TO *}`, want: Range{Field: content("age"), GT: "1"}},
		{in: `born:["2020-01-01" TO now-1d]^2`, want: Range{Field: content("born"), GTE: "2020-01-01", LTE: "now-1d"}},
		{in: `age:[* TO *]`, want: Exists{content("age")}},
		{in: `age:>=5`, want: Range{Field: content("age"), GTE: "5"}},
		{in: `age:>5`, want: Range{Field: content("age"), GT: "5"}},
		{in: `age:<=5`, want: Range{Field: content("age"), LTE: "5"}},
		{in: `age:<5`, want: Range{Field: content("age"), LT: "5"}},

		{in: `a~`, no: "~"},
		{in: `"a b"~2`, no: "~"},
		{in: `/a.*/`, no: "/regular expression/"},
		{in: `(a`, says: "has a ( without a )"},
		{in: `a)`, says: "has a ) without a ("},
		{in: `()`, says: "has nothing between parentheses"},
		{in: `"a`, says: "has a quotation without an end"},
		{in: `a AND`, says: "ends in AND"},
		{in: `OR a`, says: "begins with OR"},
		{in: `a NOT`, says: "ends where a word is expected"},
		{in: `tag:`, says: `has nothing after "tag:"`},
		{in: `:a`, says: `has ":" where a word is expected`},
		{in: `age:[1 5]`, says: "has a range without TO"},
		{in: `age:[1 TO 5`, says: "has a range without an end"},
		{in: `age:[1 TO`, says: "has a range without a bound"},
		{in: `age:>*`, says: "has a comparison without a value"},
		{in: `a^x`, says: "has a ^ without a number"},
		{in: `a\`, says: `ends in \`},
	})
}

func TestQueryStringOptions(t *testing.T) {
	a, b := terms("tag", "a"), terms("tag", "b")
	runFilters(t, people, []parseTest{
		{in: `{"query_string":{"query":"tag:a tag:b","default_operator":"AND"}}`, want: Bool{Must: []Node{a, b}}},
		{in: `{"query_string":{"query":"tag:a OR tag:b","default_operator":"AND"}}`, want: Bool{Should: []Node{a, b}, MinShould: 1}},
		{in: `{"query_string":{"query":"x y","fields":["name"],"default_operator":"and"}}`, want: Match{Field: content("name"), Text: "x y", All: true}},
		{in: `{"query_string":{"query":"x","fields":["name","tag"]}}`, want: Bool{
			MinShould: 1, Should: []Node{Match{Field: content("name"), Text: "x"}, terms("tag", "x")},
		}},
		{in: `{"query_string":{"query":"*x","fields":["tag"],"allow_leading_wildcard":false}}`, fault: ErrBadRequest,
			props: []any{"query_string.query has a pattern that begins with * or ?"}},
		{in: `{"query_string":{"query":1}}`, fault: ErrBadRequest, props: []any{"query_string.query has to be a string"}},
		{in: `{"query_string":{"query":"a","fields":["a"],"default_field":"b"}}`, fault: ErrBadRequest,
			props: []any{"query_string.default_field cannot stand beside fields"}},
		{in: `{"query_string":{"query":"a","time_zone":"UTC"}}`, fault: ErrUnsupported, props: []any{"query_string.time_zone"}},
		{in: `{"query_string":{"query":"a","type":"cross_fields"}}`, fault: ErrUnsupported, props: []any{"query_string.type"}},
		{in: `{"query_string":{"query":"a","unknown":1}}`, fault: ErrBadRequest, props: []any{`query_string has the unknown key "unknown"`}},
	})
	// Words that name no field are looked for in every text and keyword.
	got, err := ParseFilter(decode(t, `{"query_string":{"query":"john"}}`), people, DefaultLimits())
	want := Bool{MinShould: 1, Should: []Node{
		Match{Field: content("bio"), Text: "john"}, Match{Field: content("name"), Text: "john"},
		terms("name.raw", "john"), terms("policies.roleId", "john"), terms("tag", "john"),
	}}
	if diff := cmp.Diff(Node(want), got); diff != "" || err != nil {
		t.Errorf("default fields: %v (-want +got)\n%s", err, diff)
	}
}
