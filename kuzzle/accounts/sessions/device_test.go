package sessions

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// TestClient parses the User-Agent of browsers and programs.
func TestClient(t *testing.T) {
	for agent, want := range map[string]Client{
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0":                                                                         {Browser: "Firefox", Version: "128.0", System: "Linux"},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36":                                {Browser: "Chrome", Version: "126.0.0.0", System: "Windows"},
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.2592.56":              {Browser: "Edge", Version: "126.0.2592.56", System: "Windows"},
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Safari/605.1.15":                        {Browser: "Safari", Version: "17.4.1", System: "macOS"},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1":    {Browser: "Safari", Version: "17.4.1", System: "iPhone", Mobile: true},
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1": {Browser: "Chrome", Version: "126.0.6478.54", System: "iPhone", Mobile: true},
		"Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36":     {Browser: "Samsung Internet", Version: "25.0", System: "Android", Mobile: true},
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/138.0.0.0 Safari/537.36":                                  {Browser: "Chrome", Version: "138.0.0.0", System: "Linux"},
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 OPR/112.0.0.0":                   {Browser: "Opera", Version: "112.0.0.0", System: "ChromeOS"},
		"Mozilla/5.0 (compatible; somebody)": {},
		"curl/8.14.1":                        {Browser: "curl", Version: "8.14.1"},
		"python-requests/2.32":               {Browser: "python-requests", Version: "2.32"},
		"node":                               {},
		"my own program/x":                   {},
		"/":                                  {},
		"":                                   {},
	} {
		d := Device{Agent: agent}
		if diff := cmp.Diff(want, d.Client()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", agent, diff)
		}
	}
}

// TestDeviceOf checks that a User-Agent is stored without invisible characters, up to 256 bytes,
// and that callers who stand for the instance have no device.
func TestDeviceOf(t *testing.T) {
	by := func(agent string) users.Actor {
		return users.Actor{Addr: netip.MustParseAddr("::ffff:192.0.2.7"), Headers: http.Header{"User-Agent": {agent}}}
	}
	for sent, want := range map[string]string{
		"curl/8":                       "curl/8",
		"a\tb\x00c\u202ed\x80e":        "abcde",
		strings.Repeat("x", 300):       strings.Repeat("x", MaxAgent),
		strings.Repeat("x", 10_000):    strings.Repeat("x", MaxAgent),
		strings.Repeat("ü", 300):       strings.Repeat("ü", MaxAgent/2),
		"x" + strings.Repeat("€", 300): "x" + strings.Repeat("€", (MaxAgent-1)/3),
	} {
		got := deviceOf(by(sent))
		if got == nil || got.Agent != want || got.Addr != "192.0.2.7" || !utf8.ValidString(got.Agent) {
			t.Errorf("%.20q: got %+v, want %.20q of %d bytes", sent, got, want, len(want))
		}
	}
	service, operator := by("x"), by("x")
	service.Service, operator.Operator = "key", true
	for name, nobody := range map[string]users.Actor{"a service": service, "the command line": operator, "nothing said": {}} {
		if got := deviceOf(nobody); got != nil {
			t.Errorf("%s: got %+v, want none", name, got)
		}
	}
}

func FuzzAgent(f *testing.F) {
	f.Add("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
	f.Add("\xff€/1.\u202e")
	f.Fuzz(func(t *testing.T, sent string) {
		d := Device{Agent: agent(sent)}
		if c := d.Client(); len(d.Agent) > MaxAgent || !utf8.ValidString(d.Agent) || !utf8.ValidString(c.Browser+c.Version) {
			t.Errorf("%q becomes %q, %+v", sent, d.Agent, c)
		}
	})
}
