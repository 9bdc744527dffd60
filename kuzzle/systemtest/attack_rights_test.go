package systemtest

import (
	"maps"
	"strings"
	"testing"
)

// assignment is a content, and the member for which it is refused: to everybody, or to
// users who write their own content or sign up. If both are "" it is data of the user's
// own.
type assignment struct{ content, error, own string }

// assigned are contents with values that users must not set themselves, or that would
// be such values if the server accepted them.
var assigned = []assignment{
	{`{"profileIds":["admin"]}`, "profileIds", ""},
	{`{"profileIds":"admin"}`, "profileIds", ""},
	{`{"profileIds":[]}`, "profileIds", ""},
	{`{"profileIds":{"0":"admin","length":1}}`, "profileIds", ""},
	{`{"name":"x","profileIds":["default","admin"]}`, "profileIds", ""},
	{`{"profileids":["admin"]}`, "", ""},
	{`{"profile_ids":["admin"],"profiles":["admin"],"roles":["admin"],"policies":[{"roleId":"admin"}],"role":"admin","admin":true}`, "", ""},
	{`{"__proto__":{"profileIds":["admin"]}}`, "", ""},
	{`{"constructor":{"prototype":{"profileIds":["admin"]}}}`, "", ""},
	{`{"a":{"profileIds":["admin"]},"_source":{"profileIds":["admin"]},"content":{"profileIds":["admin"]}}`, "", ""},
	{`{"_kuzzle_info":{"author":"forged","createdAt":1,"updater":"forged","updatedAt":1}}`, "", ""},
	{`{"_kuzzle_info":null}`, "", ""},
	{`{"_kuzzle_info":"forged"}`, "", ""},
	{`{"banned":true,"disabled":true,"blocked":true,"enabled":false,"active":false}`, "", "banned"},
	{`{"banned":false,"disabled":false}`, "", "banned"},
	{`{"public_metadata":{"role":"admin"},"publicMetadata":{"role":"admin"},"private_metadata":{"role":"admin"},"private":{"appMetadata":{"role":"admin"}},"app_metadata":{"role":"admin"}}`, "", "publicMetadata"},
	{`{"auth":{"records":[]},"_auth":{"records":[]},"credentials":{"local":{"username":"root"}},"records":[]}`, "", ""},
	{`{"epoch":99,"incarnation":"x","version":99,"_version":99,"expiresAt":1}`, "", ""},
}

// notOwn are the parts of a user that the user must not change.
type notOwn struct{ kuid, profiles, author, createdAt, rights string }

// own reads these parts, with the rights of the user's token.
func (st *story) own(t *testing.T, kuid, token string) notOwn {
	t.Helper()
	read := st.server.operate(t, "security", "getUser", map[string]any{"_id": kuid}, nil)["result"].(map[string]any)
	content := read["_source"].(map[string]any)
	info, _ := content["_kuzzle_info"].(map[string]any)
	rights := st.call(t, call{controller: "auth", action: "getMyRights", token: token})
	wantError(t, "getMyRights of "+kuid, rights, 200, "")
	wantError(t, "an action of administrators", st.call(t, call{controller: "security", action: "searchUsers", token: token}), 403, "security.rights.forbidden")
	return notOwn{
		read["_id"].(string), string(mustJSON(content["profileIds"])), string(mustJSON(info["author"])), string(mustJSON(info["createdAt"])),
		string(mustJSON(rights.result())),
	}
}

// TestAttack14 writes values that users must not set themselves, into one's own user
// and at a sign-up: they are refused and nothing is written, or they are data without
// effect on the user's identity, rights and logins.
func TestAttack14(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		st.openSignUp(t)
		t.Run("self-update", st.assignToSelf)
		t.Run("metadata", st.assignMetadata)
		t.Run("sign-up", st.assignAtSignUp)
	})
}

func (st *story) assignToSelf(t *testing.T) {
	before := st.own(t, "user", st.kept["user"])
	whole := func() string {
		return string(mustJSON(st.server.operate(t, "security", "getUser", map[string]any{"_id": "user"}, nil)["result"]))
	}
	refused := append(assigned[:len(assigned):len(assigned)], []assignment{
		{`{"_id":"root"}`, "_id", ""}, {`{"name":"x","_id":{"$ne":"user"}}`, "_id", ""},
	}...)
	for _, one := range refused {
		in := call{controller: "auth", action: "updateSelf", token: st.kept["user"], hasBody: true}
		decode(t, one.content, &in.body)
		was := whole()
		a := st.call(t, in)
		if one.error == "" && one.own == "" {
			wantError(t, one.content, a, 200, "")
		} else {
			wantError(t, one.content, a, 400, "api.assert.forbidden_argument")
			if got := whole(); got != was {
				t.Errorf("%s was refused and changed the user:\n%s\n%s", one.content, was, got)
			}
		}
		if after := st.own(t, "user", st.kept["user"]); after != before {
			t.Errorf("%s: the user is\n%+v, was\n%+v", one.content, after, before)
		}
	}
	wantError(t, "the login afterwards", st.call(t, loginAs("user", canaryPassword, "")), 200, "")
}

