package sessions

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Policy decides which factors a user must prove. It reads no session.
type Policy struct {
	rights   *rights.Compiler
	registry *registry.Registry
	now      func() time.Time
	policy   profiles.FactorPolicy
}

// Factors lists the second factors of which a login of the user needs one; nil if the policy asks
// for none, or the user has none.
func (p *Policy) Factors(ctx context.Context, u *users.User) ([]string, error) {
	names := p.registry.FactorsOf(u.Records)
	if len(names) == 0 {
		return nil, nil
	}
	compiled, err := p.rights.Compiled(ctx, u.Profiles)
	if err != nil || compiled.SecondFactor(p.policy) == profiles.FactorOff {
		return nil, err
	}
	return names, nil
}

// CheckFactor refuses a session that did not prove a factor within a time. A user with a second
// factor must have proved a second one. proved maps the session's factors to the times of their
// proofs, in epoch milliseconds.
func (p *Policy) CheckFactor(ctx context.Context, u *users.User, proved map[string]int64, within time.Duration) error {
	asked, err := p.Factors(ctx, u)
	if err != nil {
		return err
	}
	oldest := p.now().Add(-within).UnixMilli()
	for name, at := range proved {
		if at >= oldest && (len(asked) == 0 || p.registry.SecondFactor(name) != nil) {
			return nil
		}
	}
	if len(asked) == 0 {
		asked = u.Strategies
	}
	return factorRequired(asked, within)
}

// CheckSecond refuses a session without a second factor if the policy requires one. The fault for a
// user without any lists the available factors and how to enrol them.
func (p *Policy) CheckSecond(u *users.User, proved map[string]int64) error {
	if p.registry.HasSecond(proved) {
		return nil
	}
	if asked := p.registry.FactorsOf(u.Records); len(asked) > 0 {
		return factorRequired(asked, -1)
	}
	return ErrFactorMissing.New(p.registry.SecondFactors(), slices.Sorted(maps.Keys(p.registry.FactorActions())))
}

// LacksSecond reports whether a session proved no second factor although the user's profiles or
// the instance require one.
func (p *Policy) LacksSecond(ctx context.Context, u *users.User, proved map[string]int64) (bool, error) {
	if p.registry.HasSecond(proved) {
		return false, nil
	}
	compiled, err := p.rights.Compiled(ctx, u.Profiles)
	return err == nil && compiled.SecondFactor(p.policy) == profiles.FactorRequired, err
}

// RateLimit returns how many requests a second the user's profiles allow; 0 is no limit.
func (p *Policy) RateLimit(ctx context.Context, u *users.User) (int, error) {
	compiled, err := p.rights.Compiled(ctx, u.Profiles)
	if err != nil {
		return 0, err
	}
	return compiled.RateLimit(), nil
}

func factorRequired(asked []string, within time.Duration) error {
	age := "any age"
	if within >= 0 {
		age = "at most " + within.String()
	}
	return ErrFactorRequired.New(asked, age)
}

// MayProve refuses a caller without a session that can store a proof.
func (ss *Sessions) MayProve(by users.Actor) error {
	if by.SessionID == "" || by.APIKey || by.SingleUse {
		return ErrNoSession.New()
	}
	return nil
}

// Prove records in the caller's session that a factor was just proved.
func (ss *Sessions) Prove(ctx context.Context, by users.Actor, factor string) error {
	err := ss.prove(ctx, by, factor)
	for try := 1; errors.Is(err, storage.ErrConflict) && try < users.DeleteTries; try++ {
		err = ss.prove(ctx, by, factor)
	}
	return err
}

// prove is one try. A conflict means that the session was written meanwhile.
func (ss *Sessions) prove(ctx context.Context, by users.Actor, factor string) error {
	doc, err := ss.Store.Get(ctx, storage.Sessions, by.SessionID)
	if errors.Is(err, storage.ErrNotFound) {
		return token.ErrInvalid.New()
	}
	if err != nil {
		return err
	}
	s, err := readSession(doc)
	if err != nil {
		return err
	}
	if _, err := ss.current(ctx, s, ss.Now()); err != nil {
		return err
	}
	proved := maps.Clone(s.Factors)
	if proved == nil {
		proved = map[string]int64{}
	}
	proved[factor] = ss.Now().UnixMilli()
	s.Factors = proved
	return ss.rewrite(ctx, s, doc)
}
