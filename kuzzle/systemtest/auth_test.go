package systemtest

func sessions() []scenario {
	const missing, wrongType, badArgument = "api.assert.missing_argument", "api.assert.invalid_type", "api.assert.invalid_argument"
	const local, login, right = `{"strategy":"local"}`, "auth:login", `{"username":"user","password":"$password"}`
	refused := []string{"session.refused"}
	opened := []string{"session.created"}
	return []scenario{
		{name: "login", do: login, args: local, body: right, want: `{"_id":"user","expiresAt":"<number>","jwt":"<text>","ttl":3600000}`, events: opened, keep: map[string]string{"one": "result.jwt"}},
		{name: "login for a while", do: login, args: `{"strategy":"local","expiresIn":"2 days"}`, body: right, want: `{"ttl":172800000}`, events: opened},
		{name: "login for milliseconds", do: login, args: `{"strategy":"local","expiresIn":60000}`, body: right, want: `{"ttl":60000}`, events: opened},
		{name: "login for ever", do: login, args: `{"strategy":"local","expiresIn":"-1"}`, body: right, want: `{"ttl":-1,"expiresAt":-1}`, events: opened, keep: map[string]string{"infinite": "result.jwt"}},
		{name: "login, expiresIn empty", do: login, args: `{"strategy":"local","expiresIn":""}`, body: right, want: `{"ttl":3600000}`, events: opened},
		{name: "login, unknown strategy", do: login, args: `{"strategy":"nope","expiresIn":"x"}`, body: right, status: 400, error: noStrategy, props: `["nope"]`},
		{name: "login, time that is none", do: login, args: `{"strategy":"local","expiresIn":"1h30m"}`, body: right, status: 400, error: badArgument, props: `["expiresIn","<any>"]`},
		{name: "login, no time", do: login, args: `{"strategy":"local","expiresIn":"0"}`, body: right, status: 400, error: badArgument, props: `["expiresIn","<any>"]`},
		{name: "login, wrong password", do: login, args: local, body: `{"username":"user","password":"wrong"}`, status: 401, error: "plugin.strategy.missing_user", events: refused, lacks: []string{"wrong\""}},
		{name: "login, unknown user", do: login, args: local, body: `{"username":"ghost","password":"$password"}`, status: 401, error: "plugin.strategy.missing_user", events: refused},
		{name: "login, no password", do: login, args: local, body: `{"username":"user"}`, status: 401, error: "plugin.strategy.missing_user", events: refused},
		{name: "login, nothing", do: login, args: local, body: `{}`, status: 401, error: "plugin.strategy.missing_user", events: refused},
		{name: "login, a name that is a number", do: login, args: local, body: `{"username":7,"password":"x"}`, status: 400, error: "plugin.kuzzle-plugin-auth-passport-local.wrong_type", events: refused},
		{name: "login with a bad token", as: "broken", do: login, args: local, body: right, status: 401, error: "security.token.invalid"},
		{name: "login by arguments", only: "websocket", do: login, args: `{"strategy":"local","username":"user","password":"$password"}`, want: `{"_id":"user"}`, events: opened},

		{name: "checkToken", as: "one", do: "auth:checkToken", body: `{"token":"$one"}`, want: `{"valid":true,"kuid":"user","expiresAt":"<number>"}`},
		{name: "checkToken, none", do: "auth:checkToken", body: `{}`, want: `{"valid":true,"kuid":"-1","expiresAt":null}`},
		{name: "checkToken, empty", do: "auth:checkToken", body: `{"token":""}`, want: `{"valid":true,"kuid":"-1","expiresAt":null}`},
		{name: "checkToken, no body", do: "auth:checkToken", want: `{"valid":true,"kuid":"-1"}`},
		{name: "checkToken, invalid", do: "auth:checkToken", body: `{"token":"kauth-nope"}`, want: `{"valid":false,"state":"<text>","kuid":"<absent>"}`},
		{name: "checkToken, infinite", do: "auth:checkToken", body: `{"token":"$infinite"}`, want: `{"valid":true,"expiresAt":-1}`},
		{name: "checkToken, a number", do: "auth:checkToken", body: `{"token":1}`, status: 400, error: wrongType, props: `["body.token","string"]`},

		{name: "createToken", as: "one", do: "auth:createToken", args: `{"expiresIn":"1m"}`, want: `{"token":"<text>","expiresAt":"<number>","ttl":60000,"singleUse":false}`, events: opened},
		{name: "createToken for one use", as: "one", do: "auth:createToken", args: `{"singleUse":true}`, want: `{"singleUse":true,"ttl":"<number>"}`, events: opened, keep: map[string]string{"once": "result.token"}},
		{name: "used once", as: "once", do: "auth:getCurrentUser", want: `{"_id":"user"}`},
		{name: "used twice", as: "once", do: "auth:getCurrentUser", status: 401, error: "security.token.invalid"},
		{name: "createToken, for ever", as: "one", do: "auth:createToken", args: `{"expiresIn":"-1"}`, status: 400, error: "security.token.invalid_expiration"},
		{name: "createToken, no time", as: "one", do: "auth:createToken", args: `{"expiresIn":"abc"}`, status: 400, error: badArgument, props: `["expiresIn","<any>"]`},

		{name: "refreshToken", as: "one", do: "auth:refreshToken", args: `{"expiresIn":"2h"}`, want: `{"_id":"user","ttl":7200000,"jwt":"<text>"}`, events: opened, keep: map[string]string{"two": "result.jwt"}},
		{name: "refreshed already", as: "one", do: "auth:refreshToken", status: 401, error: "security.token.invalid"},
		{name: "the new one works", as: "two", do: "auth:getCurrentUser", want: `{"_id":"user"}`},
		{name: "refresh what is infinite", as: "infinite", do: "auth:refreshToken", status: 401, error: "security.token.refresh_forbidden"},
		{name: "refresh with a strategy that cannot", as: "two", do: "auth:refreshToken", args: `{"strategy":"nope"}`, status: 401, error: "security.token.refresh_forbidden", lacks: []string{"$two"}},

		{name: "getCurrentUser", as: "two", do: "auth:getCurrentUser", want: `{"_id":"user","_source":{"profileIds":["user"]},"strategies":["local"]}`},
		{name: "getCurrentUser as nobody", do: "auth:getCurrentUser", want: `{"_id":"-1","_source":{"name":"Anonymous"},"strategies":[[]]}`},
		{name: "getMyRights", as: "two", do: "auth:getMyRights", want: `{"hits":[{"controller":"auth","action":"*","index":"*","collection":"*","value":"allowed"}],"total":1}`},
		{name: "getStrategies", as: "two", do: "auth:getStrategies", want: `["local","backup-code","digest-import","external","ticket","totp"]`},
		{name: "checkRights", as: "two", do: "auth:checkRights", body: `{"controller":"auth","action":"logout"}`, want: `{"allowed":true}`},
		{name: "checkRights, denied", as: "two", do: "auth:checkRights", body: `{"controller":"user","action":"get"}`, want: `{"allowed":false}`},
		{name: "checkRights without an action", as: "two", do: "auth:checkRights", body: `{"controller":"auth","action":1}`, status: 400, error: missing, props: `["body.action"]`},

		{name: "own sessions", as: "two", do: "auth:getSessions", want: `{"total":"<number>"}`},
		{name: "end a session that is none", as: "two", do: "auth:deleteSession", args: `{"_id":"nope"}`, status: 404, error: "services.storage.not_found"},
		{name: "a third session", do: login, args: local, body: right, events: opened, keep: map[string]string{"three": "result.jwt"}},
		{name: "logout", as: "three", do: "auth:logout", want: `{"acknowledged":true}`, events: []string{"session.revoked"}},
		{name: "logged out", as: "three", do: "auth:getCurrentUser", status: 401, error: "security.token.invalid"},
		{name: "logout, global neither true nor false", only: "http", as: "two", do: "auth:logout", args: `{"global":"x"}`, status: 400, error: wrongType, props: `["global","boolean"]`},
		{name: "logout everywhere", as: "two", do: "auth:logout", args: `{"global":true}`, want: `{"acknowledged":true}`, events: []string{"session.revoked"}},
		{name: "everywhere", as: "infinite", do: "auth:getCurrentUser", status: 401, error: "security.token.invalid"},
	}
}

