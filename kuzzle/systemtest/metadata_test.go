package systemtest

import "strings"

// maxMetadata is the most bytes of JSON of each kind.
const maxMetadata = 8192

// metadata is the story of metadata of users.
func metadata() []scenario {
	const (
		get, update, mine, updateMine = "security:getUserMetadata", "security:updateUserMetadata", "auth:getMyMetadata", "auth:updateMyMetadata"

		user                        = `{"_id":"user"}`
		tooLarge, unexpected        = "security.user.metadata_too_large", "api.assert.unexpected_argument"
		wrongType, missing, noBody  = "api.assert.invalid_type", "api.assert.missing_argument", "api.assert.body_required"
		forbidden, unknown, noRight = "api.assert.forbidden_argument", "security.user.not_found", "security.rights.forbidden"
	)
	told := []string{"metadata.updated"}
	canaries := []string{"public-canary", "private-canary", "unsafe-canary"}
	// sized is metadata of that many bytes.
	sized := func(bytes int) string { return `{"a":"` + strings.Repeat("x", bytes-len(`{"a":""}`)) + `"}` }
	table := []scenario{
		{name: "nobody has any", as: "admin", do: get, args: user, want: `{"_id":"user","public":{},"private":{},"unsafe":{}}`},
		{name: "nor has who is not logged in", as: "admin", do: get, args: `{"_id":"-1"}`, want: `{"_id":"-1","public":{},"private":{},"unsafe":{}}`},
		{name: "all kinds", as: "admin", do: update, args: user, events: told,
			body: `{"public":{"p":"public-canary","deep":{"a":1,"b":[1,{"x":null}]}},"private":{"q":"private-canary"},"unsafe":{"r":"unsafe-canary"}}`,
			want: `{"_id":"user","_version":2,"public":{"p":"public-canary","deep":{"a":1,"b":[1,{"x":null}]}},"private":{"q":"private-canary"},"unsafe":{"r":"unsafe-canary"}}`},
		{name: "the same again is no change", as: "admin", do: update, args: user, body: `{"public":{"p":"public-canary"},"private":{}}`, want: `{"_version":2}`},
		{name: "a merge", as: "admin", do: update, args: user, body: `{"public":{"deep":{"a":null,"c":{"d":null,"e":1}}}}`, events: told,
			want: `{"_version":3,"public":{"p":"public-canary","deep":{"a":"<absent>","b":[1,{"x":null}],"c":{"d":"<absent>","e":1}}},"private":{"q":"private-canary"}}`},
		{name: "as it is stored", as: "admin", do: get, args: user, want: `{"public":{"p":"public-canary","deep":{"a":"<absent>","b":[1,{"x":null}],"c":{"e":1}}},"private":{"q":"private-canary"},"unsafe":{"r":"unsafe-canary"},"_version":3}`},

		{name: "the user sees two kinds", as: "user", do: mine, want: `{"_id":"user","public":{"p":"public-canary"},"unsafe":{"r":"unsafe-canary"},"private":"<absent>"}`, lacks: []string{"private"}},
		{name: "the user writes one", as: "user", do: updateMine, body: `{"unsafe":{"theme":"dark"}}`, events: told, lacks: []string{"private"},
			want: `{"_id":"user","_version":4,"public":{"p":"public-canary"},"unsafe":{"r":"unsafe-canary","theme":"dark"}}`},
		{name: "the user removes", as: "user", do: updateMine, body: `{"unsafe":{"theme":null}}`, events: told, want: `{"unsafe":{"theme":"<absent>","r":"unsafe-canary"}}`},
		{name: "the user's body", as: "user", do: updateMine, status: 400, error: noBody},
		{name: "the user's own searchable content is another thing", as: "user", do: "auth:updateSelf", body: `{"public":{"p":1},"private":{"q":1}}`, events: []string{"user.updated"}, lacks: canaries, want: `{"_id":"user"}`},
		{name: "and leaves metadata", as: "admin", do: get, args: user, want: `{"public":{"p":"public-canary"},"private":{"q":"private-canary"}}`},

		{name: "getUser lacks it", as: "admin", do: "security:getUser", args: user, want: user, lacks: canaries},
		{name: "mGetUsers lacks it", as: "admin", do: "security:mGetUsers", body: `{"ids":["user"]}`, lacks: canaries},
		{name: "getCurrentUser shows what is the user's", as: "user", do: "auth:getCurrentUser", lacks: []string{"private-canary", "privateMetadata"},
			want: `{"_id":"user","_source":{"publicMetadata":"<absent>"},"publicMetadata":{"p":"public-canary"},"unsafeMetadata":{"r":"unsafe-canary"}}`},
		{name: "updateSelf writes the unsafe kind, in one write with the content", as: "user", do: "auth:updateSelf", body: `{"unsafeMetadata":{"s":1},"color":"red"}`,
			events: []string{"user.updated", "metadata.updated"}, want: `{"_id":"user","_source":{"color":"red","unsafeMetadata":"<absent>"}}`},
		{name: "as getCurrentUser shows", as: "user", do: "auth:getCurrentUser", want: `{"_source":{"color":"red"},"unsafeMetadata":{"r":"unsafe-canary","s":1}}`},
		{name: "and removes it", as: "user", do: "auth:updateSelf", body: `{"unsafeMetadata":{"s":null}}`, events: []string{"user.updated", "metadata.updated"}, want: `{"_id":"user"}`},
		{name: "updateSelf with a list of it", as: "user", do: "auth:updateSelf", body: `{"unsafeMetadata":[1],"color":"blue"}`, status: 400, error: wrongType, props: `["body.unsafeMetadata","object"]`},
		{name: "updateSelf with too much of it", as: "user", do: "auth:updateSelf", body: `{"color":"blue","unsafeMetadata":` + sized(maxMetadata+1) + `}`, status: 413, error: tooLarge},
		{name: "neither wrote the content", as: "user", do: "auth:getCurrentUser", want: `{"_source":{"color":"red"},"unsafeMetadata":{"r":"unsafe-canary","s":"<absent>"}}`},
		{name: "updateUser lacks it", as: "admin", do: "security:updateUser", args: user, body: `{"a":1}`, events: []string{"user.updated"}, want: user, lacks: canaries},
		{name: "a change of the content leaves it", as: "admin", do: "security:replaceUser", args: user, body: `{"profileIds":["user"]}`, events: []string{"user.replaced"}, want: user, lacks: canaries},
		{name: "all is still there", as: "admin", do: get, args: user, want: `{"public":{"p":"public-canary"},"private":{"q":"private-canary"},"unsafe":{"r":"unsafe-canary"}}`},
		{name: "a search of all lacks it", as: "admin", do: "security:searchUsers", want: `{"total":"<number>"}`, lacks: canaries},
		{name: "a search by credentials lacks it", as: "admin", do: "security:searchUsersByCredentials", args: `{"strategy":"local"}`, body: `{"query":{"term":{"username":"user"}}}`, want: `{"total":"<number>"}`, lacks: canaries},
	}
	for _, field := range []string{"q", "private.q", "metadata.private.q", "auth.metadata.private.q", "p", "public.p", "metadata.public.p", "unsafe.r", "metadata.unsafe.r"} {
		table = append(table, scenario{name: "no search by " + field, as: "admin", do: "security:searchUsers", body: `{"query":{"exists":{"field":"` + field + `"}}}`, want: `{"total":0}`})
	}
	table = append(table, []scenario{
		{name: "as large as may be", as: "admin", do: update, args: user, body: `{"unsafe":null,"public":null,"private":` + sized(maxMetadata-len(`,"q":"private-canary"`)) + `}`, events: told,
			want: `{"public":{},"unsafe":{},"private":{"q":"private-canary"}}`},
		{name: "a byte more", as: "admin", do: update, args: user, body: `{"private":{"q":"private-canary."}}`, status: 413, error: tooLarge, props: `["private","<any>","<any>"]`, lacks: canaries},
		{name: "one kind too large refuses all", as: "admin", do: update, args: user, body: `{"public":{"p":1},"unsafe":` + sized(maxMetadata+1) + `}`, status: 413, error: tooLarge, props: `["unsafe","<any>","<any>"]`},
		{name: "and changes nothing", as: "admin", do: get, args: user, want: `{"public":{},"unsafe":{},"private":{"q":"private-canary"}}`},
		{name: "the user's is bounded too", as: "user", do: updateMine, body: `{"unsafe":` + sized(maxMetadata+1) + `}`, status: 413, error: tooLarge, lacks: canaries},
		{name: "each kind is bounded alone", as: "user", do: updateMine, body: `{"unsafe":` + sized(maxMetadata) + `}`, events: told, want: `{"unsafe":{"a":"<text>"}}`},
		{name: "a kind is removed", as: "admin", do: update, args: user, body: `{"private":null}`, events: told, want: `{"private":{},"unsafe":{"a":"<text>"}}`},

		{name: "get without _id", as: "admin", do: get, status: 400, error: missing, props: `["_id"]`},
		{name: "update without _id", as: "admin", do: update, body: `{}`, status: 400, error: missing, props: `["_id"]`},
		{name: "get, unknown", as: "admin", do: get, args: `{"_id":"ghost"}`, status: 404, error: unknown, props: `["ghost"]`},
		{name: "update, unknown", as: "admin", do: update, args: `{"_id":"ghost"}`, body: `{"public":{"a":1}}`, status: 404, error: unknown},
		{name: "update, nobody", as: "admin", do: update, args: `{"_id":"-1"}`, body: `{"public":{"a":1}}`, status: 404, error: unknown},
		{name: "update without a body", as: "admin", do: update, args: user, status: 400, error: noBody},
		{name: "update of no kind", as: "admin", do: update, args: user, body: `{}`, want: user},
		{name: "an unknown kind", as: "admin", do: update, args: user, body: `{"public":{"a":1},"publicMetadata":{}}`, status: 400, error: unexpected, props: `["body.publicMetadata",["private","public","unsafe"]]`},
		{name: "the user's unknown kind", as: "user", do: updateMine, body: `{"theme":"dark"}`, status: 400, error: unexpected, props: `["body.theme",["unsafe"]]`},
		{name: "get without rights", as: "limited", do: get, args: user, status: 403, error: noRight},
		{name: "update without rights", as: "limited", do: update, args: user, body: `{}`, status: 403, error: noRight},
	}...)
	for _, value := range []string{`[]`, `"text"`, `1`, `true`} {
		table = append(table,
			scenario{name: "public is " + value, as: "admin", do: update, args: user, body: `{"private":{"a":1},"public":` + value + `}`, status: 400, error: wrongType, props: `["body.public","object"]`},
			scenario{name: "own unsafe is " + value, as: "user", do: updateMine, body: `{"unsafe":` + value + `}`, status: 400, error: wrongType, props: `["body.unsafe","object"]`},
		)
	}
	for _, kind := range []string{"public", "private"} {
		for _, value := range []string{`{"role":"admin"}`, `{}`, `null`} {
			table = append(table, scenario{name: "own " + kind + " " + value, as: "user", do: updateMine, body: `{"` + kind + `":` + value + `,"unsafe":{"b":1}}`, status: 400, error: forbidden, props: `["body.` + kind + `"]`})
		}
	}
	for _, member := range []string{"publicMetadata", "privateMetadata", "externalId", "emailAddress", "phoneNumbers", "banned", "locked", "createdAt", "lastSignInAt", "legalAcceptedAt"} {
		for _, value := range []string{`"x"`, `false`, `null`} {
			table = append(table, scenario{name: "updateSelf of " + member + ": " + value, as: "user", do: "auth:updateSelf", body: `{"color":"blue","` + member + `":` + value + `}`, status: 400, error: forbidden, props: `["body.` + member + `"]`})
		}
	}
	table = append(table,
		scenario{name: "a content that has such a member", as: "admin", do: "security:updateUser", args: user, body: `{"createdAt":1}`, events: []string{"user.updated"}, want: user},
		scenario{name: "keeps it the user's", as: "user", do: "auth:updateSelf", body: `{"createdAt":2}`, events: []string{"user.updated"}, want: `{"_source":{"createdAt":2}}`},
	)
	return append(table,
		scenario{name: "nothing of it was written", as: "admin", do: get, args: user, want: `{"public":{},"private":{},"unsafe":{"b":"<absent>","a":"<text>"}}`},
		scenario{name: "a key reads", as: "admin", do: "security:createApiKey", args: `{"userId":"user"}`, body: `{"description":"d"}`, keep: map[string]string{"key": "result._source.token"}, events: []string{"apikey.created"}},
		scenario{name: "what its owner may", as: "key", do: mine, want: `{"public":{},"unsafe":{"a":"<text>"}}`, lacks: []string{"private"}},
	)
}
