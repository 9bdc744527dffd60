package systemtest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// TestAttack15 has users reach for rights that they do not hold: by their own
// documents, by keys, and by roles and profiles of their making.
func TestAttack15(t *testing.T) {
	t.Parallel()
	const forbidden = "security.rights.forbidden"
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		actions := map[string]any{}
		for _, name := range []string{"createUser", "updateUser", "replaceUser", "createRole", "createProfile", "updateRole", "updateProfile", "createApiKey", "updateCredentials", "revokeTokens", "deleteUser"} {
			actions[name] = true
		}
		st.server.operate(t, "admin", "loadSecurities", nil, map[string]any{
			"roles":    map[string]any{"helper": map[string]any{"controllers": map[string]any{"security": map[string]any{"actions": actions}}}},
			"profiles": map[string]any{"helper": map[string]any{"policies": []any{map[string]any{"roleId": "helper"}}}},
			"users":    map[string]any{"helper": person("helper")},
		})
		st.kept["helper"] = st.login(t, "helper")
		key := st.server.operate(t, "security", "createApiKey", map[string]any{"userId": "limited"}, map[string]any{"description": "d"})
		st.kept["key"], _ = key["result"].(map[string]any)["_source"].(map[string]any)["token"].(string)
		everything := `{"controllers":{"*":{"actions":{"*":true}}}}`
		admins := `{"content":{"profileIds":["admin"]}}`
		for _, c := range []struct{ as, do, args, body string }{
			{"limited", "security:updateUser", `{"_id":"limited"}`, `{"profileIds":["admin"]}`},
			{"limited", "security:updateRole", `{"_id":"limited"}`, everything},
			{"limited", "security:updateProfile", `{"_id":"limited"}`, `{"policies":[{"roleId":"admin"}]}`},
			{"user", "security:createApiKey", `{"userId":"root"}`, `{"description":"d"}`},
			{"key", "security:searchUsers", `{"index":"other","collection":"other"}`, `{}`},
			{"key", "auth:createApiKey", `{}`, `{"description":"d"}`},
			{"helper", "security:createUser", `{"_id":"evil"}`, admins},
			{"helper", "security:updateUser", `{"_id":"helper"}`, `{"profileIds":["admin"]}`},
			{"helper", "security:replaceUser", `{"_id":"helper"}`, `{"profileIds":["admin"]}`},
			{"helper", "security:createRole", `{"_id":"evil"}`, everything},
			{"helper", "security:updateRole", `{"_id":"helper"}`, everything},
			{"helper", "security:createProfile", `{"_id":"evil"}`, `{"policies":[{"roleId":"admin"}]}`},
			{"helper", "security:updateProfile", `{"_id":"helper"}`, `{"policies":[{"roleId":"admin"}]}`},
			{"helper", "security:createApiKey", `{"userId":"root"}`, `{"description":"d"}`},
			{"helper", "security:updateCredentials", `{"_id":"root","strategy":"local"}`, `{"password":"` + canaryPassword + ` 2"}`},
		} {
			controller, action := split(c.do)
			in := call{controller: controller, action: action, token: st.kept[c.as], hasBody: true}
			decode(t, c.args, &in.args)
			decode(t, c.body, &in.body)
			if a := st.call(t, in); a.status != 403 || a.result() != nil {
				t.Errorf("%s as %s: %.300s", c.do, c.as, a.raw)
			}
		}
		wantError(t, "the helper", st.call(t, call{controller: "security", action: "searchUsers", token: st.kept["helper"]}), 403, forbidden)
		st.leavePlace(t)
		wantError(t, "the administrator's password", st.call(t, loginAs("root", canaryPassword, "")), 200, "")
		found := st.server.operate(t, "security", "searchUsers", nil, map[string]any{"query": map[string]any{"terms": map[string]any{"profileIds": []any{"admin"}}}})
		if total := found["result"].(map[string]any)["total"]; total != 1.0 {
			t.Errorf("there are %v administrators, want 1", total)
		}
	})
}

