package systemtest

func searches() []scenario {
	const noBody = "api.assert.body_required"
	const find = "security:searchUsers"
	return []scenario{
		{name: "mapping", as: "admin", do: "security:getUserMapping", want: `{"mapping":{"profileIds":{"type":"keyword"},"_kuzzle_info":"<absent>"}}`},
		{name: "add to it", as: "admin", do: "security:updateUserMapping", body: `{"properties":{"city":{"type":"keyword"},"age":{"type":"integer"}}}`, want: `{"properties":{"profileIds":"<any>","city":{"type":"keyword"}}}`, events: []string{"mapping.updated"}},
		{name: "map differently", as: "admin", do: "security:updateUserMapping", body: `{"properties":{"city":{"type":"integer"}}}`, status: 400, error: "services.storage.cannot_change_mapping"},
		{name: "role mapping", as: "admin", do: "security:getRoleMapping", want: `{"mapping":{"tags":{"type":"keyword"}}}`},
		{name: "profile mapping", as: "admin", do: "security:getProfileMapping", want: `{"mapping":{"tags":{"type":"keyword"},"policies":"<any>"}}`},
		{name: "add to the roles'", as: "admin", do: "security:updateRoleMapping", body: `{"properties":{"x":{"type":"keyword"}}}`, want: `{"properties":{"x":{"type":"keyword"}}}`, events: []string{"mapping.updated"}},
		{name: "roles' without a body", as: "admin", do: "security:updateRoleMapping", status: 400, error: noBody},
		{name: "add to the profiles'", as: "admin", do: "security:updateProfileMapping", body: `{"properties":{"x":{"type":"keyword"}}}`, want: `{"properties":{"x":{"type":"keyword"}}}`, events: []string{"mapping.updated"}},
		{name: "profiles' without a body", as: "admin", do: "security:updateProfileMapping", status: 400, error: noBody},

		{name: "ann", as: "admin", do: "security:createUser", args: `{"_id":"ann"}`, body: `{"content":{"profileIds":["limited"],"city":"Rome","age":30}}`, events: []string{"rights.granted", "user.created"}},
		{name: "bob", as: "admin", do: "security:createUser", args: `{"_id":"bob"}`, body: `{"content":{"profileIds":["limited"],"city":"Rome","age":40}}`, events: []string{"rights.granted", "user.created"}},
		{name: "cid", as: "admin", do: "security:createUser", args: `{"_id":"cid"}`, body: `{"content":{"profileIds":["limited"],"city":"Oslo","age":50}}`, events: []string{"rights.granted", "user.created"}},

		{name: "all", as: "admin", do: find, want: `{"total":6,"hits":["<has>",{"_id":"root"},{"_id":"ann"}],"scrollId":"<absent>"}`},
		{name: "some", as: "admin", do: find, body: `{"query":{"term":{"city":"Rome"}},"sort":[{"age":"desc"}]}`, want: `{"total":2,"hits":[{"_id":"bob","_source":{"age":40}},{"_id":"ann"}]}`},
		{name: "a page", as: "admin", do: find, args: `{"from":1,"size":1}`, body: `{"query":{"exists":{"field":"age"}},"sort":["age"]}`, want: `{"total":3,"hits":[{"_id":"bob"}]}`},
		{name: "from without size", as: "admin", do: find, args: `{"from":1}`, body: `{"query":{"exists":{"field":"age"}},"sort":["age"]}`, want: `{"total":3,"hits":[{"_id":"bob"},{"_id":"cid"}]}`},
		{name: "after a hit", as: "admin", do: find, args: `{"size":1}`, body: `{"query":{"exists":{"field":"age"}},"sort":["age","_id"],"search_after":[30,"ann"]}`, want: `{"hits":[{"_id":"bob"}]}`},
		{name: "Koncorde", as: "admin", do: find, args: `{"lang":"koncorde"}`, body: `{"query":{"and":[{"equals":{"city":"Rome"}},{"range":{"age":{"gt":35}}}]}}`, want: `{"total":1,"hits":[{"_id":"bob"}]}`},
		{name: "Koncorde without a query", as: "admin", do: find, args: `{"lang":"koncorde"}`, want: `{"total":6}`},
		{name: "by id", as: "admin", do: find, body: `{"query":{"ids":{"values":["ann","ghost"]}}}`, want: `{"total":1,"hits":[{"_id":"ann"}]}`},
		{name: "part of the source", as: "admin", do: find, body: `{"_source":["city"],"query":{"term":{"_id":"ann"}}}`, want: `{"hits":[{"_id":"ann","_source":{"city":"Rome","age":"<absent>"}}]}`},
		{name: "by author", as: "admin", do: find, body: `{"query":{"term":{"_kuzzle_info.author":"root"}}}`, want: `{"total":3}`},
		{name: "not mapped is not found", as: "admin", do: find, body: `{"query":{"term":{"nickname":"x"}}}`, want: `{"total":0,"hits":[]}`},
		{name: "too many alone", as: "admin", do: find, args: `{"size":10001}`, status: 413, error: "services.storage.get_limit_exceeded"},
		{name: "unknown clause", as: "admin", do: find, body: `{"query":{"nope":{}}}`, status: 400, error: "services.storage.unknown_query_keyword"},
		{name: "unknown key", as: "admin", do: find, body: `{"nope":1}`, status: 400, error: "services.storage.invalid_search_query"},
		{name: "a script", as: "admin", do: find, body: `{"query":{"script":{"script":"1"}}}`, status: 400, error: "services.storage.invalid_query_keyword"},
		{name: "Koncorde's bool", as: "admin", do: find, args: `{"lang":"koncorde"}`, body: `{"query":{"bool":{}}}`, status: 400, error: "api.assert.koncorde_restricted_keyword"},
		{name: "beyond the window", as: "admin", do: find, args: `{"from":9999,"size":10}`, status: 400, error: "services.storage.unexpected_bad_request"},
		{name: "refresh", as: "admin", do: "security:refresh", args: `{"collection":"users"}`, want: `null`},
		{name: "refresh what is not there", as: "admin", do: "security:refresh", args: `{"collection":"nope"}`, status: 400, error: "api.assert.unexpected_argument", props: `["nope",["users","profiles","roles"]]`},

		{name: "scroll", as: "admin", do: find, args: `{"size":2,"scroll":"30s"}`, body: `{"query":{"exists":{"field":"age"}},"sort":["age"]}`, want: `{"total":3,"hits":[{"_id":"ann"},{"_id":"bob"}],"scrollId":"<text>"}`, keep: map[string]string{"scroll": "result.scrollId"}},
		{name: "the next page", as: "admin", do: "security:scrollUsers", args: `{"scrollId":"$scroll"}`, want: `{"total":3,"hits":[{"_id":"cid"}]}`, keep: map[string]string{"end": "result.scrollId"}},
		{name: "after the last", as: "admin", do: "security:scrollUsers", args: `{"scrollId":"$end"}`, want: `{"total":3,"hits":[]}`},
		{name: "an unknown scroll", as: "admin", do: "security:scrollUsers", args: `{"scrollId":"x"}`, status: 404, error: "services.storage.unknown_scroll_id"},
		{name: "scroll too long", as: "admin", do: find, args: `{"scroll":"10m"}`, status: 400, error: "services.storage.scroll_duration_too_great"},
		{name: "scroll null", only: "websocket", as: "admin", do: "security:scrollUsers", args: `{"scrollId":"x","scroll":null}`, status: 404, error: "services.storage.unknown_scroll_id"},

		{name: "profiles", as: "admin", do: "security:searchProfiles", args: `{"size":10}`, want: `{"total":5,"hits":["<has>",{"_id":"admin","_source":{"optimizedPolicies":[]}}]}`},
		{name: "profiles by role", as: "admin", do: "security:searchProfiles", body: `{"roles":["limited"]}`, want: `{"total":1,"hits":[{"_id":"limited"}]}`},
		{name: "profiles, no role", as: "admin", do: "security:searchProfiles", body: `{"roles":[]}`, want: `{"total":5}`},
		{name: "profiles by role and query", as: "admin", do: "security:searchProfiles", body: `{"roles":["limited"],"query":{}}`, status: 400, error: "api.assert.mutually_exclusive"},
		{name: "profiles, counted", as: "admin", do: "security:searchProfiles", body: `{"aggregations":{"r":{"terms":{"field":"policies.roleId"}}}}`, want: `{"aggregations":{"r":{"buckets":["<has>",{"key":"limited","doc_count":1}]}}}`},
		{name: "profiles, scrolled", as: "admin", do: "security:searchProfiles", args: `{"size":4,"scroll":"1m"}`, want: `{"total":5}`, keep: map[string]string{"profiles": "result.scrollId"}},
		{name: "profiles, on", as: "admin", do: "security:scrollProfiles", args: `{"scrollId":"$profiles","scroll":"1s"}`, want: `{"total":5}`},
		{name: "profiles, nowhere", as: "admin", do: "security:scrollProfiles", args: `{"scrollId":"nope"}`, status: 404, error: "services.storage.unknown_scroll_id"},
		{name: "roles", as: "admin", do: "security:searchRoles", want: `{"total":5,"scrollId":"<absent>"}`},
		{name: "roles by controller", as: "admin", do: "security:searchRoles", body: `{"controllers":["auth"]}`, want: `{"total":4,"hits":["<has>",{"_id":"admin"},{"_id":"user"}]}`},
		{name: "roles by controller and query", as: "admin", do: "security:searchRoles", body: `{"controllers":["auth"],"query":{}}`, status: 400, error: "api.assert.mutually_exclusive"},

		{name: "credentials", as: "admin", do: "security:searchUsersByCredentials", args: `{"strategy":"local"}`, body: `{"query":{"term":{"username":"user"}}}`, want: `{"total":1,"hits":[{"username":"user","kuid":"user"}]}`},
		{name: "credentials, all", as: "admin", do: "security:searchUsersByCredentials", args: `{"strategy":"local"}`, want: `{"total":3}`},
		{name: "credentials, unknown strategy", as: "admin", do: "security:searchUsersByCredentials", args: `{"strategy":"nope"}`, status: 400, error: noStrategy},
		{name: "credentials by password", as: "admin", do: "security:searchUsersByCredentials", args: `{"strategy":"local"}`, body: `{"query":{"term":{"userPassword":"x"}}}`, status: 403, error: "security.credentials.forbidden_field"},
		{name: "credentials by something else", as: "admin", do: "security:searchUsersByCredentials", args: `{"strategy":"local"}`, body: `{"query":{"term":{"shoe":"x"}}}`, status: 400, error: "security.credentials.unknown_field"},
	}
}
