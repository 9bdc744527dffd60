package systemtest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestCredentialsComeBack checks that updateCredentials takes every answer of getCredentials
// as no change. It refuses a read-only field by name if its value changed.
func TestCredentialsComeBack(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t, unwrapped), protocol) // else the digest is wrapped at some moment, and shows it
		ask := func(action, id, strategy string, body any) answer {
			return st.call(t, call{
				controller: "security", action: action, args: map[string]any{"_id": id, "strategy": strategy},
				hasBody: body != nil, body: body, token: st.kept["admin"],
			})
		}
		for _, row := range []struct {
			strategy    string
			credentials map[string]any
			// shown are fields that are shown and cannot be set.
			shown []string
		}{
			{"local", map[string]any{"username": "of-local", "password": canaryPassword}, []string{"kuid"}},
			{"digest-import", map[string]any{"username": "of-digest", "passwordDigest": "5f4dcc3b5aa765d61d8327deb882cf99", "passwordHasher": "md5"}, []string{"kuid", "protection", "strength"}},
			{"digest-import", map[string]any{"username": "of-bcrypt", "passwordDigest": "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"}, []string{"kuid", "protection", "strength"}},
			{"external", map[string]any{"accounts": []any{"google:1"}}, []string{"kuid"}},
		} {
			id := "has-" + row.strategy + "-" + itoa(st.ids.last)
			made := st.call(t, call{controller: "security", action: "createUser", args: map[string]any{"_id": id}, hasBody: true, token: st.kept["admin"], body: map[string]any{
				"content": map[string]any{"profileIds": []any{"default"}}, "credentials": map[string]any{row.strategy: row.credentials},
			}})
			if made.status != 200 {
				t.Fatalf("%s: %s", id, made.raw)
			}
			shown := ask("getCredentials", id, row.strategy, nil)
			fields, _ := shown.result().(map[string]any)
			if shown.status != 200 || len(fields) < 2 {
				t.Fatalf("%s: getCredentials: %s", id, shown.raw)
			}
			if a := ask("updateCredentials", id, row.strategy, fields); a.status != 200 {
				t.Errorf("%s: what was read is refused: %s", id, a.raw)
			}
			if after := ask("getCredentials", id, row.strategy, nil); string(mustJSON(after.result())) != string(mustJSON(fields)) {
				t.Errorf("%s: it is %s afterwards, and was %s", id, mustJSON(after.result()), mustJSON(fields))
			}
			only := map[string]any{}
			for _, field := range row.shown {
				only[field] = fields[field]
				changed := map[string]any{}
				for name, value := range fields {
					changed[name] = value
				}
				changed[field] = "another"
				a := ask("updateCredentials", id, row.strategy, changed)
				if id, props := a.failure()["id"], a.failure()["props"]; a.status != 400 || id != "api.assert.forbidden_argument" || string(mustJSON(props)) != `["`+field+`"]` {
					t.Errorf("%s: another %s: %s", id, field, a.raw)
				}
			}
			a := ask("updateCredentials", id, row.strategy, only)
			if _, happened := st.server.trace.of("request-" + itoa(st.ids.last)); a.status != 200 || len(happened) > 0 {
				t.Errorf("%s: nothing but what cannot be set: %s, and the events %v", id, a.raw, happened)
			}
		}
		drawn := st.call(t, call{controller: "backup-code", action: "draw", token: st.kept["admin"]})
		codes, _ := drawn.at("result.codes").([]any)
		if drawn.status != 200 || len(codes) == 0 {
			t.Fatalf("draw: %s", drawn.raw)
		}
		body := map[string]any{"enrolment": drawn.text("result.enrolment"), "code": codes[0]}
		if a := st.call(t, call{controller: "auth", action: "createMyCredentials", args: map[string]any{"strategy": "backup-code"}, hasBody: true, body: body, token: st.kept["admin"]}); a.status != 200 {
			t.Fatalf("enrolling backup codes: %s", a.raw)
		}
		shown := ask("getCredentials", "root", "backup-code", nil).result()
		if a := ask("updateCredentials", "root", "backup-code", shown); a.status != 200 || string(mustJSON(a.result())) != string(mustJSON(shown)) {
			t.Errorf("backup codes %s are refused: %s", mustJSON(shown), a.raw)
		}
		if a := ask("updateCredentials", "has-nobody", "digest-import", map[string]any{"protection": "sealed"}); a.status != 404 {
			t.Errorf("a user who is not there: %s", a.raw)
		}
		a := ask("getAllCredentialFields", "", "", nil)
		if !strings.Contains(string(a.raw), `"result":{"local":[`) {
			t.Errorf("the fields begin with another strategy than local: %s", a.raw)
		}
	})
}

