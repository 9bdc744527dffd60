package digestimport

import (
	"context"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

var _ strategies.Exporter = (*Strategy)(nil)

// Export implements strategies.Exporter. It returns the digest as it was imported. The original of
// a wrapped digest is unknown, so that one is exported wrapped.
func (s *Strategy) Export(_ context.Context, rec strategies.Record) (string, strategies.Credentials, error) {
	kept, err := s.decode(rec.Secret)
	if err != nil {
		return "", nil, err
	}
	if !utf8.ValidString(kept.Digest) { // as earlier versions took from files
		return "", nil, strategies.ErrNotExportable
	}
	if kept.Wrap != "" {
		kept.Hasher, kept.Digest = digest.WrappedName, digest.WrappedText(kept.Hasher, kept.Digest, kept.Wrap)
	}
	out := strategies.Credentials{digestField: kept.Digest, hasherField: kept.Hasher}
	for _, id := range rec.Identifiers {
		out[id.Kind] = id.Value
	}
	return Name, out, nil
}
