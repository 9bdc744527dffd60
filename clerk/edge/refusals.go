package edge

import (
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Refusals map faults of a part of the domain to Clerk's errors, about Param if it is
// set.
type Refusals []struct {
	From, To *fault.Kind
	Param    string
}

// Of returns Clerk's error for a fault, or the fault itself if there is none.
func (rows Refusals) Of(err error) error {
	for _, row := range rows {
		switch {
		case err == nil || !errors.Is(err, row.From):
		case row.Param == "":
			return row.To.New()
		default:
			return Refusal(row.To, row.Param)
		}
	}
	return err
}
