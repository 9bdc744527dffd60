package systemtest

import "testing"

// TestKourou: what Kuzzle's command line, version 1.2, sends to export and import users
// and their rights, to handle API keys, and to look at a server.
func TestKourou(t *testing.T) {
	t.Parallel()
	const role = `{"controllers":{"server":{"actions":{"now":true}}}}`
	tell(t, []scenario{
		{name: "log in", do: "auth:login", args: `{"strategy":"local","expiresIn":"90s"}`, body: `{"username":"root","password":"$password"}`, keep: map[string]string{"root": "result.jwt"}, events: []string{"session.created"}},
		{name: "roles", as: "root", do: "security:searchRoles", args: `{"from":0,"size":100}`, body: `{}`, want: `{"total":5}`},
		{name: "profiles", as: "root", do: "security:searchProfiles", args: `{"from":0,"size":100}`, body: `{}`, want: `{"total":5}`},
		{name: "users", as: "root", do: "security:searchUsers", args: `{"scroll":"5s","size":200}`, body: `{}`, want: `{"total":3}`, keep: map[string]string{"scroll": "result.scrollId"}},
		{name: "users, behind the last page", as: "root", do: "security:scrollUsers", args: `{"scrollId":"$scroll","scroll":"5s"}`, want: `{"hits":[],"total":3}`},
		{name: "their mapping", as: "root", do: "security:getUserMapping", want: `{"mapping":{"profileIds":{"type":"keyword"}}}`},

		{name: "a role comes back", as: "root", do: "security:createOrReplaceRole", args: `{"_id":"clock","force":true}`, body: role, want: `{"_id":"clock"}`, events: []string{"role.created"}},
		{name: "once more", as: "root", do: "security:createOrReplaceRole", args: `{"_id":"clock","force":true}`, body: role, want: `{"_id":"clock"}`, events: []string{"role.updated"}},
		{name: "a profile comes back", as: "root", do: "security:createOrReplaceProfile", args: `{"_id":"clock","force":true}`, body: `{"rateLimit":0,"policies":[{"roleId":"clock"}]}`, want: `{"_id":"clock"}`, events: []string{"profile.created"}},
		{name: "the mapping comes back", as: "root", do: "security:updateUserMapping", body: `{"properties":{"profileIds":{"type":"keyword"}}}`, events: []string{"mapping.updated"}},
		{name: "a user comes back", as: "root", do: "security:createUser", args: `{"_id":"jane"}`, body: `{"content":{"profileIds":["clock"]},"credentials":{}}`, want: `{"_id":"jane"}`, events: []string{"rights.granted", "user.created"}},

		{name: "a key", as: "root", do: "security:createApiKey", args: `{"userId":"jane","_id":"key","expiresIn":"-1"}`, body: `{"description":"by kourou"}`, want: `{"_id":"key"}`, keep: map[string]string{"key": "result._source.token"}, events: []string{"apikey.created"}},
		{name: "is it one", do: "auth:checkToken", body: `{"token":"$key"}`, want: `{"valid":true,"kuid":"jane"}`},
		{name: "what it opens", as: "key", do: "server:now", want: `{"now":"<number>"}`},
		{name: "keys of somebody", as: "root", do: "security:searchApiKeys", args: `{"userId":"jane","from":0,"size":100}`, body: `{}`, want: `{"total":1,"hits":[{"_id":"key"}]}`},
		{name: "the key ends", as: "root", do: "security:deleteApiKey", args: `{"userId":"jane","_id":"key"}`, want: `{"_id":"key"}`, events: []string{"apikey.deleted"}},
		{name: "it is none", do: "auth:checkToken", body: `{"token":"$key"}`, want: `{"valid":false}`},

		{name: "indexes", as: "root", do: "index:list", want: `{"indexes":[]}`},
		{name: "the collections of one", as: "root", do: "collection:list", args: `{"index":"any"}`, want: `{"collections":[]}`},
		{name: "the doctor looks for a cluster", as: "root", do: "server:getConfig", want: `{"cluster":{"enabled":"<any>"},"version":"<text>"}`},
		{name: "and for an engine", as: "root", do: "server:info", want: `{"serverInfo":{"services":{"publicStorage":{"version":"<text>"}}}}`},
		{name: "and at the rights of strangers", as: "root", do: "security:getRole", args: `{"_id":"anonymous"}`, want: `{"_id":"anonymous"}`},
	})
}
