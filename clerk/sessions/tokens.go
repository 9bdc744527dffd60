package sessions

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
	"github.com/gokuzzle/kuzzle/strategies/backupcode"
	"github.com/gokuzzle/kuzzle/strategies/totp"
)

// The lifetimes of tokens.
const (
	defaultLifetime = time.Minute
	minLifetime     = 30 * time.Second
)

// sessionCategory tells clients that a token is a session's.
const sessionCategory = "cl_B7d4PD111AAA"

// tokenOf are the arguments of getToken.
type tokenOf struct {
	byID
	ExpiresIn edge.Number `body:"expires_in_seconds"`
}

// Token is a token.
type Token struct {
	Object string `json:"object"`
	JWT    string `json:"jwt"`
}

// token signs a token that ends with its session at the latest.
func (c *controller) token(ctx context.Context, _ *api.Request, args tokenOf) (Token, error) {
	lifetime := defaultLifetime
	if args.ExpiresIn.Is() {
		lifetime = time.Duration(args.ExpiresIn.Value) * time.Second
		switch {
		case args.ExpiresIn.Value < int64(minLifetime/time.Second):
			return Token{}, edge.Refusal(edge.ValueInvalid, "expires_in_seconds")
		case args.ExpiresIn.Value > int64(signing.MaxLifetime/time.Second):
			return Token{}, edge.Refusal(edge.ValueTooLarge, "expires_in_seconds")
		}
	}
	s, err := c.find(ctx, args.ID, idPrefix)
	if err != nil {
		return Token{}, err
	}
	now := c.Signer.Now()
	if s.ExpiresAt >= 0 {
		lifetime = min(lifetime, time.UnixMilli(s.ExpiresAt).Sub(now).Truncate(time.Second))
	}
	if lifetime < time.Second {
		return Token{}, edge.NotFound.New()
	}
	jwt, err := c.Signer.Sign(ctx, signing.Token{Claims: claims(s, now), IssuedAt: now, Lifetime: lifetime, Category: sessionCategory})
	return Token{Object: "token", JWT: jwt}, err
}

// claims are those of a session's token, in the second version.
func claims(s sessions.Session, now time.Time) map[string]any {
	return map[string]any{
		"sub": s.Kuid, "sid": idPrefix + compact(s.ID), "sts": active, "v": 2, "jti": uuid.NewString(), "fva": proved(s, now),
	}
}

// proved are the minutes since the first factor and since the second one, -1 for none.
func proved(s sessions.Session, now time.Time) [2]int64 {
	minutes := func(at int64) int64 { return max(0, now.UnixMilli()-at) / time.Minute.Milliseconds() }
	ages := [2]int64{minutes(s.CreatedAt), -1}
	for factor, at := range s.Factors {
		age, place := minutes(at), 0
		if factor == totp.Name || factor == backupcode.Name {
			place = 1
		}
		if ages[place] < 0 || age < ages[place] {
			ages[place] = age
		}
	}
	return ages
}

func (c *controller) jwks(ctx context.Context, _ *api.Request, _ api.None) (api.Raw, error) {
	set, err := c.Signer.JWKS(ctx)
	return api.Raw{ContentType: "application/json", Body: set}, err
}
