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
	// challengeFor is how long a login waits for its second factor. challengeTries is how many
	// proofs are checked in that time.
	challengeFor   = 10 * time.Minute
	challengeTries = 5
	// ChallengeField is the field in which a client returns the challenge.
	ChallengeField = "challenge"
	maxChallenge   = 128
)

// pendingLogin is a login that waits for its second factor. It is stored among the flows; it
// belongs to no strategy, so no strategy can read it.
type pendingLogin struct {
	Kuid        string `json:"kuid"`
	Incarnation string `json:"incarnation"`
	Epoch       int64  `json:"epoch"`
	ExpiresAt   int64  `json:"expiresAt"`
	// First is the strategy that began the login; Proved has its proofs.
	First  string           `json:"first"`
	Proved map[string]int64 `json:"proved"`
	// Network is the client's network.
	Network string `json:"network"`
	// Account is the account for which failures count: the name that the login began with.
	Account   string `json:"account"`
	ExpiresIn any    `json:"expiresIn,omitempty"`
	Tries     int    `json:"tries"`
	// Act, ActBy, Acting and Within are for the session; see [strategies.Outcome].
	Act    map[string]any   `json:"act,omitempty"`
	ActBy  string           `json:"actBy,omitempty"`
	Acting *sessions.Acting `json:"acting,omitempty"`
	Within time.Duration    `json:"within,omitempty"`
}

// challenge stores a login with a proved first factor, and asks for the second.
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

// finish checks a second factor and creates the session of the waiting login. Wrong proofs are
// failures of the account that the login began with.
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
		// A client that has a challenge knows its user.
		return strategies.Session{}, throttle.ErrTooManyLogins.New().RetryIn(time.Second)
	}
	if err := ls.countTry(ctx, &doc, pending); err != nil {
		return strategies.Session{}, at.Settle(ctx, err, true)
	}
	confirm := func() (entrant, strategies.Outcome, error) {
		return ls.confirmed(ctx, in.Strategy, factor, pending, given)
	}
	e, out, err := confirm()
	if err = at.Settle(ctx, err, true); err != nil {
		return strategies.Session{}, err
	}
	if err := ls.useUp(ctx, doc); err != nil {
		return strategies.Session{}, err
	}
	if e, err = ls.spend(ctx, by, in.Strategy, e, out, confirm); err != nil {
		return strategies.Session{}, err
	}
	proved := maps.Clone(pending.Proved)
	proved[in.Strategy] = ls.Now().UnixMilli()
	if in.ExpiresIn == nil {
		in.ExpiresIn = pending.ExpiresIn
	}
	session, err := ls.open(ctx, by, e.user, opening{
		strategy: pending.First, proved: proved, expiresIn: in.ExpiresIn, act: pending.Act, actBy: pending.ActBy, acting: pending.Acting, within: pending.Within,
	})
	if err == nil {
		ls.attempts.Remember(at, session.ID)
	}
	return session, err
}

// confirmed lets the factor check a proof.
func (ls *Logins) confirmed(ctx context.Context, strategy string, factor strategies.SecondFactor, pending pendingLogin, given strategies.Credentials) (entrant, strategies.Outcome, error) {
	u, err := ls.waitedFor(ctx, pending)
	if err != nil {
		return entrant{}, strategies.Outcome{}, err
	}
	out, err := factor.Confirm(ctx, ls.found(ctx, u, strategy), given)
	if err == nil && out.Kuid != u.Kuid {
		err = strategies.Refused()
	}
	if err == nil {
		err = u.MayEnter(ls.Now())
	}
	// An administrator may have said so since the first factor.
	if _, is := pending.Proved[passwordFactor]; err == nil && is && u.PasswordChange == users.Compromised {
		err = users.ErrCompromised.New()
	}
	return entrant{user: u}, out, err
}

// spendTries is how often a proof is checked whose record changes meanwhile.
const spendTries = 3

// spend uses up a proof, and returns the written user. If its record changed since the check, the
// proof is checked again: maintenance may have rewritten the record, another login may have used
// another code of it, or the same proof.
func (ls *Logins) spend(ctx context.Context, by users.Actor, strategy string, e entrant, out strategies.Outcome, again func() (entrant, strategies.Outcome, error)) (entrant, error) {
	for try := 1; ; try++ {
		written, err := ls.keep(ctx, by, strategy, out, e)
		switch {
		case !errors.Is(err, storage.ErrConflict):
			return written, err
		case try == spendTries:
			return entrant{}, strategies.Refused()
		}
		attempts.ForgetSeen(ctx)
		if e, out, err = again(); err != nil {
			return entrant{}, err
		}
	}
}

// waitedFor reads the user of a waiting login, and refuses it if the user's sessions were ended
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

// pending reads a waiting login, and refuses another client's.
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

// countTry counts a try before the proof is checked, so that concurrent tries are limited like
// sequential ones. It updates doc to the stored challenge.
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
		// Another request counted a try, or used the challenge up.
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

// useUp deletes a challenge. A concurrent try counts, and the challenge can still be used up, once.
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
