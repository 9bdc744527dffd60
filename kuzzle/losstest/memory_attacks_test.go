package losstest

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	wire "encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// attack is a way to fill the server's memory over many connections.
type attack struct {
	// request is the repeated message of one connection: bytes over HTTP, messages
	// over a WebSocket.
	request func(token string) []byte
	socket  bool
	// frames replaces request over a WebSocket: raw frames, the first ones once and
	// then others repeatedly until the server ends the connection.
	frames func() (first, then []byte)
	// want is the answer where there is room for the request, 0 for none.
	want int
	// unread is for clients that never read an answer, held for those that leave out
	// the end of their messages.
	unread, held bool
}

const (
	// mostText is the maximum size of a body, mostValues the maximum number of
	// values.
	mostText   = 1 << 20
	mostValues = 100_000
)

// attacks are the shapes that TestMeasure of package network finds the heaviest,
// and all the ways that bytes come into the server and stay there.
var attacks = map[string]attack{
	"login":                        {request: func(string) []byte { return post("/_login/local", "", objects(mostText)) }, want: 413},
	"login in chunks":              {request: func(string) []byte { return chunked("/_login/local", objects(mostText)) }, want: 413},
	"anonymous":                    {request: func(string) []byte { return post("/_query", "", objects(mostText)) }, want: 413},
	"anonymous, just light enough": {request: func(string) []byte { return post("/_query", "", asked("", objects(16<<10))) }, want: 200},
	"long text":                    {request: func(string) []byte { return post("/_query", "", asked("", `"`+strings.Repeat("x", mostText-200)+`"`)) }, want: 413},
	"objects":                      {request: func(token string) []byte { return post("/_query", token, asked("", objects(8*mostValues/2-100))) }, want: 200},
	"chains":                       {request: func(token string) []byte { return post("/_query", token, asked("", chains())) }, want: 200},
	"chains, zipped":               {request: func(token string) []byte { return zip("/_query", token, asked("", chains())) }, want: 200},
	"lists":                        {request: func(token string) []byte { return post("/_query", token, asked("", values("[]"))) }, want: 200},
	"texts":                        {request: func(token string) []byte { return post("/_query", token, asked("", values(`"abcdefg"`))) }, want: 200},
	"one key": {request: func(token string) []byte {
		return post("/_query", token, asked("", "{"+strings.Repeat(`"a":1,`, mostValues-100)+`"a":1}`))
	}, want: 200},
	"many keys":            {request: func(token string) []byte { return post("/_query", token, asked("", keys())) }, want: 200},
	"escapes":              {request: func(token string) []byte { return post("/_query", token, asked("", values(`"\u0041"`))) }, want: 200},
	"three layers":         {request: func(string) []byte { return bomb() }, want: 413},
	"volatile, pretty":     {request: func(string) []byte { return pretty() }, want: 401},
	"headers":              {request: func(string) []byte { return []byte("GET /_now HTTP/1.1\r\nHost: x\r\n" + headerLines() + "\r\n") }, want: 431},
	"headers, held":        {request: func(string) []byte { return []byte("GET /_now HTTP/1.1\r\nHost: x\r\n" + headerLines()) }, held: true},
	"query":                {request: func(string) []byte { return []byte("GET /_now?" + longQuery() + " HTTP/1.1\r\nHost: x\r\n\r\n") }, want: 401},
	"form":                 {request: func(string) []byte { return form("/_login/local", strings.Repeat("a&", 8000)) }, want: 413},
	"body, held":           {request: func(string) []byte { text := post("/_query", "", objects(mostText)); return text[:len(text)-1] }, held: true},
	"answers, unread":      {request: func(token string) []byte { return bytes.Repeat(get("/_me", token), 200) }, unread: true},
	"socket chains":        {request: func(token string) []byte { return []byte(asked(token, chains())) }, socket: true, want: 200},
	"socket anonymous":     {request: func(string) []byte { return []byte(asked("", objects(mostText-200))) }, socket: true, want: 413},
	"socket light":         {request: func(string) []byte { return []byte(asked("", objects(16<<10))) }, socket: true, want: 200},
	"socket, unread":       {request: func(token string) []byte { return []byte(asked(token, "null")) }, socket: true, unread: true},
	"socket fragments":     {socket: true, frames: fragments},
	"socket control pings": {socket: true, frames: controlPings},
	"socket deflate bombs": {socket: true, frames: deflateBombs},
	"socket pings, unread": {request: func(string) []byte { return []byte(`{"p":1}`) }, socket: true, unread: true},
}

