package templates

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/token/tokentest"
)

func pemOf(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// TestKeys: keys of every algorithm sign tokens that their other half verifies, and
// are stored encrypted; invalid keys are refused.
func TestKeys(t *testing.T) {
	sealer := tokentest.Sealer(t)
	strong, err := rsa.GenerateKey(rand.Reader, minRSABits)
	if err != nil {
		t.Fatal(err)
	}
	verifying := map[string]any{}
	texts := map[string]string{}
	secret := strings.Repeat("s", minSecretBytes)
	for _, name := range []string{"HS256", "HS384", "HS512"} {
		texts[name], verifying[name] = secret, []byte(secret)
	}
	for _, name := range []string{"RS256", "RS384", "RS512"} {
		texts[name], verifying[name] = pemOf(t, strong), &strong.PublicKey
	}
	for name, curve := range map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		texts[name], verifying[name] = pemOf(t, key), &key.PublicKey
	}
	if len(texts) != len(algorithms) {
		t.Fatalf("%d algorithms are tested of %d", len(texts), len(algorithms))
	}
	for name, text := range texts {
		key, err := NewKey(sealer, name, text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(string(key.Sealed), text) {
			t.Errorf("%s: the key is not sealed", name)
		}
		signed, err := key.sign(sealer, jwt.MapClaims{"sub": "x"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := jwt.Parse(signed, func(*jwt.Token) (any, error) { return verifying[name], nil }, jwt.WithValidMethods([]string{name})); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, row := range []struct {
		algorithm, text string
		want            error
	}{
		{"none", secret, ErrAlgorithm}, {"", secret, ErrAlgorithm}, {"EdDSA", secret, ErrAlgorithm},
		{"HS256", secret[1:], ErrKey}, {"HS512", "", ErrKey}, {"RS256", secret, ErrKey}, {"RS256", texts["ES256"], ErrKey}, {"ES256", texts["ES384"], ErrKey},
		{"HS256", strings.Repeat("s", maxKeyBytes+1), ErrKey},
	} {
		if _, err := NewKey(sealer, row.algorithm, row.text); !errors.Is(err, row.want) {
			t.Errorf("%s with %d bytes: %v, want %v", row.algorithm, len(row.text), err, row.want)
		}
	}
}
