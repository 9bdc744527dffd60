package network_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// heavy is a body of so many small objects, each of which weighs fifty times its
// text.
func heavy(objects int) string {
	return `{"q":[` + strings.Repeat(`{"a":1},`, objects-1) + `{"a":1}]}`
}

const (
	bearerT  = "Authorization: Bearer t"
	tooHeavy = "api.process.request_too_heavy"
)

// TestWeightLimits refuses requests from unknown callers that weigh more than the
// action allows, in every form of body. The connection stays open if the body was
// read.
func TestWeightLimits(t *testing.T) {
	all := budget.New(256 << 20)
	f := start(t, network.Options{Budget: all})
	query := func(more, body string) string {
		return message("POST", "/_query", `{"body":`+body+`,"controller":"test","action":"light"`+more+`}`)
	}
	inChunks := func(body string, headers ...string) string {
		return message("POST", "/light", "", append(headers, "Transfer-Encoding: chunked")...) + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	}
	const light = `[2048,"test","light"]`
	long := `{"a":"` + strings.Repeat("x", 3000) + `"}`
	runRaw(t, f, []rawCase{
		{name: "light", request: message("POST", "/light", `{"a":1}`), status: 200},
		{name: "decoded", request: message("POST", "/light", heavy(30)), status: 413, id: tooHeavy, bare: true, props: light},
		{name: "as text", request: message("POST", "/light", long), status: 413, id: tooHeavy, bare: true, props: light, closes: true},
		{name: "in chunks", request: inChunks(long), status: 413, id: tooHeavy, bare: true, props: light, closes: true},
		{name: "light in chunks", request: inChunks(`{"a":1}`), status: 200},
		{name: "compressed", request: message("POST", "/light", zipped(long), gzipped), status: 413, id: tooHeavy, bare: true, props: light},
		{name: "a form", request: message("POST", "/light", strings.Repeat("a&", 100), ctForm), status: 413, id: tooHeavy, bare: true, props: light},
		{name: "a multipart form", request: message("POST", "/light", "--b\r\n\r\n"+strings.Repeat("x", 1000)+"\r\n--b--", ctParts), status: 413, id: tooHeavy, bare: true, props: light},
		{name: "volatile", request: message("POST", "/light", ``, "X-Kuzzle-Volatile: "+heavy(30)), status: 413, id: tooHeavy, props: light},
		{name: "known", request: message("POST", "/light", heavy(30), bearerT), status: 200},
		{name: "known as text", request: message("POST", "/light", long, bearerT), status: 200},
		{name: "known in chunks", request: inChunks(long, bearerT), status: 200},
		{name: "known compressed", request: message("POST", "/light", zipped(long), gzipped, bearerT), status: 200},
		{name: "a whole request", request: query("", heavy(30)), status: 413, id: tooHeavy, bare: true, props: light},
		{name: "a whole request by somebody known", request: query(`,"jwt":"t"`, heavy(30)), status: 200},
		{name: "by default", request: post(heavy(3000)), status: 413, id: tooHeavy, bare: true, props: `[1048576,"test","echo"]`},
		{name: "by default, known", request: post(heavy(3000), bearerT), status: 200},
		{name: "of no action", request: message("POST", "/_query", heavy(3000)), status: 413, id: tooHeavy, bare: true},
		{name: "values", request: post(`[`+strings.Repeat("0,", 99_999)+`0]`, bearerT), status: 413, id: "network.json.too_many_values", bare: true, props: `[100000]`},
		{name: "as many values as may be", request: message("POST", "/light", `[`+strings.Repeat("0,", 99_998)+`0]`, bearerT), status: 200},
		{name: "fields of a form", request: post(strings.Repeat("&", 100_000), ctForm, bearerT), status: 413, id: "network.json.too_many_values", bare: true},
		{name: "parts of a form", request: post(strings.Repeat("--b\r\n\r\n\r\n", 100_001)+"--b--", ctParts, bearerT), status: 413, id: "network.json.too_many_values", bare: true},
	})
	checkFree(t, all)
}

// checkFree waits until nobody holds anything of a budget.
func checkFree(t *testing.T, b *budget.Budget) {
	t.Helper()
	awaitHeld(t, b, 0)
}

// awaitHeld waits until requests that have been answered have given back theirs.
func awaitHeld(t *testing.T, b *budget.Budget, want int64) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); b.Used() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes of the budget are held, want %d", b.Used(), want)
		}
	}
}

