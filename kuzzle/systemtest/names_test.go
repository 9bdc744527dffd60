package systemtest

import "testing"

// TestNamesThatLookAlike: a name that a person takes for another one cannot be
// taken, and logs its owner in however it is typed.
func TestNamesThatLookAlike(t *testing.T) {
	t.Parallel()
	const create = "security:createUser"
	alike := map[string][]string{
		"jdoe":               {"JDoe", "ＪＤＯＥ", "jd\u200boe", " jdoe ", "j\u00addoe"},
		"Straße":             {"STRASSE", "strasse", "ＳＴＲＡẞＥ"},
		"re\u0301sume\u0301": {"résumé", "RÉSUMÉ"},
		"Kelvin":             {"\u212Aelvin"},
		"Ann@Example.org":    {"ann@example.org"},
	}
	table := []scenario{}
	for name, others := range alike {
		body := func(name string) string {
			return `{"content":{"profileIds":["user"]},"credentials":{"local":{"username":` + string(mustJSON(name)) + `,"password":"$password"}}}`
		}
		login := func(name string) string { return `{"username":` + string(mustJSON(name)) + `,"password":"$password"}` }
		id := "id-" + name
		args := `{"_id":` + string(mustJSON(id)) + `}`
		table = append(table, scenario{name: "create " + name, as: "admin", do: create, args: args, body: body(name), events: []string{"rights.granted", "user.created"}})
		for _, other := range append(others, name) {
			table = append(table,
				scenario{name: "create " + other, as: "admin", do: create, body: body(other), status: 412, error: taken},
				scenario{name: "log in as " + other, do: "auth:login", args: `{"strategy":"local"}`, body: login(other), want: `{"_id":` + string(mustJSON(id)) + `}`, events: []string{"session.created"}},
				scenario{name: "find " + other, only: "websocket", as: "admin", do: "security:getCredentialsById", args: `{"strategy":"local","_id":` + string(mustJSON(other)) + `}`,
					want: `{"username":` + string(mustJSON(name)) + `,"kuid":` + string(mustJSON(id)) + `}`})
		}
	}
	table = append(table, scenario{name: "nothing to be seen", as: "admin", do: create, status: 400, error: "security.credentials.invalid_identifier",
		body: `{"content":{"profileIds":["user"]},"credentials":{"local":{"username":"\u200b\u200d","password":"$password"}}}`})
	tell(t, table)
}

// TestSecondNamesOpenNoDoor: rights are those of the older name, whichever is
// called or named in a role.
func TestSecondNamesOpenNoDoor(t *testing.T) {
	t.Parallel()
	const load, local = "admin:loadSecurities", `{"strategy":"local"}`
	person := func(role string) string {
		return `{"content":{"profileIds":["` + role + `"]},"credentials":{"local":{"username":"` + role + `","password":"$password"}}}`
	}
	const forbidden = "security.rights.forbidden"
	tell(t, []scenario{
		{name: "roles", as: "admin", do: load, args: `{"onExistingUsers":"skip"}`, body: `{
			"roles":{
				"closed":{"controllers":{"security":{"actions":{"createUser":false,"*":true}}}},
				"opened":{"controllers":{"user":{"actions":{"get":true}}}},
				"all":{"controllers":{"user":{"actions":{"*":true}}}},
				"both":{"controllers":{"user":{"actions":{"get":true}},"security":{"actions":{"getUser":false}}}}},
			"profiles":{"closed":{"policies":[{"roleId":"closed"}]},"opened":{"policies":[{"roleId":"opened"}]},"all":{"policies":[{"roleId":"all"}]},"both":{"policies":[{"roleId":"both"}]}},
			"users":{"closed":` + person("closed") + `,"opened":` + person("opened") + `,"all":` + person("all") + `,"both":` + person("both") + `}}`,
			events: []string{"role.created", "role.created", "role.created", "role.created", "profile.created", "profile.created", "profile.created", "profile.created",
				"rights.granted", "user.created", "rights.granted", "user.created", "rights.granted", "user.created", "rights.granted", "user.created", "security.loaded"}},
		{name: "closed", do: "auth:login", args: local, body: `{"username":"closed","password":"$password"}`, keep: map[string]string{"closed": "result.jwt"}, events: []string{"session.created"}},
		{name: "opened", do: "auth:login", args: local, body: `{"username":"opened","password":"$password"}`, keep: map[string]string{"opened": "result.jwt"}, events: []string{"session.created"}},
		{name: "all", do: "auth:login", args: local, body: `{"username":"all","password":"$password"}`, keep: map[string]string{"all": "result.jwt"}, events: []string{"session.created"}},
		{name: "both", do: "auth:login", args: local, body: `{"username":"both","password":"$password"}`, keep: map[string]string{"both": "result.jwt"}, events: []string{"session.created"}},

		{name: "closed, older name", as: "closed", do: "security:createUser", body: `{}`, status: 403, error: forbidden, props: `["security","createUser","closed"]`},
		{name: "closed, newer name", as: "closed", do: "user:create", body: `{}`, status: 403, error: forbidden, props: `["user","create","closed"]`},
		{name: "closed, something else", as: "closed", do: "user:get", args: `{"_id":"user"}`, want: `{"_id":"user"}`},
		{name: "opened, newer name", as: "opened", do: "user:get", args: `{"_id":"user"}`, want: `{"_id":"user"}`},
		{name: "opened, older name", as: "opened", do: "security:getUser", args: `{"_id":"user"}`, want: `{"_id":"user"}`},
		{name: "opened, something else", as: "opened", do: "security:getRole", args: `{"_id":"admin"}`, status: 403, error: forbidden},
		{name: "all users", as: "all", do: "user:search", want: `{"total":7}`},
		{name: "all users, older name", as: "all", do: "security:searchUsers", want: `{"total":7}`},
		{name: "all users, no roles", as: "all", do: "security:searchRoles", status: 403, error: forbidden},
		{name: "of two that disagree the false one counts", as: "both", do: "user:get", args: `{"_id":"user"}`, status: 403, error: forbidden},
	})
}

// TestDeprecations are announced where somebody develops.
func TestDeprecations(t *testing.T) {
	t.Parallel()
	s := start(t, func(set *settings) { set.Development = true })
	st := newStory(t, s, "websocket")
	ask := func(do string) answer {
		controller, action := split(do)
		return st.call(t, call{controller: controller, action: action, token: st.kept["admin"], hasBody: true, body: map[string]any{"content": map[string]any{"profileIds": []any{"user"}}}})
	}
	if a := ask("security:createUser"); a.text("deprecations.0.message") == "" {
		t.Errorf("the older name: %s", a.raw)
	}
	if a := ask("user:create"); a.env["deprecations"] != nil {
		t.Errorf("the newer name: %s", a.raw)
	}
}
