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

// What net/http writes, in one piece and past every handler, to a client whose
// bytes it cannot read as a request. Answers of ours carry a Date, so that none
// begins like this; that to an expectation has one, and a status that is not ours.
var (
	refusalStart   = []byte("HTTP/1.1 ")
	unexpected     = []byte("HTTP/1.1 417 ")
	refusalHeaders = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")
)

// clientConn answers what net/http cannot read in the words of this API: with
// an envelope and an error id. A request whose end is in doubt it makes
// unreadable, so that net/http answers it, ends the connection, and looks at
// nothing behind it.
type clientConn struct {
	net.Conn
	of      *connection
	framing framing // of the one goroutine that reads
	doubt   atomic.Bool
	spoiler string // what is left to read after the doubt
}

// spoiler is what net/http reads in the place of a header that leaves the
// request's end in doubt, and of all that follows.
const spoiler = "\x00\r\n\r\n"

func (c *clientConn) Read(b []byte) (int, error) {
	if c.doubt.Load() {
		return c.spoil(b)
	}
	n, err := c.Conn.Read(b)
	fine, ok := c.framing.follow(b[:n])
	if ok {
		return n, err
	}
	c.doubt.Store(true)
	c.spoiler = spoiler
	if fine > 1 {
		return fine - 1, nil // without its line end the header goes on with the spoiler
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

// translated is nil for what is no refusal of net/http's.
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
		failure = ErrBadMessage.New("its length is in doubt: send a Content-Length that is a number, or Transfer-Encoding: chunked in HTTP/1.1, and not both")
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

// refusalFor is the error for the rest of a status line, such as "400 Bad
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

// CloseWrite is what net/http asks for when it lets a client read a refusal to
// its end.
func (c *clientConn) CloseWrite() error {
	if half, can := c.Conn.(interface{ CloseWrite() error }); can {
		return half.CloseWrite()
	}
	return nil
}

// bareHijacker hands a WebSocket the system's connection, which writes several
// buffers at once.
type bareHijacker struct{ http.ResponseWriter }

func (w bareHijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if wrapped, is := conn.(*clientConn); is {
		conn = wrapped.Conn
	}
	return conn, buffers, err
}
