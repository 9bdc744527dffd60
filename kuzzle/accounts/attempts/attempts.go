package attempts

import (
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// Attempts counts attempts. Without Logins nothing is counted. It is safe for
// concurrent use.
type Attempts struct {
	Pool   *digest.Pool
	Logins *throttle.Logins
}
