package credentials

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Options are the dependencies and settings of Credentials; all of them are required.
type Options struct {
	Store    storage.Store
	Rights   *rights.Store
	Registry *registry.Registry
	Now      func() time.Time
	// NewKuid generates the ids of users without one. It may generate the same id twice.
	NewKuid func(kuid.Form) (string, error)
	// RestrictedProfiles are the profiles of users made by createRestrictedUser.
	RestrictedProfiles []string
	// MaySignUp refuses names with which no stranger may become a user. MayTake refuses names that
	// users may not add to their others; nil refuses none.
	MaySignUp func(ctx context.Context, names []string) error
	MayTake   Taking
	// KeepTokensOnPasswordChange keeps a user's other sessions when the password changes.
	KeepTokensOnPasswordChange bool
	// FactorFresh is the largest age of a proof in a session that changes its user's second
	// factors.
	FactorFresh time.Duration
	// Sealer opens imported second factors.
	Sealer *token.Sealer
}

// Credentials creates users and changes their credentials. It is safe for concurrent use.
type Credentials struct {
	Options
	users       *users.Users
	names       *users.Names
	containment *users.Containment
	sessions    *sessions.Sessions
	attempts    *attempts.Attempts
}

// New returns Credentials over the given parts.
func New(opts Options, us *users.Users, names *users.Names, containment *users.Containment, ss *sessions.Sessions, as *attempts.Attempts) *Credentials {
	return &Credentials{Options: opts, users: us, names: names, containment: containment, sessions: ss, attempts: as}
}
