package auth

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

// ErrLoginByGet refuses a login by GET for every strategy that does not redirect.
var ErrLoginByGet = fault.Declare(0x40090003, "security.login.by_get", http.StatusBadRequest,
	"The strategy %q takes no credentials from a URL, because URLs end up in logs: use POST with the credentials in the body.")

func (c *controller) sessions() []api.Declared {
	forms, answers := loginForms(c.Accounts.Registry)
	return []api.Declared{
		api.Action[loginArgs, any]{
			Name: Login, Routes: api.Routes{"GET /_login/{strategy}", "POST /_login/{strategy}"},
			Summary: "Logs in with a strategy's credentials and answers a token.", Secret: true, Weight: loginWeight, Run: c.login,
			Forms: forms, Answers: answers,
		},
		api.Action[strategyArgs, kuzzleview.Acknowledged]{
			Name: ProveFactor, Routes: api.Routes{"POST /_me/factors/{strategy}/_prove"},
			Summary: "Has the caller prove a factor again, for what asks for a fresh one.", Authenticated: true, Secret: true, Run: c.proveFactor,
			Forms: forms,
		},
		api.Action[logoutArgs, kuzzleview.Acknowledged]{
			Name: Logout, Routes: api.Routes{"POST /_logout"},
			Summary: "Ends the session, or all of the caller's.", Authenticated: true, Run: c.logout,
		},
		api.Action[checkTokenArgs, any]{
			Name: CheckToken, Routes: api.Routes{"POST /_checkToken"},
			Summary: "Tells whether a token is valid, and whose it is.", Run: c.checkToken,
			Answers: []any{validity{}, invalidity{}},
		},
		api.Action[createTokenArgs, createdToken]{
			Name: "createToken", Routes: api.Routes{"POST /_createToken"},
			Summary: "Makes a further token for the caller, for a single use if asked.", Secret: true, Run: c.createToken,
		},
		api.Action[refreshTokenArgs, token]{
			Name: RefreshToken, Routes: api.Routes{"POST /_refreshToken"},
			Summary: "Exchanges the caller's token for a fresh one.", Authenticated: true, Secret: true, Run: c.refreshToken,
		},
		api.Action[api.None, []string]{
			Name: "getStrategies", Routes: api.Routes{"GET /strategies"},
			Summary: "Lists the strategies to log in with.", Run: c.getStrategies,
		},
	}
}

// loginWeight is the largest login body from a stranger, in bytes: credentials are short.
const loginWeight = 16 << 10

type loginArgs struct {
	Strategy string `arg:"strategy,required,id"`
	// As in Kuzzle, an empty text counts as not given.
	ExpiresIn any  `arg:"expiresIn,id"`
	Cookie    bool `arg:"cookieAuth"`
}

// loginForms are what each strategy takes of a login, and what a login answers.
func loginForms(reg *registry.Registry) (api.Forms, []any) {
	forms, answers := api.Forms{}, append(kuzzleview.StepAnswers(), token{})
	for _, name := range reg.Strategies() {
		form, described := reg.LoginForm(name)
		if forms[name] = form; !described {
			answers = append(answers, map[string]any{})
		}
	}
	return forms, answers
}

func (c *controller) login(ctx context.Context, req *api.Request, args loginArgs) (any, error) {
	if err := c.maySetCookie(req, args.Cookie); err != nil {
		return nil, err
	}
	in, err := c.loginCredentials(req, args.Strategy)
	if err != nil {
		return nil, err
	}
	session, step, err := c.Accounts.Logins.Login(ctx, kuzzleview.Actor(req), logins.Login{
		Strategy: args.Strategy, Credentials: in, ExpiresIn: args.ExpiresIn,
	})
	if err != nil {
		return nil, err
	}
	if step != nil {
		return c.further(req, step, args)
	}
	return c.hand(req, session, args.Cookie), nil
}

// ErrFactorAsked answers a cookie login whose first factor is right. Kuzzle's clients take every
// success answer to such a login for a finished one, so this is an error. Props: the challenge, the
// factors, when the challenge expires.
var ErrFactorAsked = fault.Declare(0x40090004, "security.login.factor_asked", http.StatusUnauthorized,
	"This login needs a second factor: log in with the challenge and one of the factors.")

// further answers with the next step for the client.
func (c *controller) further(req *api.Request, step *strategies.Step, args loginArgs) (any, error) {
	if asked := step.Challenge; asked != nil && args.Cookie {
		return nil, ErrFactorAsked.New(asked.Token, asked.Factors, strconv.FormatInt(asked.ExpiresAt, 10))
	}
	again := url.Values{}
	if args.Cookie {
		again.Set("cookieAuth", "true")
	}
	if wish, ok := args.ExpiresIn.(string); ok && wish != "" {
		again.Set("expiresIn", wish)
	}
	return c.Steps.Answer(req, step, again)
}

