package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// answer is an HTTP answer; its buffers are reused for the next one.
type answer struct {
	status  int
	head    []byte // lines of headers
	body    []byte
	close   bool
	retry   int // seconds
	length  int // -1 if unknown
	chunked bool
}

var errFraming = errors.New("the answer is not HTTP/1.1")

func (a *answer) read(from *bufio.Reader, head bool) error {
	for {
		if err := a.readHead(from); err != nil {
			return err
		}
		if a.status >= 200 {
			break
		}
	}
	var err error
	switch {
	case head || a.status == 204 || a.status == 304:
	case a.chunked:
		err = a.readChunks(from)
	case a.length >= 0:
		err = a.readMore(from, a.length)
	default:
		a.close = true
		a.body, err = io.ReadAll(from)
	}
	return err
}

func (a *answer) readHead(from *bufio.Reader) error {
	line, err := from.ReadSlice('\n')
	if err != nil {
		return err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return errFraming
	}
	*a = answer{head: a.head[:0], body: a.body[:0], close: line[7] == '0', length: -1}
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return errFraming
	}
	for {
		line, err = from.ReadSlice('\n')
		if err != nil || len(line) <= 2 {
			return err
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return errFraming
		}
		a.head = append(a.head, line...)
		if err := a.header(name, bytes.TrimSpace(value)); err != nil {
			return err
		}
	}
}

var (
	headerLength = []byte("content-length")
	headerCoding = []byte("transfer-encoding")
	headerClose  = []byte("connection")
	headerRetry  = []byte("retry-after")
)

func (a *answer) header(name, value []byte) (err error) {
	switch {
	case bytes.EqualFold(name, headerLength):
		a.length, err = strconv.Atoi(string(value))
	case bytes.EqualFold(name, headerRetry):
		a.retry, err = strconv.Atoi(string(value))
	case bytes.EqualFold(name, headerCoding):
		a.chunked = bytes.EqualFold(value, []byte("chunked"))
	case bytes.EqualFold(name, headerClose):
		a.close = a.close || bytes.EqualFold(value, []byte("close"))
	}
	return err
}

func (a *answer) readMore(from *bufio.Reader, n int) error {
	at := len(a.body)
	a.body = slices.Grow(a.body, n)[:at+n]
	_, err := io.ReadFull(from, a.body[at:])
	return err
}

func (a *answer) readChunks(from *bufio.Reader) error {
	for {
		line, err := from.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, _, _ := bytes.Cut(bytes.TrimSpace(line), []byte(";"))
		n, err := strconv.ParseUint(string(size), 16, 31)
		if err != nil {
			return errFraming
		}
		if err := a.readMore(from, int(n)); err != nil {
			return err
		}
		line, err = from.ReadSlice('\n')
		if err != nil || n == 0 {
			return err
		}
		if len(line) != 2 {
			return errFraming
		}
	}
}

// retryAfter returns how long to wait after a refusal.
func (a *answer) retryAfter() time.Duration {
	if a == nil || a.retry == 0 {
		return pause
	}
	return time.Duration(a.retry) * time.Second
}

// take returns a value at a dotted path of the answer, or a header's after "header:".
func (a *answer) take(path string) (string, error) {
	if wanted, ok := strings.CutPrefix(path, "header:"); ok {
		for line := range bytes.Lines(a.head) {
			if name, value, _ := bytes.Cut(line, []byte(":")); strings.EqualFold(string(name), wanted) {
				return string(bytes.TrimSpace(value)), nil
			}
		}
		return "", fmt.Errorf("the answer has no header %s", wanted)
	}
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		return "", err
	}
	if found, ok := lookup(v, path); ok {
		return found, nil
	}
	return "", fmt.Errorf("no %s in the answer %.200s", path, a.body)
}
