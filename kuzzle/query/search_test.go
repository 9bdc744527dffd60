package query

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

type searchTest struct {
	in    string
	want  Search
	fault *fault.Kind
	props []any
}

// runSearches compares searches whose defaults the tests leave out.
func runSearches(t *testing.T, scope Scope, tests []searchTest) {
	t.Helper()
	for _, test := range tests {
		got, err := ParseSearch(decode(t, test.in), scope, DefaultLimits())
		if test.fault != nil {
			checkFault(t, test.in, err, test.fault, test.props...)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		if test.want.Where == nil {
			test.want.Where = All{}
		}
		if test.want.Size == 0 {
			test.want.Size = 10
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", test.in, diff)
		}
	}
}

func TestSearchBody(t *testing.T) {
	a, b := terms("tag", "a"), terms("tag", "b")
	runSearches(t, people, []searchTest{
		{in: `{}`},
		{in: `null`},
		{in: `{"query":null,"sort":null,"aggs":null,"size":null,"highlight":null,"explain":false,"_name":"x"}`},
		{in: `{"query":{}}`},
		{in: `{"query":{"term":{"tag":"a"}},"from":5,"size":3}`, want: Search{Where: a, From: 5, Size: 3}},
		{in: `{"query":{"term":{"tag":"a"}},"post_filter":{"term":{"tag":"b"}}}`, want: Search{Where: Bool{Must: []Node{a, b}}}},
		{in: `{"post_filter":{"term":{"tag":"b"}},"aggs":{}}`, fault: ErrUnsupported, props: []any{"post_filter"}},
		{in: `{"post_filter":{"term":{"tag":null}}}`, fault: ErrBadRequest, props: []any{"post_filter.term cannot be null"}},
		{in: `{"query":[]}`, fault: ErrBadRequest, props: []any{"query has to be an object"}},
		{in: `{"query":{"term":{"tag":null}}}`, fault: ErrBadRequest, props: []any{"query.term cannot be null"}},
		{in: `{"equals":{}}`, fault: ErrInvalidSearch, props: []any{"equals"}},
		{in: `{"script_fields":{}}`, fault: ErrInvalidSearch, props: []any{"script_fields"}},
		{in: `{"track_total_hits":true}`, fault: ErrInvalidSearch, props: []any{"track_total_hits"}},
		{in: `{"collapse":{"field":"a"}}`, fault: ErrUnsupported, props: []any{"collapse"}},
		{in: `{"explain":true}`, fault: ErrUnsupported, props: []any{"explain"}},
		{in: `{"fields":["a"]}`, fault: ErrUnsupported, props: []any{"fields"}},
		{in: `{"highlight":{}}`, fault: ErrUnsupported, props: []any{"highlight"}},
		{in: `{"search_timeout":"1s"}`, fault: ErrUnsupported, props: []any{"search_timeout"}},
		{in: `{"suggest":{}}`, fault: ErrUnsupported, props: []any{"suggest"}},
		{in: `{"sort":[{"_script":{"script":{"source":"1"}}}]}`, fault: ErrScript, props: []any{"_script.script"}},
		{in: `{"suggest":{"x":{"script":{"source":"1"}}}}`, fault: ErrScript, props: []any{"script.source"}},
		{in: `{"from":-1}`, fault: ErrBadRequest, props: []any{"from has to be an integer of at least 0"}},
		{in: `{"size":"10"}`, fault: ErrBadRequest, props: []any{"size has to be an integer of at least 0"}},
		{in: `{"size":1.5}`, fault: ErrBadRequest, props: []any{"size has to be an integer of at least 0"}},
		{in: `{"size":1e300}`, fault: ErrBadRequest, props: []any{"size has to be an integer of at least 0"}},
		{in: `{"from":1,"size":10000}`, fault: ErrBadRequest, props: []any{"from and size must not add up to more than 10000"}},
	})
}

func TestWindow(t *testing.T) {
	limits := DefaultLimits()
	if got, err := (Search{}).Window(1, 9999, limits); err != nil || got.From != 1 || got.Size != 9999 {
		t.Errorf("1, 9999: %+v, %v", got, err)
	}
	for _, test := range []struct{ from, size int }{{1, 10_000}, {10_001, 0}, {-1, 1}, {0, -1}, {1 << 62, 1 << 62}} {
		if _, err := (Search{}).Window(test.from, test.size, limits); err == nil {
			t.Errorf("%d, %d is accepted", test.from, test.size)
		}
	}
	_, err := (Search{After: []any{"a"}}).Window(1, 1, limits)
	checkFault(t, "from with search_after", err, ErrBadRequest, "from has to be 0 with search_after")
}

func TestSort(t *testing.T) {
	tag := Sort{Field: content("tag")}
	runSearches(t, people, []searchTest{
		{in: `{"sort":"tag"}`, want: Search{Sort: []Sort{tag}}},
		{in: `{"sort":[]}`},
		{in: `{"sort":{"tag":"asc"}}`, want: Search{Sort: []Sort{tag}}},
		{in: `{"sort":[{"tag":"desc"},"age"]}`, want: Search{Sort: []Sort{{Field: content("tag"), Desc: true}, {Field: content("age")}}}},
		{in: `{"sort":{"tag":{"order":"desc","missing":"_first","mode":"max","unmapped_type":"keyword"}}}`,
			want: Search{Sort: []Sort{{Field: content("tag"), Desc: true, MissingFirst: true}}}},
		{in: `{"sort":{"tag":{"missing":"_last","mode":"min"}}}`, want: Search{Sort: []Sort{tag}}},
		{in: `{"sort":["_id",{"_doc":"desc"}]}`, want: Search{Sort: []Sort{{Field: id}, {Field: id, Desc: true}}}},
		{in: `{"sort":["_score",{"_score":{"order":"desc"}},"tag"]}`, want: Search{Sort: []Sort{tag}}},
		{in: `{"sort":"unmapped"}`, want: Search{Sort: []Sort{{Field: content("unmapped")}}}},
		{in: `{"sort":{"tag":"asc","age":"asc"}}`, fault: ErrBadRequest,
			props: []any{"sort[0] has to name one field; put several into an array, because an object has no order"}},
		{in: `{"sort":{}}`, fault: ErrBadRequest,
			props: []any{"sort[0] has to name one field; put several into an array, because an object has no order"}},
		{in: `{"sort":{"tag":"up"}}`, fault: ErrBadRequest, props: []any{`sort[0].tag has to be "asc" or "desc"`}},
		{in: `{"sort":[1]}`, fault: ErrBadRequest, props: []any{"sort[0] has to be an object"}},
		{in: `{"sort":""}`, fault: ErrBadRequest, props: []any{"sort[0] names a field without a name"}},
		{in: `{"sort":"bio"}`, fault: ErrBadRequest, props: []any{"sort[0].bio is full text, which has no order: sort by a keyword"}},
		{in: `{"sort":{"tag":{"mode":"avg"}}}`, fault: ErrUnsupported, props: []any{"sort[0].tag.mode"}},
		{in: `{"sort":{"tag":{"missing":"x"}}}`, fault: ErrUnsupported, props: []any{"sort[0].tag.missing"}},
		{in: `{"sort":{"tag":{"nested":{"path":"a"}}}}`, fault: ErrUnsupported, props: []any{"sort[0].tag.nested"}},
		{in: `{"sort":{"tag":{"what":1}}}`, fault: ErrBadRequest, props: []any{`sort[0].tag has the unknown key "what"`}},
		{in: `{"sort":{"_geo_distance":{}}}`, fault: ErrUnsupported, props: []any{"sort[0]._geo_distance"}},
		{in: `{"sort":"_script"}`, fault: ErrScript, props: []any{"_script"}},
		{in: `{"sort":["a","a","a","a","a","a","a","a","a","a","a"]}`, fault: ErrTooComplex, props: []any{"sort keys", 10}},
	})
}

func TestSearchAfter(t *testing.T) {
	byTag := []Sort{{Field: content("tag")}}
	runSearches(t, people, []searchTest{
		{in: `{"sort":"tag","search_after":["a"]}`, want: Search{Sort: byTag, After: []any{"a"}}},
		{in: `{"sort":"tag","search_after":["a","x"]}`, want: Search{Sort: byTag, After: []any{"a", "x"}}},
		{in: `{"sort":"tag","search_after":[null]}`, want: Search{Sort: byTag, After: []any{nil}}},
		{in: `{"sort":["_score","tag"],"search_after":[1.5,"a"]}`, want: Search{Sort: byTag, After: []any{"a"}}},
		{in: `{"search_after":["x"]}`, want: Search{After: []any{"x"}}},
		{in: `{"sort":"tag","search_after":[]}`, fault: ErrBadRequest, props: []any{"search_after has 0 values, but sort has 1 keys"}},
		{in: `{"sort":"tag","search_after":["a","b","c"]}`, fault: ErrBadRequest, props: []any{"search_after has 3 values, but sort has 1 keys"}},
		{in: `{"sort":"tag","search_after":["a",1]}`, fault: ErrBadRequest, props: []any{"search_after ends in an id that is not a string"}},
		{in: `{"sort":"tag","search_after":"a"}`, fault: ErrBadRequest, props: []any{"search_after has to be an array"}},
		{in: `{"sort":"tag","search_after":[{}]}`, fault: ErrBadRequest, props: []any{"search_after has to be a string, a number or a boolean"}},
		{in: `{"sort":"_score","search_after":[1]}`, fault: ErrBadRequest, props: []any{"search_after has no value to continue from: add a field to sort"}},
		{in: `{"sort":"tag","search_after":["a"],"from":1}`, fault: ErrBadRequest, props: []any{"from has to be 0 with search_after"}},
	})
}

func TestAggregations(t *testing.T) {
	runSearches(t, people, []searchTest{
		{in: `{"aggs":{"b":{"value_count":{"field":"age"}},"a":{"terms":{"field":"tag"}}}}`, want: Search{Aggregations: []Aggregation{
			{Name: "a", Kind: TermsAggregation, Field: content("tag"), Size: 10},
			{Name: "b", Kind: ValueCountAggregation, Field: content("age")},
		}}},
		{in: `{"aggregations":{"a":{"terms":{"field":"tag","size":1000,"order":{"_count":"desc"},"min_doc_count":1}}}}`,
			want: Search{Aggregations: []Aggregation{{Name: "a", Kind: TermsAggregation, Field: content("tag"), Size: 1000}}}},
		{in: `{"aggs":{"a":{"terms":{"field":"tag","size":1001}}}}`, fault: ErrBadRequest, props: []any{"aggs.a.terms.size has to be from 1 to 1000"}},
		{in: `{"aggs":{"a":{"terms":{"field":"tag","size":0}}}}`, fault: ErrBadRequest, props: []any{"aggs.a.terms.size has to be from 1 to 1000"}},
		{in: `{"aggs":{"a":{"terms":{"field":"tag","order":{"_key":"asc"}}}}}`, fault: ErrUnsupported, props: []any{"aggs.a.terms.order"}},
		{in: `{"aggs":{"a":{"terms":{"field":"tag","min_doc_count":0}}}}`, fault: ErrUnsupported, props: []any{"aggs.a.terms.min_doc_count"}},
		{in: `{"aggs":{"a":{"terms":{"field":"tag","include":"a.*"}}}}`, fault: ErrUnsupported, props: []any{"aggs.a.terms.include"}},
		{in: `{"aggs":{"a":{"terms":{"field":"_id"}}}}`, fault: ErrBadRequest, props: []any{"aggs.a.terms cannot aggregate _id"}},
		{in: `{"aggs":{"a":{"terms":{"field":"bio"}}}}`, fault: ErrBadRequest,
			props: []any{`aggs.a.terms cannot aggregate "bio", which is full text: use a keyword`}},
		{in: `{"aggs":{"a":{"terms":{}}}}`, fault: ErrBadRequest, props: []any{`aggs.a.terms has to hold "field", a string`}},
		{in: `{"aggs":{"a":{"avg":{"field":"age"}}}}`, fault: ErrUnsupported, props: []any{"aggs.a.avg"}},
		{in: `{"aggs":{"a":{"terms":{"field":"tag"},"aggs":{}}}}`, fault: ErrUnsupported, props: []any{"aggs.a.aggs"}},
		{in: `{"aggs":{"a":{}}}`, fault: ErrBadRequest, props: []any{"aggs.a has to be one of terms and value_count"}},
		{in: `{"aggs":{"a[0]":{}}}`, fault: ErrBadRequest, props: []any{`aggs has the name "a[0]": it must not contain [, ] and >`}},
		{in: `{"aggs":[]}`, fault: ErrBadRequest, props: []any{"aggs has to be an object"}},
		{in: `{"aggs":{"a":{"terms":{"field":"tag","script":{"source":"x"}}}}}`, fault: ErrScript, props: []any{"script.source"}},
		{in: `{"aggs":{},"aggregations":{}}`, fault: ErrInvalidSearch, props: []any{"aggs"}},
		{in: `{"aggs":{"1":{},"2":{},"3":{},"4":{},"5":{},"6":{},"7":{},"8":{},"9":{},"10":{},"11":{}}}`, fault: ErrTooComplex, props: []any{"aggregations", 10}},
	})
}

func TestNumbers(t *testing.T) {
	tests := []struct {
		in, want any
	}{
		{json.Number("12"), 12.0},
		{json.Number("9007199254740993"), 9007199254740992.0},
		{json.Number("1e2"), 100.0},
		{12, 12.0},
		{int64(12), 12.0},
		{12.5, 12.5},
	}
	for _, test := range tests {
		got, err := ParseFilter(map[string]any{"term": map[string]any{"age": test.in}}, people, DefaultLimits())
		if diff := cmp.Diff(Node(terms("age", test.want)), got); err != nil || diff != "" {
			t.Errorf("%v: %v (-want +got)\n%s", test.in, err, diff)
		}
	}
	_, err := ParseFilter(map[string]any{"term": map[string]any{"age": json.Number("1e999")}}, people, DefaultLimits())
	checkFault(t, "1e999", err, ErrBadRequest, "term has to be a string, a number or a boolean")
	if got, err := ParseSearch(map[string]any{"size": json.Number("7")}, people, DefaultLimits()); err != nil || got.Size != 7 {
		t.Errorf("size 7: %d, %v", got.Size, err)
	}
}
