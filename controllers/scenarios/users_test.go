package scenarios

import (
	"strings"
	"testing"
)

const plain = `{"content":{"profileIds":["default"],"name":"x"}}`

func TestCreateUser(t *testing.T) {
	b := newBench(t)
	const to = "security:createUser"
	bad := `{"kuid":5,"_id":7}`
	run(t, b, []scenario{
		{name: "no body", call: by(to, bad, ""), status: 400, id: noBody},
		{name: "no content", call: by(to, bad, `{"credentials":1}`), status: 400, id: missing, props: of("body.content")},
		{name: "content null", call: by(to, bad, `{"content":null}`), status: 400, id: wrongType, props: of("body.content", "object")},
		{name: "content", call: by(to, bad, `{"content":"x"}`), status: 400, id: wrongType, props: of("body.content", "object")},
		{name: "body an array", call: by(to, bad, `[1]`), status: 400, id: missing, props: of("body.content")},
		{name: "no profileIds", call: by(to, bad, `{"content":{},"credentials":1}`), status: 400, id: missing, props: of("body.content.profileIds")},
		{name: "profileIds", call: by(to, bad, `{"content":{"profileIds":"default"},"credentials":1}`), status: 400, id: wrongType, props: of("body.content.profileIds", "array")},
		{name: "kuid", call: by(to, bad, `{"content":{"profileIds":[1]},"credentials":1}`), status: 400, id: wrongType, props: of("kuid", "string")},
		{name: "credentials", call: by(to, `{"_id":7}`, `{"content":{"profileIds":[1]},"credentials":1}`), status: 400, id: wrongType, props: of("body.credentials", "object")},
		{name: "_id", call: by(to, `{"_id":7}`, `{"content":{"profileIds":[1]},"credentials":{"nope":{}}}`), status: 400, id: wrongType, props: of("_id", "string")},
		{name: "_id with a slash", call: by(to, `{"_id":"a/b"}`, `{"content":{"profileIds":[1]},"credentials":{"nope":{}}}`), status: 400, id: badValue, props: of("_id", "an id without / and control characters")},
		{name: "strategy", call: by(to, `{"_id":"u"}`, `{"content":{"profileIds":[1]},"credentials":{"nope":{}}}`), status: 400, id: unknownStrategy, props: of("nope")},
		{name: "profileIds of numbers", call: by(to, `{"_id":"u"}`, `{"content":{"profileIds":[1]},"credentials":{"local":1}}`), status: 400, id: wrongType, props: of("profileIds", "string[]")},
		{name: "profileIds empty", call: by(to, `{"_id":"u"}`, `{"content":{"profileIds":[]},"credentials":{"local":1}}`), status: 400, id: "security.user.no_profile", props: of("u")},
		{name: "profile", call: by(to, `{"_id":"u"}`, `{"content":{"profileIds":["nope"]},"credentials":{"local":1}}`), status: 404, id: noProfile, props: of("nope")},
		{name: "credentials of a strategy", call: by(to, `{"_id":"u"}`, `{"content":{"profileIds":["default"]},"credentials":{"local":1}}`), status: 400, id: wrongType, props: of("body.credentials.local", "object")},
		{name: "password missing", call: by(to, `{"_id":"u"}`, `{"content":{"profileIds":["default"]},"credentials":{"local":{"username":"u"}}}`), status: 400, id: "plugin.kuzzle-plugin-auth-passport-local.missing_field"},
		{name: "nothing was written", call: by("security:getUser", `{"_id":"u"}`, ""), status: 404, id: noUser, props: of("u")},

		{name: "created", call: by("POST /users/u/_create", "", `{"content":{"profileIds":["default"],"fullname":"John Doe"},"credentials":{"local":{"username":"jdoe","password":"correct horse"}}}`),
			want:      `{"_id":"u","_source":{"profileIds":["default"],"fullname":"John Doe","_kuzzle_info":{"author":"operator","createdAt":"<any>","updatedAt":null,"updater":null}},"_version":1,"created":true}`,
			forbidden: "correct horse"},
		{name: "exists", call: by(to, `{"_id":"u"}`, plain), status: 412, id: "security.user.already_exists", props: of("u")},
		{name: "exists, with credentials", call: by(to, `{"_id":"u"}`, `{"content":{"profileIds":["default"]},"credentials":{"local":{"username":"jdoe","password":"correct horse"}}}`), status: 412, id: "security.user.already_exists"},
		{name: "name taken", call: by(to, `{"_id":"v"}`, `{"content":{"profileIds":["default"]},"credentials":{"local":{"username":"JDoe","password":"correct horse"}}}`), status: 412, id: "security.credentials.identifier_taken"},
		{name: "refused creations leave nothing", call: by("security:getUser", `{"_id":"v"}`, ""), status: 404, id: noUser},
		{name: "no credentials", call: by("POST /users/_create?refresh=false", "", `{"content":{"profileIds":["default"]},"credentials":{}}`), want: `{"_id":"<any>","created":true}`},
		{name: "a null id counts as none", call: by(to, `{"_id":null,"kuid":null,"refresh":null}`, plain), want: `{"created":true}`},
		{name: "_id and _kuzzle_info of the content", call: by(to, `{"_id":"w"}`, `{"content":{"profileIds":["default"],"_id":"evil","_kuzzle_info":{"author":"evil"}}}`),
			want: `{"_id":"w","_source":{"_kuzzle_info":{"author":"operator"}}}`, forbidden: "evil"},
		{name: "as a stranger", call: call{To: to, Body: plain}, status: 401, id: "security.rights.unauthorized", props: of("security", "createUser", "-1")},
		{name: "by its newer name", call: by("POST /user/x/_create", "", plain), want: `{"_id":"x","created":true}`},
		{name: "by its newer name as a stranger", call: call{To: "user:create", Body: plain}, status: 401, id: "security.rights.unauthorized"},
	})
	for form, prefix := range map[string]string{"human": "kuid-", "uuid": "kuid-", "foo": "kuid-"} {
		got := b.must(t, by(to, `{"kuid":"`+form+`"}`, plain))
		id, _ := got["_id"].(string)
		if parts := strings.Count(id, "-"); !strings.HasPrefix(id, prefix) || (parts == 5) != (form == "uuid") {
			t.Errorf("kuid %s: got %s", form, id)
		}
	}
}

