package sessions

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/cache"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
)

// session is a stored session or API key. It is shared and never changed.
type session struct {
	id  string
	rev storage.Rev
	SessionPart
	// vouch belongs to an API key.
	vouch vouch
}

// SessionPart is the stored part of a session. Incarnation and Epoch are the user's at the login:
// the session is valid only while the user still has them.
type SessionPart struct {
	Kuid        string `json:"kuid"`
	Incarnation string `json:"incarnation,omitempty"`
	Epoch       int64  `json:"epoch,omitempty"`
	CreatedAt   int64  `json:"createdAt"`
	// ExpiresAt is in epoch milliseconds, -1 for never.
	ExpiresAt int64  `json:"expiresAt"`
	Strategy  string `json:"strategy,omitempty"`
	SingleUse bool   `json:"singleUse,omitempty"`
	// LoggedInAt is the time of the login that began the session; 0 if another session or a key
	// made it.
	LoggedInAt int64 `json:"loggedInAt,omitempty"`
	// Factors maps the proved factors to the times, in epoch milliseconds.
	Factors map[string]int64 `json:"factors,omitempty"`
	Makers  []maker          `json:"makers,omitempty"`
	// Acting is the organization that the session acts for, nil for none.
	Acting *Acting `json:"acting,omitempty"`
	// Until is the latest end of the session over all refreshes, in epoch milliseconds; 0 leaves it
	// to [Limits].
	Until int64 `json:"until,omitempty"`
	// Act identifies the actor in the user's place, as an object with sub; nil for none.
	Act map[string]any `json:"act,omitempty"`
	// ActBy names the credential with which the session ends beside its makers: that of the actor in
	// the user's place, or a service key that made it; see [users.Actor.Credential]. It is "" if
	// there is none, and in sessions that have makers.
	ActBy string `json:"actBy,omitempty"`
	// Device is the device on which the session began, nil if unknown.
	Device *Device `json:"device,omitempty"`
	// Token is the id of the session's current token. Replaced lists refreshed tokens in their
	// grace time; tokens that no longer fit in it were in theirs until ForgottenUntil at most.
	Token          string     `json:"token,omitempty"`
	Replaced       []replaced `json:"replaced,omitempty"`
	ForgottenUntil int64      `json:"forgottenUntil,omitempty"`
	// Refreshed is set in sessions that an earlier version replaced by another.
	Refreshed bool `json:"refreshed,omitempty"`
}

// Acting is the organization that a session acts for, and the user's membership of it. It has no
// effect after that membership ended.
type Acting struct {
	Organization string `json:"organization"`
	Membership   string `json:"membership"`
}

func (s *session) document() (storage.Document, error) {
	content, err := json.Marshal(s.SessionPart)
	doc := storage.Document{ID: s.id, Version: 1, Content: content}
	if s.ExpiresAt >= 0 {
		doc.ExpiresAt = time.UnixMilli(s.ExpiresAt)
	}
	return doc, err
}

// OwnerOf returns the user and incarnation of a session; ok is false if the session is missing or
// expired. It reads the store, not the cache.
func (ss *Sessions) OwnerOf(ctx context.Context, id string) (kuid, incarnation string, ok bool) {
	doc, err := ss.Store.Get(ctx, storage.Sessions, id)
	if err != nil {
		return "", "", false
	}
	s, err := readSession(doc)
	if err != nil || ss.limits.Load().expired(s, ss.Now()) {
		return "", "", false
	}
	return s.Kuid, s.Incarnation, true
}

func readSession(doc storage.Document) (*session, error) {
	s := &session{id: doc.ID, rev: doc.Rev}
	return s, json.Unmarshal(doc.Content, &s.SessionPart)
}

// rewrite writes a session over the document that it was read from. A conflict means that the
// session was written meanwhile.
func (ss *Sessions) rewrite(ctx context.Context, s *session, over storage.Document) error {
	next, err := s.document()
	if err != nil {
		return err
	}
	next.Version = over.Version + 1
	ss.cache.Drop(s.id)
	_, err = ss.Store.Commit(ctx, storage.Change{In: storage.Sessions, ID: s.id, Put: &next, If: over.Rev})
	ss.cache.Drop(s.id)
	return err
}

func (ss *Sessions) session(ctx context.Context, id string) (*session, error) {
	return cache.Get(ss.cache, id, func() (*session, error) {
		doc, err := ss.Store.Get(ctx, storage.Sessions, id)
		if errors.Is(err, storage.ErrNotFound) {
			return nil, token.ErrInvalid.New()
		}
		if err != nil {
			return nil, err
		}
		s, err := readSession(doc)
		s.Device = nil // the cached state needs no device
		return s, err
	})
}

// Lifetime parses and checks an expiresIn; nil is fallback.
func (ss *Sessions) Lifetime(expiresIn any, fallback, max time.Duration) (time.Duration, bool, error) {
	if expiresIn == nil {
		return fallback, fallback < 0, nil
	}
	lifetime, infinite, err := token.ParseLifetime(expiresIn)
	if err != nil {
		return 0, false, err
	}
	return lifetime, infinite, token.CheckTTL(lifetime, infinite, max)
}