// TestExhaustedScroll: behind its last page a scroll answers no hits and its total.
func TestExhaustedScroll(t *testing.T) {
	t.Parallel()
	tell(t, []scenario{
		{name: "a page that holds everything", as: "admin", do: "security:searchUsers", args: `{"size":10,"scroll":"1m"}`, body: `{}`, want: `{"total":3}`, keep: map[string]string{"all": "result.scrollId"}},
		{name: "behind it", as: "admin", do: "security:scrollUsers", args: `{"scrollId":"$all"}`, want: `{"hits":[],"total":3,"scrollId":"$all"}`},
		{name: "and once more", as: "admin", do: "security:scrollUsers", args: `{"scrollId":"$all","scroll":"1m"}`, want: `{"hits":[],"total":3}`},
		{name: "a page of one user", as: "admin", do: "security:searchUsers", args: `{"scroll":"1m"}`, body: `{"query":{"term":{"profileIds":"limited"}}}`, want: `{"total":1}`, keep: map[string]string{"one": "result.scrollId"}},
		{name: "behind that", as: "admin", do: "security:scrollUsers", args: `{"scrollId":"$one"}`, want: `{"hits":[],"total":1}`},
		{name: "the bare word", as: "admin", do: "security:scrollUsers", args: `{"scrollId":"exhausted"}`, want: `{"hits":[],"total":3,"scrollId":"exhausted"}`},
		{name: "of profiles", as: "admin", do: "security:searchProfiles", args: `{"scroll":"1m"}`, body: `{}`, want: `{"total":5}`, keep: map[string]string{"profiles": "result.scrollId"}},
		{name: "behind those", as: "admin", do: "security:scrollProfiles", args: `{"scrollId":"$profiles"}`, want: `{"hits":[],"total":5}`},
		{name: "a total below nothing", as: "admin", do: "security:scrollUsers", args: `{"scrollId":"exhausted.-1"}`, status: 404, error: "services.storage.unknown_scroll_id"},
		{name: "without rights", as: "limited", do: "security:scrollUsers", args: `{"scrollId":"exhausted"}`, status: 403, error: "security.rights.forbidden"},
	})
}

// TestKeysInOrderOfCreation checks the order for any ids and any caller.
func TestKeysInOrderOfCreation(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		want := []string{"zulu", "alfa", "mike", "bravo"}
		for _, id := range want {
			st.server.clock.advance(time.Millisecond)
			if a := st.call(t, call{controller: "auth", action: "createApiKey", args: map[string]any{"_id": id}, hasBody: true, body: map[string]any{"description": "d"}, token: st.kept["user"]}); a.status != 200 {
				t.Fatalf("%s", a.raw)
			}
		}
		for _, c := range []call{
			{controller: "auth", action: "searchApiKeys", token: st.kept["user"]},
			{controller: "security", action: "searchApiKeys", args: map[string]any{"userId": "user"}, token: st.kept["admin"]},
		} {
			a := st.call(t, c)
			for i, id := range want {
				if got := a.at("result.hits." + itoa(i) + "._id"); got != id {
					t.Errorf("%s:%s: key %d is %v, want %s", c.controller, c.action, i, got, id)
				}
			}
		}
	})
}

