package logins

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// challengeFor is how long a login waits for its second factor, and
	// challengeTries how many proofs it judges meanwhile.
	challengeFor   = 10 * time.Minute
	challengeTries = 5
	// ChallengeField is where a client sends the challenge back.
	ChallengeField = "challenge"
	maxChallenge   = 128
)

// pendingLogin is a login that waits for its second factor. It lies among the
// flows; since it is no strategy's none can read it.
type pendingLogin struct {
	Kuid        string `json:"kuid"`
	Incarnation string `json:"incarnation"`
	Epoch       int64  `json:"epoch"`
	ExpiresAt   int64  `json:"expiresAt"`
	// First is the strategy that the login began with, Proved what it proved.
	First  string           `json:"first"`
	Proved map[string]int64 `json:"proved"`
	// Network is where the client is.
	Network string `json:"network"`
	// Account is what failures are counted by: the name that the login began with.
	Account   string `json:"account"`
	ExpiresIn any    `json:"expiresIn,omitempty"`
	Tries     int    `json:"tries"`
	// Act, ActBy, Acting and Within are the session's; see [strategies.Outcome].
	Act    map[string]any   `json:"act,omitempty"`
	ActBy  string           `json:"actBy,omitempty"`
	Acting *sessions.Acting `json:"acting,omitempty"`
	Within time.Duration    `json:"within,omitempty"`
}

// challenge keeps a login whose first factor is proved, and asks for the second.
func (ls *Logins) challenge(ctx context.Context, by users.Actor, u *users.User, factors []string, o opening) (*strategies.Step, error) {
	ends := ls.Now().Add(challengeFor)
	pending := pendingLogin{
		Kuid: u.Kuid, Incarnation: u.Incarnation, Epoch: u.Epoch, ExpiresAt: ends.UnixMilli(),
		First: o.strategy, Proved: o.proved, Network: by.Network(), Account: attempts.Account(ctx), ExpiresIn: o.expiresIn,
		Act: o.act, ActBy: o.actBy, Acting: o.acting, Within: o.within,
	}
	if pending.Account == "" {
		pending.Account = users.RuleVersion + ":kuid:" + u.Kuid
	}
	token, id, err := ls.newToken(u.Kuid, u.Incarnation)
	if err != nil {
		return nil, err
	}
	doc := storage.Document{ID: id, Version: 1, ExpiresAt: ends}
	if doc.Content, err = json.Marshal(pending); err != nil {
		return nil, err
	}
	write := storage.Change{In: storage.Flows, ID: doc.ID, Put: &doc}
	if o.once != "" {
		write.Take = []storage.Take{{Key: o.once, Once: true}}
	}
	if _, err := ls.Store.Commit(ctx, write); err != nil {
		return nil, err
	}
	ls.users.Emit(ctx, events.SessionChallenged, by, users.Subject(events.User, u.Kuid), events.Data{events.Strategy: o.strategy, events.Factors: factors})
	return &strategies.Step{Challenge: &strategies.Challenge{Token: token, Factors: factors, ExpiresAt: pending.ExpiresAt}}, nil
}

// finish judges a second factor and makes the session of the login that waits for
// it. Wrong proofs are failures of the account that the login began with.
func (ls *Logins) finish(ctx context.Context, by users.Actor, in Login, factor strategies.SecondFactor) (strategies.Session, error) {
	given := strategies.Credentials(maps.Clone(in.Credentials))
	token, ok, err := given.Text(ChallengeField, maxChallenge)
	if err == nil && !ok {
		err = assert.Missing.New(ChallengeField)
	}
	if err != nil {
		return strategies.Session{}, err
	}
	delete(given, ChallengeField)
	ctx, at := attempts.WithAttempt(ctx, by)
	defer at.End()
	session, err := ls.finishing(ctx, by, in, factor, token, given, at)
	if err != nil {
		ls.refused(ctx, by, in.Strategy, at, err)
	}
	return session, err
}

func (ls *Logins) finishing(ctx context.Context, by users.Actor, in Login, factor strategies.SecondFactor, token string, given strategies.Credentials, at *attempts.Attempt) (strategies.Session, error) {
	doc, pending, err := ls.pending(ctx, by, token)
	if err != nil {
		return strategies.Session{}, err
	}
	at.Found = pending.Kuid
	if err := ls.attempts.Admit(ctx, pending.Account, ""); err != nil {
		return strategies.Session{}, err
	}
	if err := ls.attempts.Find(ctx, pending.Kuid); err != nil {
		return strategies.Session{}, err
	}
	if attempts.UsedUp(ctx) {
		// Whoever has a challenge knows whose it is.
		return strategies.Session{}, throttle.ErrTooManyLogins.New().RetryIn(time.Second)
	}
	u, out, err := ls.confirmed(ctx, in.Strategy, factor, &doc, pending, given)
	if err = at.Settle(ctx, err, true); err != nil {
		return strategies.Session{}, err
	}
	if u, err = ls.spend(ctx, by, in.Strategy, doc, u, out); err != nil {
		return strategies.Session{}, err
	}
	proved := maps.Clone(pending.Proved)
	proved[in.Strategy] = ls.Now().UnixMilli()
	if in.ExpiresIn == nil {
		in.ExpiresIn = pending.ExpiresIn
	}
	session, err := ls.open(ctx, by, u, opening{
		strategy: pending.First, proved: proved, expiresIn: in.ExpiresIn, act: pending.Act, actBy: pending.ActBy, acting: pending.Acting, within: pending.Within,
	})
	if err == nil {
		ls.attempts.Remember(at, session.ID)
	}
	return session, err
}

