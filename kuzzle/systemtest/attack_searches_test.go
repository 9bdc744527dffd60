package systemtest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// searchActions are the searches of an administrator, with the arguments they need.
var searchActions = map[string]map[string]any{
	"security:searchUsers":              {},
	"security:searchProfiles":           {},
	"security:searchRoles":              {},
	"security:searchApiKeys":            {"userId": "user"},
	"security:searchUsersByCredentials": {"strategy": "local"},
}

// nested wraps a query into itself.
func nested(times int, open, in, shut string) string {
	return strings.Repeat(open, times) + in + strings.Repeat(shut, times)
}

// badQueries are clauses that run a program, read another index, or cost more
// than a search may.
var badQueries = map[string]string{
	"a script":                    `{"script":{"script":{"source":"while(true){}"}}}`,
	"a script inside a bool":      `{"bool":{"filter":[{"script":{"script":"1"}}]}}`,
	"script_score":                `{"script_score":{"query":{"match_all":{}},"script":{"source":"1"}}}`,
	"function_score":              `{"function_score":{"script_score":{"script":"1"}}}`,
	"terms_set":                   `{"terms_set":{"a":{"terms":["x"],"minimum_should_match_script":{"source":"1"}}}}`,
	"intervals":                   `{"intervals":{"a":{"match":{"query":"x","filter":{"script":{"source":"1"}}}}}}`,
	"a terms lookup":              `{"terms":{"profileIds":{"index":"other","id":"1","path":"secret"}}}`,
	"a terms lookup inside":       `{"bool":{"must_not":[{"terms":{"profileIds":{"index":"other","id":"1","path":"secret"}}}]}}`,
	"more_like_this":              `{"more_like_this":{"fields":["a"],"like":[{"_index":"other","_id":"1"}]}}`,
	"percolate":                   `{"percolate":{"field":"q","index":"other","id":"1"}}`,
	"geo_shape":                   `{"geo_shape":{"a":{"indexed_shape":{"index":"other","id":"1"}}}}`,
	"wrapper":                     `{"wrapper":{"query":"eyJtYXRjaF9hbGwiOnt9fQ=="}}`,
	"has_parent":                  `{"has_parent":{"parent_type":"x","query":{"match_all":{}}}}`,
	"a pattern of many stars":     `{"wildcard":{"profileIds":"` + strings.Repeat("*a", 11) + `"}}`,
	"a long pattern":              `{"wildcard":{"profileIds":"` + strings.Repeat("a", 1001) + `"}}`,
	"many stars in a text":        `{"query_string":{"query":"` + strings.Repeat("*a", 11) + `"}}`,
	"many brackets in a text":     `{"query_string":{"query":"` + strings.Repeat("(", 4000) + `"}}`,
	"a long text":                 `{"query_string":{"query":"` + strings.Repeat("a ", 5000) + `"}}`,
	"a regular expression":        `{"regexp":{"profileIds":"(((a{100}){100}){100})"}}`,
	"deep nesting":                nested(21, `{"bool":{"must":`, `{"match_all":{}}`, "}}"),
	"very deep nesting":           nested(40, `{"constant_score":{"filter":`, `{"match_all":{}}`, "}}"),
	"many clauses":                `{"bool":{"should":[` + strings.TrimSuffix(strings.Repeat(`{"match_all":{}},`, 1025), ",") + `]}}`,
	"many values":                 `{"terms":{"profileIds":[` + strings.TrimSuffix(strings.Repeat(`"a",`, 10_001), ",") + `]}}`,
	"many fields with a star":     `{"multi_match":{"query":"a","fields":[` + strings.TrimSuffix(strings.Repeat(`"x*",`, 33), ",") + `]}}`,
	"an object instead of a text": `{"term":{"profileIds":{"value":{"script":"1"}}}}`,
}

