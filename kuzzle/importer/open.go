package importer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	// peeked is how much of a file is looked at to recognise its format.
	peeked = 64 << 10
	// maxRatio is how much larger than the file its content may be, beyond the
	// first freeBytes: exports compress to a twentieth, bombs to a thousandth.
	maxRatio  = 200
	freeBytes = 64 << 20
	// maxWindow bounds what zstd may ask for.
	maxWindow = 32 << 20
)

// ErrFile is wrapped by errors about the file as a whole: it cannot be read on.
var ErrFile = errors.New("the file cannot be read")

func broken(reason string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFile, fmt.Sprintf(reason, args...))
}

// unpack answers the text of a file: decompressed, without byte order mark, and
// as UTF-8 where it was UTF-16.
func unpack(from io.Reader) (*bufio.Reader, error) {
	packed := &counter{from: from}
	in := bufio.NewReaderSize(packed, peeked)
	head, err := in.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		inner, err := gzip.NewReader(in)
		if err != nil {
			return nil, broken("it is no gzip after all: %v", err)
		}
		in = bufio.NewReaderSize(&unpacked{from: inner, packed: packed}, peeked)
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		inner, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(2*maxWindow))
		if err != nil {
			return nil, broken("it is no zstd after all: %v", err)
		}
		in = bufio.NewReaderSize(&unpacked{from: inner, packed: packed}, peeked)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return nil, broken("it is a zip archive; unpack it and import what is inside")
	}
	return decoded(in)
}

// decoded takes off a byte order mark.
func decoded(in *bufio.Reader) (*bufio.Reader, error) {
	head, err := in.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		_, err = in.Discard(3)
		return in, err
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		utf16 := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
		return bufio.NewReaderSize(transform.NewReader(in, utf16), peeked), nil
	}
	return in, nil
}

// counter counts the bytes of the file itself.
type counter struct {
	from  io.Reader
	bytes int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.bytes += int64(n)
	return n, err
}

// unpacked refuses content that grows out of all proportion to the file.
type unpacked struct {
	from   io.Reader
	packed *counter
	bytes  int64
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.from.Read(p)
	u.bytes += int64(n)
	switch {
	case u.bytes > freeBytes && u.bytes > maxRatio*u.packed.bytes:
		return 0, broken("it unpacks to more than %d times its size, as no export does", maxRatio)
	case err != nil && !errors.Is(err, io.EOF):
		return n, broken("unpacking failed: %v", err)
	}
	return n, err
}