func self() []scenario {
	return []scenario{
		{name: "update", as: "user", do: "auth:updateSelf", body: `{"a":{"b":1}}`, want: `{"_id":"user","_version":2,"_source":{"profileIds":["user"],"a":{"b":1},"_kuzzle_info":{"updater":"user"}}}`, events: []string{"user.updated"}},
		{name: "update, deeper", as: "user", do: "auth:updateSelf", body: `{"a":{"c":2},"profileIds":null,"_id":""}`, want: `{"_version":3,"_source":{"a":{"b":1,"c":2},"profileIds":["user"]}}`, events: []string{"user.updated"}},
		{name: "profiles are not one's own", as: "user", do: "auth:updateSelf", args: `{"retryOnConflict":"x"}`, body: `{"profileIds":["admin"]}`, status: 400, error: "api.assert.invalid_type", props: `["retryOnConflict","integer"]`},
		{name: "profiles", as: "user", do: "auth:updateSelf", body: `{"profileIds":["admin"]}`, status: 400, error: "api.assert.forbidden_argument", props: `["body.profileIds"]`},
		{name: "_id before profiles", as: "user", do: "auth:updateSelf", body: `{"profileIds":["admin"],"_id":"x"}`, status: 400, error: "api.assert.forbidden_argument", props: `["body._id"]`},
		{name: "no body", as: "user", do: "auth:updateSelf", status: 400, error: "api.assert.body_required"},
	}
}

