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

// Authenticate implements strategies.Strategy. It takes a password with a name, the first of
// several, and accepts the same users as local.
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

// withUnknown logs in if the old system is also asked for names without a user here. For every
// name, a wrong password costs one request to the old system and one hash; and while the old system
// cannot be asked, every name gets that error.
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

// enter logs in with a name that may be known here. If the password is wrong and the old system was
// not asked, enter asks it for nobody, so that every refusal takes the same time.
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

// askForNobody sends a request with a name and a password that nobody has. So a refusal takes the
// same time for a name known here, for which the old system need not be asked, as for an unknown
// name. The answer is ignored, unless there is none.
func (s *Strategy) askForNobody(ctx context.Context) error {
	_, _, err := s.asker.ask(ctx, s.asker.nobody(), rand.Text())
	return err
}

// unanswered turns an error of the old system into one that costs and counts as much as a refusal.
func (s *Strategy) unanswered(ctx context.Context, err error, password string) error {
	if !errors.Is(err, ErrUnavailable) || errors.Is(err, strategies.ErrRefused) {
		return err
	}
	if err := s.pay(ctx, password); err != nil {
		return err
	}
	return asRefusal(err)
}

// asRefusal makes an error count as a refusal. Otherwise anybody could guess the passwords that are
// stored here without limit while the old system is down.
func asRefusal(err error) error {
	if failure, ok := fault.From(err); ok && errors.Is(err, ErrUnavailable) {
		return failure.Because(errors.Join(strategies.Refused(), failure.Cause))
	}
	return err
}

// enrol creates a user whom only the old system knows.
func (s *Strategy) enrol(ctx context.Context, id strategies.Identifier, password string) (strategies.Outcome, error) {
	yes, answer, err := s.asker.ask(ctx, id.Value, password)
	if err != nil {
		return strategies.Outcome{}, err
	}
	if yes && strategies.WrongName(id) != "" {
		yes = false // nobody can have this name here
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

// afterAll logs in a user whom a concurrent login created. If the user is still unknown, another
// user holds one of the names in the old system's answer.
func (s *Strategy) afterAll(ctx context.Context, id strategies.Identifier, password string) (strategies.Outcome, error) {
	found, here, err := s.host.FindByIdentifier(ctx, id)
	if err != nil {
		return strategies.Outcome{}, err
	}
	if !here {
		s.host.Log().WarnContext(ctx, "a user of the old system was not created: another user holds one of the names in its answer")
		return strategies.Outcome{}, strategies.Refused()
	}
	return s.enter(ctx, found, here && len(found.Records) > 0, id, password)
}

// refuse takes as long as verifying a digest of the instance's own.
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

// VerifyPassword implements strategies.PasswordVerifier by asking the old system. A right password
// always asks for renewal. A wrong one costs as much as one for a digest of the instance's own.
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
