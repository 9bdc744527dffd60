package network_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// other is a dialect that has nothing in common with Kuzzle's.
var other = &api.Dialect{
	Name: "other", Prefix: "/other", Authenticator: otherKeys{},
	Accepts: []string{"application/json"}, Bodiless: []string{"GET", "DELETE"}, EmptyObject: true,
	Strict: true, Known: []string{"version"}, PlainLists: true, AllViolations: true,
	WrongVerb: true, ContentType: "application/vnd.other+json",
	Status: func(failure *fault.Error) int {
		switch {
		case errors.Is(failure, network.ErrUnsupportedContent), errors.Is(failure, network.ErrUnsupportedCharset):
			return 415
		case strings.HasPrefix(failure.ID(), "api.assert."):
			return 422
		}
		return failure.Status()
	},
	Header: func(h http.Header, req *api.Request, _ *api.Response) { h.Set("X-Other-Trace", req.ID) },
	Append: func(dst []byte, _ *api.Request, res *api.Response, _ bool) ([]byte, error) {
		if res.Err == nil {
			return api.AppendJSON(dst, res.Result)
		}
		all := res.Err.Errors
		if all == nil {
			all = []*fault.Error{res.Err}
		}
		shown := []string{}
		for _, failure := range all {
			text := failure.ID()
			if strings.HasPrefix(text, "api.assert.") && len(failure.Props) > 0 {
				text += " " + failure.Props[0].(string)
			}
			shown = append(shown, text)
		}
		text, err := json.Marshal(map[string]any{"errors": shown})
		return append(dst, text...), err
	},
}

var errNoKey = fault.Declare(0x40060106, "other.key.missing", 401, "Send a key.")

// otherKeys knows one key, which stands for the instance.
type otherKeys struct{}

func (otherKeys) Authenticate(_ context.Context, req *api.Request) (api.Caller, error) {
	switch {
	case req.Headers.Get("X-Break") != "":
		return api.Caller{}, errors.New("a secret cause")
	case req.Token != "key":
		return api.Caller{}, errNoKey.New()
	}
	return api.NewService("shop", 0).Caller(), nil
}

type otherArgs struct {
	ID    string   `arg:"id"`
	Tags  []string `arg:"tag"`
	Name  string   `body:"name"`
	Inner string   `body:"inner.name"`
}

type otherNeeds struct {
	Name string `body:"name,required"`
	Size int    `body:"size,required"`
}

func otherController() api.Controller {
	show := func(_ context.Context, req *api.Request, args otherArgs) (map[string]any, error) {
		return map[string]any{"id": args.ID, "tags": args.Tags, "name": args.Name, "inner": args.Inner, "by": req.Caller.Name()}, nil
	}
	return api.Controller{Name: "other", Dialect: other, Actions: []api.Declared{
		api.Action[otherArgs, map[string]any]{Name: "show", Routes: api.Routes{"GET /things/{id}", "POST /things/{id}", "DELETE /things/{id}"}, Run: show},
		api.Action[otherNeeds, string]{Name: "make", Routes: api.Routes{"POST /things"},
			Run: func(context.Context, *api.Request, otherNeeds) (string, error) { return "made", nil }},
		api.Action[api.None, any]{Name: "none", Routes: api.Routes{"POST /none"},
			Run: func(context.Context, *api.Request, api.None) (any, error) { return "none", nil }},
		api.Action[api.None, any]{Name: "panic", Routes: api.Routes{"GET /panic"},
			Run: func(context.Context, *api.Request, api.None) (any, error) { panic("a secret cause") }},
		api.Action[api.None, any]{Name: "empty", Routes: api.Routes{"GET /empty"},
			Run: func(context.Context, *api.Request, api.None) (any, error) { return api.WithStatus{Status: 204}, nil }},
	}}
}

const keyed = "Authorization: Bearer key"

