package systemtest

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// forged are tokens made of a right one, each with something that must not count.
func forged(t *testing.T, right string) map[string]string {
	t.Helper()
	parts := strings.Split(strings.TrimPrefix(right, "kauth-"), ".")
	if len(parts) != 3 {
		t.Fatalf("a token has %d parts", len(parts))
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	encode := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	with := func(header, more map[string]any) string {
		all := map[string]any{}
		for name, value := range claims {
			all[name] = value
		}
		for name, value := range more {
			if all[name] = value; value == nil {
				delete(all, name)
			}
		}
		return "kauth-" + encode(header) + "." + encode(all) + "." + parts[2]
	}
	hs := map[string]any{"alg": "HS256", "typ": "JWT"}
	return map[string]string{
		"none":             with(map[string]any{"alg": "none", "typ": "JWT"}, nil),
		"no signature":     "kauth-" + encode(map[string]any{"alg": "none"}) + "." + parts[1] + ".",
		"RS256":            with(map[string]any{"alg": "RS256", "typ": "JWT"}, nil),
		"kid of a file":    with(map[string]any{"alg": "HS256", "kid": "../../../../dev/null"}, nil),
		"jku":              with(map[string]any{"alg": "HS256", "jku": "http://127.0.0.1:1/keys"}, nil),
		"a key of its own": with(map[string]any{"alg": "HS256", "jwk": map[string]any{"kty": "oct", "k": "AAAA"}}, nil),
		"another user":     with(hs, map[string]any{"_id": "root", "sub": "root"}),
		"no end":           with(hs, map[string]any{"exp": nil}),
		"a late end":       with(hs, map[string]any{"exp": 99999999999}),
		"dots":             "kauth-" + strings.Repeat(".", 4000),
		"x5u":              with(map[string]any{"alg": "HS256", "x5u": "http://127.0.0.1:1/cert"}, nil),
		"another type":     with(map[string]any{"alg": "HS256", "typ": "at+jwt"}, nil),
		"counts later":     with(hs, map[string]any{"nbf": 99999999999}),
		"for others":       with(hs, map[string]any{"aud": "another service"}),
		"claims twice":     "kauth-" + parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"_id":"user","_id":"root"}`)) + "." + parts[2],
		"another tail":     right[:len(right)-3] + "AAA",
	}
}

// TestAttack11 sends tokens that nobody signed.
func TestAttack11(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		me := call{controller: "auth", action: "getCurrentUser"}
		for name, token := range forged(t, st.kept["user"]) {
			me.token = token
			if a := st.call(t, me); a.status != 401 && a.status != 400 {
				t.Errorf("%s: %.300s", name, a.raw)
			}
		}
		me.token = st.kept["user"]
		if a := st.call(t, me); a.text("result._id") != "user" {
			t.Errorf("the right one: %.300s", a.raw)
		}
	})
}

// TestAttack12 refreshes one token a hundred times at once: all get the one
// successor or are refused, and a token that was replaced long before ends its
// session.
func TestAttack12(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		old := st.kept["user"]
		successors := map[string]bool{}
		for _, a := range st.atOnce(t, 100, func(int) call { return call{controller: "auth", action: "refreshToken", token: old} }) {
			switch {
			case a.status == 200:
				successors[a.text("result.jwt")] = true
			case a.status < 400 || a.status >= 500:
				t.Errorf("a refresh: %.300s", a.raw)
			}
		}
		alive := 0
		var last string
		for token := range successors {
			if a := st.call(t, call{controller: "auth", action: "getCurrentUser", token: token}); a.text("result._id") == "user" {
				alive, last = alive+1, token
			}
		}
		if alive != 1 {
			t.Fatalf("%d successors are alive, want 1 of %d", alive, len(successors))
		}
		st.server.clock.advance(10 * time.Minute)
		a := st.call(t, call{controller: "auth", action: "refreshToken", token: old})
		if a.status < 400 || a.status >= 500 {
			t.Errorf("the old token after its grace: %.300s", a.raw)
		}
		if a := st.call(t, call{controller: "auth", action: "getCurrentUser", token: last}); a.text("result._id") == "user" {
			t.Errorf("the successor outlives the reuse of the old token: %.300s", a.raw)
		}
	})
}

// TestAttack13: what ends a session ends it at once, for requests by HTTP and on
// sockets that are open, and for what it made.
func TestAttack13(t *testing.T) {
	t.Parallel()
	ends := map[string]func(t *testing.T, st *story){
		"logout": func(t *testing.T, st *story) {
			st.call(t, call{controller: "auth", action: "logout", token: st.kept["user"]})
		},
		"revokeTokens": func(t *testing.T, st *story) {
			st.server.operate(t, "security", "revokeTokens", map[string]any{"_id": "user"}, nil)
		},
		"another password": func(t *testing.T, st *story) {
			st.server.operate(t, "security", "updateCredentials", map[string]any{"_id": "user", "strategy": "local"}, map[string]any{"password": canaryPassword + " 2"})
		},
		"deletion": func(t *testing.T, st *story) {
			st.server.operate(t, "security", "deleteUser", map[string]any{"_id": "user"}, nil)
		},
	}
	for name, end := range ends {
		eachProtocol(t, func(t *testing.T, protocol string) {
			var prefix string
			st := newStory(t, start(t, func(set *settings) { prefix = set.Elasticsearch.Prefix }), protocol)
			far := st.client
			if onCluster() { // another node, one that knows the token by then
				far = start(t, func(set *settings) { set.Elasticsearch.Prefix = prefix }).client(t, protocol)
			}
			there := call{controller: "auth", action: "getCurrentUser", token: st.kept["user"], id: "there"}
			if a := far.send(t, there); a.text("result._id") != "user" {
				t.Fatalf("at the other node: %.300s", a.raw)
			}
			made := st.call(t, call{controller: "auth", action: "createToken", token: st.kept["user"], hasBody: true, body: map[string]any{}})
			tokens := []string{st.kept["user"], made.text("result.token")}
			if tokens[1] == "" {
				t.Fatalf("createToken: %.300s", made.raw)
			}
			end(t, st)
			for ended := time.Now(); ; {
				asked := time.Since(ended)
				if a := far.send(t, there); a.text("result._id") != "user" {
					break
				} else if asked > time.Second {
					t.Errorf("after %s the token is alive at the other node %v later", name, asked)
					break
				}
			}
			for i, token := range tokens {
				for _, other := range []string{"http", "websocket"} {
					a := st.server.client(t, other).send(t, call{controller: "auth", action: "getCurrentUser", token: token, id: "after-" + itoa(i) + other})
					if a.text("result._id") == "user" {
						t.Errorf("after %s token %d is alive over %s: %.300s", name, i, other, a.raw)
					}
				}
				if a := st.call(t, call{controller: "auth", action: "getCurrentUser", token: token}); a.text("result._id") == "user" {
					t.Errorf("after %s token %d is alive where it was used: %.300s", name, i, a.raw)
				}
			}
		})
	}
}

// TestAttack14 writes what is not a user's own to write.
func TestAttack14(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		for i, body := range []string{
			`{"profileIds":["admin"]}`, `{"profileids":["admin"]}`, `{"_kuzzle_info":{"author":"forged"}}`, `{"__proto__":{"profileIds":["admin"]}}`,
			`{"constructor":{"prototype":{"profileIds":["admin"]}}}`, `{"banned":false,"_id":"root"}`,
		} {
			in := call{controller: "auth", action: "updateSelf", token: st.kept["user"], hasBody: true}
			decode(t, body, &in.body)
			if a := st.call(t, in); a.status >= 500 {
				t.Errorf("%s: %.300s", body, a.raw)
			}
			sign := call{controller: "security", action: "createRestrictedUser", args: map[string]any{"_id": "new-" + itoa(i)}, token: st.kept["admin"], hasBody: true}
			sign.body = map[string]any{"content": in.body}
			a := st.call(t, sign)
			if a.status >= 500 {
				t.Errorf("a sign-up with %s: %.300s", body, a.raw)
			}
			if a.status != 200 {
				continue
			}
			made := st.server.operate(t, "security", "getUser", map[string]any{"_id": "new-" + itoa(i)}, nil)["result"].(map[string]any)["_source"].(map[string]any)
			if ids, _ := json.Marshal(made["profileIds"]); string(ids) != `["default"]` {
				t.Errorf("a sign-up with %s has the profiles %s", body, ids)
			}
			if info, _ := made["_kuzzle_info"].(map[string]any); info["author"] != "root" {
				t.Errorf("a sign-up with %s has the author %v, want the caller", body, info["author"])
			}
		}
		got := st.server.operate(t, "security", "getUser", map[string]any{"_id": "user"}, nil)["result"].(map[string]any)["_source"].(map[string]any)
		if ids, _ := json.Marshal(got["profileIds"]); string(ids) != `["user"]` {
			t.Errorf("the profiles are %s", ids)
		}
		if info, _ := got["_kuzzle_info"].(map[string]any); info["author"] == "forged" {
			t.Errorf("the author is %v", info["author"])
		}
		wantError(t, "rights meanwhile", st.call(t, call{controller: "security", action: "searchUsers", token: st.kept["user"]}), 403, "security.rights.forbidden")
	})
}
