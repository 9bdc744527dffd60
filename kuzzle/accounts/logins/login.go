package logins

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// unchanged refuses to replace records other than those that the strategy saw. A password that was
// set meanwhile wins over the renewal of the former one, and a deleted record stays deleted.
func (ls *Logins) unchanged(seen, now *users.User, strategy string, out strategies.Outcome) error {
	if seen == nil {
		return nil
	}
	ok := seen.Incarnation == now.Incarnation && (out.Revoke || seen.Epoch == now.Epoch)
	for _, r := range slices.Concat(out.Put, out.Drop) {
		r.Strategy = cmp.Or(r.Strategy, strategy)
		ok = ok && registry.SameSecret(ls.Registry.Replaced(seen.Records, r), ls.Registry.Replaced(now.Records, r))
	}
	if !ok {
		return storage.ErrConflict.New(now.Kuid)
	}
	return nil
}

// Login is a request to log in.
type Login struct {
	Strategy    string
	Credentials map[string]any
	// ExpiresIn is the client's value; nil is the default lifetime.
	ExpiresIn any
}

// Login lets a strategy check credentials and creates a session from the outcome. A step instead of
// a session asks the client for more.
//
// Unknown users and wrong credentials are the same strategies.ErrRefused, after the same work. Too
// many failures are a 429 fault, before any work. If the strategy is a second factor, it finishes a
// login that another one began.
func (ls *Logins) Login(ctx context.Context, by users.Actor, in Login) (strategies.Session, *strategies.Step, error) {
	if err := ls.Registry.CheckStrategy(in.Strategy); err != nil {
		return strategies.Session{}, nil, err
	}
	if _, _, err := ls.sessions.LoginLifetime(in.ExpiresIn); err != nil {
		return strategies.Session{}, nil, err
	}
	if factor := ls.Registry.SecondFactor(in.Strategy); factor != nil {
		session, err := ls.finish(ctx, by, in, factor)
		return session, nil, err
	}
	return ls.LoginBy(ctx, by, in, func(ctx context.Context) (strategies.Outcome, error) {
		return ls.Registry.Strategy(in.Strategy).Authenticate(ctx, in.Credentials)
	})
}

// Judge judges a proof of a login in the context of its attempt, which counts for the user that the
// judge looks up first.
type Judge func(ctx context.Context) (strategies.Outcome, error)

// LoginBy is Login by a proof that a part of the domain judges in place of a strategy. in.Strategy is
// then only the name of the proof.
func (ls *Logins) LoginBy(ctx context.Context, by users.Actor, in Login, judge Judge) (strategies.Session, *strategies.Step, error) {
	attempted, at := attempts.WithAttempt(ctx, by)
	defer at.End()
	out, err := judge(attempted)
	if err == nil && out.Next != nil {
		if err := ls.next(attempted, at); err != nil {
			ls.refused(ctx, by, in.Strategy, at, err)
			return strategies.Session{}, nil, err
		}
		return strategies.Session{}, out.Next, nil
	}
	if err == nil && (out.Kuid == "" || attempts.UsedUp(attempted)) {
		err = strategies.Refused()
	}
	if err != nil {
		return strategies.Session{}, nil, ls.settleRefused(ctx, by, in.Strategy, at, err)
	}
	e, err := ls.entering(attempted, out)
	// A login that still needs a second factor is neither a success nor a failure. Nothing is
	// written before the throttle agrees.
	half := err == nil && len(e.asked) > 0
	attempts.Proof(attempted, out.Kuid)
	if settled := at.Settle(ctx, nil, !half && at.Is(out.Kuid)); settled != nil {
		ls.refused(ctx, by, in.Strategy, at, settled)
		return strategies.Session{}, nil, settled
	}
	session, step, err := ls.enterAs(attempted, by, in.Strategy, out, e, err, in.ExpiresIn)
	if err == nil && step == nil && at.Is(out.Kuid) {
		ls.attempts.Remember(at, session.ID)
	}
	return session, step, err
}

