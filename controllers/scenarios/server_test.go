package scenarios

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestServer(t *testing.T) {
	b := newBench(t)
	run(t, b, []scenario{
		{name: "info", call: by("GET /", ``, ``), want: `{"serverInfo":{"kuzzle":{"version":"1.2.3","api":{"routes":{"server":{"now":{"http":[{"verb":"GET","path":"/_now","url":"/_now"}]}}}}},"services":{"internalStorage":{"type":"sqlite"}}}}`},
		{name: "info, other route", call: by("GET /_serverInfo", ``, ``), want: `{"serverInfo":"<any>"}`},
		{name: "publicApi", call: by("GET /_publicApi", ``, ``), want: `{
			"auth":{"login":{"action":"login","controller":"auth","http":[{"path":"/_login/:strategy","url":"/_login/:strategy","verb":"GET"},{"path":"/_login/:strategy","url":"/_login/:strategy","verb":"POST"}]}},
			"user":{"create":{"action":"create","controller":"user","http":[{"path":"/user/_create","url":"/user/_create","verb":"POST"},"<any>"]}},
			"kuzzle-plugin-auth-passport-local/password":{"reset":"<any>"}}`},
		{name: "healthy", call: by("GET /_healthCheck", ``, ``), want: `{"status":"green","services":{"internalCache":"green","memoryStorage":"green","storageEngine":"green"}}`},
		{name: "health of some", call: by("GET /_healthCheck?services=internalCache,nope", ``, ``), want: `{"status":"green","services":{"internalCache":"green"}}`, forbidden: "storageEngine"},
		{name: "health of some by a list", call: by("server:healthCheck", `{"services":"[\"storageEngine\"]"}`, ``), want: `{"services":{"storageEngine":"green"}}`, forbidden: "internalCache"},
		{name: "health of a number", call: by("server:healthCheck", `{"services":1}`, ``), status: 400, id: wrongType, props: of("services", "string")},
		{name: "config", call: by("GET /_getConfig", ``, ``), want: `{}`},
		{name: "capabilities", call: by("GET /_capabilities", ``, ``), want: `{"version":"1.2.3","limits":{},"routes":{"auth":"<any>"},"services":{"storageEngine":{"backend":"sqlite"}}}`},
		{name: "metrics", call: by("GET /_metrics", ``, ``), want: `{"api":{"concurrentRequests":0,"pendingRequests":0},"network":{"connections":{"http/1.1":0,"websocket":0}},"realtime":{"rooms":0,"subscriptions":0}}`},
		{name: "metrics of another format", call: by("GET /_metrics?format=xml", ``, ``), status: 400, id: unexpected},
		{name: "stats: startTime", call: by("server:getStats", `{"startTime":"x"}`, ``), status: 400, id: wrongType, props: of("startTime", "integer")},
		{name: "all stats", call: by("GET /_getAllStats", ``, ``), want: `{"hits":[],"total":0}`},
		{name: "as a stranger", call: call{To: "GET /_getConfig"}, status: 401, id: "security.rights.unauthorized"},
		{name: "an unknown action as a stranger", call: call{To: "server:nope"}, status: 401, id: "security.rights.unauthorized"},
		{name: "an unknown action", call: by("server:nope", ``, ``), status: 404, id: "api.process.action_not_found", props: of("server", "nope")},
		{name: "what is not served", call: by("realtime:subscribe", ``, ``), status: 404, id: "api.process.controller_not_found", props: of("realtime")},
	})
	got := b.must(t, by("GET /_now", ``, ``))
	if age := time.Since(time.UnixMilli(int64(got["now"].(float64)))); age < -time.Second || age > time.Minute {
		t.Errorf("now is off by %s", age)
	}
}

// If the store cannot serve, the check is red: the answer has the result beside the error, and not
// the cause.
func TestUnhealthy(t *testing.T) {
	b := newBench(t)
	b.health = errors.New("the disk is gone")
	b.check(t, scenario{
		call: by("GET /_healthCheck", ``, ``), status: 500, id: "core.fatal.service_unavailable",
		want: `{"status":"red","services":{"storageEngine":"red","internalCache":"green"}}`, forbidden: "disk",
	})
}

