package users

import (
	"cmp"
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/cache"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Options are the dependencies and settings of Users. Store, Rights, Registry, Log and Now are
// required; the zero value of the others is the default.
type Options struct {
	Store    storage.Store
	Rights   *rights.Store
	Registry *registry.Registry
	Log      *slog.Logger
	Now      func() time.Time
	// Events gets the events; it may be nil.
	Events *events.Bus
	// Outbox passes events to outside programs; it may be nil.
	Outbox Outbox
	// Uncontained lets callers who may write users, roles and profiles give rights that they do not
	// have.
	Uncontained bool
	// RestrictedProfiles are the profiles of users made by createRestrictedUser, which any caller
	// may give.
	RestrictedProfiles []string
	// ServiceProfiles are the profiles of users made by service keys.
	ServiceProfiles []string
	// ServiceKey returns whether a service key that [Actor.ServiceKey] named still exists, and
	// whether it is limited; nil knows none.
	ServiceKey func(ctx context.Context, key string) (limited, known bool, err error)
	// CaseSensitive compares identifiers as they are given; see [Names.FixNaming].
	CaseSensitive bool
	// LookAlikes says whether names that look alike are the same.
	LookAlikes LookAlikes
	// OwnContent is the largest size of a user's content, in bytes of JSON, if the user writes it;
	// MaxContent is it if an administrator does. The same limits hold for all credentials of a
	// user.
	OwnContent, MaxContent int
	// MaxWrites is the largest number of ids in a request with several deletions.
	MaxWrites int
	// Fresh bounds the caching if several processes write the store; nil if no other process does.
	Fresh storage.Freshness
}

// DefaultMaxWrites is the default of Options.MaxWrites.
const DefaultMaxWrites = 200

const cachedUsers = 10_000

// Users reads and writes users. It is safe for concurrent use.
type Users struct {
	Options
	teller
	sizes
	dependents
	*Searches
	names       *Names
	containment *Containment

	cache *cache.Cache
	large *largeUsers
	// admin caches under resetMarker that the latch adminKey is set.
	admin *cache.Cache
}

// Names decides about users' names. It is safe for concurrent use.
type Names struct {
	Options
	users *Users
	// alike is the rule that FixNaming found.
	alike atomic.Bool
}

// Containment prevents callers from giving or using rights that they do not have. It is safe for
// concurrent use.
type Containment struct {
	Options
	users *Users
}

// New returns the users of a store.
func New(opts Options) (*Users, *Names, *Containment) {
	opts.OwnContent = cmp.Or(opts.OwnContent, DefaultOwnContent)
	opts.MaxContent = cmp.Or(opts.MaxContent, DefaultMaxContent)
	opts.MaxWrites = cmp.Or(opts.MaxWrites, DefaultMaxWrites)
	us := &Users{
		Options: opts, large: newLargeUsers(),
		teller: teller{opts.Events}, sizes: sizes{opts.OwnContent, opts.MaxContent},
		Searches: &Searches{store: opts.Store, log: opts.Log, teller: teller{opts.Events}},
		cache:    newUsersCache(opts.Fresh, cachedUsers),
		admin:    cache.New(storage.Settings, opts.Fresh, 1),
	}
	us.names = &Names{Options: opts, users: us}
	us.containment = &Containment{Options: opts, users: us}
	if !opts.Uncontained {
		opts.Rights.Contain(us.containment.held)
	}
	return us, us.names, us.containment
}

// Forget drops a user from the cache, or all users for "".
func (us *Users) Forget(kuid string) { us.cache.Forget(kuid) }

// ForgetAdmin forgets that there was an administrator, so that the store is asked again.
func (us *Users) ForgetAdmin() { us.admin.Clear() }
