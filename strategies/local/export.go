package local

import (
	"context"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Export implements strategies.Exporter. The strategy digest-import takes the exported digest,
// elsewhere or here.
func (s *Strategy) Export(_ context.Context, rec strategies.Record) (string, strategies.Credentials, error) {
	kept, err := decodeSecret(rec.Secret)
	if err != nil {
		return "", nil, err
	}
	out := strategies.Credentials{"passwordDigest": kept.Digest, "passwordHasher": digest.Argon2idName}
	if strings.HasPrefix(kept.Digest, "$2") {
		out["passwordHasher"] = digest.BcryptName
	}
	for _, id := range rec.Identifiers {
		out[id.Kind] = id.Value
	}
	return "digest-import", out, nil
}
