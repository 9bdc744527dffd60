package scenarios

import "testing"

const someRole = `{"controllers":{"auth":{"actions":{"login":true,"*":false}}},"tags":["t"]}`

func TestRoles(t *testing.T) {
	b := newBench(t)
	const create = "security:createRole"
	run(t, b, []scenario{
		{name: "get: _id", call: by("security:getRole", ``, ``), status: 400, id: missing, props: of("_id")},
		{name: "get: unknown", call: by("GET /roles/nope", ``, ``), status: 404, id: noRole, props: of("nope")},
		{name: "get", call: by("GET /roles/admin", ``, ``), want: `{"_id":"admin","_source":{"controllers":{"*":{"actions":{"*":true}}}}}`, forbidden: "_version"},
		{name: "several: body", call: by("security:mGetRoles", ``, ``), status: 400, id: noBody},
		{name: "several: ids", call: by("security:mGetRoles", ``, `{}`), status: 400, id: missing, props: of("body.ids")},
		{name: "several: type", call: by("security:mGetRoles", ``, `{"ids":"admin"}`), status: 400, id: wrongType, props: of("body.ids", "array")},
		{name: "several: unknown", call: by("POST /roles/_mGet", ``, `{"ids":["admin","nope"]}`), status: 404, id: noRole, props: of("nope")},
		{name: "several", call: by("POST /roles/_mGet", ``, `{"ids":["default","admin"]}`), want: `{"hits":[{"_id":"default"},{"_id":"admin"}]}`},
		{name: "several: none", call: by("POST /roles/_mGet", ``, `{"ids":[]}`), want: `{"hits":[]}`},

		{name: "create: _id", call: by(create, `{"force":"x"}`, ``), status: 400, id: missing, props: of("_id")},
		{name: "create: body", call: by(create, `{"_id":"r","force":"x"}`, ``), status: 400, id: noBody},
		{name: "create: force", call: by(create, `{"_id":"r","force":"x"}`, `{}`), status: 400, id: wrongType, props: of("force", "boolean")},
		{name: "create: controllers", call: by(create, `{"_id":"admin"}`, `{}`), status: 400, id: emptyArg, props: of("admin.controllers")},
		{name: "create: controllers null", call: by(create, `{"_id":"r"}`, `{"controllers":null}`), status: 400, id: missing, props: of("r.controllers")},
		{name: "create: action value", call: by(create, `{"_id":"r"}`, `{"controllers":{"auth":{"actions":{"login":"*"}}}}`), status: 400, id: wrongType, props: of("auth.actions.login", "boolean")},
		{name: "create: action", call: by(create, `{"_id":"r","force":true}`, `{"controllers":{"auth":{"actions":{"fly":true}}}}`), status: 400, id: "security.role.unknown_action"},
		{name: "create: controller", call: by(create, `{"_id":"r"}`, `{"controllers":{"a/b":{"actions":{"fly":true}}}}`), status: 400, id: "security.role.unknown_controller"},
		{name: "create: strategy's action", call: by(create, `{"_id":"p"}`, `{"controllers":{"kuzzle-plugin-auth-passport-local/password":{"actions":{"reset":true}}}}`), want: `{"_id":"p"}`},
		{name: "create: forced", call: by("POST /roles/f/_create?force", ``, `{"controllers":{"a/b":{"actions":{"fly":true}}}}`), want: `{"_id":"f"}`},
		{name: "create: foreign", call: by("POST /roles/d/_create", ``, `{"controllers":{"document":{"actions":{"create":true}}}}`), want: `{"_id":"d"}`},
		{name: "create", call: by("POST /roles/r/_create", ``, someRole),
			want: `{"_id":"r","_source":{"controllers":{"auth":{"actions":{"login":true,"*":false}}},"tags":["t"],"_kuzzle_info":{"author":"operator","updater":null}},"_version":1,"created":true}`},
		{name: "create: exists", call: by(create, `{"_id":"r"}`, someRole), status: 400, id: "services.storage.document_already_exists"},
		{name: "create: newer names become canonical", call: by("POST /roles/n/_create", ``, `{"controllers":{"user":{"actions":{"get":true}}}}`),
			want: `{"_source":{"controllers":{"security":{"actions":{"getUser":true}}}}}`, forbidden: `"user"`},

		{name: "createOrReplace: body", call: by("security:createOrReplaceRole", `{"_id":"r"}`, ``), status: 400, id: noBody},
		{name: "createOrReplace: new", call: by("PUT /roles/new", ``, someRole), want: `{"_id":"new","_version":1,"created":true}`},
		{name: "createOrReplace: old", call: by("PUT /roles/r", ``, `{"controllers":{"*":{"actions":{"*":true}}}}`), want: `{"_id":"r","_version":2,"_source":{"_kuzzle_info":{"updater":"operator"}}}`, forbidden: `"created":`},
		{name: "update: _id", call: by("security:updateRole", ``, ``), status: 400, id: missing, props: of("_id")},
		{name: "update: definition first", call: by("security:updateRole", `{"_id":"nope"}`, `{}`), status: 400, id: emptyArg},
		{name: "update: unknown", call: by("security:updateRole", `{"_id":"nope"}`, someRole), status: 404, id: "services.storage.not_found", props: of("nope", "kuzzle", "roles")},
		{name: "update", call: by("PUT /roles/r/_update", ``, someRole), want: `{"_id":"r","_version":3}`},
		{name: "anonymous keeps login", call: by("PUT /roles/anonymous", ``, `{"controllers":{"auth":{"actions":{"logout":true}}}}`), status: 400, id: "security.role.login_required"},

		{name: "delete: _id", call: by("security:deleteRole", ``, ``), status: 400, id: missing, props: of("_id")},
		{name: "delete: unknown", call: by("DELETE /roles/nope", ``, ``), status: 404, id: noRole},
		{name: "delete: protected", call: by("DELETE /roles/default", ``, ``), status: 400, id: "security.role.cannot_delete"},
		{name: "a profile on it", call: by("PUT /profiles/p", ``, `{"policies":[{"roleId":"r"}]}`)},
		{name: "delete: used", call: by("DELETE /roles/r", ``, ``), status: 412, id: "security.role.in_use", props: of("r")},
		{name: "delete", call: by("DELETE /roles/new", ``, ``), want: `{"_id":"new"}`},
		{name: "delete several", call: by("POST /roles/_mDelete", ``, `{"ids":["d","admin","r","f"]}`), status: 206, id: "services.storage.incomplete_delete", want: `["d","f"]`},
		{name: "delete several: ids", call: by("security:mDeleteRoles", ``, `{}`), status: 400, id: missing, props: of("body.ids")},
	})
}

