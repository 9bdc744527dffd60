package systemtest

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const somebody = `{"content":{"profileIds":["default"]}}`

// TestFirstStart calls a fresh server that is open to its machine, without a
// token, with requests that only an administrator may make later.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	s := start(t, dev)
	client := newHTTPClient(t, s)
	_, port, _ := strings.Cut(s.addr, ":")
	cases := []struct {
		name   string
		header http.Header
		open   bool
	}{
		{"plain", http.Header{}, true},
		{"host localhost", http.Header{"Host": {"localhost"}}, true},
		{"host localhost with a port", http.Header{"Host": {"LocalHost:" + port}}, true},
		{"host of IPv6", http.Header{"Host": {"[::1]:" + port}}, true},
		{"a foreign host", http.Header{"Host": {"evil.example"}}, false},
		{"a host that begins well", http.Header{"Host": {"localhost.evil.example"}}, false},
		{"another loopback address", http.Header{"Host": {"127.0.0.2:" + port}}, false},
		{"a local page", http.Header{"Origin": {"http://localhost:8080"}}, true},
		{"a foreign page", http.Header{"Origin": {"https://evil.example"}}, false},
		{"a page that hides", http.Header{"Origin": {"null"}}, false},
		{"a page of a local name", http.Header{"Origin": {"http://localhost.evil.example"}}, false},
		{"fetched by the same origin", http.Header{"Sec-Fetch-Site": {"same-origin"}}, true},
		{"typed in", http.Header{"Sec-Fetch-Site": {"none"}}, true},
		{"fetched across sites", http.Header{"Sec-Fetch-Site": {"cross-site"}}, false},
		{"fetched by a sibling", http.Header{"Sec-Fetch-Site": {"same-site"}}, false},
		{"forwarded", http.Header{"X-Forwarded-For": {"127.0.0.1"}}, false},
		{"forwarded otherwise", http.Header{"Forwarded": {"for=127.0.0.1"}}, false},
		{"by a proxy", http.Header{"Via": {"1.1 proxy"}}, false},
		{"by another", http.Header{"X-Real-Ip": {"127.0.0.1"}}, false},
		{"by a third", http.Header{"X-Forwarded-Host": {"localhost"}}, false},
	}
	for _, c := range cases {
		a := client.roundTrip(t, "POST", "/users/_create", c.header, []byte(somebody))
		if c.open && a.status != 200 || !c.open && (a.status != 401 || a.text("error.id") != "security.rights.unauthorized") {
			t.Errorf("%s: got %d, open is %v: %s", c.name, a.status, c.open, a.raw)
		}
	}
	for _, header := range []http.Header{{"Origin": {"https://evil.example"}}, {"X-Forwarded-For": {"10.0.0.1"}}} {
		socket := dialWith(t, s, header)
		a := socket.roundTrip(t, []byte(`{"requestId":"r","controller":"security","action":"searchUsers"}`), "r")
		if a.status != 401 {
			t.Errorf("a socket with %v: %s", header, a.raw)
		}
	}
}

// TestFirstStartEndsForGood: with the first administrator, and deleting that one
// brings nothing back; only a reset does.
func TestFirstStartEndsForGood(t *testing.T) {
	t.Parallel()
	s := start(t, dev)
	client := newHTTPClient(t, s)
	ask := func(verb, path, body string) answer {
		t.Helper()
		return client.roundTrip(t, verb, path, http.Header{}, []byte(body))
	}
	if a := ask("POST", "/roles/_search", `{}`); a.status != 200 {
		t.Fatalf("before: %s", a.raw)
	}
	if a := ask("POST", "/users/boss/_create", `{"content":{"profileIds":["admin"]}}`); a.status != 200 {
		t.Fatalf("an administrator made by createUser: %s", a.raw)
	}
	for _, c := range [][2]string{{"POST", "/roles/_search"}, {"POST", "/_createFirstAdmin"}, {"POST", "/admin/_resetSecurity"}} {
		if a := ask(c[0], c[1], `{}`); a.status != 401 {
			t.Errorf("%v with an administrator: %s", c, a.raw)
		}
	}
	s.operate(t, "security", "deleteUser", map[string]any{"_id": "boss"}, nil)
	if a := ask("POST", "/roles/_search", `{}`); a.status != 401 {
		t.Errorf("the last administrator deleted: %s", a.raw)
	}
	s.operate(t, "admin", "resetSecurity", nil, nil)
	if a := ask("POST", "/roles/_search", `{}`); a.status != 200 {
		t.Errorf("after a reset: %s", a.raw)
	}
}

