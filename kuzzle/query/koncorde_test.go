package query

import "testing"

func TestKoncorde(t *testing.T) {
	a, b := terms("tag", "a"), terms("tag", "b")
	tests := []parseTest{
		{in: `{}`, want: All{}},
		{in: `{"equals":{"tag":"a"}}`, want: a},
		{in: `{"equals":{"_id":"x"}}`, want: Terms{Field: id, Values: []any{"x"}}},
		{in: `{"in":{"tag":["a","b"]}}`, want: terms("tag", "a", "b")},
		{in: `{"ids":{"values":["x"]}}`, want: Terms{Field: id, Values: []any{"x"}}},
		{in: `{"range":{"age":{"gt":1}}}`, want: Range{Field: content("age"), GT: 1.0}},
		{in: `{"exists":"tag"}`, want: Exists{content("tag")}},
		{in: `{"exists":{"field":"tag"}}`, want: Exists{content("tag")}},
		{in: `{"exists":"tag[\"a\"]"}`, want: a},
		{in: `{"exists":"tag[a]"}`, want: a},
		{in: `{"exists":"age[12]"}`, want: terms("age", 12.0)},
		{in: `{"exists":"age[true]"}`, want: terms("age", true)},
		{in: `{"missing":"tag"}`, want: Bool{MustNot: []Node{Exists{content("tag")}}}},
		{in: `{"missing":{"field":"tag[a]"}}`, want: Bool{MustNot: []Node{a}}},
		{in: `{"and":[{"equals":{"tag":"a"}},{"equals":{"tag":"b"}}]}`, want: Bool{Must: []Node{a, b}}},
		{in: `{"or":[{"equals":{"tag":"a"}},{"equals":{"tag":"b"}}]}`, want: Bool{Should: []Node{a, b}, MinShould: 1}},
		{in: `{"not":{"equals":{"tag":"a"}}}`, want: Bool{MustNot: []Node{a}}},
		{in: `{"and":[{"or":[{"equals":{"tag":"a"}}]},{}]}`, want: Bool{Must: []Node{a, All{}}}},
		{in: `{"nothing":{}}`, want: None{}},
		// A clause that Koncorde does not have is one of the query language.
		{in: `{"match":{"name":"john"}}`, want: Match{Field: content("name"), Text: "john"}},
		{in: `{"and":[{"match_all":{}}]}`, want: All{}},

		{in: `{"bool":{"must":[]}}`, fault: ErrKoncordeRestricted, props: []any{"operator", "bool"}},
		{in: `{"and":[{"bool":{}}]}`, fault: ErrKoncordeRestricted, props: []any{"operator", "bool"}},
		{in: `{"regexp":{"tag":"a"}}`, want: Regexp{Field: content("tag"), Pattern: "a"}},
		{in: `{"geoDistance":{"a":1}}`, fault: ErrUnsupported, props: []any{"geoDistance"}},
		{in: `{"geoPolygon":{"a":1}}`, fault: ErrUnsupported, props: []any{"geoPolygon"}},
		{in: `{"not":{"geo_shape":{}}}`, fault: ErrUnsupported, props: []any{"not.geo_shape"}},
		{in: `{"like":{"tag":"a"}}`, fault: ErrUnknownKeyword, props: []any{"like"}},
		{in: `{"equals":{"a":1},"exists":"b"}`, fault: ErrKoncorde, props: []any{`query holds both "equals" and "exists": combine them with and`}},
		{in: `{"and":[]}`, fault: ErrKoncorde, props: []any{"and has to be an array of at least one filter"}},
		{in: `{"or":{"equals":{"a":1}}}`, fault: ErrKoncorde, props: []any{"or has to be an array of at least one filter"}},
		{in: `{"and":["a"]}`, fault: ErrKoncorde, props: []any{"and[0] has to be an object"}},
		{in: `{"not":[]}`, fault: ErrKoncorde, props: []any{"not has to be an object"}},
		{in: `{"exists":"tag["}`, fault: ErrKoncorde, props: []any{`exists has the path "tag[", which is not of the form path[value]`}},
		{in: `{"exists":"[a]"}`, fault: ErrKoncorde, props: []any{`exists has the path "[a]", which is not of the form path[value]`}},
		{in: `{"exists":"tag[{}]"}`, fault: ErrKoncorde, props: []any{"exists has the value [{}], which is not a string, number or boolean"}},
		{in: `{"exists":"tag[]"}`, fault: ErrKoncorde, props: []any{"exists has the value [], which is not a string, number or boolean"}},
		{in: `{"exists":{"path":"a"}}`, fault: ErrKoncorde, props: []any{"exists has to name a field"}},
		{in: `{"equals":{"tag":["a"]}}`, fault: ErrBadRequest, props: []any{"equals.tag has to be a string, a number or a boolean"}},
		{in: `{"in":{"tag":"a"}}`, fault: ErrBadRequest, props: []any{"in.tag has to be an array of values"}},
		{in: `{"not":{"script":{"source":"1"}}}`, fault: ErrScript, props: []any{"script.source"}},
	}
	runParse(t, tests, func(in map[string]any) (Node, error) { return ParseKoncorde(in, people, DefaultLimits()) })
}

func TestKoncordeSearch(t *testing.T) {
	got, err := ParseKoncordeSearch(decode(t, `{"query":{"equals":{"tag":"a"}},"size":3}`), people, DefaultLimits())
	if want := terms("tag", "a"); err != nil || len(got.Where.(Terms).Values) != 1 || got.Where.(Terms).Field != want.Field || got.Size != 3 {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = ParseKoncordeSearch(decode(t, `{"query":{"and":[{"bool":{}}]}}`), people, DefaultLimits())
	checkFault(t, "bool", err, ErrKoncordeRestricted, "operator", "bool")
	if got, err := ParseKoncordeSearch(nil, people, DefaultLimits()); err != nil || got.Where != (All{}) {
		t.Errorf("no body: %+v, %v", got, err)
	}
}
