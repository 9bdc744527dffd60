package accounts

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// attempt is a login on its way through a strategy. It is admitted by the
// throttle when the strategy first looks a user up, and settled by the outcome.
// One that will have a password checked keeps a place in the pool from then on,
// so that a crowd of them does not wait for reads to be refused after.
type attempt struct {
	by    Actor
	keys  throttle.Keys
	begun *throttle.Attempt
	place *digest.Place
	// sought is set once somebody was looked up, who is found, or "" for nobody.
	sought bool
	found  string
	// proved is set when found's password was right, entered when an action
	// logged found in, stepped when a further step was counted.
	proved, entered, stepped bool
}

type attemptKey struct{}

func withAttempt(ctx context.Context, by Actor) (context.Context, *attempt) {
	at := &attempt{by: by}
	return context.WithValue(withJudged(ctx), attemptKey{}, at), at
}

// admit asks the throttle once per attempt. A name that cannot be claimed is
// counted as it was sent.
func admit(ctx context.Context, a *Accounts, key, sent string) error {
	at, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok || at.begun != nil || a.Logins == nil {
		return nil
	}
	if key == "" {
		key = sent
	}
	at.keys = throttle.Keys{Account: key, Addr: at.by.Addr, Device: at.by.Device}
	begun, err := a.Logins.Begin(ctx, at.keys)
	at.begun = begun
	return err
}

// note keeps who the first look-up of an attempt found: the counts are theirs.
func note(ctx context.Context, kuid string) {
	if at, ok := ctx.Value(attemptKey{}).(*attempt); ok && !at.sought {
		at.sought, at.found = true, kuid
	}
}

// proof notes that a user's password was right.
func proof(ctx context.Context, kuid string) {
	if at, ok := ctx.Value(attemptKey{}).(*attempt); ok && at.found == kuid {
		at.proved = true
	}
}

// is reports whether a user who logs in is the one whose failures are counted.
// Another one's success says nothing about guesses at the first.
func (at *attempt) is(kuid string) bool { return at.found == "" || at.found == kuid }

// reserve keeps a place in the pool, once per attempt.
func reserve(ctx context.Context, a *Accounts) (err error) {
	at, ok := ctx.Value(attemptKey{}).(*attempt)
	if ok && at.place == nil {
		at.place, err = a.Pool.Keep(sourceOf(at.begun))
	}
	return err
}

// leaveIfOutside gives the place to others when another system is asked first,
// which may take its time.
func leaveIfOutside(ctx context.Context, verifier strategies.PasswordVerifier, r strategies.Record) {
	at, ok := ctx.Value(attemptKey{}).(*attempt)
	if outside, is := verifier.(strategies.Outside); ok && is && outside.AskedElsewhere(r) {
		at.place.Leave()
	}
}

// sourceOf is on whose behalf an attempt has passwords hashed.
func sourceOf(begun *throttle.Attempt) digest.Source {
	account, address, refused := begun.Source()
	return digest.Source{Account: account, Address: address, Refused: refused}
}

type sourceKey struct{}

// hashingFor has what is hashed outside of an attempt, such as the password of a
// new user, count as the client's who asked for it.
func hashingFor(ctx context.Context, a *Accounts, by Actor) context.Context {
	if a.Logins == nil {
		return ctx
	}
	return context.WithValue(ctx, sourceKey{}, digest.Source{Address: a.Logins.Address(by.Addr)})
}

// hash computes in the pool, from the attempt's place if there is one.
func hash(ctx context.Context, a *Accounts, cost digest.Cost, fn func()) error {
	at, ok := ctx.Value(attemptKey{}).(*attempt)
	switch {
	case ok && at.place != nil:
		return at.place.Do(ctx, cost, fn)
	case ok && at.begun != nil:
		return a.Pool.DoFor(ctx, sourceOf(at.begun), cost, fn)
	}
	from, _ := ctx.Value(sourceKey{}).(digest.Source)
	return a.Pool.DoFor(ctx, from, cost, fn)
}

// remember lets the session that a login opened vouch for its client later.
func (at *attempt) remember(a *Accounts, session string) {
	if at.begun == nil {
		return
	}
	keys := at.keys
	keys.Device = session
	a.Logins.Remember(keys)
}

// KnowsDevice tells whether the device is a session that the account's present
// user has: what only a login of theirs gave away, on whichever node. It reads
// the same of every name.
func (a *Accounts) KnowsDevice(ctx context.Context, keys throttle.Keys) bool {
	if keys.Device == "" {
		return false
	}
	doc, err := a.Store.Get(ctx, storage.Sessions, keys.Device)
	if err != nil {
		return false
	}
	s, err := readSession(doc)
	if err != nil || s.ExpiresAt >= 0 && a.Now().UnixMilli() >= s.ExpiresAt {
		return false
	}
	claim, err := a.Store.Owner(ctx, keys.Account)
	return err == nil && claim.Of == storage.Users && claim.Owner == s.Kuid && claim.Incarnation == s.Incarnation
}

// settleTime is what counting an outcome may take once the client has gone.
const settleTime = 5 * time.Second

// settle tells the throttle how the attempt ended, and answers what to say of
// it: err, or what the throttle puts in its place. Without an error the attempt
// succeeded where somebody proved to be who was looked up, and counts nothing
// elsewhere. Only what says that the proof was wrong counts as a failure, and an
// unauthorized that no right password came before: other errors are ours, or come
// after a right proof.
func (at *attempt) settle(ctx context.Context, err error, proved bool) error {
	if at.begun == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	failure, isFault := fault.From(err)
	var instead error
	switch {
	case err == nil && proved:
		instead = at.begun.Succeeded(ctx)
	case err == nil:
		instead = at.begun.Stepped(ctx)
	case isFault && (errors.Is(err, strategies.ErrRefused) || failure.Status() == http.StatusForbidden):
		instead = at.begun.Failed(ctx)
	case isFault && failure.Status() == http.StatusUnauthorized && at.proved:
		instead = at.begun.Succeeded(ctx)
	case isFault && failure.Status() == http.StatusUnauthorized:
		instead = at.begun.Failed(ctx)
	default:
		at.begun.Abandoned()
	}
	if instead != nil {
		return instead
	}
	return err
}

// end lets go of what the attempt holds, however it ended: a strategy of somebody
// else's may break down.
func (at *attempt) end() {
	at.begun.Abandoned()
	at.place.Leave()
}

// done settles an action, which did what it was for where it answers no error:
// then that is said, whatever the throttle thinks. It proved something only where
// it logged in.
func (at *attempt) done(ctx context.Context, err error) error {
	if settled := at.settle(ctx, err, at.entered); err != nil {
		return settled
	}
	return nil
}
