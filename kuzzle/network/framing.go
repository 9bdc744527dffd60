package network

import (
	"bytes"
	"math"
	"strconv"
)

// framing follows the HTTP/1 messages of one connection beside net/http, because
// net/http resolves an ambiguous length silently. A proxy may resolve it
// differently, and then one of the two takes part of a body for another client's
// request. framing detects the ambiguity: Content-Length together with
// Transfer-Encoding, Transfer-Encoding in a version other than HTTP/1.1, or a header
// that continues on the next line. It also ends a head with too many lines.
//
// framing is stricter than net/http wherever the two could disagree about the end
// of a message. It keeps only as much of a line as it must understand.
type framing struct {
	at   part
	left int64 // of a body or a chunk
	line []byte
	// These belong to the current head:
	length      int64
	hasLength   bool
	coded, old  bool
	fields      int
	lineDropped bool
}

// part is the part of a message that comes next.
type part uint8

const (
	atRequestLine part = iota
	atHeader
	atBody
	atChunkSize
	atChunk
	atTrailer
	// lost is the state of a connection that net/http is about to refuse or that
	// is no longer HTTP; framing stops following it.
	lost
)

// keptOfLine is the number of bytes that framing keeps of a line: the end of the
// request line, the beginning of any other line.
const keptOfLine = 64

// follow processes the next bytes of the connection. It returns the number of
// bytes that belong to unambiguous messages, and whether these are all bytes.
func (f *framing) follow(data []byte) (fine int, ok bool) {
	rest := data
	for len(rest) > 0 {
		switch f.at {
		case lost:
			return len(data), true
		case atBody, atChunk:
			taken := min(f.left, int64(len(rest)))
			rest = rest[taken:]
			if f.left -= taken; f.left == 0 && f.at == atBody {
				f.at = atRequestLine
			} else if f.left == 0 {
				f.at = atChunkSize
			}
			continue
		}
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			f.keep(rest)
			return len(data), true
		}
		if len(f.line) > 0 || f.lineDropped {
			f.keep(rest[:end])
			ok = f.take(f.line)
			f.line, f.lineDropped = f.line[:0], false
		} else {
			ok = f.take(rest[:end])
		}
		rest = rest[end+1:]
		if !ok {
			return len(data) - len(rest), false
		}
	}
	return len(data), true
}

// keep adds a piece of a line that has not ended.
func (f *framing) keep(piece []byte) {
	if f.at == atRequestLine {
		if len(piece) > keptOfLine {
			piece = piece[len(piece)-keptOfLine:]
		}
		if over := len(f.line) + len(piece) - keptOfLine; over > 0 {
			f.line = f.line[:copy(f.line, f.line[over:])]
			f.lineDropped = true
		}
	} else if room := keptOfLine - len(f.line); len(piece) > room {
		piece = piece[:room]
		f.lineDropped = true
	}
	f.line = append(f.line, piece...)
}

// take parses one line, without its line feed. It reports whether the end of the
// message is still unambiguous.
func (f *framing) take(line []byte) bool {
	line = bytes.TrimSuffix(line, []byte{'\r'})
	switch f.at {
	case atRequestLine:
		if len(line) > 0 { // empty lines before a request are skipped
			*f = framing{at: atHeader, line: f.line, old: !bytes.HasSuffix(line, []byte("HTTP/1.1"))}
		}
	case atHeader:
		if len(line) > 0 {
			return f.header(line)
		}
		f.headEnds()
	case atChunkSize:
		size, _, _ := bytes.Cut(line, []byte{';'})
		n, err := strconv.ParseUint(string(bytes.TrimRight(size, " \t")), 16, 63)
		switch {
		case err != nil || n > math.MaxInt64-2:
			f.at = lost
		case n == 0:
			f.at = atTrailer
		default:
			f.at, f.left = atChunk, int64(n)+2 // plus the line end behind it
		}
	case atTrailer:
		if len(line) == 0 {
			f.at = atRequestLine
		}
	}
	return true
}

// header counts a header, and records one that tells the message's length. It refuses
// a line that begins with white space: net/http appends it to the header before,
// others read it as a header of its own (RFC 9112, section 5.2). White space before
// the colon changes nothing: net/http itself refuses such a header.
func (f *framing) header(line []byte) bool {
	// A header line takes ten times its length in memory before a handler can
	// refuse the request.
	if f.fields++; f.fields > MaxHeaderFields || line[0] == ' ' || line[0] == '\t' {
		return false
	}
	name, value, _ := bytes.Cut(line, []byte{':'})
	switch name = bytes.TrimSpace(name); {
	case bytes.EqualFold(name, []byte("Content-Length")):
		n, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 63)
		// A value that is not a number or comes twice with different values ends the
		// connection, here or in net/http.
		if err != nil || f.hasLength && int64(n) != f.length {
			return false
		}
		f.length, f.hasLength = int64(n), true
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		f.coded = true
	}
	return !f.coded || !f.hasLength && !f.old
}

func (f *framing) headEnds() {
	switch {
	case f.coded:
		f.at = atChunkSize
	case f.length > 0:
		f.at, f.left = atBody, f.length
	default:
		f.at = atRequestLine
	}
}