func TestCreateRestrictedUser(t *testing.T) {
	const to = "security:createRestrictedUser"
	run(t, newBench(t), []scenario{
		{name: "content", call: by(to, `{"kuid":1}`, `{"content":1,"credentials":1}`), status: 400, id: wrongType, props: of("body.content", "object")},
		{name: "kuid", call: by(to, `{"kuid":1}`, `{"content":{"profileIds":null}}`), status: 400, id: wrongType, props: of("kuid", "string")},
		{name: "profileIds", call: by(to, ``, `{"content":{"profileIds":null},"credentials":{"nope":{}}}`), status: 400, id: forbidden, props: of("body.content.profileIds")},
		{name: "strategy", call: by(to, ``, `{"credentials":{"nope":{}}}`), status: 400, id: unknownStrategy},
		{name: "no body", call: by(to, `{"_id":"r"}`, ``), want: `{"_id":"r","_source":{"profileIds":["default"]},"_version":1,"created":true}`},
		{name: "over HTTP", call: by("POST /users/r2/_createRestricted", ``, `{"content":{"a":1}}`), want: `{"_id":"r2","_source":{"profileIds":["default"],"a":1}}`},
	})
}

func TestFirstAdmin(t *testing.T) {
	b := newBench(t)
	const to = "security:createFirstAdmin"
	run(t, b, []scenario{
		{name: "no admin", call: by("GET /_adminExists", "", ""), want: `{"exists":false}`},
		{name: "content", call: by(to, `{"reset":"x","kuid":1}`, `{"content":1}`), status: 400, id: wrongType, props: of("body.content", "object")},
		{name: "reset", call: by(to, `{"reset":"x","kuid":1}`, ``), status: 400, id: wrongType, props: of("reset", "boolean")},
		{name: "reset over HTTP", call: by("POST /_createFirstAdmin?reset=maybe", ``, ``), status: 400, id: wrongType, props: of("reset", "boolean")},
		{name: "kuid", call: by(to, `{"kuid":1}`, `{"content":{"profileIds":["default"]}}`), status: 400, id: wrongType, props: of("kuid", "string")},
		{name: "profileIds", call: by(to, ``, `{"content":{"profileIds":["default"]}}`), status: 400, id: forbidden, props: of("body.content.profileIds")},
		{name: "created", call: by("POST /_createFirstAdmin/root?reset", ``, `{"content":{"name":"root"},"credentials":{"local":{"username":"root","password":"correct horse"}}}`),
			want: `{"_id":"root","_source":{"profileIds":["admin"],"name":"root"},"_version":1,"created":true}`},
		{name: "exists before any argument", call: by(to, `{"reset":"x"}`, `{"content":1}`), status: 412, id: "api.process.admin_exists"},
		{name: "an admin", call: by("GET /_adminExists", "", ""), want: `{"exists":true}`},
		{name: "restrict", call: by("POST /_restrictDefaultRights", "", ""), want: `{"acknowledged":true}`},
	})
}

