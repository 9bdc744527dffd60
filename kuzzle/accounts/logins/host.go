package logins

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/strategies"
)

// host is the host of one strategy.
type host struct {
	ls   *Logins
	name string
}

var _ strategies.Host = host{}

// FindByIdentifier implements strategies.Host. The throttle counts a login by its first look-up, so
// that every spelling of a name shares one count, over every transport and strategy.
func (h host) FindByIdentifier(ctx context.Context, id strategies.Identifier) (strategies.Found, bool, error) {
	key, err := h.ls.names.Naming().ClaimKey(h.name, id)
	if err != nil {
		key = ""
	}
	if err := h.ls.attempts.Admit(ctx, key, id.Value); err != nil {
		return strategies.Found{}, false, err
	}
	if h.ls.Registry.Verifier(h.name) != nil {
		if err := h.ls.attempts.Reserve(ctx); err != nil {
			return strategies.Found{}, false, err
		}
	}
	var u *users.User
	if key != "" {
		if u, err = h.ls.names.Holder(ctx, key); err != nil {
			return strategies.Found{}, false, err
		}
	}
	if u == nil || !u.AnswersTo(key, h.ls.names.Naming()) {
		return strategies.Found{}, false, h.ls.attempts.Find(ctx, "")
	}
	if err := h.ls.attempts.Find(ctx, u.Kuid); err != nil {
		return strategies.Found{}, false, err
	}
	return h.ls.found(ctx, u, h.name), true, nil
}

// Find implements strategies.Host.
func (h host) Find(ctx context.Context, kuid string) (strategies.Found, bool, error) {
	if err := h.ls.attempts.Admit(ctx, users.RuleVersion+":kuid:"+kuid, kuid); err != nil {
		return strategies.Found{}, false, err
	}
	u, err := h.ls.users.Current(ctx, kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return strategies.Found{}, false, h.ls.attempts.Find(ctx, "")
	}
	if err == nil {
		err = h.ls.attempts.Find(ctx, kuid)
	}
	if err != nil {
		return strategies.Found{}, false, err
	}
	return h.ls.found(ctx, u, h.name), true, nil
}

// RolesOf implements strategies.Host.
func (h host) RolesOf(ctx context.Context, profiles []string) ([]string, error) {
	return h.ls.Rights.RolesOf(ctx, profiles)
}

// VerifyPassword implements strategies.Host.
func (h host) VerifyPassword(ctx context.Context, found strategies.Found, ok bool, id strategies.Identifier, password string) (strategies.Verdict, error) {
	if ok {
		for _, r := range found.Records {
			if verifier := h.ls.Registry.Verifier(r.Strategy); verifier != nil {
				if attempts.UsedUp(ctx) {
					// No password matches, and the cost is that of a wrong one.
					r = h.ls.unfit(verifier, r)
				}
				attempts.LeaveIfOutside(ctx, verifier, r)
				verdict, err := verifier.VerifyPassword(ctx, r, password)
				if reason := unreadable(err); reason != "" {
					h.ls.Log.ErrorContext(ctx, "a stored password cannot be checked, so its user cannot log in", "kuid", found.Kuid, "strategy", r.Strategy, "reason", reason)
					break
				}
				if err == nil && verdict != strategies.Wrong {
					attempts.Proof(ctx, found.Kuid)
				}
				return verdict, err
			}
		}
	}
	verifier, like := h.ls.decoy(id)
	if verifier == nil {
		return strategies.Wrong, nil
	}
	_, err := verifier.VerifyPassword(ctx, like, password)
	return strategies.Wrong, err
}

// unreadable returns the id of the error for which a stored digest could not be checked, or "". The
// client is not told: the user is refused like an unknown one, at the same cost.
func unreadable(err error) string {
	for _, reason := range [...]*fault.Kind{digest.ErrTooExpensive, digest.ErrMalformed, digest.ErrUnknownHasher, digest.ErrAmbiguous} {
		if errors.Is(err, reason) {
			return reason.ID()
		}
	}
	return ""
}

// Hash implements strategies.Host.
func (h host) Hash(ctx context.Context, cost strategies.Cost, fn func()) error {
	return h.ls.attempts.Hash(ctx, cost, fn)
}

// Passwords implements strategies.Host.
func (h host) Passwords() digest.Maker { return h.ls.Passwords }

// Accept implements strategies.Host.
func (h host) Accept(ctx context.Context, found strategies.Found, verdict strategies.Verdict, password string) (strategies.Outcome, error) {
	if _, keeper := h.ls.Registry.Keeper(); keeper != nil {
		return keeper.Accept(ctx, found, verdict, password)
	}
	return strategies.Outcome{Kuid: found.Kuid, Factor: passwordFactor}, nil
}

