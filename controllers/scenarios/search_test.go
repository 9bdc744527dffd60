package scenarios

import (
	"fmt"
	"testing"
)

func TestSearchUsers(t *testing.T) {
	b := newBench(t)
	b.must(t, by("PUT /users/_mapping", ``, `{"properties":{"n":{"type":"integer"}}}`))
	for i := range 5 {
		b.must(t, by("security:createUser", fmt.Sprintf(`{"_id":"u%d"}`, i), fmt.Sprintf(`{"content":{"profileIds":["default"],"n":%d,"secretish":"s"}}`, i)))
	}
	const to = "security:searchUsers"
	run(t, b, []scenario{
		{name: "size", call: by(to, `{"size":"x","from":"x"}`, `{"query":1}`), status: 400, id: wrongType, props: of("size", "integer")},
		{name: "from", call: by(to, `{"from":"x","scroll":1}`, `{"query":1}`), status: 400, id: wrongType, props: of("from", "integer")},
		{name: "scroll", call: by(to, `{"scroll":1}`, `{"query":1}`), status: 400, id: wrongType, props: of("scroll", "string")},
		{name: "query", call: by(to, `{"lang":"x"}`, `{"query":1}`), status: 400, id: wrongType, props: of("body.query", "object")},
		{name: "query null", call: by(to, `{"lang":"x"}`, `{"query":null}`), status: 400, id: wrongType, props: of("body.query", "object")},
		{name: "lang", call: by(to, `{"lang":"x"}`, ``), status: 400, id: badValue, props: of("lang", "elasticsearch or koncorde")},
		{name: "body", call: by(to, ``, `[1]`), status: 400, id: wrongType, props: of("body", "object")},
		{name: "too many", call: by(to, `{"size":10001}`, ``), status: 413, id: "services.storage.get_limit_exceeded"},
		{name: "too deep", call: by(to, `{"size":1,"from":10000}`, ``), status: 400, id: "services.storage.unexpected_bad_request"},
		{name: "root key", call: by(to, ``, `{"nope":1}`), status: 400, id: "services.storage.invalid_search_query", props: of("nope")},
		{name: "clause", call: by(to, ``, `{"query":{"nope":{}}}`), status: 400, id: "services.storage.unknown_query_keyword"},
		{name: "scroll too long", call: by("POST /users/_search?scroll=2m", ``, ``), status: 400, id: "services.storage.scroll_duration_too_great", props: of("2m")},
		{name: "scroll unreadable", call: by("POST /users/_search?scroll=soon", ``, ``), status: 400, id: badValue},

		{name: "all", call: by(to, ``, ``), want: `{"total":5,"hits":["<any>","<any>","<any>","<any>","<any>"]}`, forbidden: "scrollId"},
		{name: "from without size", call: by("POST /users/_search?from=3", ``, `{"sort":[{"n":"asc"}]}`), want: `{"total":5,"hits":[{"_id":"u3"},{"_id":"u4"}]}`},
		{name: "page", call: by("POST /user/_search?from=1&size=2", ``, `{"sort":[{"n":"desc"}]}`), want: `{"total":5,"hits":[{"_id":"u3"},{"_id":"u2"}]}`},
		{name: "page of the body", call: by(to, ``, `{"from":1,"size":1,"sort":["n"]}`), want: `{"hits":[{"_id":"u1"}]}`},
		{name: "nothing but the total", call: by(to, `{"size":0}`, ``), want: `{"hits":[],"total":5}`},
		{name: "query of a field", call: by(to, ``, `{"query":{"range":{"n":{"gte":3}}},"sort":["n"]}`), want: `{"total":2,"hits":[{"_id":"u3","_source":{"n":3}},{"_id":"u4"}]}`},
		{name: "koncorde", call: by(to, `{"lang":"koncorde"}`, `{"query":{"equals":{"n":3}}}`), want: `{"total":1,"hits":[{"_id":"u3"}]}`},
		{name: "koncorde without query", call: by(to, `{"lang":"koncorde"}`, ``), want: `{"total":5}`},
		{name: "source", call: by(to, `{"size":1}`, `{"_source":["n"],"sort":["n"]}`), want: `{"hits":[{"_id":"u0","_source":{"n":0}}]}`, forbidden: "secretish"},
		{name: "no source", call: by(to, `{"size":1}`, `{"_source":false}`), forbidden: "_source"},
		{name: "aggregations", call: by(to, `{"size":0}`, `{"aggs":{"p":{"terms":{"field":"profileIds"}}}}`), want: `{"aggregations":{"p":{"buckets":[{"key":"default","doc_count":5}]}}}`},
		{name: "scroll: id", call: by("security:scrollUsers", ``, ``), status: 400, id: missing, props: of("scrollId")},
		{name: "scroll: unknown", call: by("GET /users/_scroll/nope", ``, ``), status: 404, id: "services.storage.unknown_scroll_id"},
		{name: "scroll: forged", call: by("GET /users/_scroll/nope.bm9wZQ", ``, ``), status: 404, id: "services.storage.unknown_scroll_id"},
	})
}

