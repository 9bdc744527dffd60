package sessions

import (
	"cmp"
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/cache"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Options are the dependencies and settings of Sessions. Store, Rights, Registry, Sessions, Log and
// Now are required; the zero value of the others is the default.
type Options struct {
	Store    storage.Store
	Rights   *rights.Store
	Registry *registry.Registry
	Log      *slog.Logger
	Now      func() time.Time
	// Sessions signs and verifies session tokens.
	Sessions *token.Sessions
	// Outbox passes events to outside programs; it may be nil.
	Outbox Outbox
	// Ended is called with the id of every session that ended in another way than by expiry, and
	// with "" if all of a user's ended.
	Ended func(kuid, session string)
	// Active is called with users when they use their sessions in person. It must return at once.
	Active func(*users.User)
	// KeepKeysOnRevocation keeps the API keys that a user made in a session when all of the user's
	// sessions are ended.
	KeepKeysOnRevocation bool
	// Limits are the initial limits; see [Sessions.Limit].
	Limits Limits
	// FactorPolicy is whether logins ask for a second factor, if no profile says;
	// profiles.FactorOptional by default.
	FactorPolicy profiles.FactorPolicy
	// Fresh bounds the caching if several processes write the store; nil if no other process does.
	Fresh storage.Freshness
}

const cachedSessions = 20_000

// Sessions opens, verifies and ends sessions. It is safe for concurrent use.
type Sessions struct {
	Options
	*Policy
	users  *users.Users
	keys   *Keys
	remove *remover
	limits atomic.Pointer[Limits]

	cache  *cache.Cache
	tokens *cache.Cache
}

// Keys creates, verifies and deletes API keys. It is safe for concurrent use.
type Keys struct {
	Options
	users       *users.Users
	containment *users.Containment
	sessions    *Sessions

	cache *cache.Cache
}

// New returns the sessions and API keys of users, which are deleted with their user.
func New(opts Options, us *users.Users, containment *users.Containment) (*Sessions, *Keys) {
	opts.FactorPolicy = cmp.Or(opts.FactorPolicy, profiles.FactorOptional)
	if opts.Ended == nil {
		opts.Ended = func(string, string) {}
	}
	if opts.Active == nil {
		opts.Active = func(*users.User) {}
	}
	ss := &Sessions{
		Options: opts, users: us,
		Policy: &Policy{rights: opts.Rights.Compiler, registry: opts.Registry, now: opts.Now, policy: opts.FactorPolicy},
		cache:  cache.New(storage.Sessions, opts.Fresh, cachedSessions),
		tokens: cache.New(storage.Settings, opts.Fresh, cachedSessions),
	}
	ss.keys = &Keys{
		Options: opts, users: us, containment: containment, sessions: ss,
		cache: cache.New(storage.APIKeys, opts.Fresh, cachedSessions),
	}
	ss.remove = &remover{store: opts.Store, log: opts.Log, sessions: ss.cache, keys: ss.keys.cache, of: ss}
	ss.Limit(opts.Limits.orDefaults())
	us.Depend(dependents{ss})
	return ss, ss.keys
}

// Forget drops a session from the cache, or all sessions for "".
func (ss *Sessions) Forget(id string) { ss.cache.Forget(id) }

// Forget drops an API key from the cache, or all keys for "".
func (ks *Keys) Forget(id string) { ks.cache.Forget(id) }

// dependents are users' sessions and API keys.
type dependents struct{ ss *Sessions }

var _ users.Dependent = dependents{}

func (dependents) Collections() []storage.Collection {
	return []storage.Collection{storage.Sessions, storage.APIKeys}
}

func (d dependents) Ended(ctx context.Context, kuid string) { d.ss.endedAll(ctx, kuid) }

func (d dependents) Sweep(ctx context.Context, u *users.User) { d.ss.remove.sweep(ctx, u) }

func (d dependents) Clear(ctx context.Context) error {
	for _, in := range d.Collections() {
		if err := d.ss.remove.all(ctx, in, query.All{}, ending{}, nil); err != nil {
			return err
		}
	}
	return nil
}

// Name returns "": tokens and keys are not exported, since they are void at another instance.
func (dependents) Name() string { return "" }

func (dependents) Export(context.Context, *users.User, bool) (any, error) { return nil, nil }

func (dependents) Restore(context.Context, string, any) error { return nil }

// LoginLifetime parses and checks the expiresIn of a login; nil is the configured default.
func (ss *Sessions) LoginLifetime(expiresIn any) (lifetime time.Duration, infinite bool, err error) {
	now := ss.limits.Load()
	return ss.Lifetime(expiresIn, now.TokenLifetime, now.longest())
}
