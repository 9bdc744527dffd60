package network_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// frameCase is a WebSocket message and the one answer it gets.
type frameCase struct {
	name, message string
	status        int
	id, props     string
	// requestID and room are JSON; an empty room stands for none, a requestID of
	// "generated" for one the server made.
	requestID, room string
	field, want     string
}

const echoMessage = `"controller":"test","action":"echo"`

// TestMessages sends each message as text, as binary and in fragments over one
// socket: every one gets exactly one answer and harms none after it.
func TestMessages(t *testing.T) {
	refused := func(name, message, props string) frameCase {
		return frameCase{name: name, message: message, status: 400, id: "api.assert.invalid_type", props: props,
			requestID: `"r1"`, room: `"r1"`}
	}
	unreadable := func(name, message, id string) frameCase {
		return frameCase{name: name, message: message, status: 400, id: id, requestID: "generated"}
	}
	const notJSON, notObject = "network.websocket.unexpected_error", "api.assert.invalid_type"
	cases := []frameCase{
		{name: "a request", message: `{` + echoMessage + `,"requestId":"r1","_id":"x","jwt":"t","body":{"a":1},"volatile":{"v":1}}`,
			status: 200, requestID: `"r1"`, room: `"r1"`, field: "result.args", want: `{"_id":"x","requestId":"r1"}`},
		{name: "its token", message: `{` + echoMessage + `,"requestId":"r1","jwt":"t"}`, status: 200, requestID: `"r1"`, room: `"r1"`,
			field: "result.token", want: `"t"`},
		{name: "an empty token", message: `{` + echoMessage + `,"requestId":"r1","jwt":""}`, status: 200, requestID: `"r1"`, room: `"r1"`,
			field: "result.hasToken", want: `true`},
		{name: "null for everything", message: `{` + echoMessage + `,"requestId":null,"jwt":null,"body":null,"volatile":null,"_id":null}`,
			status: 200, requestID: "generated", room: "generated", field: "result.hasToken", want: `false`},
		{name: "an empty id", message: `{` + echoMessage + `,"requestId":""}`, status: 200, requestID: "generated", room: "generated"},
		{name: "a body of values", message: `{` + echoMessage + `,"requestId":"r1","body":[1]}`, status: 200, requestID: `"r1"`, room: `"r1"`,
			field: "result.body", want: `[1]`},
		{name: "of a key given twice the last counts", message: `{` + echoMessage + `,"requestId":"r0","requestId":"r1"}`, status: 200,
			requestID: `"r1"`, room: `"r1"`},
		{name: "half a surrogate pair", message: `{` + echoMessage + `,"requestId":"\ud800"}`, status: 200, requestID: `"\ufffd"`, room: `"\ufffd"`},
		{name: "a raw result", message: `{"controller":"test","action":"raw","requestId":"r1"}`, room: `"r1"`, field: "a", want: `"b"`},
		{name: "a panic", message: `{"controller":"test","action":"panic","requestId":"r1"}`, status: 500, id: "core.fatal.unexpected_error",
			requestID: `"r1"`, room: `"r1"`},
		unreadable("no JSON", `{oops`, notJSON), unreadable("nothing", ``, notJSON), unreadable("half", `{"requestId":"r1"`, notJSON),
		unreadable("trailing data", `{"requestId":"r1"}{}`, notJSON),
		unreadable("nested too deeply", strings.Repeat("[", 101)+strings.Repeat("]", 101), notJSON),
		{name: "nested too deeply, with an id", message: `{"requestId":"r0","a":` + strings.Repeat("[", 101) + strings.Repeat("]", 101) + `,"requestId":"r1"}`,
			status: 400, id: notJSON, requestID: `"r1"`, room: `"r1"`},
		{name: "a number out of range", message: `{"a":1e400,"requestId":"r1"}`, status: 400, id: notJSON,
			props: `["a number is out of the range of float64"]`, requestID: `"r1"`, room: `"r1"`},
		unreadable("an array", `[]`, notObject), unreadable("a string", `"x"`, notObject), unreadable("a number", `1`, notObject),
		unreadable("null", `null`, notObject), unreadable("true", `true`, notObject),
		refused("controller", `{"controller":1,"action":"echo","requestId":"r1"}`, `["controller","string"]`),
		refused("action", `{"controller":"test","action":[],"requestId":"r1"}`, `["action","string"]`),
		refused("jwt", `{`+echoMessage+`,"requestId":"r1","jwt":{}}`, `["jwt","string"]`),
		refused("volatile", `{`+echoMessage+`,"requestId":"r1","volatile":[1]}`, `["volatile","object"]`),
		refused("a scalar body", `{`+echoMessage+`,"requestId":"r1","body":"x"}`, `["body","object"]`),
		refused("targets", `{`+echoMessage+`,"requestId":"r1","targets":{}}`, `["targets","array"]`),
		{name: "a numeric id", message: `{` + echoMessage + `,"requestId":42.5}`, status: 400, id: notObject, props: `["requestId","string"]`,
			requestID: `42.5`, room: `42.5`},
		{name: "an id of no use", message: `{` + echoMessage + `,"requestId":{"a":1}}`, status: 400, id: notObject, requestID: "generated"},
		{name: "an id too long", message: `{` + echoMessage + `,"requestId":"` + strings.Repeat("x", 257) + `"}`, status: 400,
			id: "api.assert.invalid_argument", requestID: `"` + strings.Repeat("x", 257) + `"`, room: `"` + strings.Repeat("x", 257) + `"`},
		{name: "a token too long", message: `{` + echoMessage + `,"requestId":"r1","jwt":"` + strings.Repeat("x", network.MaxTokenBytes+1) + `"}`,
			status: 400, id: "api.assert.invalid_argument", requestID: `"r1"`, room: `"r1"`},
		{name: "no controller", message: `{"requestId":"r1"}`, status: 400, id: "api.assert.missing_argument", props: `["controller"]`,
			requestID: `"r1"`, room: `"r1"`},
		{name: "no action", message: `{"controller":"test","requestId":"r1"}`, status: 400, id: "api.assert.missing_argument", props: `["action"]`,
			requestID: `"r1"`, room: `"r1"`},
		{name: "an unknown action", message: `{"controller":"test","action":"x","requestId":"r1"}`, status: 404,
			id: "api.process.action_not_found", requestID: `"r1"`, room: `"r1"`},
		{name: "a ping with more", message: `{"p":1,"requestId":"r1"}`, status: 400, id: "api.assert.missing_argument", requestID: `"r1"`, room: `"r1"`},
		{name: "a flag that is text", message: `{"controller":"test","action":"typed","requestId":"r1","flag":"true","body":{"name":"x"}}`,
			status: 400, id: notObject, props: `["flag","boolean"]`, requestID: `"r1"`, room: `"r1"`},
	}
	f := start(t, network.Options{})
	// In a text message it ends the connection: TestNotUTF8.
	onlyBinary := unreadable("invalid UTF-8", "{\"a\":\"\xff\"}", notJSON)
	for _, as := range []struct {
		name  string
		send  func(*websocket.Conn, string) error
		cases []frameCase
	}{{"text", sendText, cases}, {"binary", sendBinary, append(slices.Clip(cases), onlyBinary)}, {"fragments", sendFragments, cases}} {
		c := f.socket(t, nil)
		for _, test := range as.cases {
			t.Run(as.name+"/"+test.name, func(t *testing.T) {
				if err := as.send(c, test.message); err != nil {
					t.Fatal(err)
				}
				kind, body, err := c.ReadMessage()
				if err != nil {
					t.Fatal(err)
				}
				if kind != websocket.TextMessage {
					t.Errorf("the answer is of kind %d, want text", kind)
				}
				test.check(t, body)
			})
		}
	}
}

