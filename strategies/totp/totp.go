package totp

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/enrolment"
)

const (
	// Name is the name of the strategy and of its factor.
	Name = "totp"
	// Secret is the field of an imported secret, in base32.
	Secret = "secret"

	maxIssuer = 64
)

func init() {
	strategies.Register(Name, New)
	strategies.RegisterOptions(Name, func() any { return new(defaults()) })
}

func defaults() Options { return Options{Issuer: "Kuzzle"} }

var (
	_ strategies.Strategy     = (*Strategy)(nil)
	_ strategies.SecondFactor = (*Strategy)(nil)
	_ strategies.Fields       = (*Strategy)(nil)
	_ strategies.Actions      = (*Strategy)(nil)
	_ strategies.Exporter     = (*Strategy)(nil)
)

// Options are the strategy's configuration.
type Options struct {
	// Issuer is the text that apps show beside the user's name; "Kuzzle" by default.
	Issuer string `json:"issuer"`
}

// Strategy is the strategy totp; make it with [New].
type Strategy struct {
	options Options
	host    strategies.Host
}

// New builds the strategy from its [Options] as JSON.
func New(cfg json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
	s := &Strategy{options: defaults(), host: host}
	if err := strategies.DecodeConfig(cfg, &s.options); err != nil {
		return nil, err
	}
	if issuer := s.options.Issuer; strings.TrimSpace(issuer) == "" || len(issuer) > maxIssuer || strings.Contains(issuer, ":") {
		return nil, errors.New("issuer must be a name of 1 to 64 bytes without a colon")
	}
	return s, nil
}

// Name implements strategies.Strategy.
func (*Strategy) Name() string { return Name }

// LoginForm implements strategies.LoginForm.
func (*Strategy) LoginForm() any { return enrolment.LoginForm{} }

// Fields implements strategies.Fields.
func (*Strategy) Fields() []string { return []string{enrolment.Field, enrolment.CodeField} }

// Info returns nothing: a secret is never shown.
func (*Strategy) Info(strategies.Record) strategies.Credentials { return strategies.Credentials{} }

// Authenticate implements strategies.Strategy. It refuses: a code alone proves nothing.
func (*Strategy) Authenticate(context.Context, strategies.Credentials) (strategies.Outcome, error) {
	return strategies.Outcome{}, strategies.Refused()
}

// Enrolled implements strategies.SecondFactor.
func (*Strategy) Enrolled(records []strategies.Record) bool { return len(records) > 0 }

// Confirm implements strategies.SecondFactor. The login uses up the step of a right code and all
// steps before it.
func (s *Strategy) Confirm(_ context.Context, found strategies.Found, in strategies.Credentials) (strategies.Outcome, error) {
	code, given, err := in.Text(enrolment.CodeField, enrolment.MaxField)
	switch {
	case err != nil:
		return strategies.Outcome{}, err
	case !given:
		return strategies.Outcome{}, assert.Missing.New(enrolment.CodeField)
	case !isCode(code) || len(found.Records) == 0:
		return strategies.Outcome{}, wrongCode()
	}
	old := found.Records[0]
	kept, err := s.open(old)
	if err != nil {
		return strategies.Outcome{}, err
	}
	step, right := match(kept.Key, code, s.host.Now(), kept.Step)
	if !right {
		return strategies.Outcome{}, wrongCode()
	}
	kept.Step = step
	next, err := s.seal(kept)
	return strategies.Outcome{
		Kuid: found.Kuid, Factor: Name, Put: []strategies.Record{next}, Drop: []strategies.Record{old}, Must: true,
	}, err
}

func wrongCode() error { return strategies.ErrRefused.New("wrong code") }

// Export implements strategies.Exporter.
func (s *Strategy) Export(_ context.Context, rec strategies.Record) (string, strategies.Credentials, error) {
	kept, err := s.open(rec)
	if err != nil {
		return Name, nil, err
	}
	return Name, strategies.Credentials{Secret: encoding.EncodeToString(kept.Key)}, nil
}
