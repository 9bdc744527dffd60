package tickets

import "github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"

// Needs are an instance's requirements for newcomers.
type Needs struct {
	credentials.Needs
	// Consent requires newcomers to accept the terms.
	Consent bool
	// LetLeaked allows known leaked passwords.
	LetLeaked bool
}
