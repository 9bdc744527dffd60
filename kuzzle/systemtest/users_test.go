package systemtest

import (
	"slices"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// newNames maps the actions of the controller user to the actions that they
// stand for.
var newNames = map[string]string{
	"user:create": "security:createUser", "user:createRestricted": "security:createRestrictedUser",
	"user:createFirstAdmin": "security:createFirstAdmin",
	"user:get":              "security:getUser", "user:mGet": "security:mGetUsers", "user:mDelete": "security:mDeleteUsers",
	"user:update": "security:updateUser", "user:replace": "security:replaceUser", "user:upsert": "security:upsertUser",
	"user:delete": "security:deleteUser", "user:search": "security:searchUsers", "user:scroll": "security:scrollUsers",
	"user:mappings": "security:getUserMapping", "user:updateMappings": "security:updateUserMapping",
	"user:rights": "security:getUserRights", "user:strategies": "security:getUserStrategies",
	"user:checkRights": "security:checkRights", "user:revokeTokens": "security:revokeTokens", "user:refresh": "security:refresh",
}

// canonical is the name under which rights are checked and events are told.
func canonical(do string) string {
	if to, ok := newNames[do]; ok {
		return to
	}
	return do
}

// renamed is a table with the newer names of its actions, where they have one.
func renamed(table []scenario) []scenario {
	newer := map[string]string{}
	for name, to := range newNames {
		newer[to] = name
	}
	out := make([]scenario, len(table))
	for i, sc := range table {
		out[i] = sc
		if name := newer[sc.do]; name != "" {
			out[i].do = name
		}
		// Both names share one route, which is the older one's.
		if sc.do == "security:checkRights" {
			out[i].only = "websocket"
		}
	}
	return out
}

// tables are all stories, by name.
func tables() map[string][]scenario {
	return map[string][]scenario{
		"users": users(), "standings": standings(), "lists of users": listTable(), "previews": previewTable(), "history": historyTable(), "organizations of users": organizationsTable(), "metadata": metadata(), "accounts": accountsTable(), "pictures": pictureTable(), "user's newer names": renamed(users()), "creations": creations(), "creations' newer names": renamed(creations()),
		"roles": roles(), "profiles": profileTable(), "credentials": credentials(), "keys": keys(),
		"searches": searches(), "searches' newer names": renamed(searches()), "sessions": sessions(), "factors": factors(), "self": self(),
		"own credentials": ownCredentials(), "contacts": contactsTable(), "own contacts": ownContacts(), "server": serverTable(), "loading": loading(), "password": passwords(),
		"first administrator": firstAdmin(), "first administrator's newer name": renamed(firstAdmin()), "resetting": resetting(), "imports": imports(), "settings": settingsTable(), "webhooks": webhooksTable(), "service keys": serviceKeysTable(),
		"user:refresh": {{name: "refresh", as: "admin", do: "user:refresh"}},
	}
}

// onOpenServers are the stories in which there is no administrator for a while.
var onOpenServers = []string{"first administrator", "first administrator's newer name"}

// TestStories tells every table, over HTTP and over WebSocket.
func TestStories(t *testing.T) {
	t.Parallel()
	for name, table := range tables() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var edits []func(*settings)
			if slices.Contains(onOpenServers, name) {
				edits = append(edits, dev)
			}
			if name == "password" || name == "own contacts" {
				edits = append(edits, func(set *settings) { set.Notify.Mail = "log" })
			}
			if name == "settings" {
				edits = append(edits, func(set *settings) { set.Security.APIKey.MaxTTL = config.Duration(24 * time.Hour) })
			}
			tell(t, table, edits...)
		})
	}
}

