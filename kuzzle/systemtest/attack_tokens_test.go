package systemtest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
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
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	var present struct{ Kid string }
	if err := errors.Join(err, json.Unmarshal(header, &present)); err != nil {
		t.Fatal(err)
	}
	// Signed with a value that a stranger may guess to be the key: there is no
	// public one.
	guessed := func(header, secret string) string {
		return signingKey{secret: []byte(secret)}.sign(header, string(raw))
	}
	return map[string]string{
		"signed with nothing":   guessed(string(header), ""),
		"signed with its kid":   guessed(string(header), present.Kid),
		"signed with /dev/null": guessed(`{"alg":"HS256","kid":"../../dev/null","typ":"JWT"}`, ""),
		"signed with no kid":    guessed(`{"alg":"HS256","kid":"","typ":"JWT"}`, ""),
		"signed with a jwk":     guessed(`{"alg":"HS256","typ":"JWT","jwk":{"kty":"oct","k":"c2VjcmV0"}}`, "secret"),

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

// TestAttack11 sends tokens that nobody signed, tokens that a thief of the server's
// key signed, and texts that are no tokens.
func TestAttack11(t *testing.T) {
	t.Parallel()
	t.Run("with the server's own key", tryStolenKey)
	t.Run("a million dots", tryDots)
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		me := call{controller: "auth", action: "getCurrentUser"}
		for name, token := range forged(t, st.kept["user"]) {
			me.token = token
			wantError(t, name, st.call(t, me), 401, "security.token.invalid")
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

// TestAttack13: the end of a session or a key counts at once, also for everything it
// made, for requests by HTTP and on open sockets, and within a second at other
// nodes.
func TestAttack13(t *testing.T) {
	t.Parallel()
	everything := []string{"session", "made", "further", "key", "key's"}
	for name, test := range map[string]struct {
		end  func(t *testing.T, st *story)
		ends []string
	}{
		"logout": {func(t *testing.T, st *story) {
			st.call(t, call{controller: "auth", action: "logout", token: st.kept["user"]})
		}, everything[:3]},
		"revokeTokens": {func(t *testing.T, st *story) {
			st.server.operate(t, "security", "revokeTokens", map[string]any{"_id": "user"}, nil)
		}, everything},
		"another password": {func(t *testing.T, st *story) {
			st.server.operate(t, "security", "updateCredentials", map[string]any{"_id": "user", "strategy": "local"}, map[string]any{"password": canaryPassword + " 2"})
		}, everything},
		"ban": {func(t *testing.T, st *story) {
			st.server.operate(t, "security", "banUser", map[string]any{"_id": "user"}, nil)
		}, everything},
		"deletion": {func(t *testing.T, st *story) {
			st.server.operate(t, "security", "deleteUser", map[string]any{"_id": "user"}, nil)
		}, everything},
		"deletion of the key": {func(t *testing.T, st *story) {
			st.server.operate(t, "security", "deleteApiKey", map[string]any{"userId": "user", "_id": "made"}, nil)
		}, everything[3:]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachProtocol(t, func(t *testing.T, protocol string) { tryEnd(t, protocol, test.end, test.ends) })
		})
	}
}

// tryEnd makes all nodes know a session, a key and everything they made, over HTTP
// and on open sockets, and checks all of them again after the end. There is one node
// on the embedded store, and two on a cluster.
func tryEnd(t *testing.T, protocol string, end func(*testing.T, *story), ends []string) {
	var prefix string
	st := newStory(t, start(t, func(set *settings) { prefix = set.Elasticsearch.Prefix }), protocol)
	nodes := map[string]*server{"this node": st.server}
	if onCluster() {
		nodes["the other node"] = start(t, func(set *settings) { set.Elasticsearch.Prefix = prefix })
	}
	asked := map[string]client{}
	for name, node := range nodes {
		for _, over := range []string{"http", "websocket"} {
			asked[name+" over "+over] = node.client(t, over)
		}
	}
	make := func(token, action, result string, args map[string]any) string {
		t.Helper()
		a := st.call(t, call{controller: "auth", action: action, token: token, args: args, hasBody: true, body: map[string]any{"description": "d"}})
		if a.text(result) == "" {
			t.Fatalf("%s: %.300s", action, a.raw)
		}
		return a.text(result)
	}
	tokens := map[string]string{"session": st.kept["user"]}
	tokens["made"] = make(tokens["session"], "createToken", "result.token", nil)
	tokens["further"] = make(tokens["made"], "createToken", "result.token", nil)
	tokens["key"] = make(tokens["session"], "createApiKey", "result._source.token", map[string]any{"_id": "made"})
	tokens["key's"] = make(tokens["key"], "createToken", "result.token", nil)
	alive := func(by client, token string) bool {
		t.Helper()
		return by.send(t, call{controller: "auth", action: "getCurrentUser", token: token, id: st.ids.next()}).text("result._id") == "user"
	}
	for where, by := range asked {
		for name, token := range tokens {
			if !alive(by, token) {
				t.Fatalf("at %s the token %q is not alive", where, name)
			}
		}
	}
	end(t, st)
	ended := time.Now()
	asked["where it was used"] = st.client
	for _, other := range []string{"http", "websocket"} {
		asked["a new connection over "+other] = st.server.client(t, other)
	}
	for _, name := range ends {
		for where, by := range asked {
			for since := time.Since(ended); alive(by, tokens[name]); since = time.Since(ended) {
				if strings.HasPrefix(where, "the other node") && since <= time.Second {
					continue
				}
				t.Errorf("the token %q is alive at %s %v later", name, where, since)
				break
			}
		}
		delete(tokens, name)
	}
	for name, token := range tokens {
		for where, by := range asked {
			if !alive(by, token) {
				t.Errorf("the token %q is over at %s, and nobody ended it", name, where)
			}
		}
	}
}