func TestProfiles(t *testing.T) {
	b := newBench(t)
	const create = "security:createProfile"
	run(t, b, []scenario{
		{name: "get: _id", call: by("security:getProfile", ``, ``), status: 400, id: missing, props: of("_id")},
		{name: "get: unknown", call: by("GET /profiles/nope", ``, ``), status: 404, id: noProfile, props: of("nope")},
		{name: "get", call: by("GET /profiles/default", ``, ``), want: `{"_id":"default","_source":{"policies":[{"roleId":"default"}],"rateLimit":10,"optimizedPolicies":[{"roleId":"default"}]}}`},
		{name: "rights: unknown", call: by("GET /profiles/nope/_rights", ``, ``), status: 404, id: noProfile},
		{name: "rights", call: by("GET /profiles/admin/_rights", ``, ``), want: `{"hits":[{"controller":"*","action":"*","index":"*","collection":"*","value":"allowed"}],"total":1}`},
		{name: "several: unknown", call: by("POST /profiles/_mGet", ``, `{"ids":["default","nope"]}`), status: 404, id: noProfile},
		{name: "several", call: by("POST /profiles/_mGet", ``, `{"ids":["default"]}`), want: `{"hits":[{"_id":"default","_source":{"optimizedPolicies":[{"roleId":"default"}]}}]}`},

		{name: "create: _id", call: by(create, `{"strict":"x"}`, ``), status: 400, id: missing, props: of("_id")},
		{name: "create: body", call: by(create, `{"_id":"p","strict":"x"}`, ``), status: 400, id: noBody},
		{name: "create: policies", call: by(create, `{"_id":"p","strict":"x"}`, `{}`), status: 400, id: missing, props: of("body.policies")},
		{name: "create: policies type", call: by(create, `{"_id":"p","strict":"x"}`, `{"policies":{}}`), status: 400, id: wrongType, props: of("body.policies", "array")},
		{name: "create: strict", call: by(create, `{"_id":"p","strict":"x"}`, `{"policies":[{"roleId":"nope"}]}`), status: 400, id: wrongType, props: of("strict", "boolean")},
		{name: "create: role", call: by(create, `{"_id":"p"}`, `{"policies":[{"roleId":"nope"}],"rateLimit":-1}`), status: 404, id: noRole, props: of("nope")},
		{name: "create: rateLimit", call: by(create, `{"_id":"p"}`, `{"policies":[{"roleId":"default"}],"rateLimit":1.5}`), status: 400, id: wrongType, props: of("rateLimit", "integer")},
		{name: "create: strict index", call: by(create, `{"_id":"p","strict":true}`, `{"policies":[{"roleId":"default","restrictedTo":[{"index":"i"}]}]}`), status: 412, id: "services.storage.unknown_index"},
		{name: "create", call: by("POST /profiles/p/_create", ``, `{"policies":[{"roleId":"default","restrictedTo":[{"index":"i"}]}],"tags":["t"]}`),
			want: `{"_id":"p","_source":{"policies":[{"roleId":"default","restrictedTo":[{"index":"i"}]}],"tags":["t"],"rateLimit":0,"optimizedPolicies":[{"roleId":"default","restrictedTo":{}}]},"_version":1,"created":true}`},
		{name: "create: exists", call: by(create, `{"_id":"p"}`, `{"policies":[]}`), status: 400, id: "services.storage.document_already_exists"},
		{name: "createOrReplace", call: by("PUT /profiles/p", ``, `{"policies":[]}`), want: `{"_source":{"policies":[{"roleId":"default"}]},"_version":2}`, forbidden: "tags"},
		{name: "update: _id", call: by("security:updateProfile", ``, ``), status: 400, id: missing, props: of("_id")},
		{name: "update: body", call: by("security:updateProfile", `{"_id":"nope"}`, ``), status: 400, id: noBody},
		{name: "update: unknown", call: by("security:updateProfile", `{"_id":"nope"}`, `{"rateLimit":-1}`), status: 404, id: noProfile},
		{name: "update: definition", call: by("security:updateProfile", `{"_id":"p"}`, `{"rateLimit":-1}`), status: 400, id: badValue},
		{name: "update", call: by("PUT /profiles/p/_update", ``, `{"rateLimit":7}`), want: `{"_source":{"policies":[{"roleId":"default"}],"rateLimit":7},"_version":3}`},
		{name: "never stored", call: by("PUT /profiles/p/_update", ``, `{"optimizedPolicies":["x"]}`), forbidden: `"x"`},

		{name: "a holder", call: by("security:createUser", `{"_id":"u"}`, `{"content":{"profileIds":["p"]}}`)},
		{name: "delete: _id", call: by("security:deleteProfile", `{"onAssignedUsers":1}`, ``), status: 400, id: missing, props: of("_id")},
		{name: "delete: onAssignedUsers", call: by("security:deleteProfile", `{"_id":"nope","onAssignedUsers":1}`, ``), status: 400, id: wrongType, props: of("onAssignedUsers", "string")},
		{name: "delete: unknown", call: by("DELETE /profiles/nope", ``, ``), status: 404, id: noProfile},
		{name: "delete: protected", call: by("DELETE /profiles/admin", ``, ``), status: 400, id: "security.profile.cannot_delete"},
		{name: "delete: held", call: by("DELETE /profiles/p", ``, ``), status: 412, id: "security.profile.in_use"},
		{name: "delete several", call: by("POST /profiles/_mDelete", ``, `{"ids":["p","nope"]}`), status: 206, id: "services.storage.incomplete_delete", want: `[]`},
		{name: "delete and take away", call: by("DELETE /profiles/p?onAssignedUsers=remove", ``, ``), want: `{"_id":"p"}`},
		{name: "the holder's profiles", call: by("GET /users/u", ``, ``), want: `{"_source":{"profileIds":["anonymous"]}}`},
	})
}