// TestFirstAdministratorIsExplained checks that a caller from another machine is told how to
// create the first administrator, until there is one.
func TestFirstAdministratorIsExplained(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		edits []func(*settings)
		want  string
	}{
		{"closed", nil, "KUZZLE_BOOTSTRAP_TOKEN_FILE"},
		{"open to its own machine", []func(*settings){dev}, "--dev"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, row.edits...)
			client := newHTTPClient(t, s)
			says := func(verb, path string) string {
				a := client.roundTrip(t, verb, path, http.Header{"Host": {"kuzzle.example"}}, []byte("{}"))
				if a.status != 401 || a.text("error.id") != "security.rights.unauthorized" {
					t.Fatalf("%s: %s", path, a.raw)
				}
				return a.text("error.message")
			}
			for verb, path := range map[string]string{"GET": "/_adminExists", "POST": "/_createFirstAdmin/boss"} {
				if got := says(verb, path); !strings.Contains(got, row.want) {
					t.Errorf("%s says %q", path, got)
				}
			}
			if got := says("GET", "/_getConfig"); strings.Contains(got, "administrator") {
				t.Errorf("another action says %q", got)
			}
			s.operate(t, "security", "createFirstAdmin", map[string]any{"_id": "root"}, map[string]any{})
			if got := says("GET", "/_adminExists"); strings.Contains(got, "administrator") {
				t.Errorf("with an administrator it says %q", got)
			}
		})
	}
}

// TestKeptTypes: a mapping with types that nothing is found by is taken, and that is said once.
func TestKeptTypes(t *testing.T) {
	t.Parallel()
	s := start(t)
	mapping := map[string]any{"properties": map[string]any{"spot": map[string]any{"type": "geo_point"}, "day": map[string]any{"type": "date", "format": "yyyy-mm-dd"}}}
	for range 2 {
		if a := s.operate(t, "security", "updateUserMapping", nil, mapping); a["status"] != 200.0 {
			t.Fatalf("%v", a)
		}
	}
	if got := strings.Count(s.log.String(), "not searchable on this store"); got != 1 {
		t.Errorf("said %d times, want once", got)
	}
	shown, _ := s.operate(t, "security", "getUserMapping", nil, nil)["result"].(map[string]any)
	if got := string(mustJSON(shown)); !strings.Contains(got, `"spot":{"type":"geo_point"}`) || !strings.Contains(got, `"format":"yyyy-mm-dd"`) {
		t.Errorf("the mapping is %s", got)
	}
}

// TestTokenLifetime: the claims of a token of an hour say an hour.
func TestTokenLifetime(t *testing.T) {
	t.Parallel()
	st := newStory(t, start(t), "http")
	for range 3 {
		st.server.clock.advance(377 * time.Millisecond)
		payload, err := base64.RawStdEncoding.DecodeString(strings.Split(st.login(t, "user"), ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		var claims struct{ Iat, Exp int64 }
		if err := json.Unmarshal(payload, &claims); err != nil || claims.Exp-claims.Iat != 3600 {
			t.Errorf("%s: exp - iat is %d, want 3600", payload, claims.Exp-claims.Iat)
		}
	}
}

// TestCompressedAnswers: answers of 256 bytes and more are compressed for clients that
// ask, but those that hold a secret.
func TestCompressedAnswers(t *testing.T) {
	t.Parallel()
	st := newStory(t, start(t), "http")
	login := map[string]any{"username": "user", "password": canaryPassword}
	key := map[string]any{"description": "d"}
	for _, row := range []struct {
		do   string
		args map[string]any
		body any
		as   string
		want string
	}{
		{"auth:getMyRights", nil, nil, "admin", "identity"}, // it is short
		{"security:searchUsers", nil, map[string]any{}, "admin", "gzip"},
		{"auth:getCurrentUser", nil, nil, "admin", "gzip"},
		{"server:publicApi", nil, nil, "admin", "gzip"},
		{"auth:login", map[string]any{"strategy": "local"}, login, "", "identity"},
		{"auth:createToken", nil, map[string]any{}, "user", "identity"},
		{"auth:refreshToken", nil, map[string]any{}, "user", "identity"},
		{"auth:createApiKey", nil, key, "admin", "identity"},
		{"security:createApiKey", map[string]any{"userId": "user"}, key, "admin", "identity"},
		{"service-keys:create", nil, map[string]any{"kind": "test"}, "admin", "identity"},
		{"backup-code:draw", nil, map[string]any{}, "admin", "identity"},
	} {
		controller, action := split(row.do)
		a := st.client.send(t, call{
			controller: controller, action: action, args: row.args, body: row.body, hasBody: row.body != nil, token: st.kept[row.as], id: "r",
			header: http.Header{"Accept-Encoding": {"gzip"}},
		})
		if got := a.header.Get("Content-Encoding"); a.status != 200 || got != row.want {
			t.Errorf("%s: status %d, encoded as %q, want %q: %.300q", row.do, a.status, got, row.want, a.raw)
		}
	}
}
