package systemtest

import (
	"os"
	"strings"
	"testing"
)

// wrongValues are of every JSON type, and of the kinds that trip programs up.
var wrongValues = []any{
	nil, true, false, 0.0, -1.0, 1.5, 1e300, "", " ", "-1", "..", "a/b", "\u0000", "\u202e", "kauth-x", "[", "{}", "null", "9007199254740993",
	"' OR 1=1 --", "$.auth", "_auth", strings.Repeat("x", 10_000), []any{}, []any{nil}, []any{[]any{}}, []any{"a", 1.0, map[string]any{}}, map[string]any{},
	map[string]any{"": nil}, map[string]any{"a": map[string]any{"b": []any{1.0}}}, map[string]any{"__proto__": 1.0}, map[string]any{"*": map[string]any{"*": "*"}},
}

// argumentNames are those of all actions, and bodyNames the keys of bodies.
var (
	argumentNames = []string{
		"_id", "kuid", "refresh", "userId", "strategy", "expiresIn", "cookieAuth", "global", "singleUse", "ids", "lang", "from", "size",
		"scroll", "scrollId", "force", "strict", "onAssignedUsers", "retryOnConflict", "reset", "collection", "index", "targets", "database",
		"onExistingUsers", "contactId", "format", "scope", "services", "startTime", "stopTime",
	}
	bodyNames = []string{
		"content", "credentials", "profileIds", "ids", "policies", "rateLimit", "controllers", "tags", "query", "sort", "_source", "aggregations",
		"search_after", "from", "size", "controller", "action", "token", "description", "username", "password", "properties", "dynamic", "_meta",
		"roles", "profiles", "users", "kind", "value", "code", "verified", "primary", "reserved", "default", "post_filter", "highlight", "_kuzzle_info", "_id",
		"public", "private", "unsafe",
	}
)

// fewValues stand for them where names multiply them: one for a name of an action, each in turn,
// or all of them where everyValue is set.
var fewValues = []any{nil, true, -1.5, "\u0000", []any{nil}, map[string]any{"a": map[string]any{"b": []any{1.0}}}}

// everyValue names the variable that has TestWrongTypesEverywhere try all of fewValues.
const everyValue = "KUZZLE_EVERY_VALUE"

// destructive actions would end the story.
var destructive = map[string]bool{"admin:resetSecurity": true, "admin:resetCache": true, "auth:logout": true, "auth:deleteMyCredentials": true}

// TestWrongTypesEverywhere sends every action values that no honest client would
// send, in each argument and in each key of the body. No answer is a fault of
// the server, each has an id, and the same socket keeps answering.
func TestWrongTypesEverywhere(t *testing.T) {
	t.Parallel()
	s := start(t)
	st := newStory(t, s, "websocket")
	// A key outlives its owner's sessions and password.
	key := s.operate(t, "security", "createApiKey", map[string]any{"userId": "root"}, map[string]any{"description": "d"})
	token, _ := key["result"].(map[string]any)["_source"].(map[string]any)["token"].(string)
	st.kept["admin"] = token
	for n, do := range everyAction(t, s) {
		// Second names share all of the code.
		if destructive[do] || canonical(do) != do {
			continue
		}
		t.Run(do, func(t *testing.T) {
			t.Parallel()
			st := &story{server: s, client: dial(t, s), kept: st.kept}
			st.torment(t, do, n)
			if a := st.call(t, call{controller: "server", action: "now", token: token}); a.status != 200 {
				t.Errorf("afterwards: %s", a.raw)
			}
		})
	}
}

// torment sends one action, the nth, everything that is wrong.
func (st *story) torment(t *testing.T, do string, n int) {
	t.Helper()
	controller, action := split(do)
	ask := func(args map[string]any, body any) {
		t.Helper()
		a := st.call(t, call{controller: controller, action: action, args: args, body: body, hasBody: true, token: st.kept["admin"]})
		if a.status >= 500 {
			t.Errorf("%s %s %.300s: %s", do, short(args), mustJSON(body), a.raw)
		}
		if failure := a.failure(); failure != nil {
			checkFailure(t, failure, a.status)
		}
	}
	// Sound arguments let a request get as far as the wrong one.
	sound := map[string]any{
		"_id": "limited", "strategy": "local", "userId": "limited", "scrollId": "x", "collection": "users", "database": "memoryStorage", "refresh": false,
	}
	type m = map[string]any
	for _, value := range wrongValues {
		ask(sound, value)
		ask(sound, m{"content": m{"profileIds": value}, "credentials": m{"local": value}})
		ask(sound, m{"content": m{"profileIds": []any{"user"}}, "credentials": m{"local": m{"username": value, "password": value}}})
		ask(sound, m{"username": value, "password": value})
		ask(sound, m{"policies": []any{m{"roleId": value, "restrictedTo": value}}})
		ask(sound, m{"query": m{"bool": value, "term": value}})
	}
	values := func(i int) []any {
		if os.Getenv(everyValue) != "" {
			return fewValues
		}
		return []any{fewValues[(n+i)%len(fewValues)]}
	}
	for i, name := range argumentNames {
		for _, value := range values(i) {
			ask(with(sound, name, value), m{"description": "d"})
		}
	}
	for i, name := range bodyNames {
		for _, value := range values(i) {
			ask(sound, m{name: value})
		}
	}
}

func with(args map[string]any, name string, value any) map[string]any {
	changed := map[string]any{name: value}
	for key, kept := range args {
		if key != name {
			changed[key] = kept
		}
	}
	return changed
}

func short(args map[string]any) string {
	text := string(mustJSON(args))
	return text[:min(len(text), 300)]
}
