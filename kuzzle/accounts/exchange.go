package accounts

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
)

// CreateToken makes a further session for the caller.
func (a *Accounts) CreateToken(ctx context.Context, by Actor, expiresIn any, singleUse bool) (strategies.Session, error) {
	if isInfinite(expiresIn) {
		return strategies.Session{}, token.ErrInvalidExpiration.New("expiresIn", "a token of this kind has to expire")
	}
	lifetime, infinite, err := a.lifetime(expiresIn, a.TokenLifetime, a.MaxTokenTTL)
	if err != nil {
		return strategies.Session{}, err
	}
	u, err := a.caller(ctx, by)
	if err != nil {
		return strategies.Session{}, err
	}
	out, s, err := a.open(ctx, u, sessionPart{SingleUse: singleUse}, lifetime, infinite)
	if err != nil {
		return out, err
	}
	a.capSessions(ctx, u.Kuid)
	a.emit(ctx, events.SessionCreated, by, subject(events.Session, s.id), events.Data{events.Owner: u.Kuid, events.SingleUse: singleUse})
	return out, nil
}

// caller is the user in the state in which the caller's session holds, so that a
// session made of it ends with that one when all are ended meanwhile. A session
// for a single use is gone by now, and was good when the request was let in.
func (a *Accounts) caller(ctx context.Context, by Actor) (*User, error) {
	if by.SessionID != "" && !by.APIKey {
		s, err := a.session(ctx, by.SessionID)
		if err == nil {
			v, err := a.current(ctx, s, a.Now())
			return &v.User, err
		}
		if !errors.Is(err, token.ErrInvalid) {
			return nil, err
		}
	}
	u, err := a.User(ctx, by.Kuid)
	return &u, err
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

// RefreshToken replaces the caller's session by a fresh one. The old one works
// for a grace time, so that requests under way are not refused.
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
	if by.APIKey {
		return strategies.Session{}, token.ErrRefreshForbidden.New("API Key")
	}
	old, err := a.refreshable(ctx, by.SessionID)
	if err != nil {
		return strategies.Session{}, err
	}
	lifetime, infinite, err := a.lifetime(expiresIn, a.TokenLifetime, a.MaxTokenTTL)
	if err != nil {
		return strategies.Session{}, err
	}
	now, err := a.current(ctx, old, a.Now())
	if err != nil {
		return strategies.Session{}, err
	}
	if err := a.retire(ctx, old); err != nil {
		return strategies.Session{}, err
	}
	out, s, err := a.open(ctx, &now.User, sessionPart{Strategy: old.Strategy}, lifetime, infinite)
	if err == nil {
		a.emit(ctx, events.SessionCreated, by, subject(events.Session, s.id), events.Data{events.Owner: by.Kuid})
	}
	return out, err
}

// refreshable is a session as it is stored, if it can have a successor.
func (a *Accounts) refreshable(ctx context.Context, id string) (*session, error) {
	doc, err := a.Store.Get(ctx, storage.Sessions, id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, token.ErrInvalid.New()
	}
	if err != nil {
		return nil, err
	}
	s, err := readSession(doc)
	switch {
	case err != nil:
		return nil, err
	case s.Refreshed || s.SingleUse:
		return nil, token.ErrInvalid.New()
	case s.ExpiresAt < 0:
		return nil, token.ErrRefreshForbidden.New("Token with infinite TTL")
	}
	return s, nil
}

// retire leaves an old session the grace time. Of two refreshes at once, one
// succeeds.
func (a *Accounts) retire(ctx context.Context, old *session) error {
	next := *old
	next.Refreshed = true
	if end := a.Now().Add(a.RefreshGrace).UnixMilli(); end < next.ExpiresAt {
		next.ExpiresAt = end
	}
	doc, err := next.document()
	if err != nil {
		return err
	}
	doc.Version++
	a.sessions.drop(old.id)
	_, err = a.Store.Commit(ctx, storage.Change{In: storage.Sessions, ID: old.id, Put: &doc, If: old.rev})
	a.sessions.drop(old.id)
	if errors.Is(err, storage.ErrConflict) {
		return token.ErrInvalid.New().Because(err)
	}
	return err
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