func TestUpsertUser(t *testing.T) {
	b := newBench(t)
	const to = "security:upsertUser"
	run(t, b, []scenario{
		{name: "_id", call: by(to, `{"_id":""}`, ``), status: 400, id: missing, props: of("_id")},
		{name: "body", call: by(to, `{"_id":"u"}`, ``), status: 400, id: noBody},
		{name: "content", call: by(to, `{"_id":"u"}`, `{"content":[],"default":1}`), status: 400, id: wrongType, props: of("body.content", "object")},
		{name: "profileIds", call: by(to, `{"_id":"u"}`, `{"content":{},"default":1}`), status: 400, id: missing, props: of("body.content.profileIds")},
		{name: "default", call: by(to, `{"_id":"u"}`, `{"content":{"profileIds":["nope"]},"default":1}`), status: 400, id: wrongType, props: of("body.default", "object")},
		{name: "profile", call: by(to, `{"_id":"u"}`, `{"content":{"profileIds":["nope"]}}`), status: 404, id: noProfile},
		{name: "create", call: by("POST /users/u/_upsert", ``, `{"content":{"profileIds":["default"],"a":1},"default":{"a":0,"b":2}}`),
			want: `{"_id":"u","_source":{"a":1,"b":2},"_version":1,"created":true}`},
		{name: "update", call: by("PUT /user/u/_upsert", ``, `{"content":{"profileIds":["default"],"c":3},"default":{"b":5},"credentials":{"nope":1}}`),
			want: `{"_id":"u","_source":{"a":1,"b":2,"c":3},"_version":2}`, forbidden: `"created"`},
	})
}