// leavePlace: a caller that may search in one index names others. As in Kuzzle, a
// request without an index is in no forbidden one.
func (st *story) leavePlace(t *testing.T) {
	t.Helper()
	st.server.operate(t, "admin", "loadSecurities", nil, map[string]any{
		"roles":    map[string]any{"searcher": map[string]any{"controllers": map[string]any{"security": map[string]any{"actions": map[string]any{"searchUsers": true}}}}},
		"profiles": map[string]any{"placed": map[string]any{"policies": []any{map[string]any{"roleId": "searcher", "restrictedTo": []any{map[string]any{"index": "ours", "collections": []any{"users"}}}}}}},
		"users":    map[string]any{"placed": person("placed")},
	})
	token := st.login(t, "placed")
	for i, args := range []string{
		`{"index":"ours","collection":"users"}`, `{"index":"ours"}`, `{}`,
		`{"index":"other","collection":"users"}`, `{"index":"ours","collection":"other"}`, `{"index":"*","collection":"*"}`, `{"index":"ours","collection":"users,other"}`,
		`{"index":"Ours","collection":"users"}`, `{"index":"ours ","collection":"users"}`,
		`{"targets":[{"index":"ours","collections":["users"]},{"index":"other","collections":["users"]}]}`, `{"index":["ours"]}`, `{"index":{"ours":1}}`,
	} {
		in := call{controller: "security", action: "searchUsers", token: token, hasBody: true, body: map[string]any{}}
		decode(t, args, &in.args)
		if a := st.call(t, in); i < 3 {
			wantError(t, "the place itself, "+args, a, 200, "")
		} else if a.status != 403 && a.status != 400 || a.result() != nil {
			t.Errorf("elsewhere, %s: %.300s", args, a.raw)
		}
	}
}

// TestAttack18 disguises a forbidden action: by its path, its verb, its headers,
// over a WebSocket and /_query by its name, and behind a request whose end readers
// disagree on.
func TestAttack18(t *testing.T) {
	t.Parallel()
	s := start(t)
	st := newStory(t, s, "http")
	client := newHTTPClient(t, s)
	st.smuggle(t)
	for _, path := range []string{
		"/users/_search", "//users//_search", "/users/_search/", "/./users/_search", "/_now/../users/_search", "/%2e%2e/users/_search", "/users%2F_search",
		"/users/_search;x=1", "/users;/_search", "/USERS/_search", "/users/_search%00", "/users/_search%20", "/users/_search?controller=server&action=now",
		"/%75sers/_search", "/_now;/users/_search", "/_now%2f..%2fusers%2f_search", `/\users\_search`, "/users/root", "/users/%72oot", "/users/root?controller=server&action=now",
	} {
		for _, verb := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
			a := client.roundTrip(t, verb, path, http.Header{"Authorization": {"Bearer " + st.kept["limited"]}}, nil)
			if a.status < 400 || a.status >= 500 || a.result() != nil {
				t.Errorf("%s %s: %d %.300s", verb, path, a.status, a.raw)
			}
		}
	}
	for _, name := range []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override", "X-Original-Url", "X-Rewrite-Url", "X-Kuzzle-Action"} {
		for _, value := range []string{"DELETE", "/users/_search"} {
			header := func() http.Header {
				return http.Header{"Authorization": {"Bearer " + st.kept["admin"]}, name: {value}}
			}
			if a := client.roundTrip(t, "GET", "/_now", header(), nil); a.text("action") != "now" {
				t.Errorf("%s: %s changes the action: %.300s", name, value, a.raw)
			}
			if a := client.roundTrip(t, "GET", "/users/limited?_method=DELETE", header(), nil); a.text("action") != "getUser" {
				t.Errorf("%s: %s changes the action: %.300s", name, value, a.raw)
			}
		}
	}
	socket := dial(t, s)
	for _, name := range [][2]string{
		{"Security", "searchUsers"}, {"security ", "searchUsers"}, {"security", "searchUsers"}, {"security", "SearchUsers"}, {"security", "searchUsers\x00"},
		{"server", "now:security:searchUsers"}, {"server/../security", "searchUsers"}, {"security:searchUsers", "now"}, {"*", "*"}, {"__proto__", "constructor"},
	} {
		query := mustJSON(map[string]any{"controller": name[0], "action": name[1]})
		for over, a := range map[string]answer{
			"a WebSocket": socket.send(t, call{id: "r", controller: name[0], action: name[1], token: st.kept["limited"]}),
			"/_query":     client.roundTrip(t, "POST", "/_query", http.Header{"Authorization": {"Bearer " + st.kept["limited"]}}, query),
			"/_query that names another": client.roundTrip(t, "POST", "/_query?controller=server&action=now",
				http.Header{"Authorization": {"Bearer " + st.kept["limited"]}}, query),
		} {
			if a.status < 400 || a.status >= 500 || a.result() != nil {
				t.Errorf("%q over %s: %.300s", name, over, a.raw)
			}
		}
	}
}

