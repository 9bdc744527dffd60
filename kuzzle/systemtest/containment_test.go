package systemtest

import (
	"strings"
	"testing"
)

// side is how an action stands to rights that its caller lacks.
type side string

const (
	// contained actions give rights, or act on users, roles and profiles; beyond the
	// caller's own rights they are refused with security.rights.exceeds_own.
	contained side = "contained"
	// own actions concern the caller only.
	own side = "own"
	// reads change nothing and hand out no secret.
	reads side = "reads"
	// configured actions apply the operator's configuration.
	configured side = "configured"
	// proof: the action gives the caller only accounts that the caller proves to own.
	proof side = "proof"
	// neutral actions change something that nobody's rights depend on.
	neutral side = "neutral"
)

const exceedsOwn = "security.rights.exceeds_own"

// sides has every action there is. A new one takes a side here, and one that is
// contained is shown to be by overreaching.
var sides = map[string]side{
	"admin:loadSecurities": contained, "admin:resetSecurity": contained,
	// It ends all sessions alike and gives nothing: a caller needs just this right.
	"admin:resetCache": neutral, "admin:resetKuzzleData": neutral,

	"auth:checkRights": own, "auth:createApiKey": own, "auth:createMyCredentials": own, "auth:createToken": own,
	"auth:credentialsExist": own, "auth:deleteApiKey": own, "auth:deleteMyCredentials": own, "auth:getCurrentUser": own,
	"auth:getMyCredentials": own, "auth:getMyRights": own, "auth:logout": own, "auth:refreshToken": own,
	"auth:getMyContacts": own, "auth:createMyContact": own, "auth:deleteMyContact": own, "auth:verifyMyContact": proof,
	"auth:searchApiKeys": own, "auth:getSessions": own, "auth:getMyMetadata": own, "auth:updateMyMetadata": own, "auth:deleteSession": own, "auth:updateMyCredentials": own, "auth:updateSelf": own, "auth:validateMyCredentials": own,
	"auth:login": proof, "auth:proveFactor": proof, "auth:checkToken": proof, "auth:getStrategies": reads,
	"auth:getMyPicture": own, "auth:setMyPicture": own, "auth:deleteMyPicture": own,
	"totp:enrol": own, "backup-code:draw": own,

	"digest:identify": reads, "index:list": reads, "collection:list": reads,

	// The rows of an import are written with the rights of the user who opened it.
	"import:create": own, "import:upload": contained, "import:cancel": contained, "import:delete": contained,
	"import:recognise": reads, "import:get": reads, "import:list": reads, "import:report": reads,

	// Settings bound the rights of others, so setting one requires every right. An endpoint gets
	// messages about everybody, and decides where the server connects to.
	"webhooks:create": contained, "webhooks:delete": contained, "webhooks:replay": contained, "webhooks:list": reads, "webhooks:listDead": reads, "webhooks:listDeliveries": reads,

	// A service key stands for the instance.
	"service-keys:create": contained, "service-keys:revoke": contained, "service-keys:list": contained,

	"settings:set": contained, "settings:testMail": contained, "settings:get": reads, "settings:list": reads, "settings:listFixed": reads, "settings:listStrategies": reads,

	passwordController + ":getResetPasswordToken": contained, passwordController + ":reset": proof,
	passwordController + ":requestReset": proof,

	"security:createUser": contained, "security:updateUser": contained, "security:replaceUser": contained,
	"security:upsertUser": contained, "security:deleteUser": contained, "security:mDeleteUsers": contained,
	"security:revokeTokens": contained, "security:impersonate": contained, "security:deleteSession": contained, "security:getSessions": reads,
	"security:banUser": contained, "security:unbanUser": contained, "security:lockUser": contained, "security:unlockUser": contained,
	"security:getUserMetadata": reads, "security:updateUserMetadata": contained, "security:updateUserAccount": contained,
	"security:setPicture": contained, "security:deletePicture": contained, "security:getPicture": reads,
	"security:createRestrictedUser": configured, "security:createFirstAdmin": proof,
	"security:restrictDefaultRights": contained,
	"security:createCredentials":     contained, "security:updateCredentials": contained, "security:deleteCredentials": contained,
	// A contact is a name to log in by, and where a new password is sent.
	"security:createContact": contained, "security:updateContact": contained, "security:deleteContact": contained, "security:getContacts": reads,
	"security:createApiKey": contained, "security:deleteApiKey": contained,
	"security:createRole": contained, "security:createOrReplaceRole": contained, "security:updateRole": contained,
	"security:deleteRole": contained, "security:mDeleteRoles": contained, "security:previewRole": contained, "security:previewProfile": contained,
	"security:createProfile": contained, "security:createOrReplaceProfile": contained, "security:updateProfile": contained,
	"security:deleteProfile": contained, "security:mDeleteProfiles": contained,

	"security:checkRights": reads, "security:explain": reads, "security:whoMay": reads,
	"security:getAllCredentialFields": reads, "security:getCredentialFields": reads, "security:getCredentials": reads,
	"security:getCredentialsById": reads, "security:hasCredentials": reads,
	// The strategy judges by what the user has, such as names, profiles and secrets.
	"security:validateCredentials": contained,
	"security:getProfile":          reads, "security:getProfileMapping": reads, "security:getProfileRights": reads,
	"security:getRole": reads, "security:getRoleMapping": reads, "security:getUser": reads, "security:getUserMapping": reads,
	"security:getUserRights": reads, "security:getUserStrategies": reads, "security:findUser": reads, "security:listUsers": reads, "security:getUserHistory": reads, "security:getUserOrganizations": reads, "security:listEvents": reads, "security:mGetProfiles": reads,
	"security:mGetRoles": reads, "security:mGetUsers": reads, "security:scrollProfiles": reads, "security:scrollUsers": reads,
	"security:searchApiKeys": reads, "security:searchProfiles": reads, "security:searchRoles": reads,
	"security:searchUsers": reads, "security:searchUsersByCredentials": reads,
	"security:refresh": neutral, "security:updateProfileMapping": neutral, "security:updateRoleMapping": neutral,
	"security:updateUserMapping": neutral,

	"server:adminExists": reads, "server:getCounters": reads, "server:examine": reads, "server:capabilities": reads, "server:getAllStats": reads, "server:getConfig": reads,
	"server:getLastStats": reads, "server:getStats": reads, "server:healthCheck": reads, "server:info": reads,
	"server:metrics": reads, "server:now": reads, "server:openapi": reads, "server:publicApi": reads,
}

