package network

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Beginnings of the answers that net/http writes, in one piece and past every
// handler, when it cannot read a client's bytes as a request. Our own answers have
// a Date first, so none begins like this. Net/http's answer to an Expect header
// has a Date too, but a status that we never use.
var (
	refusalStart   = []byte("HTTP/1.1 ")
	unexpected     = []byte("HTTP/1.1 417 ")
	refusalHeaders = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")
)

// clientConn replaces net/http's answers to unreadable requests by an envelope
// with an error id. It makes an ambiguous request unreadable, so that net/http
// answers it, ends the connection and reads nothing behind it.
type clientConn struct {
	net.Conn
	of      *connection
	framing framing // belongs to the one goroutine that reads
	doubt   atomic.Bool
	spoiler string  // the rest that is read after the ambiguity
	secure  *secure // nil after the first bytes, and where clients must speak TLS
}

// spoiler is the text that net/http reads instead of an ambiguous header and
// everything after it.
const spoiler = "\x00\r\n\r\n"

func (c *clientConn) Read(b []byte) (int, error) {
	if c.doubt.Load() {
		return c.spoil(b)
	}
	n, err := c.Conn.Read(b)
	if n > 0 && c.secure != nil {
		if b[0] == hello {
			c.secure.heed(c.of.remote)
		}
		c.secure = nil
	}
	fine, ok := c.framing.follow(b[:n])
	if ok {
		return n, err
	}
	c.doubt.Store(true)
	c.spoiler = spoiler
	if fine > 1 {
		return fine - 1, nil // without its line end the header continues with the spoiler
	}
	return c.spoil(b)
}

func (c *clientConn) spoil(b []byte) (int, error) {
	if c.spoiler == "" {
		return 0, io.EOF
	}
	n := copy(b, c.spoiler)
	c.spoiler = c.spoiler[n:]
	return n, nil
}

func (c *clientConn) Write(b []byte) (int, error) {
	answer := c.translated(b)
	if answer == nil {
		return c.Conn.Write(b)
	}
	if _, err := c.Conn.Write(answer); err != nil {
		return 0, err
	}
	return len(b), nil
}

// translated returns nil if b is not a refusal of net/http.
func (c *clientConn) translated(b []byte) []byte {
	if len(b) <= len(refusalStart) || b[len(refusalStart)] < '4' || !bytes.HasPrefix(b, refusalStart) {
		return nil
	}
	var failure *fault.Error
	line, _, cut := bytes.Cut(b, refusalHeaders)
	switch {
	case bytes.HasPrefix(b, unexpected):
		failure = ErrBadMessage.New("the header Expect asks for 100-continue or nothing")
	case !cut || bytes.IndexByte(line, '\n') >= 0:
		return nil
	case c.doubt.Load() && c.framing.fields > MaxHeaderFields:
		failure = ErrTooManyHeaders.New(MaxHeaderFields)
	case c.doubt.Load():
		failure = ErrBadMessage.New("its length is ambiguous: send either a Content-Length that is a number, or Transfer-Encoding: chunked in HTTP/1.1, not both, and each header on one line")
	default:
		failure = refusalFor(string(line[len(refusalStart):]))
	}
	body := appendRefusal(nil, nil, failure)
	answer := append([]byte(nil), refusalStart...)
	answer = strconv.AppendInt(answer, int64(failure.Status()), 10)
	answer = append(answer, ' ')
	answer = append(answer, http.StatusText(failure.Status())...)
	answer = append(answer, "\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\nContent-Length: "...)
	answer = strconv.AppendInt(answer, int64(len(body)), 10)
	return append(append(answer, "\r\n\r\n"...), body...)
}

// refusalFor returns the error for the rest of a status line, such as "400 Bad
// Request: missing required Host header".
func refusalFor(status string) *fault.Error {
	const generic = "the request line or a header is not HTTP/1.1; percent-encode the path"
	if len(status) >= 3 && status[:3] == strconv.Itoa(http.StatusRequestHeaderFieldsTooLarge) {
		return ErrHeadersTooLarge.New(MaxHeaderBytes)
	}
	if status == "400 Bad Request" {
		return ErrBadMessage.New(generic)
	}
	return ErrBadMessage.New(status)
}

// CloseWrite is called by net/http so that a client can read a refusal to its end.
func (c *clientConn) CloseWrite() error {
	if half, can := c.Conn.(interface{ CloseWrite() error }); can {
		return half.CloseWrite()
	}
	return nil
}

// bareHijacker gives a WebSocket the system's connection, which can write several
// buffers at once.
type bareHijacker struct{ http.ResponseWriter }

func (w bareHijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if wrapped, is := conn.(*clientConn); is {
		conn = wrapped.Conn
	}
	return conn, buffers, err
}
