package texts

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
	// Peeked is the number of bytes that detect a file's format.
	Peeked = 64 << 10
	// maxRatio is the largest ratio of a text to its compressed file, beyond the first
	// freeBytes: exports compress to a twentieth, bombs to a thousandth.
	maxRatio  = 200
	freeBytes = 64 << 20
	// maxWindow bounds the window that a zstd file may request.
	maxWindow = 32 << 20
)

// ErrFile is wrapped by errors about the file as a whole: reading it cannot continue.
var ErrFile = errors.New("the file cannot be read")

// ErrEmpty is the error of a file without any text.
var ErrEmpty = Broken("it is empty")

// Broken returns an ErrFile with a reason.
func Broken(reason string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFile, fmt.Sprintf(reason, args...))
}

// CutShort explains why reading a file cannot continue.
func CutShort(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, ErrFile):
		return err
	case errors.Is(err, ErrLong):
		return Broken("a record is longer than %d bytes; perhaps a quote is not closed", MaxBytes)
	}
	return fmt.Errorf("%w: %w", ErrFile, err)
}

// Unpack returns the text of a file: decompressed, without byte order mark, and as UTF-8 if
// it was UTF-16. It refuses a file that is compressed twice, or an archive of files.
func Unpack(from io.Reader) (*bufio.Reader, error) {
	packed := &Counter{From: from}
	in := bufio.NewReaderSize(packed, Peeked)
	kind, err := packing(in)
	if err != nil {
		return nil, err
	}
	var inner io.Reader
	switch kind {
	case "":
		return decoded(in)
	case gzipped:
		if inner, err = gzip.NewReader(in); err != nil {
			return nil, Broken("its gzip data are broken: %v", err)
		}
	case zstandard:
		inner, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(2*maxWindow))
		if err != nil {
			return nil, Broken("its zstd data are broken: %v", err)
		}
	default:
		return nil, Broken("it is %s; unpack it and import the text inside", kind)
	}
	in = bufio.NewReaderSize(&unpacked{from: inner, packed: packed}, Peeked)
	within, err := packing(in)
	switch {
	case err != nil:
		return nil, err
	case within != "":
		return nil, Broken("it is %s, and inside it is %s; unpack it and import the text", kind, within)
	}
	return decoded(in)
}

// Compressions that are unpacked.
const (
	gzipped   = "packed by gzip"
	zstandard = "packed by zstd"
)

// packings are marks of files that are not text, at the beginning or at a fixed position.
var packings = []struct {
	at    int
	magic string
	kind  string
}{
	{0, "\x1f\x8b", gzipped},
	{0, "\x28\xb5\x2f\xfd", zstandard},
	{0, "PK\x03\x04", "a zip archive, or a spreadsheet"},
	{0, "PK\x05\x06", "a zip archive, or a spreadsheet"},
	{0, "PK\x07\x08", "a zip archive, or a spreadsheet"},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a spreadsheet"},
	{0, "\xfd7zXZ\x00", "packed by xz"},
	{4, "1AY&SY", "packed by bzip2"},
	{0, "\x04\x22\x4d\x18", "packed by lz4"},
	{0, "7z\xbc\xaf\x27\x1c", "a 7z archive"},
	{0, "Rar!\x1a\x07", "a rar archive"},
	{0, "SQLite format 3\x00", "a database of SQLite"},
	{tarMagic, "ustar\x00", "a tar archive"},
	{tarMagic, "ustar  \x00", "a tar archive"},
}

const (
	tarMagic = 257
	tarHead  = tarMagic + len("ustar  \x00")
)

// packing returns the kind of a file that is not text, "" if it may be text.
func packing(in *bufio.Reader) (string, error) {
	head, err := in.Peek(tarHead)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	for _, p := range packings {
		if len(head) >= p.at && bytes.HasPrefix(head[p.at:], []byte(p.magic)) {
			return p.kind, nil
		}
	}
	return "", nil
}

// decoded removes a byte order mark and decodes UTF-16.
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
		return bufio.NewReaderSize(transform.NewReader(in, utf16), Peeked), nil
	}
	return in, nil
}

// Counter counts the bytes of the file itself.
type Counter struct {
	From  io.Reader
	Bytes int64
}

func (c *Counter) Read(p []byte) (int, error) {
	n, err := c.From.Read(p)
	c.Bytes += int64(n)
	return n, err
}

// unpacked refuses a text that is far larger than its file.
type unpacked struct {
	from   io.Reader
	packed *Counter
	bytes  int64
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.from.Read(p)
	u.bytes += int64(n)
	switch {
	case u.bytes > freeBytes && u.bytes > maxRatio*u.packed.Bytes:
		return 0, Broken("it unpacks to more than %d times its size, which no real export does", maxRatio)
	case err != nil && !errors.Is(err, io.EOF):
		return n, Broken("it cannot be unpacked: %v", err)
	}
	return n, err
}