// Expiry returns the end of a lifetime that begins now, in epoch milliseconds, -1 for never.
// Nothing ends later than its maker.
func Expiry(now time.Time, lifetime time.Duration, infinite bool, makerUntil int64) int64 {
	if infinite {
		return makerUntil
	}
	return earlier(now.Add(lifetime).UnixMilli(), makerUntil)
}

// sign makes the session's next token.
func (ss *Sessions) sign(ctx context.Context, s *session, now time.Time) (strategies.Session, error) {
	out := strategies.Session{ID: s.id, Kuid: s.Kuid, ExpiresAt: s.ExpiresAt, TTL: -1}
	claims := token.Claims{Kuid: s.Kuid, Session: s.id, ID: s.Token, IssuedAt: now}
	if s.ExpiresAt >= 0 {
		claims.Expires = time.UnixMilli(s.ExpiresAt)
		out.TTL = s.ExpiresAt - now.UnixMilli()
	}
	var err error
	out.JWT, err = ss.Sessions.Sign(ctx, claims)
	return out, err
}

// newID returns a unique id; ids sort by time.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// Open creates a session, whose times count from now. No other function creates one. If a login
// begins it, its time is stored as the user's last login. once is a key that the commit uses up, ""
// for none; if another commit used it first, the error is a *storage.TakenError.
func (ss *Sessions) Open(ctx context.Context, by users.Actor, now time.Time, u *users.User, part SessionPart, once string) (strategies.Session, error) {
	part.Kuid, part.Incarnation, part.Epoch = u.Kuid, u.Incarnation, u.Epoch
	part.CreatedAt, part.Token, part.Device = now.UnixMilli(), newID(), deviceOf(by)
	s := &session{id: newID(), SessionPart: part}
	if _, err := ss.actedUntil(ctx, s, u, now); err != nil {
		return strategies.Session{}, err
	}
	out, err := ss.sign(ctx, s, now)
	if err != nil {
		return out, err
	}
	doc, err := s.document()
	if err != nil {
		return out, err
	}
	opening := storage.Change{In: storage.Sessions, ID: s.id, Put: &doc}
	if once != "" {
		opening.Take = []storage.Take{{Key: once, Once: true}}
	}
	if !ss.idle() {
		if opening.Outbox, err = ss.Outbox.Session(ctx, Told{By: by, What: Created, Session: ss.limits.Load().session(s), User: u}); err != nil {
			return out, err
		}
	}
	if part.LoggedInAt != 0 {
		err = ss.users.SignedIn(ctx, u, opening)
	} else {
		_, err = ss.Store.Commit(ctx, opening)
	}
	if err == nil && len(opening.Outbox) > 0 {
		ss.Outbox.Written()
	}
	return out, err
}

// Verified is the result of verifying a token.
type Verified struct {
	User users.User
	// SessionID is the session's id, or an API key's.
	SessionID string
	// ExpiresAt is in epoch milliseconds, -1 for never.
	ExpiresAt int64
	APIKey    bool
	Infinite  bool
	// Token is the id of the verified token, or an API key's fingerprint.
	Token string
	// SingleUse is set if this verification used the token up.
	SingleUse bool
	// Factors maps the factors that the session proved to the times, in epoch milliseconds; it is
	// shared, and never changed.
	Factors map[string]int64
	// Act is the actor in the user's place, "" for none.
	Act string
}

// Verify verifies a token, through bounded caches; it uses up a single-use token. The error for
// every invalid token is token.ErrInvalid.
func (ss *Sessions) Verify(ctx context.Context, tok string) (Verified, error) {
	return ss.verify(ctx, tok, false)
}

// EndReused handles a token that Verify refused in a request to refresh or log out. If a refresh
// replaced the token and its grace time is over, it ends the session and everything that the
// session made.
func (ss *Sessions) EndReused(ctx context.Context, tok string) error {
	_, err := ss.verify(ctx, tok, true)
	if errors.Is(err, token.ErrInvalid) {
		return nil
	}
	return err
}

func (ss *Sessions) verify(ctx context.Context, tok string, end bool) (Verified, error) {
	switch token.KindOf(tok) {
	case token.Session:
		return ss.verifySession(ctx, tok, end)
	case token.APIKey:
		return ss.keys.verifyKey(ctx, tok)
	}
	return Verified{}, token.ErrInvalid.New()
}

// ForgetTokens clears the cache of verified signatures, after the keys that verify changed.
func (ss *Sessions) ForgetTokens() { ss.tokens.Clear() }

