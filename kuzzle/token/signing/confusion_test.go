package signing_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
	"github.com/gokuzzle/kuzzle/kuzzle/token/tokentest"
)

// TestTwoKindsOfToken: a token for other services is never taken for one of a session
// here, and the other way round, though both kinds of key are sealed by one master key
// and kept in one place.
func TestTwoKindsOfToken(t *testing.T) {
	clock := &clock{}
	store := &shelf{}
	signer := node(t, store, clock, &made{})
	sessions := token.NewSessions(token.NewKeyring(&shelf{}, tokentest.Sealer(t), clock.now))
	ours := sign(t, signer, time.Hour)
	kauth, err := sessions.Sign(t.Context(), token.Claims{Kuid: "user_1", Session: "sess_1", Expires: epoch.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sessions.Verify(t.Context(), kauth, epoch); err != nil {
		t.Fatal(err)
	}
	withKuid, err := signer.Sign(t.Context(), signing.Token{Claims: map[string]any{"_id": "user_1", "jti": "x", "sid": "sess_1"}, Lifetime: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	key, err := token.NewAPIKey("user_1", epoch, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{ours, withKuid, token.SessionPrefix + ours, token.SessionPrefix + withKuid, token.APIKeyPrefix + ours} {
		if _, err := sessions.Verify(t.Context(), text, epoch); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("%.40s… is a session token: %v", text, err)
		}
	}
	if kind := token.KindOf(ours); kind != token.Unknown {
		t.Errorf("a token for others is of kind %d", kind)
	}
	for _, text := range []string{kauth, strings.TrimPrefix(kauth, token.SessionPrefix), key, strings.TrimPrefix(key, token.APIKeyPrefix)} {
		if _, err := signer.Verify(t.Context(), text); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("%.40s… is a token for others: %v", text, err)
		}
	}
	// The keys of one, where those of the other are looked for.
	if _, err := token.NewSessions(token.NewKeyring(store, tokentest.Sealer(t), clock.now)).Sign(t.Context(), token.Claims{Kuid: "user_1"}); err == nil {
		t.Error("session tokens are signed with what other services' tokens are")
	}
}

// TestForged signs with the real key and header, but for one thing.
func TestForged(t *testing.T) {
	signer := node(t, &shelf{}, &clock{}, &made{})
	kid := kidOf(t, sign(t, signer, time.Hour))
	private := pool()[0]
	der, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	good := jwt.MapClaims{"iss": issuer, "sub": "user_1", "iat": epoch.Unix(), "nbf": epoch.Unix(), "exp": epoch.Add(time.Hour).Unix()}
	with := func(name string, value any) jwt.MapClaims {
		changed := maps.Clone(good)
		if changed[name] = value; value == nil {
			delete(changed, name)
		}
		return changed
	}
	type forgery struct {
		method jwt.SigningMethod
		key    any
		claims jwt.MapClaims
		header map[string]any
	}
	rs256 := jwt.SigningMethodRS256
	text := func(f forgery) string {
		unsigned := jwt.NewWithClaims(f.method, f.claims)
		unsigned.Header["kid"] = kid
		maps.Copy(unsigned.Header, f.header)
		signed, err := unsigned.SignedString(f.key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	right := text(forgery{rs256, private, good, nil})
	if _, err := signer.Verify(t.Context(), right); err != nil {
		t.Fatalf("the right one: %v", err)
	}
	for name, f := range map[string]forgery{
		"no algorithm":                {jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good, nil},
		"the public key as a secret":  {jwt.SigningMethodHS256, der, good, nil},
		"the same as PEM":             {jwt.SigningMethodHS256, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), good, nil},
		"its modulus as a secret":     {jwt.SigningMethodHS256, private.N.Bytes(), good, nil},
		"another hash":                {jwt.SigningMethodRS512, private, good, nil},
		"another padding":             {jwt.SigningMethodPS256, private, good, nil},
		"another key":                 {rs256, pool()[1], good, nil},
		"an unknown key id":           {rs256, private, good, map[string]any{"kid": "key_0"}},
		"a key id that is no text":    {rs256, private, good, map[string]any{"kid": 1}},
		"another type":                {rs256, private, good, map[string]any{"typ": "at+jwt"}},
		"keys elsewhere":              {rs256, private, good, map[string]any{"jku": "https://keys.example/"}},
		"a key inside":                {rs256, private, good, map[string]any{"jwk": map[string]any{"kty": "RSA"}}},
		"what must be known":          {rs256, private, good, map[string]any{"crit": []string{"exp"}}},
		"another issuer":              {rs256, private, with("iss", "https://evil.example"), nil},
		"no issuer":                   {rs256, private, with("iss", nil), nil},
		"a list of issuers":           {rs256, private, with("iss", []string{issuer}), nil},
		"ended":                       {rs256, private, with("exp", epoch.Unix()), nil},
		"no end":                      {rs256, private, with("exp", nil), nil},
		"an end that is no number":    {rs256, private, with("exp", "never"), nil},
		"not yet":                     {rs256, private, with("nbf", epoch.Unix()+1), nil},
		"a beginning that is no time": {rs256, private, with("nbf", true), nil},
	} {
		if _, err := signer.Verify(t.Context(), text(f)); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	parts := strings.Split(right, ".")
	for name, text := range map[string]string{
		"a line break": parts[0] + "." + parts[1] + ".\n" + parts[2], "nothing": "", "dots": "..", "two parts": parts[0] + "." + parts[1],
		"no signature": parts[0] + "." + parts[1] + ".", "a space": right + " ", "too long": right + strings.Repeat("A", token.MaxBytes),
	} {
		if _, err := signer.Verify(t.Context(), text); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ended := text(forgery{rs256, private, with("exp", epoch.Unix()-1), nil})
	if claims, err := signer.Open(context.Background(), ended); err != nil || claims["sub"] != "user_1" {
		t.Errorf("one that has ended is opened as %v, %v", claims, err)
	}
}
