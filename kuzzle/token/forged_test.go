package token_test

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// TestRightSecretWrongUse signs with the real secrets: algorithm and use are
// checked for themselves.
func TestRightSecretWrongUse(t *testing.T) {
	store := &shelf{}
	sessions, ring := node(t, store)
	good := mustSign(t, sessions)
	if _, err := ring.Rotate(t.Context(), "other", 0); err != nil {
		t.Fatal(err)
	}
	plain, err := newSealer(t).Open("token keyring", store.sealed)
	if err != nil {
		t.Fatal(err)
	}
	var stored struct {
		Keys []struct {
			ID, Use string
			Secret  []byte
		}
	}
	if err := json.Unmarshal(plain, &stored); err != nil || len(stored.Keys) != 2 {
		t.Fatalf("got %d keys, %v", len(stored.Keys), err)
	}
	tests := map[string]struct {
		key    int
		method jwt.SigningMethod
		want   bool
	}{
		"as signed here":     {0, jwt.SigningMethodHS256, true},
		"another algorithm":  {0, jwt.SigningMethodHS512, false},
		"a key of other use": {1, jwt.SigningMethodHS256, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			unsigned := jwt.NewWithClaims(test.method, jwt.MapClaims{"_id": "jdoe", "iat": 1, "jti": "x"})
			unsigned.Header["kid"] = stored.Keys[test.key].ID
			signed, err := unsigned.SignedString(stored.Keys[test.key].Secret)
			if err != nil {
				t.Fatal(err)
			}
			if got := verifies(t, sessions, token.SessionPrefix+signed); got != test.want {
				t.Errorf("verifies %v, want %v", got, test.want)
			}
		})
	}
	unsigned := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iat": 1, "jti": "x"})
	unsigned.Header["kid"] = stored.Keys[0].ID
	if signed, err := unsigned.SignedString(stored.Keys[0].Secret); err != nil || verifies(t, sessions, token.SessionPrefix+signed) {
		t.Errorf("a token without _id verifies (%v)", err)
	}
	for name, test := range map[string]struct{ header, claims map[string]any }{
		"counts later":   {nil, map[string]any{"nbf": 1 << 40}},
		"for others":     {nil, map[string]any{"aud": "another service"}},
		"another type":   {map[string]any{"typ": "at+jwt"}, nil},
		"keys elsewhere": {map[string]any{"jku": "https://keys.example/"}, nil},
		"a certificate":  {map[string]any{"x5u": "https://keys.example/"}, nil},
		"a key inside":   {map[string]any{"jwk": map[string]any{"kty": "oct", "k": "AAAA"}}, nil},
		"must be known":  {map[string]any{"crit": []string{"exp"}}, nil},
	} {
		unsigned := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"_id": "jdoe", "iat": 1, "jti": "x"})
		unsigned.Header["kid"] = stored.Keys[0].ID
		maps.Copy(unsigned.Header, test.header)
		maps.Copy(unsigned.Claims.(jwt.MapClaims), test.claims)
		if signed, err := unsigned.SignedString(stored.Keys[0].Secret); err != nil || verifies(t, sessions, token.SessionPrefix+signed) {
			t.Errorf("%s: a token with more than is signed here verifies (%v)", name, err)
		}
	}
	respelled(t, sessions, good)
}

// respelled sets bits of the last digit that mean nothing: 32 bytes leave two.
func respelled(t *testing.T, sessions *token.Sessions, good string) {
	t.Helper()
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(digits, good[len(good)-1])
	bad := good[:len(good)-1] + digits[last^1:last^1+1]
	if _, err := sessions.Verify(t.Context(), bad, epoch); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("another spelling of a good token: got %v, want ErrInvalid", err)
	}
}