func TestAdmin(t *testing.T) {
	b := newBench(t)
	me := b.login(t, "me", "default")
	const load = "admin:loadSecurities"
	run(t, b, []scenario{
		{name: "cache: database", call: by("admin:resetCache", ``, ``), status: 400, id: missing, props: of("database")},
		{name: "cache: unknown", call: by("POST /admin/_resetCache?database=nope", ``, ``), status: 404, id: "services.cache.database_not_found", props: of("nope")},
		{name: "cache: memory", call: by("POST /admin/_resetCache?database=memoryStorage", ``, ``), want: `{"acknowledge":true}`},
		{name: "still logged in", call: call{As: me, To: "GET /_me"}, want: `{"_id":"me"}`},
		{name: "cache", call: by("POST /admin/_resetCache?database=internalCache", ``, ``), want: `{"acknowledge":true}`},
		{name: "logged out", call: call{As: me, To: "GET /_me"}, status: 401, id: "security.token.invalid"},
		{name: "a route that leads nowhere", call: by("POST /admin/_resetKuzzleData", ``, ``), status: 404, id: "api.process.action_not_found", props: of("admin", "resetKuzzleData")},

		{name: "load: body", call: by(load, `{"onExistingUsers":1}`, ``), status: 400, id: noBody},
		{name: "load: roles", call: by(load, `{"onExistingUsers":1}`, `{"roles":1,"users":1}`), status: 400, id: wrongType, props: of("body.roles", "object")},
		{name: "load: users", call: by(load, `{"onExistingUsers":1}`, `{"users":1}`), status: 400, id: wrongType, props: of("body.users", "object")},
		{name: "load: onExistingUsers type", call: by(load, `{"onExistingUsers":1}`, `{}`), status: 400, id: wrongType, props: of("onExistingUsers", "string")},
		{name: "load: onExistingUsers", call: by(load, `{"onExistingUsers":"x"}`, `{"users":{"me":{"content":{"profileIds":["default"]}}}}`), status: 400, id: unexpected},
		{name: "load: existing", call: by(load, ``, `{"roles":{"r":`+someRole+`},"users":{"me":{"content":{"profileIds":["default"]}}}}`), status: 400, id: "security.user.prevent_overwrite"},
		{name: "load: nothing was written", call: by("GET /roles/r", ``, ``), status: 404, id: noRole},
		{name: "load", call: by("POST /admin/_loadSecurities?onExistingUsers=skip", ``, `{
			"roles":{"r":`+someRole+`},"profiles":{"p":{"policies":[{"roleId":"r"}]}},
			"users":{"me":{"content":{"profileIds":["p"]}},"you":{"content":{"profileIds":["p"]},"credentials":{"local":{"username":"you","password":"correct horse"}}}}}`), want: `{"acknowledge":true}`},
		{name: "loaded", call: by("GET /users/you", ``, ``), want: `{"_source":{"profileIds":["p"]}}`},
		{name: "skipped", call: by("GET /users/me", ``, ``), want: `{"_source":{"profileIds":["default"]}}`},
		{name: "reset", call: by("POST /admin/_resetSecurity", ``, ``), want: `{"deletedUsers":2,"deletedProfiles":1,"deletedRoles":1}`},
		{name: "gone", call: by("GET /users/you", ``, ``), status: 404, id: noUser},
	})
}

func TestPasswordReset(t *testing.T) {
	b := newBench(t)
	b.login(t, "me", "default")
	b.must(t, by("PUT /roles/anonymous", ``, `{"controllers":{"auth":{"actions":{"login":true}},"kuzzle-plugin-auth-passport-local/password":{"actions":{"reset":true}}}}`))
	token := b.must(t, by("GET /_/password/resetToken/me", ``, ``))["resetToken"].(string)
	body := `{"token":"` + token + `","password":"another horse"}`
	b.check(t, scenario{call: call{To: "POST /_/password/reset", Body: `[]`}, status: 400, id: wrongType, props: of("body", "object")})
	got := b.must(t, call{To: "POST /_plugin/kuzzle-plugin-auth-passport-local/password/reset", Body: body})
	if jwt, _ := got["jwt"].(string); !strings.HasPrefix(jwt, "kauth-") {
		t.Errorf("a reset answered %v", got)
	}
	again := b.do(t, call{To: "POST /_/password/reset", Body: body})
	if again.Status/100 != 4 {
		t.Errorf("a reset token worked twice: %s", again.Text)
	}
	b.check(t, scenario{call: call{To: "POST /_login/local", Body: `{"username":"me","password":"another horse"}`}, want: `{"_id":"me"}`})
}