// A scroll shows every hit once, keeps its source filter, and ends in a page
// without hits.
func TestScroll(t *testing.T) {
	b := newBench(t)
	for i := range 5 {
		b.must(t, by("security:createUser", fmt.Sprintf(`{"_id":"u%d"}`, i), `{"content":{"profileIds":["default"],"hidden":"x"}}`))
	}
	page := b.must(t, by("POST /users/_search?scroll=30s&size=2", ``, `{"_source":["profileIds"]}`))
	seen := map[string]int{}
	for pages := 1; ; pages++ {
		for _, hit := range page["hits"].([]any) {
			document := hit.(map[string]any)
			seen[document["_id"].(string)]++
			if source := document["_source"].(map[string]any); source["hidden"] != nil || source["profileIds"] == nil {
				t.Errorf("page %d shows %v", pages, source)
			}
		}
		if page["total"] != 5.0 {
			t.Errorf("page %d: total %v", pages, page["total"])
		}
		got := b.do(t, by("GET /users/_scroll/"+page["scrollId"].(string)+"?scroll=1m", ``, ``))
		if next, _ := got.Result.(map[string]any); next != nil && len(next["hits"].([]any)) == 0 {
			break
		}
		if got.Status != 200 || pages > 5 {
			t.Fatalf("page %d: %s", pages, got.Text)
		}
		page = got.Result.(map[string]any)
	}
	if len(seen) != 5 {
		t.Errorf("seen %v", seen)
	}
	for id, times := range seen {
		if times != 1 {
			t.Errorf("%s was shown %d times", id, times)
		}
	}
	whole := b.must(t, by("POST /users/_search?scroll=30s", ``, ``))
	behind := b.must(t, by("GET /user/_scroll/"+whole["scrollId"].(string), ``, ``))
	if len(behind["hits"].([]any)) != 0 || behind["total"] != whole["total"] {
		t.Errorf("behind the only page: %v", behind)
	}
	b.check(t, scenario{call: by("GET /user/_scroll/unknown", ``, ``), status: 404, id: "services.storage.unknown_scroll_id"})
}

func TestSearchProfilesAndRoles(t *testing.T) {
	b := newBench(t)
	b.must(t, by("PUT /roles/r", ``, someRole))
	b.must(t, by("PUT /roles/s", ``, `{"controllers":{"server":{"actions":{"now":true}}}}`))
	b.must(t, by("PUT /profiles/p", ``, `{"policies":[{"roleId":"r"}],"tags":["x"]}`))
	const profiles, roles = "security:searchProfiles", "security:searchRoles"
	run(t, b, []scenario{
		{name: "profiles: size", call: by(profiles, `{"size":"x"}`, `{"roles":1}`), status: 400, id: wrongType, props: of("size", "integer")},
		{name: "profiles: lang", call: by(profiles, `{"lang":"x"}`, `{"roles":1}`), status: 400, id: badValue},
		{name: "profiles: roles", call: by(profiles, ``, `{"roles":1}`), status: 400, id: wrongType, props: of("body.roles", "array")},
		{name: "profiles: both", call: by(profiles, ``, `{"roles":["r"],"query":{}}`), status: 400, id: exclusive},
		{name: "profiles: of a role", call: by("POST /profiles/_search", ``, `{"roles":["r","nope"]}`), want: `{"total":1,"hits":[{"_id":"p","_source":{"rateLimit":0,"optimizedPolicies":[]}}]}`},
		{name: "profiles: of no role", call: by(profiles, ``, `{"roles":[]}`), want: `{"total":4}`},
		{name: "profiles: query", call: by(profiles, ``, `{"query":{"term":{"tags":"x"}}}`), want: `{"total":1,"hits":[{"_id":"p"}]}`},
		{name: "profiles: aggregations", call: by(profiles, ``, `{"size":0,"aggregations":{"r":{"value_count":{"field":"policies.roleId"}}}}`), want: `{"hits":[],"aggregations":{"r":{"value":4}}}`},
		{name: "profiles: scroll", call: by("POST /profiles/_search?scroll=10s&size=3", ``, ``), want: `{"scrollId":"<any>","total":4}`},
		{name: "profiles: scroll id", call: by("security:scrollProfiles", ``, ``), status: 400, id: missing, props: of("scrollId")},
		{name: "roles: from", call: by(roles, `{"from":"x","size":"x"}`, `{"controllers":1}`), status: 400, id: wrongType, props: of("from", "integer")},
		{name: "roles: size", call: by(roles, `{"size":"x","lang":"x"}`, `{"controllers":1}`), status: 400, id: wrongType, props: of("size", "integer")},
		{name: "roles: too many", call: by(roles, `{"size":10001}`, ``), status: 413, id: "services.storage.get_limit_exceeded"},
		{name: "roles: controllers", call: by(roles, ``, `{"controllers":1}`), status: 400, id: wrongType, props: of("body.controllers", "array")},
		{name: "roles: both", call: by(roles, ``, `{"controllers":["auth"],"query":{}}`), status: 400, id: exclusive},
		{name: "roles: all", call: by("POST /roles/_search", ``, ``), want: `{"total":5}`, forbidden: "scrollId"},
		{name: "roles: no controllers", call: by(roles, ``, `{"controllers":[]}`), want: `{"total":5}`},
		{name: "roles: query", call: by(roles, ``, `{"query":{"term":{"tags":"t"}}}`), want: `{"total":1,"hits":[{"_id":"r"}]}`},
	})
	for controllers, want := range map[string]int{`["auth"]`: 4, `["server"]`: 4, `["security"]`: 1, `["nope"]`: 1, `["auth","server"]`: 5} {
		got := b.must(t, by(roles, ``, `{"controllers":`+controllers+`}`))
		if got["total"] != float64(want) || len(got["hits"].([]any)) != want {
			t.Errorf("%s: got %v, want %d", controllers, got, want)
		}
	}
	page := b.must(t, by("POST /roles/_search?from=1&size=2", ``, `{"controllers":["auth"]}`))
	if page["total"] != 4.0 || len(page["hits"].([]any)) != 2 {
		t.Errorf("a page of roles naming a controller: %v", page)
	}
}