// manage adds a manager to a story, who may do everything except the controller server, and a key
// and an import of the administrator's. Limited may call only server:now, and so has a right that
// the manager lacks.
func (st *story) manage(t *testing.T) {
	t.Helper()
	controllers := map[string]any{}
	for _, name := range []string{"security", "admin", "import", "auth", "settings", "webhooks", "service-keys", passwordController} {
		controllers[name] = map[string]any{"actions": map[string]any{"*": true}}
	}
	st.server.operate(t, "admin", "loadSecurities", nil, map[string]any{
		"roles": map[string]any{
			"manager": map[string]any{"controllers": controllers},
			"spare":   map[string]any{"controllers": map[string]any{"server": map[string]any{"actions": map[string]any{"now": true}}}},
		},
		"profiles": map[string]any{
			"manager": map[string]any{"policies": []any{map[string]any{"roleId": "manager"}}},
			"spare":   map[string]any{"policies": []any{map[string]any{"roleId": "limited"}}},
		},
		"users": map[string]any{"manager": person("manager")},
	})
	st.kept["manager"] = st.login(t, "manager")
	st.run(t, scenario{as: "admin", do: "security:createApiKey", args: `{"userId":"root","_id":"rootkey"}`, body: `{"description":"d"}`, events: []string{"apikey.created"}})
	st.run(t, scenario{as: "admin", do: "security:createContact", args: `{"_id":"root"}`, body: `{"kind":"email","value":"root@example.com"}`, keep: map[string]string{"contact": "result.id"}, events: []string{"contact.created"}})
	st.run(t, scenario{as: "admin", do: "import:create", body: `{"source":"old"}`, keep: map[string]string{"job": "result._id"}})
}

const (
	everythingRole   = `{"controllers":{"*":{"actions":{"*":true}}}}`
	nowRole          = `{"controllers":{"server":{"actions":{"now":true}}}}`
	rootCredentials  = `{"_id":"root","strategy":"local"}`
	limitedsPolicies = `{"policies":[{"roleId":"limited"}]}`
)

