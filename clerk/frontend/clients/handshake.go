package clients

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// handshaking has the arguments of a handshake. The token that the server of the application had is
// not read: it proves nothing.
type handshaking struct {
	To           edge.Text `arg:"redirect_url"`
	Reason       edge.Text `arg:"__clerk_hs_reason"`
	Format       edge.Text `arg:"format"`
	Organization edge.Text `arg:"organization_id"`
}

// byNonce is the format in which the browser carries a nonce, and not the cookies themselves.
const byNonce = "nonce"

// Names of the parameters and cookies with which a browser returns.
const (
	nonceName     = "__clerk_handshake_nonce"
	handshakeName = "__clerk_handshake"
)

// handshake sends a browser back to its application with the state that it has here, for the
// application's server. The address must be of an origin that may call, since its server gets a
// session token.
func (c *controller) handshake(ctx context.Context, req *api.Request, args handshaking) (api.WithStatus, error) {
	v := frontend.Of(req)
	to, err := url.Parse(args.To.Value)
	origin, ok := v.Allows(args.To.Value)
	if err != nil || !ok {
		return api.WithStatus{}, edge.Refusal(edge.HandshakeForeign, "redirect_url")
	}
	if strings.HasPrefix(args.Reason.Value, developmentReasons) {
		v.Development = true
	}
	if v.Development && !v.MayDevelop() {
		return api.WithStatus{}, edge.NoURLSyncing.New()
	}
	v.Origin = origin
	lines, err := c.lines(ctx, v, to, args.Organization)
	if err != nil {
		return api.WithStatus{}, err
	}
	name, value := nonceName, ""
	if args.Format.Value == byNonce {
		value, err = c.Accounts.Clients.Hand(ctx, lines)
	} else {
		name = handshakeName
		value, err = c.Tokens.Handshake(ctx, lines, clients.HandoffFor)
	}
	if err != nil {
		return api.WithStatus{}, err
	}
	if v.Development {
		query := to.Query()
		query.Set(name, value)
		to.RawQuery = query.Encode()
	} else {
		v.Share(name, value, clients.HandoffFor)
	}
	req.SetHeader("Location", to.String())
	req.SetHeader("Cache-Control", "no-store")
	return api.WithStatus{Status: http.StatusTemporaryRedirect, Result: api.Raw{}}, nil
}

// developmentReasons begin the reasons of servers that know no token of the browser yet.
const developmentReasons = "dev-browser"

// lines returns the cookies that the application's server sets: since when somebody is signed in, a
// fresh token or an empty one and, in development, the browser's token.
func (c *controller) lines(ctx context.Context, v *frontend.Visit, to *url.URL, organization edge.Text) ([]string, error) {
	var live []clients.Live
	var err error
	if v.Client != nil {
		if live, err = c.Accounts.Clients.Live(ctx, v.Client); err != nil {
			return nil, err
		}
	}
	secure := to.Scheme == "https"
	lines := v.ChangedLines(frontend.ChangedAt(v.Client, len(live)), secure)
	token := ""
	if one := last(v.Client, live); one != nil {
		s := one.Session
		if organization.Is() {
			if acting, err := c.acting(ctx, one, organization.Value); err == nil {
				s.Acting = acting
			}
		}
		signed, err := c.Tokens.Session(ctx, s, one.User, v.Origin)
		if err != nil {
			return nil, err
		}
		token = signed.JWT
	}
	lines = append(lines, v.SessionLines(token, secure)...)
	if v.Development {
		browser := v.Token()
		if browser == "" || v.Client == nil {
			if browser, err = c.Accounts.Clients.Draw(ctx); err != nil {
				return nil, err
			}
		}
		return append(lines, v.BrowserLines(browser, secure)...), nil
	}
	return append(lines, v.Cleared(nonceName, secure), v.Cleared(handshakeName, secure)), nil
}

// last returns the session that a browser used last, nil for none.
func last(c *clients.Client, live []clients.Live) *clients.Live {
	for i := range live {
		if live[i].ID == c.Last {
			return &live[i]
		}
	}
	if len(live) == 0 {
		return nil
	}
	return &live[len(live)-1]
}
