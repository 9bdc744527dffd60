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

// Attempt is a login in progress. The throttle admits it when the strategy first looks a user up,
// and the outcome settles it. An attempt that will check a password holds a slot in the hash pool
// from then on, so that in a crowd it is refused before it reads from the store.
type Attempt struct {
	By    users.Actor
	Keys  throttle.Keys
	begun *throttle.Attempt
	slot  *digest.Place
	// sought is set after the first look-up; Found is the user, or "" for nobody.
	sought bool
	Found  string
	// proved is set if Found's password was right, entered if an action logged Found in.
	proved, entered bool
	// whole are the keys of the account under all its names; usedUp is set if its tries were used
	// up under other names.
	whole  throttle.Keys
	usedUp bool
	// Stepped is set after a further step was counted.
	Stepped bool
}

type attemptKey struct{}

// WithAttempt begins an attempt and returns a context that carries it. The caller must call
// [Attempt.End].
func WithAttempt(ctx context.Context, by users.Actor) (context.Context, *Attempt) {
	at := &Attempt{By: by}
	return context.WithValue(withSeen(ctx), attemptKey{}, at), at
}

// Admit asks the throttle, once per attempt. A name that cannot be claimed is counted in the form
// in which it was sent.
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

// Find records the user of the attempt's first look-up, "" for nobody. From then on the attempt
// counts for that user under all names. See [UsedUp].
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

// Keys of users under all their names begin with wholePrefix; keys of unknown names begin with
// nobodyPrefix.
const (
	wholePrefix  = "="
	nobodyPrefix = "?"
)

// Kuid returns the user of keys for all names; ok is false for other keys.
func Kuid(keys throttle.Keys) (kuid string, ok bool) {
	kuid, ok = strings.CutPrefix(keys.Account, wholePrefix)
	return kuid, ok && keys.Whole
}

// UsedUp reports whether the found user's tries are used up under other names. Then no proof is
// accepted: the caller does the same work, and answers as for a wrong password.
func UsedUp(ctx context.Context) bool {
	at, ok := ctx.Value(attemptKey{}).(*Attempt)
	return ok && at.usedUp
}

// Account returns the account by which the current attempt is counted, "" before the first look-up.
func Account(ctx context.Context) string {
	if at, ok := ctx.Value(attemptKey{}).(*Attempt); ok {
		return at.Keys.Account
	}
	return ""
}

// Proof records that a user's password was right.
func Proof(ctx context.Context, kuid string) {
	if at, ok := ctx.Value(attemptKey{}).(*Attempt); ok && at.Found == kuid {
		at.proved = true
	}
}

// NewPlace reports whether the current attempt comes neither from an address nor from a device of
// the account's earlier logins.
func NewPlace(ctx context.Context) bool {
	at, ok := ctx.Value(attemptKey{}).(*Attempt)
	return ok && at.begun != nil && !at.begun.Known()
}

// Is reports whether the user who logs in is the one whose failures are counted. A success of
// another user says nothing about guesses at this one.
func (at *Attempt) Is(kuid string) bool { return at.Found == "" || at.Found == kuid }

// Reserve takes a slot in the hash pool, once per attempt.
func (as *Attempts) Reserve(ctx context.Context) (err error) {
	at, ok := ctx.Value(attemptKey{}).(*Attempt)
	if ok && at.slot == nil {
		at.slot, err = as.Pool.Keep(sourceOf(at.begun))
	}
	return err
}

// LeaveIfOutside gives the slot back if an outside system is asked first, which may take long.
func LeaveIfOutside(ctx context.Context, verifier strategies.PasswordVerifier, r strategies.Record) {
	at, ok := ctx.Value(attemptKey{}).(*Attempt)
	if outside, is := verifier.(strategies.Outside); ok && is && outside.AskedElsewhere(r) {
		at.slot.Leave()
	}
}

// sourceOf returns the client for whom an attempt hashes.
func sourceOf(begun *throttle.Attempt) digest.Source {
	account, address, refused := begun.Source()
	return digest.Source{Account: account, Address: address, Refused: refused}
}

type sourceKey struct{}

// HashingFor charges hashes outside of an attempt, such as the password of a new user, to the
// client of the request.
func (as *Attempts) HashingFor(ctx context.Context, by users.Actor) context.Context {
	if as.Logins == nil {
		return ctx
	}
	return context.WithValue(ctx, sourceKey{}, digest.Source{Address: as.Logins.Address(by.Addr)})
}

// Hash computes in the pool, in the attempt's slot if there is one. It first runs the check of
// BeforeHashing.
func (as *Attempts) Hash(ctx context.Context, cost digest.Cost, fn func()) error {
	if check, ok := ctx.Value(hashingKey{}).(func() error); ok {
		if err := check(); err != nil {
			return err
		}
	}
	at, ok := ctx.Value(attemptKey{}).(*Attempt)
	switch {
	case ok && at.slot != nil:
		return at.slot.Do(ctx, cost, fn)
	case ok && at.begun != nil:
		return as.Pool.DoFor(ctx, sourceOf(at.begun), cost, fn)
	}
	from, _ := ctx.Value(sourceKey{}).(digest.Source)
	return as.Pool.DoFor(ctx, from, cost, fn)
}

// Remember makes the new session of a login a known device of the account.
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

// settleTime bounds the counting of an outcome after the client has gone.
const settleTime = 5 * time.Second

// Settle tells the throttle the attempt's result, and returns the error for the client: err, or the
// throttle's error in its place. Without an error the attempt succeeded if proved is set; otherwise
// it counts neither way. A banned or locked user has given a right proof. Only an error about a
// wrong proof counts as a failure, or an unauthorized fault without a right password before it.
// After a right password, such as one that expired, it counts neither way: no second factor was
// asked for yet. Other errors are internal, or come after a right proof.
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
		instead = at.begun.Stepped(ctx, true)
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

// End releases everything that the attempt holds, even after a panic in a strategy.
func (at *Attempt) End() {
	at.begun.Abandoned()
	at.slot.Leave()
}

// Done settles an action. If err is nil the action did its work, so Done returns nil whatever the
// throttle says. The action proved something only if it logged a user in.
func (at *Attempt) Done(ctx context.Context, err error) error {
	if settled := at.Settle(ctx, err, at.entered); err != nil {
		return settled
	}
	return nil
}

// Entered records that an action logged a user in.
func Entered(ctx context.Context, kuid string) {
	if at, ok := ctx.Value(attemptKey{}).(*Attempt); ok {
		at.entered = at.Is(kuid)
	}
}
