package systemtest

import "testing"

// TestLineage follows everything that sessions and keys make, on one
// connection: over the WebSocket too, a descendant's requests are refused from
// its maker's end on.
func TestLineage(t *testing.T) {
	t.Parallel()
	const (
		local, right = `{"strategy":"local"}`, `{"username":"user","password":"$password"}`
		invalid      = "security.token.invalid"
		needsLogin   = "security.apikey.login_needed"
		singleUse    = "security.token.single_use"
		me           = "auth:getCurrentUser"
	)
	opened, made, revoked := []string{"session.created"}, []string{"apikey.created"}, []string{"session.revoked"}
	keep := func(name, path string) map[string]string { return map[string]string{name: path} }
	login := func(name string) scenario {
		return scenario{name: "login " + name, do: "auth:login", args: local, body: right, events: opened, keep: keep(name, "result.jwt")}
	}
	child := func(of, name string) scenario {
		return scenario{name: name, as: of, do: "auth:createToken", args: `{"expiresIn":"10y"}`, events: opened, keep: keep(name, "result.token")}
	}
	works := func(as string) scenario { return scenario{name: as + " works", as: as, do: me, want: `{"_id":"user"}`} }
	over := func(as string) scenario {
		return scenario{name: as + " is over", as: as, do: me, status: 401, error: invalid}
	}
	tell(t, []scenario{
		login("one"), login("two"),
		{name: "a key", as: "one", do: "auth:createApiKey", args: `{"_id":"k1"}`, body: `{"description":"d"}`, want: `{"_source":{"expiresAt":-1}}`, events: made, keep: keep("key", "result._source.token")},
		child("key", "key's"), child("key's", "key's, further"), works("key's, further"),
		{name: "a key makes no key", as: "key", do: "auth:createApiKey", body: `{"description":"d"}`, status: 403, error: needsLogin},
		{name: "nor does what it made", as: "key's", do: "auth:createApiKey", body: `{"description":"d"}`, status: 403, error: needsLogin},
		{name: "the token is refreshed", as: "key's", do: "auth:refreshToken", events: opened, keep: keep("key's", "result.jwt")},
		works("key's, further"),
		{name: "delete the key", as: "two", do: "auth:deleteApiKey", args: `{"_id":"k1"}`, events: []string{"apikey.deleted"}},
		over("key"), over("key's"), over("key's, further"), works("one"),

		{name: "once", as: "one", do: "auth:createToken", args: `{"singleUse":true,"expiresIn":"1y"}`, events: opened, keep: keep("once", "result.token")},
		{name: "once makes no token", as: "once", do: "auth:createToken", args: `{"expiresIn":"1y"}`, status: 403, error: singleUse},
		over("once"),
		{name: "once, for a key", as: "one", do: "auth:createToken", args: `{"singleUse":true}`, events: opened, keep: keep("once", "result.token")},
		{name: "once makes no key", as: "once", do: "auth:createApiKey", body: `{"description":"d"}`, status: 403, error: singleUse},
		{name: "once, for a refresh", as: "one", do: "auth:createToken", args: `{"singleUse":true}`, events: opened, keep: keep("once", "result.token")},
		{name: "once is not refreshed", as: "once", do: "auth:refreshToken", status: 403, error: singleUse},

		child("one", "one's"), child("one's", "one's, further"), works("one's, further"),
		{name: "refresh one", as: "one", do: "auth:refreshToken", events: opened, keep: keep("one, later", "result.jwt")},
		works("one, later"), works("one's"),
		{name: "log out by the older token", as: "one", do: "auth:logout", events: revoked},
		over("one"), over("one, later"), over("one's"), over("one's, further"), works("two"),

		child("two", "two's"),
		{name: "another key", as: "two", do: "auth:createApiKey", args: `{"_id":"k2"}`, body: `{"description":"d"}`, events: made, keep: keep("key", "result._source.token")},
		{name: "another's key", as: "admin", do: "security:createApiKey", args: `{"userId":"user","_id":"k3"}`, body: `{"description":"d"}`, events: made, keep: keep("lent", "result._source.token")},
		works("two's"), works("key"), works("lent"),
		{name: "revoke all", as: "admin", do: "security:revokeTokens", args: `{"_id":"user"}`, events: revoked},
		over("two"), over("two's"), over("key"), works("lent"),
	})
}
