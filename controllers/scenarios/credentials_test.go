package scenarios

import "testing"

const (
	noCredentials   = "security.credentials.not_found"
	haveCredentials = "security.credentials.already_exist"
)

func TestCredentials(t *testing.T) {
	b := newBench(t)
	b.must(t, by("security:createUser", `{"_id":"u"}`, plain))
	const create, update, check = "security:createCredentials", "security:updateCredentials", "security:validateCredentials"
	jdoe := `{"username":"jdoe","password":"correct horse"}`
	run(t, b, []scenario{
		{name: "create: _id", call: by(create, ``, ``), status: 400, id: missing, props: of("_id")},
		{name: "create: body", call: by(create, `{"_id":"nope"}`, ``), status: 400, id: noBody},
		{name: "create: strategy", call: by(create, `{"_id":"nope"}`, `{}`), status: 400, id: missing, props: of("strategy")},
		{name: "create: unknown strategy", call: by(create, `{"_id":"nope","strategy":"nope"}`, `{}`), status: 400, id: unknownStrategy, props: of("nope")},
		{name: "create: user", call: by(create, `{"_id":"nope","strategy":"local"}`, `{}`), status: 404, id: noUser},
		{name: "create: judged", call: by(create, `{"_id":"u","strategy":"local"}`, `{}`), status: 400, id: "plugin.kuzzle-plugin-auth-passport-local.missing_field"},
		{name: "update: none yet", call: by("PUT /credentials/local/u/_update", ``, `{"password":"other horse"}`), status: 412, id: noCredentials},
		{name: "get: none yet", call: by("GET /credentials/local/u", ``, ``), status: 412, id: noCredentials},
		{name: "has: none yet", call: by("GET /credentials/local/u/_exists", ``, ``), want: `false`},
		{name: "create", call: by("POST /credentials/local/u/_create", ``, jdoe), want: `{"username":"jdoe"}`, forbidden: "horse"},
		{name: "create: exist", call: by("POST /credentials/local/u/_create", ``, jdoe), status: 412, id: haveCredentials},

		{name: "update: _id", call: by(update, ``, ``), status: 400, id: missing, props: of("_id")},
		{name: "update: body", call: by(update, `{"_id":"u"}`, ``), status: 400, id: noBody},
		{name: "update: strategy", call: by(update, `{"_id":"u"}`, `{}`), status: 400, id: missing, props: of("strategy")},
		{name: "update: nothing", call: by(update, `{"_id":"u","strategy":"local"}`, `{}`), status: 400, id: "plugin.kuzzle-plugin-auth-passport-local.nothing_given"},
		{name: "update the password", call: by("PUT /credentials/local/u/_update", ``, `{"password":"other horse"}`), want: `{"username":"jdoe","kuid":"u"}`, forbidden: "horse"},

		{name: "validate: strategy", call: by(check, ``, ``), status: 400, id: missing, props: of("strategy")},
		{name: "validate: unknown strategy", call: by(check, `{"strategy":"nope"}`, ``), status: 400, id: unknownStrategy},
		{name: "validate: body", call: by(check, `{"strategy":"local"}`, ``), status: 400, id: noBody},
		{name: "validate: nobody", call: by(check, `{"strategy":"local"}`, `{"username":"new","password":"open sesame"}`), want: `true`},
		{name: "validate: taken", call: by("POST /credentials/local/other/_validate", ``, jdoe), status: 412, id: "security.credentials.identifier_taken"},

		{name: "has: _id", call: by("security:hasCredentials", ``, ``), status: 400, id: missing, props: of("_id")},
		{name: "has: strategy", call: by("security:hasCredentials", `{"_id":"u"}`, ``), status: 400, id: missing, props: of("strategy")},
		{name: "has: unknown strategy", call: by("GET /credentials/nope/u/_exists", ``, ``), status: 400, id: unknownStrategy},
		{name: "has", call: by("GET /credentials/local/u/_exists", ``, ``), want: `true`},
		{name: "has: nobody", call: by("GET /credentials/local/nope/_exists", ``, ``), want: `false`},
		{name: "get", call: by("GET /credentials/local/u", ``, ``), want: `{"username":"jdoe","kuid":"u"}`, forbidden: "argon2"},
		{name: "get: unknown strategy", call: by("GET /credentials/nope/u", ``, ``), status: 400, id: unknownStrategy},
		{name: "by identifier", call: by("GET /credentials/local/jdoe/_byId", ``, ``), want: `{"username":"jdoe","kuid":"u"}`, forbidden: "argon2"},
		{name: "by an unknown identifier", call: by("GET /credentials/local/nope/_byId", ``, ``), status: 412, id: noCredentials},
		{name: "fields", call: by("GET /credentials/local/_fields", ``, ``), want: `["username","password"]`},
		{name: "fields: unknown strategy", call: by("GET /credentials/nope/_fields", ``, ``), status: 400, id: unknownStrategy},
		{name: "all fields", call: by("GET /credentials/_fields", ``, ``), want: `{"local":["username","password"]}`},
		{name: "strategies of the user", call: by("GET /users/u/_strategies", ``, ``), want: `{"strategies":["local"],"total":1}`},
		{name: "search", call: by("POST /credentials/local/users/_search", ``, `{"query":{"term":{"username":"jdoe"}}}`), want: `{"hits":[{"username":"jdoe","kuid":"u"}],"total":1}`},
		{name: "search for a secret", call: by("POST /credentials/local/users/_search", ``, `{"query":{"term":{"userPassword":"x"}}}`), status: 403, id: "security.credentials.forbidden_field"},
		{name: "search by kuid", call: by("POST /credentials/local/users/_search", ``, `{"query":{"term":{"kuid":"u"}}}`), status: 403, id: "security.credentials.forbidden_field"},
		{name: "search: strategy", call: by("security:searchUsersByCredentials", `{"lang":"x"}`, ``), status: 400, id: missing, props: of("strategy")},
		{name: "search: lang", call: by("security:searchUsersByCredentials", `{"strategy":"nope","lang":"x","from":"x"}`, ``), status: 400, id: badValue, props: of("lang", "elasticsearch or koncorde")},
		{name: "search: from", call: by("security:searchUsersByCredentials", `{"strategy":"nope","from":"x","size":"x"}`, ``), status: 400, id: wrongType, props: of("from", "integer")},
		{name: "search: unknown strategy", call: by("security:searchUsersByCredentials", `{"strategy":"nope","size":99999}`, ``), status: 400, id: unknownStrategy},
		{name: "search: size", call: by("security:searchUsersByCredentials", `{"strategy":"local","size":99999}`, ``), status: 413, id: "services.storage.get_limit_exceeded"},

		{name: "delete: _id", call: by("security:deleteCredentials", ``, ``), status: 400, id: missing, props: of("_id")},
		{name: "delete", call: by("DELETE /credentials/local/u", ``, ``), want: `{"acknowledged":true}`},
		{name: "delete: none left", call: by("DELETE /credentials/local/u", ``, ``), status: 412, id: noCredentials},
		{name: "no login left", call: call{To: "POST /_login/local", Body: jdoe}, status: 401, id: "plugin.strategy.missing_user"},
	})
}

