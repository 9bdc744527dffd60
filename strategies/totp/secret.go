package totp

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"strings"

	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// keyBytes is the length of new secrets, as RFC 4226 recommends; minKey and maxKey bound
	// imported ones.
	keyBytes       = 20
	minKey, maxKey = 10, 128
)

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// secret is the stored secret of a record, encrypted.
type secret struct {
	Key []byte `json:"key"`
	// Step is the last used step.
	Step int64 `json:"step"`
}

func newKey() []byte {
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key) // never fails
	return key
}

// parseKey reads a secret as apps and exports write it: base32 in either case, possibly in groups
// and padded.
func parseKey(text string) ([]byte, error) {
	text = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "=", "").Replace(text))
	key, err := encoding.DecodeString(text)
	if err != nil || len(key) < minKey || len(key) > maxKey {
		return nil, ErrSecret.New(minKey, maxKey)
	}
	return key, nil
}

func (s *Strategy) seal(kept secret) (strategies.Record, error) {
	plain, err := json.Marshal(kept)
	if err != nil {
		return strategies.Record{}, err
	}
	sealed, err := s.host.Seal(plain)
	return strategies.Record{Secret: sealed}, err
}

func (s *Strategy) open(rec strategies.Record) (secret, error) {
	var kept secret
	plain, err := s.host.Open(rec.Secret)
	if err != nil {
		return kept, err
	}
	if json.Unmarshal(plain, &kept) != nil {
		// The parser's own error may quote the secret.
		return kept, errors.New("totp: a record's secret cannot be read")
	}
	return kept, nil
}
