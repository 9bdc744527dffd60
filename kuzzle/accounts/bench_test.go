package accounts_test

import (
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// bench is a bench of accountstest with short names, for the tests of several parts.
type bench struct {
	*accountstest.Bench
	store storage.Store
}

func newBench(t testing.TB, change func(*accounts.Options)) *bench {
	t.Helper()
	return short(accountstest.New(t, change))
}

func newBenchOn(t testing.TB, store storage.Store, change func(*accounts.Options)) *bench {
	t.Helper()
	return short(accountstest.NewOn(t, store, change))
}

func short(b *accountstest.Bench) *bench { return &bench{Bench: b, store: b.Store} }

func importBench(t *testing.T) *bench { return short(accountstest.NewImporting(t, nil)) }

func newBetween(t *testing.T, change func(*accounts.Options)) (*bench, *accountstest.Between) {
	b, store := accountstest.NewBetween(t, change)
	return short(b), store
}

func (b *bench) use(t testing.TB, name string, build strategies.New) { b.Use(t, name, build) }

func (b *bench) advance(d time.Duration) { b.Advance(d) }

func (b *bench) create(t *testing.T, nu credentials.NewUser) users.User { return b.Create(t, nu) }

func (b *bench) login(t *testing.T, name, password string) (string, error) {
	return b.Login(t, name, password)
}

func (b *bench) loginAs(t *testing.T, strategy, field, name, password string) error {
	return b.LoginAs(t, strategy, field, name, password)
}

func (b *bench) enter(t *testing.T, name string) (string, users.Actor) { return b.Enter(t, name) }

func (b *bench) makeToken(t *testing.T, by users.Actor, expiresIn any) string {
	return b.MakeToken(t, by, expiresIn)
}

func (b *bench) makeKey(t *testing.T, by users.Actor, nk sessions.NewKey) string {
	return b.MakeKey(t, by, nk)
}

func (b *bench) checkTokens(t *testing.T, work bool, tokens ...string) {
	b.CheckTokens(t, work, tokens...)
}

func (b *bench) callerOf(t *testing.T, tok string) users.Actor { return b.CallerOf(t, tok) }

func (b *bench) bring(t *testing.T, how imports.Import, rows ...imports.Row) []string {
	return b.Bring(t, how, rows...)
}

func (b *bench) ban(t *testing.T, kuid string) users.User { return b.Ban(t, kuid) }

func (b *bench) act(t *testing.T, name string, call strategies.Call) (any, error) {
	return b.Act(t, name, call)
}

var (
	admin, operator = accountstest.Admin, accountstest.Operator
	person          = accountstest.Person
	wantFault       = accountstest.WantFault
	brought         = accountstest.Brought
	said            = accountstest.Said
)

func (b *bench) exported(t *testing.T, kuid string) imports.Exported { return b.Exported(t, kuid) }