// TestBootstrapToken is the way in from elsewhere: a token from a file, good for
// one thing and one day.
func TestBootstrapToken(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	s := start(t, func(set *settings) { set.BootstrapTokenFile = file })
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode: %v %v", info.Mode(), err)
	}
	token := strings.TrimSpace(string(text))
	if !strings.HasPrefix(token, "kboot-") {
		t.Fatalf("the token begins with %.6q", token)
	}
	client := newHTTPClient(t, s)
	away := func(path, token, body string) answer {
		t.Helper()
		header := http.Header{"Host": {"kuzzle.example"}}
		if token != "" {
			header.Set("Authorization", "Bearer "+token)
		}
		return client.roundTrip(t, "POST", path, header, []byte(body))
	}
	steps := []struct {
		name, path, token string
		status            int
		id                string
	}{
		{"without it", "/_createFirstAdmin/boss", "", 401, "security.rights.unauthorized"},
		{"with another", "/_createFirstAdmin/boss", "kboot-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 401, "security.token.invalid"},
		{"for something else", "/users/_create", token, 401, "security.rights.unauthorized"},
		{"with it", "/_createFirstAdmin/boss", token, 200, ""},
		{"again", "/_createFirstAdmin/boss2", token, 401, "security.token.invalid"},
	}
	for _, step := range steps {
		a := away(step.path, step.token, `{}`)
		if a.status != step.status || a.text("error.id") != step.id {
			t.Errorf("%s: got %d %s, want %d %s", step.name, a.status, a.raw, step.status, step.id)
		}
	}
	if strings.Contains(s.log.String(), token) {
		t.Error("the log holds the token")
	}
}

// TestBootstrapTokenExpires after a day.
func TestBootstrapTokenExpires(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	s := start(t, func(set *settings) { set.BootstrapTokenFile = file })
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s.clock.advance(24*time.Hour + time.Second)
	header := http.Header{"Host": {"kuzzle.example"}, "Authorization": {"Bearer " + strings.TrimSpace(string(text))}}
	a := newHTTPClient(t, s).roundTrip(t, "POST", "/_createFirstAdmin", header, []byte(`{}`))
	if a.status != 401 || a.text("error.id") != "security.token.invalid" {
		t.Errorf("after a day: %s", a.raw)
	}
}

// TestClosedOffLoopback connects by an address of this machine that is not
// loopback, as somebody on the network does.
func TestClosedOffLoopback(t *testing.T) {
	t.Parallel()
	address := ownAddress(t)
	if address == "" {
		t.Log("this machine has no address but loopback: nobody could connect by one")
		return
	}
	s := start(t, func(set *settings) { set.Listen = "0.0.0.0:0" })
	_, port, _ := strings.Cut(s.addr, ":")
	client := &httpClient{base: "http://" + net.JoinHostPort(address, port), http: http.DefaultClient}
	for _, host := range []string{address, "localhost", "127.0.0.1"} {
		a := client.roundTrip(t, "POST", "/users/_create", http.Header{"Host": {host}}, []byte(somebody))
		if a.status != 401 {
			t.Errorf("as %s: %s", host, a.raw)
		}
	}
}

func ownAddress(t *testing.T) string {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok && !network.IP.IsLoopback() && network.IP.To4() != nil {
			return network.IP.String()
		}
	}
	return ""
}

// TestAttack26 races for the first administrator, over HTTP and over WebSockets:
// one succeeds.
func TestAttack26(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		s := start(t, dev)
		const callers = 16
		clients := make([]client, callers)
		for i := range clients {
			clients[i] = s.client(t, protocol)
		}
		answers := make(chan answer, callers)
		begin := make(chan struct{})
		var asking sync.WaitGroup
		for i, c := range clients {
			asking.Go(func() {
				<-begin
				answers <- c.send(t, call{
					id: "r", controller: "security", action: "createFirstAdmin", args: map[string]any{"_id": "admin-" + itoa(i)}, hasBody: true, body: map[string]any{},
				})
			})
		}
		close(begin)
		asking.Wait()
		close(answers)
		count := map[int]int{}
		for a := range answers {
			count[a.status]++
		}
		if count[200] != 1 || count[412]+count[401] != callers-1 {
			t.Errorf("answers by status: %v, want one 200 and else 412 or 401", count)
		}
		found := s.operate(t, "security", "searchUsers", nil, map[string]any{"query": map[string]any{"terms": map[string]any{"profileIds": []any{"admin"}}}})
		if total := found["result"].(map[string]any)["total"]; total != 1.0 {
			t.Errorf("there are %v administrators", total)
		}
	})
}

// TestResetHandsOutAnotherToken: after a reset the earlier token is worthless,
// and the operator gets a new one.
func TestResetHandsOutAnotherToken(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	s := start(t, func(set *settings) { set.BootstrapTokenFile = file })
	create := func(id string) answer {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		header := http.Header{"Authorization": {"Bearer " + strings.TrimSpace(string(text))}}
		return newHTTPClient(t, s).roundTrip(t, "POST", "/_createFirstAdmin/"+id, header, []byte(`{}`))
	}
	wantError(t, "the first token", create("one"), 200, "")
	before, _ := os.ReadFile(file)
	s.operate(t, "admin", "resetSecurity", nil, nil)
	if after, _ := os.ReadFile(file); string(after) == string(before) {
		t.Error("the token is the one of before the reset")
	}
	wantError(t, "the token after the reset", create("two"), 200, "")
	wantError(t, "that one again", create("three"), 401, "security.token.invalid")
}
