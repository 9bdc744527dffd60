package systemtest

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// tooMany is the id of the answer to a caller who must wait.
const tooMany = "api.process.too_many_logins_requests"

// behindProxy has the tests choose their address.
func behindProxy(set *settings) {
	set.TrustedProxies = config.Prefixes{netip.MustParsePrefix("127.0.0.0/8")}
}

// from sends a call over either protocol as if it came from an address.
func (st *story) from(t *testing.T, protocol, address string, c call) answer {
	t.Helper()
	return st.with(t, protocol, http.Header{"X-Forwarded-For": {address}}, c)
}

// with sends a call over either protocol, with headers.
func (st *story) with(t *testing.T, protocol string, header http.Header, c call) answer {
	t.Helper()
	c.id = st.ids.next()
	var sender client
	if protocol == "http" {
		c.header, sender = header, newHTTPClient(t, st.server)
	} else {
		socket := dialWith(t, st.server, header)
		defer socket.conn.Close()
		sender = socket
	}
	a := sender.send(t, c)
	st.server.learn(a)
	checkAnswerSecrets(t, a)
	return a
}

func loginAs(username, password, token string) call {
	return call{
		controller: "auth", action: "login", args: map[string]any{"strategy": "local"}, hasBody: true, token: token,
		body: map[string]any{"username": username, "password": password},
	}
}

// eachProtocol runs a test on a server of its own per protocol.
func eachProtocol(t *testing.T, run func(t *testing.T, protocol string)) {
	for _, protocol := range []string{"http", "websocket"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			run(t, protocol)
		})
	}
}

// TestAttack06: strangers from many addresses slow an account down, by wrong passwords
// and by wrong codes after the right one. Its owner's sessions continue, and the owner
// can log in from the address of an earlier login, and from anywhere by a device that
// sends the token of one. An API key is no device, whatever its id. The profile is that of a fresh server.
func TestAttack06(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		s := start(t, behindProxy, func(set *settings) { set.Logins.FreeFailures = 5 })
		st := newStory(t, s, protocol)
		s.operate(t, "security", "restrictDefaultRights", nil, nil)
		victim := person("default")
		victim["credentials"] = map[string]any{"local": map[string]any{"username": "victim", "password": canaryPassword}}
		s.operate(t, "security", "createUser", map[string]any{"_id": "victim"}, victim)
		first := st.from(t, protocol, "192.0.2.1", loginAs("victim", canaryPassword, ""))
		wantError(t, "the first login", first, 200, "")

		s.clock.freeze()
		sender := "http" // of the strangers, who differ by address only
		slowed := false
		for i := range 80 {
			if a := st.from(t, sender, fmt.Sprintf("198.51.100.%d", i+1), loginAs("victim", "wrong", "")); a.status == 429 {
				slowed = true
				break
			}
		}
		if !slowed {
			t.Fatal("eighty failures from eighty addresses slowed nobody down")
		}
		wantError(t, "without the token, from a new address", st.from(t, protocol, "203.0.113.1", loginAs("victim", canaryPassword, "")), 429, tooMany)
		wantError(t, "with another's token", st.from(t, protocol, "203.0.113.2", loginAs("victim", canaryPassword, st.kept["user"])), 429, tooMany)
		listed := s.operate(t, "security", "getSessions", map[string]any{"_id": "victim"}, nil)
		hits, _ := listed["result"].(map[string]any)["hits"].([]any)
		if len(hits) != 1 {
			t.Fatalf("the devices: %v", listed)
		}
		device, _ := hits[0].(map[string]any)
		made := s.operate(t, "security", "createApiKey", map[string]any{"userId": "user", "_id": device["_id"]}, map[string]any{"description": "d"})
		key, _ := made["result"].(map[string]any)["_source"].(map[string]any)["token"].(string)
		wantError(t, "with a key of the device's id", st.from(t, protocol, "203.0.113.5", loginAs("victim", canaryPassword, key)), 429, tooMany)
		a := st.from(t, protocol, "203.0.113.3", loginAs("victim", canaryPassword, first.text("result.jwt")))
		wantError(t, "with the device's token", a, 200, "")
		for _, over := range []string{"http", "websocket"} {
			wantError(t, "from the place of the first login, over "+over, st.from(t, over, "192.0.2.1", loginAs("victim", canaryPassword, "")), 200, "")
		}
		me := call{controller: "auth", action: "getCurrentUser", token: first.text("result.jwt")}
		if a := st.from(t, protocol, "203.0.113.4", me); a.text("result._id") != "victim" {
			t.Errorf("the session meanwhile: %s", a.raw)
		}
	})
}

// TestAttack06Codes is that attack by a stranger who knows the password, and gives
// wrong codes.
func TestAttack06Codes(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := startFactors(t, protocol, behindProxy, func(set *settings) { set.Logins.FreeFailures = 5 })
		app := st.enrol(t, st.member(t, "victim"))
		st.server.clock.freeze()
		login := func(address, token string) answer {
			return st.from(t, protocol, address, loginAs("victim", canaryPassword, token))
		}
		end := func(address, token string, asked answer, code string) answer {
			c := finish("totp", asked.text("result.challenge"), code)
			c.token = token
			return st.from(t, protocol, address, c)
		}
		code := st.next(t, app)
		first := end("192.0.2.1", "", login("192.0.2.1", ""), code)
		wantError(t, "the first login", first, 200, "")
		slowed := false
		for i := range 80 {
			address := fmt.Sprintf("198.51.100.%d", i+1)
			asked := login(address, "")
			a := asked
			if asked.status == 200 {
				a = end(address, "", asked, wrong(code, i))
			}
			if slowed = a.status == 429; slowed {
				break
			}
			wantError(t, "a wrong code", a, 401, wrongProof)
		}
		if !slowed {
			t.Fatal("eighty wrong codes from eighty addresses slowed nobody down")
		}
		wantError(t, "from a new address", login("203.0.113.1", ""), 429, tooMany)
		wantError(t, "from the place of the first login", end("192.0.2.1", "", login("192.0.2.1", ""), st.next(t, app)), 200, "")
		token := first.text("result.jwt")
		wantError(t, "by the device", end("203.0.113.3", token, login("203.0.113.3", token), st.next(t, app)), 200, "")
	})
}