func TestReadUsers(t *testing.T) {
	b := newBench(t)
	for _, id := range []string{"a", "b"} {
		b.must(t, by("security:createUser", `{"_id":"`+id+`"}`, plain))
	}
	run(t, b, []scenario{
		{name: "get without id", call: by("security:getUser", `{"_id":""}`, ``), status: 400, id: missing, props: of("_id")},
		{name: "get a number", call: by("security:getUser", `{"_id":1}`, ``), status: 400, id: wrongType, props: of("_id", "string")},
		{name: "get", call: by("GET /users/a", ``, ``), want: `{"_id":"a","_source":{"name":"x"}}`, forbidden: "_version"},
		{name: "get the anonymous user", call: by("GET /users/-1", ``, ``), want: `{"_id":"-1","_source":{"name":"Anonymous","profileIds":["anonymous"]}}`},
		{name: "mGet nothing", call: by("security:mGetUsers", ``, ``), status: 400, id: missing, props: of("ids")},
		{name: "mGet empty lists", call: by("security:mGetUsers", `{"ids":[]}`, `{"ids":[]}`), status: 400, id: missing, props: of("ids")},
		{name: "mGet of the body", call: by("security:mGetUsers", ``, `{"ids":"a"}`), status: 400, id: wrongType, props: of("body.ids", "array")},
		{name: "mGet of numbers", call: by("security:mGetUsers", ``, `{"ids":[1]}`), status: 400, id: wrongType, props: of("body.ids", "string[]")},
		{name: "mGet leaves the unknown out", call: by("POST /users/_mGet", ``, `{"ids":["b","nope","a"]}`), want: `{"hits":[{"_id":"b"},{"_id":"a"}]}`},
		{name: "mGet by a comma list", call: by("GET /users/_mGet?ids=a,b", ``, ``), want: `{"hits":[{"_id":"a","_source":{"name":"x"}},{"_id":"b"}]}`},
		{name: "mGet by its newer name", call: by("GET /user/_mGet?ids=a", ``, ``), want: `{"hits":[{"_id":"a"}]}`},
		{name: "rights", call: by("GET /users/a/_rights", ``, ``), want: `{"hits":"<any>","total":"<any>"}`},
		{name: "rights of nobody", call: by("GET /users/nope/_rights", ``, ``), status: 404, id: noUser},
		{name: "strategies", call: by("GET /users/a/_strategies", ``, ``), want: `{"strategies":[],"total":0}`},
		{name: "strategies of the anonymous user", call: by("GET /users/-1/_strategies", ``, ``), want: `{"strategies":[],"total":0}`},
		{name: "strategies of nobody", call: by("GET /users/nope/_strategies", ``, ``), status: 404, id: noUser},
	})
}

func TestChangeUsers(t *testing.T) {
	b := newBench(t)
	b.must(t, by("security:createUser", `{"_id":"u"}`, `{"content":{"profileIds":["default"],"deep":{"a":1,"b":2},"list":[1,2]}}`))
	const update, replace = "security:updateUser", "security:replaceUser"
	run(t, b, []scenario{
		{name: "update: _id", call: by(update, ``, ``), status: 400, id: missing, props: of("_id")},
		{name: "update: body", call: by(update, `{"_id":"nope"}`, ``), status: 400, id: noBody},
		{name: "update: profileIds", call: by(update, `{"_id":"nope","retryOnConflict":"x"}`, `{"profileIds":"default"}`), status: 400, id: wrongType, props: of("body.profileIds", "array")},
		{name: "update: retries", call: by(update, `{"_id":"nope","retryOnConflict":"x"}`, `{}`), status: 400, id: wrongType, props: of("retryOnConflict", "integer")},
		{name: "update: user", call: by(update, `{"_id":"nope"}`, `{"profileIds":["nope"]}`), status: 404, id: noUser},
		{name: "update: profile", call: by(update, `{"_id":"u"}`, `{"profileIds":["nope"]}`), status: 404, id: noProfile},
		{name: "update: no profile", call: by(update, `{"_id":"u"}`, `{"profileIds":[]}`), status: 400, id: "security.user.no_profile"},
		{name: "update merges deeply", call: by("PUT /users/u/_update", ``, `{"profileIds":null,"deep":{"b":null,"c":3},"list":[3]}`),
			want: `{"_id":"u","_source":{"profileIds":["default"],"deep":{"a":1,"c":3},"list":[3],"_kuzzle_info":{"author":"operator","updater":"operator","updatedAt":"<any>"}},"_version":2}`, forbidden: `"b":`},
		{name: "what was answered is stored", call: by("GET /users/u", ``, ``), want: `{"_source":{"deep":{"a":1,"c":3},"list":[3]}}`},
		{name: "replace: _id", call: by(replace, ``, ``), status: 400, id: missing, props: of("_id")},
		{name: "replace: body", call: by(replace, `{"_id":"nope"}`, ``), status: 400, id: noBody},
		{name: "replace: profileIds", call: by(replace, `{"_id":"nope"}`, `{}`), status: 400, id: missing, props: of("body.profileIds")},
		{name: "replace: profileIds type", call: by(replace, `{"_id":"nope"}`, `{"profileIds":{}}`), status: 400, id: wrongType, props: of("body.profileIds", "array")},
		{name: "replace: user", call: by(replace, `{"_id":"nope"}`, `{"profileIds":["nope"]}`), status: 404, id: noUser},
		{name: "replace: profile", call: by(replace, `{"_id":"u"}`, `{"profileIds":["nope"]}`), status: 404, id: noProfile},
		{name: "replace", call: by("PUT /users/u/_replace", ``, `{"profileIds":["admin"],"z":1}`), want: `{"_source":{"profileIds":["admin"],"z":1},"_version":3}`, forbidden: "deep"},
	})
}

