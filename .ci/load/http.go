package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"time"
)

// conns is one worker's keep-alive connections, one for each host it speaks to.
// It writes and reads HTTP/1.1 itself, so that the generator takes as little of
// the shared cores as it can: about a third of what net/http's client takes.
type conns struct {
	by map[string]*conn
}

type conn struct {
	nc  net.Conn
	br  *bufio.Reader
	out []byte
	ans answer
}

type answer struct {
	status int
	heads  []byte
	body   []byte
	close  bool
}

const opTimeout = 30 * time.Second

func (c *conns) get(addr string) (*conn, error) {
	if k := c.by[addr]; k != nil {
		return k, nil
	}
	nc, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, err
	}
	k := &conn{nc: nc, br: bufio.NewReaderSize(nc, 16<<10)}
	if c.by == nil {
		c.by = map[string]*conn{}
	}
	c.by[addr] = k
	return k, nil
}

func (c *conns) drop(addr string) {
	if k := c.by[addr]; k != nil {
		k.nc.Close()
		delete(c.by, addr)
	}
}

func (c *conns) close() {
	for a := range c.by {
		c.drop(a)
	}
}

// do sends one request and checks and captures from its answer, which stays
// good until the next do on this connection.
func (c *conns) do(r *Request, f *frame) (*answer, error) {
	k, err := c.get(r.addr)
	if err != nil {
		return nil, err
	}
	body := r.body.append(nil, f)
	b := r.head.append(k.out[:0], f)
	if len(body) > 0 || (r.Method != "GET" && r.Method != "HEAD") {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(body)), 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	b = append(b, body...)
	k.out = b
	k.nc.SetDeadline(time.Now().Add(opTimeout))
	if _, err = k.nc.Write(b); err == nil {
		err = k.read(r.Method == "HEAD")
	}
	if err != nil {
		c.drop(r.addr)
		return nil, err
	}
	a := &k.ans
	if a.close {
		c.drop(r.addr)
	}
	if !slices.Contains(r.Expect, a.status) {
		return a, fmt.Errorf("status %d", a.status)
	}
	if r.contains != nil && !bytes.Contains(a.body, r.contains) {
		return a, fmt.Errorf("answer lacks %q", r.contains)
	}
	for name, path := range r.Capture {
		v, err := a.take(path)
		if err != nil {
			return a, err
		}
		f.caps[name] = v
	}
	return a, nil
}

func (a *answer) header(name string) (string, bool) {
	for line := range bytes.Lines(a.heads) {
		k, v, ok := bytes.Cut(line, []byte(":"))
		if ok && bytes.EqualFold(k, []byte(name)) {
			return string(bytes.TrimSpace(v)), true
		}
	}
	return "", false
}

var (
	hLength = []byte("content-length")
	hCoding = []byte("transfer-encoding")
	hConn   = []byte("connection")
)

func (k *conn) read(head bool) error {
	a := &k.ans
	for {
		line, err := k.br.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
			return fmt.Errorf("bad status line %q", line)
		}
		a.status, err = strconv.Atoi(string(line[9:12]))
		if err != nil {
			return err
		}
		a.close = line[7] == '0'
		a.heads, a.body = a.heads[:0], a.body[:0]
		length, chunked := -1, false
		for {
			line, err = k.br.ReadSlice('\n')
			if err != nil {
				return err
			}
			if len(line) <= 2 {
				break
			}
			a.heads = append(a.heads, line...)
			i := bytes.IndexByte(line, ':')
			if i < 0 {
				return fmt.Errorf("bad header %q", line)
			}
			name, val := line[:i], bytes.TrimSpace(line[i+1:])
			switch {
			case bytes.EqualFold(name, hLength):
				if length, err = strconv.Atoi(string(val)); err != nil {
					return err
				}
			case bytes.EqualFold(name, hCoding):
				chunked = bytes.EqualFold(val, []byte("chunked"))
			case bytes.EqualFold(name, hConn):
				if bytes.EqualFold(val, []byte("close")) {
					a.close = true
				}
			}
		}
		switch {
		case a.status < 200:
			continue
		case head || a.status == 204 || a.status == 304:
			return nil
		case chunked:
			return k.readChunks()
		case length >= 0:
			return k.readN(length)
		}
		a.close = true
		a.body, err = io.ReadAll(k.br)
		return err
	}
}

func (k *conn) readN(n int) error {
	a := &k.ans
	at := len(a.body)
	a.body = slices.Grow(a.body, n)[:at+n]
	_, err := io.ReadFull(k.br, a.body[at:])
	return err
}

func (k *conn) readChunks() error {
	for {
		line, err := k.br.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimSpace(line)
		if i := bytes.IndexByte(line, ';'); i >= 0 {
			line = line[:i]
		}
		n, err := strconv.ParseUint(string(line), 16, 31)
		if err != nil {
			return err
		}
		if n > 0 {
			if err := k.readN(int(n)); err != nil {
				return err
			}
		}
		if n == 0 {
			for { // trailers, then the empty line
				line, err := k.br.ReadSlice('\n')
				if err != nil {
					return err
				}
				if len(line) <= 2 {
					return nil
				}
			}
		}
		if crlf, err := k.br.ReadSlice('\n'); err != nil {
			return err
		} else if len(crlf) != 2 {
			return errors.New("bad chunk end")
		}
	}
}

func runHTTP(sc *Scenario, w window, t *tally) {
	var c conns
	defer c.close()
	for {
		begin := time.Now()
		if !begin.Before(w.to) {
			return
		}
		f := frame{n: counter.Add(1) - 1}
		if len(sc.Steps) > 1 {
			f.caps = make(map[string]string, 4)
		}
		var err error
		for _, r := range sc.Steps {
			if f.caps == nil && len(r.Capture) > 0 {
				f.caps = map[string]string{}
			}
			if _, err = c.do(r, &f); err != nil {
				break
			}
		}
		end := time.Now()
		if err != nil {
			if end.Before(w.to) && !end.Before(w.from) {
				t.fail(err)
			}
			time.Sleep(time.Millisecond) // a refusing server must not be spun on
			continue
		}
		if w.has(end) {
			t.lat = append(t.lat, uint32(end.Sub(begin).Microseconds()))
		}
	}
}
