package network_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// TestTargets is how paths, queries and verbs lead to actions.
func TestTargets(t *testing.T) {
	f := start(t, network.Options{Node: "knode-brave-otter-12345"})
	args := func(name, target, want string) rawCase {
		return rawCase{name: name, request: get(target), status: 200, field: "result.args", want: want}
	}
	missing := func(name, verb, target, props string) rawCase {
		return rawCase{name: name, request: message(verb, target, ""), status: 404, id: "network.http.url_not_found", props: props}
	}
	headOK := rawCase{name: "HEAD /", request: message("HEAD", "/", ""), status: 200}
	headMissing := rawCase{name: "HEAD elsewhere", request: message("HEAD", "/echo", ""), status: 404}
	notFound := missing("no route", "GET", "/nowhere?a=secret", `["/nowhere"]`)
	notFound.field, notFound.want, notFound.forbidden = "controller", "null", "secret"
	runRaw(t, f, []rawCase{
		args("a placeholder", "/echo/jdoe", `{"_id":"jdoe"}`),
		args("a placeholder percent-encoded", "/echo/a%2Fb%20%C3%A9", `{"_id":"a/b é"}`),
		args("slashes repeated and trailing", "//echo///jdoe//", `{"_id":"jdoe"}`),
		args("a static segment wins", "/echo/fixed/name", `{}`),
		missing("and there is no way back", "GET", "/echo/fixed", `["/echo/fixed"]`),
		args("the path wins over the query", "/echo/jdoe?_id=other", `{"_id":"jdoe"}`),
		args("a repeated key", "/echo?a=1&a=2&a=3", `{"a":["1","2","3"]}`),
		args("a key without value", "/echo?reset&x=", `{"reset":"","x":""}`),
		args("plus and percent", "/echo?q=a+b%2Bc&&=v", `{"q":"a b+c","":"v"}`),
		args("what a query may not say", "/echo?controller=auth&action=logout&jwt=t&requestId=r", `{"requestId":"r"}`),
		{name: "a body in the query", request: get("/echo?a=1&body=b&volatile=v"), status: 400, id: "api.assert.invalid_type", props: `["body","object"]`},
		{name: "volatile in the query", request: get("/echo?volatile={}"), status: 400, id: "api.assert.invalid_type", props: `["volatile","object"]`},
		{name: "a token in the query", request: get("/echo?jwt=t"), status: 200, field: "result.hasToken", want: "false"},
		{name: "a bad escape", request: get("/echo?a=%zz"), status: 400, id: "api.assert.invalid_argument", props: `["a","percent-encoded UTF-8"]`},
		{name: "a query that is no UTF-8", request: get("/echo?a=%ff"), status: 400, id: "api.assert.invalid_argument"},
		{name: "a path that is no UTF-8", request: get("/echo/%ff"), status: 400, id: "api.assert.invalid_argument", props: `["_id","percent-encoded UTF-8"]`},
		{name: "bytes in a path that are no UTF-8", request: get("/echo/\xff"), status: 400, id: "api.assert.invalid_argument", props: `["_id","percent-encoded UTF-8"]`},
		notFound,
		missing("the wrong verb", "DELETE", "/typed", `["/typed"]`),
		missing("a body on no route", "POST", "/nowhere", `["/nowhere"]`),
		headOK, headMissing,
		{name: "PATCH", request: message("PATCH", "/echo", `{}`), status: 200, field: "action", want: `"echo"`},
		{name: "OPTIONS anywhere", request: message("OPTIONS", "/nowhere", ""), status: 200, field: "result", want: `{}`},
		{name: "OPTIONS of the server", request: message("OPTIONS", "*", ""), status: 200, field: "result", want: `{}`},
		{name: "an unknown verb", request: message("TRACE", "/echo", ""), status: 400, id: "network.http.unsupported_verb", props: `["TRACE"]`},
		{name: "an invented verb", request: message("BREW", "/echo", ""), status: 400, id: "network.http.unsupported_verb"},
		{name: "the root", request: get("/"), status: 200, field: "result", want: `"info"`},
		{name: "alive", request: get("/_healthcheck"), status: 200, field: "result", want: "null"},
		{name: "alive has no controller", request: get("/_healthcheck/"), status: 200, field: "controller", want: "null"},
		{name: "ready", request: get("/_ready"), status: 200, field: "result", want: "null"},
		{name: "a flag over HTTP", request: message("POST", "/typed?flag&size=10abc", `{"name":"x"}`), status: 200, field: "result", want: `"ok"`},
		{name: "a flag of another value", request: message("POST", "/typed?flag=maybe", `{"name":"x"}`), status: 400,
			id: "api.assert.invalid_type", props: `["flag","boolean"]`},
		{name: "an integer that is none", request: message("POST", "/typed?size=1.5", `{"name":"x"}`), status: 400,
			id: "api.assert.invalid_type", props: `["size","integer"]`},
		{name: "a repeated integer", request: message("POST", "/typed?size=1&size=2", `{"name":"x"}`), status: 400,
			id: "api.assert.invalid_type", props: `["size","integer"]`},
		{name: "a body that is missing", request: message("POST", "/typed", ""), status: 400, id: "api.assert.body_required"},
		{name: "null for a string", request: message("POST", "/typed", `{"name":null}`), status: 400, id: "api.assert.invalid_type", props: `["body.name","string"]`},
		{name: "a list of the wrong things", request: message("POST", "/typed", `{"name":"x","list":[1]}`), status: 400,
			id: "api.assert.invalid_type", props: `["body.list","string[]"]`},
		{name: "a list for an object", request: message("POST", "/typed", `{"name":"x","inner":[]}`), status: 400,
			id: "api.assert.invalid_type", props: `["body.inner","object"]`},
	})
}

