package strategytest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// challengeTries is how many proofs a waiting login accepts for checking.
const challengeTries = 5

// waiting is a login with a proved first factor.
type waiting struct {
	kuid  string
	epoch int
	tries int
}

// Challenges are the logins of a host that wait for a second factor.
type Challenges struct {
	h       *Host
	waiting map[string]*waiting
}

// Begin does the work of auth:login for a user who proved a first factor and has a second one: the
// login waits for one of the factors in the challenge.
func (c *Challenges) Begin(kuid string) (strategies.Challenge, error) {
	c.h.mu.Lock()
	defer c.h.mu.Unlock()
	one := c.h.accounts[kuid]
	if one == nil {
		return strategies.Challenge{}, fmt.Errorf("strategytest: there is no user %q", kuid)
	}
	var factors []string
	for _, m := range c.h.mounted {
		if factor, ok := m.strategy.(strategies.SecondFactor); ok && factor.Enrolled(m.visible(one)) {
			factors = append(factors, m.strategy.Name())
		}
	}
	if len(factors) == 0 {
		return strategies.Challenge{}, fmt.Errorf("strategytest: %q has no second factor", kuid)
	}
	slices.Sort(factors)
	token := rand.Text()
	c.waiting[token] = &waiting{kuid: kuid, epoch: one.epoch}
	return strategies.Challenge{Token: token, Factors: factors}, nil
}

// Finish does the work of auth:login for a second factor that finishes a waiting login.
func (c *Challenges) Finish(ctx context.Context, challenge, name string, in strategies.Credentials) (strategies.Session, error) {
	one, err := c.h.find(name)
	if err != nil {
		return strategies.Session{}, err
	}
	factor, ok := one.strategy.(strategies.SecondFactor)
	if !ok {
		return strategies.Session{}, fmt.Errorf("strategytest: %s is not a second factor", name)
	}
	found, err := c.try(one, challenge)
	if err != nil {
		return strategies.Session{}, err
	}
	at := &attempt{}
	ctx = context.WithValue(ctx, attemptKey{}, at)
	if err := one.admit(ctx, "kuid:"+found.Kuid); err != nil {
		return strategies.Session{}, err
	}
	out, err := factor.Confirm(ctx, found, in)
	if err == nil && out.Kuid != found.Kuid {
		err = strategies.Refused()
	}
	if refusal := c.h.limits.settle(ctx, at, out, err); refusal != nil {
		return strategies.Session{}, refusal
	}
	c.h.mu.Lock()
	_, still := c.waiting[challenge]
	delete(c.waiting, challenge)
	c.h.mu.Unlock()
	if !still {
		return strategies.Session{}, strategies.Refused()
	}
	return c.h.session(name, out)
}

// try counts a try of a challenge, and returns its user.
func (c *Challenges) try(one *mounted, challenge string) (strategies.Found, error) {
	c.h.mu.Lock()
	defer c.h.mu.Unlock()
	w := c.waiting[challenge]
	if w == nil || w.tries >= challengeTries || c.h.accounts[w.kuid] == nil || c.h.accounts[w.kuid].epoch != w.epoch {
		return strategies.Found{}, strategies.Refused()
	}
	w.tries++
	found, _, err := one.found(w.kuid)
	return found, err
}

func (f fixture) challenge(t *testing.T, kuid string) string {
	t.Helper()
	asked, err := f.Challenges.Begin(kuid)
	if err != nil || !slices.Equal(asked.Factors, []string{f.name}) {
		t.Fatalf("a login of a user with the factor asks for %v (%v), want %s", asked.Factors, err, f.name)
	}
	return asked.Token
}

// testFactorChallenge checks that a login that waits for the factor ends after one right proof or
// five wrong ones, and that one proof finishes one login, even if two wait at once.
func testFactorChallenge(t *testing.T, s factorSuite) {
	f, _, proof := s.enrolled(t)
	if _, err := f.Challenges.Begin("user-1"); err == nil {
		t.Error("a login of a user without the factor asks for it")
	}
	spent := f.challenge(t, "user-0")
	for range challengeTries {
		if _, err := f.Challenges.Finish(t.Context(), spent, f.name, s.fx.Wrong(proof())); !errors.Is(err, strategies.ErrRefused) {
			t.Errorf("a wrong proof is answered %v, want ErrRefused", err)
		}
	}
	if _, err := f.Challenges.Finish(t.Context(), spent, f.name, proof()); err == nil {
		t.Error("a login goes on after five wrong proofs")
	}
	again := f.challenge(t, "user-0")
	in := proof()
	if session, err := f.Challenges.Finish(t.Context(), again, f.name, maps.Clone(in)); err != nil || session.Kuid != "user-0" {
		t.Fatalf("a right proof logs in %q, %v", session.Kuid, err)
	}
	if _, err := f.Challenges.Finish(t.Context(), f.challenge(t, "user-0"), f.name, in); err == nil {
		t.Error("a proof finishes two logins")
	}
	f.finishAtOnce(t, proof())
}

// finishAtOnce finishes many logins concurrently with one proof.
func (f fixture) finishAtOnce(t *testing.T, in strategies.Credentials) {
	const logins = 8
	errs := make([]error, logins)
	var all sync.WaitGroup
	for i := range logins {
		token := f.challenge(t, "user-0")
		all.Go(func() { _, errs[i] = f.Challenges.Finish(t.Context(), token, f.name, maps.Clone(in)) })
	}
	all.Wait()
	if entered := len(slices.DeleteFunc(errs, func(err error) bool { return err != nil })); entered != 1 {
		t.Errorf("of %d waiting logins, one proof finishes %d, want 1", logins, entered)
	}
}

// testFactorGuesses checks that wrong proofs count as guesses, over however many logins they are
// spread.
func testFactorGuesses(t *testing.T, s factorSuite) {
	f, _, proof := s.enrolled(t)
	f.limit()
	wrong := s.fx.Wrong(proof())
	free, judged := throttle.Defaults().Pair.Free, 0
	for range rounds {
		token := f.challenge(t, "user-0")
		for range challengeTries - 1 {
			if _, err := f.Challenges.Finish(t.Context(), token, f.name, maps.Clone(wrong)); !errors.Is(err, throttle.ErrTooManyLogins) {
				judged++
			}
		}
	}
	if judged > free {
		t.Errorf("%d of %d wrong proofs are checked, want %d: answer them with ErrRefused", judged, rounds*(challengeTries-1), free)
	}
}
