package systemtest

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// tooMany is the id of the answer to who has to wait.
const tooMany = "api.process.too_many_logins_requests"

// behindProxy has the tests choose their address.
func behindProxy(set *settings) {
	set.TrustedProxies = config.Prefixes{netip.MustParsePrefix("127.0.0.0/8")}
}

// from sends a call over either protocol as if it came from an address.
func (st *story) from(t *testing.T, protocol, address string, c call) answer {
	t.Helper()
	header := http.Header{"X-Forwarded-For": {address}}
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

// TestAttack06: strangers from many addresses slow an account
// down; its owner's device, which sends the token of an earlier login along, is
// let in from wherever it is now. The profile is what a fresh server has.
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

		sender := "http" // of the strangers, who differ by address alone
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
		s.clock.freeze()
		wantError(t, "without the token, from a new address", st.from(t, protocol, "203.0.113.1", loginAs("victim", canaryPassword, "")), 429, tooMany)
		wantError(t, "with another's token", st.from(t, protocol, "203.0.113.2", loginAs("victim", canaryPassword, st.kept["user"])), 429, tooMany)
		a := st.from(t, protocol, "203.0.113.3", loginAs("victim", canaryPassword, first.text("result.jwt")))
		wantError(t, "with the device's token", a, 200, "")
	})
}