// TestUnreadable is what cannot be read as HTTP: even that gets an id, and the
// connection ends since nobody knows where the next request would begin.
func TestUnreadable(t *testing.T) {
	f := start(t, network.Options{})
	unreadable := func(name, request string) rawCase {
		return rawCase{name: name, request: request, status: 400, id: "network.http.unexpected_error", closes: true,
			field: "controller", want: "null", header: map[string]string{"Content-Type": "application/json"}}
	}
	runRaw(t, f, []rawCase{
		unreadable("a bad escape in the path", get("/users/%zz")),
		unreadable("half an escape", get("/users/100%")),
		unreadable("no request line", "GET\r\n\r\n"),
		unreadable("another version", "GET / HTTP/3.7\r\nHost: a\r\n\r\n"),
		unreadable("no host", "GET / HTTP/1.1\r\n\r\n"),
		unreadable("an expectation", get("/echo", "Expect: the impossible")),
		unreadable("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
		unreadable("a header that is none", get("/", "No colon")),
		unreadable("a space before the colon", get("/", "A : b")),
		unreadable("a line break in a value", get("/", "A: b\x00c")),
		unreadable("an unknown transfer encoding", get("/", "Transfer-Encoding: gzip")),
		unreadable("two lengths", get("/", "Content-Length: 1", "Content-Length: 2")),
		unreadable("a length that is none", get("/", "Content-Length: many")),
		unreadable("a length and chunks", post("", "Content-Length: 3", "Transfer-Encoding: chunked")+"0\r\n\r\n"+get("/nowhere")),
		unreadable("chunks and a length", post("", "Transfer-Encoding: chunked", "Content-Length: 3")+"0\r\n\r\n"+get("/nowhere")),
		unreadable("a header on two lines", get("/", "X-A: b", " Transfer-Encoding: chunked")+get("/nowhere")),
		unreadable("chunks in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n"+get("/nowhere")),
		{name: "an answer that looks like one", request: get("/echo?a=" + url.QueryEscape("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")),
			status: 200, field: "action", want: `"echo"`},
	})
}

// TestHeaders tests the meaning of request headers, and the headers of answers.
func TestHeaders(t *testing.T) {
	f := start(t, network.Options{Node: "knode-brave-otter-12345"})
	token := func(name, header, want string) rawCase {
		return rawCase{name: name, request: get("/echo", "Authorization: "+header), status: 200, field: "result.token", want: want}
	}
	large := strings.Repeat("x", network.MaxTokenBytes+1)
	opaque := func(name, target string) rawCase {
		return rawCase{name: name, request: get(target), status: 500, id: "core.fatal.unexpected_error", forbidden: "a secret cause"}
	}
	runRaw(t, f, []rawCase{
		{name: "every answer's", request: get("/echo", "X-Kuzzle-Request-Id: r1"), status: 200, field: "requestId", want: `"r1"`,
			header: map[string]string{"X-Kuzzle-Request-Id": "r1", "X-Kuzzle-Node": "knode-brave-otter-12345",
				"Content-Type": "application/json", "Content-Encoding": "identity", "Accept-Encoding": "gzip,deflate,identity",
				"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Connection": "", "Vary": "",
				"Access-Control-Allow-Methods": "", "Access-Control-Allow-Headers": ""}},
		{name: "what pages of other origins may do", request: get("/echo", "Origin: https://elsewhere.example"), status: 200,
			header: map[string]string{"Vary": "Origin", "Access-Control-Allow-Methods": "GET,POST,PUT,PATCH,DELETE,OPTIONS,HEAD"}},
		{name: "an error has the id too", request: get("/nowhere", "X-Kuzzle-Request-Id: r1"), status: 404,
			id: "network.http.url_not_found", field: "requestId", want: `"r1"`},
		{name: "an id too long", request: get("/echo", "X-Kuzzle-Request-Id: "+large[:257]), status: 400, id: "api.assert.invalid_argument"},
		{name: "an id that is no text", request: get("/echo", "X-Kuzzle-Request-Id: \xff"), status: 400, id: "api.assert.invalid_argument"},
		token("a token", "Bearer t1", `"t1"`), token("in any case", "bEaReR t1", `"t1"`), token("untrimmed", "Bearer  t1", `" t1"`),
		token("another scheme", "Basic t1", `""`), token("nothing after it", "Bearer", `""`),
		{name: "a token too long", request: get("/echo", "Authorization: Bearer "+large), status: 400, id: "api.assert.invalid_argument", forbidden: "xxx"},
		{name: "volatile", request: get("/echo", `X-Kuzzle-Volatile: {"a":[1]}`), status: 200, field: "volatile", want: `{"a":[1]}`},
		{name: "volatile as Node.js sends it", request: get("/echo", "X-Kuzzle-Volatile: {\"a\":\"\xe9\"}"), status: 200, field: "volatile", want: `{"a":"é"}`},
		{name: "volatile that is no JSON", request: get("/echo", `X-Kuzzle-Volatile: {a`), status: 400, id: "network.http.volatile_parse_failed"},
		{name: "volatile that is no object", request: get("/echo", `X-Kuzzle-Volatile: [1]`), status: 400, id: "api.assert.invalid_type",
			props: `["volatile","object"]`},
		{name: "when to come back", request: get("/busy"), status: 503, id: "api.process.overloaded", header: map[string]string{"Retry-After": "2"}},
		{name: "of the action's own", request: get("/cookie"), status: 200, field: "headers", want: `{"x-more":"yes"}`, forbidden: "authToken",
			header: map[string]string{"X-More": "yes", "Set-Cookie": "authToken=abc; Path=/"}},
		{name: "without an envelope", request: get("/raw?pretty"), status: 200,
			header: map[string]string{"Content-Type": "application/yaml", "Cache-Control": ""}},
		{name: "what may be cached", request: get("/_publicApi"), status: 200, header: map[string]string{"Cache-Control": ""}},
		opaque("a panic", "/panic"), opaque("an unexpected error", "/fail"),
	})
}

// TestQueryEndpoint sends whole requests to POST /_query.
func TestQueryEndpoint(t *testing.T) {
	f := start(t, network.Options{})
	query := func(body string, headers ...string) string { return message("POST", "/_query?a=1", body, headers...) }
	wrong := func(name, body, props string) rawCase {
		return rawCase{name: name, request: query(body), status: 400, id: "api.assert.invalid_type", props: props}
	}
	const echo = `"controller":"test","action":"echo"`
	runRaw(t, f, []rawCase{
		{name: "a request", request: query(`{` + echo + `,"_id":"x","body":{"a":1}}`), status: 200, field: "result.args", want: `{"_id":"x"}`},
		{name: "its body", request: query(`{` + echo + `,"body":[1]}`), status: 200, field: "result.body", want: `[1]`},
		{name: "the header's token", request: query(`{`+echo+`}`, "Authorization: Bearer t1"), status: 200, field: "result.token", want: `"t1"`},
		{name: "its own token", request: query(`{`+echo+`,"jwt":"t2"}`, "Authorization: Bearer t1"), status: 200, field: "result.token", want: `"t2"`},
		{name: "the outer id is answered", request: query(`{`+echo+`,"requestId":"inner"}`, "X-Kuzzle-Request-Id: outer"), status: 200,
			field: "requestId", want: `"outer"`},
		{name: "an empty object", request: query(`{}`), status: 400, id: "api.assert.missing_argument", props: `["controller"]`},
		{name: "no action", request: query(`{"controller":"test"}`), status: 400, id: "api.assert.missing_argument", props: `["action"]`},
		{name: "nothing", request: query(``), status: 400, id: "api.assert.body_required"},
		{name: "null", request: query(`null`, "Authorization: Bearer t1"), status: 400, id: "api.assert.body_required"},
		{name: "not JSON", request: query(`{`), status: 400, id: "network.http.body_parse_failed", bare: true},
		{name: "an unknown controller", request: query(`{"controller":"x","action":"y"}`), status: 404, id: "api.process.controller_not_found"},
		{name: "targets that are no list", request: query(`{` + echo + `,"targets":1}`), status: 400, id: "api.assert.invalid_type", props: `["targets","array"]`},
		wrong("an array", `[1]`, `["body","object"]`), wrong("a string", `"x"`, `["body","object"]`),
		wrong("controller", `{"controller":1}`, `["controller","string"]`), wrong("action", `{"action":{}}`, `["action","string"]`),
		wrong("jwt", `{`+echo+`,"jwt":5}`, `["jwt","string"]`), wrong("volatile", `{`+echo+`,"volatile":[]}`, `["volatile","object"]`),
		wrong("body", `{`+echo+`,"body":5}`, `["body","object"]`),
	})
}

// TestPretty indents by two spaces.
func TestPretty(t *testing.T) {
	f := start(t, network.Options{})
	res := do(t, f, "GET", "/echo?pretty", nil)
	if body := read(t, res); !strings.HasPrefix(body, "{\n  \"requestId\": ") {
		t.Errorf("not indented: %s", body)
	}
}

// TestNotReady answers 503 when Options.Ready returns an error.
func TestNotReady(t *testing.T) {
	f := start(t, network.Options{Ready: func() error { return errors.New("a secret cause") }})
	runRaw(t, f, []rawCase{
		{name: "not ready", request: get("/_ready"), status: 503, id: "network.http.not_ready", forbidden: "a secret cause"},
		{name: "but alive", request: get("/_healthcheck"), status: 200},
	})
	// A reason that may be told is told.
	f = start(t, network.Options{Ready: func() error { return fmt.Errorf("looking: %w", network.ErrNoMemory.New()) }})
	runRaw(t, f, []rawCase{{name: "not ready for a reason", request: get("/_ready"), status: 503, id: network.ErrNoMemory.ID()}})
}

// TestCompression compresses large answers without secrets.
func TestCompression(t *testing.T) {
	f := start(t, network.Options{})
	tests := []struct{ path, accept, want string }{
		{"/large", "gzip", "gzip"}, {"/large", "deflate", "deflate"}, {"/large", "deflate, gzip", "gzip"},
		{"/large", "gzip;q=0.5, deflate", "deflate"}, {"/large", "gzip;q=0", "identity"}, {"/large", "*", "gzip"},
		{"/large", "gzip;q=0, *", "deflate"}, {"/large", "br", "identity"}, {"/large", "gzip;q=x", "identity"},
		{"/small", "gzip", "gzip"}, {"/_healthcheck", "gzip", "identity"}, {"/secret", "gzip", "identity"}, {"/secret", "*", "identity"},
	}
	for _, test := range tests {
		res := do(t, f, "GET", test.path, http.Header{"Accept-Encoding": {test.accept}})
		body := read(t, res)
		if got := res.Header.Get("Content-Encoding"); got != test.want {
			t.Errorf("%s for %q comes as %s, want %s", test.path, test.accept, got, test.want)
		}
		if test.want != "identity" && (len(body) > 100_000 || res.Header.Get("Vary") != "Accept-Encoding") {
			t.Errorf("%q: %d bytes, Vary %q", test.accept, len(body), res.Header.Get("Vary"))
		}
	}
}

// TestPipelining answers requests sent in one go, in their order.
func TestPipelining(t *testing.T) {
	f := start(t, network.Options{})
	c := f.dial(t)
	ids := []string{"r1", "r2", "r3"}
	var all strings.Builder
	for _, id := range ids {
		all.WriteString(post(`{"id":"`+id+`"}`, "X-Kuzzle-Request-Id: "+id))
	}
	if _, err := io.WriteString(c, all.String()); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(c)
	for _, id := range ids {
		res, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		checkField(t, []byte(read(t, res)), "result.body", `{"id":"`+id+`"}`)
	}
}

func do(t *testing.T, f *front, verb, path string, header http.Header) *http.Response {
	t.Helper()
	r, err := http.NewRequest(verb, f.url(path), nil)
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		r.Header = header
	}
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	res, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func read(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return string(body)
}