func TestDeleteUsers(t *testing.T) {
	b := newBench(t)
	for _, id := range []string{"a", "b", "c"} {
		b.must(t, by("security:createUser", `{"_id":"`+id+`"}`, plain))
	}
	run(t, b, []scenario{
		{name: "delete: _id", call: by("security:deleteUser", ``, ``), status: 400, id: missing, props: of("_id")},
		{name: "delete: user", call: by("security:deleteUser", `{"_id":"nope"}`, ``), status: 404, id: noUser},
		{name: "delete", call: by("DELETE /users/a", ``, ``), want: `{"_id":"a"}`},
		{name: "deleted", call: by("GET /users/a", ``, ``), status: 404, id: noUser},
		{name: "several: body", call: by("security:mDeleteUsers", ``, ``), status: 400, id: noBody},
		{name: "several: ids", call: by("security:mDeleteUsers", ``, `{}`), status: 400, id: missing, props: of("body.ids")},
		{name: "several: type", call: by("security:mDeleteUsers", ``, `{"ids":"b"}`), status: 400, id: wrongType, props: of("body.ids", "array")},
		{name: "several: too many", call: by("security:mDeleteUsers", ``, `{"ids":["1","2","3","4","5","6"]}`), status: 413, id: "services.storage.write_limit_exceeded"},
		{name: "several: some", call: by("POST /users/_mDelete", ``, `{"ids":["b","nope"]}`), status: 206, id: "services.storage.incomplete_delete", props: of(), want: `["b"]`},
		{name: "several: all", call: by("POST /user/_mDelete", ``, `{"ids":["c"]}`), want: `["c"]`},
		{name: "revoke: _id", call: by("security:revokeTokens", ``, ``), status: 400, id: missing, props: of("_id")},
		{name: "revoke: nobody's", call: by("DELETE /users/nope/tokens", ``, ``), want: `null`},
		{name: "refresh: collection", call: by("security:refresh", ``, ``), status: 400, id: missing, props: of("collection")},
		{name: "refresh: unknown", call: by("security:refresh", `{"collection":"sessions"}`, ``), status: 400, id: unexpected, props: of("sessions", "[users profiles roles]")},
		{name: "refresh", call: by("POST /_security/roles/_refresh", ``, ``), want: `null`},
		{name: "refresh by its newer name", call: by("POST /user/_refresh", ``, ``), want: `null`},
	})
	got := b.do(t, by("security:mDeleteUsers", ``, `{"ids":["nope"]}`))
	if !strings.Contains(got.Text, `"errors":[{`) || !strings.Contains(got.Text, `"count":1`) || !strings.Contains(got.Text, `"result":[]`) {
		t.Errorf("a partial failure lacks its parts: %s", got.Text)
	}
}

