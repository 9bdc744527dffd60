package systemtest

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const somebody = `{"content":{"profileIds":["default"]}}`

// TestOpenness asks a fresh server that is open to its machine, without a token,
// for what only an administrator may have later.
func TestOpenness(t *testing.T) {
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

// TestOpennessEndsForGood: with the first administrator, and deleting that one
// brings nothing back; only a reset does.
func TestOpennessEndsForGood(t *testing.T) {
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

// TestOpennessOffLoopback connects by an address of this machine that is not
// loopback, as somebody on the network does.
func TestOpennessOffLoopback(t *testing.T) {
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

// TestConcurrentFirstAdmins: of many at once, one succeeds.
func TestConcurrentFirstAdmins(t *testing.T) {
	t.Parallel()
	s := start(t, dev)
	client := newHTTPClient(t, s)
	const callers = 16
	statuses := make(chan int, callers)
	for i := range callers {
		go func() { // ends with its answer
			res, err := client.http.Post(client.base+"/_createFirstAdmin/admin-"+itoa(i), "application/json", strings.NewReader(`{}`))
			if err != nil {
				statuses <- 0
				return
			}
			res.Body.Close()
			statuses <- res.StatusCode
		}()
	}
	count := map[int]int{}
	for range callers {
		count[<-statuses]++
	}
	if count[200] != 1 || count[412]+count[401] != callers-1 {
		t.Errorf("answers by status: %v, want one 200 and else 412 or 401", count)
	}
}
