package systemtest

const someRole = `{"controllers":{"auth":{"actions":{"login":true,"logout":false}}},"tags":["t"]}`

func roles() []scenario {
	const missing, wrongType, empty, noBody = "api.assert.missing_argument", "api.assert.invalid_type", "api.assert.empty_argument", "api.assert.body_required"
	table := []scenario{
		{name: "create", as: "admin", do: "security:createRole", args: `{"_id":"r"}`, body: someRole, events: []string{"role.created"},
			want: `{"_id":"r","_version":1,"created":true,"_source":{"tags":["t"],"controllers":{"auth":{"actions":{"login":true,"logout":false}}},"_kuzzle_info":{"author":"root","updater":null}}}`},
		{name: "create again", as: "admin", do: "security:createRole", args: `{"_id":"r"}`, body: someRole, status: 400, error: "services.storage.document_already_exists"},
		{name: "get", as: "admin", do: "security:getRole", args: `{"_id":"r"}`, want: `{"_id":"r","_source":{"tags":["t"]},"_version":"<absent>"}`},
		{name: "get, unknown", as: "admin", do: "security:getRole", args: `{"_id":"ghost"}`, status: 404, error: "security.role.not_found", props: `["ghost"]`},
		{name: "mGet", as: "admin", do: "security:mGetRoles", body: `{"ids":["r","admin"]}`, want: `{"hits":[{"_id":"r"},{"_id":"admin"}]}`},
		{name: "mGet, none", as: "admin", do: "security:mGetRoles", body: `{"ids":[]}`, want: `{"hits":[]}`},
		{name: "mGet, one unknown", as: "admin", do: "security:mGetRoles", body: `{"ids":["r","ghost"]}`, status: 404, error: "security.role.not_found", props: `["ghost"]`},
		{name: "createOrReplace, replacing", as: "admin", do: "security:createOrReplaceRole", args: `{"_id":"r"}`, body: `{"controllers":{"server":{"actions":{"*":true}}}}`, events: []string{"role.updated", "rights.granted"},
			want: `{"_id":"r","_version":2,"created":"<absent>","_source":{"tags":"<absent>","controllers":{"auth":"<absent>","server":{"actions":{"*":true}}},"_kuzzle_info":{"author":"root","updater":"root"}}}`},
		{name: "createOrReplace, creating", as: "admin", do: "security:createOrReplaceRole", args: `{"_id":"r2"}`, body: someRole, events: []string{"role.created"}, want: `{"_id":"r2","_version":1,"created":true}`},
		{name: "createOrReplace without a body", as: "admin", do: "security:createOrReplaceRole", args: `{"_id":"r"}`, status: 400, error: noBody},
		{name: "update replaces", as: "admin", do: "security:updateRole", args: `{"_id":"r"}`, body: someRole, events: []string{"role.updated", "rights.granted"}, want: `{"_version":3,"_source":{"controllers":{"server":"<absent>"}}}`},
		{name: "update, unknown", as: "admin", do: "security:updateRole", args: `{"_id":"ghost"}`, body: someRole, status: 404, error: "services.storage.not_found", props: `["ghost","kuzzle","roles"]`},
		{name: "update, definition before existence", as: "admin", do: "security:updateRole", args: `{"_id":"ghost"}`, body: `{}`, status: 400, error: empty, props: `["ghost.controllers"]`},
		{name: "a role in use", as: "admin", do: "security:deleteRole", args: `{"_id":"user"}`, status: 412, error: "security.role.in_use"},
		{name: "a protected role", as: "admin", do: "security:deleteRole", args: `{"_id":"anonymous"}`, status: 400, error: "security.role.cannot_delete"},
		{name: "delete, unknown", as: "admin", do: "security:deleteRole", args: `{"_id":"ghost"}`, status: 404, error: "security.role.not_found"},
		{name: "delete", as: "admin", do: "security:deleteRole", args: `{"_id":"r"}`, want: `{"_id":"r"}`, events: []string{"role.deleted"}},
		{name: "mDelete, some", as: "admin", do: "security:mDeleteRoles", body: `{"ids":["r2","user","ghost","admin"]}`, status: 206, error: "services.storage.incomplete_delete", want: `["r2"]`, events: []string{"role.deleted"}},
		{name: "mDelete without a body", as: "admin", do: "security:mDeleteRoles", status: 400, error: noBody},
		{name: "mDelete, none", as: "admin", do: "security:mDeleteRoles", body: `{"ids":[]}`, want: `[]`},
		{name: "login cannot be taken from anonymous", as: "admin", do: "security:updateRole", args: `{"_id":"anonymous"}`, body: `{"controllers":{"auth":{"actions":{"login":false}}}}`, status: 400, error: "security.role.login_required"},
		{name: "newer names are kept as the older ones", as: "admin", do: "security:createRole", args: `{"_id":"alias"}`, body: `{"controllers":{"user":{"actions":{"create":true}}}}`, events: []string{"role.created"},
			want: `{"_source":{"controllers":{"user":"<absent>","security":{"actions":{"createUser":true}}}}}`},
		{name: "a strategy's controller", as: "admin", do: "security:createRole", args: `{"_id":"plugin"}`, body: `{"controllers":{"` + passwordController + `":{"actions":{"reset":true}}}}`, events: []string{"role.created"}},
		{name: "force lets what is unknown pass", as: "admin", do: "security:createRole", args: `{"_id":"forced","force":true}`, body: `{"controllers":{"a/b":{"actions":{"c":true}}}}`, events: []string{"role.created"}},
		{name: "native actions that are not served may be named", as: "admin", do: "security:createRole", args: `{"_id":"documents"}`, body: `{"controllers":{"document":{"actions":{"create":true}},"ms":{"actions":{"*":true}}}}`, events: []string{"role.created"}},
	}
	wrong := []struct{ name, body, error, props string }{
		{"no controllers", `{"tags":1}`, empty, `["x.controllers"]`},
		{"controllers null", `{"controllers":null}`, missing, `["x.controllers"]`},
		{"controllers a list", `{"controllers":[]}`, wrongType, `["x.controllers","object"]`},
		{"controllers empty", `{"controllers":{}}`, empty, `["x.controllers"]`},
		{"controller a number", `{"controllers":{"auth":1}}`, wrongType, `["auth","object"]`},
		{"controller empty", `{"controllers":{"auth":{}}}`, empty, `["auth"]`},
		{"no actions", `{"controllers":{"auth":{"x":1}}}`, missing, `["auth"]`},
		{"actions a list", `{"controllers":{"auth":{"actions":[]}}}`, wrongType, `["auth.actions","object"]`},
		{"actions empty", `{"controllers":{"auth":{"actions":{}}}}`, empty, `["auth.actions"]`},
		{"a right that is no boolean", `{"controllers":{"auth":{"actions":{"login":"*"}}}}`, wrongType, `["auth.actions.login","boolean"]`},
		{"unknown action", `{"controllers":{"auth":{"actions":{"fly":true}}}}`, "security.role.unknown_action", `["x","fly","auth","<any>"]`},
		{"an action of everything", `{"controllers":{"*":{"actions":{"login":true}}}}`, "security.role.unknown_action", ``},
		{"unknown controller", `{"controllers":{"zzz":{"actions":{"*":true}},"auth":{"actions":{"*":true}}}}`, "security.role.unknown_controller", ``},
		{"unknown action of a strategy", `{"controllers":{"` + passwordController + `":{"actions":{"fly":true}}}}`, "security.role.unknown_action", ``},
	}
	for _, w := range wrong {
		for _, do := range []string{"security:createRole", "security:createOrReplaceRole", "security:updateRole"} {
			sc := scenario{name: do + ", " + w.name, as: "admin", do: do, args: `{"_id":"x"}`, body: w.body, status: 400, error: w.error}
			if w.props != "" && w.error != "security.role.unknown_action" {
				sc.props = w.props
			}
			table = append(table, sc)
		}
	}
	return table
}

