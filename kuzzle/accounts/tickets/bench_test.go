package tickets_test

import (
	"errors"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest/engines"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/ticket"
)

var prefixes = estest.NewPrefixes("tickets")

// desk is a bench whose users log in by tickets.
type desk struct{ *accountstest.Bench }

func newDesk(t *testing.T) desk { return desk{accountstest.New(t, linked)}.open(t) }

func (d desk) open(t *testing.T) desk {
	t.Helper()
	d.Use(t, ticket.Name, ticket.New)
	return d
}

// onEach runs a test on an empty store of each engine, with a second process.
func onEach(t *testing.T, test func(t *testing.T, here, there desk)) {
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		here := desk{accountstest.NewOn(t, store, linked)}.open(t)
		test(t, here, here.through(t, store))
	})
}

// through returns a new domain, like another process.
func (d desk) through(t *testing.T, store storage.Store) desk {
	t.Helper()
	return desk{d.Through(t, store, linked)}.open(t)
}

// signIn creates a ticket.
func (d desk) signIn(t *testing.T, ns tickets.NewSignIn) (id, text string) {
	t.Helper()
	made, text, err := d.Tickets.SignIn(t.Context(), accountstest.Admin, ns)
	if err != nil {
		t.Fatal(err)
	}
	return made.ID, text
}

// login redeems a ticket with the other fields of a login.
func (d desk) login(t *testing.T, text string, more ...string) (strategies.Session, *strategies.Step, error) {
	t.Helper()
	in := map[string]any{ticket.Field: text}
	for i := 0; i < len(more); i += 2 {
		in[more[i]] = more[i+1]
	}
	return d.Logins.Login(t.Context(), users.Actor{Kuid: users.AnonymousKuid}, logins.Login{Strategy: ticket.Name, Credentials: in})
}

func (d desk) redeem(t *testing.T, text string, more ...string) error {
	t.Helper()
	session, _, err := d.login(t, text, more...)
	if err == nil && session.JWT == "" {
		err = errors.New("a login without a session")
	}
	return err
}

// rows counts the stored tickets, and keys their single-use keys.
func (d desk) rows(t *testing.T) (rows, keys int) {
	t.Helper()
	left, err := d.Store.Walk(t.Context(), storage.Tickets, "", 1000)
	if err == nil {
		err = d.Store.Latches(t.Context(), func(storage.Claim) error {
			keys++
			return nil
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return len(left), keys
}
