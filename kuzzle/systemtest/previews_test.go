package systemtest

// previewTable is the story of the preview of a role and a profile: which users would
// gain and which would lose rights.
func previewTable() []scenario {
	const (
		ofRole, ofProfile = "security:previewRole", "security:previewProfile"
		user, limited     = `{"_id":"user"}`, `{"_id":"limited"}`
	)
	return []scenario{
		{name: "a user of two profiles", as: "admin", do: "security:createUser", args: `{"_id":"both"}`, body: `{"content":{"profileIds":["limited","user"]},"credentials":{"local":{"username":"both","password":"$password"}}}`, events: []string{"rights.granted", "user.created"}},
		{name: "all of it is searched", as: "admin", do: "security:refresh", args: `{"collection":"users"}`},

		{name: "a role that gains", as: "admin", do: ofRole, args: limited, body: `{"controllers":{"server":{"actions":{"now":true,"info":true}},"auth":{"actions":{"login":true}}}}`,
			want: `{"_id":"limited","exists":true,"complete":true,"examined":2,"gaining":2,"losing":0,"profiles":[{"_id":"limited","users":2,"atLeast":false,"gains":["auth:login","server:info"],"loses":[],"more":0}],` +
				`"groups":["<any>","<any>"]}`},
		{name: "a role that loses", as: "admin", do: ofRole, args: limited, body: `{"controllers":{"auth":{"actions":{"login":true}}}}`,
			want: `{"gaining":1,"losing":2,"profiles":[{"_id":"limited","gains":["auth:login"],"loses":["server:now"]}],"groups":["<any>","<any>"]}`},
		{name: "a role that changes nothing", as: "admin", do: ofRole, args: limited, body: `{"controllers":{"server":{"actions":{"now":true}}}}`,
			want: `{"gaining":0,"losing":0,"examined":0,"complete":true,"profiles":[{"_id":"limited","gains":[],"loses":[]}],"groups":[]}`},
		{name: "a role that one of two has already", as: "admin", do: ofRole, args: limited, body: `{"controllers":{"server":{"actions":{"now":true}},"auth":{"actions":{"logout":true}}}}`,
			want: `{"gaining":1,"losing":0,"examined":2,"groups":[{"profileIds":["limited"],"users":1,"gains":["auth:logout"],"loses":[],"names":[{"_id":"limited","username":"limited"}]}]}`},
		{name: "a new role", as: "admin", do: ofRole, args: `{"_id":"new"}`, body: `{"controllers":{"server":{"actions":{"now":true}}}}`, want: `{"_id":"new","exists":false,"profiles":[],"groups":[],"complete":true}`},
		{name: "nothing was written", as: "admin", do: "security:getRole", args: `{"_id":"new"}`, status: 404, error: "security.role.not_found"},

		{name: "a profile that gives another role", as: "admin", do: ofProfile, args: user, body: `{"policies":[{"roleId":"limited"}]}`,
			want: `{"_id":"user","exists":true,"gaining":1,"losing":2,"profiles":[{"_id":"user","users":2,"gains":["server:now"],"loses":["auth:*"]}]}`},
		{name: "a profile that gives one more", as: "admin", do: ofProfile, args: user, body: `{"policies":[{"roleId":"user"},{"roleId":"limited"}]}`,
			want: `{"gaining":1,"losing":0,"groups":[{"profileIds":["user"],"users":1,"gains":["server:now"],"names":[{"_id":"user"}]}]}`},
		{name: "a profile with fewer requests", as: "admin", do: ofProfile, args: user, body: `{"policies":[{"roleId":"user"}],"rateLimit":5}`,
			want: `{"losing":1,"profiles":[{"_id":"user","loses":["no rateLimit"]}],"groups":[{"profileIds":["user"]}]}`},
		{name: "a new profile", as: "admin", do: ofProfile, args: `{"_id":"new"}`, body: `{"policies":[{"roleId":"user"}]}`, want: `{"exists":false,"profiles":[],"groups":[]}`},
		{name: "nor was a profile", as: "admin", do: "security:getProfile", args: `{"_id":"new"}`, status: 404, error: "security.profile.not_found"},

		{name: "a role without a body", as: "admin", do: ofRole, args: user, status: 400, error: "api.assert.body_required"},
		{name: "a role that is none", as: "admin", do: ofRole, args: user, body: `{"controllers":{}}`, status: 400, error: "api.assert.empty_argument"},
		{name: "a role without an id", as: "admin", do: ofRole, body: nowRole, status: 400, error: "api.assert.missing_argument", props: `["_id"]`},
		{name: "a profile without a body", as: "admin", do: ofProfile, args: user, status: 400, error: "api.assert.body_required"},
		{name: "a profile of no role", as: "admin", do: ofProfile, args: user, body: `{"policies":[{"roleId":"ghost"}]}`, status: 404, error: "security.role.not_found"},
		{name: "a role without rights", as: "limited", do: ofRole, args: user, body: nowRole, status: 403, error: "security.rights.forbidden"},
		{name: "a profile without rights", as: "limited", do: ofProfile, args: user, body: limitedsPolicies, status: 403, error: "security.rights.forbidden"},
	}
}
