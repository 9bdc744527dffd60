package systemtest

import "testing"

// TestAdminConsole: Kuzzle's own admin console, version 4.4, makes the first
// administrator, logs in and manages users. These are the requests that it sends for
// that, as it sends them.
func TestAdminConsole(t *testing.T) {
	t.Parallel()
	const (
		search = "security:searchUsers"
		read   = "security:getCredentials"
		none   = "security.credentials.not_found"
		newest = `"sort":{"_kuzzle_info.createdAt":"desc"}`
		page   = `{"from":0,"size":25}`
		ofJane = `{"_id":"jane","strategy":"local"}`
		jane   = `{"content":{"profileIds":["default"]},"credentials":{"local":{"username":"jane","password":"$password"}}}`
	)
	s := start(t, dev)
	st := &story{server: s, client: s.client(t, "websocket"), kept: map[string]string{"password": canaryPassword}}
	for _, rights := range []string{"roles", "profiles"} { // which the first start has just written
		s.operate(t, "security", "refresh", map[string]any{"collection": rights}, nil)
	}
	for _, sc := range []scenario{
		{name: "whether there is an administrator", do: "server:adminExists", want: `{"exists":false}`},
		{name: "the first one", do: "security:createFirstAdmin", args: `{"_id":"root","reset":false}`, body: `{"content":{},"credentials":{"local":{"username":"root","password":"$password"}}}`,
			want: `{"_id":"root"}`, events: []string{"rights.granted", "user.created", "admin.first"}},
		{name: "whether, without a login", do: "server:adminExists", status: 401, error: "security.rights.unauthorized"},
		{name: "the login", do: "auth:login", args: `{"cookieAuth":false,"expiresIn":"2h","strategy":"local","verb":"POST"}`, body: `{"username":"root","password":"$password"}`,
			keep: map[string]string{"root": "result.jwt"}, events: []string{"session.created"}},
		{name: "who that is", as: "root", do: "auth:getCurrentUser", want: `{"_id":"root","_source":{"profileIds":["admin"]}}`},
		{name: "what they may do", as: "root", do: "auth:getMyRights", want: `{"hits":[{"controller":"*","action":"*","value":"allowed"}]}`},
		{name: "the kept token", do: "auth:checkToken", body: `{"token":"$root"}`, want: `{"valid":true}`},
		{name: "indexes, of which there are none", as: "root", do: "index:list", want: `{"indexes":[]}`},
		{name: "their collections", as: "root", do: "collection:list", args: `{"index":"any"}`, want: `{"type":"all","collections":[]}`},
		{name: "collections of a type", as: "root", do: "collection:list", args: `{"index":"any","type":"stored"}`, want: `{"type":"stored","collections":[]}`},
		{name: "of a type that is none", as: "root", do: "collection:list", args: `{"index":"any","type":"what"}`, status: 400, error: "api.assert.unexpected_argument"},
		{name: "of no index", as: "root", do: "collection:list", status: 400, error: "api.assert.missing_argument", props: `["index"]`},
		{name: "indexes, without a login", do: "index:list", status: 401, error: "security.rights.unauthorized"},

		{name: "the page of users: their mapping", as: "root", do: "security:getUserMapping", want: `{"mapping":{"profileIds":{"type":"keyword"}}}`},
		{name: "strategies", as: "root", do: "auth:getStrategies", want: `["local","backup-code","digest-import","external","ticket","totp"]`},
		{name: "the list", as: "root", do: search, args: page, body: `{` + newest + `}`, want: `{"total":1,"hits":[{"_id":"root","_source":{"_kuzzle_info":{"author":"-1"}}}]}`},
		{name: "by what each logs in", as: "root", do: read, args: `{"_id":"root","strategy":"local"}`, want: `{"username":"root"}`},
		{name: "and by what not", as: "root", do: read, args: `{"_id":"root","strategy":"totp"}`, status: 412, error: none},

		{name: "the form: profiles", as: "root", do: "security:searchProfiles", args: `{"size":1000}`, body: `{}`, want: `{"hits":["<has>",{"_id":"default"}]}`},
		{name: "fields of credentials", as: "root", do: "security:getAllCredentialFields", want: `{"local":["username","password"]}`},
		{name: "a user", as: "root", do: "security:createUser", args: `{"_id":"jane"}`, body: jane, want: `{"_id":"jane","_source":{"profileIds":["default"]}}`, events: []string{"user.created"}},
		{name: "another of that name", as: "root", do: "security:createUser", args: `{"_id":"other"}`, body: jane, status: 412, error: "security.credentials.identifier_taken", props: `["<has>","username"]`},
		{name: "the list, with the new user", as: "root", do: search, args: page, body: `{` + newest + `}`, want: `{"total":2,"hits":["<has>",{"_id":"jane"}]}`},
		{name: "the quick search", as: "root", do: search, args: page, body: `{"query":{"bool":{"should":[{"multi_match":{"query":"jane","type":"phrase_prefix","fields":["*"]}},{"match":{"_id":"jane"}}]}},` + newest + `}`,
			want: `{"total":1,"hits":[{"_id":"jane"}]}`},

		{name: "the form of a user: which credentials", as: "root", do: "security:hasCredentials", args: ofJane, want: `true`},
		{name: "their fields", as: "root", do: read, args: ofJane, want: `{"username":"jane"}`},
		{name: "the user", as: "root", do: "security:getUser", args: `{"_id":"jane"}`, want: `{"_source":{"profileIds":["default"]}}`},
		{name: "another profile", as: "root", do: "security:replaceUser", args: `{"_id":"jane"}`, body: `{"profileIds":["default","admin"]}`, want: `{"_source":{"profileIds":["default","admin"]}}`, events: []string{"rights.granted", "user.replaced"}},
		{name: "another name", as: "root", do: "security:updateCredentials", args: ofJane, body: `{"username":"jane.doe"}`, want: `{"username":"jane.doe"}`, events: []string{"credentials.updated"}},

		{name: "the page of profiles", as: "root", do: "security:searchProfiles", args: page, body: `{"roles":[]}`, want: `{"hits":["<has>",{"_id":"admin"}]}`},
		{name: "profiles of a role", as: "root", do: "security:searchProfiles", body: `{"roles":["default"]}`, want: `{"total":1,"hits":[{"_id":"default"}]}`},
		{name: "a profile", as: "root", do: "security:getProfile", args: `{"_id":"default"}`, want: `{"_source":{"policies":[{"roleId":"default"}]}}`},
		{name: "the page of roles", as: "root", do: "security:searchRoles", args: page, body: `{}`, want: `{"hits":["<has>",{"_id":"admin"}]}`},
		{name: "a role", as: "root", do: "security:getRole", args: `{"_id":"default"}`, want: `{"_id":"default"}`},
		{name: "the API", as: "root", do: "server:publicApi", want: `{"security":{"createUser":{"controller":"security"}}}`},
		{name: "its description", as: "root", do: "server:openapi", args: `{"scope":"app"}`, raw: true, want: `{"paths":"<any>"}`},
		{name: "the mapping, saved", as: "root", do: "security:updateUserMapping", body: `{"properties":{}}`, events: []string{"mapping.updated"}},

		{name: "deleted", as: "root", do: "security:mDeleteUsers", args: `{"refresh":"wait_for"}`, body: `{"ids":["jane"]}`, want: `["jane"]`, events: []string{"user.deleted"}},
		{name: "the list, without them", as: "root", do: search, args: page, body: `{` + newest + `}`, want: `{"total":1,"hits":[{"_id":"root"}]}`},
		{name: "the end", as: "root", do: "auth:logout", events: []string{"session.revoked"}},
	} {
		t.Run(sc.name, func(t *testing.T) { st.run(t, sc) })
	}
}
