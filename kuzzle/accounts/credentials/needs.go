package credentials

import "github.com/gokuzzle/kuzzle/kuzzle/fault/assert"

// Need says whether a part of a user is forbidden, optional or required.
type Need string

// The needs; "" is On.
const (
	Off      Need = "off"
	On       Need = "on"
	Required Need = "required"
)

// Check refuses a missing part that is required, and a given part that is off; name is the client's
// name for it. Faults: assert.Missing, assert.Forbidden.
func (n Need) Check(name string, given bool) error {
	switch {
	case n == Required && !given:
		return assert.Missing.New(name)
	case n == Off && given:
		return assert.Forbidden.New(name)
	}
	return nil
}

// Needs are an instance's requirements for users.
type Needs struct{ Email, Phone, Wallet, Username, FirstName, LastName, Password Need }