func sendText(c *websocket.Conn, message string) error {
	return c.WriteMessage(websocket.TextMessage, []byte(message))
}

func sendBinary(c *websocket.Conn, message string) error {
	return c.WriteMessage(websocket.BinaryMessage, []byte(message))
}

// sendFragments writes a message in frames of a few bytes with a ping between
// them, as the protocol allows.
func sendFragments(c *websocket.Conn, message string) error {
	raw := c.NetConn()
	opcode := byte(0x1)
	for {
		size := min(len(message), 7)
		last := size == len(message)
		if last {
			opcode |= 0x80
		}
		if _, err := raw.Write(maskedFrame(opcode, message[:size])); err != nil {
			return err
		}
		if last {
			return nil
		}
		if _, err := raw.Write(maskedFrame(0x89, "beat")); err != nil {
			return err
		}
		message, opcode = message[size:], 0
	}
}

func maskedFrame(first byte, payload string) []byte {
	frame := []byte{first, 0x80 | byte(len(payload)), 1, 2, 3, 4}
	for i := range len(payload) {
		frame = append(frame, payload[i]^byte(i%4+1))
	}
	return frame
}

func (test *frameCase) check(t *testing.T, body []byte) {
	t.Helper()
	var got map[string]any
	mustDecode(t, body, &got)
	if test.id != "" {
		checkError(t, body, &rawCase{id: test.id, status: test.status, props: test.props})
	}
	if test.status != 0 && got["status"] != float64(test.status) {
		t.Errorf("status %v, want %d in %s", got["status"], test.status, body)
	}
	switch test.requestID {
	case "":
	case "generated":
		if id, _ := got["requestId"].(string); len(id) != 36 {
			t.Errorf("requestId %v, want a generated one", got["requestId"])
		}
	default:
		checkField(t, body, "requestId", test.requestID)
	}
	switch room, has := got["room"]; test.room {
	case "":
		if has {
			t.Errorf("room %v, want none", room)
		}
	case "generated":
		if room != got["requestId"] {
			t.Errorf("room %v, want requestId %v", room, got["requestId"])
		}
	default:
		checkField(t, body, "room", test.room)
	}
	if test.field != "" {
		checkField(t, body, test.field, test.want)
	}
}

