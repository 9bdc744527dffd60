package systemtest

// settingsTable is told to a server whose configuration pins security.apiKey.maxTTL.
func settingsTable() []scenario {
	const get, set, lifetime = "settings:get", "settings:set", `{"_id":"security.authToken.expiresIn"}`
	logIn := func(name, want string) scenario {
		return scenario{name: name, do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"user","password":"$password"}`, want: want, events: []string{"session.created"}}
	}
	changed := []string{"setting.changed"}
	return []scenario{
		{name: "a test mail where none is sent", as: "admin", do: "settings:testMail", body: `{"to":"jane@example.com"}`, status: 412, error: "settings.mail.off"},
		{name: "a test mail to nobody", as: "admin", do: "settings:testMail", body: `{"to":"jane"}`, status: 400, error: "api.assert.invalid_argument", props: `["body.to","<any>"]`},
		{name: "a test mail without an address", as: "admin", do: "settings:testMail", body: `{}`, status: 400, error: "api.assert.missing_argument", props: `["body.to"]`},
		{name: "a test mail without rights", as: "limited", do: "settings:testMail", body: `{"to":"jane@example.com"}`, status: 403, error: "security.rights.forbidden"},
		{name: "list", as: "admin", do: "settings:list", want: `{"hits":"<any>","total":"<number>"}`},
		{name: "those of the configuration", as: "admin", do: "settings:listFixed", want: `{"hits":"<any>","total":"<number>"}`},
		{name: "strategies", as: "admin", do: "settings:listStrategies", want: `{"hits":"<any>","total":"<number>"}`},
		{name: "those of the configuration without rights", as: "limited", do: "settings:listFixed", status: 403, error: "security.rights.forbidden"},
		{name: "a default", as: "admin", do: get, args: lifetime, want: `{"key":"security.authToken.expiresIn","value":"1h","default":"1h","from":"default","pinned":false,"min":"1s","help":"<text>"}`},
		logIn("a login by it", `{"ttl":3600000}`),
		{name: "set", as: "admin", do: set, args: lifetime, body: `{"value":"2h"}`, want: `{"value":"2h","default":"1h","from":"store","pinned":false}`, events: changed},
		{name: "is set", as: "admin", do: get, args: lifetime, want: `{"value":"2h","from":"store"}`},
		logIn("a login by that", `{"ttl":7200000}`),
		{name: "by its older name", as: "admin", do: set, args: `{"_id":"security.jwt.expiresIn"}`, body: `{"value":1800000}`, want: `{"key":"security.authToken.expiresIn","value":"30m"}`, events: changed},
		{name: "a limit for all", as: "admin", do: set, args: `{"_id":"security.authToken.maxTTL"}`, body: `{"value":"1h"}`, want: `{"value":"1h"}`, events: changed},
		{name: "binds logins", do: "auth:login", args: `{"strategy":"local","expiresIn":"2h"}`, body: `{"username":"user","password":"$password"}`, status: 400, error: "security.token.ttl_exceeded"},
		{name: "what does not go together", as: "admin", do: set, args: lifetime, body: `{"value":"2h"}`, status: 400, error: "settings.setting.invalid_value", props: `["security.authToken.expiresIn","it must not be longer than security.authToken.maxTTL, 1h"]`},
		{name: "below its bound", as: "admin", do: set, args: lifetime, body: `{"value":"1ms"}`, status: 400, error: "settings.setting.invalid_value", props: `["security.authToken.expiresIn","write at least 1s"]`},
		{name: "beyond its bound", as: "admin", do: set, args: `{"_id":"sessions.perUser"}`, body: `{"value":10001}`, status: 400, error: "settings.setting.invalid_value", props: `["sessions.perUser","write a value from 1 to 10000"]`},
		{name: "of the wrong type", as: "admin", do: set, args: lifetime, body: `{"value":true}`, status: 400, error: "settings.setting.invalid_value"},
		{name: "without a value", as: "admin", do: set, args: lifetime, body: `{}`, status: 400, error: "api.assert.missing_argument", props: `["body.value"]`},
		{name: "without a body", as: "admin", do: set, args: lifetime, status: 400, error: "api.assert.body_required"},
		{name: "no such setting", as: "admin", do: set, args: `{"_id":"security.authToken.expiresin"}`, body: `{"value":"2h"}`, status: 404, error: "settings.setting.not_found", props: `["security.authToken.expiresin","there is no such key; did you mean security.authToken.expiresIn?"]`},
		{name: "one of the start", as: "admin", do: set, args: `{"_id":"rights.containment"}`, body: `{"value":false}`, status: 400, error: "settings.setting.fixed", props: `["rights.containment"]`},
		{name: "a secret", as: "admin", do: get, args: `{"_id":"masterKey"}`, status: 400, error: "settings.setting.fixed"},
		{name: "none of these changed it", as: "admin", do: get, args: lifetime, want: `{"value":"30m","from":"store"}`},
		{name: "a pinned one", as: "admin", do: get, args: `{"_id":"security.apiKey.maxTTL"}`, want: `{"value":"1d","default":-1,"from":"program","pinned":true}`},
		{name: "is not set", as: "admin", do: set, args: `{"_id":"security.apiKey.maxTTL"}`, body: `{"value":"2d"}`, status: 409, error: "settings.setting.pinned", props: `["security.apiKey.maxTTL","program"]`},
		{name: "back to the default", as: "admin", do: set, args: lifetime, body: `{"value":null}`, want: `{"value":"1h","from":"default"}`, events: changed},
		logIn("a login by it again", `{"ttl":3600000}`),
	}
}
