package query

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestHiddenParts tests that no name leads out of the content: data beside it
// has names of its own, which only administrators can use.
func TestHiddenParts(t *testing.T) {
	for _, name := range []string{
		"_auth", "auth", "auth.secret", "_auth.records.secret", "../auth", "content/../auth",
		"content.auth", "_source", "_source.auth", "..auth", "$.auth", "$['auth']", "a'); DROP TABLE users; --",
		`a" || "b`, "_account", "_account.", "_accounts.x", "_ACCOUNT.x", "_kuzzle_info.author", "outbox", "epoch",
		"_index", "_seq_no", "_meta",
	} {
		for _, scope := range []Scope{people, people.WithAccount()} {
			in := map[string]any{"term": map[string]any{name: "x"}}
			got, err := ParseFilter(in, scope, DefaultLimits())
			if diff := cmp.Diff(Node(terms(name, "x")), got); err != nil || diff != "" {
				t.Errorf("%s: %v (-want +got)\n%s", name, err, diff)
			}
		}
	}
}

func TestAccount(t *testing.T) {
	email := account("credentials.local.email")
	runFilters(t, people.WithAccount(), []parseTest{
		{in: `{"term":{"_account.credentials.local.email":"a@b.c"}}`, want: Terms{Field: email, Values: []any{"a@b.c"}}},
		{in: `{"match":{"_account.credentials.local.email":"a@b.c"}}`, want: Terms{Field: email, Values: []any{"a@b.c"}}},
		{in: `{"match_phrase_prefix":{"_account.credentials.local.email":"a@"}}`, want: Prefix{Field: email, Value: "a@"}},
		{in: `{"exists":{"field":"_account.banned"}}`, want: Exists{account("banned")}},
		{in: `{"query_string":{"query":"_account.banned:true"}}`, want: Terms{Field: account("banned"), Values: []any{"true"}}},
		{in: `{"nested":{"path":"_account.x","query":{"match_all":{}}}}`, fault: ErrBadRequest, props: []any{"nested has a path that is not an array of the content"}},
		{in: `{"nested":{"path":"a","query":{"term":{"_account.a.x":1}}}}`, fault: ErrBadRequest,
			props: []any{`nested.query.term names "_account.a.x", which is not inside "a"`}},
	})
	// To anybody else it is a path like another, which no document has.
	runFilters(t, people, []parseTest{
		{in: `{"term":{"_account.banned":true}}`, want: terms("_account.banned", true)},
		{in: `{"query_string":{"query":"_account.banned:true"}}`, want: Match{Field: content("_account.banned"), Text: "true"}},
		{in: `{"multi_match":{"query":"x","fields":["_account.*"]}}`, want: None{}},
	})
}

func TestCredentials(t *testing.T) {
	scope := Credentials(CredentialFields{Strategy: "local", Searchable: []string{"username"}, Forbidden: []string{"userPassword"}})
	username := account("credentials.local.username")
	jdoe := Terms{Field: username, Values: []any{"jdoe"}}
	clauses := []string{"bool", "match", "prefix", "term", "terms"}
	known := []string{"username"}
	runFilters(t, scope, []parseTest{
		{in: `{}`, want: All{}},
		{in: `{"match":{"username":"jdoe"}}`, want: jdoe},
		{in: `{"term":{"username":{"value":"jdoe"}}}`, want: jdoe},
		{in: `{"terms":{"username":["jdoe"]}}`, want: jdoe},
		{in: `{"prefix":{"username":"j"}}`, want: Prefix{Field: username, Value: "j"}},
		{in: `{"bool":{"must":[{"match":{"username":{"query":"jdoe","boost":2}}}]}}`, want: jdoe},
		{in: `{"term":{"kuid":"x"}}`, fault: ErrForbiddenField, props: []any{"kuid"}},
		{in: `{"match":{"userPassword":"x"}}`, fault: ErrForbiddenField, props: []any{"userPassword"}},
		{in: `{"term":{"_id":"x"}}`, fault: ErrUnknownField, props: []any{"_id", known}},
		{in: `{"term":{"_account.credentials.local.username":"x"}}`, fault: ErrUnknownField, props: []any{"_account.credentials.local.username", known}},
		{in: `{"match":{"name":"x"}}`, fault: ErrUnknownField, props: []any{"name", known}},
		{in: `{"match_all":{}}`, fault: ErrUnknownField, props: []any{"match_all", clauses}},
		{in: `{"bool":{"must":[{"exists":{"field":"username"}}]}}`, fault: ErrUnknownField, props: []any{"exists", clauses}},
		{in: `{"query_string":{"query":"kuid:x"}}`, fault: ErrUnknownField, props: []any{"query_string", clauses}},
		{in: `{"nonsense":{}}`, fault: ErrUnknownKeyword, props: []any{"nonsense"}},
	})
	runParse(t, []parseTest{
		{in: `{"and":[{"equals":{"username":"jdoe"}}]}`, want: jdoe},
		{in: `{"in":{"username":["jdoe"]}}`, want: jdoe},
		{in: `{"missing":"username"}`, fault: ErrUnknownField, props: []any{"exists", clauses}},
		{in: `{"equals":{"kuid":"x"}}`, fault: ErrForbiddenField, props: []any{"kuid"}},
	}, func(in map[string]any) (Node, error) { return ParseKoncorde(in, scope, DefaultLimits()) })
	runSearches(t, scope, []searchTest{
		{in: `{"query":{"match":{"username":"jdoe"}},"sort":["username",{"kuid":"desc"}]}`,
			want: Search{Where: jdoe, Sort: []Sort{{Field: username}, {Field: id, Desc: true}}}},
		{in: `{"sort":"userPassword"}`, fault: ErrForbiddenField, props: []any{"userPassword"}},
		{in: `{"sort":"email"}`, fault: ErrUnknownField, props: []any{"email", known}},
		{in: `{"aggs":{"a":{"terms":{"field":"kuid"}}}}`, fault: ErrForbiddenField, props: []any{"kuid"}},
	})
}

func TestMappedFields(t *testing.T) {
	properties := decode(t, `{
		"tag": {"type":"keyword"},
		"name": {"type":"text","fields":{"raw":{"type":"keyword"}}},
		"stored": {"type":"keyword","index":false},
		"off": {"enabled":false,"properties":{"x":{"type":"keyword"}}},
		"any": {"type":"object"},
		"policies": {"properties":{
			"roleId": {"type":"keyword"},
			"restrictedTo": {"type":"nested","properties":{"index":{"type":"keyword"}}}}},
		"odd": 1}`)
	want := []Mapped{
		{Path: "name", Type: "text"},
		{Path: "name.raw", Type: "keyword"},
		{Path: "policies.restrictedTo.index", Type: "keyword", Nested: "policies.restrictedTo"},
		{Path: "policies.roleId", Type: "keyword"},
		{Path: "tag", Type: "keyword"},
	}
	if diff := cmp.Diff(want, MappedFields(properties)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestGlobMatch(t *testing.T) {
	tests := []struct {
		pattern, in string
		want        bool
	}{
		{"a", "a", true}, {"a", "ab", false}, {"a*", "abc", true}, {"*c", "abc", true},
		{"*b*", "abc", true}, {"a*c*", "abcabd", true}, {"a*cd", "acbcd", true}, {"*", "", true},
		{"**", "a.b", true}, {"a?", "ab", false}, {"a*b", "ac", false}, {"", "", true}, {"", "a", false},
	}
	for _, test := range tests {
		if got := globMatch(test.pattern, test.in); got != test.want {
			t.Errorf("%q fits %q: %v, want %v", test.in, test.pattern, got, test.want)
		}
	}
}
