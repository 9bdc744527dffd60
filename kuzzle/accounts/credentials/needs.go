package credentials

import "github.com/gokuzzle/kuzzle/kuzzle/fault/assert"

// Need says whether users have a part: they cannot, they can or they have to.
type Need string

// The needs; "" is On.
const (
	Off      Need = "off"
	On       Need = "on"
	Required Need = "required"
)

// Check refuses a part, by the name that clients know, that is missing where it is
// required, or given where it is off. Faults: assert.Missing, assert.Forbidden.
func (n Need) Check(name string, given bool) error {
	switch {
	case n == Required && !given:
		return assert.Missing.New(name)
	case n == Off && given:
		return assert.Forbidden.New(name)
	}
	return nil
}

// Needs are what an instance asks of its users.
type Needs struct{ Email, Phone, Wallet, Username, FirstName, LastName, Password Need }
