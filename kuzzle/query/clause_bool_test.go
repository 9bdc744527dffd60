package query

import "testing"

func TestBool(t *testing.T) {
	a, b, c := terms("tag", "a"), terms("tag", "b"), terms("tag", "c")
	runFilters(t, people, []parseTest{
		{in: `{"bool":{}}`, want: All{}},
		{in: `{"bool":{"must":{"term":{"tag":"a"}}}}`, want: a},
		{in: `{"bool":{"must":[{"term":{"tag":"a"}}],"filter":{"term":{"tag":"b"}}}}`, want: Bool{Must: []Node{a, b}}},
		{in: `{"bool":{"must":[],"should":null}}`, want: All{}},
		{in: `{"bool":{"must_not":{"term":{"tag":"a"}}}}`, want: Bool{MustNot: []Node{a}}},
		{in: `{"bool":{"should":[{"term":{"tag":"a"}},{"term":{"tag":"b"}}]}}`, want: Bool{Should: []Node{a, b}, MinShould: 1}},
		{in: `{"bool":{"should":{"term":{"tag":"a"}},"must_not":{"term":{"tag":"b"}}}}`,
			want: Bool{Should: []Node{a}, MinShould: 1, MustNot: []Node{b}}},
		// Beside another condition, should only scores, and nothing is scored.
		{in: `{"bool":{"must":{"term":{"tag":"a"}},"should":{"term":{"tag":"b"}}}}`, want: a},
		{in: `{"bool":{"filter":{"term":{"tag":"a"}},"should":{"term":{"tag":"b"}},"minimum_should_match":1}}`,
			want: Bool{Must: []Node{a}, Should: []Node{b}, MinShould: 1}},
		{in: `{"bool":{"should":[{"term":{"tag":"a"}},{"term":{"tag":"b"}},{"term":{"tag":"c"}}],"minimum_should_match":"67%"}}`,
			want: Bool{Should: []Node{a, b, c}, MinShould: 2}},
		{in: `{"bool":{"should":[{"term":{"tag":"a"}},{"term":{"tag":"b"}},{"term":{"tag":"c"}}],"minimum_should_match":-1}}`,
			want: Bool{Should: []Node{a, b, c}, MinShould: 2}},
		{in: `{"bool":{"should":[{"term":{"tag":"a"}},{"term":{"tag":"b"}}],"minimum_should_match":0}}`,
			want: Bool{Should: []Node{a, b}, MinShould: 1}},
		{in: `{"bool":{"should":[{"term":{"tag":"a"}}],"minimum_should_match":2}}`, want: None{}},
		{in: `{"bool":{"must":[{"bool":{"must":[{"term":{"tag":"a"}}]}}],"adjust_pure_negative":true,"boost":1}}`, want: a},
		{in: `{"bool":{"mustNot":[]}}`, fault: ErrBadRequest, props: []any{`bool has the unknown key "mustNot"`}},
		{in: `{"bool":{"must":"a"}}`, fault: ErrBadRequest, props: []any{"bool.must has to be an object"}},
		{in: `{"bool":{"must":[{"term":{"tag":"a"}},{}]}}`, fault: ErrBadRequest, props: []any{"bool.must[1] has to name a clause"}},
		{in: `{"bool":{"should":[[]]}}`, fault: ErrBadRequest, props: []any{"bool.should[0] has to be an object"}},
		{in: `{"bool":{"should":[],"minimum_should_match":1.5}}`, fault: ErrBadRequest,
			props: []any{`bool.minimum_should_match has to be an integer or a percentage, such as 2, -1 or "75%"`}},
		{in: `{"bool":[]}`, fault: ErrBadRequest, props: []any{"bool has to be an object"}},

		{in: `{"constant_score":{"filter":{"term":{"tag":"a"}},"boost":2}}`, want: a},
		{in: `{"constant_score":{}}`, fault: ErrBadRequest, props: []any{"constant_score.filter has to be an object"}},
	})
}

func TestNested(t *testing.T) {
	inside := content("policies.restrictedTo.index")
	runFilters(t, people, []parseTest{
		{in: `{"nested":{"path":"policies.restrictedTo","query":{"term":{"policies.restrictedTo.index":"i"}},"score_mode":"none"}}`,
			want: Nested{Path: content("policies.restrictedTo"), Where: Terms{Field: inside, Values: []any{"i"}}}},
		{in: `{"nested":{"path":"policies.restrictedTo","query":{"exists":{"field":"policies.restrictedTo"}}}}`,
			fault: ErrBadRequest, props: []any{`nested.query.exists names "policies.restrictedTo", which is not inside "policies.restrictedTo"`}},
		{in: `{"nested":{"path":"policies.restrictedTo","query":{"query_string":{"query":"i"}}}}`,
			want: Nested{Path: content("policies.restrictedTo"), Where: Terms{Field: inside, Values: []any{"i"}}}},
		{in: `{"nested":{"path":"policies.restrictedTo","query":{"term":{"tag":"a"}}}}`, fault: ErrBadRequest,
			props: []any{`nested.query.term names "tag", which is not inside "policies.restrictedTo"`}},
		{in: `{"nested":{"path":"policies.restrictedTo","query":{"ids":{"values":["a"]}}}}`, fault: ErrBadRequest,
			props: []any{"nested.query.ids cannot stand inside nested"}},
		{in: `{"nested":{"path":"policies.restrictedTo","query":{"term":{"_id":"a"}}}}`, fault: ErrBadRequest,
			props: []any{`nested.query.term names "_id", which is not inside "policies.restrictedTo"`}},
		{in: `{"nested":{"path":"_id","query":{"match_all":{}}}}`, fault: ErrBadRequest, props: []any{"nested has a path that is not an array of the content"}},
		{in: `{"nested":{"path":1,"query":{"match_all":{}}}}`, fault: ErrBadRequest, props: []any{`nested has to hold "path", a string`}},
		{in: `{"nested":{"path":"a"}}`, fault: ErrBadRequest, props: []any{"nested.query has to be an object"}},
		{in: `{"nested":{"path":"a","query":{"match_all":{}},"inner_hits":{}}}`, fault: ErrUnsupported, props: []any{"nested.inner_hits"}},
		// Behind a nested clause the whole document counts again.
		{in: `{"bool":{"must":[{"nested":{"path":"a","query":{"match_all":{}}}},{"term":{"tag":"a"}}]}}`,
			want: Bool{Must: []Node{Nested{Path: content("a"), Where: All{}}, terms("tag", "a")}}},
	})
}
