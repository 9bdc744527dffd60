package attempts

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Attempt is a login on its way through a strategy. It is admitted by the
// throttle when the strategy first looks a user up, and settled by the outcome.
// One that will have a password checked keeps a place in the pool from then on,
// so that a crowd of them does not wait for reads to be refused after.
type Attempt struct {
	By    users.Actor
	Keys  throttle.Keys
	begun *throttle.Attempt
	place *digest.Place
	// sought is set once somebody was looked up, who is Found, or "" for nobody.
	sought bool
	Found  string
	// proved is set when Found's password was right, entered when an action
	// logged Found in.
	proved, entered bool
	// whole stands for the account under all its names; usedUp is set when its tries
	// are used up under others.
	whole  throttle.Keys
	usedUp bool
	// Stepped is set when a further step was counted.
	Stepped bool
}

type attemptKey struct{}

// WithAttempt begins an attempt. The context it returns carries the attempt; the
// caller ends it with [Attempt.End].
func WithAttempt(ctx context.Context, by users.Actor) (context.Context, *Attempt) {
	at := &Attempt{By: by}
	return context.WithValue(withJudged(ctx), attemptKey{}, at), at
}

// Admit asks the throttle once per attempt. A name that cannot be claimed is
// counted as it was sent.
func (as *Attempts) Admit(ctx context.Context, key, sent string) error {
	at, ok := ctx.Value(attemptKey{}).(*Attempt)
	if !ok || at.begun != nil || as.Logins == nil {
		return nil
	}
	if key == "" {
		key = sent
	}
	at.Keys = throttle.Keys{Account: key, Addr: at.By.Addr, Device: at.By.Device}
	begun, err := as.Logins.Begin(ctx, at.Keys)
	at.begun = begun
	return err
}

// Find keeps who the first look-up of an attempt found, "" for nobody: from then on
// the attempt counts for that user under all their names. See [UsedUp].
func (as *Attempts) Find(ctx context.Context, kuid string) error {
	at, ok := ctx.Value(attemptKey{}).(*Attempt)
	if !ok || at.sought {
		return nil
	}
	at.sought, at.Found = true, kuid
	if at.begun == nil {
		return nil
	}
	at.whole = at.Keys
	at.whole.Whole, at.whole.Account = true, wholePrefix+kuid
	if kuid == "" {
		at.whole.Account = nobodyPrefix + at.Keys.Account
	}
	var err error
	at.usedUp, err = at.begun.Join(ctx, at.whole.Account)
	return err
}

// What stands for users under all their names begins with wholePrefix, for names that
// nobody has with nobodyPrefix.
const (
	wholePrefix  = "="
	nobodyPrefix = "?"
)

// Kuid is the user for whom keys stand under all their names, if they do.
func Kuid(keys throttle.Keys) (kuid string, ok bool) {
	kuid, ok = strings.CutPrefix(keys.Account, wholePrefix)
	return kuid, ok && keys.Whole
}

// UsedUp reports whether the tries of the user whom the attempt found are used up
// under other names. Then nothing proves anything: do the work, and answer as for a
// wrong password.
func UsedUp(ctx context.Context) bool {
	at, ok := ctx.Value(attemptKey{}).(*Attempt)
	return ok && at.usedUp
}

// Account is what the attempt under way is counted by, "" before anybody was
// looked up.
func Account(ctx context.Context) string {
	if at, ok := ctx.Value(attemptKey{}).(*Attempt); ok {
		return at.Keys.Account
	}
	return ""
}

// Proof notes that a user's password was right.
func Proof(ctx context.Context, kuid string) {
	if at, ok := ctx.Value(attemptKey{}).(*Attempt); ok && at.Found == kuid {
		at.proved = true
	}
}

// NewPlace reports whether the attempt under way comes from neither an address nor a
// device that its account is known to have logged in from.
func NewPlace(ctx context.Context) bool {
	at, ok := ctx.Value(attemptKey{}).(*Attempt)
	return ok && at.begun != nil && !at.begun.Known()
}

// Is reports whether a user who logs in is the one whose failures are counted.
// Another one's success says nothing about guesses at the first.
func (at *Attempt) Is(kuid string) bool { return at.Found == "" || at.Found == kuid }