// Alone checks a proof like LoginBy, and opens no session. A wrong proof counts like a failed login.
func (judge Judge) Alone(ctx context.Context, ls *Logins, by users.Actor, strategy string) (strategies.Outcome, error) {
	attempted, at := attempts.WithAttempt(ctx, by)
	defer at.End()
	out, err := judge(attempted)
	if err == nil && (out.Kuid == "" || attempts.UsedUp(attempted)) {
		err = strategies.Refused()
	}
	if err != nil {
		return out, ls.settleRefused(ctx, by, strategy, at, err)
	}
	return out, at.Settle(ctx, nil, false)
}

// settleRefused settles a failed attempt and publishes its event.
func (ls *Logins) settleRefused(ctx context.Context, by users.Actor, strategy string, at *attempts.Attempt, err error) error {
	err = at.Settle(ctx, err, false)
	ls.refused(ctx, by, strategy, at, err)
	return err
}

// next settles an attempt that asks its client for a further step. A step is neither a right proof
// nor a wrong one, and has a limit of its own.
func (ls *Logins) next(ctx context.Context, at *attempts.Attempt) error {
	if !at.Stepped {
		if err := ls.attempts.Step(ctx); err != nil {
			return err
		}
	}
	return at.Settle(ctx, nil, false)
}

// refused publishes an event about a failed login and its user. An unknown name, or one that was
// not looked up, is in the event as a keyed hash: it may be a password that was typed into the
// wrong field. Equal names have equal hashes.
func (ls *Logins) refused(ctx context.Context, by users.Actor, strategy string, at *attempts.Attempt, err error) {
	reason := "error"
	if failure, ok := fault.From(err); ok {
		reason = failure.ID()
	}
	name := events.SessionRefused
	if errors.Is(err, throttle.ErrTooManyLogins) {
		name = events.ThrottleRefused
	}
	data := events.Data{events.Strategy: strategy, events.Reason: reason}
	if at.Found != "" {
		data[events.Owner] = at.Found
	} else if key, err := ls.Sealer.Derive(triedPurpose); err == nil && at.Keys.Account != "" {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(at.Keys.Account))
		data[events.Tried] = hex.EncodeToString(mac.Sum(nil)[:16])
	}
	ls.users.Publish(ctx, events.Event{Name: name, Outcome: events.Refused, Data: data}, by)
}

// triedPurpose is the purpose of the key that hides tried names.
const triedPurpose = "accounts.tried"

// enter logs in the user of an outcome of a strategy's own action: with a session, or with a step
// that asks for a second factor.
func (ls *Logins) enter(ctx context.Context, by users.Actor, strategy string, out strategies.Outcome, expiresIn any) (strategies.Session, *strategies.Step, error) {
	if _, _, err := ls.sessions.LoginLifetime(expiresIn); err != nil {
		return strategies.Session{}, nil, err
	}
	e, err := ls.entering(ctx, out)
	return ls.enterAs(ctx, by, strategy, out, e, err, expiresIn)
}

// enterAs stores the records of an outcome, and creates the session or asks for the second factor.
// err is the refusal of entering.
func (ls *Logins) enterAs(ctx context.Context, by users.Actor, strategy string, out strategies.Outcome, e entrant, err error, expiresIn any) (strategies.Session, *strategies.Step, error) {
	if err == nil {
		e, err = ls.keep(ctx, by, strategy, out, e)
	}
	switch {
	case users.ShutOut(err):
		return strategies.Session{}, nil, ls.shutOut(ctx, by, strategy, out.Kuid, err)
	case err != nil:
		return strategies.Session{}, nil, err
	case len(e.asked) > 0:
		step, err := ls.challenge(ctx, by, e.user, e.asked, ls.openingOf(strategy, out, expiresIn))
		return strategies.Session{}, step, usedUp(err)
	}
	session, err := ls.open(ctx, by, e.user, ls.openingOf(strategy, out, expiresIn))
	return session, nil, usedUp(err)
}

// entrant is a user who logs in: the user as stored, and the second factors of which one is asked
// for.
type entrant struct {
	user  *users.User
	asked []string
}

