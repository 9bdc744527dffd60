package systemtest

const (
	missingField   = "plugin.kuzzle-plugin-auth-passport-local.missing_field"
	forbiddenField = "plugin.kuzzle-plugin-auth-passport-local.forbidden_field"
	taken          = "security.credentials.identifier_taken"
	noCredentials  = "security.credentials.not_found"
	noStrategy     = "security.credentials.unknown_strategy"
)

func credentials() []scenario {
	const missing = "api.assert.missing_argument"
	const of, nope, ghost = `{"_id":"bare","strategy":"local"}`, `{"_id":"bare","strategy":"nope"}`, `{"_id":"ghost","strategy":"local"}`
	return []scenario{
		{name: "somebody without any", as: "admin", do: "security:createUser", args: `{"_id":"bare"}`, body: `{"content":{"profileIds":["user"]}}`, events: []string{"rights.granted", "user.created"}},
		{name: "has none", as: "admin", do: "security:hasCredentials", args: of, want: `false`},
		{name: "get, none", as: "admin", do: "security:getCredentials", args: of, status: 412, error: noCredentials},
		{name: "update, none", as: "admin", do: "security:updateCredentials", args: of, body: `{"password":"$password"}`, status: 412, error: noCredentials},
		{name: "delete, none", as: "admin", do: "security:deleteCredentials", args: of, status: 412, error: noCredentials},

		{name: "create, unknown strategy before unknown user", as: "admin", do: "security:createCredentials", args: `{"_id":"ghost","strategy":"nope"}`, body: `{"a":1}`, status: 400, error: noStrategy, props: `["nope"]`},
		{name: "create, unknown user before wrong credentials", as: "admin", do: "security:createCredentials", args: ghost, body: `{"username":1}`, status: 404, error: "security.user.not_found"},
		{name: "create, a name taken before a password missing", as: "admin", do: "security:createCredentials", args: of, body: `{"username":"USER"}`, status: 412, error: taken},
		{name: "create, no password", as: "admin", do: "security:createCredentials", args: of, body: `{"username":"bare"}`, status: 400, error: missingField, props: `["password"]`},
		{name: "create, kuid sent", as: "admin", do: "security:createCredentials", args: of, body: `{"kuid":"root","username":"bare","password":"$password"}`, status: 400, error: forbiddenField},
		{name: "create", as: "admin", do: "security:createCredentials", args: of, body: `{"username":"Bare","password":"$password"}`, want: `{"username":"Bare","kuid":"<absent>"}`, events: []string{"credentials.created"}},
		{name: "create again", as: "admin", do: "security:createCredentials", args: of, body: `{"username":"bare2","password":"$password"}`, status: 412, error: "security.credentials.already_exist"},
		{name: "has", as: "admin", do: "security:hasCredentials", args: of, want: `true`},
		{name: "has, unknown user", as: "admin", do: "security:hasCredentials", args: ghost, want: `false`},
		{name: "has, unknown strategy", as: "admin", do: "security:hasCredentials", args: nope, status: 400, error: noStrategy},
		{name: "get", as: "admin", do: "security:getCredentials", args: of, want: `{"username":"Bare","kuid":"bare","password":"<absent>"}`},
		{name: "get without a strategy", as: "admin", do: "security:getCredentials", args: `{"_id":"bare"}`, status: 400, error: missing, props: `["strategy"]`},
		{name: "get by name, however spelled", as: "admin", do: "security:getCredentialsById", args: `{"_id":"bARE","strategy":"local"}`, want: `{"username":"Bare","kuid":"bare"}`},
		{name: "get by name, unknown", as: "admin", do: "security:getCredentialsById", args: ghost, status: 412, error: noCredentials},
		{name: "get by name, unknown strategy", as: "admin", do: "security:getCredentialsById", args: nope, status: 400, error: noStrategy},

		{name: "update, neither name nor password", as: "admin", do: "security:updateCredentials", args: of, body: `{"username":""}`, status: 400, error: "plugin.kuzzle-plugin-auth-passport-local.nothing_given", props: `["username","password"]`},
		{name: "update, a name that is taken", as: "admin", do: "security:updateCredentials", args: of, body: `{"username":"user"}`, status: 412, error: taken},
		{name: "update, unknown field", as: "admin", do: "security:updateCredentials", args: of, body: `{"username":"bare","admin":true}`, status: 400, error: "plugin.kuzzle-plugin-auth-passport-local.unknown_field"},
		{name: "update the password", as: "admin", do: "security:updateCredentials", args: of, body: `{"password":"$password 2"}`, want: `{"username":"Bare","kuid":"bare"}`, events: []string{"credentials.updated"}},
		{name: "the old one is wrong", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"bare","password":"$password"}`, status: 401, error: "plugin.strategy.missing_user", events: []string{"session.refused"}},
		{name: "the new one is right", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"bare","password":"$password 2"}`, events: []string{"session.created"}},
		{name: "rename", as: "admin", do: "security:updateCredentials", args: of, body: `{"username":"renamed"}`, want: `{"username":"renamed"}`, events: []string{"credentials.updated"}},
		{name: "the old name is free", as: "admin", do: "security:validateCredentials", args: `{"_id":"user","strategy":"local"}`, body: `{"username":"bare","password":"$password"}`, want: `true`},
		{name: "the new one is not", as: "admin", do: "security:validateCredentials", args: `{"_id":"user","strategy":"local"}`, body: `{"username":"ReNamed","password":"$password"}`, status: 412, error: taken},

		{name: "validate, unknown strategy before no body", as: "admin", do: "security:validateCredentials", args: nope, status: 400, error: noStrategy},
		{name: "validate, unknown user", as: "admin", do: "security:validateCredentials", args: ghost, body: `{"username":"new","password":"$password"}`, want: `true`},
		{name: "validate for nobody yet", only: "websocket", as: "admin", do: "security:validateCredentials", args: `{"strategy":"local"}`, body: `{"username":"new","password":"$password"}`, want: `true`},
		{name: "validate, no password", as: "admin", do: "security:validateCredentials", args: ghost, body: `{"username":"new"}`, status: 400, error: missingField, props: `["password"]`},

		{name: "fields", as: "admin", do: "security:getCredentialFields", args: `{"strategy":"local"}`, want: `["username","password"]`},
		{name: "fields, unknown strategy", as: "admin", do: "security:getCredentialFields", args: `{"strategy":"nope"}`, status: 400, error: noStrategy},
		{name: "all fields", as: "admin", do: "security:getAllCredentialFields", want: `{"local":["username","password"]}`},
		{name: "delete, unknown strategy", as: "admin", do: "security:deleteCredentials", args: nope, status: 400, error: noStrategy},
		{name: "delete", as: "admin", do: "security:deleteCredentials", args: of, want: `{"acknowledged":true}`, events: []string{"credentials.deleted"}},
		{name: "gone", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"renamed","password":"$password 2"}`, status: 401, error: "plugin.strategy.missing_user", events: []string{"session.refused"}},
		{name: "the name is free", as: "admin", do: "security:createUser", body: `{"content":{"profileIds":["user"]},"credentials":{"local":{"username":"renamed","password":"$password"}}}`, events: []string{"rights.granted", "user.created"}},
	}
}

func ownCredentials() []scenario {
	const local = `{"strategy":"local"}`
	return []scenario{
		{name: "exist", as: "user", do: "auth:credentialsExist", args: local, want: `true`},
		{name: "exist, unknown strategy", as: "user", do: "auth:credentialsExist", args: `{"strategy":"nope"}`, status: 400, error: noStrategy},
		{name: "get", as: "user", do: "auth:getMyCredentials", args: local, want: `{"username":"user","kuid":"user"}`},
		{name: "get, unknown strategy", as: "user", do: "auth:getMyCredentials", args: `{"strategy":"nope"}`, status: 400, error: noStrategy},
		{name: "create, existing", as: "user", do: "auth:createMyCredentials", args: local, body: `{"username":"u2","password":"$password"}`, status: 412, error: "security.credentials.already_exist"},
		{name: "validate", as: "user", do: "auth:validateMyCredentials", args: local, body: `{"username":"user","password":"$password"}`, want: `true`},
		{name: "validate, a name that is taken", as: "user", do: "auth:validateMyCredentials", args: local, body: `{"username":"root","password":"$password"}`, status: 412, error: taken},
		{name: "update, a name that is taken", as: "user", do: "auth:updateMyCredentials", args: local, body: `{"username":"root"}`, status: 412, error: taken},
		{name: "another session", do: "auth:login", args: local, body: `{"username":"user","password":"$password"}`, keep: map[string]string{"other": "result.jwt"}, events: []string{"session.created"}},
		{name: "change the password", as: "user", do: "auth:updateMyCredentials", args: local, body: `{"password":"$password 2"}`, want: `{"username":"user","kuid":"user"}`, events: []string{"credentials.updated"}},
		{name: "the caller's session lives on", as: "user", do: "auth:getCurrentUser", want: `{"_id":"user","strategies":["local"]}`},
		{name: "the other has ended", as: "other", do: "auth:getCurrentUser", status: 401, error: "security.token.invalid"},
		{name: "rename", as: "user", do: "auth:updateMyCredentials", args: local, body: `{"username":"user2"}`, want: `{"username":"user2"}`, events: []string{"credentials.updated"}},
		{name: "renaming ends nothing", as: "user", do: "auth:getCurrentUser", want: `{"_id":"user"}`},
		{name: "delete, unknown strategy", as: "user", do: "auth:deleteMyCredentials", args: `{"strategy":"nope"}`, status: 400, error: noStrategy},
		{name: "delete", as: "user", do: "auth:deleteMyCredentials", args: local, want: `{"acknowledged":true}`, events: []string{"credentials.deleted"}},
		{name: "delete again", as: "user", do: "auth:deleteMyCredentials", args: local, status: 412, error: noCredentials},
		{name: "create", as: "user", do: "auth:createMyCredentials", args: local, body: `{"username":"user3","password":"$password"}`, want: `{"username":"user3"}`, events: []string{"credentials.created"}},
		{name: "log in with them", do: "auth:login", args: local, body: `{"username":"user3","password":"$password"}`, want: `{"_id":"user"}`, events: []string{"session.created"}},
	}
}
