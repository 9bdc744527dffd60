package edge

import (
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Refusals are Clerk's errors for faults of a part of the domain, about Param where it is
// set.
type Refusals []struct {
	From, To *fault.Kind
	Param    string
}

// Of is a fault as Clerk's, or as it came where the part has no other for it.
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
