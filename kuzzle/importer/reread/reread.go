package reread

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
)

// SpoolLimit is the default limit, in bytes as received, of the temporary file for a stream
// that cannot be read twice, such as standard input.
const SpoolLimit = 1 << 30

// Reader reads a stream, and on request a second time: a file from its beginning, another
// stream from a temporary file without a name.
type Reader struct {
	ctx   context.Context
	from  io.Reader
	limit int64
	// file is from or the temporary file; nil while there is none. It begins at start.
	file  io.Seeker
	start int64
	// read holds the bytes that may have to be read again.
	read    bytes.Buffer
	keeping bool
	spool   *os.File
}

// New returns a reader that ends with ctx and keeps at most limit bytes of a stream that
// cannot be read twice; 0 means [SpoolLimit].
func New(ctx context.Context, from io.Reader, limit int64) *Reader {
	if limit <= 0 {
		limit = SpoolLimit
	}
	a := &Reader{ctx: ctx, from: from, limit: limit, keeping: true}
	if file, ok := from.(io.Seeker); ok {
		if at, err := file.Seek(0, io.SeekCurrent); err == nil {
			a.file, a.start, a.keeping = file, at, false
		}
	}
	return a
}

// Seeks reports whether the stream is a file that can be read again.
func (a *Reader) Seeks() bool { return a.file != nil }

// Read implements io.Reader, until the context ends.
func (a *Reader) Read(p []byte) (int, error) {
	if err := a.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := a.from.Read(p)
	if a.keeping {
		a.read.Write(p[:n])
	}
	return n, err
}

// Once ends the time in which [Reader.Rewind] is possible.
func (a *Reader) Once() {
	if a.keeping {
		a.keeping, a.read = false, bytes.Buffer{}
	}
}

// Rewind goes back to the beginning. It returns false if the stream is longer than the
// limit: then the reader returns all of it, for the last time.
func (a *Reader) Rewind() (bool, error) {
	if a.keeping {
		if whole, err := a.keep(); err != nil || !whole {
			return false, err
		}
	}
	_, err := a.file.Seek(a.start, io.SeekStart)
	return true, err
}

// keep writes the stream into a temporary file.
func (a *Reader) keep() (whole bool, err error) {
	begun := bytes.NewReader(bytes.Clone(a.read.Bytes()))
	a.Once()
	file, err := os.CreateTemp("", "kuzzle-import-")
	if err != nil {
		return false, err
	}
	a.spool = file
	all := io.MultiReader(begun, &Reader{ctx: a.ctx, from: a.from})
	_, err = io.CopyN(file, all, a.limit)
	if whole = errors.Is(err, io.EOF); whole {
		err = nil
	}
	_, back := file.Seek(0, io.SeekStart)
	if err = errors.Join(os.Remove(file.Name()), err, back); err != nil {
		return false, err
	}
	if a.from = io.MultiReader(file, all); whole {
		a.from, a.file, a.start = file, file, 0
	}
	return whole, nil
}

// Close removes the temporary file. A nil reader has none.
func (a *Reader) Close() error {
	if a == nil || a.spool == nil {
		return nil
	}
	return a.spool.Close()
}