// TestPings answers the application's ping and the protocol's.
func TestPings(t *testing.T) {
	f := start(t, network.Options{})
	c := f.socket(t, nil)
	for _, message := range []string{`{"p":1}`, ` { "p" : 1 } `} {
		if err := sendText(c, message); err != nil {
			t.Fatal(err)
		}
		if _, body, err := c.ReadMessage(); err != nil || string(body) != `{"p":2}` {
			t.Errorf("%s is answered %s (%v), want {\"p\":2}", message, body, err)
		}
	}
	var beat string
	c.SetPongHandler(func(data string) error { beat = data; return nil })
	if err := c.WriteControl(websocket.PingMessage, []byte("beat"), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := sendText(c, `{"p":1}`); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.ReadMessage(); err != nil || beat != "beat" {
		t.Errorf("pong %q (%v), want beat", beat, err)
	}
}

// TestRateLimit refuses messages above the rate limit, and names the message.
func TestRateLimit(t *testing.T) {
	f := start(t, network.Options{WebSocket: network.WebSocketOptions{RateLimit: 2}})
	c := f.socket(t, nil)
	const requests = 20
	for i := range requests {
		if err := sendText(c, fmt.Sprintf(`{%s,"requestId":"r%d"}`, echoMessage, i)); err != nil {
			t.Fatal(err)
		}
	}
	answers := map[string]float64{}
	for range requests {
		var answer struct {
			Room   string
			Status float64
			Error  *wireError
		}
		if err := c.ReadJSON(&answer); err != nil {
			t.Fatal(err)
		}
		answers[answer.Room] = answer.Status
		if answer.Status != 200 && answer.Error.ID != "network.websocket.ratelimit_exceeded" {
			t.Errorf("refused by %s", answer.Error.ID)
		}
	}
	if len(answers) != requests || answers["r0"] != 200 || answers["r1"] != 200 || answers["r2"] != 429 {
		t.Errorf("answers %v, want two of 200, the rest 429, each once", answers)
	}
}

// TestConcurrentRequests answers a quick request while a slow one runs, on the
// same socket.
func TestConcurrentRequests(t *testing.T) {
	f := start(t, network.Options{})
	c := f.socket(t, nil)
	for _, message := range []string{`{"controller":"test","action":"wait","requestId":"slow"}`, `{` + echoMessage + `,"requestId":"quick"}`} {
		if err := sendText(c, message); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"quick", "slow"} {
		var answer struct{ Room string }
		if err := c.ReadJSON(&answer); err != nil {
			t.Fatal(err)
		}
		if answer.Room != want {
			t.Errorf("answered %s, want %s", answer.Room, want)
		}
		if want == "quick" {
			close(f.release)
		}
	}
}

// TestTooManyInFlight stops reading a socket that has enough to do, and goes on
// when it has less.
func TestTooManyInFlight(t *testing.T) {
	f := start(t, network.Options{})
	c := f.socket(t, nil)
	const requests = 60
	for i := range requests {
		if err := sendText(c, fmt.Sprintf(`{"controller":"test","action":"wait","requestId":"r%d"}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	const inFlight = 50
	for range inFlight {
		<-f.entered
	}
	if running, _, _ := f.dispatcher.Load(); running != inFlight {
		t.Errorf("%d requests run, want %d", running, inFlight)
	}
	close(f.release)
	rooms := map[string]bool{}
	for range requests {
		var answer struct{ Room string }
		if err := c.ReadJSON(&answer); err != nil {
			t.Fatal(err)
		}
		rooms[answer.Room] = true
	}
	if len(rooms) != requests {
		t.Errorf("%d answers, want %d", len(rooms), requests)
	}
}

// TestTooLarge closes a socket whose message is above the limit, whether it
// comes in one frame, in many, or compressed.
func TestTooLarge(t *testing.T) {
	f := start(t, network.Options{MaxRequestSize: 10_000, WebSocket: network.WebSocketOptions{Compression: true}})
	send := map[string]func(*websocket.Conn){
		"one frame": func(c *websocket.Conn) { _ = sendText(c, strings.Repeat(" ", 10_001)) },
		"fragments": func(c *websocket.Conn) { _ = sendFragments(c, strings.Repeat(" ", 10_001)) },
		"a bomb": func(c *websocket.Conn) {
			c.EnableWriteCompression(true)
			_ = sendText(c, strings.Repeat(" ", 5_000_000))
		},
	}
	for name, send := range send {
		t.Run(name, func(t *testing.T) {
			dialer := websocket.Dialer{EnableCompression: name == "a bomb"}
			c, _, err := dialer.Dial("ws://"+f.address, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			send(c)
			checkClosed(t, c, websocket.CloseMessageTooBig)
		})
	}
}

// TestNotUTF8 fails the connection on a text message that is no UTF-8, as RFC
// 6455 asks, and before anything in the message counts.
func TestNotUTF8(t *testing.T) {
	f := start(t, network.Options{WebSocket: network.WebSocketOptions{RateLimit: 1}})
	for name, message := range map[string]string{
		"in a value": "{\"requestId\":\"r\",\"controller\":\"test\",\"action\":\"echo\",\"x\":\"\xff\"}", "no JSON": "\xc3", "above the rate limit": "\"\xed\xa0\x80\"",
	} {
		t.Run(name, func(t *testing.T) {
			c, _, err := websocket.DefaultDialer.Dial("ws://"+f.address, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			if name == "above the rate limit" {
				for range 3 {
					_ = sendText(c, "{}")
				}
			}
			if err := sendText(c, message); err != nil {
				t.Fatal(err)
			}
			checkClosed(t, c, websocket.CloseInvalidFramePayloadData)
		})
	}
}

func checkClosed(t *testing.T, c *websocket.Conn, want int) {
	t.Helper()
	var closed *websocket.CloseError
	for {
		_, _, err := c.ReadMessage()
		if err == nil {
			continue
		}
		if !errors.As(err, &closed) || closed.Code != want {
			t.Errorf("closed by %v, want code %d", err, want)
		}
		return
	}
}

// TestIdle closes a socket that says nothing, even in the middle of a message.
func TestIdle(t *testing.T) {
	f := start(t, network.Options{WebSocket: network.WebSocketOptions{IdleTimeout: time.Second}})
	silent, halfway := f.socket(t, nil), f.socket(t, nil)
	if _, err := halfway.NetConn().Write(maskedFrame(0x1, `{"a":`)); err != nil {
		t.Fatal(err)
	}
	checkClosed(t, silent, websocket.CloseGoingAway)
	checkClosed(t, halfway, websocket.CloseGoingAway)
}

// TestUpgrades accepts a socket on any path, and reports the fault of a bad
// upgrade.
func TestUpgrades(t *testing.T) {
	f := start(t, network.Options{})
	dialer := websocket.Dialer{Subprotocols: []string{"kuzzle", "other"}}
	c, _, err := dialer.Dial("ws://"+f.address+"/any/path?x=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Subprotocol(); got != "kuzzle" {
		t.Errorf("sub-protocol %q, want the first asked for", got)
	}
	_ = c.Close()
	upgrade := func(headers ...string) string {
		return get("/", append([]string{"Connection: Upgrade", "Upgrade: websocket"}, headers...)...)
	}
	bad := func(name, request string) rawCase {
		return rawCase{name: name, request: request, status: 400, id: "network.websocket.unexpected_error", bare: true,
			header: map[string]string{"Sec-Websocket-Version": "13"}}
	}
	runRaw(t, f, []rawCase{
		bad("an old version", upgrade("Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")),
		bad("no key", upgrade("Sec-WebSocket-Version: 13")),
		bad("with POST", strings.Replace(upgrade("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), "GET", "POST", 1)),
		{name: "another protocol", request: get("/", "Connection: Upgrade", "Upgrade: h2c"), status: 200},
	})
	disabled := start(t, network.Options{WebSocket: network.WebSocketOptions{Disabled: true}})
	runRaw(t, disabled, []rawCase{{name: "disabled", request: upgrade("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), status: 200}})
}

// TestLink pushes a frame to a connection, reports when it is gone, and cancels
// its running requests.
func TestLink(t *testing.T) {
	closed := make(chan *api.Peer, 1)
	f := start(t, network.Options{OnClose: func(p *api.Peer) { closed <- p }})
	peers := make(chan *api.Peer, 1)
	f.dispatcher.On(api.OnAuthorized, func(_ context.Context, e *api.Event) error {
		if e.Request.Action == "peer" {
			peers <- e.Request.Peer
		}
		return nil
	})
	c := f.socket(t, http.Header{"Cookie": {"a=1"}})
	if err := sendText(c, `{"controller":"test","action":"peer"}`); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.ReadMessage(); err != nil {
		t.Fatal(err)
	}
	peer := <-peers
	peer.Link.Push([]byte(`{"type":"TokenExpired"}`))
	if _, body, err := c.ReadMessage(); err != nil || string(body) != `{"type":"TokenExpired"}` {
		t.Errorf("pushed %s (%v)", body, err)
	}
	if got := f.server.Stats(); got.WebSocket != 1 || got.HTTP != 0 {
		t.Errorf("open connections %+v, want one WebSocket", got)
	}
	if err := sendText(c, `{"controller":"test","action":"wait","requestId":"r1"}`); err != nil {
		t.Fatal(err)
	}
	<-f.entered
	_ = c.Close()
	if got, want := <-f.entered, "cancelled r1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := <-closed; got != peer {
		t.Errorf("closed %+v, want %+v", got, peer)
	}
	peer.Link.Push([]byte(`{}`))
}
