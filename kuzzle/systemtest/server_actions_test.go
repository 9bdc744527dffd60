package systemtest

func serverTable() []scenario {
	const unexpected, wrongType = "api.assert.unexpected_argument", "api.assert.invalid_type"
	return []scenario{
		{name: "now", as: "limited", do: "server:now", want: `{"now":"<number>"}`},
		{name: "adminExists", as: "admin", do: "server:adminExists", want: `{"exists":true}`},
		{name: "publicApi", do: "server:publicApi", want: `{"auth":{"login":{"action":"login","controller":"auth","http":[{"path":"/_login/:strategy","url":"/_login/:strategy","verb":"GET"},{"path":"/_login/:strategy","url":"/_login/:strategy","verb":"POST"}]}},"user":{"create":"<any>"}}`},
		{name: "indexes", as: "admin", do: "index:list", want: `{"indexes":[]}`},
		{name: "collections", as: "admin", do: "collection:list", args: `{"index":"any"}`, want: `{"type":"all","collections":[]}`},
		{name: "collections of no index", as: "admin", do: "collection:list", status: 400, error: "api.assert.missing_argument", props: `["index"]`},
		{name: "info", as: "admin", do: "server:info", want: `{"serverInfo":{"kuzzle":{"version":"1.2.3-test","api":{"routes":{"security":"<any>"}},"memoryUsed":"<number>"},"services":{"internalStorage":{"type":"<text>"},"publicStorage":{"type":"<text>"}}}}`},
		{name: "capabilities", as: "admin", do: "server:capabilities", want: `{"version":"1.2.3-test","routes":"<any>","limits":{"documentsWriteCount":200},"services":{"storageEngine":{"backend":"<text>"}}}`},
		{name: "healthCheck", as: "admin", do: "server:healthCheck", want: `{"status":"green","services":{"internalCache":"green","memoryStorage":"green","storageEngine":"green"}}`},
		{name: "healthCheck of one", as: "admin", do: "server:healthCheck", args: `{"services":"storageEngine"}`, want: `{"status":"green","services":{"storageEngine":"green","memoryStorage":"<absent>"}}`},
		{name: "getConfig", as: "admin", do: "server:getConfig", want: `{"version":"1.2.3-test","application":{"name":"kuzzle"},"cluster":{"enabled":"<any>"},"limits":"<any>","http":"<any>","server":"<any>","security":"<absent>","masterKey":"<absent>","admin":"<absent>"}`},
		{name: "metrics", as: "admin", do: "server:metrics", want: `{"api":{"concurrentRequests":"<number>"},"network":{"connections":{"websocket":"<number>"}}}`},
		{name: "metrics, unknown format", as: "admin", do: "server:metrics", args: `{"format":"xml"}`, status: 400, error: unexpected},
		{name: "getStats", as: "admin", do: "server:getStats", args: `{"startTime":0}`, want: `{"hits":"<any>","total":"<number>"}`},
		{name: "getStats, time of the wrong type", as: "admin", do: "server:getStats", args: `{"startTime":"x"}`, status: 400, error: wrongType, props: `["startTime","integer"]`},
		{name: "examine", as: "admin", do: "server:examine", want: `{"findings":"<any>","schema":{"number":"<number>"},"at":"<number>"}`},
		{name: "examine without rights", as: "limited", do: "server:examine", status: 403, error: "security.rights.forbidden"},
		{name: "getCounters", as: "admin", do: "server:getCounters", want: `{"over":"hour","step":60000,"points":"<any>"}`},
		{name: "getCounters of a month", as: "admin", do: "server:getCounters", args: `{"over":"month"}`, want: `{"over":"month","step":21600000}`},
		{name: "getCounters of a year", as: "admin", do: "server:getCounters", args: `{"over":"year"}`, status: 400, error: "api.assert.unexpected_argument"},
		{name: "getCounters without rights", as: "limited", do: "server:getCounters", status: 403, error: "security.rights.forbidden"},
		{name: "getLastStats", as: "admin", do: "server:getLastStats", want: `{"timestamp":"<number>","completedRequests":"<any>"}`},
		{name: "getAllStats", as: "admin", do: "server:getAllStats", want: `{"hits":"<any>","total":"<number>"}`},
		{name: "openapi", do: "server:openapi", raw: true, want: `{"info":{"version":"1.2.3-test"},"paths":{"/users/{_id}":{"get":"<any>"}}}`},
		{name: "openapi, unknown scope", do: "server:openapi", args: `{"scope":"all"}`, status: 400, error: unexpected, props: `["all",["kuzzle","app","clerk"]]`},
	}
}

