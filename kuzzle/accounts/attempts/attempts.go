package attempts

import (
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// Attempts counts logins and other proofs. Without Logins it counts nothing. It is safe for
// concurrent use.
type Attempts struct {
	Pool   *digest.Pool
	Logins *throttle.Logins
}
