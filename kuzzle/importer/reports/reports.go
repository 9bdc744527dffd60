package reports

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
)

// ErrOther means that the file exists and is not a report.
var ErrOther = errors.New("exists and is not a report; name another file, or remove it")

// Line is one line of a report. Of identifies the row if its number does not.
type Line struct {
	Row    int64  `json:"row"`
	Of     string `json:"of,omitempty"`
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// Report lists rows that were not imported, one JSON line each: {"row", "field", "reason"},
// with "of" for a row without a number of its own.
type Report struct {
	file    *os.File
	out     *bufio.Writer
	written int64
}

// New returns a report that writes to out.
func New(out io.Writer) *Report { return &Report{out: bufio.NewWriter(out)} }

// Open opens the report file and continues after its first keep bytes, or all of a shorter one. It replaces the
// report of an earlier run; another file is ErrOther.
func Open(name string, keep int64) (*Report, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if !replaceable(file) {
		_ = file.Close() // it was only read
		return nil, ErrOther
	}
	// Somebody may have taken the report away since; a longer file would be filled with zeros.
	info, err := file.Stat()
	if err == nil {
		keep = min(keep, info.Size())
		err = file.Truncate(keep)
	}
	if err == nil {
		_, err = file.Seek(keep, io.SeekStart)
	}
	if err != nil {
		_ = file.Close() // the first error counts
		return nil, err
	}
	return &Report{file: file, out: bufio.NewWriter(file), written: keep}, nil
}

// replaceable reports whether a file is empty or begins like a report.
func replaceable(file *os.File) bool {
	begin := make([]byte, len(reportBegin))
	n, err := file.Read(begin)
	return n == 0 && errors.Is(err, io.EOF) || string(begin[:n]) == reportBegin
}

// reportBegin is the beginning of every line of a report.
const reportBegin = `{"row":`

// Add writes a line.
func (r *Report) Add(l Line) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	n, err := r.out.Write(append(text, '\n'))
	r.written += int64(n)
	return err
}

// Sync writes the added lines to disk.
func (r *Report) Sync() error {
	if err := r.out.Flush(); err != nil || r.file == nil {
		return err
	}
	return r.file.Sync()
}

// Close closes the report.
func (r *Report) Close() error {
	err := r.out.Flush()
	if r.file != nil {
		if closed := r.file.Close(); err == nil {
			err = closed
		}
	}
	return err
}

// Written returns the length of the report in bytes.
func (r *Report) Written() int64 { return r.written }