// Reserve keeps a place in the pool, once per attempt.
func (as *Attempts) Reserve(ctx context.Context) (err error) {
	at, ok := ctx.Value(attemptKey{}).(*Attempt)
	if ok && at.place == nil {
		at.place, err = as.Pool.Keep(sourceOf(at.begun))
	}
	return err
}

// LeaveIfOutside gives the place to others when another system is asked first,
// which may take its time.
func LeaveIfOutside(ctx context.Context, verifier strategies.PasswordVerifier, r strategies.Record) {
	at, ok := ctx.Value(attemptKey{}).(*Attempt)
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

// HashingFor has what is hashed outside of an attempt, such as the password of a
// new user, count as the client's who asked for it.
func (as *Attempts) HashingFor(ctx context.Context, by users.Actor) context.Context {
	if as.Logins == nil {
		return ctx
	}
	return context.WithValue(ctx, sourceKey{}, digest.Source{Address: as.Logins.Address(by.Addr)})
}

// Hash computes in the pool, from the attempt's place if there is one. What
// BeforeHashing wants checked is checked before.
func (as *Attempts) Hash(ctx context.Context, cost digest.Cost, fn func()) error {
	if check, ok := ctx.Value(hashingKey{}).(func() error); ok {
		if err := check(); err != nil {
			return err
		}
	}
	at, ok := ctx.Value(attemptKey{}).(*Attempt)
	switch {
	case ok && at.place != nil:
		return at.place.Do(ctx, cost, fn)
	case ok && at.begun != nil:
		return as.Pool.DoFor(ctx, sourceOf(at.begun), cost, fn)
	}
	from, _ := ctx.Value(sourceKey{}).(digest.Source)
	return as.Pool.DoFor(ctx, from, cost, fn)
}

// Remember lets the session that a login opened vouch for its client later.
func (as *Attempts) Remember(at *Attempt, session string) {
	if at.begun == nil {
		return
	}
	for _, keys := range [...]throttle.Keys{at.Keys, at.whole} {
		if keys.Account != "" {
			keys.Device = session
			as.Logins.Remember(keys)
		}
	}
}

// settleTime is what counting an outcome may take once the client has gone.
const settleTime = 5 * time.Second

// Settle tells the throttle how the attempt ended, and answers what to say of
// it: err, or what the throttle puts in its place. Without an error the attempt
// succeeded where somebody proved to be who was looked up, and counts nothing
// elsewhere. Whoever is shut out has proved it. Only what says that the proof was
// wrong counts as a failure, and an unauthorized that no right password came before:
// other errors are ours, or come after a right proof.
func (at *Attempt) Settle(ctx context.Context, err error, proved bool) error {
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
		instead = at.begun.Stepped(ctx, at.proved)
	case users.ShutOut(err):
		at.begun.Abandoned()
	case isFault && (errors.Is(err, strategies.ErrRefused) || failure.Status() == http.StatusForbidden):
		instead = at.begun.Failed(ctx)
	case isFault && failure.Status() == http.StatusUnauthorized && at.proved:
		instead = at.begun.Succeeded(ctx)
	case isFault && failure.Status() == http.StatusUnauthorized:
		instead = at.begun.Failed(ctx)
	default:
		at.begun.Abandoned()
	}
	switch {
	case errors.Is(instead, throttle.ErrUsedUp):
		return strategies.Refused()
	case instead != nil:
		return instead
	}
	return err
}

// End lets go of what the attempt holds, however it ended: a strategy of somebody
// else's may break down.
func (at *Attempt) End() {
	at.begun.Abandoned()
	at.place.Leave()
}

// Done settles an action, which did what it was for where it answers no error:
// then that is said, whatever the throttle thinks. It proved something only where
// it logged in.
func (at *Attempt) Done(ctx context.Context, err error) error {
	if settled := at.Settle(ctx, err, at.entered); err != nil {
		return settled
	}
	return nil
}

// Entered notes that an action logged a user in.
func Entered(ctx context.Context, kuid string) {
	if at, ok := ctx.Value(attemptKey{}).(*Attempt); ok {
		at.entered = at.Is(kuid)
	}
}