func keys() []scenario {
	const missing, wrongType, noBody, badArgument = "api.assert.missing_argument", "api.assert.invalid_type", "api.assert.body_required", "api.assert.invalid_argument"
	const made = `{"_id":"k1","_source":{"userId":"user","description":"d","expiresAt":-1,"ttl":-1,"fingerprint":"<text>","token":"<text>","_kuzzle_info":{"author":"user","createdAt":"<number>","updatedAt":null,"updater":null}}}`
	return []scenario{
		{name: "own", as: "user", do: "auth:createApiKey", args: `{"_id":"k1"}`, body: `{"description":"d"}`, want: made, events: []string{"apikey.created"}, keep: map[string]string{"key": "result._source.token", "fingerprint": "result._source.fingerprint"}},
		{name: "own, with an end", as: "user", do: "auth:createApiKey", args: `{"expiresIn":"1h"}`, body: `{"description":"e"}`, want: `{"_id":"<text>","_source":{"ttl":3600000}}`, events: []string{"apikey.created"}},
		{name: "own, existing", as: "user", do: "auth:createApiKey", args: `{"_id":"k1"}`, body: `{"description":"d"}`, status: 400, error: "services.storage.document_already_exists"},
		{name: "own, no time", as: "user", do: "auth:createApiKey", args: `{"expiresIn":"abc"}`, body: `{"description":"d"}`, status: 400, error: badArgument, props: `["expiresIn","<any>"]`},
		{name: "the key is the user", as: "key", do: "auth:getCurrentUser", want: `{"_id":"user"}`},
		{name: "a key is not refreshed", as: "key", do: "auth:refreshToken", status: 401, error: "security.token.refresh_forbidden"},
		{name: "a key survives logging out", as: "key", do: "auth:logout", want: `{"acknowledged":true}`},
		{name: "it does", as: "key", do: "auth:getCurrentUser", want: `{"_id":"user"}`},
		{name: "find own", as: "user", do: "auth:searchApiKeys", want: `{"total":2,"hits":["<has>",{"_id":"k1","_source":{"userId":"user","description":"d","fingerprint":"<text>","token":"<absent>","_kuzzle_info":"<absent>"}}]}`},
		{name: "the total is the real one", as: "user", do: "auth:searchApiKeys", args: `{"size":1}`, want: `{"total":2,"hits":["<has>"]}`},
		{name: "find by fingerprint", as: "user", do: "auth:searchApiKeys", body: `{"term":{"fingerprint":"$fingerprint"}}`, want: `{"total":1,"hits":[{"_id":"k1"}]}`},
		{name: "find by Koncorde", as: "user", do: "auth:searchApiKeys", args: `{"lang":"koncorde"}`, body: `{"equals":{"fingerprint":"$fingerprint"}}`, want: `{"total":1}`},
		{name: "find, unknown language", as: "user", do: "auth:searchApiKeys", args: `{"lang":"sql"}`, status: 400, error: badArgument, props: `["lang","<any>"]`},
		{name: "find, size of the wrong type", as: "user", do: "auth:searchApiKeys", args: `{"size":"x"}`, status: 400, error: wrongType, props: `["size","integer"]`},

		{name: "for another", as: "admin", do: "security:createApiKey", args: `{"userId":"user","_id":"k2"}`, body: `{"description":"d2"}`, want: `{"_id":"k2","_source":{"userId":"user","_kuzzle_info":{"author":"root"}}}`, events: []string{"apikey.created"}},
		{name: "for another, no body", as: "admin", do: "security:createApiKey", args: `{"userId":"ghost"}`, status: 400, error: noBody},
		{name: "for one unknown", as: "admin", do: "security:createApiKey", args: `{"userId":"ghost","expiresIn":"abc"}`, body: `{"description":"d"}`, status: 404, error: "security.user.not_found"},
		{name: "find another's", as: "admin", do: "security:searchApiKeys", args: `{"userId":"user"}`, body: `{"match":{"description":"d2"}}`, want: `{"total":1,"hits":[{"_id":"k2"}]}`},
		{name: "find an unknown one's", as: "admin", do: "security:searchApiKeys", args: `{"userId":"ghost"}`, want: `{"total":0,"hits":[]}`},
		{name: "find without userId", as: "admin", do: "security:searchApiKeys", status: 400, error: missing, props: `["userId"]`},
		{name: "delete another's as own", as: "admin", do: "auth:deleteApiKey", args: `{"_id":"k1"}`, status: 404, error: "services.storage.not_found"},
		{name: "delete own", as: "user", do: "auth:deleteApiKey", args: `{"_id":"k1"}`, want: `{"_id":"k1"}`, events: []string{"apikey.deleted"}},
		{name: "the key is worth nothing", as: "key", do: "auth:getCurrentUser", status: 401, error: "security.token.invalid"},
		{name: "delete own again", as: "user", do: "auth:deleteApiKey", args: `{"_id":"k1"}`, status: 404, error: "services.storage.not_found"},
		{name: "delete another's, of whom it is not", as: "admin", do: "security:deleteApiKey", args: `{"userId":"limited","_id":"k2"}`, status: 404, error: "services.storage.not_found"},
		{name: "delete another's", as: "admin", do: "security:deleteApiKey", args: `{"userId":"user","_id":"k2"}`, want: `{"_id":"k2"}`, events: []string{"apikey.deleted"}},
	}
}

