package digestimport

import (
	"encoding/json"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// secret is the stored secret of a record. A sealed digest is in Sealed. A wrapped digest lacks its
// sum, and Wrap is the argon2id digest of that sum.
type secret struct {
	Hasher string `json:"hasher"`
	Digest string `json:"digest,omitempty"`
	Sealed []byte `json:"sealed,omitempty"`
	Wrap   string `json:"wrap,omitempty"`
}

func (k *secret) encode() (strategies.Secret, error) { return json.Marshal(k) }

// errUnreadable replaces the parser's own error, which may quote the secret, in logs.
var errUnreadable = errors.New("digest-import: a record's secret cannot be read")

// seal returns the secret for a digest that was just imported.
func (s *Strategy) seal(text string, d digest.Digest) (kept strategies.Secret, protection string, err error) {
	described := d.Describe()
	k := secret{Hasher: described.Hasher, Digest: text}
	switch {
	case described.Strength == digest.Weak:
		protection = Sealed
	case described.Keyed:
		protection = SealedKey
	default:
		kept, err = k.encode()
		return kept, Bare, err
	}
	if k.Sealed, err = s.host.Seal([]byte(text)); err != nil {
		return nil, "", err
	}
	k.Digest = ""
	kept, err = k.encode()
	return kept, protection, err
}

// sealWrapped returns the secret for a wrapped digest. A key in the digest stays encrypted under
// the master key.
func (s *Strategy) sealWrapped(w *digest.Wrapped) (kept strategies.Secret, err error) {
	k := secret{}
	k.Hasher, k.Digest, k.Wrap = w.Parts()
	if w.Inside().Keyed {
		if k.Sealed, err = s.host.Seal([]byte(k.Digest)); err != nil {
			return nil, err
		}
		k.Digest = ""
	}
	return k.encode()
}

// open reads a record's digest, within the current ceilings.
func (s *Strategy) open(raw strategies.Secret) (digest.Digest, error) {
	k, err := s.decode(raw)
	switch {
	case err != nil:
		return nil, err
	case k.Wrap != "":
		return digest.ParseWrapped(k.Hasher, k.Digest, k.Wrap, s.ceilings)
	}
	return s.parse(k.Hasher, k.Digest)
}

// decode reads a secret and decrypts its sealed part.
func (s *Strategy) decode(raw strategies.Secret) (*secret, error) {
	k := new(secret)
	if err := json.Unmarshal(raw, k); err != nil {
		return nil, errUnreadable
	}
	if k.Sealed == nil {
		return k, nil
	}
	text, err := s.host.Open(k.Sealed)
	k.Digest = string(text)
	return k, err
}

// parse reads a digest. Without a hasher the digest must show its own format.
func (s *Strategy) parse(hasher, text string) (digest.Digest, error) {
	switch hasher {
	case "":
		d, err := digest.Guess(text, s.ceilings)
		if err == nil && d.Describe().Hasher == s.cognito.Name() {
			return s.cognito.Parse(text, s.ceilings)
		}
		return d, err
	case s.cognito.Name():
		return s.cognito.Parse(text, s.ceilings)
	}
	return digest.Parse(hasher, text, s.ceilings)
}