func profileTable() []scenario {
	const missing, wrongType, noBody = "api.assert.missing_argument", "api.assert.invalid_type", "api.assert.body_required"
	const create, update = "security:createProfile", "security:updateProfile"
	table := []scenario{
		{name: "create", as: "admin", do: create, args: `{"_id":"p"}`, events: []string{"profile.created"},
			body: `{"policies":[{"roleId":"user","restrictedTo":[{"index":"i","collections":["c"]}]}],"tags":["t"]}`,
			want: `{"_id":"p","_version":1,"created":true,"_source":{"rateLimit":0,"tags":["t"],"policies":[{"roleId":"user","restrictedTo":[{"index":"i","collections":["c"]}]}],"optimizedPolicies":[{"roleId":"user","restrictedTo":{}}],"_kuzzle_info":{"author":"root"}}}`},
		{name: "create again", as: "admin", do: create, args: `{"_id":"p"}`, body: `{"policies":[{"roleId":"user"}]}`, status: 400, error: "services.storage.document_already_exists"},
		{name: "no policies are one on default", as: "admin", do: create, args: `{"_id":"p0"}`, body: `{"policies":[]}`, events: []string{"profile.created"}, want: `{"_source":{"policies":[{"roleId":"default"}]}}`},
		{name: "the role before rateLimit", as: "admin", do: create, args: `{"_id":"p"}`, body: `{"policies":[{"roleId":"ghost","x":1}],"rateLimit":"x"}`, status: 404, error: "security.role.not_found", props: `["ghost"]`},
		{name: "rateLimit negative", as: "admin", do: create, args: `{"_id":"p"}`, body: `{"policies":[{"roleId":"user"}],"rateLimit":-1}`, status: 400, error: "api.assert.invalid_argument", props: `["rateLimit","<any>"]`},
		{name: "member that is unknown", as: "admin", do: create, args: `{"_id":"p"}`, body: `{"policies":[{"roleId":"user","x":1}]}`, status: 400, error: "api.assert.unexpected_argument", props: `["p.policies[0].x","<any>"]`},
		{name: "restrictedTo of the wrong type", as: "admin", do: create, args: `{"_id":"p"}`, body: `{"policies":[{"roleId":"user","restrictedTo":{}}]}`, status: 400, error: wrongType, props: `["p.policies[0].restrictedTo","object[]"]`},
		{name: "restriction without an index", as: "admin", do: create, args: `{"_id":"p"}`, body: `{"policies":[{"roleId":"user","restrictedTo":[{}]}]}`, status: 400, error: missing, props: `["p.policies[0].restrictedTo[0].index"]`},
		{name: "collections of the wrong type", as: "admin", do: create, args: `{"_id":"p"}`, body: `{"policies":[{"roleId":"user","restrictedTo":[{"index":"i","collections":"c"}]}]}`, status: 400, error: wrongType, props: `["p.policies[0].restrictedTo[0].collections","string[]"]`},
		{name: "strict, with an index that is not there", as: "admin", do: create, args: `{"_id":"p","strict":true}`, body: `{"policies":[{"roleId":"user","restrictedTo":[{"index":"i"}]}]}`, status: 412, error: "services.storage.unknown_index", props: `["i"]`},
		{name: "a policy without a role", as: "admin", do: create, args: `{"_id":"p"}`, body: `{"policies":[{}]}`, status: 400, error: missing, props: `["p.policies[0].roleId"]`},
		{name: "a policy that is null", as: "admin", do: create, args: `{"_id":"p"}`, body: `{"policies":[null]}`, status: 400, error: missing, props: `["p.policies[0]"]`},
		{name: "get", as: "admin", do: "security:getProfile", args: `{"_id":"p"}`, want: `{"_id":"p","_source":{"rateLimit":0,"optimizedPolicies":"<any>"},"_version":"<absent>"}`},
		{name: "get, unknown", as: "admin", do: "security:getProfile", args: `{"_id":"ghost"}`, status: 404, error: "security.profile.not_found", props: `["ghost"]`},
		{name: "mGet", as: "admin", do: "security:mGetProfiles", body: `{"ids":["p","admin"]}`, want: `{"hits":[{"_id":"p"},{"_id":"admin"}]}`},
		{name: "mGet, one unknown", as: "admin", do: "security:mGetProfiles", body: `{"ids":["p","ghost"]}`, status: 404, error: "security.profile.not_found"},
		{name: "mGet without a body", as: "admin", do: "security:mGetProfiles", status: 400, error: noBody},
		{name: "rights", as: "admin", do: "security:getProfileRights", args: `{"_id":"p"}`, want: `{"hits":[{"controller":"auth","action":"*","index":"i","collection":"c","value":"allowed"}],"total":1}`},
		{name: "rights, unknown", as: "admin", do: "security:getProfileRights", args: `{"_id":"ghost"}`, status: 404, error: "security.profile.not_found"},
		{name: "createOrReplace, replacing", as: "admin", do: "security:createOrReplaceProfile", args: `{"_id":"p"}`, body: `{"policies":[{"roleId":"limited"}],"rateLimit":5}`, events: []string{"profile.updated", "rights.granted"},
			want: `{"_version":2,"created":"<absent>","_source":{"tags":"<absent>","rateLimit":5,"policies":[{"roleId":"limited"}]}}`},
		{name: "createOrReplace, creating", as: "admin", do: "security:createOrReplaceProfile", args: `{"_id":"p2"}`, body: `{"policies":[{"roleId":"limited"}]}`, events: []string{"profile.created"}, want: `{"_version":1,"created":true}`},
		{name: "createOrReplace without policies", as: "admin", do: "security:createOrReplaceProfile", args: `{"_id":"p"}`, body: `{}`, status: 400, error: missing, props: `["body.policies"]`},
		{name: "update keeps what is not sent", as: "admin", do: update, args: `{"_id":"p"}`, body: `{"x":1}`, events: []string{"profile.updated"}, want: `{"_version":3,"_source":{"x":1,"rateLimit":5,"policies":[{"roleId":"limited"}]}}`},
		{name: "update, existence before the definition", as: "admin", do: update, args: `{"_id":"ghost"}`, body: `{"policies":[{"roleId":"ghost"}]}`, status: 404, error: "security.profile.not_found", props: `["ghost"]`},
		{name: "update, unknown role", as: "admin", do: update, args: `{"_id":"p"}`, body: `{"policies":[{"roleId":"ghost"}]}`, status: 404, error: "security.role.not_found"},
		{name: "update, policies of the wrong type", as: "admin", do: update, args: `{"_id":"p"}`, body: `{"policies":7}`, status: 400, error: wrongType},
		{name: "anonymous keeps its role", as: "admin", do: update, args: `{"_id":"anonymous"}`, body: `{"policies":[{"roleId":"limited"}]}`, status: 400, error: "security.profile.missing_anonymous_role"},
		{name: "delete, protected", as: "admin", do: "security:deleteProfile", args: `{"_id":"default"}`, status: 400, error: "security.profile.cannot_delete"},
		{name: "delete, unknown", as: "admin", do: "security:deleteProfile", args: `{"_id":"ghost"}`, status: 404, error: "security.profile.not_found"},
		{name: "delete, in use", as: "admin", do: "security:deleteProfile", args: `{"_id":"limited"}`, status: 412, error: "security.profile.in_use", props: `[]`},
		{name: "delete, in use and something else said", as: "admin", do: "security:deleteProfile", args: `{"_id":"limited","onAssignedUsers":"what"}`, status: 412, error: "security.profile.in_use"},
		{name: "delete, taking it away", as: "admin", do: "security:deleteProfile", args: `{"_id":"limited","onAssignedUsers":"remove"}`, want: `{"_id":"limited"}`, events: []string{"profile.deleted"}},
		{name: "who has none left is anonymous", as: "admin", do: "security:getUser", args: `{"_id":"limited"}`, want: `{"_source":{"profileIds":["anonymous"],"_kuzzle_info":{"updater":"root"}}}`},
		{name: "mDelete, some", as: "admin", do: "security:mDeleteProfiles", body: `{"ids":["p","user","ghost"]}`, status: 206, error: "services.storage.incomplete_delete", want: `["p"]`, events: []string{"profile.deleted"}},
		{name: "mDelete", as: "admin", do: "security:mDeleteProfiles", body: `{"ids":["p2","p0"]}`, want: `["p2","p0"]`, events: []string{"profile.deleted", "profile.deleted"}},
		{name: "mDelete without ids", as: "admin", do: "security:mDeleteProfiles", body: `{}`, status: 400, error: missing, props: `["body.ids"]`},
	}
	return table
}