func passwords() []scenario {
	const plugin = "plugin.kuzzle-plugin-auth-passport-local."
	const get, request, reset, noBody = passwordController + ":getResetPasswordToken", passwordController + ":requestReset", passwordController + ":reset", "api.assert.body_required"
	return []scenario{
		{name: "a token", as: "admin", do: get, args: `{"_id":"user"}`, want: `{"resetToken":"<text>"}`, keep: map[string]string{"reset": "result.resetToken"}, events: []string{"flow.created"}},
		{name: "for one unknown", as: "admin", do: get, args: `{"_id":"ghost"}`, status: 400, error: plugin + "unknown_user"},
		{name: "for nobody", as: "admin", do: get, status: 400, error: "api.assert.missing_argument", props: `["_id"]`},
		{name: "a test mail", as: "admin", do: "settings:testMail", body: `{"to":"jane@example.com"}`, want: `{"sent":true,"problem":"<absent>"}`},
		{name: "a token by mail", as: "admin", do: request, body: `{"username":"user"}`, want: `{"requested":true}`},
		{name: "a token by mail without a body", as: "admin", do: request, status: 400, error: noBody},
		{name: "a token by mail for nobody", as: "admin", do: request, body: `{}`, status: 400, error: missingField, props: `["username"]`},
		{name: "reset without a body", as: "admin", do: reset, status: 400, error: noBody},
		{name: "reset without a password", as: "admin", do: reset, body: `{"token":"x"}`, status: 400, error: missingField, props: `["password"]`},
		{name: "reset to blanks", as: "admin", do: reset, body: `{"password":"  ","token":"x"}`, status: 400, error: missingField, props: `["password"]`},
		{name: "reset to a number", as: "admin", do: reset, body: `{"password":1}`, status: 400, error: plugin + "wrong_type", props: `["password"]`},
		{name: "reset without a token", as: "admin", do: reset, body: `{"password":"$password 3"}`, status: 400, error: missingField, props: `["token"]`},
		{name: "reset with a token nobody made", as: "admin", do: reset, body: `{"password":"$password 3","token":"x"}`, status: 400, error: plugin + "invalid_token"},
		{name: "reset", as: "admin", do: reset, body: `{"password":"$password 3","token":"$reset"}`, want: `{"_id":"user","jwt":"<text>","ttl":3600000,"expiresAt":"<number>"}`, keep: map[string]string{"fresh": "result.jwt"}, events: []string{"password.reset", "session.created"}},
		{name: "reset twice", as: "admin", do: reset, body: `{"password":"$password 4","token":"$reset"}`, status: 400, error: plugin + "invalid_token"},
		{name: "earlier sessions have ended", as: "user", do: "auth:getCurrentUser", status: 401, error: "security.token.invalid"},
		{name: "the new one works", as: "fresh", do: "auth:getCurrentUser", want: `{"_id":"user"}`},
		{name: "the new password too", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"user","password":"$password 3"}`, events: []string{"session.created"}},
	}
}
