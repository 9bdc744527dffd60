package digestimport

import (
	"context"
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Upkeep implements strategies.Upkeeper: what is sealed waits to be wrapped.
func (s *Strategy) Upkeep() (field, value string) {
	if s.wrap == WrapOff {
		return "", ""
	}
	return ProtectionField, Sealed
}

// Improve implements strategies.Upkeeper. It puts argon2id over the sum of a
// weak digest, which nobody can read from then on.
func (s *Strategy) Improve(ctx context.Context, rec strategies.Record) (strategies.Record, bool, error) {
	if rec.Public[ProtectionField] != Sealed {
		return rec, false, nil
	}
	k, err := s.decode(rec.Secret)
	if err != nil {
		return rec, false, err
	}
	d, err := s.parse(k.Hasher, k.Digest)
	if err != nil {
		return rec, false, err
	}
	kept, ok, err := s.cover(ctx, d)
	if err != nil {
		return rec, false, err
	}
	rec.Public = maps.Clone(rec.Public)
	if rec.Public[ProtectionField] = Left; ok {
		rec.Secret, rec.Public[ProtectionField] = kept, Wrapped
	}
	return rec, true, nil
}

// cover wraps a digest; ok is false for what cannot be.
func (s *Strategy) cover(ctx context.Context, d digest.Digest) (kept strategies.Secret, ok bool, err error) {
	over := digest.WrapHasher(s.host.Passwords())
	var wrapped *digest.Wrapped
	err = s.host.Hash(ctx, over.Cost(), func() { wrapped, ok = digest.Wrap(d, over) })
	if err != nil || !ok {
		return nil, false, err
	}
	kept, err = s.sealWrapped(wrapped)
	return kept, err == nil, err
}
