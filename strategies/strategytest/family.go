package strategytest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
)

// keeper is a minimal keeper of the password family: it finds users by name, and stores passwords
// in clear text, which a real keeper must not do.
type keeper struct {
	host strategies.Host
	name string
}

const keeperName = "strategytest-keeper"

func newKeeper(_ json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
	return keeper{host: host, name: keeperName}, nil
}

var _ strategies.PasswordKeeper = keeper{}

func (k keeper) Name() string { return k.name }

func (keeper) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	return nil, strategies.ErrMissing.New(keeperName)
}

func (keeper) Info(strategies.Record) strategies.Credentials { return strategies.Credentials{} }

func (k keeper) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	name, _ := in["name"].(string)
	password, _ := in["password"].(string)
	id := strategies.Identifier{Kind: "username", Value: name}
	found, ok, err := k.host.FindByIdentifier(ctx, id)
	if err != nil {
		return strategies.Outcome{}, err
	}
	verdict, err := k.host.VerifyPassword(ctx, found, ok, id, password)
	if err != nil || verdict == strategies.Wrong {
		return strategies.Outcome{}, errors.Join(err, strategies.Refused())
	}
	return k.Accept(ctx, found, verdict, password)
}

func (k keeper) VerifyPassword(ctx context.Context, rec strategies.Record, password string) (strategies.Verdict, error) {
	right := false
	err := k.host.Hash(ctx, strategies.Cost{}, func() { right = string(rec.Secret) == password })
	if err != nil || !right {
		return strategies.Wrong, err
	}
	return strategies.Right, nil
}

func (keeper) Decoy() strategies.Record { return strategies.Record{} }

func (keeper) Accept(_ context.Context, found strategies.Found, verdict strategies.Verdict, password string) (strategies.Outcome, error) {
	out := strategies.Outcome{Kuid: found.Kuid, Factor: "password"}
	if verdict == strategies.RightButRenew {
		out.Drop = found.Records[:1]
		out.Put = []strategies.Record{{Strategy: keeperName, Identifiers: found.Records[0].Identifiers, Secret: strategies.Secret(password)}}
	}
	return out, nil
}

// testFamily checks a PasswordVerifier together with a keeper: the keeper logs in through its
// records, and takes over those that ask for renewal, once. After that both ways to log in still
// work.
func testFamily(t *testing.T, s suite) {
	f := s.withUser(t)
	_, verifies := f.strategy.(strategies.PasswordVerifier)
	_, keeps := f.strategy.(strategies.PasswordKeeper)
	login := s.login(f, s.fx.Credentials(0))
	password, _ := login["password"].(string)
	rec, _ := f.Record("user-0", f.name)
	name := ""
	for _, id := range rec.Identifiers {
		if id.Kind == "username" {
			name = id.Value
		}
	}
	if !verifies || keeps || password == "" || name == "" {
		return
	}
	if _, err := f.Mount(newKeeper, nil); err != nil {
		t.Fatal(err)
	}
	through := strategies.Credentials{"name": name, "password": password}
	wrong := maps.Clone(through)
	wrong["password"] = password + " "
	if _, _, err := f.LogIn(t.Context(), keeperName, wrong); err == nil {
		t.Error("the keeper accepts a wrong password")
	}
	f.logInAtOnce(t, through, login)
	if got := f.Epoch("user-0"); got != 0 {
		t.Errorf("renewing a password ended %d sessions, want none", got)
	}
	if _, _, err := f.LogIn(t.Context(), keeperName, through); err != nil {
		t.Errorf("the keeper's login afterwards: %v", err)
	}
	f.wantLogin(t, "user-0", login)
	wantFault(t, "a wrong password afterwards", f.refusal(t, s.fx.Wrong(maps.Clone(login))))
}

func (f fixture) refusal(t *testing.T, in strategies.Credentials) error {
	_, _, err := f.LogIn(t.Context(), f.name, in)
	return err
}

// logInAtOnce logs in by both ways concurrently.
func (f fixture) logInAtOnce(t *testing.T, through, login strategies.Credentials) {
	t.Helper()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			name, in := keeperName, through
			if i%2 == 1 {
				name, in = f.name, login
			}
			if _, out, err := f.LogIn(t.Context(), name, maps.Clone(in)); err != nil || out.Kuid != "user-0" {
				t.Errorf("a concurrent login through %s: %q, %v", name, out.Kuid, err)
			}
		})
	}
	all.Wait()
}
