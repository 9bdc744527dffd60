package maintenance

import (
	"log/slog"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Options are the dependencies of Care; all of them are required.
type Options struct {
	Store    storage.Store
	Rights   *rights.Store
	Registry *registry.Registry
	Log      *slog.Logger
}

// Care changes all users at once. It is safe for concurrent use.
type Care struct {
	Options
	users     *users.Users
	resetting sync.Mutex
}

// New returns Care over the users.
func New(opts Options, us *users.Users) *Care {
	return &Care{Options: opts, users: us}
}