// smuggle sends a request of ambiguous length with an administrator's request behind
// it, as a proxy would forward it as a body: it is refused, the connection ends, and
// the second request is not run.
func (st *story) smuggle(t *testing.T) {
	t.Helper()
	const behind = "DELETE /users/limited HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
	for _, doubt := range []string{
		"HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
		"HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", st.server.addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(answerWithin))
		if _, err := io.WriteString(conn, "POST /_query "+doubt+behind+st.kept["admin"]+"\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		answers, err := io.ReadAll(conn)
		conn.Close()
		if text := string(answers); !strings.HasPrefix(text, "HTTP/1.1 400 ") || strings.Count(text, "HTTP/1.1 ") != 1 {
			t.Errorf("%q is answered %q, %v; want one refusal", doubt, text, err)
		}
	}
	read := st.call(t, call{controller: "security", action: "getUser", args: map[string]any{"_id": "limited"}, token: st.kept["admin"]})
	wantError(t, "who was to be deleted", read, 200, "")
}

// TestAttack19 sends repeated keys, other types, and JSON that parsers read
// differently. The checked request is the executed one: of a repeated key the last
// value counts for rights and action alike.
func TestAttack19(t *testing.T) {
	t.Parallel()
	s := start(t)
	st := newStory(t, s, "http")
	client, socket := newHTTPClient(t, s), dial(t, s)
	both := func(frame string) map[string]answer {
		t.Helper()
		header := http.Header{"Authorization": {"Bearer " + st.kept["limited"]}}
		over := strings.Replace(frame, "{", `{"requestId":"r","jwt":"`+st.kept["limited"]+`",`, 1)
		return map[string]answer{
			"HTTP": client.roundTrip(t, "POST", "/_query", header, []byte(frame)), "WebSocket": socket.roundTrip(t, []byte(over), "r"),
		}
	}
	for frame, want := range map[string]int{
		`{"controller":"server","action":"now","controller":"security","action":"searchUsers"}`: 403,
		`{"controller":"security","action":"searchUsers","controller":"server","action":"now"}`: 200,
		`{"controller":["server","security"],"action":"now"}`:                                   400,
		`{"controller":"server","action":{"now":true}}`:                                         400,
		`{"controller":"server","action":7}`:                                                    400,
		`{"controller":"ser\ud800ver","action":"now"}`:                                          403,
		`{"controller":"server","action":"now","volatile":[]}`:                                  400,
	} {
		for over, a := range both(frame) {
			if a.status != want {
				t.Errorf("%s over %s: got %d, want %d: %.300s", frame, over, a.status, want, a.raw)
			}
		}
	}
	deep := strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)
	for _, body := range []string{"\xef\xbb\xbf" + userLogin, `{"username":` + deep + `}`, `{"username":"user","password":`, userLogin + userLogin, "{\"username\":\"\xff\"}"} {
		a := client.roundTrip(t, "POST", "/_login/local", http.Header{}, []byte(body))
		if a.status != 400 && a.status != 413 {
			t.Errorf("%.30s: %d %.300s", body, a.status, a.raw)
		}
	}
	if err := socket.conn.WriteMessage(websocket.TextMessage, []byte(deep)); err != nil {
		t.Fatal(err)
	}
	if _, raw, err := socket.conn.ReadMessage(); err != nil || !bytes.Contains(raw, []byte(`"status":400`)) {
		t.Errorf("a deep frame: %v %.300s", err, raw)
	}
	for _, frame := range []string{"\xef\xbb\xbf" + `{"controller":"server","action":"now"}`, `{"controller":"server","action":"now"`, `{"controller":"server","action":"now"}{}`, `[]`, `"x"`, `1e999`} {
		if err := socket.conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
			t.Fatal(err)
		}
		if _, raw, err := socket.conn.ReadMessage(); err != nil || !bytes.Contains(raw, []byte(`"status":400`)) {
			t.Errorf("the frame %q: %v %.300s", frame, err, raw)
		}
	}
	for _, query := range []string{"?size=1&size=2", "?from=1&from=2", "?size[]=1", "?scroll=1m&scroll=2m"} {
		a := client.roundTrip(t, "POST", "/users/_search"+query, http.Header{"Authorization": {"Bearer " + st.kept["admin"]}}, []byte(`{}`))
		if query != "?size[]=1" && a.status != 400 {
			t.Errorf("%s: %.300s", query, a.raw)
		}
	}
	for over, a := range both(`{"controller":"server","action":"now"}`) {
		wantError(t, "afterwards over "+over, a, 200, "")
	}
}

