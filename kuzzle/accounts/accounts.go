package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Options are what Accounts needs and how it behaves. Store, Rights, Sealer,
// Pool and Sessions are mandatory; the zero value of the rest is the default.
type Options struct {
	Store  storage.Store
	Rights *rights.Keeper
	Sealer *token.Sealer
	// Sessions signs and verifies session tokens.
	Sessions *token.Sessions
	Pool     *digest.Pool
	// Passwords makes the digests of new passwords; argon2id by default.
	Passwords digest.Maker
	Logins    *throttle.Logins
	// Client is for strategies that ask the world outside.
	Client *http.Client
	Log    *slog.Logger
	Now    func() time.Time
	// NewKuid draws the ids of users that come without one; kuid.New by default.
	// It may draw the same id twice.
	NewKuid func(kuid.Form) (string, error)
	// Events is told what happens; nil tells nobody.
	Events *events.Bus
	// Ended is called with the ids of sessions that were ended by anything but
	// their expiry, and with "" when all of a user's were.
	Ended func(kuid, session string)

	// TokenLifetime is for logins that name none; MaxTokenTTL and MaxKeyTTL
	// bound what may be asked for, negative for no bound.
	TokenLifetime time.Duration
	MaxTokenTTL   time.Duration
	MaxKeyTTL     time.Duration
	// RefreshGrace is how long a refreshed token goes on working.
	RefreshGrace time.Duration
	// RestrictedProfiles are those of users made by createRestrictedUser.
	RestrictedProfiles []string
	// KeepTokensOnPasswordChange leaves a user's other sessions alone when the
	// password changes.
	KeepTokensOnPasswordChange bool
	// KeepKeysOnRevocation leaves the API keys that a user made in a session
	// alone when all of the user's sessions are ended.
	KeepKeysOnRevocation bool
	// KeyLoginAge is how long after a login its session may make API keys;
	// negative for no bound.
	KeyLoginAge time.Duration
	// Uncontained lets whoever may write users, roles and profiles give rights
	// that they do not have.
	Uncontained bool
	// CaseSensitive takes identifiers as they are given; see FixNaming.
	CaseSensitive bool
	// LookAlikes says whether names that look alike are the same.
	LookAlikes LookAlikes
	// MaxSessions is how many a user may have at once; the oldest ends.
	MaxSessions int
	// OwnContent is the most bytes of JSON that a user's content takes when the
	// user writes it, MaxContent when somebody does who manages users. The same
	// go for all of a user's credentials.
	OwnContent, MaxContent int
	// MaxWrites bounds the ids of one request for several deletions.
	MaxWrites int
	// Fresh says what may be kept between requests of a store that several
	// processes write; nil where nobody else does. Forget is told what they
	// write.
	Fresh storage.Freshness
}

// The defaults of Options.
const (
	DefaultTokenLifetime = time.Hour
	DefaultRefreshGrace  = time.Second
	DefaultKeyLoginAge   = 15 * time.Minute
	DefaultMaxSessions   = 100
	DefaultMaxWrites     = 200

	cachedUsers    = 10_000
	cachedSessions = 20_000
)

// Accounts is the domain. It is safe for concurrent use.
type Accounts struct {
	Options
	strategies map[string]strategies.Strategy
	names      []string
	family     map[string]strategies.PasswordVerifier

	users    *cache[*User]
	sessions *cache[*session]
	tokens   *cache[checkedClaims]
	keys     *cache[*session]

	large     *largeUsers
	resetting sync.Mutex
	// admin keeps under resetMarker that the latch AdminLatch is set.
	admin  *cache[struct{}]
	decoys atomic.Pointer[[]decoy]
	// alike is the rule that FixNaming found.
	alike atomic.Bool
	// sends holds an element for each message on its way.
	sends chan struct{}
}

// Actor is who asks for something, and from where.
type Actor struct {
	Kuid      string
	SessionID string
	RequestID string
	Protocol  string
	Addr      netip.Addr
	// Device is what the client proved to have used before, or "".
	Device string
	// APIKey is set when the caller came with an API key, whose id SessionID is.
	APIKey bool
	// Token is the id of the token that the caller came with, or the API key's
	// fingerprint; SingleUse is set when that token is used up.
	Token     string
	SingleUse bool
	// Self is set when the caller acts on the own account as such (auth:*My*),
	// and not as somebody who may manage it.
	Self bool
	// Operator is the program's own command line.
	Operator bool
	// Open is set when the server is open to the caller.
	Open bool
	// Creates is set when the caller may create users of any kind.
	Creates bool
}

