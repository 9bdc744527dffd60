package query

import (
	"fmt"
	"strings"
	"testing"
)

func TestLimits(t *testing.T) {
	many := func(n int, part, between string) string {
		return strings.TrimSuffix(strings.Repeat(part+between, n), between)
	}
	nest := func(n int, open, in, shut string) string {
		return strings.Repeat(open, n) + in + strings.Repeat(shut, n)
	}
	stars := strings.Repeat("*a", 11)
	tests := []struct {
		in   string
		what string
		most int
	}{
		{`{"bool":{"must":[` + many(1025, `{"match_all":{}}`, ",") + `]}}`, "clauses", 1024},
		{`{"bool":{"must":[` + many(600, `{"bool":{"must":[{"match_all":{}}]}}`, ",") + `]}}`, "clauses", 1024},
		{`{"bool":{"must":[` + many(300, `{"multi_match":{"query":"a"}}`, ",") + `]}}`, "clauses", 1024},
		{`{"query_string":{"query":"` + many(300, "a", " OR ") + `"}}`, "clauses", 1024},
		{nest(20, `{"bool":{"must":`, `{"match_all":{}}`, "}}"), "clauses inside clauses", 20},
		{nest(20, `{"constant_score":{"filter":`, `{"match_all":{}}`, "}}"), "clauses inside clauses", 20},
		{nest(200, `{"bool":{"must":`, `{"match_all":{}}`, "}}"), "levels of JSON", 100},
		{`{"query_string":{"query":"` + nest(20, "(", "a", ")") + `"}}`, "clauses inside clauses", 20},
		{`{"query_string":{"query":"` + nest(4000, "(", "", "") + `"}}`, "clauses inside clauses", 20},
		{`{"terms":{"tag":[` + many(10_001, `"a"`, ",") + `]}}`, "values", 10_000},
		{`{"ids":{"values":[` + many(10_001, `"a"`, ",") + `]}}`, "values", 10_000},
		{`{"bool":{"must":[` + many(3, `{"terms":{"tag":[`+many(4000, "1", ",")+`]}}`, ",") + `]}}`, "values", 10_000},
		{`{"term":{"tag":"` + strings.Repeat("a", 8192) + `"}}`, "bytes in term", 8191},
		{`{"match":{"tag":"` + strings.Repeat("a", 8192) + `"}}`, "bytes in match", 8191},
		{`{"query_string":{"query":"` + strings.Repeat("a", 8192) + `"}}`, "bytes in query_string.query", 8191},
		{`{"term":{"` + strings.Repeat("a", 513) + `":1}}`, "bytes in a field name of term", 512},
		{`{"wildcard":{"tag":"` + strings.Repeat("a", 1001) + `"}}`, "bytes in the pattern of wildcard", 1000},
		{`{"wildcard":{"tag":"` + stars + `"}}`, "* in the pattern of wildcard", 10},
		{`{"query_string":{"query":"` + stars + `"}}`, "* in the pattern of query_string.query", 10},
		{`{"exists":{"field":"` + stars + `"}}`, "* in a field name", 10},
		{`{"multi_match":{"query":"a","fields":[` + many(33, `"x*"`, ",") + `]}}`, "field names with *", 32},
		{`{"multi_match":{"query":"a","fields":[` + many(1025, `"x"`, ",") + `]}}`, "fields", 1024},
	}
	for _, test := range tests {
		_, err := ParseFilter(decode(t, test.in), people, DefaultLimits())
		checkFault(t, fmt.Sprintf("%.60s…", test.in), err, ErrTooComplex, test.what, test.most)
	}
}

// TestWithinLimits holds the limits from the other side.
func TestWithinLimits(t *testing.T) {
	for _, in := range []string{
		`{"bool":{"must":[` + strings.Repeat(`{"match_all":{}},`, 1022) + `{"match_all":{}}]}}`,
		strings.Repeat(`{"bool":{"must":`, 19) + `{"match_all":{}}` + strings.Repeat("}}", 19),
		`{"terms":{"tag":[` + strings.Repeat(`"a",`, 9999) + `"a"]}}`,
		`{"term":{"tag":"` + strings.Repeat("a", 8191) + `"}}`,
		`{"wildcard":{"tag":"` + strings.Repeat("*a", 10) + `"}}`,
	} {
		if _, err := ParseFilter(decode(t, in), people, DefaultLimits()); err != nil {
			t.Errorf("%.60s…: %v", in, err)
		}
	}
}

// TestMessagesAreShort shows that a client's text is not repeated without end.
func TestMessagesAreShort(t *testing.T) {
	long := strings.Repeat("é", 10_000)
	for _, in := range []string{
		`{"` + long + `":{}}`,
		`{"term":{"a":{"` + long + `":1}}}`,
		`{"term":{"a":1,"` + long + `":1}}`,
		`{"query_string":{"query":"a","` + long + `":1}}`,
	} {
		_, err := ParseFilter(decode(t, in), people, DefaultLimits())
		if err == nil || len(err.Error()) > 500 {
			t.Errorf("%.40s…: %.600v", in, err)
		}
	}
}
