package query

import (
	"strings"
	"testing"
)

func TestExactClauses(t *testing.T) {
	runFilters(t, people, []parseTest{
		{in: `{}`, want: All{}},
		{in: `{"match_all":{}}`, want: All{}},
		{in: `{"match_all":{"boost":2,"_name":"x"}}`, want: All{}},
		{in: `{"match_none":{}}`, want: None{}},
		{in: `{"match_all":[]}`, fault: ErrBadRequest, props: []any{"match_all has to be an object"}},
		{in: `{"match_all":{"size":1}}`, fault: ErrBadRequest, props: []any{`match_all has the unknown key "size"`}},
		{in: `{"match_all":{"boost":"much"}}`, fault: ErrBadRequest, props: []any{"match_all.boost has to be a number"}},
		{in: `{"match_all":{"_name":1}}`, fault: ErrBadRequest, props: []any{"match_all._name has to be a string"}},

		{in: `{"ids":{"values":["a","b"]}}`, want: Terms{Field: id, Values: []any{"a", "b"}}},
		{in: `{"ids":{"values":"a"}}`, want: Terms{Field: id, Values: []any{"a"}}},
		{in: `{"ids":{"values":[]}}`, want: None{}},
		{in: `{"ids":{}}`, fault: ErrBadRequest, props: []any{`ids has to hold "values"`}},
		{in: `{"ids":{"values":[1]}}`, fault: ErrBadRequest, props: []any{"ids.values has to hold ids, which are strings"}},
		{in: `{"ids":{"values":[null]}}`, fault: ErrBadRequest, props: []any{"ids.values has to hold ids, which are strings"}},

		{in: `{"term":{"tag":"a"}}`, want: terms("tag", "a")},
		{in: `{"term":{"tag":{"value":"a","boost":2}}}`, want: terms("tag", "a")},
		{in: `{"term":{"tag":{"value":"a","case_insensitive":false}}}`, want: terms("tag", "a")},
		{in: `{"term":{"tag":"a","boost":3}}`, want: terms("tag", "a")},
		{in: `{"term":{"boost":3}}`, want: terms("boost", 3.0)},
		{in: `{"term":{"age":12}}`, want: terms("age", 12.0)},
		{in: `{"term":{"tag":true}}`, want: terms("tag", true)},
		{in: `{"term":{"unmapped.path":"a"}}`, want: terms("unmapped.path", "a")},
		{in: `{"term":{"_id":"a"}}`, want: Terms{Field: id, Values: []any{"a"}}},
		{in: `{"term":{"_id":12}}`, want: Terms{Field: id, Values: []any{"12"}}},
		{in: `{"term":{"tag":{"value":"a","case_insensitive":true}}}`, fault: ErrUnsupported, props: []any{"term.case_insensitive"}},
		{in: `{"term":{"tag":null}}`, fault: ErrBadRequest, props: []any{"term cannot be null"}},
		{in: `{"term":{"tag":["a"]}}`, fault: ErrBadRequest, props: []any{"term has to be a string, a number or a boolean"}},
		{in: `{"term":{"tag":{}}}`, fault: ErrBadRequest, props: []any{`term.tag has to hold "value"`}},
		{in: `{"term":{"tag":{"value":{}}}}`, fault: ErrBadRequest, props: []any{"term has to be a string, a number or a boolean"}},
		{in: `{"term":{"tag":{"value":"a","x":1}}}`, fault: ErrBadRequest, props: []any{`term.tag has the unknown key "x"`}},
		{in: `{"term":{"tag":"a","name":"b"}}`, fault: ErrBadRequest, props: []any{`term takes one field, not both "name" and "tag"`}},
		{in: `{"term":{}}`, fault: ErrBadRequest, props: []any{"term has to name a field"}},
		{in: `{"term":"tag"}`, fault: ErrBadRequest, props: []any{"term has to be an object"}},
		{in: `{"term":{"":1}}`, fault: ErrBadRequest, props: []any{"term names a field without a name"}},
		{in: `{"term":{"a\u0000b":1}}`, fault: ErrBadRequest, props: []any{"term names a field with characters that no field has"}},

		{in: `{"terms":{"tag":["a","b"]}}`, want: terms("tag", "a", "b")},
		{in: `{"terms":{"tag":["a"],"boost":1}}`, want: terms("tag", "a")},
		{in: `{"terms":{"age":[1,"2",true]}}`, want: terms("age", 1.0, "2", true)},
		{in: `{"terms":{"tag":[]}}`, want: None{}},
		{in: `{"terms":{"tag":"a"}}`, fault: ErrBadRequest, props: []any{"terms.tag has to be an array of values"}},
		{in: `{"terms":{"tag":[["a"]]}}`, fault: ErrBadRequest, props: []any{"terms.tag has to be a string, a number or a boolean"}},
		{in: `{"terms":{"tag":[null]}}`, fault: ErrBadRequest, props: []any{"terms.tag cannot be null"}},
		{in: `{"terms":{"tag":{"index":"i","id":"1","path":"p"}}}`, fault: ErrUnsupported, props: []any{"terms.tag"}},

		{in: `{"exists":{"field":"tag"}}`, want: Exists{content("tag")}},
		{in: `{"exists":{"field":"unmapped"}}`, want: Exists{content("unmapped")}},
		{in: `{"exists":{"field":"_id"}}`, want: All{}},
		{in: `{"exists":{"field":"policies"}}`, want: Exists{content("policies.roleId")}},
		{in: `{"exists":{"field":"name*"}}`, want: Bool{
			Should: []Node{Exists{content("name")}, Exists{content("name.raw")}}, MinShould: 1,
		}},
		{in: `{"exists":{"field":"nothing*"}}`, want: None{}},
		{in: `{"exists":{"field":1}}`, fault: ErrBadRequest, props: []any{`exists has to hold "field", a string`}},
		{in: `{"exists":"tag"}`, fault: ErrBadRequest, props: []any{"exists has to be an object"}},

		{in: `{"prefix":{"tag":"a"}}`, want: Prefix{Field: content("tag"), Value: "a"}},
		{in: `{"prefix":{"tag":{"value":"a","case_insensitive":true,"rewrite":"x"}}}`,
			want: Prefix{Field: content("tag"), Value: "a", CaseInsensitive: true}},
		{in: `{"prefix":{"tag":1}}`, fault: ErrBadRequest, props: []any{"prefix has to be a string"}},
		{in: `{"prefix":{"tag":{"value":"a","case_insensitive":1}}}`, fault: ErrBadRequest,
			props: []any{"prefix.case_insensitive has to be true or false"}},

		{in: `{"wildcard":{"tag":"a*b?"}}`, want: Wildcard{Field: content("tag"), Pattern: "a*b?"}},
		{in: `{"wildcard":{"tag":{"wildcard":"a*","case_insensitive":true}}}`,
			want: Wildcard{Field: content("tag"), Pattern: "a*", CaseInsensitive: true}},
		{in: `{"wildcard":{"tag":{"value":"a*"}}}`, want: Wildcard{Field: content("tag"), Pattern: "a*"}},
		{in: `{"wildcard":{"tag":true}}`, fault: ErrBadRequest, props: []any{"wildcard has to be a string"}},
	})
}