// New makes the domain. Strategies are added with Use before the first request.
func New(opts Options) *Accounts {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.NewKuid == nil {
		opts.NewKuid = kuid.New
	}
	if opts.Ended == nil {
		opts.Ended = func(string, string) {}
	}
	if opts.Client == nil {
		opts.Client = http.DefaultClient
	}
	if opts.Passwords == nil {
		opts.Passwords = digest.Hasher{}
	}
	opts.Passwords = opts.Pool.Equip(opts.Passwords)
	opts.TokenLifetime = orDefault(opts.TokenLifetime, DefaultTokenLifetime)
	opts.MaxTokenTTL = orDefault(opts.MaxTokenTTL, -1)
	opts.MaxKeyTTL = orDefault(opts.MaxKeyTTL, -1)
	opts.RefreshGrace = orDefault(opts.RefreshGrace, DefaultRefreshGrace)
	opts.KeyLoginAge = orDefault(opts.KeyLoginAge, DefaultKeyLoginAge)
	opts.MaxSessions = orDefault(opts.MaxSessions, DefaultMaxSessions)
	opts.OwnContent = orDefault(opts.OwnContent, DefaultOwnContent)
	opts.MaxContent = orDefault(opts.MaxContent, DefaultMaxContent)
	opts.MaxWrites = orDefault(opts.MaxWrites, DefaultMaxWrites)
	if opts.RestrictedProfiles == nil {
		opts.RestrictedProfiles = []string{profiles.Default}
	}
	a := &Accounts{
		Options: opts, sends: make(chan struct{}, sendsAtOnce), large: newLargeUsers(),
		strategies: map[string]strategies.Strategy{}, family: map[string]strategies.PasswordVerifier{},
		users:    newUsersCache(opts.Fresh, cachedUsers),
		sessions: newCache[*session](storage.Sessions, opts.Fresh, cachedSessions),
		tokens:   newCache[checkedClaims](storage.Settings, opts.Fresh, cachedSessions),
		keys:     newCache[*session](storage.APIKeys, opts.Fresh, cachedSessions),
		admin:    newCache[struct{}](storage.Settings, opts.Fresh, 1),
	}
	if !a.Uncontained {
		a.Rights.Contain(a.held)
	}
	return a
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// Use adds a strategy, built from its configuration.
func (a *Accounts) Use(name string, build strategies.New, cfg json.RawMessage) error {
	strategy, err := build(cfg, host{a, name})
	if err != nil {
		return err
	}
	if strategy.Name() != name || a.strategies[name] != nil {
		return errors.New("accounts: the strategy " + name + " calls itself " + strategy.Name() + " or is there already")
	}
	a.strategies[name] = strategy
	a.names = append(a.names, name)
	slices.Sort(a.names)
	if verifier, ok := strategy.(strategies.PasswordVerifier); ok {
		a.family[name] = verifier
	}
	return nil
}

// Strategies lists the names of the strategies there are, sorted.
func (a *Accounts) Strategies() []string { return slices.Clone(a.names) }

// StrategyActions collects the actions that strategies bring along.
func (a *Accounts) StrategyActions() []strategies.Action {
	var all []strategies.Action
	for _, name := range a.names {
		if with, ok := a.strategies[name].(strategies.Actions); ok {
			all = append(all, with.Actions()...)
		}
	}
	return all
}

// Close waits for messages that are on their way and closes the strategies that
// want it.
func (a *Accounts) Close(ctx context.Context) error {
	failed := []error{a.sent(ctx)}
	for _, name := range a.names {
		if closer, ok := a.strategies[name].(strategies.Closer); ok {
			failed = append(failed, closer.Close(ctx))
		}
	}
	return errors.Join(failed...)
}

// User reads a user; "-1" and "anonymous" are Anonymous.
func (a *Accounts) User(ctx context.Context, kuid string) (User, error) {
	if kuid == AnonymousKuid || kuid == profiles.Anonymous {
		return Anonymous, nil
	}
	u, err := a.user(ctx, kuid)
	if err != nil {
		return User{}, err
	}
	return *u, nil
}

// user reads a user as every acknowledged write left it; an unknown kuid is
// ErrUserNotFound.
func (a *Accounts) user(ctx context.Context, kuid string) (*User, error) {
	if a.Fresh != nil {
		return a.fresh(ctx, kuid)
	}
	return a.kept(ctx, kuid)
}

// kept reads through the cache, which may be a moment behind what other
// processes write.
func (a *Accounts) kept(ctx context.Context, kuid string) (*User, error) {
	return a.users.get(kuid, func() (*User, error) { return a.fresh(ctx, kuid) })
}

// Forget drops what was kept of something that another process writes.
func (a *Accounts) Forget(of storage.Subject) {
	everything := of == storage.Everything
	if everything || of.Of == storage.Users {
		a.users.forget(of.ID)
	}
	if everything || of.Of == storage.Sessions {
		a.sessions.forget(of.ID)
	}
	if everything || of.Of == storage.APIKeys {
		a.keys.forget(of.ID)
	}
	if everything || of.Of == storage.Settings {
		a.admin.clear()
		a.tokens.clear()
	}
}

// fresh reads from the store, for a write that depends on the revision.
func (a *Accounts) fresh(ctx context.Context, kuid string) (*User, error) {
	doc, err := a.Store.Get(ctx, storage.Users, kuid)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, ErrUserNotFound.New(kuid)
	}
	if err != nil {
		return nil, err
	}
	return readUser(doc)
}

// Users reads several users in order, leaving out those that do not exist. They
// take at most storage.PageBytes, as in Store.GetMany; left are those to be read
// next.
func (a *Accounts) Users(ctx context.Context, kuids []string) (users []User, left []string, err error) {
	docs, left, err := a.Store.GetMany(ctx, storage.Users, kuids)
	if err != nil {
		return nil, nil, err
	}
	users = make([]User, 0, len(docs))
	for _, doc := range docs {
		u, err := readUser(doc)
		if err != nil {
			return nil, nil, err
		}
		users = append(users, *u)
	}
	return users, left, nil
}

// UserStrategies lists the strategies that the user has credentials for.
func (a *Accounts) UserStrategies(ctx context.Context, kuid string) ([]string, error) {
	u, err := a.User(ctx, kuid)
	return u.Strategies, err
}
