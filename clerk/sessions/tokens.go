package sessions

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
	"github.com/gokuzzle/kuzzle/kuzzle/token/templates"
	"github.com/gokuzzle/kuzzle/strategies/backupcode"
	"github.com/gokuzzle/kuzzle/strategies/totp"
)

// Lifetimes of tokens.
const (
	defaultLifetime = time.Minute
	minLifetime     = 30 * time.Second
)

// Categories that distinguish session tokens from template tokens.
const (
	sessionCategory  = "cl_B7d4PD111AAA"
	templateCategory = "cl_B7d4PD222AAA"
)

// tokenOf has the arguments of getToken.
type tokenOf struct {
	byID
	ExpiresIn edge.Number `body:"expires_in_seconds"`
}

// Token is the resource of a token.
type Token struct {
	Object string `json:"object"`
	JWT    string `json:"jwt"`
}

// lifetime returns the requested lifetime of the token, 0 for the default.
func (args *tokenOf) lifetime() (time.Duration, error) {
	var j edge.Judging
	asked := j.Within("expires_in_seconds", args.ExpiresIn, int64(minLifetime/time.Second), int64(signing.MaxLifetime/time.Second))
	return time.Duration(asked) * time.Second, j.Err()
}

// token signs a token that ends with its session at the latest.
func (c *controller) token(ctx context.Context, req *api.Request, args tokenOf) (Token, error) {
	lifetime, err := args.lifetime()
	if err != nil {
		return Token{}, err
	}
	s, err := c.findFor(ctx, req, args.ID)
	if err != nil {
		return Token{}, err
	}
	by, err := c.acting(ctx, s)
	if err != nil {
		return Token{}, err
	}
	now := c.Signer.Now()
	lifetime = cmp.Or(lifetime, defaultLifetime)
	if s.ExpiresAt >= 0 {
		lifetime = min(lifetime, time.UnixMilli(s.ExpiresAt).Sub(now).Truncate(time.Second))
	}
	if lifetime < time.Second {
		return Token{}, edge.NotFound.New()
	}
	standing, err := c.standing(ctx, s, nil)
	if err != nil {
		return Token{}, err
	}
	claims := claimsOf(s, standing, by, now, edge.AtLeast(req, edge.CompactTokens))
	jwt, err := c.Signer.Sign(ctx, signing.Token{Claims: claims, IssuedAt: now, Lifetime: lifetime, Category: sessionCategory})
	return Token{Object: "token", JWT: jwt}, err
}

// standing returns the status of a valid session: Pending until it has proved the second factor that the
// user's profiles require, else Active. A nil user is read.
func (c *Deps) standing(ctx context.Context, s sessions.Session, u *users.User) (status string, err error) {
	if u == nil {
		if u, err = c.Accounts.Users.Current(ctx, s.Kuid); err != nil {
			return "", err
		}
	}
	lacks, err := c.Accounts.Sessions.LacksSecond(ctx, u, s.Factors)
	if lacks {
		return Pending, err
	}
	return Active, err
}

// claimsOf returns the claims of a session's token, in the second or the first version. Both say of a
// pending session that it is one.
func claimsOf(s sessions.Session, standing string, by *acting, now time.Time, second bool) map[string]any {
	all := map[string]any{"sub": s.Kuid, "sid": idPrefix + compact(s.ID), "jti": uuid.NewString(), "fva": proved(s, now)}
	if second {
		all["v"] = 2
	}
	if second || standing == Pending {
		all["sts"] = standing
	}
	if s.Act != nil {
		all["act"] = s.Act
	}
	if by != nil {
		maps.Copy(all, by.claims(second))
	}
	return all
}

type templateTokenOf struct {
	tokenOf
	Template string `arg:"template_name,required"`
}

// templateToken signs a token about the user of a session. The token does not belong to
// the session: it ends when the template says.
func (c *controller) templateToken(ctx context.Context, req *api.Request, args templateTokenOf) (Token, error) {
	lifetime, err := args.lifetime()
	if err != nil {
		return Token{}, err
	}
	s, err := c.findFor(ctx, req, args.ID)
	if err != nil {
		return Token{}, err
	}
	t, err := c.Templates.Named(ctx, args.Template)
	if err != nil {
		return Token{}, err
	}
	return c.fill(ctx, s, &t, lifetime)
}

// fill signs a token from a template about the user of a session.
func (c *Deps) fill(ctx context.Context, s sessions.Session, t *templates.Template, lifetime time.Duration) (Token, error) {
	u, err := c.Accounts.Users.Current(ctx, s.Kuid)
	if err != nil {
		return Token{}, err
	}
	by, err := c.acting(ctx, s)
	if err != nil {
		return Token{}, err
	}
	values, err := c.values(ctx, t, u, by)
	if err != nil {
		return Token{}, err
	}
	jwt, err := c.Templates.Sign(ctx, t, s.Kuid, values, lifetime, templateCategory)
	if errors.Is(err, templates.ErrFilled) {
		err = edge.Refusal(edge.SizeExceeded, "template_name")
	}
	return Token{Object: "token", JWT: jwt}, err
}

// proved returns the minutes since the proofs of the first and the second factor, -1 for
// none.
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