func TestRegexpAndFuzzy(t *testing.T) {
	tag := content("tag")
	ends := []any{`the pattern of a regexp is about the whole value: leave out ^, $ and \b`}
	no := []any{`the pattern of a regexp has to be one of RE2's, without \p`}
	fuzziness := []any{`fuzzy.fuzziness has to be 0, 1, 2, "AUTO" or as "AUTO:3,6"`}
	runFilters(t, people, []parseTest{
		{in: `{"regexp":{"tag":"a.*"}}`, want: Regexp{Field: tag, Pattern: "a.*"}},
		{in: `{"regexp":{"tag":{"value":"a","case_insensitive":true,"flags":"ALL","max_determinized_states":1,"rewrite":"x"}}}`, want: Regexp{Field: tag, Pattern: "a", CaseInsensitive: true}},
		{in: `{"regexp":{"tag":"("}}`, fault: ErrBadRequest, props: no},
		{in: `{"regexp":{"tag":"\\pL"}}`, fault: ErrBadRequest, props: no},
		{in: `{"regexp":{"tag":"a)(b"}}`, fault: ErrBadRequest, props: no},
		{in: `{"regexp":{"tag":"^a$"}}`, fault: ErrBadRequest, props: ends},
		{in: `{"regexp":{"tag":"(a\\b)*"}}`, fault: ErrBadRequest, props: ends},
		{in: `{"regexp":{"tag":"((a{30}){30}){30}"}}`, fault: ErrBadRequest, props: no},
		{in: `{"regexp":{"tag":"(a{30}){30}{2}"}}`, fault: ErrBadRequest, props: no},
		{in: `{"regexp":{"tag":"(a{9}b{9}c{9}d{9}e{9}f{9}){20}"}}`, fault: ErrTooComplex, props: []any{"steps of a regexp", 1000}},
		{in: `{"regexp":{"tag":"` + strings.Repeat("a", 1001) + `"}}`, fault: ErrTooComplex, props: []any{"bytes in the pattern of regexp", 1000}},
		{in: `{"regexp":{"tag":1}}`, fault: ErrBadRequest, props: []any{"regexp has to be a string"}},
		{in: `{"fuzzy":{"tag":"ab"}}`, want: Fuzzy{Field: tag, Value: "ab", Transpositions: true}},
		{in: `{"fuzzy":{"tag":"été"}}`, want: Fuzzy{Field: tag, Value: "été", Edits: 1, Transpositions: true}},
		{in: `{"fuzzy":{"tag":{"value":"abcdef","prefix_length":2,"transpositions":false}}}`, want: Fuzzy{Field: tag, Value: "abcdef", Edits: 2, Prefix: 2}},
		{in: `{"fuzzy":{"tag":{"value":"abcdef","fuzziness":"auto:1,10","max_expansions":5}}}`, want: Fuzzy{Field: tag, Value: "abcdef", Edits: 1, Transpositions: true}},
		{in: `{"fuzzy":{"tag":{"value":"abc","fuzziness":"2"}}}`, want: Fuzzy{Field: tag, Value: "abc", Edits: 2, Transpositions: true}},
		{in: `{"fuzzy":{"tag":{"value":"abc","fuzziness":3}}}`, fault: ErrBadRequest, props: fuzziness},
		{in: `{"fuzzy":{"tag":{"value":"abc","fuzziness":"AUTO:6,3"}}}`, fault: ErrBadRequest, props: fuzziness},
		{in: `{"fuzzy":{"tag":{"value":"abc","prefix_length":-1}}}`, fault: ErrBadRequest, props: []any{"fuzzy.prefix_length has to be a whole number that is not negative"}},
		{in: `{"fuzzy":{"tag":"` + strings.Repeat("a", 257) + `"}}`, fault: ErrTooComplex, props: []any{"characters in the value of fuzzy", 256}},
	})
}

