package systemtest

import (
	"net/http"
	"testing"
)

// everything is the answer about the rights of a caller who may do everything.
const everything = `{"hits":[{"controller":"*","action":"*","index":"*","collection":"*","value":"allowed"}],"total":1}`

// TestOpenServerTellsTheTruth: on a server that is open to this machine all local
// callers may do everything, logged in or not, and the answers say so; remote
// callers get the rights of their profiles; and with the first administrator all
// that ends, on open connections too.
func TestOpenServerTellsTheTruth(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		s := start(t, dev)
		st := &story{server: s, client: s.client(t, protocol), kept: map[string]string{}}
		plain := person("default")
		plain["credentials"].(map[string]any)["local"].(map[string]any)["username"] = "plain"
		if a := st.call(t, call{controller: "security", action: "createUser", args: map[string]any{"_id": "plain"}, hasBody: true, body: plain}); a.status != 200 {
			t.Fatalf("createUser by nobody: %s", a.raw)
		}
		token := st.login(t, "plain")
		question := map[string]any{"controller": "security", "action": "deleteUser"}
		asked := func(as, do string, args map[string]any, body any) call {
			controller, action := split(do)
			return call{controller: controller, action: action, args: args, hasBody: body != nil, body: body, token: as}
		}
		for who, as := range map[string]string{"nobody": "", "a user": token} {
			for _, c := range []struct {
				do   string
				args map[string]any
				body any
				want string
			}{
				{"auth:getMyRights", nil, nil, everything},
				{"auth:checkRights", nil, question, `{"allowed":true}`},
				{"security:getUserRights", map[string]any{"_id": "plain"}, nil, everything},
				{"security:checkRights", map[string]any{"userId": "plain"}, question, `{"allowed":true}`},
				{"security:explain", map[string]any{"userId": "plain"}, question, `{"allowed":true,"open":true,"profiles":[{"profile":"default","allowed":false}]}`},
			} {
				a := st.call(t, asked(as, c.do, c.args, c.body))
				var want any
				decode(t, c.want, &want)
				if path, ok := matches(want, a.result()); !ok || a.status != 200 {
					t.Errorf("%s by %s differs at %q: %s", c.do, who, path, a.raw)
				}
			}
			// More a second than the profile default lets through.
			for range 20 {
				if a := st.call(t, asked(as, "security:searchUsers", nil, map[string]any{})); a.status != 200 {
					t.Fatalf("searchUsers by %s: %s", who, a.raw)
				}
			}
		}

		page := call{controller: "auth", action: "getMyRights", id: "page", header: http.Header{"Origin": {"https://evil.example"}}}
		away := client(newHTTPClient(t, s))
		if protocol == "websocket" {
			away = dialWith(t, s, page.header)
		}
		var all any
		decode(t, everything, &all)
		if a := away.send(t, page); a.status != 200 {
			t.Errorf("a page asks for its rights: %s", a.raw)
		} else if _, same := matches(all, a.result()); same {
			t.Errorf("a page is told that it may do everything: %s", a.raw)
		}

		if a := st.call(t, asked(token, "security:createFirstAdmin", map[string]any{"_id": "boss"}, map[string]any{})); a.status != 200 {
			t.Fatalf("createFirstAdmin by a user: %s", a.raw)
		}
		wantError(t, "a search by a user once it exists", st.call(t, asked(token, "security:searchUsers", nil, map[string]any{})), 403, "security.rights.forbidden")
		wantError(t, "a search by nobody once it exists", st.call(t, asked("", "security:searchUsers", nil, map[string]any{})), 401, "security.rights.unauthorized")
		for who, as := range map[string]string{"nobody": "", "a user": token} {
			a := st.call(t, asked(as, "auth:getMyRights", nil, nil))
			if _, same := matches(all, a.result()); same || a.status != 200 {
				t.Errorf("%s is told after the end: %s", who, a.raw)
			}
		}
		why := s.operate(t, "security", "explain", map[string]any{"userId": "plain"}, question)["result"].(map[string]any)
		if why["allowed"] != false || why["open"] != nil {
			t.Errorf("explain after the end: %v", why)
		}
	})
}

// TestFirstStartEndsOnEveryNode: the first administrator closes all servers that
// share the store, for their open connections too.
func TestFirstStartEndsOnEveryNode(t *testing.T) {
	t.Parallel()
	if !onCluster() {
		t.Log("one store in a folder has one server")
		return
	}
	var prefix string
	here := start(t, dev, func(set *settings) { prefix = set.Elasticsearch.Prefix })
	there := start(t, dev, func(set *settings) { set.Elasticsearch.Prefix = prefix })
	socket, client := dial(t, there), newHTTPClient(t, there)
	search := []byte(`{"requestId":"r","controller":"security","action":"searchUsers","body":{}}`)
	if a := socket.roundTrip(t, search, "r"); a.status != 200 {
		t.Fatalf("there, before: %s", a.raw)
	}
	if a := newHTTPClient(t, here).roundTrip(t, "POST", "/_createFirstAdmin/boss", http.Header{}, []byte(`{}`)); a.status != 200 {
		t.Fatalf("here: %s", a.raw)
	}
	if a := socket.roundTrip(t, search, "r"); a.status != 401 {
		t.Errorf("there, on the open connection: %s", a.raw)
	}
	if a := client.roundTrip(t, "POST", "/_createFirstAdmin/evil", http.Header{}, []byte(`{}`)); a.status != 401 {
		t.Errorf("there, another administrator: %s", a.raw)
	}
}
