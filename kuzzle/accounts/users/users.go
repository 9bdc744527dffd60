package users

import (
	"cmp"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/cache"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Options are what Users needs and how it behaves. Store, Rights, Registry, Log
// and Now are mandatory; the zero value of the rest is the default.
type Options struct {
	Store    storage.Store
	Rights   *rights.Store
	Registry *registry.Registry
	Log      *slog.Logger
	Now      func() time.Time
	// Events is told what happens; nil tells nobody.
	Events *events.Bus
	// Outbox has programs outside told; nil tells nobody.
	Outbox Outbox
	// Uncontained lets whoever may write users, roles and profiles give rights
	// that they do not have.
	Uncontained bool
	// RestrictedProfiles are those of users made by createRestrictedUser, which
	// anybody may give.
	RestrictedProfiles []string
	// ServiceProfiles are those of users whom keys of the instance make.
	ServiceProfiles []string
	// CaseSensitive takes identifiers as they are given; see [Names.FixNaming].
	CaseSensitive bool
	// LookAlikes says whether names that look alike are the same.
	LookAlikes LookAlikes
	// OwnContent is the most bytes of JSON that a user's content takes when the
	// user writes it, MaxContent when somebody does who manages users. The same
	// go for all of a user's credentials.
	OwnContent, MaxContent int
	// MaxWrites bounds the ids of one request for several deletions.
	MaxWrites int
	// Fresh says what may be kept between requests of a store that several
	// processes write; nil where nobody else does.
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

	cache *cache.Cache[*User]
	large *largeUsers
	// admin keeps under resetMarker that the latch adminKey is set.
	admin *cache.Cache[struct{}]
}

// Names are the names that users have. It is safe for concurrent use.
type Names struct {
	Options
	users *Users
	// alike is the rule that FixNaming found.
	alike atomic.Bool
}

// Containment keeps rights among those who have them. It is safe for concurrent
// use.
type Containment struct {
	Options
	users *Users
}

// New makes the users of a store.
func New(opts Options) (*Users, *Names, *Containment) {
	opts.OwnContent = cmp.Or(opts.OwnContent, DefaultOwnContent)
	opts.MaxContent = cmp.Or(opts.MaxContent, DefaultMaxContent)
	opts.MaxWrites = cmp.Or(opts.MaxWrites, DefaultMaxWrites)
	us := &Users{
		Options: opts, large: newLargeUsers(),
		teller: teller{opts.Events}, sizes: sizes{opts.OwnContent, opts.MaxContent},
		Searches: &Searches{store: opts.Store, log: opts.Log, teller: teller{opts.Events}},
		cache:    newUsersCache(opts.Fresh, cachedUsers),
		admin:    cache.New[struct{}](storage.Settings, opts.Fresh, 1),
	}
	us.names = &Names{Options: opts, users: us}
	us.containment = &Containment{Options: opts, users: us}
	if !opts.Uncontained {
		opts.Rights.Contain(us.containment.held)
	}
	return us, us.names, us.containment
}

// Forget drops what is kept of a user, of all of them for "".
func (us *Users) Forget(kuid string) { us.cache.Forget(kuid) }

// ForgetAdmin has the store asked again whether there was an administrator.
func (us *Users) ForgetAdmin() { us.admin.Clear() }
