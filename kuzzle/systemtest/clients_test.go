package systemtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// call is one request over any protocol.
type call struct {
	controller, action string
	args               map[string]any
	body               any
	hasBody            bool
	token              string
	id                 string
	// header is sent along over HTTP.
	header http.Header
}

// answer is the answer of a request.
type answer struct {
	status int
	header http.Header
	raw    []byte
	env    map[string]any
	// took is the time from sending until the answer was there.
	took time.Duration
}

func (a answer) result() any { return a.env["result"] }

// failure is the answer's error object, nil without one.
func (a answer) failure() map[string]any {
	failure, _ := a.env["error"].(map[string]any)
	return failure
}

// at digs a value out of the envelope: "result.hits.0._id".
func (a answer) at(path string) any {
	var value any = a.env
	for _, key := range strings.Split(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

func (a answer) text(path string) string {
	text, _ := a.at(path).(string)
	return text
}

// client sends calls over one protocol.
type client interface {
	protocol() string
	send(t *testing.T, c call) answer
}

const answerWithin = 20 * time.Second

func (s *server) client(t *testing.T, protocol string) client {
	if protocol == "http" {
		return newHTTPClient(t, s)
	}
	return dial(t, s)
}

// httpClient finds the route of an action in the server's own description.
type httpClient struct {
	base   string
	seen   *secretsSeen
	http   *http.Client
	routes map[string]map[string]struct {
		HTTP []struct{ URL, Verb string }
	}
}

func newHTTPClient(t *testing.T, s *server) *httpClient {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c := &httpClient{base: "http://" + s.addr, seen: s.seen, http: &http.Client{Timeout: answerWithin, Transport: transport}}
	var found struct{ Result json.RawMessage }
	a := c.roundTrip(t, "GET", "/_publicApi", nil, nil)
	if err := json.Unmarshal(a.raw, &found); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(found.Result, &c.routes); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *httpClient) protocol() string { return "http" }

func (c *httpClient) send(t *testing.T, in call) answer {
	t.Helper()
	header := in.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("X-Kuzzle-Request-Id", in.id)
	if in.token != "" {
		header.Set("Authorization", "Bearer "+in.token)
	}
	var body []byte
	if in.hasBody {
		body = mustJSON(in.body)
	}
	verb, path, ok := c.route(in)
	if !ok {
		payload := map[string]any{"controller": in.controller, "action": in.action}
		for name, value := range in.args {
			payload[name] = value
		}
		if in.hasBody {
			payload["body"] = in.body
		}
		verb, path, body = "POST", "/_query", mustJSON(payload)
	}
	return c.roundTrip(t, verb, path, header, body)
}

// route takes the first route whose placeholders the call fills, with the
// remaining arguments as query; a body wants a verb that has one.
func (c *httpClient) route(in call) (verb, path string, ok bool) {
	for _, r := range c.routes[in.controller][in.action].HTTP {
		if in.hasBody && r.Verb == "GET" {
			continue
		}
		path, rest, ok := fill(r.URL, in.args)
		if !ok {
			continue
		}
		query, ok := queryOf(rest)
		if ok {
			return r.Verb, path + query, true
		}
	}
	return "", "", false
}

func fill(template string, args map[string]any) (path string, rest map[string]any, ok bool) {
	rest = map[string]any{}
	for name, value := range args {
		rest[name] = value
	}
	segments := strings.Split(template, "/")
	for i, segment := range segments {
		name, isParameter := strings.CutPrefix(segment, ":")
		if !isParameter {
			continue
		}
		value, _ := args[name].(string)
		if value == "" || value == "." || value == ".." {
			return "", nil, false
		}
		segments[i] = url.PathEscape(value)
		delete(rest, name)
	}
	return strings.Join(segments, "/"), rest, true
}

func queryOf(args map[string]any) (query string, ok bool) {
	values := url.Values{}
	for name, value := range args {
		switch v := value.(type) {
		case string:
			values.Set(name, v)
		case bool:
			values.Set(name, strconv.FormatBool(v))
		case float64:
			values.Set(name, strconv.FormatFloat(v, 'f', -1, 64))
		default:
			return "", false
		}
	}
	if len(values) == 0 {
		return "", true
	}
	return "?" + values.Encode(), true
}

func (c *httpClient) roundTrip(t *testing.T, verb, path string, header http.Header, body []byte) answer {
	t.Helper()
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequest(verb, c.base+path, reader)
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		req.Header = header
	}
	if body != nil && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	begin := time.Now()
	res, err := c.http.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", verb, path, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, raw: raw, took: time.Since(begin)}
	_ = json.Unmarshal(raw, &a.env) // raw answers, such as YAML, have no envelope
	c.seen.check(t, body, a)
	return a
}

// wsClient is one socket, used by one test at a time.
type wsClient struct {
	conn *websocket.Conn
	seen *secretsSeen
	// pushes are frames that answer nothing.
	pushes [][]byte
}

func dial(t *testing.T, s *server) *wsClient { return dialWith(t, s, nil) }

func dialWith(t *testing.T, s *server, header http.Header) *wsClient {
	t.Helper()
	conn, res, err := websocket.DefaultDialer.Dial("ws://"+s.addr, header)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	t.Cleanup(func() { conn.Close() })
	return &wsClient{conn: conn, seen: s.seen}
}

func (c *wsClient) protocol() string { return "websocket" }

func (c *wsClient) send(t *testing.T, in call) answer {
	t.Helper()
	frame := map[string]any{"requestId": in.id}
	for name, value := range in.args {
		frame[name] = value
	}
	if in.controller != "" {
		frame["controller"] = in.controller
	}
	if in.action != "" {
		frame["action"] = in.action
	}
	if in.hasBody {
		frame["body"] = in.body
	}
	if in.token != "" {
		frame["jwt"] = in.token
	}
	return c.roundTrip(t, mustJSON(frame), in.id)
}

func (c *wsClient) roundTrip(t *testing.T, frame []byte, id string) answer {
	t.Helper()
	begin := time.Now()
	if err := c.conn.WriteMessage(websocket.TextMessage, frame); err != nil {
		t.Fatal(err)
	}
	if err := c.conn.SetReadDeadline(time.Now().Add(answerWithin)); err != nil {
		t.Fatal(err)
	}
	for {
		_, raw, err := c.conn.ReadMessage()
		if err != nil {
			t.Fatalf("no answer to %.200s: %v", frame, err)
		}
		a := answer{raw: raw, took: time.Since(begin)}
		if err := json.Unmarshal(raw, &a.env); err != nil {
			t.Fatalf("an answer that is no JSON object: %v: %.200s", err, raw)
		}
		if room := a.env["room"]; room != id && room != nil {
			c.pushes = append(c.pushes, raw)
			continue
		}
		status, _ := a.env["status"].(float64)
		a.status = int(status)
		c.seen.check(t, frame, a)
		return a
	}
}

// requestIDs numbers a server's requests.
type requestIDs struct{ last int }

func (r *requestIDs) next() string {
	r.last++
	return fmt.Sprintf("request-%d", r.last)
}
