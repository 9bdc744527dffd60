package frontend

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/sessions"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Names by which a browser says which one it is, and by which a proxy says who it is.
const (
	clientCookie      = "__client"
	browserParameter  = "__clerk_db_jwt"
	browserHeader     = "Clerk-Db-Jwt"
	proxyHeader       = "Clerk-Proxy-Url"
	proxySecretHeader = "Clerk-Secret-Key"
)

// Visit is a request of a browser; it is the principal of the request.
type Visit struct {
	// Client is the browser's state, nil for a browser that is not known.
	Client *clients.Client
	// Late is set for a request that was under way when the browser's token was replaced. It gets the
	// state from before, and changes nothing.
	Late bool
	// Development is set for a browser that is known by a token in addresses.
	Development bool
	// Origin is the origin of the page, "" if it is not known.
	Origin string
	// FrontendAPI is the content of the instance's publishable keys.
	FrontendAPI string

	door *door
	req  *api.Request
	// token is the browser's, from the address.
	token string
	// proxied is the origin of a proxy that has a key, under which the browser sees this server, and
	// addr the browser's address behind it.
	proxied string
	// proxy is the whole address of that proxy.
	proxy string
	addr  netip.Addr
	// read is the session that the limit was taken for, until the action asks for it.
	read *clients.Live
}

var _ api.Principal = (*Visit)(nil)

// Kind implements api.Principal.
func (*Visit) Kind() api.Kind { return api.KindAnonymous }

// Name implements api.Principal.
func (*Visit) Name() string { return api.AnonymousKuid }

// Allowed implements api.Principal: the actions decide by the browser's sessions.
func (*Visit) Allowed(context.Context, *api.Request, string, string) (bool, error) { return true, nil }

// Rate implements api.Principal. It counts by itself: the limit is that of the user in whose session the
// request is made. Without a session the dialect has limits of its own.
func (v *Visit) Rate(ctx context.Context, _ *api.Request) (key string, perSecond int, err error) {
	if v.Client == nil || v.Client.Last == "" {
		return "", 0, nil
	}
	one, had, err := v.door.Accounts.Clients.Session(ctx, v.Client, v.current())
	if !had || errors.Is(err, token.ErrInvalid) {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, err
	}
	v.read = &one
	limit, err := v.door.Accounts.Sessions.RateLimit(ctx, one.User)
	if err == nil && !v.door.Rates.Allow(one.Kuid, limit*int(RateEvery/time.Second)) {
		err = edge.TooManyRequests.New().RetryIn(RateEvery)
	}
	return "", 0, err
}

// Of returns the visit of a request.
func Of(req *api.Request) *Visit {
	visit, _ := req.Caller.Principal.(*Visit)
	return visit
}

// Actor returns the browser as the caller of the domain, logged in by one of its sessions or, if it
// is nil, by none.
func (v *Visit) Actor(as *clients.Live) users.Actor {
	by := kuzzleview.Actor(v.req)
	by.Open = false
	if v.addr.IsValid() {
		by.Addr = v.addr
	}
	switch {
	case as != nil:
		by.Kuid, by.SessionID, by.Device, by.Self = as.Kuid, as.ID, as.ID, true
		by.Act, by.Factors = users.Sub(as.Act), as.Factors
	case v.Client != nil:
		by.Device = v.Client.Last
	}
	return by
}

// Allows reports whether pages of an address's origin may call.
func (v *Visit) Allows(address string) (origin string, ok bool) {
	origin = originOf(address)
	return origin, origin != "" && v.door.origins.allowed(origin)
}

// door finds out which browser asks.
type door struct {
	Deps
	origins origins
}

// Authenticate implements api.Authenticator.
func (d *door) Authenticate(ctx context.Context, req *api.Request) (api.Caller, error) {
	if d.Off {
		return api.Caller{}, edge.FrontendOff.New()
	}
	v := &Visit{door: d, req: req, FrontendAPI: d.FrontendAPI}
	if err := d.admitOrigin(ctx, v); err != nil {
		return api.Caller{}, err
	}
	if err := d.limit(ctx, v); err != nil {
		return api.Caller{}, err
	}
	if err := d.recognize(ctx, v); err != nil {
		return api.Caller{}, err
	}
	return api.Caller{Kuid: api.AnonymousKuid, Principal: v}, nil
}

// admitOrigin refuses pages of other origins, and finds out the origin of the page.
func (d *door) admitOrigin(ctx context.Context, v *Visit) error {
	peer := v.req.Peer
	if peer.Origin != "" && len(v.req.Headers["Authorization"]) > 0 {
		return edge.OriginConflict.New()
	}
	proxy, err := d.proxy(ctx, v)
	if err != nil {
		return err
	}
	switch {
	case peer.Origin == "":
		v.Origin = proxy
		if referer, ok := v.Allows(v.req.Headers.Get("Referer")); ok && proxy == "" {
			v.Origin = referer
		}
		return nil
	case peer.OwnPage() && isVerify(v.req): // the page with the button
	case peer.Origin != proxy && !d.origins.allowed(peer.Origin):
		return edge.OriginInvalid.New()
	}
	v.Origin = peer.Origin
	return nil
}

