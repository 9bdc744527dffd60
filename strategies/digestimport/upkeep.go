package digestimport

import (
	"context"
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Upkeep implements strategies.Upkeeper. It finds sealed digests, which wait to be wrapped.
func (s *Strategy) Upkeep() (field, value string) {
	if s.wrap == WrapOff {
		return "", ""
	}
	return ProtectionField, Sealed
}

// Improve implements strategies.Upkeeper. It wraps a weak digest's sum in argon2id, after which
// nobody can read the sum.
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
	w, err := s.cover(ctx, d)
	if err != nil {
		return rec, false, err
	}
	rec.Public = maps.Clone(rec.Public)
	rec.Public[ProtectionField] = Left
	if w != nil {
		rec.Public[ProtectionField], rec.Public[classField] = Wrapped, digest.Class(w)
		rec.Secret, err = s.sealWrapped(w)
	}
	return rec, err == nil, err
}

// cover wraps a digest; w is nil if the digest cannot be wrapped.
func (s *Strategy) cover(ctx context.Context, d digest.Digest) (w *digest.Wrapped, err error) {
	over, ok := digest.WrapHasher(s.host.Passwords()), false
	err = s.host.Hash(ctx, over.Cost(), func() { w, ok = digest.Wrap(ctx, d, over) })
	if err != nil || !ok {
		return nil, err
	}
	return w, nil
}
