package digestimport

import (
	"context"

	"github.com/gokuzzle/kuzzle/strategies"
)

// Authenticate implements strategies.Strategy. It takes a password with a name,
// of several the first, and lets in whoever local would. An unknown user costs and is
// answered what a wrong password is.
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
	found, ok, err := s.host.FindByIdentifier(ctx, given[0])
	if err != nil {
		return strategies.Outcome{}, err
	}
	ok = ok && len(found.Records) > 0
	verdict, err := s.host.VerifyPassword(ctx, found, ok, given[0], password)
	switch {
	case err != nil:
		return strategies.Outcome{}, err
	case !ok || verdict == strategies.Wrong:
		return strategies.Outcome{}, strategies.Refused()
	}
	return s.host.Accept(ctx, found, verdict, password)
}
