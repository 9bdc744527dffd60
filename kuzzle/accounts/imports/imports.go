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

// Options are what Imports needs; all of them are mandatory.
type Options struct {
	Store    storage.Store
	Rights   *rights.Store
	Registry *registry.Registry
	Sealer   *token.Sealer
	Now      func() time.Time
	// NewKuid draws the ids of users that come without one.
	NewKuid func(kuid.Form) (string, error)
	// RestrictedProfiles are those of users who are brought without any.
	RestrictedProfiles []string
}

// Imports brings users in and out. It is safe for concurrent use.
type Imports struct {
	Options
	users       *users.Users
	names       *users.Names
	containment *users.Containment
	keys        *sessions.Keys
	credentials *credentials.Credentials

	organizations *organizations.Organizations
}

// New makes Imports over the users, sessions, credentials and organizations there are.
func New(opts Options, us *users.Users, names *users.Names, containment *users.Containment, ks *sessions.Keys, cs *credentials.Credentials, os *organizations.Organizations) *Imports {
	return &Imports{Options: opts, users: us, names: names, containment: containment, keys: ks, credentials: cs, organizations: os}
}
