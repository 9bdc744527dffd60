package importer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
)

// SpoolLimit is how much of a stream that cannot be read twice, such as standard
// input, is kept in a temporary file where it has to be, in bytes as it comes,
// unless [Run.Spool] says otherwise.
const SpoolLimit = 1 << 30

// again reads what a run is given, and where that is asked for in time a second
// time: a file from its beginning, another stream from a temporary file, which
// has no name and goes with the run.
type again struct {
	ctx   context.Context
	from  io.Reader
	limit int64
	// file is from, or the temporary one; nil as long as there is none. It
	// begins at start.
	file  io.Seeker
	start int64
	// read is what was read while it may have to be read again.
	read    bytes.Buffer
	keeping bool
	spool   *os.File
}

func newAgain(ctx context.Context, from io.Reader, limit int64) *again {
	if limit <= 0 {
		limit = SpoolLimit
	}
	a := &again{ctx: ctx, from: from, limit: limit, keeping: true}
	if file, ok := from.(io.Seeker); ok {
		if at, err := file.Seek(0, io.SeekCurrent); err == nil {
			a.file, a.start, a.keeping = file, at, false
		}
	}
	return a
}

// Read implements io.Reader, until the run ends.
func (a *again) Read(p []byte) (int, error) {
	if err := a.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := a.from.Read(p)
	if a.keeping {
		a.read.Write(p[:n])
	}
	return n, err
}

// once ends the time in which rewind can be asked for.
func (a *again) once() {
	if a.keeping {
		a.keeping, a.read = false, bytes.Buffer{}
	}
}

// rewind goes back to the beginning. It answers false where the stream is longer
// than may be kept: then what follows is all of it, for the last time.
func (a *again) rewind() (bool, error) {
	if a.keeping {
		if whole, err := a.keep(); err != nil || !whole {
			return false, err
		}
	}
	_, err := a.file.Seek(a.start, io.SeekStart)
	return true, err
}

// keep writes the stream into a temporary file.
func (a *again) keep() (whole bool, err error) {
	begun := bytes.NewReader(bytes.Clone(a.read.Bytes()))
	a.once()
	file, err := os.CreateTemp("", "kuzzle-import-")
	if err != nil {
		return false, err
	}
	a.spool = file
	all := io.MultiReader(begun, &again{ctx: a.ctx, from: a.from})
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

// close gives the temporary file up.
func (a *again) close() error {
	if a == nil || a.spool == nil {
		return nil
	}
	return a.spool.Close()
}