// objects is the body of the first report: small objects, so many bytes of them.
func objects(size int) string {
	const unit = `{"a":1},`
	return `{"q":[` + strings.Repeat(unit, (size-len(`{"q":[]}`)-len(unit))/len(unit)) + `{"a":1}]}`
}

// chains is as many objects as there may be, each with one in it.
func chains() string {
	const links = 50
	chain := strings.Repeat(`{"a":`, links-1) + `{}` + strings.Repeat(`}`, links-1)
	return units(chain, mostValues/links-1)
}

func values(unit string) string { return units(unit, mostValues-100) }

func units(unit string, count int) string {
	return `{"q":[` + strings.Repeat(unit+",", min(count, (mostText-300)/(len(unit)+1))-1) + unit + `]}`
}

func keys() string {
	var b strings.Builder
	b.WriteString(`{"a":1`)
	for i := 0; b.Len() < mostText-300 && i < mostValues-100; i++ {
		fmt.Fprintf(&b, `,"%x":1`, i)
	}
	return b.String() + `}`
}

// asked is a request for the caller's own user, which takes no body, with one.
func asked(token, body string) string {
	jwt := ""
	if token != "" {
		jwt = `"jwt":"` + token + `",`
	}
	return `{"controller":"auth","action":"getCurrentUser",` + jwt + `"body":` + body + `}`
}

func head(verb, path, token string, more ...string) string {
	lines := verb + " " + path + " HTTP/1.1\r\nHost: x\r\n"
	if token != "" {
		lines += "Authorization: Bearer " + token + "\r\n"
	}
	return lines + strings.Join(more, "")
}

func get(path, token string) []byte { return []byte(head("GET", path, token) + "\r\n") }

func post(path, token, body string) []byte {
	return []byte(head("POST", path, token, fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body))) + body)
}

func chunked(path, body string) []byte {
	return []byte(head("POST", path, "", "Transfer-Encoding: chunked\r\n\r\n") + fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body))
}

func form(path, body string) []byte {
	return []byte(head("POST", path, "", "Content-Type: application/x-www-form-urlencoded\r\n", fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body))) + body)
}

func zipped(text []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(text) // into memory
	_ = w.Close()
	return b.Bytes()
}

func zip(path, token, body string) []byte {
	text := zipped([]byte(body))
	return append([]byte(head("POST", path, token, "Content-Encoding: gzip\r\n", fmt.Sprintf("Content-Length: %d\r\n\r\n", len(text)))), text...)
}

// bomb is a few hundred bytes that unfold three times.
func bomb() []byte {
	text := zipped(zipped(zipped(make([]byte, 64<<20))))
	return append([]byte(head("POST", "/_query", "", "Content-Encoding: gzip, gzip, gzip\r\n", fmt.Sprintf("Content-Length: %d\r\n\r\n", len(text)))), text...)
}

// pretty has data of its own echoed that is a hundred times as long indented.
func pretty() []byte {
	const depth = 90
	volatile := `{"a":` + strings.Repeat("[", depth) + strings.Repeat("1,", 5000) + "1" + strings.Repeat("]", depth) + `}`
	return []byte(head("GET", "/_now?pretty", "", "X-Kuzzle-Volatile: "+volatile+"\r\n\r\n"))
}

// Opcodes and bits of a WebSocket frame's first byte, RFC 6455 and RFC 7692.
const (
	continuation = 0x0
	textMessage  = 0x1
	controlPing  = 0x9
	lastFrame    = 0x80
	deflated     = 0x40
)

// frame is a client's frame whose mask is zero.
func frame(first byte, payload []byte) []byte {
	head := []byte{first, 0x80 | byte(len(payload))}
	if len(payload) > 125 {
		head = wire.BigEndian.AppendUint64([]byte{first, 0x80 | 127}, uint64(len(payload)))
	}
	return slices.Concat(head, make([]byte, 4), payload)
}

// fragments begin a message that never ends.
func fragments() (first, then []byte) {
	piece := bytes.Repeat([]byte(" "), 64<<10)
	return frame(textMessage, piece), frame(continuation, piece)
}

