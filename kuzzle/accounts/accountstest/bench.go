package accountstest

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/token/tokentest"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local"
)

// Bench is the domain, with the strategy local, over a test's store.
type Bench struct {
	*accounts.Accounts
	// Store is the real store, even if a test put another one before it.
	Store storage.Store
	// Now is the time of the domain's clock, which only Advance moves.
	Now time.Time
}

// New returns a bench on an empty SQLite store. change, unless nil, changes the domain's options
// before the domain is created.
func New(t testing.TB, change func(*accounts.Options)) *Bench {
	t.Helper()
	return NewOn(t, sqlitetest.Open(t), change)
}

// NewOn returns a bench on the given store, which the caller closes.
func NewOn(t testing.TB, store storage.Store, change func(*accounts.Options)) *Bench {
	t.Helper()
	sealer := tokentest.Sealer(t)
	b := &Bench{Store: store, Now: time.Now()}
	clock := func() time.Time { return b.Now }
	keeper := rights.New(store, catalogue{}, rights.Builtin(), nil, clock)
	if err := keeper.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	pool := digest.NewPool(digest.Limits{})
	t.Cleanup(func() { _ = pool.Close(context.Background()) })
	opts := accounts.Options{
		Store: store, Rights: keeper, Sealer: sealer, Pool: pool, Passwords: CheapMaker, Now: clock,
		Sessions: token.NewSessions(token.NewKeyring(&tokentest.Keys{}, sealer, clock)),
		Logins:   throttle.NewLogins(throttle.Config{Now: clock}),
	}
	if change != nil {
		change(&opts)
	}
	b.Accounts = accounts.New(opts)
	b.Use(t, local.Name, local.New)
	return b
}

// CheapMaker makes digests in almost no time.
var CheapMaker = digest.Hasher{Memory: 64, Passes: 1, Lanes: 1}

// Through puts another store before the domain's, through which a test observes it.
func Through(o *accounts.Options, store storage.Store) {
	o.Store, o.Rights = store, rights.New(store, catalogue{}, rights.Builtin(), o.Events, o.Now)
}

// catalogue treats every controller as a plugin's.
type catalogue struct{}

func (catalogue) Native(string) (map[string]bool, bool)  { return nil, false }
func (catalogue) Plugin(string) (map[string]bool, bool)  { return nil, false }
func (catalogue) Canonical(c, a string) (string, string) { return c, a }

// Advance advances the clock.
func (b *Bench) Advance(d time.Duration) { b.Now = b.Now.Add(d) }

// Use adds a strategy, with its JSON configuration if given.
func (b *Bench) Use(t testing.TB, name string, build strategies.New, config ...string) {
	t.Helper()
	var raw json.RawMessage
	for _, text := range config {
		raw = append(raw, text...)
	}
	if err := b.Accounts.Use(name, build, raw); err != nil {
		t.Fatal(err)
	}
}

// Admin may do everything; Operator stands for the instance's command line.
var (
	Admin    = users.Actor{Kuid: "root", Open: true}
	Operator = users.Actor{Kuid: "root", Operator: true}
)

// Person returns a new user with the profile default and a password.
func Person(name, password string) credentials.NewUser {
	return credentials.NewUser{
		Content:     map[string]any{"profileIds": []any{"default"}, "name": name},
		Credentials: map[string]any{"local": map[string]any{"username": name, "password": password}},
	}
}

// Create creates a user as an administrator.
func (b *Bench) Create(t testing.TB, nu credentials.NewUser) users.User {
	t.Helper()
	u, err := b.Credentials.Create(t.Context(), Admin, nu)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Ban bans a user as an administrator.
func (b *Bench) Ban(t testing.TB, kuid string) users.User {
	t.Helper()
	u, err := b.Users.Ban(t.Context(), Admin, kuid, false)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// Login logs in with a password and returns the token.
func (b *Bench) Login(t testing.TB, name, password string) (string, error) {
	t.Helper()
	s, _, err := b.Logins.Login(t.Context(), users.Actor{Kuid: users.AnonymousKuid}, logins.Login{
		Strategy: "local", Credentials: map[string]any{"username": name, "password": password},
	})
	return s.JWT, err
}

// LoginAs logs in by a strategy that takes a password, with the name in the given field.
func (b *Bench) LoginAs(t testing.TB, strategy, field, name, password string) error {
	t.Helper()
	_, _, err := b.Logins.Login(t.Context(), users.Actor{Kuid: users.AnonymousKuid}, logins.Login{
		Strategy: strategy, Credentials: map[string]any{field: name, "password": password},
	})
	return err
}

// Act runs a strategy's own action as an administrator.
func (b *Bench) Act(t testing.TB, name string, call strategies.Call) (any, error) {
	t.Helper()
	for _, action := range b.Registry.StrategyActions() {
		if action.Name == name {
			return b.Logins.Act(t.Context(), Admin, action, call)
		}
	}
	t.Fatalf("the action %s does not exist", name)
	return nil, nil
}

// WantFault fails the test unless the error has that kind.
func WantFault(t testing.TB, err error, kind *fault.Kind) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("got %v, want %s", err, kind.ID())
	}
}

// OneOf runs try n times concurrently. One call must succeed, and the others must return a fault of
// the given kind.
func OneOf(t testing.TB, n int, others *fault.Kind, try func(i int) error) {
	t.Helper()
	var wait sync.WaitGroup
	results := make([]error, n)
	for i := range results {
		wait.Go(func() { results[i] = try(i) })
	}
	wait.Wait()
	made := 0
	for _, err := range results {
		if err == nil {
			made++
		} else {
			WantFault(t, err, others)
		}
	}
	if made != 1 {
		t.Errorf("%d succeeded, want 1", made)
	}
}

// FlowsLeft counts the stored flows: tokens and waiting logins.
func (b *Bench) FlowsLeft(t testing.TB) int {
	t.Helper()
	left, err := b.Store.Walk(t.Context(), storage.Flows, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	return len(left)
}