// badBodies are further keys of a search that do the same.
var badBodies = map[string]string{
	"script_fields":       `{"script_fields":{"x":{"script":"1"}}}`,
	"runtime_mappings":    `{"runtime_mappings":{"x":{"type":"keyword","script":{"source":"emit('x')"}}}}`,
	"sort by a script":    `{"sort":[{"_script":{"type":"number","script":"1","order":"asc"}}]}`,
	"post_filter":         `{"post_filter":{"script":{"script":"1"}}}`,
	"rescore":             `{"rescore":{"window_size":1000000,"query":{"rescore_query":{"match_all":{}}}}}`,
	"suggest":             `{"suggest":{"x":{"text":"x","term":{"field":"auth"}}}}`,
	"collapse":            `{"collapse":{"field":"auth"}}`,
	"knn":                 `{"knn":{"field":"a","query_vector":[1],"k":10000,"num_candidates":10000}}`,
	"pit":                 `{"pit":{"id":"x"}}`,
	"indices_boost":       `{"indices_boost":[{"other":2}]}`,
	"docvalue_fields":     `{"docvalue_fields":["auth"]}`,
	"stored_fields":       `{"stored_fields":["auth"]}`,
	"fields":              `{"fields":["auth"]}`,
	"explain":             `{"explain":true}`,
	"profile":             `{"profile":true}`,
	"another index":       `{"index":"other"}`,
	"another _index":      `{"_index":"other"}`,
	"other indexes":       `{"indices":["other"],"ext":{"index":"other"}}`,
	"a scripted metric":   `{"aggregations":{"x":{"scripted_metric":{"map_script":"1"}}}}`,
	"a script in buckets": `{"aggregations":{"x":{"terms":{"script":"1"}}}}`,
	"very many buckets":   `{"aggregations":{"x":{"terms":{"field":"profileIds","size":1000000000}}}}`,
	"fine buckets":        `{"aggregations":{"x":{"date_histogram":{"field":"_kuzzle_info.createdAt","fixed_interval":"1ms"}}}}`,
	"buckets in buckets":  `{"aggregations":{"x":` + nested(12, `{"terms":{"field":"profileIds"},"aggregations":{"x":`, `{"terms":{"field":"profileIds"}}`, "}}") + `}}`,
	"top hits":            `{"aggregations":{"x":{"top_hits":{"size":10000,"_source":["auth"]}}}}`,
	"everything at once":  `{"aggregations":{"x":{"global":{},"aggregations":{"y":{"top_hits":{}}}}}}`,
}

// badWindows are arguments that ask for too much, or for another place.
var badWindows = map[string]map[string]any{
	"a thousand million":   {"size": 1e9},
	"far on":               {"from": 1e9},
	"both":                 {"from": 9999.0, "size": 9999.0},
	"less than none":       {"size": -1.0},
	"a language of others": {"lang": "sql"},
}

// TestAttack16 sends searches that would run a program, read another index or
// never end. Each is refused by name, and the server goes on.
func TestAttack16(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		refused := func(what, do string, args map[string]any, body string) {
			t.Helper()
			controller, action := split(do)
			c := call{controller: controller, action: action, args: with(searchActions[do], "", nil), token: st.kept["admin"]}
			delete(c.args, "")
			for name, value := range args {
				c.args[name] = value
			}
			if body != "" {
				decode(t, body, &c.body)
				c.hasBody = true
			}
			a := st.call(t, c)
			if failure := a.failure(); a.status < 400 || a.status >= 500 || failure == nil {
				t.Errorf("%s to %s: %.300s", what, do, a.raw)
			} else {
				checkFailure(t, failure, a.status)
			}
		}
		for do := range searchActions {
			for what, clause := range badQueries {
				refused(what, do, nil, `{"query":`+clause+`}`)
			}
			for what, body := range badBodies {
				refused(what, do, nil, body)
			}
			for what, args := range badWindows {
				refused(what, do, args, "")
			}
		}
		for what, clause := range badQueries {
			refused(what+" in Koncorde", "security:searchUsers", map[string]any{"lang": "koncorde"}, `{"query":`+clause+`}`)
		}
		// In a text a regular expression is a text, and quick however it is built.
		for _, text := range []string{`/(a*)*b/`, `profileIds:/(a|aa)+$/`, `/` + strings.Repeat("(a+)+", 50) + `$/`} {
			c := call{controller: "security", action: "searchUsers", token: st.kept["admin"], hasBody: true}
			c.body = map[string]any{"query": map[string]any{"query_string": map[string]any{"query": text}}}
			begin := time.Now()
			if a := st.call(t, c); a.status >= 500 || time.Since(begin) > answerWithin/2 {
				t.Errorf("%.40s in a text: after %v %.300s", text, time.Since(begin), a.raw)
			}
		}
		a := st.call(t, call{controller: "security", action: "searchUsers", token: st.kept["admin"]})
		wantError(t, "a search afterwards", a, 200, "")
	})
}