// loginCredentials reads the credentials from the parts of the request that the strategy allows.
func (c *controller) loginCredentials(req *api.Request, strategy string) (map[string]any, error) {
	if c.Accounts.Registry.Redirects(strategy) {
		return kuzzleview.RedirectCredentials(req), nil
	}
	if err := c.Accounts.Registry.CheckStrategy(strategy); err == nil && req.ReadOnly() {
		return nil, ErrLoginByGet.New(strategy)
	}
	return kuzzleview.Credentials(req)
}

func (c *controller) proveFactor(ctx context.Context, req *api.Request, args strategyArgs) (kuzzleview.Acknowledged, error) {
	in, err := kuzzleview.Credentials(req)
	if err != nil {
		return kuzzleview.Acknowledged{}, err
	}
	return kuzzleview.Done, c.Accounts.Logins.Prove(ctx, kuzzleview.Actor(req), args.Strategy, in)
}

type logoutArgs struct {
	Global bool `arg:"global"`
	Cookie bool `arg:"cookieAuth"`
}

func (c *controller) logout(ctx context.Context, req *api.Request, args logoutArgs) (kuzzleview.Acknowledged, error) {
	if err := c.maySetCookie(req, args.Cookie); err != nil {
		return kuzzleview.Acknowledged{}, err
	}
	if err := c.Accounts.Sessions.Logout(ctx, kuzzleview.Actor(req), args.Global); err != nil {
		return kuzzleview.Acknowledged{}, err
	}
	if args.Cookie || req.Caller.Via == api.ViaCookie {
		setCookie(req, api.LoggedOutCookie, time.Unix(0, 0))
	}
	return kuzzleview.Done, nil
}

type checkTokenArgs struct {
	Token  bodyToken `body:"token"`
	Cookie bool      `arg:"cookieAuth"`
}

// bodyToken is a text; null counts as missing, and is refused.
type bodyToken string

// Decode takes a string.
func (t *bodyToken) Decode(name string, value any) error {
	text, ok := value.(string)
	if !ok {
		return assert.InvalidType.New(name, "string")
	}
	*t = bodyToken(text)
	return nil
}

// validity is the result of checkToken: the token's user and its end in epoch milliseconds; -1 is
// no end, null is for the anonymous user.
type validity struct {
	Valid     bool   `json:"valid"`
	ExpiresAt *int64 `json:"expiresAt"`
	Kuid      string `json:"kuid"`
}

// invalidity says why a token is invalid.
type invalidity struct {
	Valid bool   `json:"valid"`
	State string `json:"state"`
}

func (c *controller) checkToken(ctx context.Context, req *api.Request, args checkTokenArgs) (any, error) {
	if args.Cookie && !c.Cookies {
		return nil, ErrCookieUnsupported.New()
	}
	tok := string(args.Token)
	if args.Cookie {
		var err error
		if tok, err = req.Peer.CookieToken(); err != nil {
			return nil, err
		}
	}
	found, err := c.Accounts.Sessions.CheckToken(ctx, tok)
	if refusal, ok := fault.From(err); ok && refusal.Status() == http.StatusUnauthorized {
		return invalidity{State: refusal.Message()}, nil
	}
	if err != nil {
		return nil, err
	}
	if found.User.Kuid == users.AnonymousKuid {
		return validity{Valid: true, Kuid: found.User.Kuid}, nil
	}
	return validity{Valid: true, Kuid: found.User.Kuid, ExpiresAt: &found.ExpiresAt}, nil
}

type createTokenArgs struct {
	SingleUse bool `arg:"singleUse"`
	ExpiresIn any  `arg:"expiresIn"`
}

type createdToken struct {
	Token     string `json:"token"`
	ExpiresAt int64  `json:"expiresAt"`
	TTL       int64  `json:"ttl"`
	SingleUse bool   `json:"singleUse"`
}

func (c *controller) createToken(ctx context.Context, req *api.Request, args createTokenArgs) (createdToken, error) {
	s, err := c.Accounts.Exchange.CreateToken(ctx, kuzzleview.Actor(req), args.ExpiresIn, args.SingleUse)
	return createdToken{Token: s.JWT, ExpiresAt: s.ExpiresAt, TTL: s.TTL, SingleUse: args.SingleUse}, err
}

type refreshTokenArgs struct {
	ExpiresIn any    `arg:"expiresIn"`
	Strategy  string `arg:"strategy"`
	Cookie    bool   `arg:"cookieAuth"`
}

func (c *controller) refreshToken(ctx context.Context, req *api.Request, args refreshTokenArgs) (token, error) {
	if err := c.maySetCookie(req, args.Cookie); err != nil {
		return token{}, err
	}
	in, err := kuzzleview.Credentials(req)
	if err != nil {
		return token{}, err
	}
	s, err := c.Accounts.Exchange.RefreshToken(ctx, kuzzleview.Actor(req), args.ExpiresIn, args.Strategy, in)
	if err != nil {
		return token{}, err
	}
	return c.hand(req, s, args.Cookie), nil
}

func (c *controller) getStrategies(context.Context, *api.Request, api.None) ([]string, error) {
	names := c.Accounts.Registry.Strategies()
	if names == nil {
		names = []string{}
	}
	return names, nil
}