func TestMyCredentials(t *testing.T) {
	b := newBench(t)
	b.must(t, by("PUT /roles/default", ``, `{"controllers":{"auth":{"actions":{"*":true}}}}`))
	me := b.login(t, "me", "default")
	mine := func(to, args, body string) call { return call{As: me, To: to, Args: args, Body: body} }
	const create, update, check = "auth:createMyCredentials", "auth:updateMyCredentials", "auth:validateMyCredentials"
	run(t, b, []scenario{
		{name: "anonymous", call: call{To: "auth:createMyCredentials"}, status: 401, id: "security.rights.unauthorized"},
		{name: "anonymous with every right", call: call{As: operator, To: "security:updateRole", Args: `{"_id":"anonymous"}`, Body: `{"controllers":{"*":{"actions":{"*":true}}}}`}},
		{name: "anonymous: create", call: call{To: create}, status: 401, id: "security.rights.unauthorized", props: of("auth", "createMyCredentials")},
		{name: "anonymous: exist", call: call{To: "auth:credentialsExist"}, status: 401, id: "security.rights.unauthorized"},
		{name: "create: strategy", call: mine(create, ``, ``), status: 400, id: missing, props: of("strategy")},
		{name: "create: body", call: mine(create, `{"strategy":"nope"}`, ``), status: 400, id: noBody},
		{name: "create: unknown strategy", call: mine(create, `{"strategy":"nope"}`, `{}`), status: 400, id: unknownStrategy},
		{name: "create: exist", call: mine("POST /_me/credentials/local/_create", ``, `{"username":"me2","password":"open sesame"}`), status: 412, id: haveCredentials},
		{name: "update: strategy", call: mine(update, ``, ``), status: 400, id: missing, props: of("strategy")},
		{name: "update: body", call: mine(update, `{"strategy":"nope"}`, ``), status: 400, id: noBody},
		{name: "update", call: mine("PUT /_me/credentials/local/_update", ``, `{"username":"me2"}`), want: `{"username":"me2"}`},
		{name: "update over the older route", call: mine("PUT /credentials/local/_me/_update", ``, `{"password":"new horse"}`), want: `{"username":"me2","kuid":"me"}`},
		{name: "the own session survives", call: mine("GET /_me", ``, ``), want: `{"_id":"me","strategies":["local"]}`},
		{name: "validate: strategy", call: mine(check, ``, ``), status: 400, id: missing, props: of("strategy")},
		{name: "validate: body", call: mine(check, `{"strategy":"nope"}`, ``), status: 400, id: noBody},
		{name: "validate", call: mine("POST /_me/credentials/local/_validate", ``, `{"username":"me3","password":"open sesame"}`), want: `true`},
		{name: "exist: strategy", call: mine("auth:credentialsExist", ``, ``), status: 400, id: missing, props: of("strategy")},
		{name: "exist", call: mine("GET /credentials/local/_me/_exists", ``, ``), want: `true`},
		{name: "get", call: mine("GET /_me/credentials/local", ``, ``), want: `{"username":"me2","kuid":"me"}`, forbidden: "argon2"},
		{name: "get: unknown strategy", call: mine("GET /_me/credentials/nope", ``, ``), status: 400, id: unknownStrategy},
		{name: "delete", call: mine("DELETE /_me/credentials/local", ``, ``), want: `{"acknowledged":true}`},
		{name: "exist: none left", call: mine("GET /_me/credentials/local/_exists", ``, ``), want: `false`},
		{name: "delete: none left", call: mine("DELETE /_me/credentials/local", ``, ``), status: 412, id: noCredentials},
	})
}

