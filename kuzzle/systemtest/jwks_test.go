package systemtest

import (
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"

	"github.com/golang-jwt/jwt/v5"
)

// jwks is a set of public keys as it was answered.
type jwks map[string]any

// find is the key that a token names.
func (set jwks) find(t *jwt.Token) (any, error) {
	for _, one := range set["keys"].([]any) {
		key := one.(map[string]any)
		if key["kid"] != t.Header["kid"] || key["kty"] != "RSA" || key["use"] != "sig" || key["alg"] != "RS256" || key["e"] != "AQAB" || key["d"] != nil {
			continue
		}
		n, err := base64.RawURLEncoding.DecodeString(key["n"].(string))
		return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}, err
	}
	return nil, fmt.Errorf("%v is not among %v", t.Header["kid"], set)
}