func TestClausesThatAreNone(t *testing.T) {
	runFilters(t, people, []parseTest{
		{in: `{"equals":{"a":1}}`, fault: ErrUnknownKeyword, props: []any{"equals"}},
		{in: `{"dis_max":{"queries":[]}}`, fault: ErrUnsupported, props: []any{"dis_max"}},
		{in: `{"bool":{"must":[{"match_all":{}},{"geo_distance":{"tag":"a"}}]}}`, fault: ErrUnsupported, props: []any{"bool.must[1].geo_distance"}},
		{in: `{"term":{"tag":"a"},"match":{"tag":"b"}}`, fault: ErrInvalidSearch, props: []any{"term"}},
		{in: `{"script":{"script":{"source":"1"}}}`, fault: ErrScript, props: []any{"script.script"}},
		{in: `{"bool":{"filter":{"script":{"script":"1"}}}}`, fault: ErrScript, props: []any{"script.script"}},
		{in: `{"script":{"source":"1"}}`, fault: ErrScript, props: []any{"script.source"}},
		{in: `{"term":{"tag":{"value":"a","_script":{"inline":"x"}}}}`, fault: ErrScript, props: []any{"_script.inline"}},
		{in: `{"script":"1"}`, fault: ErrUnsupported, props: []any{"script"}},
		// A field may be called so.
		{in: `{"term":{"script":"x"}}`, want: terms("script", "x")},
		{in: `{"term":{"script":{"value":"x"}}}`, want: terms("script", "x")},
	})
}

// Elasticsearch finds nothing near an empty text but an empty one.
func TestNothingIsNearNothing(t *testing.T) {
	for value, want := range map[string]bool{"": true, "é": false, "ab": false} {
		if got := (Fuzzy{Edits: 2}).Fits(value); got != want {
			t.Errorf("%q: got %t, want %t", value, got, want)
		}
	}
}
