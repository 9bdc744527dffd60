package systemtest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/strategies"
)

// asking is a strategy whose every login and action asks for the step that its client
// names.
type asking struct{ unproven }

var hostilePage = strategies.Page{
	Title:  `<script>alert(1)</script>`,
	Text:   "one\n</p><img src=x onerror=alert(2)>",
	Button: `</button><a href="javascript:alert(3)">`,
	Fields: map[string]string{`"><svg onload=alert(4)>`: `' " ><script>alert(5)</script>`, "token": "page-canary"},
}

func (asking) Name() string { return "asking" }

func (asking) Redirects() {}

func (asking) step(in map[string]any) *strategies.Step {
	to, _ := in["to"].(string)
	switch to {
	case "page":
		return &strategies.Step{Page: &hostilePage}
	case "large":
		return &strategies.Step{Page: &strategies.Page{Text: strings.Repeat("x", strategies.MaxPage+1)}}
	}
	return &strategies.Step{Redirect: to, Answer: map[string]any{"to": "elsewhere"}}
}

func (s asking) Authenticate(_ context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	return strategies.Outcome{Next: s.step(in)}, nil
}

func (s asking) Actions() []strategies.Action {
	return []strategies.Action{{
		Controller: "asking", Name: "ask", Routes: []string{"GET /_asking"}, Summary: "Asks for a step.",
		Run: func(_ context.Context, call strategies.Call) (any, error) { return s.step(call.Args), nil },
	}}
}

// startAsking runs a server with the strategy, after all other edits.
func startAsking(t *testing.T, edits ...func(*settings)) *server {
	s := start(t, append(edits, func(set *settings) {
		set.HTTP.CookieAuthentication = true
		set.Options = append(set.Options, backend.Use("asking", func(json.RawMessage, strategies.Host) (strategies.Strategy, error) { return asking{}, nil }))
	})...)
	newStory(t, s, "http")
	s.operate(t, "security", "updateRole", map[string]any{"_id": "anonymous"}, map[string]any{"controllers": map[string]any{
		"auth": map[string]any{"actions": map[string]any{"login": true}}, "asking": map[string]any{"actions": map[string]any{"*": true}},
	}})
	return s
}

// get asks over plain HTTP, and follows nothing.
func (s *server) get(t *testing.T, path, accept string) (*http.Response, string) {
	t.Helper()
	res, body := exchange(t, http.DefaultTransport.RoundTrip, "GET", "http://"+s.addr+path, nil, "Accept", accept)
	return res, string(body)
}

// TestPageSteps checks that a browser gets a strategy's page as text, whatever its content
// is, with headers that allow it only to send its form here and to be redirected to allowed
// targets. Every other client gets it as data.
func TestPageSteps(t *testing.T) {
	t.Parallel()
	s := startAsking(t)
	const html = "text/html,application/xhtml+xml,*/*;q=0.8"
	for _, path := range []string{"/_login/asking?to=page", "/_asking?to=page"} {
		res, body := s.get(t, path, html)
		if res.StatusCode != 200 || !strings.HasPrefix(body, "<!doctype html>") {
			t.Errorf("%s: answered %d %s", path, res.StatusCode, body)
		}
		for _, markup := range []string{"<script", "<img", "<svg", "<a ", "to=page"} {
			if strings.Contains(body, markup) {
				t.Errorf("%s: the page has %s:\n%s", path, markup, body)
			}
		}
		if want := `<input type="hidden" name="token" value="page-canary">`; !strings.Contains(body, want) || !strings.Contains(body, `<form method="post" action="?">`) {
			t.Errorf("%s: the page has no form:\n%s", path, body)
		}
		got := map[string]string{}
		for _, name := range []string{"Content-Type", "Cache-Control", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Set-Cookie"} {
			got[name] = res.Header.Get(name)
		}
		if diff := cmp.Diff(map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
			"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Set-Cookie": "",
		}, got); diff != "" {
			t.Errorf("%s: headers (-want +got):\n%s", path, diff)
		}
		rules := res.Header.Get("Content-Security-Policy")
		for _, rule := range []string{"default-src 'none'", "form-action 'self' https:", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !slices.Contains(strings.Split(rules, "; "), rule) || strings.Contains(rules, "unsafe") {
				t.Errorf("%s: the rules %q lack %s", path, rules, rule)
			}
		}
	}
	res, body := s.get(t, "/_login/asking?to=page&cookieAuth=true", html)
	if !strings.Contains(body, `action="?cookieAuth=true"`) || res.Header.Get("Referrer-Policy") != "strict-origin" {
		t.Errorf("a login into a cookie goes on without: %q\n%s", res.Header.Get("Referrer-Policy"), body)
	}
	want := map[string]any{"page": map[string]any{
		"title": hostilePage.Title, "text": hostilePage.Text, "button": hostilePage.Button, "fields": map[string]any{
			`"><svg onload=alert(4)>`: hostilePage.Fields[`"><svg onload=alert(4)>`], "token": "page-canary",
		},
	}}
	for _, protocol := range []string{"http", "websocket"} {
		c := call{id: protocol, controller: "auth", action: "login", args: map[string]any{"strategy": "asking"}, hasBody: true, body: map[string]any{"to": "page"}}
		a := s.client(t, protocol).send(t, c)
		if diff := cmp.Diff(any(want), a.result()); a.status != 200 || diff != "" {
			t.Errorf("%s: answered %d (-want +got):\n%s", protocol, a.status, diff)
		}
	}
	if res, body := s.get(t, "/_login/asking?to=large", html); res.StatusCode != 500 || len(body) > 4096 {
		t.Errorf("a page that is too large: answered %d, %d bytes", res.StatusCode, len(body))
	}
}