func TestCheckRights(t *testing.T) {
	b := newBench(t)
	b.must(t, by("security:createUser", `{"_id":"u"}`, plain))
	const to = "security:checkRights"
	run(t, b, []scenario{
		{name: "userId", call: by(to, ``, ``), status: 400, id: missing, props: of("userId")},
		{name: "userId type", call: by(to, `{"userId":1}`, ``), status: 400, id: wrongType, props: of("userId", "string")},
		{name: "body", call: by(to, `{"userId":"nope"}`, ``), status: 400, id: noBody},
		{name: "controller", call: by(to, `{"userId":"nope"}`, `{}`), status: 400, id: missing, props: of("body.controller")},
		{name: "controller type", call: by(to, `{"userId":"nope"}`, `{"controller":1}`), status: 400, id: missing, props: of("body.controller")},
		{name: "action", call: by(to, `{"userId":"nope"}`, `{"controller":"auth"}`), status: 400, id: missing, props: of("body.action")},
		{name: "user", call: by(to, `{"userId":"nope"}`, `{"controller":"auth","action":"logout"}`), status: 404, id: noUser},
		{name: "two indexes", call: by("POST /_checkRights/u", ``, `{"controller":"auth","action":"logout","index":["i","j"]}`), status: 400, id: wrongType, props: of("body.index", "string")},
		{name: "a collection of no index", call: by("POST /_checkRights/u", ``, `{"controller":"auth","action":"logout","collection":5}`), status: 400, id: wrongType, props: of("body.collection", "string")},
		{name: "a target that is none", call: by("POST /_checkRights/u", ``, `{"controller":"auth","action":"logout","targets":[{"index":"i"},5]}`), status: 400, id: wrongType, props: of("body.targets[1]", "object")},
		{name: "a target's index", call: by("security:explain", `{"userId":"u"}`, `{"controller":"auth","action":"logout","targets":[{"index":5}]}`), status: 400, id: wrongType, props: of("body.targets[0].index", "string")},
		{name: "a target's collections", call: by("security:whoMay", ``, `{"controller":"auth","action":"logout","targets":[{"index":"i","collections":"c"}]}`), status: 400, id: wrongType, props: of("body.targets[0].collections", "string[]")},
		{name: "targets and an index", call: by("security:whoMay", ``, `{"controller":"auth","action":"logout","targets":[],"index":"i"}`), status: 400, id: exclusive, props: of("body.targets", "body.index")},
		{name: "of itself", call: by("server:now", `{"index":["i","j"]}`, ``), status: 400, id: wrongType, props: of("index", "string")},
		{name: "allowed", call: by("POST /_checkRights/u", ``, `{"controller":"auth","action":"logout"}`), want: `{"allowed":true}`},
		{name: "denied", call: by("POST /_checkRights/u", ``, `{"controller":"security","action":"getUser"}`), want: `{"allowed":false}`},
		{name: "denied by its newer name", call: by("user:checkRights", `{"_id":"u"}`, `{"controller":"user","action":"get"}`), want: `{"allowed":false}`},
		{name: "explain: user", call: by("security:explain", ``, ``), status: 400, id: missing, props: of("userId")},
		{name: "explain: body", call: by("security:explain", `{"userId":"u"}`, ``), status: 400, id: noBody},
		{name: "explain: unknown", call: by("security:explain", `{"userId":"nope"}`, `{"controller":"auth","action":"logout"}`), status: 404, id: noUser},
		{name: "explain", call: by("POST /users/u/_explain", ``, `{"controller":"user","action":"get"}`),
			want: `{"controller":"security","action":"getUser","allowed":false,"profiles":[{"profile":"default","allowed":false,"policies":[{"role":"default","allowed":false,"reason":"controller_not_named"}]}]}`},
		{name: "explain what is allowed", call: by("POST /users/u/_explain", ``, `{"controller":"auth","action":"logout"}`),
			want: `{"allowed":true,"profiles":[{"policies":[{"role":"default","reason":"granted","entry":{"controller":"auth","action":"logout","value":true}}]}]}`},
		{name: "whoMay: body", call: by("security:whoMay", ``, ``), status: 400, id: noBody},
		{name: "whoMay: action", call: by("security:whoMay", ``, `{"controller":"auth"}`), status: 400, id: missing, props: of("body.action")},
		{name: "whoMay", call: by("POST /_whoMay", ``, `{"controller":"auth","action":"logout"}`), want: `{"hits":[{"profile":"admin","users":0},{"profile":"default","users":1}],"total":2}`},
	})
}
