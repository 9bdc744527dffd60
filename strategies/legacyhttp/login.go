package legacyhttp

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/strategies"
)

// LoginForm implements strategies.LoginForm.
func (*Strategy) LoginForm() any { return strategies.PasswordLogin{} }

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
	if s.create != nil {
		return s.withUnknown(ctx, id, password)
	}
	found, here, err := s.host.FindByIdentifier(ctx, id)
	if err != nil {
		return strategies.Outcome{}, err
	}
	return strategies.Enter(ctx, s.host, found, here, id, password)
}

// withUnknown logs in where the old system is asked for names that nobody has
// here too. Whosever name it is, a wrong password has it asked once and hashes
// once; and while it cannot be asked, that is the answer.
func (s *Strategy) withUnknown(ctx context.Context, id strategies.Identifier, password string) (strategies.Outcome, error) {
	found, here, err := s.host.FindByIdentifier(ctx, id)
	if err != nil {
		return strategies.Outcome{}, err
	}
	var out strategies.Outcome
	switch {
	case !here:
		out, err = s.enrol(ctx, id, password)
	case len(found.Records) == 0:
		if err = s.askForNobody(ctx); err == nil {
			err = s.refuse(ctx, password)
		}
	default:
		return s.enter(ctx, found, here, id, password)
	}
	return out, s.unanswered(ctx, err, password)
}

// enter logs in who may be here. Where the password is wrong and the old system
// need not be asked, it is all the same.
func (s *Strategy) enter(ctx context.Context, found strategies.Found, here bool, id strategies.Identifier, password string) (strategies.Outcome, error) {
	out, err := strategies.Enter(ctx, s.host, found, here, id, password)
	if len(found.Records) > 0 && found.Records[0].Strategy == Name {
		return out, s.unanswered(ctx, err, password)
	}
	if errors.Is(err, strategies.ErrRefused) {
		if unasked := s.askForNobody(ctx); unasked != nil {
			err = asRefusal(unasked)
		}
	}
	return out, err
}

// askForNobody asks for a name that no system knows with a password that nobody
// has: so a name that is here, for which the old system need not be asked, is
// refused no sooner than one that is not. What comes back counts for nothing, but
// that nothing does.
func (s *Strategy) askForNobody(ctx context.Context) error {
	_, _, err := s.asker.ask(ctx, "nobody-"+rand.Text(), rand.Text())
	return err
}

// unanswered makes of an error that says that the old system could not be asked
// one that costs and counts what a refusal does.
func (s *Strategy) unanswered(ctx context.Context, err error, password string) error {
	if !errors.Is(err, ErrUnavailable) || errors.Is(err, strategies.ErrRefused) {
		return err
	}
	if err := s.pay(ctx, password); err != nil {
		return err
	}
	return asRefusal(err)
}

// asRefusal has an error count as a refusal, which it may be: otherwise passwords
// that are kept here could be guessed at will while the old system is down.
func asRefusal(err error) error {
	if failure, ok := fault.From(err); ok && errors.Is(err, ErrUnavailable) {
		return failure.Because(errors.Join(strategies.Refused(), failure.Cause))
	}
	return err
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
	return s.host.Hash(ctx, digest.SpendCost(own, password), func() { digest.Spend(ctx, own, password) })
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
