package accounts

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
)

// CreateToken makes a further session for the caller. It ends with the session
// or the API key that the caller came with, or earlier.
func (a *Accounts) CreateToken(ctx context.Context, by Actor, expiresIn any, singleUse bool) (strategies.Session, error) {
	if isInfinite(expiresIn) {
		return strategies.Session{}, token.ErrInvalidExpiration.New("expiresIn", "a token of this kind has to expire")
	}
	lifetime, infinite, err := a.lifetime(expiresIn, a.TokenLifetime, a.MaxTokenTTL)
	if err != nil {
		return strategies.Session{}, err
	}
	from, err := a.origin(ctx, by)
	if err != nil {
		return strategies.Session{}, err
	}
	if len(from.makers) > maxMakers {
		return strategies.Session{}, ErrMakersLimit.New(maxMakers + 1)
	}
	out, s, err := a.open(ctx, from.user, sessionPart{
		SingleUse: singleUse, Makers: from.makers, ExpiresAt: expiry(a.Now(), lifetime, infinite, from.until),
	})
	if err != nil {
		return out, err
	}
	a.capSessions(ctx, from.user.Kuid)
	a.emit(ctx, events.SessionCreated, by, subject(events.Session, s.id), events.Data{events.Owner: from.user.Kuid, events.SingleUse: singleUse})
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
func (a *Accounts) RefreshToken(ctx context.Context, by Actor, expiresIn any, strategy string, in map[string]any) (strategies.Session, error) {
	if strategy != "" && strategy != "local" {
		shorter, err := a.strategyRefresh(ctx, by, strategy, in)
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
		out, err := a.refresh(ctx, by, expiresIn)
		if errors.Is(err, storage.ErrConflict) {
			if try < deleteTries {
				continue
			}
			err = token.ErrInvalid.New().Because(err)
		}
		if err == nil {
			a.emit(ctx, events.SessionCreated, by, subject(events.Session, out.ID), events.Data{events.Owner: by.Kuid})
		}
		return out, err
	}
}

// refresh is one try. A conflict is that the session was written meanwhile.
func (a *Accounts) refresh(ctx context.Context, by Actor, expiresIn any) (strategies.Session, error) {
	doc, s, err := a.refreshable(ctx, by)
	if err != nil {
		return strategies.Session{}, err
	}
	lifetime, infinite, err := a.lifetime(expiresIn, a.TokenLifetime, a.MaxTokenTTL)
	if err != nil {
		return strategies.Session{}, err
	}
	now := a.Now()
	if _, err := a.current(ctx, s, now); err != nil {
		return strategies.Session{}, err
	}
	until, err := a.madeUntil(ctx, s, now)
	if err != nil {
		return strategies.Session{}, err
	}
	s.replace(by.Token, newID(), now, a.RefreshGrace)
	s.ExpiresAt = expiry(now, lifetime, infinite, until)
	out, err := a.sign(ctx, s, now)
	if err != nil {
		return out, err
	}
	next, err := s.document()
	if err != nil {
		return out, err
	}
	next.Version = doc.Version + 1
	a.sessions.drop(s.id)
	_, err = a.Store.Commit(ctx, storage.Change{In: storage.Sessions, ID: s.id, Put: &next, If: doc.Rev})
	a.sessions.drop(s.id)
	return out, err
}

// refreshable is the caller's session as it is stored, if the caller's token is
// its present one and it can have another.
func (a *Accounts) refreshable(ctx context.Context, by Actor) (storage.Document, *session, error) {
	doc, err := a.Store.Get(ctx, storage.Sessions, by.SessionID)
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

func (a *Accounts) strategyRefresh(ctx context.Context, by Actor, strategy string, in map[string]any) (string, error) {
	refresher, ok := a.strategies[strategy].(strategies.Refresher)
	if !ok {
		return "", token.ErrRefreshForbidden.New("the strategy " + strategy + " does not refresh tokens")
	}
	u, err := a.user(ctx, by.Kuid)
	if err != nil {
		return "", err
	}
	who, err := a.subject(ctx, u, strategy, by, strategies.Validate)
	if err != nil {
		return "", err
	}
	expiresIn, err := refresher.Refresh(ctx, who, in)
	if err != nil {
		return "", token.ErrRefreshForbidden.New("the strategy " + strategy + " refused").Because(err)
	}
	return expiresIn, nil
}