// hiddenNames are names that the stores, the index or a curious client may use for
// data beside a user's content.
var hiddenNames = []string{
	"auth.records.secret", "_auth.records.secret", "auth", "_auth", "records.secret", "secret", "digest", "password", "userPassword",
	"credentials.local.password", "credentials.local.digest", "_account.credentials.local.secret", "_account.credentials.local.password",
	"_account.auth.records.secret", "_source.auth", "content.auth", "../auth", "$.auth", "totp", "_account.credentials.totp.secret", "epoch", "fingerprint",
	"token", "hash", "_index", "_seq_no", "_account.sessions.fingerprint", "_account.flows",
}

// TestAttack17 filters, sorts and counts by hidden fields. Each answer is that of
// an unknown field, so none of them is an oracle.
func TestAttack17(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := startFactors(t, protocol)
		st.enrol(t, st.kept["user"]) // so that there is a secret of a second factor
		st.call(t, call{controller: passwordController, action: "getResetPasswordToken", args: map[string]any{"_id": "user"}, token: st.kept["admin"]})
		ask := func(do, field, template string) (ids []string, status int) {
			t.Helper()
			controller, action := split(do)
			c := call{controller: controller, action: action, args: map[string]any{}, token: st.kept["admin"], hasBody: true}
			for name, value := range searchActions[do] {
				c.args[name] = value
			}
			decode(t, strings.ReplaceAll(template, "FIELD", field), &c.body)
			a := st.call(t, c)
			if a.status >= 500 {
				t.Errorf("%s by %s: %s", do, field, a.raw)
			}
			hits, _ := a.at("result.hits").([]any)
			for _, hit := range hits {
				id, _ := hit.(map[string]any)["_id"].(string)
				ids = append(ids, id)
			}
			if counts, ok := a.at("result.aggregations.x.buckets").([]any); ok {
				for _, one := range counts {
					ids = append(ids, string(mustJSON(one)))
				}
			}
			return ids, a.status
		}
		for do := range searchActions {
			for _, template := range []string{
				`{"query":{"exists":{"field":"FIELD"}}}`,
				`{"query":{"prefix":{"FIELD":"$argon2id"}}}`,
				`{"query":{"wildcard":{"FIELD":"*argon2*"}}}`,
				`{"query":{"range":{"FIELD":{"gte":""}}}}`,
				`{"query":{"match":{"FIELD":"argon2id"}}}`,
				`{"query":{"query_string":{"query":"argon2id m 64","fields":["FIELD"]}}}`,
				`{"query":{"multi_match":{"query":"argon2id","fields":["FIELD*"]}}}`,
				`{"query":{"bool":{"must_not":[{"exists":{"field":"FIELD"}}]}},"sort":["_id"]}`,
				`{"sort":[{"FIELD":"asc"}]}`, `{"sort":[{"FIELD":"desc"}]}`,
				`{"size":0,"aggregations":{"x":{"terms":{"field":"FIELD"}}}}`,
			} {
				const inContent, inAccount = "nobodyHasThis", "_account.nobodyHasThis"
				nobody, wanted := ask(do, inContent, template)
				nobodyInAccount, wantedInAccount := ask(do, inAccount, template)
				for _, field := range hiddenNames {
					nobody, wanted := nobody, wanted
					if strings.HasPrefix(field, "_account.") {
						nobody, wanted = nobodyInAccount, wantedInAccount
					}
					got, status := ask(do, field, template)
					// A refusal names the field only, never stored values.
					if status >= 400 && status < 500 {
						continue
					}
					if status != wanted || !slices.Equal(got, nobody) {
						t.Errorf("%s, %s by %s: got %d %v, want %d %v", do, template, field, status, got, wanted, nobody)
					}
				}
			}
		}
	})
}