// TestAttack20 opens sockets from foreign pages, with the cookie of a user, and
// puts tokens into URLs.
func TestAttack20(t *testing.T) {
	t.Parallel()
	t.Run("foreign pages", foreignPagesOpenNoSocket)
	t.Run("tokens in a URL", func(t *testing.T) {
		t.Parallel()
		s := start(t)
		st := newStory(t, s, "http")
		token := st.kept["user"]
		b := browser{newHTTPClient(t, s), t}
		for _, path := range []string{"/_me?jwt=" + token, "/_me?token=" + token + "&access_token=" + token, "/nowhere?jwt=" + token} {
			if a := b.ask("GET", path, "", http.Header{}); a.text("result._id") == "user" || bytes.Contains(a.raw, []byte(token)) {
				t.Errorf("%.20s: %.300s", path, a.raw)
			}
		}
		conn, res, err := websocket.DefaultDialer.Dial("ws://"+s.addr+"/?jwt="+token, nil)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		defer conn.Close()
		socket := &wsClient{conn: conn}
		if a := socket.send(t, call{id: "r", controller: "auth", action: "getCurrentUser"}); a.text("result._id") != "-1" {
			t.Errorf("a socket whose URL has a token: %s", a.raw)
		}
		if s.log.Has(token) || strings.Contains(s.auditLog(t), token) {
			t.Error("a token of a URL was logged")
		}
	})
}

func zipBomb(t *testing.T, layers int) []byte {
	t.Helper()
	text := bytes.Repeat([]byte(" "), 32<<20)
	for range layers {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		text = out.Bytes()
	}
	return text
}

// TestAttack22 sends bodies that decompress to much more. The importer's TestHostile
// covers the content of an import's file, gigabytes included.
func TestAttack22(t *testing.T) {
	t.Parallel()
	s := start(t)
	newStory(t, s, "http")
	client := newHTTPClient(t, s)
	for layers := 1; layers <= 4; layers++ {
		encoding := strings.TrimSuffix(strings.Repeat("gzip, ", layers), ", ")
		a := client.roundTrip(t, "POST", "/_login/local", http.Header{"Content-Encoding": {encoding}}, zipBomb(t, layers))
		if a.status != 413 && (layers != 4 || a.status != 400) {
			t.Errorf("%d layers: %d %.300s", layers, a.status, a.raw)
		}
	}
	if a := client.roundTrip(t, "POST", "/_login/local", http.Header{}, []byte(userLogin)); a.status != 200 {
		t.Errorf("afterwards: %s", a.raw)
	}
}
