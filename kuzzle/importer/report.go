package importer

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
)

// Outcome is what became of a row. Field and Reason say why it was not imported.
type Outcome struct {
	Kuid   string           `json:"kuid,omitempty"`
	Status imports.Imported `json:"status"`
	Field  string           `json:"field,omitempty"`
	Reason string           `json:"reason,omitempty"`
	// Wish is what a row of a dry run is compared with other rows by.
	Wish *imports.Wish `json:"wish,omitempty"`
	// NoPassword tells that the user was created without one.
	NoPassword bool `json:"noPassword,omitempty"`
	// FactorLeft tells that a second factor of the user stays behind.
	FactorLeft bool `json:"factorLeft,omitempty"`
	// AddressLeft tells that an address of the user became no contact.
	AddressLeft bool `json:"addressLeft,omitempty"`
}

// line is one line of a report. Of is the row's name, where its number alone
// would not tell which one it is.
type line struct {
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

// NewReport writes to out.
func NewReport(out io.Writer) *Report { return &Report{out: bufio.NewWriter(out)} }

// OpenReport opens the report file, going on after the first keep bytes of what
// is there. The report of an earlier run is replaced; any other file is not, which
// is an [OptionError].
func OpenReport(name string, keep int64) (*Report, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if !replaceable(file) {
		_ = file.Close() // it was only read
		return nil, &OptionError{"report", name + " is there and is no report; name another file, or remove it"}
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

func (r *Report) add(l line) error {
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	n, err := r.out.Write(append(text, '\n'))
	r.written += int64(n)
	return err
}

// sync makes sure that what was added is on disk.
func (r *Report) sync() error {
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