// TestRedirectSteps: a redirect leads to https or to a path of this server, and a
// strategy's mistake is not repeated to the client.
func TestRedirectSteps(t *testing.T) {
	t.Parallel()
	s := startAsking(t)
	socket := s.client(t, "websocket")
	send := map[string]func(to string) (status int, location any, text string){
		"http": func(to string) (int, any, string) {
			res, body := s.get(t, "/_login/asking?to="+url.QueryEscape(to), "*/*")
			return res.StatusCode, res.Header.Get("Location"), body
		},
		"websocket": func(to string) (int, any, string) {
			a := socket.send(t, call{id: "1", controller: "auth", action: "login", args: map[string]any{"strategy": "asking"}, hasBody: true, body: map[string]any{"to": to}})
			return a.status, a.at("headers.Location"), string(a.raw)
		},
	}
	for protocol, ask := range send {
		for to, want := range map[string]int{
			"https://id.example.com/a?b=c#d": 302, "/own/path?x=y": 302,
			"http://id.example.com/": 500, "http://127.0.0.1/": 500, "//evil.example.com/": 500, "/\\evil.example.com": 500, "javascript:alert(1)": 500,
			"data:text/html,x": 500, "https:evil": 500, "https://": 500, "https://a@evil.example.com/": 500, "own": 500, "\x09//evil.example.com": 500,
			"https://evil.example.com/\r\nSet-Cookie: a=b": 500, "/" + strings.Repeat("x", 5000): 500,
		} {
			status, location, text := ask(to)
			if status != want || status == 302 && location != to || status == 500 && strings.Contains(text, "evil") {
				t.Errorf("%s: a redirect to %.40q: answered %d to %v: %.200s", protocol, to, status, location, text)
			}
		}
	}
	if s.log.Has("evil.example.com") {
		t.Error("the log has where a redirect led")
	}
}

// TestButtonsWork: where the origins that may call are listed, the button of a page works
// all the same: its browser sends the origin "null", since the page tells nobody where it
// was, and says that the page is the server's. A page of another site gets nowhere by it.
func TestButtonsWork(t *testing.T) {
	t.Parallel()
	s := startAsking(t, func(set *settings) { set.HTTP.AllowOrigin = []string{"https://app.example.com"} })
	for _, page := range []struct {
		origin, site string
		works        bool
	}{
		{"null", "same-origin", true}, {"http://" + s.addr, "same-origin", true}, {"https://app.example.com", "cross-site", true},
		{"null", "cross-site", false}, {"null", "same-site", false}, {"null", "none", false}, {"null", "", false}, {"https://evil.example.com", "cross-site", false},
	} {
		res, text := exchange(t, http.DefaultTransport.RoundTrip, "POST", "http://"+s.addr+"/_login/asking", strings.NewReader("to=/own/path"),
			"Content-Type", "application/x-www-form-urlencoded", "Origin", page.origin, "Sec-Fetch-Site", page.site)
		refused := res.StatusCode == 401 && strings.Contains(string(text), "api.process.unauthorized_origin")
		if works := res.StatusCode == 302; works != page.works || refused == page.works {
			t.Errorf("origin %q, site %q: answered %d %s", page.origin, page.site, res.StatusCode, text)
		}
	}
}
