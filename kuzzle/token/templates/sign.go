package templates

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
)

// reserved are the claims that a template cannot set: those of every token, and those
// that only a session's token has.
var reserved = []string{"azp", "exp", "fea", "fva", "iat", "iss", "jti", "nbf", "o", "pla", "sid", "sts", "sub", "v"}

// Decode reads JSON and keeps numbers as they are written.
func Decode(text []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return value, decoder.Decode(&value)
}

// Sign fills a template and signs the token for a subject. lifetime 0 means the
// template's. category is the header cat of tokens that the instance's keys sign.
//
// Faults: ErrFilled.
func (ts *Templates) Sign(ctx context.Context, t *Template, subject string, values Values, lifetime time.Duration, category string) (string, error) {
	template, err := Decode(t.Claims)
	if err != nil {
		return "", err
	}
	claims, _ := values.fill(template).(map[string]any)
	filled, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	if len(filled) > MaxFilled {
		return "", ErrFilled.New(t.Name, MaxFilled)
	}
	claims["sub"], claims["jti"] = subject, uuid.NewString()
	if lifetime == 0 {
		lifetime = t.Lifetime
	}
	now := ts.Now()
	unsigned := signing.Token{Claims: claims, IssuedAt: now, NotBefore: now.Add(-t.Skew), Lifetime: lifetime, Category: category}
	if t.Key == nil {
		return ts.Signer.Sign(ctx, unsigned)
	}
	return t.Key.sign(ts.Sealer, ts.Signer.Complete(unsigned))
}