// overreaching are the manager's attempts to give, or to get, rights that the manager lacks.
func overreaching() []scenario {
	const now = `["server:now"]`
	const all = `["*:*"]`
	table := []scenario{
		{name: "an administrator", do: "security:createUser", args: `{"_id":"evil"}`, body: `{"content":{"profileIds":["admin"]}}`, props: all},
		{name: "a profile with one right more", do: "security:createUser", args: `{"_id":"evil"}`, body: `{"content":{"profileIds":["manager","limited"]}}`, props: now},
		{name: "own profiles", do: "security:updateUser", args: `{"_id":"manager"}`, body: `{"profileIds":["manager","admin"]}`, props: all},
		{name: "another's profiles", do: "security:updateUser", args: `{"_id":"user"}`, body: `{"profileIds":["admin"]}`, props: all},
		{name: "one who has more", do: "security:updateUser", args: `{"_id":"root"}`, body: `{"name":"x"}`, props: all},
		{name: "less for one who has more", do: "security:updateUser", args: `{"_id":"root"}`, body: `{"profileIds":["default"]}`, props: all},
		{name: "replace", do: "security:replaceUser", args: `{"_id":"user"}`, body: `{"profileIds":["admin"]}`, props: all},
		{name: "upsert, updating", do: "security:upsertUser", args: `{"_id":"user"}`, body: `{"content":{"profileIds":["admin"]}}`, props: all},
		{name: "upsert, creating", do: "security:upsertUser", args: `{"_id":"evil"}`, body: `{"content":{"profileIds":["limited"]}}`, props: now},
		{name: "delete", do: "security:deleteUser", args: `{"_id":"root"}`, props: all},
		{name: "a session in the place of one who has more", do: "security:impersonate", args: `{"_id":"root"}`, props: all},
		{name: "sessions", do: "security:revokeTokens", args: `{"_id":"root"}`, props: all},
		{name: "a session", do: "security:deleteSession", args: `{"_id":"root","sessionId":"ghost"}`, props: all},
		{name: "a ban", do: "security:banUser", args: `{"_id":"root"}`, props: all},
		{name: "a ban's end", do: "security:unbanUser", args: `{"_id":"root"}`, props: all},
		{name: "a lock", do: "security:lockUser", args: `{"_id":"root"}`, props: all},
		{name: "a contact", do: "security:createContact", args: `{"_id":"root"}`, body: `{"kind":"email","value":"evil@example.com","verified":true}`, props: all},
		{name: "a contact's state", do: "security:updateContact", args: `{"_id":"root","contactId":"$contact"}`, body: `{"verified":true}`, props: all},
		{name: "a contact's end", do: "security:deleteContact", args: `{"_id":"root","contactId":"$contact"}`, props: all},
		{name: "a lock's end", do: "security:unlockUser", args: `{"_id":"root"}`, props: all},
		{name: "names", do: "security:updateUserAccount", args: `{"_id":"root"}`, body: `{"username":"evil"}`, props: all},
		{name: "metadata", do: "security:updateUserMetadata", args: `{"_id":"root"}`, body: `{"unsafe":{"a":1}}`, props: all},
		{name: "a picture", only: "http", do: "security:setPicture", args: `{"_id":"root"}`, props: all},
		{name: "no picture", do: "security:deletePicture", args: `{"_id":"root"}`, props: all},
		{name: "new credentials", do: "security:createCredentials", args: rootCredentials, body: `{"username":"second","password":"$password"}`, props: all},
		{name: "other credentials", do: "security:updateCredentials", args: rootCredentials, body: `{"password":"$password 2"}`, props: all},
		{name: "credentials judged", do: "security:validateCredentials", args: rootCredentials, body: `{"username":"second","password":"$password"}`, props: all},
		{name: "no credentials", do: "security:deleteCredentials", args: rootCredentials, props: all},
		{name: "a key", do: "security:createApiKey", args: `{"userId":"limited"}`, body: `{"description":"d"}`, props: now},
		{name: "a key's end", do: "security:deleteApiKey", args: `{"userId":"root","_id":"rootkey"}`, props: all},
		{name: "a reset token", do: passwordController + ":getResetPasswordToken", args: `{"_id":"root"}`, props: all},
		{name: "a role", do: "security:createRole", args: `{"_id":"evil"}`, body: everythingRole, props: all},
		{name: "a role put", do: "security:createOrReplaceRole", args: `{"_id":"evil"}`, body: nowRole, props: now},
		{name: "the own role", do: "security:updateRole", args: `{"_id":"manager"}`, body: everythingRole, props: all},
		{name: "less in a role that has more", do: "security:updateRole", args: `{"_id":"admin"}`, body: `{"controllers":{"auth":{"actions":{"login":true}}}}`, props: all},
		{name: "a role's end", do: "security:deleteRole", args: `{"_id":"spare"}`, props: now},
		{name: "a profile", do: "security:createProfile", args: `{"_id":"evil"}`, body: limitedsPolicies, props: now},
		{name: "a profile put", do: "security:createOrReplaceProfile", args: `{"_id":"manager"}`, body: `{"policies":[{"roleId":"admin"}]}`, props: all},
		{name: "a restricted policy of a role that has more", do: "security:createProfile", args: `{"_id":"evil"}`, body: `{"policies":[{"roleId":"limited","restrictedTo":[{"index":"i"}]}]}`, props: now},
		{name: "the own profile", do: "security:updateProfile", args: `{"_id":"manager"}`, body: limitedsPolicies, props: now},
		{name: "a profile's end", do: "security:deleteProfile", args: `{"_id":"spare"}`, props: now},
		{name: "a profile's end for those who hold it", do: "security:deleteProfile", args: `{"_id":"limited","onAssignedUsers":"remove"}`, props: now},
		{name: "a role foreseen", do: "security:previewRole", args: `{"_id":"evil"}`, body: everythingRole, props: all},
		{name: "a profile foreseen", do: "security:previewProfile", args: `{"_id":"manager"}`, body: `{"policies":[{"roleId":"admin"}]}`, props: all},
		{name: "load a role", do: "admin:loadSecurities", body: `{"roles":{"aa":{"controllers":{"auth":{"actions":{"login":true}}}},"evil":` + everythingRole + `}}`, props: all},
		{name: "load a profile", do: "admin:loadSecurities", body: `{"profiles":{"evil":` + limitedsPolicies + `}}`, props: now},
		{name: "load a user", do: "admin:loadSecurities", body: `{"users":{"evil":{"content":{"profileIds":["admin"]}}}}`, props: all},
		{name: "load over somebody who has more", do: "admin:loadSecurities", args: `{"onExistingUsers":"overwrite"}`, body: `{"users":{"root":{"content":{"profileIds":["default"]}}}}`, props: all},
		{name: "a reset", do: "admin:resetSecurity", props: all},
		{name: "the standard roles", do: "security:restrictDefaultRights", props: all},
		{name: "a setting", do: "settings:set", args: `{"_id":"sessions.perUser"}`, body: `{"value":1}`, props: all},
		{name: "a test message", do: "settings:testMail", body: `{"to":"a@example.com"}`, props: all},
		{name: "a webhook endpoint", do: "webhooks:create", body: `{"url":"https://127.0.0.1:9/"}`, props: all},
		{name: "a webhook endpoint's end", do: "webhooks:delete", args: `{"_id":"ghost"}`, props: all},
		{name: "a replay", do: "webhooks:replay", props: all},
		{name: "a service key", do: "service-keys:create", body: `{"kind":"test"}`, props: all},
		{name: "the service keys", do: "service-keys:list", props: all},
		{name: "a service key's end", do: "service-keys:revoke", args: `{"_id":"ghost"}`, props: all},
		{name: "another's import", do: "import:upload", args: `{"_id":"$job"}`, body: `{"text":"{}","end":true}`, props: all},
		{name: "another's import's end", do: "import:cancel", args: `{"_id":"$job"}`, props: all},
		{name: "another's import, forgotten", do: "import:delete", args: `{"_id":"$job"}`, props: all},
	}
	for i := range table {
		table[i].as, table[i].status, table[i].error = "manager", 403, exceedsOwn
	}
	return table
}

