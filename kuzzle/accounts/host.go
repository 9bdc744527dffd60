package accounts

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// host is what one strategy may ask for.
type host struct {
	a    *Accounts
	name string
}

var _ strategies.Host = host{}

// FindByIdentifier implements strategies.Host. The first look-up of a login is
// what the throttle counts by, so that every spelling of a name, over every
// transport and strategy, shares one count.
func (h host) FindByIdentifier(ctx context.Context, id strategies.Identifier) (strategies.Found, bool, error) {
	key, err := h.a.naming().claimKey(h.name, id)
	if err != nil {
		key = ""
	}
	if err := admit(ctx, h.a, key, id.Value); err != nil {
		return strategies.Found{}, false, err
	}
	if h.a.family[h.name] != nil {
		if err := reserve(ctx, h.a); err != nil {
			return strategies.Found{}, false, err
		}
	}
	if key == "" {
		note(ctx, "")
		return strategies.Found{}, false, nil
	}
	u, err := h.a.holder(ctx, key)
	if err != nil {
		return strategies.Found{}, false, err
	}
	if u == nil {
		note(ctx, "")
		return strategies.Found{}, false, nil
	}
	note(ctx, u.Kuid)
	return h.a.found(ctx, u, h.name), true, nil
}

// Find implements strategies.Host.
func (h host) Find(ctx context.Context, kuid string) (strategies.Found, bool, error) {
	if err := admit(ctx, h.a, ruleVersion+":kuid:"+kuid, kuid); err != nil {
		return strategies.Found{}, false, err
	}
	u, err := h.a.user(ctx, kuid)
	if errors.Is(err, ErrUserNotFound) {
		note(ctx, "")
		return strategies.Found{}, false, nil
	}
	if err != nil {
		return strategies.Found{}, false, err
	}
	note(ctx, kuid)
	return h.a.found(ctx, u, h.name), true, nil
}

// RolesOf implements strategies.Host.
func (h host) RolesOf(ctx context.Context, profiles []string) ([]string, error) {
	return h.a.Rights.RolesOf(ctx, profiles)
}

// VerifyPassword implements strategies.Host.
func (h host) VerifyPassword(ctx context.Context, found strategies.Found, ok bool, id strategies.Identifier, password string) (strategies.Verdict, error) {
	if ok {
		for _, r := range found.Records {
			if verifier := h.a.family[r.Strategy]; verifier != nil {
				leaveIfOutside(ctx, verifier, r)
				verdict, err := verifier.VerifyPassword(ctx, r, password)
				if err == nil && verdict != strategies.Wrong {
					proof(ctx, found.Kuid)
				}
				return verdict, err
			}
		}
	}
	verifier, like := h.a.decoy(id)
	if verifier == nil {
		return strategies.Wrong, nil
	}
	_, err := verifier.VerifyPassword(ctx, like, password)
	return strategies.Wrong, err
}

// Hash implements strategies.Host.
func (h host) Hash(ctx context.Context, cost strategies.Cost, fn func()) error {
	if check, ok := ctx.Value(hashingKey{}).(func() error); ok {
		if err := check(); err != nil {
			return err
		}
	}
	return hash(ctx, h.a, cost, fn)
}

type hashingKey struct{}

// beforeHashing has something checked once, when a strategy first asks for a hash.
func beforeHashing(ctx context.Context, check func() error) context.Context {
	return context.WithValue(ctx, hashingKey{}, sync.OnceValue(check))
}

// Passwords implements strategies.Host.
func (h host) Passwords() digest.Maker { return h.a.Passwords }

// Accept implements strategies.Host.
func (h host) Accept(ctx context.Context, found strategies.Found, verdict strategies.Verdict, password string) (strategies.Outcome, error) {
	for _, name := range h.a.names {
		if keeper, ok := h.a.strategies[name].(strategies.PasswordKeeper); ok {
			return keeper.Accept(ctx, found, verdict, password)
		}
	}
	return strategies.Outcome{Kuid: found.Kuid, Factor: passwordFactor}, nil
}

// Create implements strategies.Host. The user is made by whoever logs in,
// with profiles that the strategy answers for.
func (h host) Create(ctx context.Context, content map[string]any, in strategies.Credentials) (strategies.Found, error) {
	by := Actor{Kuid: AnonymousKuid}
	if at, ok := ctx.Value(attemptKey{}).(*attempt); ok {
		by = at.by
	}
	u, err := h.a.Create(ctx, by, NewUser{Content: content, Credentials: map[string]any{h.name: map[string]any(in)}, configured: true})
	if err != nil {
		return strategies.Found{}, err
	}
	made, err := h.a.fresh(ctx, u.Kuid)
	if err != nil {
		return strategies.Found{}, err
	}
	return h.a.found(ctx, made, h.name), nil
}

// passwordFactor is what a right password proves where no strategy says it.
const passwordFactor = "password"

// sealPurpose, with the strategy's name, is what its values are sealed for.
const sealPurpose = "accounts.strategy."

// Seal implements strategies.Host.
func (h host) Seal(plain []byte) ([]byte, error) { return h.a.Sealer.Seal(sealPurpose+h.name, plain) }

// Open implements strategies.Host.
func (h host) Open(sealed []byte) ([]byte, error) {
	return h.a.Sealer.Open(sealPurpose+h.name, sealed)
}

// Flows implements strategies.Host.
func (h host) Flows() strategies.Flows { return flows(h) }

type callerKey struct{}

// Act runs an action of a strategy's own. Events and sessions know who asked
// for it, and what it finds wrong about a proof counts as a failed login does.
func (a *Accounts) Act(ctx context.Context, by Actor, action strategies.Action, call strategies.Call) (any, error) {
	ctx, at := withAttempt(context.WithValue(ctx, callerKey{}, by), by)
	defer at.end()
	result, err := action.Run(ctx, call)
	return result, at.done(ctx, err)
}

// caller is who asked for the action that runs, or who tries to log in.
func caller(ctx context.Context) Actor {
	if by, ok := ctx.Value(callerKey{}).(Actor); ok {
		return by
	}
	if at, ok := ctx.Value(attemptKey{}).(*attempt); ok {
		return at.by
	}
	return Actor{Kuid: AnonymousKuid}
}

// Login implements strategies.Host.
func (h host) Login(ctx context.Context, out strategies.Outcome, expiresIn string) (strategies.Session, error) {
	var lifetime any
	if expiresIn != "" {
		lifetime = expiresIn
	}
	session, err := h.a.enter(ctx, caller(ctx), h.name, out, lifetime)
	if at, ok := ctx.Value(attemptKey{}).(*attempt); ok && err == nil {
		at.entered = at.is(out.Kuid)
	}
	return session, err
}

// Subject implements strategies.Host.
func (h host) Subject(ctx context.Context, kuid string, by strategies.Actor, reason strategies.Reason) (strategies.Subject, error) {
	u, err := h.a.user(ctx, kuid)
	if err != nil {
		return strategies.Subject{}, err
	}
	noteJudged(ctx, u)
	who, err := h.a.subject(ctx, u, h.name, Actor{Kuid: by.Kuid}, reason)
	who.By = by
	return who, err
}

// Client implements strategies.Host.
func (h host) Client() *http.Client { return h.a.Client }

// Now implements strategies.Host.
func (h host) Now() time.Time { return h.a.Now() }

// Log implements strategies.Host.
func (h host) Log() *slog.Logger { return h.a.Log.With("strategy", h.name) }
