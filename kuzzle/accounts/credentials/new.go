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

// Options are what Credentials needs and how it behaves; all of them are mandatory.
type Options struct {
	Store    storage.Store
	Rights   *rights.Store
	Registry *registry.Registry
	Now      func() time.Time
	// NewKuid draws the ids of users that come without one. It may draw the same
	// id twice.
	NewKuid func(kuid.Form) (string, error)
	// RestrictedProfiles are those of users made by createRestrictedUser.
	RestrictedProfiles []string
	// MaySignUp refuses names that no stranger may become a user by, MayTake names that
	// users may not take on beside or later; nil refuses none.
	MaySignUp func(ctx context.Context, names []string) error
	MayTake   Taking
	// KeepTokensOnPasswordChange leaves a user's other sessions alone when the
	// password changes.
	KeepTokensOnPasswordChange bool
	// FactorFresh is how old a proof may be in a session that changes its user's
	// second factors.
	FactorFresh time.Duration
	// Sealer opens the second factors that imported users brought along.
	Sealer *token.Sealer
}

// Credentials makes users and changes their credentials. It is safe for
// concurrent use.
type Credentials struct {
	Options
	users       *users.Users
	names       *users.Names
	containment *users.Containment
	sessions    *sessions.Sessions
	attempts    *attempts.Attempts
}

// New makes Credentials over the users and sessions there are.
func New(opts Options, us *users.Users, names *users.Names, containment *users.Containment, ss *sessions.Sessions, as *attempts.Attempts) *Credentials {
	return &Credentials{Options: opts, users: us, names: names, containment: containment, sessions: ss, attempts: as}
}