func loading() []scenario {
	const load = "admin:loadSecurities"
	const whole = `{"roles":{"lr":{"controllers":{"auth":{"actions":{"*":true}}}}},"profiles":{"lp":{"policies":[{"roleId":"lr"}]}},"users":{"lu":{"content":{"profileIds":["lp"]},"credentials":{"local":{"username":"lu","password":"$password"}}}}}`
	return []scenario{
		{name: "all at once", as: "admin", do: load, body: whole, want: `{"acknowledge":true,"acknowledged":true}`, events: []string{"role.created", "profile.created", "rights.granted", "user.created", "security.loaded"}},
		{name: "log in", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"lu","password":"$password"}`, want: `{"_id":"lu"}`, events: []string{"session.created"}},
		{name: "again", as: "admin", do: load, body: whole, status: 400, error: "security.user.prevent_overwrite"},
		{name: "again, skipping", as: "admin", do: load, args: `{"onExistingUsers":"skip"}`, body: whole, want: `{"acknowledge":true}`, events: []string{"role.updated", "profile.updated", "security.loaded"}},
		{name: "again, overwriting", as: "admin", do: load, args: `{"onExistingUsers":"overwrite"}`, body: whole, want: `{"acknowledge":true}`, events: []string{"role.updated", "profile.updated", "user.deleted", "user.created", "security.loaded"}},
		{name: "again, otherwise", as: "admin", do: load, args: `{"onExistingUsers":"what"}`, body: whole, status: 400, error: "api.assert.unexpected_argument"},
		{name: "a wrong user leaves nothing behind", as: "admin", do: load, body: `{"roles":{"nr":{"controllers":{"auth":{"actions":{"*":true}}}}},"users":{"nu":{"content":{"profileIds":["nope"]}}}}`, status: 404, error: "security.profile.not_found"},
		{name: "nothing", as: "admin", do: "security:getRole", args: `{"_id":"nr"}`, status: 404, error: "security.role.not_found"},
		{name: "a wrong role", as: "admin", do: load, body: `{"roles":{"nr":{}}}`, status: 400, error: "api.assert.empty_argument", props: `["nr.controllers"]`},
		{name: "a wrong profile", as: "admin", do: load, body: `{"profiles":{"np":{"policies":[{"roleId":"ghost"}]}}}`, status: 404, error: "security.role.not_found"},
	}
}

func resetting() []scenario {
	return []scenario{
		{name: "a digest", as: "admin", do: "digest:identify", body: `{"digest":"5f4dcc3b5aa765d61d8327deb882cf99"}`, want: `{"ambiguous":true,"candidates":[{"hasher":"md5","strength":"weak"},{"hasher":"wordpress"}]}`},
		{name: "no digest", as: "admin", do: "digest:identify", body: `{}`, status: 400, error: "api.assert.missing_argument", props: `["body.digest"]`},
		{name: "a cache that is not there", as: "admin", do: "admin:resetCache", args: `{"database":"nope"}`, status: 404, error: "services.cache.database_not_found", props: `["nope"]`},
		{name: "a cache that is always empty", as: "admin", do: "admin:resetCache", args: `{"database":"memoryStorage"}`, want: `{"acknowledge":true}`},
		{name: "a route to nothing", as: "admin", do: "admin:resetKuzzleData", status: 404, error: "api.process.action_not_found"},
		{name: "an action that is not there", as: "admin", do: "auth:fly", unknown: true, status: 404, error: "api.process.action_not_found", props: `["auth","fly"]`},
		{name: "a controller that is not there", as: "admin", do: "bird:fly", unknown: true, status: 404, error: "api.process.controller_not_found", props: `["bird"]`},
		{name: "the sessions", as: "admin", do: "admin:resetCache", args: `{"database":"internalCache"}`, want: `{"acknowledge":true}`, events: []string{"session.revoked"}},
		{name: "everybody is logged out", as: "user", do: "auth:getCurrentUser", status: 401, error: "security.token.invalid"},
		{name: "log in again", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"root","password":"$password"}`, keep: map[string]string{"admin": "result.jwt"}, events: []string{"session.created"}},
		{name: "everything", as: "admin", do: "admin:resetSecurity", want: `{"deletedUsers":3,"deletedProfiles":2,"deletedRoles":2}`, events: []string{"user.deleted", "user.deleted", "user.deleted", "role.updated", "role.updated", "role.updated", "profile.updated", "profile.updated", "profile.updated", "security.reset"}},
		{name: "the caller too", as: "admin", do: "auth:getCurrentUser", status: 401, error: "security.token.invalid"},
		{name: "nobody logs in", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"root","password":"$password"}`, status: 401, error: "plugin.strategy.missing_user", events: []string{"session.refused"}},
	}
}
