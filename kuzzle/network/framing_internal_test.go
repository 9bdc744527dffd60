package network

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// followed feeds data in pieces of a size and returns the result of framing.
func followed(data []byte, size int) (f framing, fine int, ok bool) {
	for fine < len(data) {
		piece := data[fine:min(fine+size, len(data))]
		n, ok := f.follow(piece)
		fine += n
		if !ok {
			return f, fine, false
		}
	}
	return f, fine, true
}

// TestFraming fixes which requests leave their end in doubt, however the bytes
// are cut up.
func TestFraming(t *testing.T) {
	const head, old = "POST /a HTTP/1.1\r\nHost: x\r\n", "POST /a HTTP/1.0\r\nHost: x\r\n"
	long := "X: " + string(bytes.Repeat([]byte("y"), 3*keptOfLine)) + "\r\n"
	tests := []struct {
		name, data string
		ok         bool
	}{
		{"a length", head + long + "Content-Length: 4\r\n\r\nbodyGET / HTTP/1.1\r\n\r\n", true},
		{"chunks", head + "Transfer-Encoding: chunked\r\n\r\n4;x=y\r\nbody\r\n0\r\nTrailer: z\r\n\r\nGET / HTTP/1.1\r\n\r\n", true},
		{"the same length twice", head + "Content-Length: 1\r\ncontent-length:1\r\n\r\na", true},
		{"headers in a body", head + "Content-Length: 56\r\n\r\n\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n1234567", true},
		{"each in a request of its own", head + "Content-Length: 1\r\n\r\na" + head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true},
		{"length, then coding", head + "Content-Length: 4\r\n" + long + "Transfer-Encoding: chunked\r\n\r\n", false},
		{"coding, then length", head + "transfer-encoding: chunked\r\nCONTENT-LENGTH: 4\r\n\r\n", false},
		{"bare line feeds", "POST /a HTTP/1.1\nTransfer-Encoding: chunked\nContent-Length: 4\n\n", false},
		{"white space before the colon", head + "Content-Length : 4\r\nTransfer-Encoding: chunked\r\n\r\n", false},
		{"any coding", head + "Content-Length: 4\r\nTransfer-Encoding: identity\r\n\r\n", false},
		{"in the second request", head + "\r\n" + head + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", false},
		{"behind chunks", head + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n" + head + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n", false},
		{"a coding in HTTP/1.0", old + "Transfer-Encoding: chunked\r\n\r\n", false},
		{"a length in HTTP/1.0", old + "Content-Length: 1\r\n\r\na", true},
		{"two lengths", head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", false},
		{"a length that is no number", head + "Content-Length: +1\r\n\r\n", false},
		{"a header that continues as a coding", head + "X: y\r\n Transfer-Encoding: chunked\r\n\r\n", false},
		{"a header that continues as a length", head + "X: y\r\n\tContent-Length: 100000\r\n\r\n", false},
		{"a header that continues with nothing", head + "X: y\r\n \r\n\r\n", false},
		{"a length on the next line", head + "Content-Length:\r\n 1\r\n\r\n", false},
	}
	for _, test := range tests {
		for _, size := range []int{1, 2, 7, 64, len(test.data)} {
			if f, _, ok := followed([]byte(test.data), size); ok != test.ok || ok && f.at == lost {
				t.Errorf("%s, %d bytes at a time: got %v in part %d, want %v", test.name, size, ok, f.at, test.ok)
			}
		}
	}
}

// TestNothingBehindADoubt reads a connection as net/http does: up to the ambiguous
// header, and nothing that the client sent after it, for any pieces of the bytes.
func TestNothingBehindADoubt(t *testing.T) {
	const fine = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked"
	const behind = "\r\n\r\n0\r\n\r\nGET /behind HTTP/1.1\r\nHost: x\r\n\r\n"
	for size := range len(fine + behind) {
		ours, theirs := net.Pipe()
		go func() { // ends when all is read or the other side is closed
			defer theirs.Close()
			for all := []byte(fine + behind); len(all) > 0; all = all[min(size+1, len(all)):] {
				if _, err := theirs.Write(all[:min(size+1, len(all))]); err != nil {
					return
				}
			}
		}()
		read, err := io.ReadAll(&clientConn{Conn: ours})
		ours.Close()
		got, whole := strings.CutSuffix(string(read), spoiler)
		if err != nil || !whole || !strings.HasPrefix(fine+behind, got) || strings.Contains(got, "\r\n\r\n") {
			t.Errorf("%d bytes at a time: read %q, %v", size+1, read, err)
		}
	}
}

// FuzzFraming holds framing to net/http: wherever net/http has read a whole
// request before a doubt, framing has seen the same end.
func FuzzFraming(f *testing.F) {
	f.Add([]byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbodyGET / HTTP/1.1\r\nHost: x\r\n\r\n"), 3)
	f.Add([]byte("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4 ;a\r\nbody\r\n0\r\na: b\r\n\r\nGET / HTTP/1.0\r\n\r\n"), 1)
	f.Add([]byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 64)
	f.Add([]byte("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n"), 9)
	f.Add([]byte("GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n"), 5)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		if size = max(1, size); size > len(data) {
			size = max(1, len(data))
		}
		if bytes.HasPrefix(data, []byte("\n")) || bytes.HasPrefix(data, []byte("\r")) {
			t.Skip("net/http refuses it, framing passes over it")
		}
		_, doubtful, clear := followed(data, size)
		source := bytes.NewReader(data)
		reader := bufio.NewReader(source)
		for {
			r, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			_, err = io.Copy(io.Discard, r.Body)
			if err != nil {
				return
			}
			end := len(data) - source.Len() - reader.Buffered()
			if !clear && end > doubtful {
				return // what the connection hides from net/http
			}
			at, _, ok := followed(data[:end], size)
			if !ok || at.at != atRequestLine || len(at.line) > 0 {
				t.Fatalf("net/http ends a request at %d, framing is in part %d with %q", end, at.at, at.line)
			}
		}
	})
}
