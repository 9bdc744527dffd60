package systemtest

func creations() []scenario {
	const create, restricted = "security:createUser", "security:createRestrictedUser"
	const john = `{"content":{"profileIds":["user"],"fullname":"John"},"credentials":{"local":{"username":"jdoe","password":"$password"}}}`
	return []scenario{
		{name: "create with credentials", as: "admin", do: create, args: `{"_id":"john"}`, body: john, events: []string{"rights.granted", "user.created"}, lacks: []string{"jdoe"},
			want: `{"_id":"john","_version":1,"created":true,"_source":{"profileIds":["user"],"fullname":"John","_kuzzle_info":{"author":"root","createdAt":"<number>","updatedAt":null,"updater":null}}}`},
		{name: "log in at once", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"jdoe","password":"$password"}`, events: []string{"session.created"}, want: `{"_id":"john"}`},
		{name: "no refresh, and found by login all the same", as: "admin", do: create, args: `{"_id":"quick","refresh":"false"}`, events: []string{"rights.granted", "user.created"},
			body: `{"content":{"profileIds":["user"]},"credentials":{"local":{"username":"quick","password":"$password"}}}`},
		{name: "quick logs in", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"quick","password":"$password"}`, events: []string{"session.created"}, want: `{"_id":"quick"}`},
		{name: "id that exists, with credentials", as: "admin", do: create, args: `{"_id":"john"}`, body: john, status: 412, error: "security.user.already_exists", props: `["john"]`},
		{name: "id that exists, without credentials", as: "admin", do: create, args: `{"_id":"john"}`, body: `{"content":{"profileIds":["user"]}}`, status: 412, error: "security.user.already_exists", props: `["john"]`},
		{name: "name that is taken", as: "admin", do: create, args: `{"_id":"john2"}`, body: john, status: 412, error: "security.credentials.identifier_taken"},
		{name: "nothing is left of it", as: "admin", do: "security:getUser", args: `{"_id":"john2"}`, status: 404, error: "security.user.not_found"},
		{name: "without credentials", as: "admin", do: create, body: `{"content":{"profileIds":["user"]}}`, events: []string{"rights.granted", "user.created"}, want: `{"_id":"<human>","created":true}`},
		{name: "credentials empty", as: "admin", do: create, args: `{"kuid":"uuid"}`, body: `{"content":{"profileIds":["user"]},"credentials":{}}`, events: []string{"rights.granted", "user.created"}, want: `{"_id":"<uuid>"}`},
		{name: "kuid of another form is human", as: "admin", do: create, args: `{"kuid":"foo","refresh":"foo"}`, body: `{"content":{"profileIds":["user"]}}`, events: []string{"rights.granted", "user.created"}, want: `{"_id":"<human>"}`},

		// From here on each request is wrong in several ways; the answer is about the first.
		{name: "strategy that is unknown", as: "admin", do: create, args: `{"_id":"john"}`, body: `{"content":{"profileIds":[]},"credentials":{"nope":{}}}`, status: 400, error: "security.credentials.unknown_strategy", props: `["nope"]`},
		{name: "no profile", as: "admin", do: create, args: `{"_id":"john"}`, body: `{"content":{"profileIds":[]}}`, status: 400, error: "security.user.no_profile", props: `["john"]`},
		{name: "unknown profile", as: "admin", do: create, args: `{"_id":"john"}`, body: `{"content":{"profileIds":["nope"]}}`, status: 404, error: "security.profile.not_found", props: `["nope"]`},
		{name: "no username", as: "admin", do: create, body: `{"content":{"profileIds":["user"]},"credentials":{"local":{"password":"$password"}}}`, status: 400, error: "plugin.kuzzle-plugin-auth-passport-local.missing_field"},
		{name: "no password", as: "admin", do: create, body: `{"content":{"profileIds":["user"]},"credentials":{"local":{"username":"nopass"}}}`, status: 400, error: "plugin.kuzzle-plugin-auth-passport-local.missing_field"},
		{name: "a password that is a number", as: "admin", do: create, body: `{"content":{"profileIds":["user"]},"credentials":{"local":{"username":"nopass","password":123456}}}`, status: 400, error: "plugin.kuzzle-plugin-auth-passport-local.wrong_type", lacks: []string{"123456"}},

		{name: "restricted", as: "admin", do: restricted, args: `{"_id":"plain"}`, body: `{"content":{"a":1}}`, events: []string{"user.created"}, want: `{"_id":"plain","_version":1,"created":true,"_source":{"a":1,"profileIds":["default"]}}`},
		{name: "restricted without a body", as: "admin", do: restricted, events: []string{"user.created"}, want: `{"_id":"<human>","_source":{"profileIds":["default"]}}`},
		{name: "restricted, existing", as: "admin", do: restricted, args: `{"_id":"plain"}`, status: 412, error: "security.user.already_exists"},

		{name: "a second first administrator", as: "admin", do: "security:createFirstAdmin", args: `{"reset":"maybe"}`, body: `{"content":1}`, status: 412, error: "api.process.admin_exists"},
		{name: "restrictDefaultRights", as: "admin", do: "security:restrictDefaultRights", want: `{"acknowledged":true}`, events: []string{"role.updated", "role.updated", "role.updated", "profile.updated", "profile.updated", "profile.updated"}},
	}
}

func firstAdmin() []scenario {
	return []scenario{
		{name: "reset", as: "admin", do: "admin:resetSecurity", want: `{"deletedUsers":3,"deletedProfiles":2,"deletedRoles":2}`, events: []string{"user.deleted", "user.deleted", "user.deleted", "role.updated", "role.updated", "role.updated", "profile.updated", "profile.updated", "profile.updated", "security.reset"}},
		{name: "no administrator", do: "server:adminExists", want: `{"exists":false}`},
		{name: "created", do: "security:createFirstAdmin", args: `{"_id":"boss"}`, body: `{"content":{"a":1},"credentials":{"local":{"username":"boss","password":"$password"}}}`,
			events: []string{"rights.granted", "user.created", "admin.first"}, want: `{"_id":"boss","_version":1,"created":true,"_source":{"a":1,"profileIds":["admin"]}}`},
		{name: "again", do: "security:createFirstAdmin", args: `{"_id":"boss2"}`, status: 401, error: "security.rights.unauthorized"},
		{name: "an administrator", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"boss","password":"$password"}`, events: []string{"session.created"}, keep: map[string]string{"boss": "result.jwt"}},
		{name: "again, as one who may", as: "boss", do: "security:createFirstAdmin", args: `{"_id":"boss2"}`, status: 412, error: "api.process.admin_exists"},
		{name: "it exists", as: "boss", do: "server:adminExists", want: `{"exists":true}`},
	}
}
