package token

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// UseSession is the use of keys that sign session tokens.
const UseSession = "session"

// parser accepts HS256 only, regardless of a token's header.
var parser = jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding())

// Sessions signs and verifies session tokens with the keys of a ring. It is safe
// for concurrent use.
type Sessions struct{ ring *Keyring }

// NewSessions returns Sessions; it uses no key yet.
func NewSessions(ring *Keyring) *Sessions { return &Sessions{ring: ring} }

// Sign makes a session token: kauth- and an HS256 JWT. The first call ever makes
// the signing key. Errors: ErrGeneration, or those of the key store.
func (s *Sessions) Sign(ctx context.Context, claims Claims) (string, error) {
	key, err := s.ring.signing(ctx, UseSession)
	if err != nil {
		return "", err
	}
	if claims.IssuedAt.IsZero() {
		claims.IssuedAt = s.ring.now()
	}
	signed, err := sign(claims, key.ID, key.Secret)
	if err != nil {
		return "", err
	}
	return SessionPrefix + signed, nil
}

// Verify returns the claims of a session token that this server signed and that
// has not expired at the time now. Every other token is ErrInvalid. All other
// errors are the key store's, and mean nothing about the token.
func (s *Sessions) Verify(ctx context.Context, token string, now time.Time) (Claims, error) {
	if KindOf(token) != Session || !spelled(token) {
		return Claims{}, ErrInvalid.New()
	}
	var keyErr error
	var kid string
	find := func(t *jwt.Token) (any, error) {
		kid, _ = t.Header["kid"].(string)
		key, err := s.ring.verifying(ctx, UseSession, kid, now)
		keyErr = err
		return key, err
	}
	var wire wireClaims
	if _, err := parser.ParseWithClaims(strings.TrimPrefix(token, SessionPrefix), &wire, find); err != nil {
		if keyErr != nil {
			return Claims{}, keyErr
		}
		return Claims{}, ErrInvalid.New().Because(err)
	}
	claims := wire.claims()
	if claims.Kuid == "" || !written(token, wire, kid) || (!claims.Expires.IsZero() && !now.Before(claims.Expires.Add(time.Second))) {
		return Claims{}, ErrInvalid.New()
	}
	return claims, nil
}

// written reports whether a token has exactly the form that Sign writes. A foreign
// claim or header, such as a time before which the token is invalid, another type
// or an address of keys, is not ignored: such a token was made for another
// purpose.
func written(token string, wire wireClaims, kid string) bool {
	claims, err := wire.MarshalJSON()
	if err != nil {
		return false
	}
	// The kid of an existing key has no characters that JSON escapes.
	text := base64.RawURLEncoding.AppendEncode(make([]byte, 0, len(token)), []byte(`{"alg":"HS256","kid":"`+kid+`","typ":"JWT"}`))
	text = base64.RawURLEncoding.AppendEncode(append(text, '.'), claims)
	return strings.HasPrefix(token[len(SessionPrefix):], string(append(text, '.')))
}

// spelled reports whether a token has only characters that signing produces:
// base64 decoders skip line breaks, and a token should have one spelling.
func spelled(token string) bool {
	for _, c := range []byte(token) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// NewAPIKey makes an API key: kapikey- and a JWT that looks like a session's,
// because clients may read it. It is signed with a key that is thrown away: the
// server recognizes an API key by its [Fingerprint] alone, and the signature makes
// it unguessable. A zero expires means never.
func NewAPIKey(kuid string, issued, expires time.Time) (string, error) {
	secret := make([]byte, secretBytes)
	rand.Read(secret)
	signed, err := sign(Claims{Kuid: kuid, IssuedAt: issued, Expires: expires}, "", secret)
	if err != nil {
		return "", err
	}
	return APIKeyPrefix + signed, nil
}

func sign(claims Claims, kid string, secret []byte) (string, error) {
	if claims.Kuid == "" || !utf8.ValidString(claims.Kuid) || !utf8.ValidString(claims.Session) {
		return "", ErrGeneration.New("it needs a user id in valid UTF-8")
	}
	if claims.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return "", ErrGeneration.New("no unique id").Because(err)
		}
		claims.ID = id.String()
	}
	unsigned := jwt.NewWithClaims(jwt.SigningMethodHS256, claims.wire())
	if kid != "" {
		unsigned.Header["kid"] = kid
	}
	signed, err := unsigned.SignedString(secret)
	if err != nil {
		return "", ErrGeneration.New("it could not be signed").Because(err)
	}
	if len(signed)+len(APIKeyPrefix) > MaxBytes {
		return "", ErrGeneration.New("its user id is too long")
	}
	return signed, nil
}