func users() []scenario {
	const missing, wrongType, noBody = "api.assert.missing_argument", "api.assert.invalid_type", "api.assert.body_required"
	return []scenario{
		{name: "getUser", as: "admin", do: "security:getUser", args: `{"_id":"user"}`, lacks: []string{"username", "local"},
			want: `{"_id":"user","_source":{"profileIds":["user"],"_kuzzle_info":{"author":"-1","createdAt":"<number>","updatedAt":null,"updater":null}},"_version":"<absent>","created":"<absent>"}`},
		{name: "getUser, nobody", as: "admin", do: "security:getUser", args: `{"_id":"-1"}`, want: `{"_id":"-1","_source":{"name":"Anonymous","profileIds":["anonymous"]}}`},
		{name: "getUser, unknown", as: "admin", do: "security:getUser", args: `{"_id":"ghost"}`, status: 404, error: "security.user.not_found", props: `["ghost"]`},

		{name: "findUser", as: "admin", do: "security:findUser", args: `{"name":"user"}`, want: `{"_id":"user"}`, lacks: []string{"username", "local"}},
		{name: "findUser, spelled as at a login", as: "admin", do: "security:findUser", args: `{"name":"USER"}`, want: `{"_id":"user"}`},
		{name: "findUser, unknown", as: "admin", do: "security:findUser", args: `{"name":"ghost"}`, status: 404, error: "security.user.not_found", props: `["ghost"]`},
		{name: "findUser without a name", as: "admin", do: "security:findUser", status: 400, error: missing, props: `["name"]`},
		{name: "findUser, an invisible name", as: "admin", do: "security:findUser", args: `{"name":"\u200b"}`, status: 400, error: "security.credentials.invalid_identifier"},
		{name: "findUser, a name of the wrong type", only: "websocket", as: "admin", do: "security:findUser", args: `{"name":42}`, status: 400, error: wrongType, props: `["name","string"]`},
		{name: "findUser without rights", as: "limited", do: "security:findUser", args: `{"name":"user"}`, status: 403, error: "security.rights.forbidden"},

		{name: "mGetUsers leaves out who is unknown", as: "admin", do: "security:mGetUsers", body: `{"ids":["user","ghost","limited"]}`,
			want: `{"hits":[{"_id":"user","_source":{"profileIds":["user"]}},{"_id":"limited"}],"total":"<absent>"}`},
		{name: "mGetUsers by a comma list", as: "admin", do: "security:mGetUsers", args: `{"ids":"user,limited"}`, want: `{"hits":[{"_id":"user"},{"_id":"limited"}]}`},
		{name: "mGetUsers, an id of the wrong type", as: "admin", do: "security:mGetUsers", body: `{"ids":["user",7]}`, status: 400, error: wrongType, props: `["body.ids","string[]"]`},

		{name: "updateUser merges deeply", as: "admin", do: "security:updateUser", args: `{"_id":"user"}`, body: `{"a":{"b":1,"list":[1,2]},"gone":1}`, events: []string{"user.updated"},
			want: `{"_id":"user","_version":2,"_source":{"profileIds":["user"],"a":{"b":1},"_kuzzle_info":{"updater":"root","updatedAt":"<number>"}},"created":"<absent>"}`},
		{name: "updateUser replaces lists, null removes", as: "admin", do: "security:updateUser", args: `{"_id":"user"}`, body: `{"a":{"c":2,"list":[3]},"gone":null,"profileIds":null,"_id":"x","_kuzzle_info":{"author":"me"}}`,
			events: []string{"user.updated"},
			want:   `{"_version":3,"_source":{"profileIds":["user"],"a":{"b":1,"c":2,"list":[3]},"gone":"<absent>","_id":"<absent>","_kuzzle_info":{"author":"-1"}}}`},
		{name: "updateUser is what is stored", as: "admin", do: "security:getUser", args: `{"_id":"user"}`, want: `{"_source":{"a":{"b":1,"c":2,"list":[3]},"gone":"<absent>"}}`},
		{name: "updateUser, the user before the profiles", as: "admin", do: "security:updateUser", args: `{"_id":"ghost"}`, body: `{"profileIds":["nope"]}`, status: 404, error: "security.user.not_found"},
		{name: "updateUser, unknown profile", as: "admin", do: "security:updateUser", args: `{"_id":"user"}`, body: `{"profileIds":["nope"]}`, status: 404, error: "security.profile.not_found", props: `["nope"]`},
		{name: "updateUser, no profile", as: "admin", do: "security:updateUser", args: `{"_id":"user"}`, body: `{"profileIds":[]}`, status: 400, error: "security.user.no_profile", props: `["user"]`},
		{name: "updateUser, a list as body", as: "admin", do: "security:updateUser", args: `{"_id":"user"}`, body: `[1]`, status: 400, error: wrongType, props: `["body","object"]`},

		{name: "replaceUser drops what is not sent", as: "admin", do: "security:replaceUser", args: `{"_id":"user"}`, body: `{"profileIds":["user"],"only":true}`, events: []string{"user.replaced"},
			want: `{"_id":"user","_version":4,"_source":{"profileIds":["user"],"only":true,"a":"<absent>"}}`},
		{name: "replaceUser, unknown user before unknown profile", as: "admin", do: "security:replaceUser", args: `{"_id":"ghost"}`, body: `{"profileIds":["nope"]}`, status: 404, error: "security.user.not_found"},
		{name: "replaceUser, unknown profile", as: "admin", do: "security:replaceUser", args: `{"_id":"user"}`, body: `{"profileIds":["nope"]}`, status: 404, error: "security.profile.not_found"},

		{name: "upsertUser creates", as: "admin", do: "security:upsertUser", args: `{"_id":"ups"}`, events: []string{"rights.granted", "user.created"},
			body: `{"content":{"profileIds":["user"],"a":1},"default":{"a":0,"b":2},"credentials":{"local":{"username":"ups","password":"$password"}}}`,
			want: `{"_id":"ups","_version":1,"created":true,"_source":{"profileIds":["user"],"a":1,"b":2}}`},
		{name: "upsertUser updates, defaults and credentials aside", as: "admin", do: "security:upsertUser", args: `{"_id":"ups"}`, events: []string{"user.updated"},
			body: `{"content":{"profileIds":["user"],"a":5},"default":{"b":9},"credentials":{"nope":{}}}`, want: `{"_version":2,"created":"<absent>","_source":{"a":5,"b":2}}`},
		{name: "upsertUser without content", as: "admin", do: "security:upsertUser", args: `{"_id":"u2"}`, body: `{}`, status: 400, error: missing, props: `["body.content"]`},

		{name: "getUserRights", as: "admin", do: "security:getUserRights", args: `{"_id":"limited"}`,
			want: `{"hits":[{"controller":"server","action":"now","index":"*","collection":"*","value":"allowed"}],"total":1}`},
		{name: "getUserRights, unknown", as: "admin", do: "security:getUserRights", args: `{"_id":"ghost"}`, status: 404, error: "security.user.not_found"},
		{name: "getUserRights without _id", as: "admin", do: "security:getUserRights", status: 400, error: missing, props: `["_id"]`},
		{name: "getUserStrategies", as: "admin", do: "security:getUserStrategies", args: `{"_id":"user"}`, want: `{"strategies":["local"],"total":1}`},
		{name: "getUserStrategies of nobody", as: "admin", do: "security:getUserStrategies", args: `{"_id":"-1"}`, want: `{"strategies":[],"total":0}`},
		{name: "getUserStrategies, unknown", as: "admin", do: "security:getUserStrategies", args: `{"_id":"ghost"}`, status: 404, error: "security.user.not_found"},
		{name: "checkRights, allowed", as: "admin", do: "security:checkRights", args: `{"userId":"user"}`, body: `{"controller":"auth","action":"logout"}`, want: `{"allowed":true}`},
		{name: "checkRights, denied", as: "admin", do: "security:checkRights", args: `{"userId":"user"}`, body: `{"controller":"user","action":"create"}`, want: `{"allowed":false}`},
		{name: "checkRights, unknown user", as: "admin", do: "security:checkRights", args: `{"userId":"ghost"}`, body: `{"controller":"auth","action":"login"}`, status: 404, error: "security.user.not_found"},

		{name: "explain", as: "admin", do: "security:explain", args: `{"userId":"limited"}`, body: `{"controller":"server","action":"now"}`, want: `{"allowed":true}`},
		{name: "explain, denied", as: "admin", do: "security:explain", args: `{"userId":"limited"}`, body: `{"controller":"user","action":"create"}`, want: `{"allowed":false}`},
		{name: "explain, unknown user", as: "admin", do: "security:explain", args: `{"userId":"ghost"}`, body: `{"controller":"server","action":"now"}`, status: 404, error: "security.user.not_found"},
		{name: "whoMay", as: "admin", do: "security:whoMay", body: `{"controller":"server","action":"now"}`, want: `{"hits":[{"profile":"admin","users":1},{"profile":"limited","users":1}],"total":2}`},
		{name: "whoMay without a body", as: "admin", do: "security:whoMay", status: 400, error: noBody},

		{name: "login before the tokens are revoked", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"ups","password":"$password"}`, keep: map[string]string{"ups": "result.jwt"}, events: []string{"session.created"}},
		{name: "revokeTokens", as: "admin", do: "security:revokeTokens", args: `{"_id":"ups"}`, want: `null`, events: []string{"session.revoked"}},
		{name: "revoked tokens are worth nothing", as: "ups", do: "auth:getCurrentUser", status: 401, error: "security.token.invalid"},
		{name: "sessions of a user", as: "admin", do: "security:getSessions", args: `{"_id":"ups"}`, want: `{"total":"<number>"}`},
		{name: "sessions of nobody", as: "admin", do: "security:getSessions", args: `{"_id":"ghost"}`, status: 404, error: "security.user.not_found"},
		{name: "sessions without _id", as: "admin", do: "security:getSessions", status: 400, error: missing, props: `["_id"]`},
		{name: "end a session that is none", as: "admin", do: "security:deleteSession", args: `{"_id":"ups","sessionId":"ghost"}`, status: 404, error: "services.storage.not_found"},
		{name: "end no session", as: "admin", do: "security:deleteSession", args: `{"_id":"ups"}`, status: 400, error: missing, props: `["sessionId"]`},
		{name: "revokeTokens of who is unknown", as: "admin", do: "security:revokeTokens", args: `{"_id":"ghost"}`, want: `null`},
		{name: "revokeTokens without _id", as: "admin", do: "security:revokeTokens", status: 400, error: missing, props: `["_id"]`},

		{name: "deleteUser", as: "admin", do: "security:deleteUser", args: `{"_id":"ups"}`, want: `{"_id":"ups"}`, events: []string{"user.deleted"}},
		{name: "deleteUser again", as: "admin", do: "security:deleteUser", args: `{"_id":"ups"}`, status: 404, error: "security.user.not_found", props: `["ups"]`},
		{name: "the deleted cannot log in", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"ups","password":"$password"}`, status: 401, error: "plugin.strategy.missing_user", events: []string{"session.refused"}},
		{name: "mDeleteUsers, some unknown", as: "admin", do: "security:mDeleteUsers", body: `{"ids":["limited","ghost"]}`, status: 206, error: "services.storage.incomplete_delete", want: `["limited"]`, events: []string{"user.deleted"}},
		{name: "mDeleteUsers", as: "admin", do: "security:mDeleteUsers", body: `{"ids":["user"]}`, want: `["user"]`, events: []string{"user.deleted"}},
		{name: "mDeleteUsers, too many", as: "admin", do: "security:mDeleteUsers", body: `{"ids":` + manyIDs(201) + `}`, status: 413, error: "services.storage.write_limit_exceeded"},
		{name: "a deleted caller", as: "user", do: "auth:getCurrentUser", status: 401, error: "security.token.invalid"},
	}
}

func manyIDs(n int) string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = "id-" + itoa(i)
	}
	return string(mustJSON(ids))
}