// assignMetadata: users write only the unsafe kind of their metadata.
func (st *story) assignMetadata(t *testing.T) {
	read := func() string {
		return string(mustJSON(st.server.operate(t, "security", "getUserMetadata", map[string]any{"_id": "user"}, nil)["result"]))
	}
	st.server.operate(t, "security", "updateUserMetadata", map[string]any{"_id": "user"}, map[string]any{"public": map[string]any{"plan": "free"}, "private": map[string]any{"note": "none"}})
	was := read()
	for _, body := range []string{
		`{"public":{"plan":"gold"}}`, `{"private":{"note":"x"}}`, `{"unsafe":{"a":1},"public":{"plan":"gold"}}`, `{"public":null}`, `{"private":null}`,
		`{"public_metadata":{"plan":"gold"}}`, `{"__proto__":{"plan":"gold"}}`, `{"Public":{"plan":"gold"}}`,
	} {
		in := call{controller: "auth", action: "updateMyMetadata", token: st.kept["user"], hasBody: true}
		decode(t, body, &in.body)
		if a := st.call(t, in); a.status != 400 {
			t.Errorf("%s: %.300s", body, a.raw)
		}
		if now := read(); now != was {
			t.Errorf("%s was refused and changed the metadata:\n%s\n%s", body, was, now)
		}
	}
	shown := st.call(t, call{controller: "auth", action: "getMyMetadata", token: st.kept["user"]})
	if strings.Contains(string(shown.raw), "note") || shown.at("result.public.plan") != "free" {
		t.Errorf("what a user sees: %s", shown.raw)
	}
}

func (st *story) assignAtSignUp(t *testing.T) {
	sign := func(kuid string, content any, more map[string]any) (answer, call) {
		in := signUp(kuid)
		in.args = map[string]any{"_id": kuid}
		body := in.body.(map[string]any)
		body["content"] = content
		maps.Copy(body, more)
		return st.call(t, in), in
	}
	enter := func(kuid string) string {
		t.Helper()
		a := st.call(t, loginAs(kuid, canaryPassword, ""))
		wantError(t, "the login of "+kuid, a, 200, "")
		return a.text("result.jwt")
	}
	plain, _ := sign("plain", map[string]any{}, nil)
	wantError(t, "a plain sign-up", plain, 200, "")
	want := st.own(t, "plain", enter("plain"))
	for i, one := range assigned {
		kuid := "new-" + itoa(i)
		var content any
		decode(t, one.content, &content)
		a, _ := sign(kuid, content, nil)
		if one.error != "" || one.own != "" {
			wantError(t, one.content, a, 400, "api.assert.forbidden_argument")
			read := st.call(t, call{controller: "security", action: "getUser", args: map[string]any{"_id": kuid}, token: st.kept["admin"]})
			wantError(t, one.content+", the user", read, 404, "security.user.not_found")
			wantError(t, one.content+", the login", st.call(t, loginAs(kuid, canaryPassword, "")), 401, "plugin.strategy.missing_user")
			continue
		}
		wantError(t, one.content, a, 200, "")
		got := st.own(t, kuid, enter(kuid))
		got.kuid, got.createdAt = want.kuid, want.createdAt
		if got != want {
			t.Errorf("a sign-up with %s made\n%+v, want\n%+v", one.content, got, want)
		}
	}
	unsafe, _ := sign("unsafe", map[string]any{"unsafeMetadata": map[string]any{"theme": "dark"}}, nil)
	wantError(t, "a sign-up with metadata of one's own", unsafe, 200, "")
	kept := st.server.operate(t, "security", "getUserMetadata", map[string]any{"_id": "unsafe"}, nil)["result"].(map[string]any)
	if theme, _ := kept["unsafe"].(map[string]any); theme["theme"] != "dark" || unsafe.at("result._source.unsafeMetadata") != nil {
		t.Errorf("a sign-up with unsafeMetadata kept %v and answered %s", kept, unsafe.raw)
	}
	for name, content := range map[string]any{"is text": map[string]any{"unsafeMetadata": "x"}, "has the public kind": map[string]any{"publicMetadata": map[string]any{}}} {
		if a, _ := sign("wrong", content, nil); a.status != 400 {
			t.Errorf("a sign-up whose content %s: %s", name, a.raw)
		}
	}
	// Beside the content nothing counts either.
	beside := map[string]any{"profileIds": []any{"admin"}, "_kuzzle_info": map[string]any{"author": "root"}, "_id": "root", "roles": []any{"admin"}}
	a, in := sign("beside", map[string]any{}, beside)
	if a.status == 200 {
		got := st.own(t, "beside", enter("beside"))
		got.kuid, got.createdAt = want.kuid, want.createdAt
		if got != want {
			t.Errorf("a sign-up with profiles beside its content made\n%+v, want\n%+v", got, want)
		}
	} else if a.status != 400 {
		t.Errorf("profiles beside the content: %s", a.raw)
	}
	in.args = map[string]any{"_id": "by-argument", "profileIds": "admin"}
	in.body = map[string]any{"content": map[string]any{}, "credentials": map[string]any{"local": map[string]any{"username": "by-argument", "password": canaryPassword}}}
	if a := st.call(t, in); a.status == 200 {
		if got := st.own(t, "by-argument", enter("by-argument")); got.profiles != want.profiles || got.rights != want.rights {
			t.Errorf("a sign-up with profiles as an argument made %+v", got)
		}
	} else if a.status != 400 {
		t.Errorf("profiles as an argument: %s", a.raw)
	}
}
