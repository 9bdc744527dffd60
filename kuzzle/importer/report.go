package importer

import (
	"errors"
	"io"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/reports"
)

// Report lists the rows that were not imported, and the fields that were left out.
type Report = reports.Report

// NewReport returns a report that writes to out.
func NewReport(out io.Writer) *Report { return reports.New(out) }

// OpenReport is [reports.Open]. A file that is not a report is an [OptionError].
func OpenReport(name string, keep int64) (*Report, error) {
	report, err := reports.Open(name, keep)
	if errors.Is(err, reports.ErrOther) {
		err = &OptionError{"report", name + " " + err.Error()}
	}
	return report, err
}
