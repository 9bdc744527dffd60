package systemtest

// serviceKeysTable is the story of a key that nobody calls with.
func serviceKeysTable() []scenario {
	const list, create, revoke = "service-keys:list", "service-keys:create", "service-keys:revoke"
	return []scenario{
		{name: "none", as: "admin", do: list, want: `{"hits":[],"total":0}`},
		{name: "create", as: "admin", do: create, body: `{"name":"shop","kind":"test","endpoints":["users:*","GET /v1/users/{user_id}"],"organizations":["org_1"]}`, keep: map[string]string{"key": "result._id", "secret": "result.secret"},
			want: `{"_id":"<text>","name":"shop","kind":"test","hint":"<text>","createdAt":"<number>","endpoints":["GET /v1/users/{user_id}","users:*"],"organizations":["org_1"],"secret":"<text>"}`, events: []string{"servicekey.created"}},
		{name: "list", as: "admin", do: list, want: `{"hits":[{"_id":"$key","name":"shop","kind":"test"}],"total":1}`, lacks: []string{"$secret", "fingerprint"}},
		{name: "create without a body", as: "admin", do: create, status: 400, error: "api.assert.body_required"},
		{name: "create without a kind", as: "admin", do: create, body: `{}`, status: 400, error: "api.assert.missing_argument", props: `["body.kind"]`},
		{name: "create of no kind", as: "admin", do: create, body: `{"kind":"production"}`, status: 400, error: "servicekeys.key.invalid_kind"},
		{name: "create with a wrong name", as: "admin", do: create, body: `{"kind":"test","name":"two\nlines"}`, status: 400, error: "servicekeys.key.invalid_name"},
		{name: "create with a wrong endpoint", as: "admin", do: create, body: `{"kind":"test","endpoints":["users"]}`, status: 400, error: "servicekeys.key.invalid_limit"},
		{name: "revoke without _id", as: "admin", do: revoke, status: 400, error: "api.assert.missing_argument", props: `["_id"]`},
		{name: "revoke, unknown", as: "admin", do: revoke, args: `{"_id":"ghost"}`, status: 404, error: "servicekeys.key.not_found"},
		{name: "list without rights", as: "limited", do: list, status: 403, error: "security.rights.forbidden"},
		{name: "revoke", as: "admin", do: revoke, args: `{"_id":"$key"}`, want: `{"_id":"$key"}`, events: []string{"servicekey.revoked"}},
		{name: "none again", as: "admin", do: list, want: `{"hits":[],"total":0}`},
	}
}
