package digestimport

import (
	"context"

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
	found, ok, err := s.host.FindByIdentifier(ctx, id)
	if err != nil {
		return strategies.Outcome{}, err
	}
	return strategies.Enter(ctx, s.host, found, ok, id, password)
}
