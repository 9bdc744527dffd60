package accounts

import (
	"github.com/gokuzzle/kuzzle/kuzzle/events"

	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/gofrs/uuid/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// session is a login, or an API key, as stored. It is shared and never changed.
type session struct {
	id  string
	rev storage.Rev
	sessionPart
}

// sessionPart is what is stored of a session. Incarnation and Epoch are the
// user's at the login: a session counts only while they still are.
type sessionPart struct {
	Kuid        string `json:"kuid"`
	Incarnation string `json:"incarnation,omitempty"`
	Epoch       int64  `json:"epoch,omitempty"`
	CreatedAt   int64  `json:"createdAt"`
	// ExpiresAt is in epoch milliseconds, -1 for never.
	ExpiresAt int64  `json:"expiresAt"`
	Strategy  string `json:"strategy,omitempty"`
	SingleUse bool   `json:"singleUse,omitempty"`
	// Refreshed sessions have a successor and work for the grace time only.
	Refreshed bool `json:"refreshed,omitempty"`
}

func (s *session) document() (storage.Document, error) {
	content, err := json.Marshal(s.sessionPart)
	doc := storage.Document{ID: s.id, Version: 1, Content: content}
	if s.ExpiresAt >= 0 {
		doc.ExpiresAt = time.UnixMilli(s.ExpiresAt)
	}
	return doc, err
}

func readSession(doc storage.Document) (*session, error) {
	s := &session{id: doc.ID, rev: doc.Rev}
	return s, json.Unmarshal(doc.Content, &s.sessionPart)
}

func (a *Accounts) session(ctx context.Context, id string) (*session, error) {
	return a.sessions.get(id, func() (*session, error) {
		doc, err := a.Store.Get(ctx, storage.Sessions, id)
		if errors.Is(err, storage.ErrNotFound) {
			return nil, token.ErrInvalid.New()
		}
		if err != nil {
			return nil, err
		}
		return readSession(doc)
	})
}

// lifetime judges an expiresIn; nil is the configured default.
func (a *Accounts) lifetime(expiresIn any, fallback, max time.Duration) (time.Duration, bool, error) {
	if expiresIn == nil {
		return fallback, fallback < 0, nil
	}
	lifetime, infinite, err := token.ParseLifetime(expiresIn)
	if err != nil {
		return 0, false, err
	}
	return lifetime, infinite, token.CheckTTL(lifetime, infinite, max)
}

// open makes a session. It is the only place where one is born.
func (a *Accounts) open(ctx context.Context, u *User, part sessionPart, lifetime time.Duration, infinite bool) (strategies.Session, *session, error) {
	now := a.Now()
	part.Kuid, part.Incarnation, part.Epoch = u.Kuid, u.incarnation, u.epoch
	part.CreatedAt, part.ExpiresAt = now.UnixMilli(), -1
	out := strategies.Session{Kuid: u.Kuid, ExpiresAt: -1, TTL: -1}
	claims := token.Claims{Kuid: u.Kuid, IssuedAt: now}
	if !infinite {
		expires := now.Add(lifetime)
		part.ExpiresAt, claims.Expires = expires.UnixMilli(), expires
		out.ExpiresAt, out.TTL = part.ExpiresAt, lifetime.Milliseconds()
	}
	s := &session{id: uuid.Must(uuid.NewV7()).String(), sessionPart: part}
	claims.Session, out.ID = s.id, s.id
	var err error
	if out.JWT, err = a.Sessions.Sign(ctx, claims); err != nil {
		return out, nil, err
	}
	doc, err := s.document()
	if err != nil {
		return out, nil, err
	}
	_, err = a.Store.Commit(ctx, storage.Change{In: storage.Sessions, ID: s.id, Put: &doc})
	return out, s, err
}

// capSessions ends a user's oldest sessions above the maximum.
func (a *Accounts) capSessions(ctx context.Context, kuid string) {
	page, err := a.Store.Search(ctx, storage.Sessions, query.Search{Where: ownedBy(storage.Sessions, kuid)})
	if err == nil && page.Total > int64(a.MaxSessions) {
		err = a.endOldest(ctx, kuid)
	}
	if err != nil {
		a.Log.WarnContext(ctx, "the number of sessions was not checked", "kuid", kuid, "cause", err)
	}
}

// endOldest looks at all of a user's sessions: those that have expired count for
// nothing and are removed.
func (a *Accounts) endOldest(ctx context.Context, kuid string) error {
	now := a.Now().UnixMilli()
	var live []string
	expired := func(hit storage.Hit) bool {
		var s sessionPart
		if json.Unmarshal(hit.Content, &s) == nil && s.ExpiresAt >= 0 && s.ExpiresAt <= now {
			return true
		}
		live = append(live, hit.ID)
		return false
	}
	if err := a.removeAll(ctx, storage.Sessions, ownedBy(storage.Sessions, kuid), expired); err != nil {
		return err
	}
	// Ids are ordered by time, and so are hits.
	for ; len(live) > a.MaxSessions; live = live[1:] {
		if _, err := a.remove(ctx, storage.Sessions, live[0]); err != nil {
			return err
		}
		a.Ended(kuid, live[0])
	}
	return nil
}

// Verified is what a token stands for.
type Verified struct {
	User User
	// SessionID is the session's id, or an API key's.
	SessionID string
	// ExpiresAt is in epoch milliseconds, -1 for never.
	ExpiresAt int64
	APIKey    bool
	Infinite  bool
}

// Verify answers what a token stands for, through bounded caches; a single-use
// token is used up. Every token that stands for nothing is token.ErrInvalid.
func (a *Accounts) Verify(ctx context.Context, tok string) (Verified, error) {
	switch token.KindOf(tok) {
	case token.Session:
		return a.verifySession(ctx, tok)
	case token.APIKey:
		return a.verifyKey(ctx, tok)
	}
	return Verified{}, token.ErrInvalid.New()
}

// ForgetTokens has every token's signature checked again, after the keys that
// verify changed.
func (a *Accounts) ForgetTokens() { a.tokens.clear() }

func (a *Accounts) verifySession(ctx context.Context, tok string) (Verified, error) {
	now := a.Now()
	claims, err := a.claims(ctx, tok, now)
	if err != nil {
		return Verified{}, err
	}
	s, err := a.session(ctx, claims.Session)
	if err != nil {
		return Verified{}, err
	}
	if s.Kuid != claims.Kuid {
		return Verified{}, token.ErrInvalid.New()
	}
	v, err := a.current(ctx, s, now)
	if err != nil || !s.SingleUse {
		return v, err
	}
	used, err := a.remove(ctx, storage.Sessions, s.id)
	if err == nil && !used {
		err = token.ErrInvalid.New()
	}
	return v, err
}

// trustFor is how long a token's signature is not checked again. A key that was
// retired with an overlap stops verifying, for nobody to tell of, when that ends.
const trustFor = time.Minute

// checkedClaims are a token's claims and when its signature was checked.
type checkedClaims struct {
	token.Claims
	at time.Time
}

func (a *Accounts) claims(ctx context.Context, tok string, now time.Time) (token.Claims, error) {
	check := func() (checkedClaims, error) {
		claims, err := a.Sessions.Verify(ctx, tok, now)
		return checkedClaims{claims, now}, err
	}
	checked, err := a.tokens.get(tok, check)
	if age := now.Sub(checked.at); err == nil && (age < 0 || age >= trustFor) {
		a.tokens.drop(tok)
		checked, err = a.tokens.get(tok, check)
	}
	return checked.Claims, err
}

// current checks that a session or key belongs to a user who is still there,
// in the same incarnation and epoch, and has not expired.
func (a *Accounts) current(ctx context.Context, s *session, now time.Time) (Verified, error) {
	if s.ExpiresAt >= 0 && now.UnixMilli() >= s.ExpiresAt {
		return Verified{}, token.ErrInvalid.New()
	}
	v := Verified{User: Anonymous, SessionID: s.id, ExpiresAt: s.ExpiresAt, Infinite: s.ExpiresAt < 0}
	if s.Kuid == AnonymousKuid {
		return v, nil
	}
	u, err := a.userOf(ctx, s)
	if errors.Is(err, ErrUserNotFound) || err == nil && !s.of(u) {
		return Verified{}, token.ErrInvalid.New()
	}
	if err != nil {
		return Verified{}, err
	}
	v.User = *u
	return v, nil
}

// userOf reads a session's user. What was kept where others write may be older
// than the session of somebody who logged in a moment after a change, and is no
// reason to refuse it.
func (a *Accounts) userOf(ctx context.Context, s *session) (*User, error) {
	u, err := a.kept(ctx, s.Kuid)
	if err != nil || a.Fresh == nil || s.of(u) {
		return u, err
	}
	a.users.drop(s.Kuid)
	return a.kept(ctx, s.Kuid)
}

// of tells whether the session belongs to the user as they are now.
func (s *session) of(u *User) bool {
	return u.incarnation == s.Incarnation && (s.Epoch < 0 || u.epoch == s.Epoch)
}

// CheckToken is Verify for a token that a client asks about; none at all is the
// anonymous user, who never expires.
func (a *Accounts) CheckToken(ctx context.Context, tok string) (Verified, error) {
	if tok == "" {
		return Verified{User: Anonymous, ExpiresAt: -1}, nil
	}
	return a.Verify(ctx, tok)
}

// Logout ends the caller's session, or all of the caller's. API keys stay.
func (a *Accounts) Logout(ctx context.Context, by Actor, everywhere bool) error {
	if everywhere {
		return a.RevokeTokens(ctx, by, by.Kuid)
	}
	if by.APIKey || by.SessionID == "" {
		return nil
	}
	_, err := a.remove(ctx, storage.Sessions, by.SessionID)
	if err == nil {
		a.Ended(by.Kuid, by.SessionID)
		a.emit(ctx, events.SessionRevoked, by, subject(events.Session, by.SessionID), events.Data{events.Owner: by.Kuid})
	}
	return err
}

// RevokeTokens ends every session of a user, in one commit; API keys stay. A
// user who does not exist has none.
func (a *Accounts) RevokeTokens(ctx context.Context, by Actor, kuid string) error {
	if kuid == AnonymousKuid || kuid == profiles.Anonymous {
		if err := a.Store.Refresh(ctx, storage.Sessions); err != nil {
			return err
		}
		return a.removeAll(ctx, storage.Sessions, ownedBy(storage.Sessions, AnonymousKuid), nil)
	}
	err := a.change(ctx, kuid, Edit{Retries: credentialTries}, func(was *User) (*User, error) {
		next := *was
		next.epoch++
		return &next, nil
	})
	if errors.Is(err, ErrUserNotFound) {
		return nil
	}
	if err == nil {
		a.Ended(kuid, "")
		a.emit(ctx, events.SessionRevoked, by, subject(events.Session, ""), events.Data{events.Owner: kuid, events.Everywhere: true})
	}
	return err
}

// endOthers lets the caller's own session live on when a commit has just ended
// all of the user's. If that fails the caller has to log in again, no more.
func (a *Accounts) endOthers(ctx context.Context, by Actor, kuid string) {
	a.Ended(kuid, "")
	if by.Kuid != kuid || by.SessionID == "" || by.APIKey {
		return
	}
	u, err := a.fresh(ctx, kuid)
	if err != nil {
		return
	}
	doc, err := a.Store.Get(ctx, storage.Sessions, by.SessionID)
	if err != nil {
		return
	}
	own, err := readSession(doc)
	if err != nil || own.Epoch != u.epoch-1 {
		return
	}
	own.Epoch = u.epoch
	next, err := own.document()
	if err != nil {
		return
	}
	next.Version = doc.Version + 1
	a.sessions.drop(own.id)
	_, err = a.Store.Commit(ctx, storage.Change{In: storage.Sessions, ID: own.id, Put: &next, If: doc.Rev})
	a.sessions.drop(own.id)
	if err != nil {
		a.Log.InfoContext(ctx, "the session that changed a password ended with the others", "kuid", kuid, "cause", err)
	}
}