// TestWeightLimitsOfMessages does the same over WebSocket, where each message has
// its own token.
func TestWeightLimitsOfMessages(t *testing.T) {
	all := budget.New(256 << 20)
	f := start(t, network.Options{Budget: all})
	c := f.socket(t, nil)
	request := func(action, more, body string) string {
		return `{"body":` + body + `,"requestId":"r1","controller":"test","action":"` + action + `"` + more + `}`
	}
	refused := func(name, message, props string) frameCase {
		return frameCase{name: name, message: message, status: 413, id: tooHeavy, props: props, requestID: `"r1"`, room: `"r1"`}
	}
	taken := func(name, message string) frameCase {
		return frameCase{name: name, message: message, status: 200, requestID: `"r1"`, room: `"r1"`}
	}
	for _, test := range []frameCase{
		taken("light", request("light", "", `{"a":1}`)),
		refused("decoded", request("light", "", heavy(30)), `[2048,"test","light"]`),
		refused("as text", request("light", "", `{"a":"`+strings.Repeat("x", 3000)+`"}`), `[2048,"test","light"]`),
		taken("known", request("light", `,"jwt":"t"`, heavy(30))),
		refused("by default", request("echo", "", heavy(3000)), `[1048576,"test","echo"]`),
		taken("by default, known", request("echo", `,"jwt":"t"`, heavy(3000))),
		refused("of no action", request("x", "", heavy(3000)), `[1048576,"test","x"]`),
		{name: "values", message: request("echo", `,"jwt":"t"`, `[`+strings.Repeat("0,", 99_999)+`0]`), status: 413,
			id: "network.json.too_many_values", props: `[100000]`, requestID: `"r1"`, room: `"r1"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := sendText(c, test.message); err != nil {
				t.Fatal(err)
			}
			_, body, err := c.ReadMessage()
			if err != nil {
				t.Fatal(err)
			}
			test.check(t, body)
		})
	}
	checkFree(t, all)
}

// TestExhausted has somebody hold the whole budget: large requests are asked to
// come again, small ones and the probes are answered.
func TestExhausted(t *testing.T) {
	all := budget.New(8 << 20)
	f := start(t, network.Options{Budget: all})
	held := all.Share()
	if err := held.Grow(t.Context(), all.Large()); err != nil {
		t.Fatal(err)
	}
	full := rawCase{name: "large", request: post(heavy(200)), status: 503, id: "network.memory.exhausted", bare: true, header: map[string]string{"Retry-After": "1"}}
	cases := []rawCase{
		full,
		{name: "while it is read", request: post(`"` + strings.Repeat("x", 100_000) + `"`), status: 503, id: "network.memory.exhausted", bare: true,
			header: map[string]string{"Retry-After": "1"}},
		{name: "a large answer", request: get("/large"), status: 503, id: "network.memory.exhausted", header: map[string]string{"Retry-After": "1"}},
		{name: "small", request: post(`{"a":1}`), status: 200},
		{name: "small, with a query", request: get("/echo?a=1&pretty"), status: 200},
		{name: "alive", request: get("/_healthcheck"), status: 200},
		{name: "ready", request: get("/_ready"), status: 200},
	}
	runRaw(t, f, cases)
	c := f.socket(t, nil)
	for _, test := range []frameCase{
		{message: `{` + echoMessage + `,"requestId":"r1","body":` + heavy(200) + `}`, status: 503, id: "network.memory.exhausted", requestID: `"r1"`, room: `"r1"`},
		{message: `{` + echoMessage + `,"requestId":"r1","body":{"a":"` + strings.Repeat("x", 100_000) + `"}}`, status: 503, id: "network.memory.exhausted", requestID: "generated"},
		{message: `{` + echoMessage + `,"requestId":"r1"}`, status: 200, requestID: `"r1"`, room: `"r1"`},
	} {
		if err := sendText(c, test.message); err != nil {
			t.Fatal(err)
		}
		_, body, err := c.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		test.check(t, body)
	}
	// Not even the smallest share is left: the probes are answered all the same.
	awaitHeld(t, all, held.Held())
	rest := all.Share()
	for rest.TryGrow(1024) {
	}
	runRaw(t, f, []rawCase{
		{name: "small, with nothing left", request: post(`{"a":1}`), status: 503, id: "network.memory.exhausted", header: map[string]string{"Retry-After": "1"}},
		{name: "alive, with nothing left", request: get("/_healthcheck"), status: 200},
		{name: "ready, with nothing left", request: get("/_ready"), status: 200},
	})
	held.Release()
	rest.Release()
	full.name, full.status, full.id, full.header = "large, with room again", 200, "", nil
	runRaw(t, f, []rawCase{full,
		{name: "more than there ever is", request: post(`{"a":"`+strings.Repeat("x", 900_000)+`","b":[`+strings.Repeat(`{"a":1},`, 10_000)+`1]}`, bearerT),
			status: 413, id: "network.memory.request_too_heavy", bare: true},
	})
	checkFree(t, all)
}

// holdLittle has the system hold little of a connection, which otherwise is megabytes of it.
func holdLittle(t *testing.T, c net.Conn) {
	t.Helper()
	tcp := c.(*net.TCPConn)
	if err := errors.Join(tcp.SetReadBuffer(4<<10), tcp.SetWriteBuffer(4<<10)); err != nil {
		t.Fatal(err)
	}
}

// TestSlowReadersGiveWay cuts off clients that do not read their answers once
// somebody else needs the memory.
func TestSlowReadersGiveWay(t *testing.T) {
	all := budget.New(32 << 20)
	f := start(t, network.Options{Budget: all})
	// The systems' buffers are no memory of the server, and have any size: sockets
	// send requests until their connections end.
	ask := strings.Repeat(get("/large"), 40)
	for range 40 {
		c := f.dial(t)
		holdLittle(t, c)
		go func() { _, _ = io.WriteString(c, ask) }()
		ws := f.socket(t, nil)
		holdLittle(t, ws.NetConn())
		go func() {
			for sendText(ws, `{"controller":"test","action":"large"}`) == nil {
			}
		}()
	}
	// They fill the budget, and may have been cut off again when the test looks.
	for deadline, most := time.Now().Add(20*time.Second), int64(0); most < all.Large()*3/4; time.Sleep(time.Millisecond) {
		if most = max(most, all.Peak()); time.Now().After(deadline) {
			t.Fatalf("the system's buffers take in all answers: at most %d bytes waited", most)
		}
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		c := f.dial(t)
		if _, err := io.WriteString(c, get("/large")); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		body := read(t, res)
		_ = c.Close()
		if res.StatusCode == http.StatusOK {
			return
		}
		var refusal struct{ Error wireError }
		mustDecode(t, []byte(body), &refusal)
		if refusal.Error.ID != "network.memory.exhausted" || time.Now().After(deadline) {
			t.Fatalf("%d %s", res.StatusCode, body)
		}
	}
}
