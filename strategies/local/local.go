package local

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// Name is the strategy's name.
	Name = "local"

	// MaxUsername is the longest user name in bytes, as in Kuzzle, where the name is a document's
	// id.
	MaxUsername = 512

	usernameField = "username"
	passwordField = strategies.PasswordField
	currentField  = strategies.CurrentField
	kuidField     = "kuid"
	// PlainField is a further field of credentials, which states that a password is not a
	// digest although it looks like one.
	PlainField = "passwordIsPlain"
)

func init() {
	strategies.Register(Name, New)
	strategies.RegisterOptions(Name, func() any { return new(defaults()) })
}

var (
	_ strategies.Strategy       = (*Strategy)(nil)
	_ strategies.PasswordKeeper = (*Strategy)(nil)
	_ strategies.Varied         = (*Strategy)(nil)
	_ strategies.Fields         = (*Strategy)(nil)
	_ strategies.Searcher       = (*Strategy)(nil)
	_ strategies.Deleter        = (*Strategy)(nil)
	_ strategies.Actions        = (*Strategy)(nil)
	_ strategies.Exporter       = (*Strategy)(nil)
	_ strategies.NoticeWriter   = (*Strategy)(nil)
)

// Strategy is the local strategy; make it with [New].
type Strategy struct {
	host    strategies.Host
	options options
	decoy   strategies.Record
}

// New builds the strategy from its [Options] as JSON.
func New(cfg json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
	options, err := parseOptions(cfg, host.Passwords())
	if err != nil {
		return nil, err
	}
	decoy, err := (&secret{Digest: options.hasher.Decoy()}).encode()
	if err != nil {
		return nil, err
	}
	return &Strategy{host: host, options: options, decoy: strategies.Record{Secret: decoy}}, nil
}

// Name implements strategies.Strategy.
func (*Strategy) Name() string { return Name }

// Fields implements strategies.Fields.
func (*Strategy) Fields() []string { return []string{usernameField, passwordField} }

// SearchFields implements strategies.Searcher.
func (*Strategy) SearchFields() []string { return []string{usernameField} }

// Info returns the user name. Users who log in only by a contact have none.
func (*Strategy) Info(rec strategies.Record) strategies.Credentials { return named(nameOf(rec)) }

// named returns the fields that show a user name.
func named(name string) map[string]any {
	if name == "" {
		return map[string]any{}
	}
	return map[string]any{usernameField: name}
}

// Decoy implements strategies.PasswordVerifier.
func (s *Strategy) Decoy() strategies.Record { return s.decoy }

// CostClass implements strategies.Varied. Digests of other settings exist until they are renewed.
func (*Strategy) CostClass(rec strategies.Record) string {
	stored, err := parse(rec)
	if err != nil {
		return Name
	}
	return digest.Class(stored)
}

// DecoyLike implements strategies.Varied.
func (s *Strategy) DecoyLike(rec strategies.Record) (strategies.Record, error) {
	stored, err := parse(rec)
	if errors.Is(err, digest.ErrTooExpensive) {
		return s.decoy, nil
	}
	if err != nil {
		return strategies.Record{}, err
	}
	_, text := digest.Decoy(stored)
	raw, err := (&secret{Digest: text}).encode()
	return strategies.Record{Strategy: Name, Secret: raw}, err
}

func parse(rec strategies.Record) (digest.Digest, error) {
	kept, err := decodeSecret(rec.Secret)
	if err != nil {
		return nil, err
	}
	return digest.ParseOwn(kept.Digest, digest.Ceilings{})
}

// VerifyPassword implements strategies.PasswordVerifier. A wrong password costs at least as much as
// one for a digest of the configured strength, however cheap the stored digest is.
func (s *Strategy) VerifyPassword(ctx context.Context, rec strategies.Record, password string) (strategies.Verdict, error) {
	kept, err := decodeSecret(rec.Secret)
	if err != nil {
		return strategies.Wrong, err
	}
	renew := s.options.hasher.NeedsRenewal(kept.Digest)
	right, err := s.matches(ctx, kept.Digest, password, renew)
	switch {
	case err != nil || !right:
		return strategies.Wrong, err
	case renew:
		return strategies.RightButRenew, nil
	}
	return strategies.Right, nil
}

// matches compares in the pool. With pad, a mismatch also costs a hash of the configured strength.
func (s *Strategy) matches(ctx context.Context, text, password string, pad bool) (right bool, err error) {
	stored, err := digest.ParseOwn(text, digest.Ceilings{})
	if err != nil {
		return false, err
	}
	cost := stored.Cost()
	if pad {
		cost = digest.CheckCost(stored, s.options.hasher, password)
	}
	err = s.host.Hash(ctx, cost, func() {
		if pad {
			right = digest.Check(ctx, stored, s.options.hasher, password)
		} else {
			right = digest.Matches(ctx, stored, s.options.hasher, password)
		}
	})
	return right && err == nil, err
}

// nameOf returns the user name of a record of the password family.
func nameOf(rec strategies.Record) string {
	if name, ok := rec.Public[usernameField].(string); ok {
		return name
	}
	for _, id := range rec.Identifiers {
		if id.Kind == usernameField {
			return id.Value
		}
	}
	// A user who was imported with only an address has it as the name.
	if len(rec.Identifiers) > 0 {
		return rec.Identifiers[0].Value
	}
	return ""
}

// loginName returns a name that finds the user of a record.
func loginName(who strategies.Subject) strategies.Identifier {
	if name := nameOf(who.Records[0]); name != "" || len(who.Identifiers) == 0 {
		return username(name)
	}
	return who.Identifiers[0]
}

func username(name string) strategies.Identifier {
	return strategies.Identifier{Kind: usernameField, Value: name}
}