func TestAPIKeys(t *testing.T) {
	b := newBench(t)
	b.must(t, by("PUT /roles/default", ``, `{"controllers":{"auth":{"actions":{"*":true}}}}`))
	me := b.login(t, "me", "default")
	mine := func(to, args, body string) call { return call{As: me, To: to, Args: args, Body: body} }
	const create, search = "security:createApiKey", "security:searchApiKeys"
	run(t, b, []scenario{
		{name: "anonymous", call: call{To: "auth:createApiKey"}, status: 401, id: "security.rights.unauthorized"},
		{name: "mine: _id", call: mine("auth:createApiKey", `{"_id":1}`, ``), status: 400, id: wrongType, props: of("_id", "string")},
		{name: "mine: body", call: mine("auth:createApiKey", ``, ``), status: 400, id: noBody},
		{name: "mine: description", call: mine("auth:createApiKey", `{"expiresIn":0}`, `{}`), status: 400, id: missing, props: of("body.description")},
		{name: "mine: description type", call: mine("auth:createApiKey", `{"expiresIn":0}`, `{"description":1}`), status: 400, id: wrongType, props: of("body.description", "string")},
		{name: "mine: expiresIn", call: mine("auth:createApiKey", `{"expiresIn":0}`, `{"description":"d"}`), status: 400, id: badValue},
		{name: "mine", call: mine("auth:createApiKey", `{"_id":"k1"}`, `{"description":"sensor"}`),
			want: `{"_id":"k1","_source":{"userId":"me","description":"sensor","expiresAt":-1,"ttl":-1,"fingerprint":"<any>","token":"<any>","_kuzzle_info":{"author":"me"}}}`},
		{name: "mine: exists", call: mine("POST /api-keys/_create?_id=k1", ``, `{"description":"d"}`), status: 400, id: "services.storage.document_already_exists"},
		{name: "mine: search", call: mine("POST /api-keys/_search", ``, `{}`), want: `{"hits":[{"_id":"k1","_source":{"userId":"me","fingerprint":"<any>"}}],"total":1}`, forbidden: "token"},
		{name: "theirs: userId", call: by(create, ``, ``), status: 400, id: missing, props: of("userId")},
		{name: "theirs: userId type", call: by(create, `{"userId":1}`, ``), status: 400, id: wrongType, props: of("userId", "string")},
		{name: "theirs: _id", call: by(create, `{"userId":"nope","_id":1}`, ``), status: 400, id: wrongType, props: of("_id", "string")},
		{name: "theirs: description", call: by(create, `{"userId":"nope"}`, `{}`), status: 400, id: missing, props: of("body.description")},
		{name: "theirs: user", call: by(create, `{"userId":"nope","expiresIn":0}`, `{"description":"d"}`), status: 404, id: noUser},
		{name: "theirs: expiresIn", call: by(create, `{"userId":"me","expiresIn":"soon"}`, `{"description":"d"}`), status: 400, id: badValue},
		{name: "theirs", call: by("POST /users/me/api-keys/_create?_id=k2&expiresIn=1h", ``, `{"description":"gate"}`), want: `{"_id":"k2","_source":{"userId":"me","ttl":3600000,"_kuzzle_info":{"author":"operator"}}}`},
		{name: "search: userId", call: by(search, `{"lang":"x"}`, ``), status: 400, id: missing, props: of("userId")},
		{name: "search", call: by("POST /users/me/api-keys/_search", ``, `{"match":{"description":"gate"}}`), want: `{"hits":[{"_id":"k2"}],"total":1}`},
		{name: "search by koncorde", call: by("POST /users/me/api-keys/_search?lang=koncorde", ``, `{"equals":{"userId":"me"}}`), want: `{"total":2}`},
		{name: "search: page", call: by("POST /users/me/api-keys/_search?size=1", ``, ``), want: `{"hits":["<any>"],"total":2}`},
		{name: "search: size", call: by("POST /users/me/api-keys/_search?size=99999", ``, ``), status: 413, id: "services.storage.get_limit_exceeded"},
		{name: "delete: userId", call: by("security:deleteApiKey", ``, ``), status: 400, id: missing, props: of("userId")},
		{name: "delete: _id", call: by("security:deleteApiKey", `{"userId":"me"}`, ``), status: 400, id: missing, props: of("_id")},
		{name: "delete: another's", call: by("DELETE /users/other/api-keys/k2", ``, ``), status: 404, id: "services.storage.not_found"},
		{name: "delete", call: by("DELETE /users/me/api-keys/k2", ``, ``), want: `{"_id":"k2"}`},
		{name: "mine: delete: _id", call: mine("auth:deleteApiKey", ``, ``), status: 400, id: missing, props: of("_id")},
		{name: "mine: delete: unknown", call: mine("DELETE /api-keys/k2", ``, ``), status: 404, id: "services.storage.not_found"},
		{name: "mine: delete", call: mine("DELETE /api-keys/k1", ``, ``), want: `{"_id":"k1"}`},
	})
	key := b.must(t, mine("auth:createApiKey", ``, `{"description":"d"}`))["_source"].(map[string]any)["token"].(string)
	b.check(t, scenario{call: call{As: key, To: "GET /_me"}, want: `{"_id":"me"}`})
	b.check(t, scenario{call: call{As: key, To: "POST /_refreshToken"}, status: 401, id: "security.token.refresh_forbidden"})
}