// inParts are the actions that answer 206 with one error for each id.
var inParts = map[string]string{
	"security:mDeleteUsers":    `{"ids":["root"]}`,
	"security:mDeleteRoles":    `{"ids":["spare"]}`,
	"security:mDeleteProfiles": `{"ids":["spare"]}`,
}

// TestContainment: users who manage others can neither give nor get rights that they lack, by any
// action, and nothing is left of the attempt.
func TestContainment(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		st.manage(t)
		for _, sc := range overreaching() {
			if sc.only != "" && sc.only != protocol {
				continue
			}
			t.Run(sc.name, func(t *testing.T) { st.run(t, sc) })
		}
		for do, body := range inParts {
			controller, action := split(do)
			in := call{controller: controller, action: action, token: st.kept["manager"], hasBody: true}
			decode(t, body, &in.body)
			if a := st.call(t, in); a.status != 206 || !strings.Contains(string(a.raw), exceedsOwn) {
				t.Errorf("%s: %s", do, a.raw)
			}
		}
		for _, sc := range []scenario{
			{name: "the administrator still logs in", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"root","password":"$password"}`, events: []string{"session.created"}},
			{name: "and the session still holds", as: "admin", do: "auth:getCurrentUser", want: `{"_id":"root","_source":{"profileIds":["admin"]}}`},
			{name: "nobody came of it", as: "admin", do: "security:mGetUsers", body: `{"ids":["evil"]}`, want: `{"hits":[]}`},
			{name: "no role", as: "admin", do: "security:getRole", args: `{"_id":"aa"}`, status: 404, error: "security.role.not_found"},
			{name: "the spare role is there", as: "admin", do: "security:getRole", args: `{"_id":"spare"}`},

			{name: "what one has may be given", as: "manager", do: "security:createUser", args: `{"_id":"deputy"}`, body: `{"content":{"profileIds":["manager"]},"credentials":{"local":{"username":"deputy","password":"$password"}}}`, events: []string{"rights.granted", "user.created"}},
			{name: "and less", as: "manager", do: "security:updateUser", args: `{"_id":"deputy"}`, body: `{"profileIds":["user"]}`, events: []string{"user.updated"}},
			{name: "also what everybody has", as: "manager", do: "security:updateUser", args: `{"_id":"deputy"}`, body: `{"profileIds":["anonymous"]}`, events: []string{"rights.granted", "user.updated"}},
			{name: "the configured profiles too", as: "manager", do: "security:createRestrictedUser", args: `{"_id":"signed-up"}`, body: `{"content":{}}`, events: []string{"user.created"}},
			{name: "and credentials of those judged", as: "manager", do: "security:validateCredentials", args: `{"_id":"deputy","strategy":"local"}`, body: `{"username":"second","password":"$password"}`, want: `true`},
			{name: "and those of nobody yet", as: "manager", do: "security:validateCredentials", args: `{"_id":"ghost","strategy":"local"}`, body: `{"username":"second","password":"$password"}`, want: `true`},
			{name: "and keys of those", as: "manager", do: "security:createApiKey", args: `{"userId":"deputy"}`, body: `{"description":"d"}`, events: []string{"apikey.created"}},
			{name: "an administrator gives all", as: "admin", do: "security:updateUser", args: `{"_id":"deputy"}`, body: `{"profileIds":["admin"]}`, events: []string{"rights.granted", "user.updated"}},

			{name: "explain tells", as: "admin", do: "security:explain", args: `{"userId":"manager"}`, body: `{"controller":"security","action":"updateUser","giving":{"profileIds":["limited"]}}`, want: `{"allowed":true,"containment":{"on":true,"allowed":false,"exceeds":"server:now"}}`},
			{name: "of users as well", as: "admin", do: "security:explain", args: `{"userId":"manager"}`, body: `{"controller":"security","action":"deleteUser","giving":{"userId":"root"}}`, want: `{"containment":{"allowed":false,"exceeds":"*:*"}}`},
			{name: "and of what is allowed", as: "admin", do: "security:explain", args: `{"userId":"root"}`, body: `{"controller":"security","action":"updateUser","giving":{"userId":"manager","profileIds":["limited"]}}`, want: `{"containment":{"on":true,"allowed":true}}`},
			{name: "a profile that is none", as: "admin", do: "security:explain", args: `{"userId":"root"}`, body: `{"controller":"security","action":"updateUser","giving":{"profileIds":["ghost"]}}`, status: 404, error: "security.profile.not_found"},
			{name: "profiles that are none", as: "admin", do: "security:explain", args: `{"userId":"root"}`, body: `{"controller":"security","action":"updateUser","giving":{"profileIds":"admin"}}`, status: 400, error: "api.assert.invalid_type", props: `["body.giving.profileIds","string[]"]`},
		} {
			t.Run(sc.name, func(t *testing.T) { st.run(t, sc) })
		}
	})
}

// TestEveryActionTakesASide holds the table of sides to account, and each action
// that is contained to a try that is refused.
func TestEveryActionTakesASide(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for _, sc := range overreaching() {
		tried[sc.do] = true
	}
	known := map[string]bool{}
	for _, do := range everyAction(t, start(t)) {
		do = canonical(do)
		known[do] = true
		if sides[do] == "" {
			t.Errorf("%s takes no side: say in sides whether it could give rights that its caller lacks", do)
		}
	}
	for do, is := range sides {
		if !known[do] {
			t.Errorf("%s is no action", do)
		}
		if (is == contained) != (tried[do] || inParts[do] != "") {
			t.Errorf("%s is %s, but overreaching says otherwise", do, is)
		}
	}
}

// TestUncontained: rights.containment false is Kuzzle's behaviour.
func TestUncontained(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t, func(set *settings) { set.Rights.Containment = false }), protocol)
		st.manage(t)
		st.run(t, scenario{as: "admin", do: "security:explain", args: `{"userId":"manager"}`, body: `{"controller":"security","action":"updateUser","giving":{"userId":"root"}}`, want: `{"containment":{"on":false,"allowed":true}}`})
		st.run(t, scenario{as: "manager", do: "security:updateUser", args: `{"_id":"manager"}`, body: `{"profileIds":["admin"]}`, events: []string{"rights.granted", "user.updated"}})
	})
}