// TestDialectEdge asks another dialect for everything that is answered before or
// without an action: all of it comes as that dialect says.
func TestDialectEdge(t *testing.T) {
	f := start(t, network.Options{Node: "knode-brave-otter-12345", MaxRequestSize: 4096, Budget: budget.New(64 << 20)}, otherController())
	refused := func(name, request string, status int, codes ...string) rawCase {
		text, _ := json.Marshal(map[string]any{"errors": codes})
		return rawCase{name: name, request: request, status: status, body: string(text), forbidden: "a secret cause",
			header: map[string]string{"Content-Type": "application/vnd.other+json", "X-Kuzzle-Request-Id": "", "X-Kuzzle-Node": ""}}
	}
	shown := func(name, request, want string) rawCase {
		return rawCase{name: name, request: request, status: 200, body: want}
	}
	closing := func(c rawCase) rawCase { c.closes = true; return c }
	with := func(c rawCase, name, value string) rawCase { c.header[name] = value; return c }
	thing := func(more string) string {
		return `{"id":"t1","tags":null,"name":"","inner":"","by":"shop"` + more + `}`
	}
	tagged := func(tags string) string { return `{"id":"t1","tags":` + tags + `,"name":"","inner":"","by":"shop"}` }
	upload := func(body string, headers ...string) string {
		return message("POST", "/other/things/t1", body, append(headers, keyed)...)
	}
	long := strings.Repeat("x", 5000)
	runRaw(t, f, []rawCase{
		shown("an action", get("/other/things/t1", keyed), thing("")),
		shown("with slashes and escapes", get("//%6Fther//things/t%31/", keyed), thing("")),
		shown("with a parameter of every action", get("/other/things/t1?version=1", keyed), thing("")),
		shown("with headers that are Kuzzle's", get("/other/things/t1", keyed, "X-Kuzzle-Request-Id: "+strings.Repeat("x", 300), "X-Kuzzle-Volatile: {"), thing("")),
		shown("a body where none counts", message("GET", "/other/things/t1", "{", keyed, "Content-Type: text/plain"), thing("")),
		shown("and that of DELETE", message("DELETE", "/other/things/t1", "{", keyed), thing("")),
		shown("one value of a list", get("/other/things/t1?tag=a", keyed), tagged(`["a"]`)),
		shown("many values of a list", get("/other/things/t1?tag=a&tag=b,c", keyed), tagged(`["a","b,c"]`)),
		shown("a value that could be JSON", get("/other/things/t1?tag=%5B%22a%22%5D", keyed), tagged(`["[\"a\"]"]`)),
		shown("OPTIONS", message("OPTIONS", "/other/nowhere", ""), `{}`),
		shown("no upgrade", get("/other/things/t1", keyed, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), thing("")),
		{name: "no content", request: get("/other/empty", keyed), status: 204, header: map[string]string{"Content-Length": ""}},

		refused("no route", get("/other/nowhere"), 404, "network.http.url_not_found"),
		refused("the prefix alone", get("/other"), 404, "network.http.url_not_found"),
		refused("a probe", get("/other/_healthcheck"), 404, "network.http.url_not_found"),
		refused("whole requests", message("POST", "/other/_query", `{}`), 404, "network.http.url_not_found"),
		with(refused("the wrong verb", message("PUT", "/other/things/t1", "{}"), 405, "network.http.method_not_allowed"), "Allow", "DELETE, GET, POST, OPTIONS"),
		with(refused("an unknown verb", message("BREW", "/other/things", ""), 405, "network.http.method_not_allowed"), "Allow", "POST, OPTIONS"),
		refused("an unknown verb nowhere", message("BREW", "/other/nowhere", ""), 404, "network.http.url_not_found"),
		refused("a bad escape", get("/other/things/t1?tag=%zz", keyed), 422, "api.assert.invalid_argument tag"),
		refused("no text in the path", get("/other/things/%ff", keyed), 422, "api.assert.invalid_argument id"),
		refused("no JSON", upload(`{"name"`), 400, "network.http.body_parse_failed"),
		refused("too many layers", upload(`{}`, "Content-Encoding: gzip,gzip,gzip,gzip"), 400, "network.http.too_many_encodings"),
		closing(refused("too large", upload(long), 413, "network.http.request_too_large")),
		closing(refused("too large in chunks", upload("", "Transfer-Encoding: chunked")+fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(long), long), 413, "network.http.request_too_large")),
		refused("another content type", upload(`a=1`, "Content-Type: application/x-www-form-urlencoded"), 415, "network.http.unsupported_content"),
		refused("another charset", upload(`{}`, "Content-Type: application/json; charset=latin1"), 415, "network.http.unsupported_charset"),
		refused("a body that is no object", upload(`[1]`), 422, "api.assert.invalid_type body"),
		refused("an empty text for a body", upload(`""`), 422, "api.assert.invalid_type body"),

		refused("no key", get("/other/things/t1"), 401, "other.key.missing"),
		refused("a token of Kuzzle's", get("/other/things/t1", "Authorization: Bearer t"), 401, "other.key.missing"),
		refused("keys that cannot be read", get("/other/things/t1", "X-Break: yes"), 500, "core.fatal.unexpected_error"),
		refused("a panic", get("/other/panic", keyed), 500, "core.fatal.unexpected_error"),

		refused("unknown arguments", message("POST", "/other/things/t1?pretty&body=x", `{"name":"a","more":1,"inner":{"name":"b","rest":1}}`, keyed), 422,
			"api.assert.unexpected_argument body", "api.assert.unexpected_argument pretty",
			"api.assert.unexpected_argument body.inner.rest", "api.assert.unexpected_argument body.more"),
		refused("missing and unknown ones", message("POST", "/other/things", `{"nmae":"a"}`, keyed), 422,
			"api.assert.missing_argument body.name", "api.assert.missing_argument body.size", "api.assert.unexpected_argument body.nmae"),
		refused("no body", message("POST", "/other/things", "", keyed), 422,
			"api.assert.missing_argument body.name", "api.assert.missing_argument body.size"),
		refused("null", message("POST", "/other/things", "null", keyed), 422,
			"api.assert.missing_argument body.name", "api.assert.missing_argument body.size"),
		refused("arguments of an action without any", message("POST", "/other/none", `{"a":1}`, keyed), 422, "api.assert.unexpected_argument body.a"),
		{name: "none of an action without any", request: message("POST", "/other/none", `null`, keyed), status: 200, body: `"none"`},
	})
}

