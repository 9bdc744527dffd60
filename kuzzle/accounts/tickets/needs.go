package tickets

import "github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"

// Needs are what an instance asks of newcomers, of what they can give.
type Needs struct {
	credentials.Needs
	// Consent has newcomers accept the terms.
	Consent bool
	// LetLeaked lets passwords be such that are known to have leaked.
	LetLeaked bool
}
