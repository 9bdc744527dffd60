package systemtest

import (
	"maps"
	"strings"
	"testing"
)

// accountsTable is the story of names and contacts that administrators give users beside
// the content, on an instance of the standard attributes: an e-mail address and a
// password are required.
func accountsTable() []scenario {
	const (
		create, update, get = "security:createUser", "security:updateUserAccount", "security:getUser"

		missing, invalid, wrongType = "api.assert.missing_argument", "api.assert.invalid_argument", "api.assert.invalid_type"
		unexpected, taken           = "api.assert.unexpected_argument", "security.credentials.identifier_taken"
		readAgain                   = "security.user.read_again"

		jane = `{"_id":"jane","account":true}`
	)
	body := func(account, credentials string) string {
		return `{"content":{"profileIds":["user"]},"account":` + account + `,"credentials":` + credentials + `}`
	}
	made := []string{"rights.granted", "user.created"}
	told := []string{"user.updated"}
	const password = `{"local":{"password":"$password"}}`
	refused := func(name, account, credentials string, status int, err, props string) scenario {
		return scenario{name: name, as: "admin", do: create, args: `{"_id":"jane"}`, body: body(account, credentials), status: status, error: err, props: props}
	}
	return []scenario{
		refused("the account a list", `[]`, password, 400, wrongType, `["body.account","object"]`),
		refused("a name of the wrong type", `{"firstName":7}`, password, 400, wrongType, `["body.account.firstName","string"]`),
		refused("addresses that are no list", `{"emailAddresses":"jane@example.com"}`, password, 400, wrongType, `["body.account.emailAddresses","array"]`),
		refused("a member that nobody knows", `{"emailAdresses":[]}`, password, 400, unexpected, `["body.account.emailAdresses",["externalId","firstName","lastName","username","emailAddresses","phoneNumbers","web3Wallets"]]`),
		refused("no address", `{}`, password, 400, missing, `["body.account.emailAddresses"]`),
		refused("no password", `{"emailAddresses":["jane@example.com"]}`, `{}`, 400, missing, `["body.credentials.local.password"]`),
		refused("an address that is none", `{"emailAddresses":["jane"]}`, password, 400, invalid, `["body.account.emailAddresses","<any>"]`),
		refused("a number without its country", `{"emailAddresses":["jane@example.com"],"phoneNumbers":["12"]}`, password, 400, invalid, `["body.account.phoneNumbers","<any>"]`),
		refused("a name with a control character", `{"emailAddresses":["jane@example.com"],"lastName":"D\u0007oe"}`, password, 400, invalid, `["body.account.lastName","<any>"]`),
		refused("a long name", `{"emailAddresses":["jane@example.com"],"firstName":"`+strings.Repeat("x", 257)+`"}`, password, 400, invalid, `["body.account.firstName","<any>"]`),
		refused("two user names", `{"emailAddresses":["jane@example.com"],"username":"jane"}`, `{"local":{"username":"jane2","password":"$password"}}`, 400, "api.assert.mutually_exclusive", `["body.account.username","body.credentials.local.username"]`),
		refused("a user name that is taken", `{"emailAddresses":["jane@example.com"],"username":"ROOT"}`, password, 412, taken, `["username"]`),
		{name: "nothing is left of them", as: "admin", do: get, args: jane, status: 404, error: "security.user.not_found"},

		{name: "all of it in one request", as: "admin", do: create, args: `{"_id":"jane"}`, events: made,
			body: body(`{"firstName":" Jane ","lastName":"Doe","username":"jane","externalId":"crm-7","emailAddresses":["jane@example.com","doe@example.com"],"phoneNumbers":["+1 201 555 0123"]}`, password),
			want: `{"_id":"jane","_version":1,"created":true,"_source":{"profileIds":["user"],"firstName":"<absent>"}}`},
		{name: "is read by those who ask", as: "admin", do: get, args: jane, want: `{"_id":"jane","_version":1,"account":{"firstName":"Jane","lastName":"Doe","username":"jane","externalId":"crm-7"},"_source":{"account":"<absent>"}}`},
		{name: "and not by others", as: "admin", do: get, args: `{"_id":"jane"}`, want: `{"_version":"<absent>","account":"<absent>"}`},
		{name: "contacts are verified, the first is primary", as: "admin", do: "security:getContacts", args: `{"_id":"jane"}`,
			want: `{"hits":[{"kind":"email","value":"jane@example.com","verified":true,"primary":true},{"kind":"email","value":"doe@example.com","verified":true,"primary":false},{"kind":"phone","value":"+12015550123","verified":true,"primary":true}],"total":3}`},
		{name: "logs in by the name", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"jane","password":"$password"}`, events: []string{"session.created"}, want: `{"_id":"jane"}`},
		{name: "logs in by an address", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"doe@example.com","password":"$password"}`, events: []string{"session.created"}, want: `{"_id":"jane"}`},
		{name: "an address that is taken", as: "admin", do: create, args: `{"_id":"john"}`, body: body(`{"emailAddresses":["DOE@example.com"]}`, password), status: 412, error: taken, props: `["email"]`},
		{name: "nothing is left of that", as: "admin", do: get, args: `{"_id":"john"}`, status: 404, error: "security.user.not_found"},
		{name: "without an account nothing is asked for", as: "admin", do: create, args: `{"_id":"john"}`, body: `{"content":{"profileIds":["user"]}}`, events: made},

		{name: "names change", as: "admin", do: update, args: `{"_id":"jane"}`, body: `{"firstName":"Janet","lastName":null,"username":"janet"}`, events: told,
			want: `{"_id":"jane","_version":2,"firstName":"Janet","lastName":"<absent>","username":"janet","externalId":"crm-7"}`},
		{name: "a name with its password changes too", as: "admin", do: update, args: `{"_id":"user"}`, body: `{"username":"user2"}`, events: told, want: `{"username":"user2"}`},
		{name: "and is logged in by", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"user2","password":"$password"}`, events: []string{"session.created"}, want: `{"_id":"user"}`},
		{name: "the same again is no change", as: "admin", do: update, args: `{"_id":"jane"}`, body: `{"firstName":"Janet"}`, want: `{"_version":2}`},
		{name: "a name of somebody else's", as: "admin", do: update, args: `{"_id":"jane"}`, body: `{"username":"root"}`, status: 412, error: taken, props: `["username"]`},
		{name: "another member", as: "admin", do: update, args: `{"_id":"jane"}`, body: `{"locale":"de"}`, status: 400, error: unexpected, props: `["body.locale",["externalId","firstName","lastName","username"]]`},
		{name: "a number", as: "admin", do: update, args: `{"_id":"jane"}`, body: `{"username":7}`, status: 400, error: wrongType, props: `["body.username","string"]`},
		{name: "no body", as: "admin", do: update, args: `{"_id":"jane"}`, status: 400, error: "api.assert.body_required"},
		{name: "nobody", as: "admin", do: update, args: `{"_id":"ghost"}`, body: `{"firstName":"x"}`, status: 404, error: "security.user.not_found"},
		{name: "without rights", as: "user", do: update, args: `{"_id":"user"}`, body: `{"firstName":"x"}`, status: 403, error: "security.rights.forbidden"},
		{name: "the last name stays", as: "admin", do: update, args: `{"_id":"limited"}`, body: `{"username":""}`, status: 412, error: "security.contact.last_identifier"},

		// Changes for another version are refused, and write nothing.
		{name: "names of another version", as: "admin", do: update, args: `{"_id":"jane","ifVersion":1}`, body: `{"firstName":"J"}`, status: 412, error: readAgain, props: `["jane",2,1]`},
		{name: "names of this version", as: "admin", do: update, args: `{"_id":"jane","ifVersion":2}`, body: `{"firstName":"J"}`, events: told, want: `{"_version":3}`},
		{name: "content of another version", as: "admin", do: "security:updateUser", args: `{"_id":"jane","ifVersion":2}`, body: `{"a":1}`, status: 412, error: readAgain, props: `["jane",3,2]`},
		{name: "content of this version", as: "admin", do: "security:updateUser", args: `{"_id":"jane","ifVersion":3}`, body: `{"a":1}`, events: told, want: `{"_version":4}`},
		{name: "a whole content of another version", as: "admin", do: "security:replaceUser", args: `{"_id":"jane","ifVersion":3}`, body: `{"profileIds":["user"]}`, status: 412, error: readAgain, props: `["jane",4,3]`},
		{name: "a whole content of this version", as: "admin", do: "security:replaceUser", args: `{"_id":"jane","ifVersion":4}`, body: `{"profileIds":["user"]}`, events: []string{"user.replaced"}, want: `{"_version":5}`},
		{name: "metadata of another version", as: "admin", do: "security:updateUserMetadata", args: `{"_id":"jane","ifVersion":4}`, body: `{"public":{"a":1}}`, status: 412, error: readAgain, props: `["jane",5,4]`},
		{name: "metadata of this version", as: "admin", do: "security:updateUserMetadata", args: `{"_id":"jane","ifVersion":5}`, body: `{"public":{"a":1}}`, events: []string{"metadata.updated"}, want: `{"_version":6}`},
		{name: "a version that is none", as: "admin", do: "security:updateUser", args: `{"_id":"jane","ifVersion":0}`, body: `{"a":2}`, status: 400, error: invalid, props: `["ifVersion","<any>"]`},
		{name: "a version that is no number", as: "admin", do: "security:updateUser", args: `{"_id":"jane","ifVersion":"new"}`, body: `{"a":2}`, status: 400, error: wrongType, props: `["ifVersion","integer"]`},
		{name: "and nothing came of those", as: "admin", do: get, args: jane, want: `{"_version":6,"account":{"firstName":"J"},"_source":{"a":"<absent>"}}`},
	}
}

// TestAttributes: a new user with an account has the attributes that the settings
// require, and none that is off; the same applies to a change of names. Users without an
// account are not affected.
func TestAttributes(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.operate(t, "security", "createFirstAdmin", map[string]any{"_id": "root"}, map[string]any{"credentials": map[string]any{"local": map[string]any{"username": "root", "password": canaryPassword}}})
	client := s.client(t, "http")
	token := (&story{server: s, client: client, kept: map[string]string{}}).login(t, "root")
	whole := map[string]any{
		"firstName": "Jane", "lastName": "Doe", "username": "jane", "emailAddresses": []any{"jane@example.com"},
		"phoneNumbers": []any{"+12015550123"}, "web3Wallets": []any{"0x00000000000000000000000000000000000000aa"},
	}
	var ids requestIDs
	ask := func(what, action string, args, body map[string]any, status int, err, at string) {
		t.Helper()
		a := client.send(t, call{id: ids.next(), controller: "security", action: action, args: args, token: token, hasBody: true, body: body})
		wantError(t, what, a, status, err)
		if props := a.text("error.props.0"); at != "" && props != at {
			t.Errorf("%s: the refusal is about %s, want %s", what, props, at)
		}
	}
	create := func(what string, account map[string]any, credentials map[string]any, status int, err, at string) {
		t.Helper()
		ask(what, "createUser", map[string]any{"_id": "jane"}, map[string]any{"content": map[string]any{"profileIds": []any{"default"}}, "account": account, "credentials": credentials}, status, err, at)
	}
	const missing, forbidden = "api.assert.missing_argument", "api.assert.forbidden_argument"
	local := map[string]any{"local": map[string]any{"password": canaryPassword}}
	set := func(part, need string) {
		s.operate(t, "settings", "set", map[string]any{"_id": "clerk.attributes." + part}, map[string]any{"value": need})
	}
	for setting, name := range map[string]string{
		"firstName": "firstName", "lastName": "lastName", "username": "username",
		"emailAddress": "emailAddresses", "phoneNumber": "phoneNumbers", "web3Wallet": "web3Wallets",
	} {
		without := maps.Clone(whole)
		delete(without, name)
		set(setting, "required")
		create(setting+" is required", without, local, 400, missing, "body.account."+name)
		set(setting, "off")
		create(setting+" is off", whole, local, 400, forbidden, "body.account."+name)
		set(setting, "on")
	}
	set("username", "off")
	without := maps.Clone(whole)
	delete(without, "username")
	create("a user name with its password is off", without, map[string]any{"local": map[string]any{"username": "jane", "password": canaryPassword}}, 400, forbidden, "body.account.username")
	set("username", "required")
	set("firstName", "required")
	create("a first name of spaces", map[string]any{"firstName": "  ", "username": "jane"}, local, 400, missing, "body.account.firstName")
	set("password", "off")
	create("passwords are off", whole, local, 400, forbidden, "body.credentials.local.password")
	create("all that is required", whole, map[string]any{}, 200, "", "")
	jane := map[string]any{"_id": "jane"}
	ask("a required name stays", "updateUserAccount", jane, map[string]any{"firstName": ""}, 400, missing, "body.firstName")
	set("lastName", "off")
	ask("a name that is off is not given", "updateUserAccount", jane, map[string]any{"lastName": "Roe"}, 400, forbidden, "body.lastName")
	ask("but taken away", "updateUserAccount", jane, map[string]any{"lastName": nil}, 200, "", "")
	ask("users without an account", "createUser", map[string]any{"_id": "john"}, map[string]any{"content": map[string]any{"profileIds": []any{"default"}}}, 200, "", "")
}

// TestRaceOfEdits: of many concurrent changes for one version of a user, one is made,
// and the others are told to read the user again. Nothing of theirs is left.
func TestRaceOfEdits(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		read := func() int {
			a := st.call(t, call{controller: "security", action: "getUser", token: st.kept["admin"], args: map[string]any{"_id": "user", "account": true}})
			version, _ := a.at("result._version").(float64)
			return int(version)
		}
		for round := range 5 {
			version := read()
			answers := st.atOnce(t, 16, func(i int) call {
				c := call{controller: "security", token: st.kept["admin"], hasBody: true, args: map[string]any{"_id": "user", "ifVersion": version, "refresh": false}}
				mine := itoa(round) + "-" + itoa(i)
				switch i % 4 {
				case 0:
					c.action, c.body = "updateUser", map[string]any{"mine" + itoa(i): mine}
				case 1:
					c.action, c.body = "replaceUser", map[string]any{"profileIds": []any{"user"}, "mine": mine}
				case 2:
					c.action, c.body = "updateUserMetadata", map[string]any{"public": map[string]any{"mine": mine}}
				default:
					c.action, c.body = "updateUserAccount", map[string]any{"firstName": mine}
				}
				return c
			})
			once(t, "edits", answers)
			for _, a := range answers {
				if a.status != 200 {
					wantError(t, "an edit that came late", a, 412, "security.user.read_again")
				}
			}
			if now := read(); now != version+1 {
				t.Errorf("version %d became %d", version, now)
			}
		}
	})
}
