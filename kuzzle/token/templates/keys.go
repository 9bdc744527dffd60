package templates

import (
	"crypto/ecdsa"
	"maps"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Bounds of an application's own keys. The lower bound for HMAC keys still makes
// guessing infeasible.
const (
	minSecretBytes = 32
	maxKeyBytes    = 16 << 10
	minRSABits     = 2048
)

const sealPurpose = "template signing key"

// Key is a key of the application, for tokens that it verifies by its own means. Its
// text is encrypted.
type Key struct {
	Algorithm string `json:"algorithm"`
	Sealed    []byte `json:"sealed"`
}

// algorithms parse the text of a key; nil means that the text is not a key.
var algorithms = map[string]func(text string) any{
	"HS256": secret, "HS384": secret, "HS512": secret,
	"RS256": rsaKey, "RS384": rsaKey, "RS512": rsaKey,
	"ES256": curve("P-256"), "ES384": curve("P-384"), "ES512": curve("P-521"),
}

func secret(text string) any {
	if len(text) < minSecretBytes {
		return nil
	}
	return []byte(text)
}

func rsaKey(text string) any {
	key, err := jwt.ParseRSAPrivateKeyFromPEM([]byte(text))
	if err != nil || key.N.BitLen() < minRSABits || key.Validate() != nil {
		return nil
	}
	return key
}

func curve(name string) func(string) any {
	return func(text string) any {
		key, err := jwt.ParseECPrivateKeyFromPEM([]byte(text))
		if err != nil || key.Curve.Params().Name != name {
			return nil
		}
		return (*ecdsa.PrivateKey)(key)
	}
}

// NewKey encrypts the text of a key: a secret for HS256 and the like, a private key in
// PEM for the others. Faults: ErrAlgorithm, ErrKey.
func NewKey(sealer *token.Sealer, algorithm, text string) (*Key, error) {
	read, known := algorithms[algorithm]
	if !known {
		return nil, ErrAlgorithm.New(strings.Join(slices.Sorted(maps.Keys(algorithms)), ", "))
	}
	if len(text) > maxKeyBytes || read(text) == nil {
		return nil, ErrKey.New("a secret of 32 bytes or more for HS algorithms, else a private key in PEM: RSA with 2048 bits or more, or with the curve of the algorithm")
	}
	sealed, err := sealer.Seal(sealPurpose, []byte(text))
	return &Key{algorithm, sealed}, err
}

func (k *Key) sign(sealer *token.Sealer, claims jwt.MapClaims) (string, error) {
	text, err := sealer.Open(sealPurpose, k.Sealed)
	if err != nil {
		return "", err
	}
	return jwt.NewWithClaims(jwt.GetSigningMethod(k.Algorithm), claims).SignedString(algorithms[k.Algorithm](string(text)))
}
