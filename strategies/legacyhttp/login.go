package legacyhttp

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"

	"github.com/gokuzzle/kuzzle/strategies"
)

// Authenticate implements strategies.Strategy. It takes a password with a name,
// of several the first, and lets in whoever local would.
func (s *Strategy) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	id, password, ok, err := in.NameAndPassword()
	if err != nil {
		return strategies.Outcome{}, err
	}
	if !ok {
		return strategies.Outcome{}, strategies.Refused()
	}
	found, here, err := s.host.FindByIdentifier(ctx, id)
	switch {
	case err != nil:
		return strategies.Outcome{}, err
	case !here && s.create != nil:
		return s.enrol(ctx, id, password)
	case s.create != nil && len(found.Records) == 0:
		s.askForNobody(ctx)
		return strategies.Outcome{}, s.refuse(ctx, password)
	}
	return s.enter(ctx, found, here, id, password)
}

// enter logs in who may be here. Where unknown names are asked for, a wrong
// password has the old system asked whosever it is.
func (s *Strategy) enter(ctx context.Context, found strategies.Found, here bool, id strategies.Identifier, password string) (strategies.Outcome, error) {
	out, err := strategies.Enter(ctx, s.host, found, here, id, password)
	asked := len(found.Records) > 0 && found.Records[0].Strategy == Name
	if s.create != nil && !asked && errors.Is(err, strategies.ErrRefused) {
		s.askForNobody(ctx)
	}
	return out, err
}

// askForNobody asks for a name that no system knows with a password that nobody
// has: so a name that is here, for which the old system need not be asked, is
// refused no sooner than one that is not. Whatever comes back, it is refused.
func (s *Strategy) askForNobody(ctx context.Context) {
	_, _, _ = s.asker.ask(ctx, "nobody-"+rand.Text(), rand.Text())
}

// enrol makes a user of whom the old system knows and nobody here.
func (s *Strategy) enrol(ctx context.Context, id strategies.Identifier, password string) (strategies.Outcome, error) {
	yes, answer, err := s.asker.ask(ctx, id.Value, password)
	if err != nil {
		return strategies.Outcome{}, err
	}
	if yes && strategies.WrongName(id) != "" {
		yes = false // nobody can be called so here
	}
	if !yes {
		return strategies.Outcome{}, s.refuse(ctx, password)
	}
	content, more := s.create.user(answer)
	in := strategies.Credentials(more)
	in[id.Kind], in[OldNameField] = id.Value, id.Value
	found, err := s.host.Create(ctx, content, maps.Clone(in))
	if errors.Is(err, strategies.ErrTaken) {
		return s.afterAll(ctx, id, password)
	}
	if err != nil {
		return strategies.Outcome{}, err
	}
	return s.host.Accept(ctx, found, strategies.RightButRenew, password)
}

// afterAll logs in whom another login at the same time has made. Who is still
// unknown bears a name of another user's in the old system.
func (s *Strategy) afterAll(ctx context.Context, id strategies.Identifier, password string) (strategies.Outcome, error) {
	found, here, err := s.host.FindByIdentifier(ctx, id)
	if err != nil {
		return strategies.Outcome{}, err
	}
	if !here {
		s.host.Log().WarnContext(ctx, "a user of the old system was not made: another user holds one of the names that it tells")
		return strategies.Outcome{}, strategies.Refused()
	}
	return s.enter(ctx, found, here && len(found.Records) > 0, id, password)
}

// refuse takes as long as it takes to verify a digest of the instance's own.
func (s *Strategy) refuse(ctx context.Context, password string) error {
	if err := s.pay(ctx, password); err != nil {
		return err
	}
	return strategies.Refused()
}

func (s *Strategy) pay(ctx context.Context, password string) error {
	own := s.host.Passwords()
	return s.host.Hash(ctx, own.Cost(), func() { _ = own.Hash(password) })
}

// Decoy implements strategies.PasswordVerifier.
func (s *Strategy) Decoy() strategies.Record { return s.decoy }

// VerifyPassword implements strategies.PasswordVerifier by asking. A right
// password always asks for renewal, a wrong one costs what one does whose digest
// is the instance's own.
func (s *Strategy) VerifyPassword(ctx context.Context, rec strategies.Record, password string) (strategies.Verdict, error) {
	kept, err := decodeSecret(rec.Secret)
	if err != nil {
		return strategies.Wrong, err
	}
	yes := false
	if password != "" && len(password) <= strategies.MaxPassword {
		if yes, _, err = s.asker.ask(ctx, kept.OldName, password); err != nil {
			return strategies.Wrong, err
		}
	}
	if yes {
		return strategies.RightButRenew, nil
	}
	return strategies.Wrong, s.pay(ctx, password)
}
