package backupcode

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/enrolment"
)

const (
	// Name is the name of the strategy and of its factor.
	Name = "backup-code"
	// Codes is the field of imported codes.
	Codes = "codes"
)

func init() { strategies.Register(Name, New) }

var (
	_ strategies.Strategy     = (*Strategy)(nil)
	_ strategies.SecondFactor = (*Strategy)(nil)
	_ strategies.Fields       = (*Strategy)(nil)
	_ strategies.Searcher     = (*Strategy)(nil)
	_ strategies.Actions      = (*Strategy)(nil)
	_ strategies.Upkeeper     = (*Strategy)(nil)
	_ strategies.Exporter     = (*Strategy)(nil)
)

// Strategy is the strategy backup-code; make it with [New].
type Strategy struct {
	host  strategies.Host
	maker digest.Maker
	decoy string
}

// New builds the strategy, which has no options.
func New(cfg json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
	maker := host.Passwords()
	return &Strategy{host: host, maker: maker, decoy: maker.Decoy()}, strategies.DecodeConfig(cfg, &struct{}{})
}

// Name implements strategies.Strategy.
func (*Strategy) Name() string { return Name }

// LoginForm implements strategies.LoginForm.
func (*Strategy) LoginForm() any { return enrolment.LoginForm{} }

// Fields implements strategies.Fields.
func (*Strategy) Fields() []string { return []string{enrolment.Field, enrolment.CodeField} }

// SearchFields implements strategies.Searcher.
func (*Strategy) SearchFields() []string { return []string{protectionField} }

// Info returns the number of codes left.
func (*Strategy) Info(rec strategies.Record) strategies.Credentials {
	return strategies.Credentials{leftField: left(rec), protectionField: rec.Public[protectionField]}
}

// Authenticate implements strategies.Strategy. It refuses: a code alone proves nothing.
func (*Strategy) Authenticate(context.Context, strategies.Credentials) (strategies.Outcome, error) {
	return strategies.Outcome{}, strategies.Refused()
}

// Enrolled implements strategies.SecondFactor. A user without unused codes cannot prove the factor.
func (*Strategy) Enrolled(records []strategies.Record) bool {
	return slices.ContainsFunc(records, func(rec strategies.Record) bool { return left(rec) > 0 })
}

// Confirm implements strategies.SecondFactor. The login removes a right code.
func (s *Strategy) Confirm(ctx context.Context, found strategies.Found, in strategies.Credentials) (strategies.Outcome, error) {
	text, given, err := in.Text(enrolment.CodeField, enrolment.MaxField)
	switch {
	case err != nil:
		return strategies.Outcome{}, err
	case !given:
		return strategies.Outcome{}, assert.Missing.New(enrolment.CodeField)
	}
	code := plain(text)
	if code == "" || len(found.Records) == 0 {
		return strategies.Outcome{}, wrongCode()
	}
	old := found.Records[0]
	codes, err := s.open(old)
	if err != nil {
		return strategies.Outcome{}, err
	}
	at, err := s.find(ctx, codes, code)
	if err != nil {
		return strategies.Outcome{}, err
	}
	if at < 0 {
		return strategies.Outcome{}, wrongCode()
	}
	next, err := s.seal(slices.Delete(codes, at, at+1))
	keepMarks(next, old)
	return strategies.Outcome{
		Kuid: found.Kuid, Factor: Name, Put: []strategies.Record{next}, Drop: []strategies.Record{old}, Must: true,
	}, err
}

// keepMarks copies the fields that other packages noted in the old record.
func keepMarks(next, old strategies.Record) {
	for name, value := range old.Public {
		if _, own := next.Public[name]; !own && next.Public != nil {
			next.Public[name] = value
		}
	}
}

func wrongCode() error { return strategies.ErrRefused.New("wrong code") }

// Upkeep implements strategies.Upkeeper. It finds records with codes that are encrypted and not yet
// hashed.
func (*Strategy) Upkeep() (field, value string) { return protectionField, sealed }

// Improve implements strategies.Upkeeper.
func (s *Strategy) Improve(ctx context.Context, rec strategies.Record) (strategies.Record, bool, error) {
	if rec.Public[protectionField] != sealed {
		return rec, false, nil
	}
	codes, err := s.open(rec)
	if err != nil {
		return rec, false, err
	}
	for i, o := range codes {
		if o.Plain == "" {
			continue
		}
		if codes[i], err = s.hash(ctx, o.Plain); err != nil {
			return rec, false, err
		}
	}
	next, err := s.seal(codes)
	if err != nil {
		return rec, false, err
	}
	rec.Secret = next.Secret
	rec.Public = maps.Clone(rec.Public)
	maps.Copy(rec.Public, next.Public)
	return rec, true, nil
}

// Export implements strategies.Exporter.
func (s *Strategy) Export(_ context.Context, rec strategies.Record) (string, strategies.Credentials, error) {
	codes, err := s.open(rec)
	if err != nil {
		return Name, nil, err
	}
	if len(codes) == 0 {
		return Name, nil, strategies.ErrNotExportable.New(Name)
	}
	list := make([]any, len(codes))
	for i, o := range codes {
		if list[i] = o.Digest; o.Plain != "" {
			list[i] = o.Plain
		}
	}
	return Name, strategies.Credentials{Codes: list}, nil
}
