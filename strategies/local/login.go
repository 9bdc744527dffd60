package local

import (
	"context"

	"github.com/gokuzzle/kuzzle/strategies"
)

// Factor is the factor that a right password proves.
const Factor = "password"

// LoginForm implements strategies.LoginForm.
func (*Strategy) LoginForm() any {
	return struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}{}
}

// Authenticate implements strategies.Strategy.
func (s *Strategy) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	name, hasName, err := text(in, usernameField, MaxUsername)
	if err != nil {
		return strategies.Outcome{}, err
	}
	password, hasPassword, err := text(in, passwordField, strategies.MaxPassword)
	if err != nil {
		return strategies.Outcome{}, err
	}
	if !hasName || !hasPassword {
		return strategies.Outcome{}, strategies.Refused()
	}
	found, ok, err := s.host.FindByIdentifier(ctx, username(name))
	if err != nil {
		return strategies.Outcome{}, err
	}
	return strategies.Enter(ctx, s.host, found, ok, username(name), password)
}

// Accept implements strategies.PasswordKeeper.
func (s *Strategy) Accept(ctx context.Context, found strategies.Found, verdict strategies.Verdict, password string) (strategies.Outcome, error) {
	if err := s.checkAge(ctx, found); err != nil {
		return strategies.Outcome{}, err
	}
	out := strategies.Outcome{Kuid: found.Kuid, Factor: Factor}
	if verdict == strategies.RightButRenew {
		s.renew(ctx, found.Records[0], password, &out)
	}
	return out, nil
}

// renew adds the password's new digest to the outcome. If it fails, the login still stands, and the
// next login tries again.
func (s *Strategy) renew(ctx context.Context, old strategies.Record, password string, out *strategies.Outcome) {
	at, by := chosen(old, out.Kuid)
	kept := secret{At: at.UnixMilli(), By: by}
	if isOurs(old) {
		if before, err := decodeSecret(old.Secret); err == nil {
			kept.History = before.History
		}
	}
	rec, err := s.seal(ctx, nameOf(old), old.Identifiers, kept, password)
	if err != nil {
		s.host.Log().WarnContext(ctx, "a password digest was not renewed", "kuid", out.Kuid, "error", err)
		return
	}
	// The password is the same, so its age and author stay.
	rec.UpdatedAt, rec.UpdatedBy = old.UpdatedAt, old.UpdatedBy
	out.Put = []strategies.Record{rec}
	out.Drop = []strategies.Record{old}
}
