package reports

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
)

// ErrOther: the file is there and is no report.
var ErrOther = errors.New("exists and is not a report; name another file, or remove it")

// Line is one line of a report. Of is the row's name, where its number alone
// would not tell which one it is.
type Line struct {
	Row    int64  `json:"row"`
	Of     string `json:"of,omitempty"`
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// Report is where rows that were not imported are told, one JSON line each:
// {"row", "field", "reason"}, with "of" for what is no user of a file.
type Report struct {
	file    *os.File
	out     *bufio.Writer
	written int64
}

// New writes to out.
func New(out io.Writer) *Report { return &Report{out: bufio.NewWriter(out)} }

// Open opens the report file, going on after the first keep bytes of what is there.
// The report of an earlier run is replaced; any other file is not, which is ErrOther.
func Open(name string, keep int64) (*Report, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if !replaceable(file) {
		_ = file.Close() // it was only read
		return nil, ErrOther
	}
	if err = file.Truncate(keep); err == nil {
		_, err = file.Seek(keep, io.SeekStart)
	}
	if err != nil {
		_ = file.Close() // the first error counts
		return nil, err
	}
	return &Report{file: file, out: bufio.NewWriter(file), written: keep}, nil
}

// replaceable tells whether a file is empty or begins as a report does.
func replaceable(file *os.File) bool {
	begin := make([]byte, len(reportBegin))
	n, err := file.Read(begin)
	return n == 0 && errors.Is(err, io.EOF) || string(begin[:n]) == reportBegin
}

// reportBegin is what every line of a report begins with.
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

// Sync makes sure that what was added is on disk.
func (r *Report) Sync() error {
	if err := r.out.Flush(); err != nil || r.file == nil {
		return err
	}
	return r.file.Sync()
}

// Close ends the report.
func (r *Report) Close() error {
	err := r.out.Flush()
	if r.file != nil {
		if closed := r.file.Close(); err == nil {
			err = closed
		}
	}
	return err
}

// Written is how long the report is, in bytes.
func (r *Report) Written() int64 { return r.written }
