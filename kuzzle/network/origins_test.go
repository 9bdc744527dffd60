package network_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

func origins(t *testing.T, patterns bool, entries ...string) *network.Origins {
	t.Helper()
	o, err := network.NewOrigins(entries, patterns)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestOrigins tests which pages may call, which headers they get, and whether
// their cookies count.
func TestOrigins(t *testing.T) {
	const listed = "https://app.example.com"
	tests := []struct {
		name     string
		origins  *network.Origins
		origin   string
		status   int
		allow    string
		vary     string
		withAuth string
		trusted  bool
	}{
		{"no origin", nil, "", 200, "", "", "", false},
		{"any", nil, "https://evil.example", 200, "https://evil.example", "Origin", "", false},
		{"any, but the server's own", nil, "own", 200, "own", "Origin", "true", true},
		{"a user before the server's own", nil, "http://evil@own", 200, "http://evil@own", "Origin", "", false},
		{"a path behind the server's own", nil, "http://own/x", 200, "http://own/x", "Origin", "", false},
		{"null", nil, "null", 200, "null", "Origin", "", false},
		{"the star", origins(t, false, "*"), "https://evil.example", 200, "https://evil.example", "Origin", "", false},
		{"the star beside a name", origins(t, false, "*", listed), listed, 200, listed, "Origin", "true", true},
		{"listed", origins(t, false, listed), listed, 200, listed, "Origin", "true", true},
		{"listed, no origin", origins(t, false, listed), "", 200, "", "Origin", "", false},
		{"not listed", origins(t, false, listed), "https://evil.example", 401, "", "Origin", "", false},
		{"not quite listed", origins(t, false, listed), listed + ".evil.example", 401, "", "Origin", "", false},
		{"by pattern", origins(t, true, `https://.*\.example\.com`), listed, 200, listed, "Origin", "true", true},
		{"a pattern is whole", origins(t, true, `https://.*\.example\.com`), listed + ".evil.example", 401, "", "Origin", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := start(t, network.Options{Origins: test.origins, CookieAuthentication: true})
			header := http.Header{}
			if test.origin == "own" {
				test.origin, test.allow = f.url(""), f.url("")
			}
			test.origin, test.allow = strings.Replace(test.origin, "own", f.address, 1), strings.Replace(test.allow, "own", f.address, 1)
			if test.origin != "" {
				header.Set("Origin", test.origin)
			}
			res := do(t, f, "GET", "/peer", header)
			body := read(t, res)
			got := []string{fmt.Sprint(res.StatusCode), res.Header.Get("Access-Control-Allow-Origin"), res.Header.Get("Vary"),
				res.Header.Get("Access-Control-Allow-Credentials")}
			want := []string{fmt.Sprint(test.status), test.allow, test.vary, test.withAuth}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("status, origin, vary, credentials: %q, want %q", got, want)
			}
			if test.status == 200 {
				checkField(t, []byte(body), "result.trusted", fmt.Sprint(test.trusted))
			}
			header.Set("Cookie", "authToken=abc")
			checkUpgrade(t, f, header, test.status == 200 && test.trusted)
			header.Set("Cookie", "authToken=null; other=x")
			checkUpgrade(t, f, header, test.status == 200)
		})
	}
}

// checkUpgrade tells whether a socket may be opened.
func checkUpgrade(t *testing.T, f *front, header http.Header, want bool) {
	t.Helper()
	c, res, err := websocket.DefaultDialer.Dial("ws://"+f.address, header)
	if err == nil {
		_ = c.Close()
	} else if res == nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the refusal of an upgrade is %v, want status 401", err)
	}
	if got := err == nil; got != want {
		t.Errorf("upgrade from %q with cookie %q: %v, want %v", header.Get("Origin"), header.Get("Cookie"), got, want)
	}
}

// TestCredentialsNeedCookies never invites cookies that would be refused.
func TestCredentialsNeedCookies(t *testing.T) {
	f := start(t, network.Options{Origins: origins(t, false, "https://app.example.com")})
	res := do(t, f, "OPTIONS", "/", http.Header{"Origin": {"https://app.example.com"}})
	_ = read(t, res)
	if got := res.Header.Get("Access-Control-Allow-Credentials"); got != "" {
		t.Errorf("Access-Control-Allow-Credentials %q without cookie authentication", got)
	}
}

// TestBadPattern says which entry is wrong.
func TestBadPattern(t *testing.T) {
	if _, err := network.NewOrigins([]string{"("}, true); err == nil {
		t.Error("an expression that does not compile is accepted")
	}
}
