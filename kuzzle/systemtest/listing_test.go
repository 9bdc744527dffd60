package systemtest

import "strings"

// listTable is the story of a list of users with names, addresses and states.
func listTable() []scenario {
	const (
		list      = "security:listUsers"
		badValue  = "api.assert.invalid_argument"
		wrongType = "api.assert.invalid_type"
		create    = "security:createUser"
		contact   = "security:createContact"
		lock      = "security:lockUser"
		ban       = "security:banUser"
	)
	table := []scenario{
		{name: "a role", as: "admin", do: "security:createRole", args: `{"_id":"lister"}`, body: `{"controllers":{"security":{"actions":{"listUsers":true}}}}`, events: []string{"role.created"}},
		{name: "its profile", as: "admin", do: "security:createProfile", args: `{"_id":"lister"}`, body: `{"policies":[{"roleId":"lister"}]}`, events: []string{"profile.created"}},
		{name: "whoever has it", as: "admin", do: create, args: `{"_id":"ada"}`, body: `{"content":{"profileIds":["lister"],"hobby":"numbers"},"credentials":{"local":{"username":"Lovelace","password":"$password"}}}`, events: []string{"rights.granted", "user.created"}},
		{name: "logs in", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"lovelace","password":"$password"}`, keep: map[string]string{"ada": "result.jwt"}, events: []string{"session.created"}},
		{name: "somebody without a name", as: "admin", do: create, args: `{"_id":"bob"}`, body: `{"content":{"profileIds":["default"]}}`, events: []string{"user.created"}},
		{name: "has an address", as: "admin", do: contact, args: `{"_id":"bob"}`, body: `{"kind":"email","value":"Bob@Example.com","verified":true}`, events: []string{"contact.verified"}},
		{name: "is locked", as: "admin", do: lock, args: `{"_id":"bob"}`, events: []string{"user.locked"}},
		{name: "another is banned", as: "admin", do: ban, args: `{"_id":"user"}`, events: []string{"user.banned"}},
		{name: "all of it is searched", as: "admin", do: "security:refresh", args: `{"collection":"users"}`},

		{name: "all, the newest first", as: "ada", do: list, want: `{"total":5,"atLeast":false,"next":"<absent>","hits":[` +
			`{"_id":"bob","contacts":[{"kind":"email","value":"Bob@example.com","verified":true}],"strategies":[],"locked":true,"lockedAt":"<number>","lastSignInAt":0,"createdAt":"<number>"},` +
			`{"_id":"ada","username":"Lovelace","profileIds":["lister"],"contacts":[],"strategies":["local"],"secondFactors":[],"banned":false,"locked":false,"lastSignInAt":"<number>","_source":"<absent>"},` +
			`"<any>","<any>","<any>"]}`, lacks: []string{"argon2", "digest", "secret", "hobby"}},
		{name: "with the contents", as: "ada", do: list, args: `{"query":"lovelace","content":true}`, want: `{"total":1,"hits":[{"_id":"ada","_source":{"hobby":"numbers"}}]}`},
		{name: "by a part of a name", as: "ada", do: list, args: `{"query":"VELA"}`, want: `{"total":1,"hits":[{"_id":"ada"}]}`},
		{name: "by how a name begins", as: "ada", do: list, args: `{"query":"lo"}`, want: `{"total":1,"hits":[{"_id":"ada"}]}`},
		{name: "by a part of an address", as: "ada", do: list, args: `{"query":"example.co"}`, want: `{"total":1,"hits":[{"_id":"bob"}]}`},
		{name: "by an id", as: "ada", do: list, args: `{"query":"bob"}`, want: `{"total":1,"hits":[{"_id":"bob"}]}`},
		{name: "by nothing that anybody has", as: "ada", do: list, args: `{"query":"zzzz"}`, want: `{"total":0,"hits":[]}`},
		{name: "of a profile", as: "ada", do: list, args: `{"profile":"default"}`, want: `{"total":1,"hits":[{"_id":"bob"}]}`},
		{name: "banned", as: "ada", do: list, args: `{"banned":true}`, want: `{"total":1,"hits":[{"_id":"user","banned":true,"bannedAt":"<number>"}]}`},
		{name: "not banned", as: "ada", do: list, args: `{"banned":false}`, want: `{"total":4}`},
		{name: "locked", as: "ada", do: list, args: `{"locked":true}`, want: `{"total":1,"hits":[{"_id":"bob"}]}`},
		{name: "without a second factor", as: "ada", do: list, args: `{"secondFactor":false,"locked":true}`, want: `{"total":1,"hits":[{"_id":"bob"}]}`},
		{name: "with a second factor", as: "ada", do: list, args: `{"secondFactor":true}`, want: `{"total":0,"hits":[]}`},
		{name: "with a password", as: "ada", do: list, args: `{"strategy":"local"}`, want: `{"total":4}`},
		{name: "of another strategy", as: "ada", do: list, args: `{"strategy":"totp"}`, want: `{"total":0}`},
		{name: "by the format of a digest", as: "ada", do: list, args: `{"digest":"argon2id"}`, want: `{"total":4}`},
		{name: "by another format", as: "ada", do: list, args: `{"digest":"argon2"}`, want: `{"total":0}`},
		{name: "made long ago", as: "ada", do: list, args: `{"createdBefore":1000}`, want: `{"total":0}`},
		{name: "made since", as: "ada", do: list, args: `{"createdAfter":1000,"createdBefore":99999999999999}`, want: `{"total":5}`},
		{name: "in the order of names, a page", as: "ada", do: list, args: `{"order":"username","size":2}`, keep: map[string]string{"next": "result.next"}, want: `{"hits":[{"_id":"limited"},{"_id":"ada"}],"total":5}`},
		{name: "and the next", as: "ada", do: list, args: `{"order":"username","size":2,"after":"$next"}`, keep: map[string]string{"last": "result.next"}, want: `{"hits":[{"_id":"root"},{"_id":"user"}],"atLeast":true}`},
		{name: "and the last", as: "ada", do: list, args: `{"order":"username","size":2,"after":"$last"}`, want: `{"hits":[{"_id":"bob"}],"next":"<absent>"}`},
		{name: "in the order of ids, backwards", as: "ada", do: list, args: `{"order":"_id","descending":true,"size":1}`, want: `{"hits":[{"_id":"user"}]}`},

		{name: "a place in another order", as: "ada", do: list, args: `{"order":"_id","after":"$next"}`, status: 400, error: badValue, props: `["after","<any>"]`},
		{name: "a place of nowhere", as: "ada", do: list, args: `{"after":"nowhere"}`, status: 400, error: badValue, props: `["after","<any>"]`},
		{name: "an unknown order", as: "ada", do: list, args: `{"order":"secret"}`, status: 400, error: "api.assert.unexpected_argument"},
		{name: "an unknown strategy", as: "ada", do: list, args: `{"strategy":"nope"}`, status: 400, error: "security.credentials.unknown_strategy"},
		{name: "a page of none", as: "ada", do: list, args: `{"size":0}`, status: 400, error: badValue, props: `["size","<any>"]`},
		{name: "a page of too many", as: "ada", do: list, args: `{"size":501}`, status: 400, error: badValue, props: `["size","<any>"]`},
		{name: "a state that is no boolean", as: "ada", do: list, args: `{"banned":"perhaps"}`, status: 400, error: wrongType, props: `["banned","boolean"]`},
		{name: "a text of great length", as: "ada", do: list, args: `{"query":"` + strings.Repeat("x", 257) + `"}`, status: 400, error: "services.storage.query_too_complex"},
		{name: "without rights", as: "limited", do: list, status: 403, error: "security.rights.forbidden"},
	}
	return table
}
