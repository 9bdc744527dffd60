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
	// maxReplaced bounds the tokens of one session that are in their grace time.
	maxReplaced = 16
)

// maker names the session or the API key that made a session. A session lists
// all its makers, the first one first, and counts only while all of them do:
// the end of one is one commit, and ends everything below it at once.
type maker struct {
	Session string `json:"session,omitempty"`
	// Key is a fingerprint.
	Key string `json:"key,omitempty"`
}

// replaced is a token that a refresh put another in place of.
type replaced struct {
	Token string `json:"token"`
	// Until is when its grace time ends, in epoch milliseconds.
	Until int64 `json:"until"`
}

// origin is what a caller's session or key hands on to what it makes.
type origin struct {
	user   *users.User
	makers []maker
	// until is when the caller's own credential ends, in epoch milliseconds, -1
	// for never.
	until int64
	// loggedInAt is when the caller's session began with a login, 0 if it did not.
	loggedInAt int64
	// factors are what the caller's session proved, act who acts in the user's place.
	factors map[string]int64
	act     map[string]any
}

// origin reads what the caller came with, in the state in which it holds: what
// is made of it ends with it, also when all sessions are ended meanwhile.
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
	return origin{
		user: &v.User, until: v.ExpiresAt, loggedInAt: s.LoggedInAt, factors: s.Factors, act: s.Act,
		makers: append(slices.Clone(s.Makers), made),
	}, err
}

// madeUntil is when the first of a session's makers ends, in epoch milliseconds,
// -1 for never. A maker that counts for nothing any more is token.ErrInvalid.
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

// ActController and ActAction are the action by which users begin to act in others' places.
const ActController, ActAction = "security", "impersonate"

// actedUntil is until when somebody may act in the user's place, in epoch milliseconds, -1
// for as long as the session: while the session or key that they came with counts, they
// may act so, and the user has no more rights than they have. Else it is token.ErrInvalid.
func (ss *Sessions) actedUntil(ctx context.Context, s *session, u *users.User, now time.Time) (int64, error) {
	if s.ActBy == "" {
		return -1, nil
	}
	var by maker
	if id, is := strings.CutPrefix(s.ActBy, users.SessionCredential); is {
		by.Session = id
	} else {
		by.Key = strings.TrimPrefix(s.ActBy, users.KeyCredential)
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
		err = ss.keys.containment.ForeseeUser(ctx, users.Actor{Kuid: acts.Kuid}, u)
	}
	if errors.Is(err, profiles.ErrExceedsOwn) {
		err = token.ErrInvalid.New()
	}
	return v.ExpiresAt, err
}

// earlier is the earlier of two ends, of which -1 is none.
func earlier(a, b int64) int64 {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}

// accepts reports whether a token is one of the session's that works, and until
// when, -1 for as long as the session.
func (s *session) accepts(tok string, now time.Time) (until int64, ok bool) {
	// A session of an earlier version that was never refreshed has one token,
	// and does not say which.
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

// replace puts another token in the place of the present one, which works for
// the grace time.
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

// replacedToken judges a token that the session as it was kept does not accept.
// Another server may have refreshed it a moment ago. If the store says the same,
// the token was replaced and its grace time is over. Whoever would refresh it has
// a copy of it: with end the session ends, the new token and all that it made.
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

// tokenReused is why a session ended whose replaced token was used again.
const tokenReused = "token.reused"

// vouch is the state of the user who made an API key: the key ends when that
// user's sessions are all ended.
type vouch struct {
	Kuid        string `json:"maker,omitempty"`
	Incarnation string `json:"makerIncarnation,omitempty"`
	Epoch       int64  `json:"makerEpoch,omitempty"`
}

// keyMaker is where searches find who made an API key.
var keyMaker = query.Field{Area: query.Account, Path: "maker"}

// vouched refuses a key whose maker's sessions were all ended since. Sessions,
// and keys that nobody vouches for, pass.
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

// endedAll tells that a commit has ended all of a user's sessions, and removes
// the keys that ended with them. They work no more, so that a failure only
// leaves them to be seen.
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

// sweepMadeBy removes the sessions that a deleted API key made. They work no
// more, so that a failure only costs room until they expire.
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

// mayMakeKeys refuses whoever did not prove a moment ago who they are. The
// program's own command line and a server that is open to the caller ask for no
// such proof: there is nobody to log in.
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
	return vouch{Kuid: u.Kuid, Incarnation: u.Incarnation, Epoch: u.Epoch}, nil
}
