package sessions

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/profiles"
)

const (
	// maxMakers bounds a chain of tokens, each made by the one before.
	maxMakers = 8
	// maxReplaced bounds the tokens of a session that are in their grace time.
	maxReplaced = 16
)

// maker is the session or API key that made a session. A session lists all its makers, the first
// one first, and is valid only while all of them are. So one commit that ends a maker also ends
// everything below it.
type maker struct {
	Session string `json:"session,omitempty"`
	// Key is the fingerprint of an API key.
	Key string `json:"key,omitempty"`
}

// replaced is a token that a refresh replaced.
type replaced struct {
	Token string `json:"token"`
	// Until is the end of its grace time, in epoch milliseconds.
	Until int64 `json:"until"`
}

// origin has the data of a caller's session or key that its new sessions and keys inherit.
type origin struct {
	user   *users.User
	makers []maker
	// until is the end of the caller's own session or key, in epoch milliseconds, -1 for never.
	until int64
	// loggedInAt is when the caller's session began with a login, 0 if it did not.
	loggedInAt int64
	// factors are the session's proved factors; act is the actor in the user's place, and actBy the
	// credential with which the session ends beside its makers.
	factors map[string]int64
	act     map[string]any
	actBy   string
}

// origin reads the caller's session or key in its current state. Everything made from it ends with
// it, even if all sessions are ended meanwhile.
func (ss *Sessions) origin(ctx context.Context, by users.Actor) (origin, error) {
	if by.SingleUse {
		return origin{}, ErrMakesNothing.New()
	}
	if by.SessionID == "" {
		u, err := ss.users.User(ctx, by.Kuid)
		return origin{user: &u, until: -1}, err
	}
	var s *session
	var made maker
	var err error
	if by.APIKey {
		made.Key = by.Token
		s, err = ss.keys.key(ctx, made.Key)
	} else {
		made.Session = by.SessionID
		s, err = ss.session(ctx, made.Session)
	}
	if err != nil {
		return origin{}, err
	}
	v, err := ss.current(ctx, s, ss.Now())
	if err != nil {
		return origin{}, err
	}
	actBy, err := s.actBy(ctx, ss)
	return origin{
		user: &v.User, until: v.ExpiresAt, loggedInAt: s.LoggedInAt, factors: s.Factors, act: s.Act, actBy: actBy,
		makers: append(slices.Clone(s.Makers), made),
	}, err
}

// madeUntil returns the earliest end of a session's makers, in epoch milliseconds, -1 for never. If
// a maker is no longer valid, the error is token.ErrInvalid.
func (ss *Sessions) madeUntil(ctx context.Context, s *session, now time.Time) (int64, error) {
	until, limits := int64(-1), ss.limits.Load()
	for _, by := range s.Makers {
		made, err := ss.madeBy(ctx, by)
		if err != nil {
			return 0, err
		}
		if limits.expired(made, now) || made.Kuid != s.Kuid {
			return 0, token.ErrInvalid.New()
		}
		if err := ss.vouched(ctx, made); err != nil {
			return 0, err
		}
		until = earlier(until, limits.endOf(made))
	}
	return until, nil
}

func (ss *Sessions) madeBy(ctx context.Context, by maker) (*session, error) {
	if by.Key != "" {
		return ss.keys.key(ctx, by.Key)
	}
	return ss.session(ctx, by.Session)
}

// ActController and ActAction are the action with which users begin to act in others' places.
const ActController, ActAction = "security", "impersonate"

// actBy returns the credential with which a session ends beside its makers. A session has that of its
// first maker.
func (s *session) actBy(ctx context.Context, ss *Sessions) (string, error) {
	if len(s.Makers) == 0 {
		return s.ActBy, nil
	}
	first, err := ss.madeBy(ctx, s.Makers[0])
	if err != nil {
		return "", err
	}
	return first.ActBy, nil
}

// actedUntil returns how long an actor may act in the user's place, in epoch milliseconds, -1 for
// as long as the session. A session that an acting one made is acting too. The actor's own session
// or key must be valid, the actor must still have the right to act, and the user must not have more
// rights than the actor. A service key that made the session must still stand for it. Otherwise the
// error is token.ErrInvalid.
func (ss *Sessions) actedUntil(ctx context.Context, s *session, u *users.User, now time.Time) (int64, error) {
	actBy, err := s.actBy(ctx, ss)
	if err != nil || actBy == "" {
		return -1, err
	}
	var by maker
	if id, is := strings.CutPrefix(actBy, users.SessionCredential); is {
		by.Session = id
	} else if by.Key, is = strings.CutPrefix(actBy, users.KeyCredential); !is {
		serves, err := ss.keys.containment.Serves(ctx, actBy, u)
		if err == nil && !serves {
			err = token.ErrInvalid.New()
		}
		return -1, err
	}
	acts, err := ss.madeBy(ctx, by)
	if err != nil {
		return 0, err
	}
	v, err := ss.current(ctx, acts, now)
	if err != nil {
		return 0, err
	}
	may, err := ss.Rights.Allowed(ctx, v.User.Profiles, ActController, ActAction, profiles.Target{})
	if err == nil && !may {
		return 0, token.ErrInvalid.New()
	}
	if err == nil {
		err = ss.keys.within(ctx, acts.Kuid, u)
	}
	return v.ExpiresAt, err
}

