package query

import "testing"

func TestMatch(t *testing.T) {
	runFilters(t, people, []parseTest{
		{in: `{"match":{"name":"john doe"}}`, want: Match{Field: content("name"), Text: "john doe"}},
		{in: `{"match":{"unmapped":"john"}}`, want: Match{Field: content("unmapped"), Text: "john"}},
		{in: `{"match":{"name":{"query":"john doe","operator":"AND"}}}`, want: Match{Field: content("name"), Text: "john doe", All: true}},
		{in: `{"match":{"name":{"query":12.5,"operator":"or","lenient":true}}}`, want: Match{Field: content("name"), Text: "12.5"}},
		{in: `{"match":{"name":{"query":"a b","minimum_should_match":2}}}`, want: Match{Field: content("name"), Text: "a b", Min: 2}},
		{in: `{"match":{"name":{"query":"a b","minimum_should_match":"-1"}}}`, want: Match{Field: content("name"), Text: "a b", Min: -1}},
		{in: `{"match":{"name":{"query":"a b","minimum_should_match":"75%"}}}`, want: Match{Field: content("name"), Text: "a b", Min: 75, MinPercent: true}},
		{in: `{"match":{"name":{"query":"a b","operator":"and","minimum_should_match":1}}}`, want: Match{Field: content("name"), Text: "a b", All: true}},
		{in: `{"match":{"tag":"john doe"}}`, want: terms("tag", "john doe")},
		{in: `{"match":{"age":12}}`, want: terms("age", 12.0)},
		{in: `{"match":{"_id":"a"}}`, want: Terms{Field: id, Values: []any{"a"}}},
		{in: `{"match":{"name":{"query":"a","fuzziness":"AUTO"}}}`, fault: ErrUnsupported, props: []any{"match.name.fuzziness"}},
		{in: `{"match":{"name":{"query":"a","analyzer":"x"}}}`, fault: ErrUnsupported, props: []any{"match.name.analyzer"}},
		{in: `{"match":{"name":{"query":"a","zero_terms_query":"all"}}}`, fault: ErrUnsupported, props: []any{"match.zero_terms_query"}},
		{in: `{"match":{"name":{"query":"a","operator":"xor"}}}`, fault: ErrBadRequest, props: []any{`match.operator has to be "and" or "or"`}},
		{in: `{"match":{"name":{"query":"a","minimum_should_match":"3<90%"}}}`, fault: ErrBadRequest,
			props: []any{`match.minimum_should_match has to be an integer or a percentage, such as 2, -1 or "75%"`}},
		{in: `{"match":{"name":{"query":["a"]}}}`, fault: ErrBadRequest, props: []any{"match has to be a string, a number or a boolean"}},
		{in: `{"match":{"name":{}}}`, fault: ErrBadRequest, props: []any{`match.name has to hold "query"`}},
	})
}

func TestPhrases(t *testing.T) {
	runFilters(t, people, []parseTest{
		{in: `{"match_phrase":{"name":"john doe"}}`, want: Phrase{Field: content("name"), Text: "john doe"}},
		{in: `{"match_phrase":{"name":{"query":"john doe","slop":0}}}`, want: Phrase{Field: content("name"), Text: "john doe"}},
		{in: `{"match_phrase":{"tag":"john doe"}}`, want: terms("tag", "john doe")},
		{in: `{"match_phrase":{"name":{"query":"john doe","slop":1}}}`, fault: ErrUnsupported, props: []any{"match_phrase.slop"}},
		{in: `{"match_phrase":{"name":{"query":"john doe","operator":"and"}}}`, fault: ErrBadRequest, props: []any{`match_phrase.name has the unknown key "operator"`}},
		{in: `{"match_phrase_prefix":{"name":{"query":"john d","max_expansions":5}}}`, want: Phrase{Field: content("name"), Text: "john d", Prefix: true}},
		{in: `{"match_phrase_prefix":{"tag":"john d"}}`, want: Prefix{Field: content("tag"), Value: "john d"}},
	})
}

func TestMultiMatch(t *testing.T) {
	runFilters(t, people, []parseTest{
		{in: `{"multi_match":{"query":"john","fields":["name","tag^2"]}}`, want: Bool{
			Should: []Node{Match{Field: content("name"), Text: "john"}, terms("tag", "john")}, MinShould: 1,
		}},
		{in: `{"multi_match":{"query":"john","fields":"name","operator":"and"}}`, want: Match{Field: content("name"), Text: "john", All: true}},
		{in: `{"multi_match":{"query":"john","fields":["name*"]}}`, want: Bool{
			Should: []Node{Match{Field: content("name"), Text: "john"}, terms("name.raw", "john")}, MinShould: 1,
		}},
		{in: `{"multi_match":{"query":"john d","fields":["name"],"type":"phrase_prefix"}}`, want: Phrase{Field: content("name"), Text: "john d", Prefix: true}},
		{in: `{"multi_match":{"query":"john","fields":["none*"]}}`, want: None{}},
		{in: `{"multi_match":{"query":"john"}}`, want: Bool{MinShould: 1, Should: []Node{
			Match{Field: content("bio"), Text: "john"}, Match{Field: content("name"), Text: "john"},
			terms("name.raw", "john"), terms("policies.roleId", "john"), terms("tag", "john"),
		}}},
		{in: `{"multi_match":{"query":"john","type":"cross_fields"}}`, fault: ErrUnsupported, props: []any{"multi_match.type"}},
		{in: `{"multi_match":{"query":"john","type":1}}`, fault: ErrUnsupported, props: []any{"multi_match.type"}},
		{in: `{"multi_match":{"query":"john","fields":[1]}}`, fault: ErrBadRequest, props: []any{"multi_match.fields has to name fields"}},
		{in: `{"multi_match":{"fields":["name"]}}`, fault: ErrBadRequest, props: []any{`multi_match has to hold "query"`}},
		{in: `{"multi_match":{"query":["a"],"fields":[]}}`, fault: ErrBadRequest, props: []any{"multi_match has to be a string, a number or a boolean"}},
		{in: `{"multi_match":{"query":"a","fuzziness":1}}`, fault: ErrUnsupported, props: []any{"multi_match.fuzziness"}},
	})
}

func TestNeeded(t *testing.T) {
	tests := []struct {
		in    Match
		words int
		want  int
	}{
		{Match{}, 3, 1},
		{Match{}, 0, 1},
		{Match{All: true, Min: 1}, 3, 3},
		{Match{Min: 2}, 3, 2},
		{Match{Min: 5}, 3, 5},
		{Match{Min: -1}, 3, 2},
		{Match{Min: -5}, 3, 1},
		{Match{Min: 75, MinPercent: true}, 5, 3},
		{Match{Min: -25, MinPercent: true}, 5, 4},
		{Match{Min: 10, MinPercent: true}, 5, 1},
	}
	for _, test := range tests {
		if got := test.in.Needed(test.words); got != test.want {
			t.Errorf("%+v of %d words: %d needed, want %d", test.in, test.words, got, test.want)
		}
	}
}
