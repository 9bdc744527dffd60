package accounts

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Login is a request to log in.
type Login struct {
	Strategy    string
	Credentials map[string]any
	// ExpiresIn is as the client sent it; nil is the default lifetime.
	ExpiresIn any
}

// Login lets a strategy judge credentials and makes a session of the outcome. A
// step instead of a session is one more thing to ask the client for.
//
// Unknown users and wrong credentials are the same strategies.ErrRefused, after
// the same work. Too many failures are a 429 fault, before any work.
func (a *Accounts) Login(ctx context.Context, by Actor, in Login) (strategies.Session, *strategies.Step, error) {
	if err := a.CheckStrategy(in.Strategy); err != nil {
		return strategies.Session{}, nil, err
	}
	if _, _, err := a.lifetime(in.ExpiresIn, a.TokenLifetime, a.MaxTokenTTL); err != nil {
		return strategies.Session{}, nil, err
	}
	attempted, at := withAttempt(ctx, by)
	defer at.end()
	out, err := a.strategies[in.Strategy].Authenticate(attempted, in.Credentials)
	if err == nil && out.Next != nil {
		if err := a.next(attempted, at); err != nil {
			a.refused(ctx, by, in.Strategy, at, err)
			return strategies.Session{}, nil, err
		}
		return strategies.Session{}, out.Next, nil
	}
	if err == nil && out.Kuid == "" {
		err = strategies.Refused()
	}
	if err = at.settle(ctx, err, at.is(out.Kuid)); err != nil {
		a.refused(ctx, by, in.Strategy, at, err)
		return strategies.Session{}, nil, err
	}
	session, err := a.enter(attempted, by, in.Strategy, out, in.ExpiresIn)
	if err == nil && at.is(out.Kuid) {
		at.remember(a, session.ID)
	}
	return session, nil, err
}

// next settles an attempt that asks its client for a further step. That is neither
// a right proof nor a wrong one, and may be had only so often.
func (a *Accounts) next(ctx context.Context, at *attempt) error {
	if !at.stepped {
		if err := a.step(ctx, ""); err != nil {
			return err
		}
	}
	return at.settle(ctx, nil, false)
}

// refused tells listeners of a login that failed, and of the user whom it was
// about. A name that is nobody's, or was not looked up, they get as a keyed hash:
// it may be a password typed into the wrong field, and the same one is the same
// hash.
func (a *Accounts) refused(ctx context.Context, by Actor, strategy string, at *attempt, err error) {
	reason := "error"
	if failure, ok := fault.From(err); ok {
		reason = failure.ID()
	}
	name := events.SessionRefused
	if errors.Is(err, throttle.ErrTooManyLogins) {
		name = events.ThrottleRefused
	}
	data := events.Data{events.Strategy: strategy, events.Reason: reason}
	if at.found != "" {
		data[events.Owner] = at.found
	} else if key, err := a.Sealer.Derive(triedPurpose); err == nil && at.keys.Account != "" {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(at.keys.Account))
		data[events.Tried] = hex.EncodeToString(mac.Sum(nil)[:16])
	}
	a.publish(ctx, events.Event{Name: name, Outcome: events.Refused, Data: data}, by)
}

// triedPurpose is what the key that hides names that were tried is derived for.
const triedPurpose = "accounts.tried"

// enter makes a session of an outcome that a strategy vouches for, after
// writing what the outcome asks to be kept.
func (a *Accounts) enter(ctx context.Context, by Actor, strategy string, out strategies.Outcome, expiresIn any) (strategies.Session, error) {
	lifetime, infinite, err := a.lifetime(expiresIn, a.TokenLifetime, a.MaxTokenTTL)
	if err != nil {
		return strategies.Session{}, err
	}
	if len(out.Put)+len(out.Drop) > 0 || out.Revoke {
		err := a.settleRecords(ctx, by, strategy, out)
		if err != nil && out.Must {
			return strategies.Session{}, err
		}
		if err != nil {
			a.Log.WarnContext(ctx, "a renewed credential was not kept", "kuid", out.Kuid, "strategy", strategy, "cause", err)
		}
	}
	u, err := a.user(ctx, out.Kuid)
	if errors.Is(err, ErrUserNotFound) {
		return strategies.Session{}, ErrUnknownKuid.New("wrong username or password").Because(err)
	}
	if err != nil {
		return strategies.Session{}, err
	}
	// What out revokes it ended itself.
	if !out.Revoke && !judgedUser(ctx, out.Kuid).stands(u) {
		return strategies.Session{}, strategies.Refused()
	}
	now := a.Now()
	session, s, err := a.open(ctx, u, sessionPart{
		Strategy: strategy, LoggedInAt: now.UnixMilli(), ExpiresAt: expiry(now, lifetime, infinite, -1),
	})
	if err != nil {
		return session, err
	}
	a.capSessions(ctx, u.Kuid)
	by.Kuid = u.Kuid
	a.emit(ctx, events.SessionCreated, by, subject(events.Session, s.id), events.Data{events.Owner: u.Kuid, events.Strategy: strategy, events.Factors: []string{out.Factor}})
	return session, nil
}

// settleRecords writes the records of an outcome, each in place of the one of
// the same strategy and id; those of the password family replace each other.
func (a *Accounts) settleRecords(ctx context.Context, by Actor, strategy string, out strategies.Outcome) error {
	now := a.Now().UTC().Truncate(time.Millisecond)
	err := a.change(ctx, by.self(out.Kuid), out.Kuid, Edit{Retries: credentialTries}, func(was *User) (*User, error) {
		if err := a.unchanged(judgedUser(ctx, out.Kuid), was, strategy, out); err != nil {
			return nil, err
		}
		records := slices.Clone(was.records)
		drops := make([]strategies.Record, len(out.Drop))
		for i, drop := range out.Drop {
			drop.Strategy = orDefault(drop.Strategy, strategy)
			drops[i] = drop
			if !slices.ContainsFunc(records, asRead(drop)) {
				return lost(out)
			}
		}
		for _, put := range out.Put {
			put.Strategy = orDefault(put.Strategy, strategy)
			if put.UpdatedAt.IsZero() {
				put.UpdatedAt, put.UpdatedBy = now, out.Kuid
			}
			records = a.place(records, put)
		}
		for _, drop := range drops {
			records = slices.DeleteFunc(records, asRead(drop))
		}
		next := was.with(records)
		if out.Revoke {
			next.epoch++
		}
		return next, nil
	})
	if err == nil && out.Revoke {
		a.endedAll(ctx, out.Kuid)
		a.emit(ctx, events.PasswordReset, by, subject(events.User, out.Kuid), events.Data{events.Strategy: strategy})
	}
	return err
}

// asRead finds a record that is still what a strategy read.
func asRead(was strategies.Record) func(strategies.Record) bool {
	return func(r strategies.Record) bool { return sameRecord(r, was) && bytes.Equal(r.Secret, was.Secret) }
}

// lost is an outcome whose records somebody else has changed meanwhile, such as
// another login that renewed the same digest, or a new password.
func lost(out strategies.Outcome) (*User, error) {
	if out.Must {
		return nil, storage.ErrConflict.New(out.Kuid)
	}
	return nil, nil
}

func sameRecord(a, b strategies.Record) bool { return a.Strategy == b.Strategy && a.ID == b.ID }

func (a *Accounts) place(records []strategies.Record, put strategies.Record) []strategies.Record {
	if old := a.placeOf(records, put); old != nil {
		put.CreatedAt = old.CreatedAt
		*old = put
		return records
	}
	put.CreatedAt = put.UpdatedAt
	return append(records, put)
}
