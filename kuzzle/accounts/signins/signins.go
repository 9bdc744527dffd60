package signins

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
)

// The faults of this package.
var (
	ErrNobody   = fault.Declare(0x400a00e1, "security.signin.unknown_identifier", 422, "Nobody has this identifier.")
	ErrState    = fault.Declare(0x400a00e2, "security.signin.wrong_state", 400, "This sign-in does not wait for such a proof.")
	ErrStrategy = fault.Declare(0x400a00e3, "security.signin.wrong_strategy", 400, "This sign-in cannot be continued by the strategy %q.")
	ErrOver     = fault.Declare(0x400a00e4, "security.signin.over", 400, "This sign-in took too long. Begin again.")
)

// Status tells what an attempt waits for.
type Status string

// The statuses.
const (
	NeedsIdentifier Status = "needs_identifier"
	NeedsFirst      Status = "needs_first_factor"
	NeedsSecond     Status = "needs_second_factor"
	NeedsPassword   Status = "needs_new_password"
	Complete        Status = "complete"
)

// keptFor is how long an attempt may take.
const keptFor = 24 * time.Hour

// Attempt is a sign-in. Times are in epoch milliseconds.
type Attempt struct {
	ID         string `json:"id"`
	Status     Status `json:"status"`
	Identifier string `json:"identifier,omitempty"`
	// Kuid is the user with the identifier, "" if it is hidden whether there is one.
	Kuid      string `json:"kuid,omitempty"`
	CreatedAt int64  `json:"createdAt"`
	// First and Second are the strategies of the right proofs.
	First  string `json:"first,omitempty"`
	Second string `json:"second,omitempty"`
	// Challenge is what the second factor answers, sealed, until ChallengeUntil. Factors are the
	// strategies that may answer it.
	Challenge      []byte   `json:"challenge,omitempty"`
	ChallengeUntil int64    `json:"challengeUntil,omitempty"`
	Factors        []string `json:"factors,omitempty"`
	// Sent is the way of the last code that was sent, and Reset the proof by such a code that lets
	// the person choose another password.
	Sent  *Way   `json:"sent,omitempty"`
	Reset *Reset `json:"reset,omitempty"`
	// OrSignUp is set if somebody without an account may prove an address too, and Newcomer is then
	// their proof, which a sign-up may take over.
	OrSignUp bool         `json:"orSignUp,omitempty"`
	Newcomer *codes.Proof `json:"newcomer,omitempty"`
	// Session is the session that completed it.
	Session string `json:"session,omitempty"`
}

// AbandonAt is the end of an unfinished attempt.
func (a *Attempt) AbandonAt() int64 { return a.CreatedAt + keptFor.Milliseconds() }

// Options are the dependencies of SignIns.
type Options struct {
	Registry *registry.Registry
	Sealer   *token.Sealer
	Now      func() time.Time
	Codes    *codes.Codes
	// CheckPassword refuses a new password that does not meet the instance's rules; names are those of
	// its user.
	CheckPassword func(password string, names []string) error
}

// SignIns runs sign-ins. It is safe for concurrent use.
type SignIns struct {
	Options
	users    *users.Users
	names    *users.Names
	logins   *logins.Logins
	attempts *attempts.Attempts
}

// New returns SignIns over the logins.
func New(opts Options, us *users.Users, names *users.Names, ls *logins.Logins, as *attempts.Attempts) *SignIns {
	return &SignIns{opts, us, names, ls, as}
}

// challengePurpose is the purpose with which challenges are sealed.
const challengePurpose = "accounts.signin.challenge"

// Begin begins a sign-in of somebody with an identifier, "" if it is not told yet. Unless hidden, an
// identifier that nobody has is ErrNobody.
func (ss *SignIns) Begin(ctx context.Context, by users.Actor, identifier string, hidden bool) (*Attempt, error) {
	a := &Attempt{ID: compact(uuid.Must(uuid.NewV7())), Status: NeedsIdentifier, CreatedAt: ss.Now().UnixMilli()}
	if identifier == "" {
		return a, nil
	}
	a.Identifier, a.Status = identifier, NeedsFirst
	if hidden {
		return a, nil
	}
	return a, ss.attempts.Looking(ctx, by, ErrNobody, func() error {
		u, err := ss.named(ctx, identifier)
		if err == nil && u == nil {
			err = ErrNobody.New()
		}
		if err == nil {
			a.Kuid = u.Kuid
		}
		return err
	})
}