// TestDialectsApart reaches actions by their own dialect only.
func TestDialectsApart(t *testing.T) {
	f := start(t, network.Options{}, otherController())
	const call = `{"controller":"other","action":"none","jwt":"key"}`
	runRaw(t, f, []rawCase{
		{name: "over _query", request: message("POST", "/_query", call), status: 404, id: "api.process.controller_not_found", props: `["other"]`},
		{name: "by a route", request: message("POST", "/none", "", keyed), status: 404, id: "network.http.url_not_found"},
		{name: "Kuzzle's by the other's prefix", request: get("/other/echo", keyed), status: 404, body: `{"errors":["network.http.url_not_found"]}`},
		{name: "what begins like the prefix", request: get("/otherwise"), status: 404, id: "network.http.url_not_found"},
	})
	c := f.socket(t, nil)
	if err := sendText(c, call); err != nil {
		t.Fatal(err)
	}
	var answer struct{ Error struct{ ID string } }
	if err := c.ReadJSON(&answer); err != nil || answer.Error.ID != "api.process.controller_not_found" {
		t.Errorf("over a WebSocket: %+v (%v)", answer, err)
	}
}

// TestDialectUnderLoad answers in the other dialect where the server takes no
// request at all.
func TestDialectUnderLoad(t *testing.T) {
	check := func(t *testing.T, f *front, address string, status int, code string) {
		t.Helper()
		got, body := ask(t, f.from(t, address), get("/other/things/t1", keyed))
		if want := `{"errors":["` + code + `"]}`; got != status || body != want {
			t.Errorf("answered %d %s, want %d %s", got, body, status, want)
		}
	}
	t.Run("shutting down", func(t *testing.T) {
		f := start(t, network.Options{}, otherController())
		f.dispatcher.Close()
		check(t, f, "127.0.0.1", 503, "api.process.shutting_down")
	})
	t.Run("too many connections of one address", func(t *testing.T) {
		f := start(t, network.Options{MaxConnections: 1000, MaxPerAddress: 3}, otherController())
		for range 3 {
			f.socketFrom(t, "127.0.0.9", "t")
		}
		check(t, f, "127.0.0.9", 429, "network.connections.address_limit")
	})
	t.Run("a full house", func(t *testing.T) {
		f := start(t, network.Options{MaxConnections: 3, MaxPerAddress: 3}, otherController())
		for range 3 {
			f.socketFrom(t, "127.0.0.9", "t")
		}
		check(t, f, "127.0.0.8", 503, "network.connections.full")
	})
	t.Run("no memory", func(t *testing.T) {
		all := budget.New(1 << 20)
		f := start(t, network.Options{Budget: all}, otherController())
		for all.Used() < all.Limit() {
			held := all.Share()
			defer held.Release()
			if err := held.Grow(t.Context(), budget.Small); err != nil {
				t.Fatal(err)
			}
		}
		check(t, f, "127.0.0.1", 503, "network.memory.exhausted")
	})
}

