package imports

import (
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Options are the dependencies of Imports; all of them are required.
type Options struct {
	Store    storage.Store
	Rights   *rights.Store
	Registry *registry.Registry
	Sealer   *token.Sealer
	Now      func() time.Time
	// NewKuid generates the ids of users without one.
	NewKuid func(kuid.Form) (string, error)
	// RestrictedProfiles are the profiles of rows without any.
	RestrictedProfiles []string
}

// Imports imports and exports users. It is safe for concurrent use.
type Imports struct {
	Options
	users       *users.Users
	names       *users.Names
	containment *users.Containment
	sessions    *sessions.Sessions
	keys        *sessions.Keys
	credentials *credentials.Credentials

	organizations *organizations.Organizations
}

// New returns Imports over the given parts.
func New(opts Options, us *users.Users, names *users.Names, containment *users.Containment, ss *sessions.Sessions, ks *sessions.Keys, cs *credentials.Credentials, os *organizations.Organizations) *Imports {
	return &Imports{Options: opts, users: us, names: names, containment: containment, sessions: ss, keys: ks, credentials: cs, organizations: os}
}
