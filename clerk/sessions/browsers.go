package sessions

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
)

// Tokens makes tokens of sessions for the browsers that hold them.
type Tokens struct {
	deps *Deps
	kept *kept
}

// NewTokens returns Tokens.
func NewTokens(deps Deps) Tokens { return Tokens{&deps, &kept{of: map[tokenKey]keptToken{}}} }

// Signing takes longer than all else that a page asks for when it is loaded. So a token that was
// signed a moment ago is given again, to the same session for the same organization and origin.
const (
	keptFor  = 15 * time.Second
	keptMost = 10_000
)

type tokenKey struct{ session, standing, organization, origin string }

type keptToken struct {
	Token
	at time.Time
}

// kept are the tokens of the last moment.
type kept struct {
	mu sync.Mutex
	of map[tokenKey]keptToken
}

func (k *kept) get(key tokenKey, since, now time.Time) (Token, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	found, ok := k.of[key]
	return found.Token, ok && !found.at.Before(since) && now.Sub(found.at) < keptFor
}

func (k *kept) put(key tokenKey, t Token, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.of) >= keptMost {
		for other, found := range k.of {
			if now.Sub(found.at) >= keptFor {
				delete(k.of, other)
			}
		}
	}
	if len(k.of) < keptMost {
		k.of[key] = keptToken{t, now}
	}
}

// Standing returns the status of a user's valid session: Active or Pending.
func (t Tokens) Standing(ctx context.Context, s sessions.Session, u *users.User) (string, error) {
	return t.deps.standing(ctx, s, u)
}

// Kept is Session for pages that are loaded: it may return the token of a moment ago, but none that
// is older than a time in epoch milliseconds.
func (t Tokens) Kept(ctx context.Context, s sessions.Session, u *users.User, origin string, since int64) (Token, error) {
	standing, err := t.deps.standing(ctx, s, u)
	if err != nil {
		return Token{}, err
	}
	key := tokenKey{session: s.ID, standing: standing, origin: origin}
	if s.Acting != nil {
		key.organization = s.Acting.Organization + " " + s.Acting.Membership
	}
	now := t.deps.Signer.Now()
	// Times in tokens are seconds.
	if token, ok := t.kept.get(key, time.UnixMilli(since).Truncate(time.Second), now); ok {
		return token, nil
	}
	token, err := t.sign(ctx, s, standing, origin)
	if err == nil {
		t.kept.put(key, token, now)
	}
	return token, err
}

// Session signs a token of a user's valid session for pages of an origin, "" if it is unknown.
func (t Tokens) Session(ctx context.Context, s sessions.Session, u *users.User, origin string) (Token, error) {
	standing, err := t.deps.standing(ctx, s, u)
	if err != nil {
		return Token{}, err
	}
	return t.sign(ctx, s, standing, origin)
}

func (t Tokens) sign(ctx context.Context, s sessions.Session, standing, origin string) (Token, error) {
	by, err := t.deps.acting(ctx, s)
	if err != nil {
		return Token{}, err
	}
	now, lifetime := t.deps.Signer.Now(), defaultLifetime
	if s.ExpiresAt >= 0 {
		lifetime = min(lifetime, time.UnixMilli(s.ExpiresAt).Sub(now).Truncate(time.Second))
	}
	if lifetime < time.Second {
		return Token{}, edge.NotFound.New()
	}
	claims := claimsOf(s, standing, by, now, true)
	if origin != "" {
		claims["azp"] = origin
	}
	jwt, err := t.deps.Signer.Sign(ctx, signing.Token{Claims: claims, IssuedAt: now, Lifetime: lifetime, Category: sessionCategory, Dated: true})
	return Token{Object: "token", JWT: jwt}, err
}

// FromTemplate signs a token from the template with a name about the user of a session.
func (t Tokens) FromTemplate(ctx context.Context, s sessions.Session, name string) (Token, error) {
	template, err := t.deps.Templates.Named(ctx, name)
	if err != nil {
		return Token{}, err
	}
	return t.deps.fill(ctx, s, &template, 0)
}

// Handshake signs lines for the server of an application, for clients that read no nonce.
func (t Tokens) Handshake(ctx context.Context, lines []string, within time.Duration) (string, error) {
	return t.deps.Signer.Sign(ctx, signing.Token{Claims: map[string]any{"handshake": lines}, Lifetime: within})
}

// Ages returns the minutes since the proofs of a session's first and second factor, -1 for none.
func Ages(s sessions.Session, now time.Time) [2]int64 { return proved(s, now) }

// Acting returns the organization that a session acts for, nil for none, or if the user is no member
// any more.
func (t Tokens) Acting(ctx context.Context, s sessions.Session) (*string, error) {
	by, err := t.deps.acting(ctx, s)
	if by == nil {
		return nil, err
	}
	return &by.organization.ID, nil
}

// ID returns the id of a session for clients.
func ID(id string) string { return idPrefix + compact(id) }

// Stored returns the stored id of a session; ok is false for an invalid one.
func Stored(id string) (string, bool) { return stored(id, idPrefix) }

// handedOff has the arguments of getHandshakePayload.
type handedOff struct {
	Nonce edge.Text `arg:"nonce"`
}

// Directives are lines of Set-Cookie for an application's server.
type Directives struct {
	Directives []string `json:"directives"`
}

func (c *controller) handshake(ctx context.Context, _ *api.Request, args handedOff) (Directives, error) {
	if args.Nonce.Value == "" {
		return Directives{}, edge.Refusal(edge.QueryMissing, "nonce")
	}
	lines, err := c.Accounts.Clients.Take(ctx, args.Nonce.Value)
	if errors.Is(err, clients.ErrHandoff) {
		err = edge.HandshakeInvalid.New()
	}
	return Directives{lines}, err
}