// confirmed counts a try and has the factor judge it. doc is the challenge as it is
// stored then.
func (ls *Logins) confirmed(ctx context.Context, strategy string, factor strategies.SecondFactor, doc *storage.Document, pending pendingLogin, given strategies.Credentials) (*users.User, strategies.Outcome, error) {
	if err := ls.countTry(ctx, doc, pending); err != nil {
		return nil, strategies.Outcome{}, err
	}
	u, err := ls.waitedFor(ctx, pending)
	if err != nil {
		return nil, strategies.Outcome{}, err
	}
	out, err := factor.Confirm(ctx, ls.found(ctx, u, strategy), given)
	if err == nil && out.Kuid != u.Kuid {
		err = strategies.Refused()
	}
	if err == nil {
		err = u.MayEnter(ls.Now())
	}
	return u, out, err
}

// spend uses up a challenge, and whatever the proof of its factor uses up. It returns
// the user as they are then.
func (ls *Logins) spend(ctx context.Context, by users.Actor, strategy string, challenge storage.Document, u *users.User, out strategies.Outcome) (*users.User, error) {
	if err := ls.useUp(ctx, challenge); err != nil {
		return nil, err
	}
	e, err := ls.keep(ctx, by, strategy, out, entrant{user: u})
	if errors.Is(err, storage.ErrConflict) {
		// Another login was quicker with the same proof.
		return nil, strategies.Refused()
	}
	return e.user, err
}

// waitedFor reads the user of a login that waits, unless their sessions were ended
// meanwhile.
func (ls *Logins) waitedFor(ctx context.Context, pending pendingLogin) (*users.User, error) {
	u, err := ls.users.Current(ctx, pending.Kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return nil, ErrChallenge.New()
	}
	if err == nil && (u.Incarnation != pending.Incarnation || u.Epoch != pending.Epoch) {
		return nil, ErrChallenge.New()
	}
	return u, err
}

// pending reads a login that waits, if it is this client's.
func (ls *Logins) pending(ctx context.Context, by users.Actor, token string) (storage.Document, pendingLogin, error) {
	var pending pendingLogin
	doc, err := ls.byToken(ctx, token)
	if errors.Is(err, storage.ErrNotFound) {
		return doc, pending, ErrChallenge.New()
	}
	if err != nil {
		return doc, pending, err
	}
	if err := json.Unmarshal(doc.Content, &pending); err != nil {
		return doc, pending, err
	}
	if pending.First == "" || pending.Network != by.Network() || ls.Now().UnixMilli() >= pending.ExpiresAt {
		return doc, pending, ErrChallenge.New()
	}
	return doc, pending, nil
}

// countTry counts a proof before it is judged, so that of many at once no more are
// judged than one after the other. doc is as it is stored then.
func (ls *Logins) countTry(ctx context.Context, doc *storage.Document, pending pendingLogin) error {
	for {
		if pending.Tries >= challengeTries {
			return ErrChallenge.New()
		}
		pending.Tries++
		content, err := json.Marshal(pending)
		if err != nil {
			return err
		}
		next := storage.Document{ID: doc.ID, Version: doc.Version + 1, ExpiresAt: time.UnixMilli(pending.ExpiresAt), Content: content}
		rev, err := ls.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: doc.ID, Put: &next, If: doc.Rev})
		if err == nil {
			*doc = next
			doc.Rev = rev
			return nil
		}
		if !errors.Is(err, storage.ErrConflict) {
			return err
		}
		// Whoever was quicker counted a try, or used the challenge up.
		if *doc, err = ls.Store.Get(ctx, storage.Flows, doc.ID); errors.Is(err, storage.ErrNotFound) {
			return ErrChallenge.New()
		} else if err != nil {
			return err
		}
		if err := json.Unmarshal(doc.Content, &pending); err != nil {
			return err
		}
	}
}

// useUp removes a challenge. If somebody tried it meanwhile their try counts, and
// the challenge is still there to be used up, once.
func (ls *Logins) useUp(ctx context.Context, doc storage.Document) error {
	for {
		_, err := ls.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: doc.ID, If: doc.Rev})
		if errors.Is(err, storage.ErrConflict) {
			doc, err = ls.Store.Get(ctx, storage.Flows, doc.ID)
			if err == nil {
				continue
			}
		}
		if errors.Is(err, storage.ErrNotFound) {
			return ErrChallenge.New()
		}
		return err
	}
}
