package sessions

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Exchange gives callers another token for theirs: a further session, or a renewed token. It is
// safe for concurrent use.
type Exchange struct{ sessions *Sessions }

// NewExchange returns an Exchange for the sessions.
func NewExchange(of *Sessions) *Exchange { return &Exchange{of} }

// CreateToken creates a further session for the caller. It ends with the caller's session or API
// key, or earlier.
func (ex *Exchange) CreateToken(ctx context.Context, by users.Actor, expiresIn any, singleUse bool) (strategies.Session, error) {
	if isInfinite(expiresIn) {
		return strategies.Session{}, token.ErrInvalidExpiration.New("expiresIn", "a token of this kind must expire")
	}
	lifetime, infinite, err := ex.sessions.LoginLifetime(expiresIn)
	if err != nil {
		return strategies.Session{}, err
	}
	from, err := ex.sessions.origin(ctx, by)
	if err != nil {
		return strategies.Session{}, err
	}
	if len(from.makers) > maxMakers {
		return strategies.Session{}, ErrMakersLimit.New(maxMakers + 1)
	}
	now := ex.sessions.Now()
	out, err := ex.sessions.Open(ctx, by, now, from.user, SessionPart{
		SingleUse: singleUse, Makers: from.makers, Factors: from.factors, Act: from.act, ExpiresAt: Expiry(now, lifetime, infinite, from.until),
	}, "")
	if err != nil {
		return out, err
	}
	ex.sessions.CapSessions(ctx, from.user.Kuid)
	ex.sessions.users.Emit(ctx, events.SessionCreated, by, users.Subject(events.Session, out.ID), events.Data{events.Owner: from.user.Kuid, events.SingleUse: singleUse})
	return out, nil
}

func isInfinite(expiresIn any) bool {
	switch v := expiresIn.(type) {
	case float64:
		return v == -1
	case string:
		return v == "-1"
	}
	return false
}

// RefreshToken gives the caller's session a new token and a new end. The old token works for a
// grace time, so that requests under way are not refused. Of several concurrent refreshes one
// succeeds, and none in a session that was ended.
func (ex *Exchange) RefreshToken(ctx context.Context, by users.Actor, expiresIn any, strategy string, in map[string]any) (strategies.Session, error) {
	if strategy != "" && strategy != "local" {
		shorter, err := ex.strategyRefresh(ctx, by, strategy, in)
		if err != nil {
			return strategies.Session{}, err
		}
		if shorter != "" {
			expiresIn = shorter
		}
	}
	switch {
	case by.APIKey:
		return strategies.Session{}, token.ErrRefreshForbidden.New("API Key")
	case by.SingleUse:
		return strategies.Session{}, ErrMakesNothing.New()
	}
	for try := 1; ; try++ {
		out, err := ex.refresh(ctx, by, expiresIn)
		if errors.Is(err, storage.ErrConflict) {
			if try < users.DeleteTries {
				continue
			}
			err = token.ErrInvalid.New().Because(err)
		}
		if err == nil {
			ex.sessions.users.Emit(ctx, events.SessionCreated, by, users.Subject(events.Session, out.ID), events.Data{events.Owner: by.Kuid})
		}
		return out, err
	}
}

// refresh is one try. A conflict means that the session was written meanwhile.
func (ex *Exchange) refresh(ctx context.Context, by users.Actor, expiresIn any) (strategies.Session, error) {
	doc, s, err := ex.refreshable(ctx, by)
	if err != nil {
		return strategies.Session{}, err
	}
	lifetime, infinite, err := ex.sessions.LoginLifetime(expiresIn)
	if err != nil {
		return strategies.Session{}, err
	}
	now := ex.sessions.Now()
	if _, err := ex.sessions.current(ctx, s, now); err != nil {
		return strategies.Session{}, err
	}
	until, err := ex.sessions.madeUntil(ctx, s, now)
	if err != nil {
		return strategies.Session{}, err
	}
	limits := ex.sessions.limits.Load()
	s.replace(by.Token, newID(), now, limits.RefreshGrace)
	s.ExpiresAt = Expiry(now, lifetime, infinite, until)
	s.ExpiresAt = limits.endOf(s)
	out, err := ex.sessions.sign(ctx, s, now)
	if err != nil {
		return out, err
	}
	return out, ex.sessions.rewrite(ctx, s, doc)
}

// refreshable returns the stored session of the caller, if the caller's token is the session's
// current one and may be refreshed.
func (ex *Exchange) refreshable(ctx context.Context, by users.Actor) (storage.Document, *session, error) {
	doc, err := ex.sessions.Store.Get(ctx, storage.Sessions, by.SessionID)
	if errors.Is(err, storage.ErrNotFound) {
		return doc, nil, token.ErrInvalid.New()
	}
	if err != nil {
		return doc, nil, err
	}
	s, err := readSession(doc)
	switch {
	case err != nil:
		return doc, nil, err
	case s.Refreshed || s.SingleUse || by.Token == "" || s.Token != "" && s.Token != by.Token:
		return doc, nil, token.ErrInvalid.New()
	case s.ExpiresAt < 0:
		return doc, nil, token.ErrRefreshForbidden.New("Token with infinite TTL")
	}
	return doc, s, nil
}

func (ex *Exchange) strategyRefresh(ctx context.Context, by users.Actor, strategy string, in map[string]any) (string, error) {
	refresher, ok := ex.sessions.Registry.Strategy(strategy).(strategies.Refresher)
	if !ok {
		return "", token.ErrRefreshForbidden.New("the strategy " + strategy + " does not refresh tokens")
	}
	u, err := ex.sessions.users.Current(ctx, by.Kuid)
	if err != nil {
		return "", err
	}
	who, err := ex.sessions.users.Subject(ctx, u, strategy, by, strategies.Validate)
	if err != nil {
		return "", err
	}
	expiresIn, err := refresher.Refresh(ctx, who, in)
	if err != nil {
		return "", token.ErrRefreshForbidden.New("the strategy " + strategy + " refused").Because(err)
	}
	return expiresIn, nil
}