// sink is an action that takes bodies its own way.
func sink(body api.Body) api.Controller {
	return api.Controller{Name: "sink", Actions: []api.Declared{api.Action[echoArgs, map[string]any]{
		Name: "take", Routes: api.Routes{"POST /take"}, Body: body,
		Run: func(_ context.Context, req *api.Request, args echoArgs) (map[string]any, error) {
			if req.Stream == nil {
				return map[string]any{"body": args.Body}, nil
			}
			if req.Arg("unread") != nil {
				return map[string]any{}, nil
			}
			n, err := io.Copy(io.Discard, req.Stream)
			return map[string]any{"type": req.ContentType, "bytes": n}, err
		},
	}}}
}

// TestBodyLimit bounds the body of one action, more or less than the server does
// those of others, however it comes.
func TestBodyLimit(t *testing.T) {
	const large = "api.process.body_too_large"
	f := start(t, network.Options{MaxRequestSize: 1024}, sink(api.Body{Limit: 4096}))
	take := func(bytes int) string {
		return message("POST", "/take", `{"a":"`+strings.Repeat("x", bytes-8)+`"}`)
	}
	runRaw(t, f, []rawCase{
		{name: "more than the server's", request: take(4096), status: 200},
		{name: "too large", request: take(4097), status: 413, id: large, bare: true, props: `[4096,"sink","take"]`, closes: true},
		{name: "another action", request: post(`"` + strings.Repeat("x", 1024) + `"`), status: 413, id: "network.http.request_too_large", bare: true, closes: true},
		{name: "compressed", request: message("POST", "/take", zipped(`{"a":"`+strings.Repeat("x", 5000)+`"}`), gzipped), status: 413, id: large, bare: true},
	})
	small := start(t, network.Options{}, sink(api.Body{Limit: 100}))
	whole := func(bytes int) string {
		return `{"controller":"sink","action":"take","body":{"a":"` + strings.Repeat("x", bytes) + `"}}`
	}
	runRaw(t, small, []rawCase{
		{name: "less than the server's", request: take(101), status: 413, id: large, bare: true, closes: true},
		{name: "within a whole request", request: message("POST", "/_query", whole(10)), status: 200},
		{name: "as a whole request", request: message("POST", "/_query", whole(100)), status: 413, id: large},
	})
	c := small.socket(t, nil)
	for bytes, want := range map[int]string{10: "", 100: large} {
		if err := sendText(c, whole(bytes)); err != nil {
			t.Fatal(err)
		}
		var answer struct{ Error struct{ ID string } }
		if err := c.ReadJSON(&answer); err != nil || answer.Error.ID != want {
			t.Errorf("%d bytes over a WebSocket: %+v (%v), want %q", bytes, answer, err, want)
		}
	}
}