// proxy returns the origin that a proxy of the application serves, "" without one, and believes the
// address that it sends.
func (d *door) proxy(ctx context.Context, v *Visit) (origin string, err error) {
	address := v.req.Headers.Get(proxyHeader)
	if address == "" {
		return "", nil
	}
	secret := v.req.Headers.Get(proxySecretHeader)
	if secret == "" {
		return "", edge.ProxySecretMissing.New()
	}
	// Whose key is limited must not choose the address for which tries count.
	switch key, err := d.Keys.Verify(ctx, secret); {
	case errors.Is(err, servicekeys.ErrUnknownKey), err == nil && key.Limited():
		return "", edge.ProxySecretInvalid.New()
	case err != nil:
		return "", err
	}
	first, _, _ := strings.Cut(v.req.Headers.Get("X-Forwarded-For"), ",")
	if addr, ok := api.ForwardedAddr(first); ok {
		v.addr = addr
	}
	v.proxied, v.proxy = originOf(address), address
	return v.proxied, nil
}

// recognize finds the browser. A token in the address wins over the cookie. A cookie counts for a
// change only if a page of an allowed origin sent it, or one of this server.
func (d *door) recognize(ctx context.Context, v *Visit) error {
	_, action := v.req.Route()
	token, _ := v.req.Arg(browserParameter).(string)
	if v.Development = token != ""; v.Development {
		if !d.origins.development {
			return edge.NoURLSyncing.New()
		}
		if action == GetEnvironment {
			return nil
		}
		err := d.find(ctx, v, token)
		if errors.Is(err, clients.ErrUnknown) {
			if action == CreateBrowser || action == Handshake {
				return nil // they give it another token
			}
			return edge.BrowserUnknown.New()
		}
		v.token = token
		return err
	}
	if token = cookieOf(v.req.Headers, clientCookie); token == "" || action == GetEnvironment {
		return nil
	}
	if peer := v.req.Peer; !v.req.ReadOnly() && peer.Origin == "" && !peer.OwnPage() {
		return edge.OriginMissing.New()
	}
	err := d.find(ctx, v, token)
	if errors.Is(err, clients.ErrUnknown) {
		return nil // as without a cookie, which the browser cannot remove itself
	}
	return err
}

// late are the actions that pages repeat by themselves, so that one may be under way when another request
// replaces the browser's token.
var late = []string{GetClient, GetSignIn, GetSignUp}

// find finds the browser with a token.
func (d *door) find(ctx context.Context, v *Visit, token string) error {
	found, err := d.Accounts.Clients.Find(ctx, token)
	if _, action := v.req.Route(); errors.Is(err, clients.ErrUnknown) && slices.Contains(late, action) {
		found, err = d.Accounts.Clients.FindFormer(ctx, token)
		v.Late = err == nil
	}
	if err == nil {
		v.Client = found
	}
	return err
}

// cookieOf returns the value of a cookie, "" for none. Of several with one name, which only another
// site on the same domain can cause, none counts.
func cookieOf(h http.Header, name string) string {
	value, times := "", 0
	for _, line := range h["Cookie"] {
		for pair := range strings.SplitSeq(line, ";") {
			if found, is := strings.CutPrefix(strings.TrimSpace(pair), name+"="); is {
				value = found
				times++
			}
		}
	}
	if times > 1 {
		return ""
	}
	return value
}

// Token returns the browser's token from the address, "" if it had none that is known.
func (v *Visit) Token() string { return v.token }

// MayDevelop reports whether the instance knows browsers by tokens in addresses.
func (v *Visit) MayDevelop() bool { return v.door.origins.development }

// End ends sessions of the browser, and publishes that each user did so. One that ended meanwhile is no
// fault.
func (v *Visit) End(ctx context.Context, over []clients.Live) error {
	for i := range over {
		err := v.door.Accounts.Sessions.End(ctx, v.Actor(&over[i]), over[i].ID)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
	}
	return nil
}

// Session returns a valid session of the browser by its id for clients. Faults: edge.SignedOut for a
// session that ended, and for a browser without sessions; edge.NotFound for one that the browser
// never had; edge.SecondFactorMissing for an action that a pending session may not call.
func (v *Visit) Session(ctx context.Context, id string) (*clients.Live, error) {
	stored, ok := sessions.Stored(id)
	if v.Client == nil {
		return nil, edge.SignedOut.New()
	}
	if ok {
		one, had, err := v.session(ctx, stored)
		if had && err == nil {
			err = v.admitPending(ctx, &one)
		}
		if had || err != nil {
			return &one, Refused(err)
		}
	}
	live, err := v.door.Accounts.Clients.Live(ctx, v.Client)
	switch {
	case err != nil:
		return nil, err
	case len(live) == 0:
		return nil, edge.SignedOut.New()
	}
	return nil, edge.NotFound.New()
}

// session reads a session of the browser, unless the limit was taken for it a moment ago.
func (v *Visit) session(ctx context.Context, stored string) (one clients.Live, had bool, err error) {
	if read := v.read; read != nil && read.ID == stored {
		v.read = nil // an action that asks again wants to see what it changed
		return *read, true, nil
	}
	return v.door.Accounts.Clients.Session(ctx, v.Client, stored)
}

// Current returns the session that the request is made in: the one that it names, else the browser's
// last one.
func (v *Visit) Current(ctx context.Context) (*clients.Live, error) {
	if id, named := v.req.Arg(sessionParameter).(string); named && id != "" {
		return v.Session(ctx, id)
	}
	if v.Client == nil || v.Client.Last == "" {
		return nil, edge.SignedOut.New()
	}
	return v.Session(ctx, sessions.ID(v.Client.Last))
}

// current returns the stored id of the browser's session in the request's path, of the one that the request
// is made in, or of the last one.
func (v *Visit) current() string {
	for _, parameter := range []string{pathParameter, sessionParameter} {
		id, _ := v.req.Arg(parameter).(string)
		if stored, ok := sessions.Stored(id); ok && slices.Contains(v.Client.Sessions, stored) {
			return stored
		}
	}
	return v.Client.Last
}
