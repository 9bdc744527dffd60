package legacyhttp

import (
	"context"
	"errors"
	"maps"

	"github.com/gokuzzle/kuzzle/strategies"
)

// Authenticate implements strategies.Strategy. It takes a password with a name,
// of several the first, and lets in whoever local would. An unknown user costs
// and is answered what a wrong password is.
func (s *Strategy) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	given, err := in.LoginNames()
	if err != nil {
		return strategies.Outcome{}, err
	}
	password, ok, err := in.Text(passwordField, MaxPassword)
	if err != nil {
		return strategies.Outcome{}, err
	}
	if !ok || len(given) == 0 {
		return strategies.Outcome{}, strategies.Refused()
	}
	id := given[0]
	found, here, err := s.host.FindByIdentifier(ctx, id)
	if err != nil {
		return strategies.Outcome{}, err
	}
	if !here && s.create != nil {
		return s.enrol(ctx, id, password)
	}
	return s.enter(ctx, found, here, id, password)
}

// enter logs in who may be here.
func (s *Strategy) enter(ctx context.Context, found strategies.Found, here bool, id strategies.Identifier, password string) (strategies.Outcome, error) {
	here = here && len(found.Records) > 0
	verdict, err := s.host.VerifyPassword(ctx, found, here, id, password)
	switch {
	case err != nil:
		return strategies.Outcome{}, err
	case !here || verdict == strategies.Wrong:
		return strategies.Outcome{}, strategies.Refused()
	}
	return s.host.Accept(ctx, found, verdict, password)
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
	return s.enter(ctx, found, here, id, password)
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
	if password != "" && len(password) <= MaxPassword {
		if yes, _, err = s.asker.ask(ctx, kept.OldName, password); err != nil {
			return strategies.Wrong, err
		}
	}
	if yes {
		return strategies.RightButRenew, nil
	}
	return strategies.Wrong, s.pay(ctx, password)
}