func (ss *Sessions) verifySession(ctx context.Context, tok string, end bool) (Verified, error) {
	now := ss.Now()
	claims, err := ss.claims(ctx, tok, now)
	if err != nil {
		return Verified{}, err
	}
	s, err := ss.session(ctx, claims.Session)
	if err != nil {
		return Verified{}, err
	}
	if s.Kuid != claims.Kuid {
		return Verified{}, token.ErrInvalid.New()
	}
	until, ok := s.accepts(claims.ID, now)
	if !ok {
		if s, err = ss.replacedToken(ctx, s.id, claims.ID, end); err != nil {
			return Verified{}, err
		}
		until, _ = s.accepts(claims.ID, now)
	}
	if !s.gave(claims) {
		return Verified{}, token.ErrInvalid.New()
	}
	v, err := ss.current(ctx, s, now)
	v.Token, v.SingleUse, v.ExpiresAt = claims.ID, s.SingleUse, earlier(v.ExpiresAt, until)
	if err != nil || !s.SingleUse {
		return v, err
	}
	used, err := ss.remove.one(ctx, storage.Sessions, s.id, ending{how: Ended})
	if err == nil && !used {
		err = token.ErrInvalid.New()
	}
	return v, err
}

// gave reports whether the session gave a token its end. The current token ends with the session,
// to the second, and only a session without end has tokens without one. Replaced tokens had other
// ends.
func (s *session) gave(claims token.Claims) bool {
	if claims.Expires.IsZero() {
		return s.ExpiresAt < 0
	}
	if claims.ID != s.Token {
		return true
	}
	after := claims.Expires.UnixMilli() - s.ExpiresAt
	return s.ExpiresAt >= 0 && max(after, -after) < time.Second.Milliseconds()
}

// trustFor is how long a verified signature is cached. A key that was retired with an overlap stops
// verifying when the overlap ends, without a notification.
const trustFor = time.Minute

// checkedClaims are a token's claims, and the time when its signature was checked.
type checkedClaims struct {
	token.Claims
	at time.Time
}

func (ss *Sessions) claims(ctx context.Context, tok string, now time.Time) (token.Claims, error) {
	check := func() (checkedClaims, error) {
		claims, err := ss.Sessions.Verify(ctx, tok, now)
		return checkedClaims{claims, now}, err
	}
	checked, err := cache.Get(ss.tokens, tok, check)
	if age := now.Sub(checked.at); err == nil && (age < 0 || age >= trustFor) {
		ss.tokens.Drop(tok)
		checked, err = cache.Get(ss.tokens, tok, check)
	}
	return checked.Claims, err
}

// current checks that the user of a session or key exists in the same incarnation and epoch and is
// not banned, that it has not expired, that all its makers are valid, and that the maker of a key for
// another user has no fewer rights than that user.
func (ss *Sessions) current(ctx context.Context, s *session, now time.Time) (Verified, error) {
	limits := ss.limits.Load()
	if limits.expired(s, now) {
		return Verified{}, token.ErrInvalid.New()
	}
	until, err := ss.madeUntil(ctx, s, now)
	if err == nil {
		err = ss.vouched(ctx, s)
	}
	if err != nil {
		return Verified{}, err
	}
	until = earlier(limits.endOf(s), until)
	v := Verified{User: users.Anonymous, SessionID: s.id, ExpiresAt: until, Infinite: until < 0, Factors: s.Factors, Act: users.Sub(s.Act)}
	if s.Kuid == users.AnonymousKuid {
		return v, nil
	}
	u, err := ss.userOf(ctx, s)
	if errors.Is(err, users.ErrUserNotFound) || err == nil && (!s.of(u) || u.Banned()) {
		return Verified{}, token.ErrInvalid.New()
	}
	if err != nil {
		return Verified{}, err
	}
	if err := ss.keys.contained(ctx, s, u); err != nil {
		return Verified{}, err
	}
	until, err = ss.actedUntil(ctx, s, u, now)
	if err != nil {
		return Verified{}, err
	}
	v.ExpiresAt = earlier(v.ExpiresAt, until)
	v.Infinite = v.ExpiresAt < 0
	if s.Act == nil && s.Epoch != anyEpoch {
		ss.Active(u)
	}
	v.User = *u
	return v, nil
}

// userOf reads a session's user. If other processes write the store, the cached user may be older
// than a session that began just after a change; then it reads again instead of refusing the
// session.
func (ss *Sessions) userOf(ctx context.Context, s *session) (*users.User, error) {
	u, err := ss.users.Kept(ctx, s.Kuid)
	if err != nil || ss.Fresh == nil || s.of(u) {
		return u, err
	}
	ss.users.Forget(s.Kuid)
	return ss.users.Kept(ctx, s.Kuid)
}

// of reports whether the session belongs to the current state of the user.
func (s *session) of(u *users.User) bool {
	return u.Incarnation == s.Incarnation && (s.Epoch < 0 || u.Epoch == s.Epoch)
}

// CheckToken is Verify for a token that a client asks about; "" is the anonymous user, who never
// expires.
func (ss *Sessions) CheckToken(ctx context.Context, tok string) (Verified, error) {
	if tok == "" {
		return Verified{User: users.Anonymous, ExpiresAt: -1}, nil
	}
	return ss.Verify(ctx, tok)
}