func compact(id uuid.UUID) string { return hex.EncodeToString(id[:]) }

// named returns the user who signs in by an identifier, nil for none.
func (ss *SignIns) named(ctx context.Context, identifier string) (*users.User, error) {
	key, err := ss.names.Naming().ClaimKey("", strategies.Identifier{Kind: users.UsernameField, Value: identifier})
	if err != nil {
		return nil, nil // no user has such a name
	}
	u, err := ss.names.Holder(ctx, key)
	if err != nil || u == nil || !u.AnswersTo(key, ss.names.Naming()) {
		return nil, err
	}
	return u, nil
}

// User returns the user of an attempt, nil if it is hidden or the user is gone.
func (ss *SignIns) User(ctx context.Context, a *Attempt) (*users.User, error) {
	if a.Kuid == "" {
		return nil, nil
	}
	u, err := ss.users.Current(ctx, a.Kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return nil, nil
	}
	return u, err
}

// HasPassword reports whether a user has a password.
func (ss *SignIns) HasPassword(u *users.User) bool { return ss.Registry.HasPassword(u.Records) }

// Names returns the credentials of an attempt for a strategy that takes a name.
func (a *Attempt) Names() map[string]any { return map[string]any{users.UsernameField: a.Identifier} }

// First proves a first factor by a strategy and completes the attempt, or makes it wait for a second
// factor. expiresIn is as in [logins.Login]. Faults: ErrState, ErrStrategy, ErrOver, and those of a
// login; then the attempt is unchanged.
func (ss *SignIns) First(ctx context.Context, by users.Actor, a Attempt, strategy string, in map[string]any, expiresIn any) (*Attempt, error) {
	if err := ss.open(&a); err != nil {
		return nil, err
	}
	if ss.Registry.CheckStrategy(strategy) != nil || ss.Registry.SecondFactor(strategy) != nil {
		return nil, ErrStrategy.New(strategy)
	}
	a.First = strategy
	return ss.enter(ctx, by, a, logins.Login{Strategy: strategy, Credentials: in, ExpiresIn: expiresIn}, func(ctx context.Context) (strategies.Outcome, error) {
		return ss.Registry.Strategy(strategy).Authenticate(ctx, in)
	})
}

// enter completes an attempt by a login, or makes it wait for a second factor.
func (ss *SignIns) enter(ctx context.Context, by users.Actor, a Attempt, in logins.Login, judge logins.Judge) (*Attempt, error) {
	session, step, err := ss.logins.LoginBy(ctx, by, in, judge)
	if err != nil {
		return nil, err
	}
	switch {
	case step == nil:
		a.Status, a.Session = Complete, session.ID
		return &a, nil
	case step.Challenge == nil:
		return nil, ErrStrategy.New(in.Strategy)
	}
	a.Status, a.Factors, a.ChallengeUntil = NeedsSecond, step.Challenge.Factors, step.Challenge.ExpiresAt
	a.Challenge, err = ss.Sealer.Seal(challengePurpose, []byte(step.Challenge.Token))
	return &a, err
}

// Second proves a second factor by one of the attempt's factors and completes the attempt. Faults
// as in First.
func (ss *SignIns) Second(ctx context.Context, by users.Actor, a Attempt, strategy string, in map[string]any) (*Attempt, error) {
	switch {
	case a.Status != NeedsSecond:
		return nil, ErrState.New()
	case ss.Now().UnixMilli() >= a.ChallengeUntil:
		return nil, ErrOver.New()
	case ss.Registry.SecondFactor(strategy) == nil:
		return nil, ErrStrategy.New(strategy)
	}
	challenge, err := ss.Sealer.Open(challengePurpose, a.Challenge)
	if err != nil {
		return nil, err
	}
	given := map[string]any{logins.ChallengeField: string(challenge)}
	for name, value := range in {
		if name != logins.ChallengeField {
			given[name] = value
		}
	}
	session, _, err := ss.logins.Login(ctx, by, logins.Login{Strategy: strategy, Credentials: given})
	if errors.Is(err, logins.ErrChallenge) {
		err = ErrOver.New().Because(err)
	}
	if err != nil {
		return nil, err
	}
	a.Status, a.Session, a.Second, a.Challenge = Complete, session.ID, strategy, nil
	return &a, nil
}