// entering reads the user of an outcome, and writes nothing. It refuses a proof about an earlier
// state of the user, and a user who is banned or locked. All logins pass it.
func (ls *Logins) entering(ctx context.Context, out strategies.Outcome) (e entrant, err error) {
	if attempts.UsedUp(ctx) {
		return e, strategies.Refused()
	}
	e.user, err = ls.users.Current(ctx, out.Kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return e, ErrUnknownKuid.New("wrong username or password").Because(err)
	}
	if err != nil {
		return e, err
	}
	if err := e.user.MayEnter(ls.Now()); err != nil {
		return e, err
	}
	if e.user.PasswordChange == users.Compromised && !out.Revoke && out.Factor == passwordFactor {
		return e, users.ErrCompromised.New()
	}
	if !out.Revoke && !attempts.SeenUser(ctx, out.Kuid).Stands(e.user) {
		return e, strategies.Refused()
	}
	then, err := ls.credentials.WithFactors(ctx, e.user)
	if err == nil {
		e.asked, err = ls.sessions.Factors(ctx, then)
	}
	return e, err
}

// proved returns the factors that an outcome proves. A strategy that is no second factor cannot
// name its factor after one.
func (ls *Logins) proved(strategy string, out strategies.Outcome) map[string]int64 {
	factor := cmp.Or(out.Factor, strategy)
	if ls.Registry.SecondFactor(factor) != nil {
		factor = strategy
	}
	return map[string]int64{factor: ls.Now().UnixMilli()}
}

// keep writes the records of an outcome and adopts imported second factors, and returns the written
// user. For a user who was banned or locked meanwhile it writes nothing.
func (ls *Logins) keep(ctx context.Context, by users.Actor, strategy string, out strategies.Outcome, e entrant) (entrant, error) {
	if len(out.Put)+len(out.Drop) > 0 || out.Revoke {
		u, err := ls.settleRecords(ctx, by, strategy, out, e.user)
		switch {
		case err == nil:
			e.user = u
		case users.ShutOut(err) || out.Must:
			return e, err
		default:
			ls.Log.WarnContext(ctx, "a renewed credential was not stored", "kuid", out.Kuid, "strategy", strategy, "cause", err)
			if e, err = ls.entering(ctx, out); err != nil {
				return e, err
			}
		}
	}
	var err error
	e.user, err = ls.credentials.AdoptFactors(ctx, e.user)
	return e, err
}

// opening holds the beginnings of a session.
type opening struct {
	strategy string
	proved   map[string]int64
	// expiresIn is the client's value.
	expiresIn any
	// once is the key that the login uses up, "" for none.
	once   string
	act    map[string]any
	actBy  string
	acting *sessions.Acting
	within time.Duration
}

func (ls *Logins) openingOf(strategy string, out strategies.Outcome, expiresIn any) opening {
	o := opening{strategy: strategy, proved: ls.proved(strategy, out), expiresIn: expiresIn, act: out.Act, actBy: out.ActBy, within: out.Within}
	if out.Organization != "" {
		o.acting = &sessions.Acting{Organization: out.Organization, Membership: out.Membership}
	}
	if out.Once != "" {
		o.once = registry.OnceKey(out.Once)
	}
	return o
}

// usedUp returns the error for a login whose single-use proof somebody else used up.
func usedUp(err error) error {
	if taken := (*storage.TakenError)(nil); errors.As(err, &taken) {
		return strategies.ErrTicketUsed.New().Because(err)
	}
	return err
}