// TestBodyTypes takes the content types that one action names.
func TestBodyTypes(t *testing.T) {
	f := start(t, network.Options{}, sink(api.Body{Types: []string{"application/scim+json"}}))
	take := func(kind string) string { return message("POST", "/take", `{"a":1}`, "Content-Type: "+kind) }
	const unsupported = "network.http.unsupported_content"
	runRaw(t, f, []rawCase{
		{name: "its own", request: take("application/scim+json"), status: 200, field: "result.body", want: `{"a":1}`},
		{name: "the usual one", request: take("application/json"), status: 400, id: unsupported, bare: true},
		{name: "none", request: message("POST", "/take", `{"a":1}`), status: 400, id: unsupported, bare: true},
		{name: "its own elsewhere", request: post(`{"a":1}`, "Content-Type: application/scim+json"), status: 400, id: unsupported, bare: true},
	})
}

// TestStream hands a body to its action as it comes, and holds none of it.
func TestStream(t *testing.T) {
	const limit = 8 << 20
	all := budget.New(4 << 20)
	f := start(t, network.Options{MaxRequestSize: 1024, Budget: all},
		sink(api.Body{Limit: limit, Types: []string{"text/csv"}, Stream: true}))
	send := func(bytes int, headers ...string) string {
		return message("POST", "/take", strings.Repeat("x", bytes), append(headers, "Content-Type: text/csv; charset=utf-8")...)
	}
	chunked := func(bytes int) string {
		return message("POST", "/take", "", "Content-Type: text/csv", "Transfer-Encoding: chunked") +
			fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", bytes, strings.Repeat("x", bytes))
	}
	const large, needed = "api.process.body_too_large", "api.process.stream_required"
	runRaw(t, f, []rawCase{
		{name: "more than the memory there is", request: send(limit), status: 200, field: "result.bytes", want: fmt.Sprint(limit)},
		{name: "its type", request: send(3), status: 200, field: "result.type", want: `"text/csv"`},
		{name: "nothing", request: message("POST", "/take", "", "Content-Type: text/csv"), status: 200, field: "result.bytes", want: "0"},
		{name: "unread", request: message("POST", "/take?unread", "abc", "Content-Type: text/csv"), status: 200, field: "result", want: "{}"},
		{name: "another type", request: message("POST", "/take", "{}"), status: 400, id: "network.http.unsupported_content", bare: true},
		{name: "compressed", request: send(3, "Content-Encoding: gzip"), status: 400, id: "network.http.unsupported_compression", bare: true},
		{name: "in chunks", request: chunked(5000), status: 200, field: "result.bytes", want: "5000"},
		{name: "as a whole request", request: message("POST", "/_query", `{"controller":"sink","action":"take"}`), status: 400, id: needed},
		{name: "too large in chunks", request: chunked(limit + 1), status: 413, id: large},
	})
	c := f.dial(t)
	if _, err := io.WriteString(c, fmt.Sprintf("POST /take HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n", limit+1)); err != nil {
		t.Fatal(err)
	}
	if status, body := ask(t, c, ""); status != 413 || !strings.Contains(body, large) {
		t.Errorf("one that says it is too large is answered %d %s", status, body)
	}
	await(t, "the memory is given back", func() bool { return all.Used() == 0 })
}

// TestStreamEnds answers an upload that stops half-way, and lets go of it.
func TestStreamEnds(t *testing.T) {
	f := start(t, network.Options{RequestTimeout: 100 * time.Millisecond, ReadTimeout: 200 * time.Millisecond}, sink(api.Body{Types: []string{"text/csv"}, Stream: true}))
	status, body := ask(t, f.dial(t), "POST /take HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: 10\r\n\r\nabc")
	if status != 408 || !strings.Contains(body, "network.http.request_timeout") {
		t.Errorf("answered %d %s", status, body)
	}
}
