package importer

import (
	"errors"
	"io"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/reports"
)

// Report is where rows are told that were not imported, and fields that were left out.
type Report = reports.Report

// NewReport writes to out.
func NewReport(out io.Writer) *Report { return reports.New(out) }

// OpenReport is [reports.Open]. A file that is no report is an [OptionError].
func OpenReport(name string, keep int64) (*Report, error) {
	report, err := reports.Open(name, keep)
	if errors.Is(err, reports.ErrOther) {
		err = &OptionError{"report", name + " " + err.Error()}
	}
	return report, err
}

// Outcome is what became of a row. Field and Reason say why it was not imported.
type Outcome struct {
	Kuid   string           `json:"kuid,omitempty"`
	Status imports.Imported `json:"status"`
	Field  string           `json:"field,omitempty"`
	Reason string           `json:"reason,omitempty"`
	// Taken is the kind of address that somebody else has, Differs tells that the user is
	// here and differs.
	Taken   string `json:"taken,omitempty"`
	Differs bool   `json:"differs,omitempty"`
	// Wish is what a row of a dry run is compared with other rows by.
	Wish *imports.Wish `json:"wish,omitempty"`
	// NoPassword tells that the user was created without one.
	NoPassword bool `json:"noPassword,omitempty"`
	// FactorLeft tells that a second factor of the user stays behind.
	FactorLeft bool `json:"factorLeft,omitempty"`
	// AddressLeft tells that an address of the user became no contact.
	AddressLeft bool `json:"addressLeft,omitempty"`
}