// Create implements strategies.Host. The creator is the client that logs in; the strategy answers
// for the profiles.
func (h host) Create(ctx context.Context, content map[string]any, in strategies.Credentials) (strategies.Found, error) {
	u, err := h.ls.credentials.Create(ctx, attempts.Client(ctx), credentials.NewUser{Content: content, Credentials: map[string]any{h.name: map[string]any(in)}, Configured: true, Newcomer: true})
	if err != nil {
		return strategies.Found{}, err
	}
	made, err := h.ls.users.Read(ctx, u.Kuid)
	if err != nil {
		return strategies.Found{}, err
	}
	return h.ls.found(ctx, made, h.name), nil
}

// passwordFactor is the factor of a right password if no strategy names another.
const passwordFactor = "password"

// sealPurpose, with the strategy's name, is the purpose with which its values are sealed.
const sealPurpose = "accounts.strategy."

// Seal implements strategies.Host.
func (h host) Seal(plain []byte) ([]byte, error) { return h.ls.Sealer.Seal(sealPurpose+h.name, plain) }

// Open implements strategies.Host.
func (h host) Open(sealed []byte) ([]byte, error) {
	return h.ls.Sealer.Open(sealPurpose+h.name, sealed)
}

// Flows implements strategies.Host.
func (h host) Flows() strategies.Flows { return flows(h) }

// Tickets implements strategies.Host.
func (h host) Tickets() strategies.Tickets { return tickets(h) }

// tickets are the domain's tickets, for a strategy.
type tickets host

var _ strategies.Tickets = tickets{}

// Redeem implements strategies.Tickets. Guesses count by the text that the client sent, and not for
// a user, since no user is known before the ticket is right.
func (ts tickets) Redeem(ctx context.Context, ticket string, as strategies.Newcomer) (strategies.Outcome, error) {
	if err := ts.admit(ctx, ticket); err != nil {
		return strategies.Outcome{}, err
	}
	out, u, err := ts.ls.Tickets.Redeem(ctx, attempts.Client(ctx), ticket, as)
	if err == nil {
		attempts.NoteSeen(ctx, u)
	}
	return out, err
}

// Look implements strategies.Tickets.
func (ts tickets) Look(ctx context.Context, ticket string) (strategies.Glance, error) {
	if err := ts.admit(ctx, ticket); err != nil {
		return strategies.Glance{}, err
	}
	g, err := ts.ls.Tickets.Look(ctx, ticket)
	if refusal, is := fault.From(err); is && refusal.Status() < http.StatusInternalServerError {
		return strategies.Glance{}, nil
	}
	return g, err
}

func (ts tickets) admit(ctx context.Context, ticket string) error {
	return ts.ls.attempts.Admit(ctx, "", "ticket:"+hashed(ticket))
}

// Act runs a strategy's own action. Events and sessions name its caller, and a wrong proof in it
// counts like a failed login.
func (ls *Logins) Act(ctx context.Context, by users.Actor, action strategies.Action, call strategies.Call) (any, error) {
	ctx, at := attempts.WithAttempt(attempts.Acting(ctx, by), by)
	defer at.End()
	result, err := action.Run(ctx, call)
	return result, at.Done(ctx, err)
}

// Login implements strategies.Host.
func (h host) Login(ctx context.Context, out strategies.Outcome, expiresIn string) (strategies.Session, *strategies.Step, error) {
	var lifetime any
	if expiresIn != "" {
		lifetime = expiresIn
	}
	session, step, err := h.ls.enter(ctx, attempts.Caller(ctx), h.name, out, lifetime)
	if err == nil && step == nil {
		attempts.Entered(ctx, out.Kuid)
	}
	return session, step, err
}

// Subject implements strategies.Host.
func (h host) Subject(ctx context.Context, kuid string, by strategies.Actor, reason strategies.Reason) (strategies.Subject, error) {
	u, err := h.ls.users.Current(ctx, kuid)
	if err != nil {
		return strategies.Subject{}, err
	}
	attempts.NoteSeen(ctx, u)
	who, err := h.ls.users.Subject(ctx, u, h.name, users.Actor{Kuid: by.Kuid}, reason)
	who.By = by
	return who, err
}

// Peer implements strategies.Host.
func (h host) Peer(ctx context.Context) strategies.Peer {
	by := attempts.Caller(ctx)
	peer := strategies.NewPeer(by.Addr, by.Protocol, by.Headers, h.ls.Registry.Headers(h.name))
	peer.Link = by.Link
	return peer
}

// Client implements strategies.Host.
func (h host) Client() *http.Client { return h.ls.Client }

// Now implements strategies.Host.
func (h host) Now() time.Time { return h.ls.Now() }

// Log implements strategies.Host.
func (h host) Log() *slog.Logger { return h.ls.Log.With("strategy", h.name) }

func (ls *Logins) found(ctx context.Context, u *users.User, strategy string) strategies.Found {
	attempts.NoteSeen(ctx, u)
	return strategies.Found{Kuid: u.Kuid, Profiles: slices.Clone(u.Profiles), Records: ls.Registry.RecordsFor(strategy, u.Records)}
}
