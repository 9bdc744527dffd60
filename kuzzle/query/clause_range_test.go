package query

import "testing"

func TestRange(t *testing.T) {
	runFilters(t, people, []parseTest{
		{in: `{"range":{"age":{"gt":1,"lte":2}}}`, want: Range{Field: content("age"), GT: 1.0, LTE: 2.0}},
		{in: `{"range":{"age":{"gte":1,"lt":2,"boost":1}}}`, want: Range{Field: content("age"), GTE: 1.0, LT: 2.0}},
		{in: `{"range":{"age":{"gte":1,"lt":null}}}`, want: Range{Field: content("age"), GTE: 1.0}},
		{in: `{"range":{"born":{"gte":"now-1d/d"}}}`, want: Range{Field: content("born"), GTE: "now-1d/d"}},
		{in: `{"range":{"born":{"gte":"2020","format":"strict_date_optional_time||epoch_millis","time_zone":"UTC"}}}`,
			want: Range{Field: content("born"), GTE: "2020"}},
		{in: `{"range":{"_id":{"gt":"a"}}}`, want: Range{Field: id, GT: "a"}},
		{in: `{"range":{"age":{}}}`, want: Exists{content("age")}},
		{in: `{"range":{"_id":{}}}`, want: All{}},
		{in: `{"range":{"age":{"from":1,"to":2}}}`, want: Range{Field: content("age"), GTE: 1.0, LTE: 2.0}},
		{in: `{"range":{"age":{"from":1,"to":2,"include_lower":false,"include_upper":false}}}`,
			want: Range{Field: content("age"), GT: 1.0, LT: 2.0}},
		{in: `{"range":{"age":{"from":1,"gte":2}}}`, fault: ErrBadRequest, props: []any{"range.age.from repeats another bound"}},
		{in: `{"range":{"age":{"gte":[1]}}}`, fault: ErrBadRequest, props: []any{"range.age.gte has to be a string, a number or a boolean"}},
		{in: `{"range":{"age":{"gte":true}}}`, fault: ErrBadRequest, props: []any{"range.age.gte has to be a string or a number"}},
		{in: `{"range":{"age":5}}`, fault: ErrBadRequest, props: []any{"range.age has to be an object"}},
		{in: `{"range":{"age":{"min":5}}}`, fault: ErrBadRequest, props: []any{`range.age has the unknown key "min"`}},
		{in: `{"range":{"born":{"gte":"1","format":"dd/MM/yyyy"}}}`, fault: ErrUnsupported, props: []any{"range.born.format"}},
		{in: `{"range":{"born":{"gte":"1","format":1}}}`, fault: ErrBadRequest, props: []any{"range.born.format has to be a string"}},
		{in: `{"range":{"born":{"gte":"1","time_zone":"+02:00"}}}`, fault: ErrUnsupported, props: []any{"range.born.time_zone"}},
		{in: `{"range":{"born":{"gte":"1","relation":"within"}}}`, fault: ErrUnsupported, props: []any{"range.born.relation"}},
		{in: `{"range":{"age":{"from":1,"include_lower":"no"}}}`, fault: ErrBadRequest, props: []any{"range.age.include_lower has to be true or false"}},
	})
}