// within refuses what a user made for another one, if that one has more rights by now.
func (ks *Keys) within(ctx context.Context, made string, u *users.User) error {
	err := ks.containment.ForeseeUser(ctx, users.Actor{Kuid: made}, u)
	if errors.Is(err, profiles.ErrExceedsOwn) {
		err = token.ErrInvalid.New()
	}
	return err
}

// contained refuses a key that somebody with fewer rights than its user made, and the sessions that
// such a key made. Sessions of logins, and keys of users of their own, cost nothing.
func (ks *Keys) contained(ctx context.Context, s *session, u *users.User) error {
	if s.vouch.Kuid != "" && s.vouch.Kuid != u.Kuid {
		return ks.within(ctx, s.vouch.Kuid, u)
	}
	for _, by := range s.Makers {
		if by.Key == "" {
			continue
		}
		key, err := ks.key(ctx, by.Key)
		if err == nil {
			err = ks.contained(ctx, key, u)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// earlier returns the earlier of two ends, of which -1 is none.
func earlier(a, b int64) int64 {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}

// accepts reports whether a token is a valid one of the session, and its end, -1 for that of the
// session.
func (s *session) accepts(tok string, now time.Time) (until int64, ok bool) {
	// A session of an earlier version that was never refreshed has only one token, and does not
	// record it.
	if s.Token == "" || s.Token == tok {
		return -1, true
	}
	for _, old := range s.Replaced {
		if old.Token == tok && now.UnixMilli() < old.Until {
			return old.Until, true
		}
	}
	return 0, false
}

// replace replaces the current token, which then works for the grace time.
func (s *SessionPart) replace(old, next string, now time.Time, grace time.Duration) {
	s.Token = next
	inGrace := make([]replaced, 0, len(s.Replaced)+1)
	for _, r := range s.Replaced {
		if now.UnixMilli() < r.Until {
			inGrace = append(inGrace, r)
		}
	}
	if grace > 0 {
		inGrace = append(inGrace, replaced{old, now.Add(grace).UnixMilli()})
	}
	if drop := len(inGrace) - maxReplaced; drop > 0 {
		for _, r := range inGrace[:drop] {
			s.ForgottenUntil = max(s.ForgottenUntil, r.Until)
		}
		inGrace = inGrace[drop:]
	}
	s.Replaced = inGrace
}

// replacedToken decides about a token that the cached session does not accept. Another server may
// have just refreshed it. If the stored session does not accept it either, the token was replaced
// and its grace time is over. A caller who refreshes such a token has a copy of it. Then, with end,
// the session ends, with the new token and everything that it made.
func (ss *Sessions) replacedToken(ctx context.Context, id, tok string, end bool) (*session, error) {
	ss.cache.Drop(id)
	for try := 1; ; try++ {
		doc, err := ss.Store.Get(ctx, storage.Sessions, id)
		if errors.Is(err, storage.ErrNotFound) {
			return nil, token.ErrInvalid.New()
		}
		if err != nil {
			return nil, err
		}
		s, err := readSession(doc)
		if err != nil {
			return nil, err
		}
		now := ss.Now()
		if _, ok := s.accepts(tok, now); ok {
			return s, nil
		}
		if !end || now.UnixMilli() < s.ForgottenUntil {
			return nil, token.ErrInvalid.New()
		}
		err = ss.remove.commit(ctx, storage.Sessions, doc, ending{how: Revoked})
		if errors.Is(err, storage.ErrConflict) && try < users.DeleteTries {
			continue
		}
		if err != nil {
			return nil, err
		}
		ss.Ended(s.Kuid, id)
		ss.users.Emit(ctx, events.SessionRevoked, users.Actor{Kuid: s.Kuid, SessionID: id, Act: users.Sub(s.Act)}, users.Subject(events.Session, id),
			events.Data{events.Owner: s.Kuid, events.Reason: tokenReused})
		return nil, token.ErrInvalid.New()
	}
}

// tokenReused is the reason for the end of a session whose replaced token was used again.
const tokenReused = "token.reused"

// vouch is the state of the user who made an API key: the key ends when all sessions of that user
// end.
type vouch struct {
	Kuid        string `json:"maker,omitempty"`
	Incarnation string `json:"makerIncarnation,omitempty"`
	Epoch       int64  `json:"makerEpoch,omitempty"`
	// ActBy is that of the session that made the key.
	ActBy string `json:"makerActBy,omitempty"`
}

// keyMaker is the search field for the maker of an API key.
var keyMaker = query.Field{Area: query.Account, Path: "maker"}

// vouched refuses a key if all sessions of its maker were ended since. Sessions, and keys without a
// maker, pass.
func (ss *Sessions) vouched(ctx context.Context, s *session) error {
	if s.vouch.Kuid == "" || ss.KeepKeysOnRevocation {
		return nil
	}
	as := &session{SessionPart: SessionPart{Kuid: s.vouch.Kuid, Incarnation: s.vouch.Incarnation, Epoch: s.vouch.Epoch}}
	u, err := ss.userOf(ctx, as)
	if errors.Is(err, users.ErrUserNotFound) || err == nil && !as.of(u) {
		return token.ErrInvalid.New()
	}
	return err
}

// endedAll notifies of a commit that ended all sessions of a user, and removes the keys that ended
// with them. The keys are void already, so after a failure they are only still listed.
func (ss *Sessions) endedAll(ctx context.Context, kuid string) {
	ss.Ended(kuid, "")
	if ss.KeepKeysOnRevocation {
		return
	}
	dead := func(hit storage.Hit) bool {
		s, err := readKey(storage.Document{ID: hit.ID, Content: hit.Content, Account: hit.Account})
		return err == nil && errors.Is(ss.vouched(ctx, s), token.ErrInvalid)
	}
	if err := ss.remove.all(ctx, storage.APIKeys, query.Terms{Field: keyMaker, Values: []any{kuid}}, ending{}, dead); err != nil {
		ss.Log.WarnContext(ctx, "API keys that ended with their maker's sessions are still listed", "kuid", kuid, "cause", err)
	}
}

// sweepMadeBy removes the sessions that a deleted API key made. They are void already, so after a
// failure they only take space until they expire.
func (ss *Sessions) sweepMadeBy(ctx context.Context, kuid string, key maker) {
	var gone []string
	theirs := func(hit storage.Hit) bool {
		var s SessionPart
		made := json.Unmarshal(hit.Content, &s) == nil && slices.Contains(s.Makers, key)
		if made {
			gone = append(gone, hit.ID)
		}
		return made
	}
	if err := ss.remove.all(ctx, storage.Sessions, ownedBy(storage.Sessions, kuid), ending{how: Ended}, theirs); err != nil {
		ss.Log.WarnContext(ctx, "sessions that ended with the API key that made them stay until they expire", "kuid", kuid, "cause", err)
	}
	for _, id := range gone {
		ss.Ended(kuid, id)
	}
}

func (ks *Keys) loginNeeded() error {
	most := ks.sessions.limits.Load().KeyLoginAge
	if most < 0 {
		return ErrLoginNeeded.New("")
	}
	return ErrLoginNeeded.New(" at most " + most.String() + " ago")
}

// mayMakeKeys refuses callers who have not proved their identity recently. It asks no proof of the
// program's own command line, or if the server is open to the caller: there is nobody to log in.
func (ks *Keys) mayMakeKeys(ctx context.Context, by users.Actor) (vouch, error) {
	if by.Instance() || by.Open {
		return vouch{}, nil
	}
	if by.APIKey || by.SessionID == "" && !by.SingleUse {
		return vouch{}, ks.loginNeeded()
	}
	from, err := ks.sessions.origin(ctx, by)
	if err != nil {
		return vouch{}, err
	}
	age, most := ks.Now().UnixMilli()-from.loggedInAt, ks.sessions.limits.Load().KeyLoginAge
	if from.loggedInAt == 0 || most >= 0 && age > most.Milliseconds() {
		return vouch{}, ks.loginNeeded()
	}
	u := from.user
	if factors, err := ks.sessions.Factors(ctx, u); err != nil {
		return vouch{}, err
	} else if len(factors) > 0 && !ks.Registry.HasSecond(from.factors) {
		return vouch{}, factorRequired(factors, most)
	}
	return vouch{Kuid: u.Kuid, Incarnation: u.Incarnation, Epoch: u.Epoch, ActBy: from.actBy}, nil
}
