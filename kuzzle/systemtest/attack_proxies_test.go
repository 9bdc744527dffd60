package systemtest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestAttack23 lies about where a request comes from and goes to. The server
// neither redirects nor makes links, so an open redirect has no subject yet but
// that no answer ever names the host of a request.
func TestAttack23(t *testing.T) {
	t.Parallel()
	t.Run("forwarders", forwardersAreStrangers)
	t.Run("second line", proxiesAreSeen)
	t.Run("claims of strangers", claimsOfStrangers)
	t.Run("garbage from a proxy", garbageFromAProxy)
	t.Run("hosts", hostsAreNotRepeated)
}

// guess fails to log in with headers of the caller's choice.
func (s *server) guess(t *testing.T, protocol, username string, header http.Header) int {
	t.Helper()
	c := loginAs(username, "wrong", "")
	c.id = "guess"
	if protocol == "http" {
		c.header = header
		return newHTTPClient(t, s).send(t, c).status
	}
	socket := dialWith(t, s, header)
	defer socket.conn.Close()
	return socket.send(t, c).status
}

const freeGuesses = 4

// judgedOf counts of twenty guesses at one account, each with other headers, those
// that the server judged: as many as one address may make, if the headers made no
// other address of it.
func judgedOf(t *testing.T, s *server, protocol, username string, header func(i int) http.Header) (judged int) {
	t.Helper()
	for i := range 20 {
		switch status := s.guess(t, protocol, username, header(i)); status {
		case 401:
			judged++
		case 429:
		default:
			t.Fatalf("a guess was answered %d", status)
		}
	}
	return judged
}

// claimsOfStrangers: a client that is not a trusted proxy has the address of its
// connection.
func claimsOfStrangers(t *testing.T) {
	eachProtocol(t, func(t *testing.T, protocol string) {
		s := start(t, func(set *settings) { set.Logins.FreeFailures = freeGuesses })
		newStory(t, s, "http")
		s.clock.freeze()
		for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "Forwarded", "True-Client-Ip", "Cf-Connecting-Ip", "X-Client-Ip", "Client-Ip", "X-Cluster-Client-Ip"} {
			username := "user of " + name
			value := "198.51.100.%d"
			if name == "Forwarded" {
				value = "for=" + value
			}
			got := judgedOf(t, s, protocol, username, func(i int) http.Header {
				return http.Header{name: {fmt.Sprintf(value, i+1)}}
			})
			if got != freeGuesses {
				t.Errorf("%s: %d guesses judged, want %d", name, got, freeGuesses)
			}
		}
	})
}

// garbageFromAProxy: in a trusted proxy's list the last hop that is not trusted
// counts. An invalid address counts as the proxy itself, and no hop to the left of
// it is believed instead.
func garbageFromAProxy(t *testing.T) {
	eachProtocol(t, func(t *testing.T, protocol string) {
		s := start(t, behindProxy, func(set *settings) { set.Logins.FreeFailures = freeGuesses })
		newStory(t, s, "http")
		s.clock.freeze()
		for what, claim := range map[string]string{
			"a claim before the client": "198.51.100.%d, 203.0.113.9", "unknown": "198.51.100.%d, unknown", "nothing": "198.51.100.%d,",
			"a name": "198.51.100.%d, evil.example", "too many numbers": "198.51.100.%d, 1.2.3.4.5", "a range": "198.51.100.%d, 10.0.0.0/8",
			"a number": "198.51.100.%d, 3405803785", "a zone": "198.51.100.%d, fe80::1%%eth0", "garbage alone": "no address %d",
		} {
			got := judgedOf(t, s, protocol, what, func(i int) http.Header {
				return http.Header{"X-Forwarded-For": {fmt.Sprintf(claim, i+1)}}
			})
			if got != freeGuesses {
				t.Errorf("%s: %d guesses judged, want %d", what, got, freeGuesses)
			}
		}
	})
}

// hostsAreNotRepeated: no answer sends a browser elsewhere or repeats the host that
// a request claims.
func hostsAreNotRepeated(t *testing.T) {
	t.Parallel()
	s := start(t)
	st := newStory(t, s, "http")
	client := newHTTPClient(t, s)
	client.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	const elsewhere = "evil.example"
	for _, path := range []string{
		"/", "/_openapi", "/_publicApi", "/_serverInfo", "/_me", "/_ready", "/nowhere", "//evil.example", "//evil.example/..", `/\\evil.example`, "/https:evil.example",
		"/_login/local?redirect=//evil.example", "/_login/local?url=https:evil.example", `/_login/local?next=\\evil.example`, "/_logout?redirect_uri=https://evil.example",
	} {
		for _, verb := range []string{"GET", "POST"} {
			header := http.Header{
				"Host": {elsewhere}, "X-Forwarded-Host": {elsewhere}, "X-Forwarded-Proto": {"https"}, "Forwarded": {"host=" + elsewhere}, "X-Original-Host": {elsewhere},
				"Authorization": {"Bearer " + st.kept["admin"]},
			}
			var body []byte
			if verb == "POST" {
				body = []byte(userLogin)
			}
			a := client.roundTrip(t, verb, path, header, body)
			if a.status >= 300 && a.status < 400 || a.header.Get("Location") != "" || a.header.Get("Refresh") != "" {
				t.Errorf("%s %s leads elsewhere: %d %v", verb, path, a.status, a.header)
			}
			if strings.Contains(path, elsewhere) {
				continue // the path itself is repeated where nothing is found
			}
			for name, values := range a.header {
				if strings.Contains(strings.Join(values, " "), elsewhere) {
					t.Errorf("%s %s: the header %s repeats the host: %q", verb, path, name, values)
				}
			}
			if strings.Contains(string(a.raw), elsewhere) {
				t.Errorf("%s %s repeats the host: %.300s", verb, path, a.raw)
			}
		}
	}
}