// open creates the session of a login after all its proofs. A login of an actor in the user's place
// does not count as the user's own.
func (ls *Logins) open(ctx context.Context, by users.Actor, u *users.User, o opening) (strategies.Session, error) {
	lifetime, infinite, err := ls.sessions.LoginLifetime(o.expiresIn)
	if err != nil {
		return strategies.Session{}, err
	}
	now := ls.Now()
	part := sessions.SessionPart{
		Strategy: o.strategy, ExpiresAt: sessions.Expiry(now, lifetime, infinite, -1), Factors: o.proved, Act: o.act, ActBy: o.actBy, Acting: o.acting,
	}
	if o.act == nil {
		part.LoggedInAt = now.UnixMilli()
	}
	if o.within > 0 {
		part.Until = now.Add(o.within).UnixMilli()
		part.ExpiresAt = sessions.Expiry(now, lifetime, infinite, part.Until)
	}
	session, err := ls.sessions.Open(ctx, by, now, u, part, o.once)
	if err != nil {
		return session, err
	}
	session.PasswordChange = u.PasswordChange
	ls.sessions.CapSessions(ctx, u.Kuid)
	by.Kuid, by.Act = u.Kuid, users.Sub(o.act)
	data := events.Data{events.Owner: u.Kuid, events.Strategy: o.strategy, events.Factors: slices.Sorted(maps.Keys(o.proved))}
	if attempts.NewPlace(ctx) {
		data[events.NewPlace] = true
	}
	ls.users.Emit(ctx, events.SessionCreated, by, users.Subject(events.Session, session.ID), data)
	return session, nil
}

// shutOut publishes an event about a right proof of a banned or locked user, and returns the
// refusal.
func (ls *Logins) shutOut(ctx context.Context, by users.Actor, strategy, kuid string, refusal error) error {
	data := events.Data{events.Strategy: strategy, events.Owner: kuid}
	if failure, ok := fault.From(refusal); ok {
		data[events.Reason] = failure.ID()
	}
	ls.users.Publish(ctx, events.Event{Name: events.SessionRefused, Outcome: events.Refused, Data: data}, by)
	return refusal
}

// settleRecords writes the records of an outcome. Each replaces the record with the same strategy
// and id; records of the password family replace each other. read is the user as just read;
// settleRecords returns the written user.
func (ls *Logins) settleRecords(ctx context.Context, by users.Actor, strategy string, out strategies.Outcome, read *users.User) (*users.User, error) {
	now := ls.Now().UTC().Truncate(time.Millisecond)
	var then *users.User
	edit := users.Edit{Retries: users.CredentialTries, From: read}
	if out.Revoke {
		edit.Tell = users.Tell(events.PasswordReset, events.Data{events.Strategy: strategy})
	}
	err := ls.users.Change(ctx, by.AsSelf(out.Kuid), out.Kuid, edit, func(was *users.User) (*users.User, error) {
		then = was
		if err := was.MayEnter(ls.Now()); err != nil {
			return nil, err
		}
		if err := ls.unchanged(attempts.SeenUser(ctx, out.Kuid), was, strategy, out); err != nil {
			return nil, err
		}
		records := slices.Clone(was.Records)
		drops := make([]strategies.Record, len(out.Drop))
		for i, drop := range out.Drop {
			drop.Strategy = cmp.Or(drop.Strategy, strategy)
			drops[i] = drop
			if !slices.ContainsFunc(records, registry.AsRead(drop)) {
				return lost(out)
			}
		}
		for _, put := range out.Put {
			put.Strategy = cmp.Or(put.Strategy, strategy)
			if put.UpdatedAt.IsZero() {
				put.UpdatedAt, put.UpdatedBy = now, out.Kuid
			}
			records = ls.Registry.Put(records, put)
		}
		for _, drop := range drops {
			records = slices.DeleteFunc(records, registry.AsRead(drop))
		}
		then = was.With(records)
		if out.Revoke {
			then.Epoch++
		}
		return then, nil
	})
	if err == nil && out.Revoke {
		ls.users.Ended(ctx, out.Kuid)
		ls.users.Emit(ctx, events.PasswordReset, by, users.Subject(events.User, out.Kuid), events.Data{events.Strategy: strategy})
	}
	return then, err
}

// lost returns the result for an outcome whose records changed meanwhile, for example by another
// login that renewed the same digest, or by a new password.
func lost(out strategies.Outcome) (*users.User, error) {
	if out.Must {
		return nil, storage.ErrConflict.New(out.Kuid)
	}
	return nil, nil
}
