package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"
)

// connections are one worker's connections, one for each host. They write and
// read HTTP/1.1 directly, which takes about a third of the processor time of
// net/http's client, on cores shared with the server.
type connections struct{ by map[string]*connection }

type connection struct {
	conn   net.Conn
	reader *bufio.Reader
	out    []byte
	answer answer
}

const (
	dialTimeout = 30 * time.Second
	opTimeout   = 60 * time.Second
	bufferSize  = 4 << 10
)

func (c *connections) get(addr string) (*connection, error) {
	if known := c.by[addr]; known != nil {
		return known, nil
	}
	conn, err := net.DialTimeout("tcp", addr, dialTimeout)
	if err != nil {
		return nil, err
	}
	fresh := &connection{conn: conn, reader: bufio.NewReaderSize(conn, bufferSize)}
	if c.by == nil {
		c.by = map[string]*connection{}
	}
	c.by[addr] = fresh
	return fresh, nil
}

func (c *connections) drop(addr string) {
	if known := c.by[addr]; known != nil {
		_ = known.conn.Close()
		delete(c.by, addr)
	}
}

func (c *connections) close() {
	for addr := range c.by {
		c.drop(addr)
	}
}

// do sends one request and checks its answer, which is valid until the next do
// on this connection.
func (c *connections) do(r *Request, f *frame) (*answer, error) {
	k, err := c.get(r.addr)
	if err != nil {
		return nil, err
	}
	k.write(r, f)
	_ = k.conn.SetDeadline(time.Now().Add(opTimeout))
	if _, err = k.conn.Write(k.out); err == nil {
		err = k.answer.read(k.reader, r.Method == "HEAD")
	}
	if err != nil {
		c.drop(r.addr)
		return nil, err
	}
	a := &k.answer
	if a.close {
		c.drop(r.addr)
	}
	if !slices.Contains(r.Expect, a.status) {
		return a, fmt.Errorf("status %d", a.status)
	}
	if !bytes.Contains(a.body, r.contains) {
		return a, fmt.Errorf("answer lacks %q", r.contains)
	}
	return a, nil
}

func (k *connection) write(r *Request, f *frame) {
	body := r.body.append(nil, f)
	b := r.head.append(k.out[:0], f)
	if len(body) > 0 || (r.Method != "GET" && r.Method != "HEAD") {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(body)), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	k.out = append(b, body...)
}

// pause is how long a connection waits after a failure without Retry-After.
const pause = time.Millisecond

func runHTTP(sc *Scenario, w window, t *tally, pace time.Duration) {
	var c connections
	defer c.close()
	for begin := time.Now(); begin.Before(w.to); begin = time.Now() {
		f := frame{n: counter.Add(1) - 1}
		a, err := c.do(&sc.Request, &f)
		end := time.Now()
		switch {
		case err != nil:
			if w.has(end) {
				t.fail(err)
			}
			time.Sleep(min(a.retryAfter(), time.Until(w.to)))
		case w.has(end):
			t.latencies = append(t.latencies, uint32(end.Sub(begin).Microseconds()))
		}
		time.Sleep(pace)
	}
}
