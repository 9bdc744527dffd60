package network

import (
	"bytes"
	"math"
	"strconv"
)

// framing follows the HTTP/1 messages of one connection beside net/http, which
// resolves a doubtful length by itself and hides that there was a doubt. A proxy
// may resolve it the other way, so that one of the two takes a part of a body for
// a request of somebody else. framing finds the doubt: Content-Length together
// with Transfer-Encoding, or Transfer-Encoding in what is not HTTP/1.1. It also
// ends a head of too many lines.
//
// framing is stricter than net/http wherever the two could disagree about where
// a message ends. It keeps no more of a line than it has to understand.
type framing struct {
	at   part
	left int64 // of a body or a chunk
	line []byte
	// Of the head under way:
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
	// lost is a connection that net/http is about to refuse or that has become
	// something else; nothing is followed any more.
	lost
)

// keptOfLine is how much of a line framing keeps: of the request line its end,
// of any other line its beginning.
const keptOfLine = 64

// follow takes the next bytes of the connection. It returns how many of them
// belong to messages without a doubt, and whether that is all of them.
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

// keep adds the next part of a line that has not ended.
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

// take understands one line, without its line feed. It reports whether the
// message's end is still without a doubt.
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
			f.at, f.left = atChunk, int64(n)+2 // and the line end behind it
		}
	case atTrailer:
		if len(line) == 0 {
			f.at = atRequestLine
		}
	}
	return true
}

// header counts a header, and notes one that says how long the message is. White
// space before the colon counts as part of no name: net/http refuses such a header
// itself.
func (f *framing) header(line []byte) bool {
	// A header line takes ten times its length in memory, before anybody can
	// refuse the request.
	if f.fields++; f.fields > MaxHeaderFields {
		return false
	}
	name, value, _ := bytes.Cut(line, []byte{':'})
	switch name = bytes.TrimSpace(name); {
	case bytes.EqualFold(name, []byte("Content-Length")):
		n, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 63)
		// What is no number, continues on the next line or stands twice with
		// two values ends the connection, here or in net/http.
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
