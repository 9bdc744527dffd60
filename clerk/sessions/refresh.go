package sessions

import (
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// verification has the arguments of verifySession.
type verification struct {
	byID
	Token edge.Text `body:"token"`
}

// verify returns a session if the given token is valid, or if no token is given.
func (c *controller) verify(ctx context.Context, req *api.Request, args verification) (Session, error) {
	if edge.AtLeast(req, edge.CompactTokens) {
		return Session{}, edge.OperationDeprecated.New()
	}
	s, err := c.find(ctx, args.ID, idPrefix)
	if err != nil {
		return Session{}, err
	}
	if args.Token.Is() {
		claims, err := c.Signer.Verify(ctx, args.Token.Value)
		if errors.Is(err, token.ErrInvalid) || err == nil && claims["sid"] != args.ID {
			return Session{}, edge.SessionTokenInvalid.New()
		}
		if err != nil {
			return Session{}, err
		}
	}
	return c.shown(ctx, s, Active)
}

// refreshing has the arguments of refreshSession.
type refreshing struct {
	byID
	Suffixed     edge.Flag   `arg:"suffixed_cookies"`
	Expired      edge.Text   `body:"expired_token"`
	RefreshToken edge.Text   `body:"refresh_token"`
	Origin       edge.Text   `body:"request_origin"`
	Headers      edge.Object `body:"request_headers"`
	Format       edge.Text   `body:"format"`
	Address      edge.Text   `body:"request_originating_ip"`
}

// formats are the formats of the answer.
var formats = []string{"token", "cookie"}

// refresh returns the reason why a token cannot be exchanged. Clerk gives refresh tokens
// to browsers together with its cookies, and this server sets no such cookies. So no
// valid refresh token exists, and that is always the last reason.
func (c *controller) refresh(ctx context.Context, _ *api.Request, args refreshing) (Token, error) {
	if args.Format.Is() && !slices.Contains(formats, args.Format.Value) {
		return Token{}, edge.Refusal(edge.ValueInvalid, "format")
	}
	if !isOrigin(args.Origin.Value) {
		return Token{}, edge.RefreshOriginInvalid.New()
	}
	claims, err := c.Signer.Open(ctx, args.Expired.Value)
	switch {
	case errors.Is(err, token.ErrInvalid):
		return Token{}, edge.RefreshTokenInvalid.New()
	case err != nil:
		return Token{}, err
	}
	if wrong := ineligible(claims, args.ID, args.Origin.Value); wrong != nil {
		return Token{}, wrong.New()
	}
	switch _, err := c.find(ctx, args.ID, idPrefix); {
	case isNotFound(err):
		return Token{}, edge.RefreshSessionNotFound.New()
	case err != nil:
		return Token{}, err
	}
	return Token{}, edge.RefreshUnknown.New()
}

// ineligible returns the reason why the claims of one of our tokens cannot make another
// token, nil if they can.
func ineligible(claims map[string]any, session, origin string) *fault.Kind {
	switch {
	case claims["sid"] == nil:
		return edge.RefreshNoSession
	case claims["sid"] != session:
		return edge.RefreshOtherSession
	case claims["azp"] == nil:
		return edge.RefreshNoOrigin
	case claims["azp"] != origin:
		return edge.RefreshOtherOrigin
	}
	return nil
}

func isOrigin(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && (parsed.Scheme == "https" || parsed.Scheme == "http") && parsed.Host != "" && text == parsed.Scheme+"://"+parsed.Host
}
