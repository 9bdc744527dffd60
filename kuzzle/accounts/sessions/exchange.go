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

// CreateToken makes a further session for the caller. It ends with the session
// or the API key that the caller came with, or earlier.
func (ss *Sessions) CreateToken(ctx context.Context, by users.Actor, expiresIn any, singleUse bool) (strategies.Session, error) {
	if isInfinite(expiresIn) {
		return strategies.Session{}, token.ErrInvalidExpiration.New("expiresIn", "a token of this kind has to expire")
	}
	lifetime, infinite, err := ss.LoginLifetime(expiresIn)
	if err != nil {
		return strategies.Session{}, err
	}
	from, err := ss.origin(ctx, by)
	if err != nil {
		return strategies.Session{}, err
	}
	if len(from.makers) > maxMakers {
		return strategies.Session{}, ErrMakersLimit.New(maxMakers + 1)
	}
	out, err := ss.Open(ctx, from.user, SessionPart{
		SingleUse: singleUse, Makers: from.makers, Factors: from.factors, ExpiresAt: Expiry(ss.Now(), lifetime, infinite, from.until),
	})
	if err != nil {
		return out, err
	}
	ss.CapSessions(ctx, from.user.Kuid)
	ss.users.Emit(ctx, events.SessionCreated, by, users.Subject(events.Session, out.ID), events.Data{events.Owner: from.user.Kuid, events.SingleUse: singleUse})
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

// RefreshToken gives the caller's session a fresh token and a new end. The old
// token works for a grace time, so that requests under way are not refused. Of
// several refreshes at once one succeeds, and none in a session that was ended.
func (ss *Sessions) RefreshToken(ctx context.Context, by users.Actor, expiresIn any, strategy string, in map[string]any) (strategies.Session, error) {
	if strategy != "" && strategy != "local" {
		shorter, err := ss.strategyRefresh(ctx, by, strategy, in)
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
		out, err := ss.refresh(ctx, by, expiresIn)
		if errors.Is(err, storage.ErrConflict) {
			if try < users.DeleteTries {
				continue
			}
			err = token.ErrInvalid.New().Because(err)
		}
		if err == nil {
			ss.users.Emit(ctx, events.SessionCreated, by, users.Subject(events.Session, out.ID), events.Data{events.Owner: by.Kuid})
		}
		return out, err
	}
}

// refresh is one try. A conflict is that the session was written meanwhile.
func (ss *Sessions) refresh(ctx context.Context, by users.Actor, expiresIn any) (strategies.Session, error) {
	doc, s, err := ss.refreshable(ctx, by)
	if err != nil {
		return strategies.Session{}, err
	}
	lifetime, infinite, err := ss.LoginLifetime(expiresIn)
	if err != nil {
		return strategies.Session{}, err
	}
	now := ss.Now()
	if _, err := ss.current(ctx, s, now); err != nil {
		return strategies.Session{}, err
	}
	until, err := ss.madeUntil(ctx, s, now)
	if err != nil {
		return strategies.Session{}, err
	}
	s.replace(by.Token, newID(), now, ss.limits.Load().RefreshGrace)
	s.ExpiresAt = Expiry(now, lifetime, infinite, until)
	out, err := ss.sign(ctx, s, now)
	if err != nil {
		return out, err
	}
	return out, ss.rewrite(ctx, s, doc)
}

// refreshable is the caller's session as it is stored, if the caller's token is
// its present one and it can have another.
func (ss *Sessions) refreshable(ctx context.Context, by users.Actor) (storage.Document, *session, error) {
	doc, err := ss.Store.Get(ctx, storage.Sessions, by.SessionID)
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

func (ss *Sessions) strategyRefresh(ctx context.Context, by users.Actor, strategy string, in map[string]any) (string, error) {
	refresher, ok := ss.Registry.Strategy(strategy).(strategies.Refresher)
	if !ok {
		return "", token.ErrRefreshForbidden.New("the strategy " + strategy + " does not refresh tokens")
	}
	u, err := ss.users.Current(ctx, by.Kuid)
	if err != nil {
		return "", err
	}
	who, err := ss.users.Subject(ctx, u, strategy, by, strategies.Validate)
	if err != nil {
		return "", err
	}
	expiresIn, err := refresher.Refresh(ctx, who, in)
	if err != nil {
		return "", token.ErrRefreshForbidden.New("the strategy " + strategy + " refused").Because(err)
	}
	return expiresIn, nil
}