// controlPings are answered by as many pongs, which nobody reads.
func controlPings() (first, then []byte) {
	pings := bytes.Repeat(frame(lastFrame|controlPing, bytes.Repeat([]byte("p"), 125)), 400)
	return pings, pings
}

// deflateBombs are messages of 64 KiB that unfold to 64 MiB.
func deflateBombs() (first, then []byte) {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression)
	_, _ = w.Write(bytes.Repeat([]byte(" "), 64<<20)) // into memory
	_ = w.Flush()
	bomb := frame(lastFrame|deflated|textMessage, bytes.TrimSuffix(b.Bytes(), []byte{0, 0, 0xff, 0xff}))
	return bomb, bomb
}

func headerLines() string {
	var b strings.Builder
	for i := 0; b.Len() < 15<<10; i++ {
		fmt.Fprintf(&b, "%x:\r\n", 4096+i)
	}
	return b.String()
}

func longQuery() string {
	var b strings.Builder
	for i := 0; b.Len() < 15<<10; i++ {
		fmt.Fprintf(&b, "%x&", i)
	}
	return b.String()
}

// attacker is a member that attacks until the time is over. Being refused and cut
// off is no failure; it connects again.
func (what task) attacker(a attack) func(int, func()) (answer, error) {
	if a.frames != nil {
		first, then := a.frames()
		a.frames = func() ([]byte, []byte) { return first, then }
		a.request = func(string) []byte { return nil }
	}
	request := sync.OnceValue(func() []byte { return a.request(what.Token) })
	address := strings.TrimPrefix(what.Base, "http://")
	return func(_ int, together func()) (answer, error) {
		bytes := request()
		together()
		end := time.Now().Add(what.For)
		last := answer{}
		for time.Now().Before(end) {
			if got := a.once(address, bytes, end); got.status != 0 {
				last = got
			}
		}
		return last, nil
	}
}

var socketURL = &url.URL{Scheme: "ws", Host: "x", Path: "/"}

// once attacks over one connection until that ends, and returns the last answer.
func (a attack) once(address string, request []byte, end time.Time) (last answer) {
	conn, err := net.DialTimeout("tcp", address, time.Until(end))
	if err != nil {
		time.Sleep(10 * time.Millisecond) // the server's queue is full
		return last
	}
	defer conn.Close()
	_ = conn.SetDeadline(end)
	if a.socket {
		return a.overSocket(conn, request, end)
	}
	reader := bufio.NewReader(conn)
	for {
		if _, err := conn.Write(request); err != nil && last.status == 0 {
			// A refusal may have come before everything was sent.
			last = readAnswer(reader)
			return last
		}
		if a.unread || a.held {
			time.Sleep(time.Until(end))
			return last
		}
		got := readAnswer(reader)
		if got.status == 0 {
			return last
		}
		last = got
	}
}

func readAnswer(reader *bufio.Reader) answer {
	res, err := http.ReadResponse(reader, nil)
	if err != nil {
		return answer{}
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return answer{status: res.StatusCode, retry: res.Header.Get("Retry-After")}
}

func (a attack) overSocket(conn net.Conn, message []byte, end time.Time) (last answer) {
	dialer := websocket.Dialer{
		NetDial: func(string, string) (net.Conn, error) { return conn, nil }, ReadBufferSize: 1 << 10, WriteBufferSize: 4 << 10, EnableCompression: a.frames != nil,
	}
	ws, res, err := dialer.Dial(socketURL.String(), nil)
	if err != nil {
		return last
	}
	_ = res.Body.Close()
	if a.frames != nil {
		_ = conn.SetDeadline(end) // the handshake took it away
		first, then := a.frames()
		for _, err := conn.Write(first); err == nil; {
			_, err = conn.Write(then)
		}
		return last
	}
	_ = ws.SetWriteDeadline(end) // else it takes away the connection's
	for {
		if err := ws.WriteMessage(websocket.TextMessage, message); err != nil {
			return last
		}
		if a.unread {
			continue
		}
		var got struct{ Status int }
		if err := ws.ReadJSON(&got); err != nil {
			return last
		}
		last = answer{status: got.Status, retry: "messages have no headers"}
	}
}
