package signing

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

const (
	// Algorithm is the only algorithm of this package's keys.
	Algorithm = "RS256"
	typ       = "JWT"
	// MaxLifetime is the longest lifetime of a token.
	MaxLifetime = 315_360_000 * time.Second
	// early is how long before iat a token is valid, for verifiers whose clocks are
	// behind.
	early = 10 * time.Second
)

// Token is a token to sign.
type Token struct {
	// Claims are all claims except iss, iat, nbf and exp, which Sign always sets.
	Claims map[string]any
	// IssuedAt is the time of issue; zero means now.
	IssuedAt time.Time
	// NotBefore is the time from which the token is valid; zero means shortly before
	// IssuedAt.
	NotBefore time.Time
	// Lifetime is at least a second and at most MaxLifetime.
	Lifetime time.Duration
	// Category is the header cat, or "".
	Category string
	// Dated adds the header oiat, the time of issue, by which browsers tell the newer of two
	// tokens.
	Dated bool
}

func generate() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, keyBits) }

// Sign makes a token. It takes about a millisecond; the first call ever waits until a
// key is made.
func (s *Signer) Sign(ctx context.Context, t Token) (string, error) {
	if t.Lifetime < time.Second || t.Lifetime > MaxLifetime {
		return "", fmt.Errorf("signing: a token lives from 1 to %d seconds, this one %d", int64(MaxLifetime.Seconds()), int64(t.Lifetime.Seconds()))
	}
	k, err := s.lasting(ctx, t.Lifetime)
	if err != nil {
		return "", err
	}
	unsigned := jwt.NewWithClaims(jwt.SigningMethodRS256, s.Complete(t))
	unsigned.Header["kid"] = k.ID
	if t.Category != "" {
		unsigned.Header["cat"] = t.Category
	}
	if t.Dated {
		unsigned.Header["oiat"] = unsigned.Claims.(jwt.MapClaims)["iat"]
	}
	return unsigned.SignedString(k.private)
}

// Complete returns the claims of a token with those that Sign sets, for callers that
// sign it with another key.
func (s *Signer) Complete(t Token) jwt.MapClaims {
	issued, begins := t.IssuedAt, t.NotBefore
	if issued.IsZero() {
		issued = s.Now()
	}
	if begins.IsZero() {
		begins = issued.Add(-early)
	}
	claims := jwt.MapClaims{}
	maps.Copy(claims, t.Claims)
	claims["iss"], claims["iat"], claims["nbf"], claims["exp"] = s.Issuer, issued.Unix(), begins.Unix(), issued.Add(t.Lifetime).Unix()
	return claims
}

// parser accepts RS256 only, regardless of a token's header. Verify checks the times.
var parser = jwt.NewParser(jwt.WithValidMethods([]string{Algorithm}), jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding(), jwt.WithJSONNumber())

// Open returns the claims of a token that this instance signed, even an expired one, as
// long as its key is published. Numbers are of type json.Number. Every other text is
// token.ErrInvalid. All other errors are the key store's.
func (s *Signer) Open(ctx context.Context, text string) (map[string]any, error) {
	if len(text) > token.MaxBytes || strings.ContainsAny(text, "\r\n") {
		return nil, token.ErrInvalid.New()
	}
	var keyErr error
	find := func(t *jwt.Token) (any, error) {
		kid, err := headerOf(t)
		if err != nil {
			return nil, err
		}
		public, err := s.verifying(ctx, kid)
		keyErr = err
		return public, err
	}
	claims := jwt.MapClaims{}
	if _, err := parser.ParseWithClaims(text, claims, find); err != nil {
		if keyErr != nil {
			return nil, keyErr
		}
		return nil, token.ErrInvalid.New().Because(err)
	}
	if claims["iss"] != s.Issuer {
		return nil, token.ErrInvalid.New()
	}
	return claims, nil
}

// headerOf returns the key id of a header in the form that Sign writes.
func headerOf(t *jwt.Token) (kid string, err error) {
	for name := range t.Header {
		if name != "alg" && name != "kid" && name != "typ" && name != "cat" && name != "oiat" {
			return "", errors.New("it has a foreign header")
		}
	}
	kid, is := t.Header["kid"].(string)
	if !is || t.Header["typ"] != typ {
		return "", errors.New("it has no kid or another type")
	}
	return kid, nil
}

// Verify is like Open for tokens that are valid now.
func (s *Signer) Verify(ctx context.Context, text string) (map[string]any, error) {
	claims, err := s.Open(ctx, text)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	expires, err := jwt.MapClaims(claims).GetExpirationTime()
	if err != nil || expires == nil || !now.Before(expires.Time) {
		return nil, token.ErrInvalid.New()
	}
	begins, err := jwt.MapClaims(claims).GetNotBefore()
	if err != nil || begins == nil || now.Before(begins.Time) {
		return nil, token.ErrInvalid.New()
	}
	return claims, nil
}