func TestMappings(t *testing.T) {
	run(t, newBench(t), []scenario{
		{name: "users", call: by("GET /users/_mapping", ``, ``), want: `{"mapping":{"profileIds":{"type":"keyword"}}}`, forbidden: "_kuzzle_info"},
		{name: "profiles", call: by("GET /profiles/_mapping", ``, ``), want: `{"mapping":{"tags":{"type":"keyword"}}}`},
		{name: "roles", call: by("GET /roles/_mapping", ``, ``), want: `{"mapping":{"tags":{"type":"keyword"}}}`},
		{name: "update: body", call: by("security:updateUserMapping", ``, ``), status: 400, id: noBody},
		{name: "update: properties", call: by("security:updateUserMapping", ``, `{"properties":1}`), status: 400, id: wrongType, props: of("body.properties", "object")},
		{name: "update: type", call: by("PUT /users/_mapping", ``, `{"properties":{"age":{"type":"nope"}}}`), status: 400, id: "services.storage.invalid_mapping_type"},
		{name: "update", call: by("PUT /users/_mapping", ``, `{"properties":{"age":{"type":"integer"}},"dynamic":false,"_meta":{"a":1}}`),
			want: `{"dynamic":"false","_meta":{"a":1},"properties":{"age":{"type":"integer"},"profileIds":{"type":"keyword"},"_kuzzle_info":"<any>"}}`},
		{name: "by the newer name", call: by("GET /user/_mappings", ``, ``), want: `{"mapping":{"age":{"type":"integer"}}}`},
		{name: "update roles", call: by("PUT /roles/_mapping", ``, `{"properties":{"x":{"type":"keyword"}}}`), want: `{"properties":{"x":"<any>"}}`},
		{name: "update profiles", call: by("PUT /profiles/_mapping", ``, `{"properties":{"x":{"type":"keyword"}}}`), want: `{"properties":{"x":"<any>"}}`},
	})
}
