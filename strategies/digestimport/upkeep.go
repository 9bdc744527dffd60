package digestimport

import (
	"context"
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Upkeep implements strategies.Upkeeper: what is sealed waits to be wrapped.
func (*Strategy) Upkeep() (field, value string) { return ProtectionField, Sealed }

// Improve implements strategies.Upkeeper. It puts argon2id over the sum of a
// weak digest, which nobody can read from then on.
func (s *Strategy) Improve(ctx context.Context, rec strategies.Record) (strategies.Record, bool, error) {
	if !s.wrap || rec.Public[strengthField] != string(digest.Weak) {
		return rec, false, nil
	}
	k, err := s.decode(rec.Secret)
	if err != nil {
		return rec, false, err
	}
	d, err := s.parse(k.Hasher, k.Digest)
	if err != nil || k.Wrap != "" {
		return rec, false, err
	}
	cover := digest.WrapHasher(s.host.Passwords())
	wrapped := secret{Hasher: k.Hasher}
	ok := false
	err = s.host.Hash(ctx, cover.Cost(), func() { wrapped.Digest, wrapped.Wrap, ok = digest.Wrap(d, cover) })
	if err != nil || !ok {
		return rec, false, err
	}
	if rec.Secret, err = wrapped.encode(); err != nil {
		return rec, false, err
	}
	rec.Public = maps.Clone(rec.Public)
	rec.Public[ProtectionField] = Wrapped
	return rec, true, nil
}
