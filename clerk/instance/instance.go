package instance

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	domain "github.com/gokuzzle/kuzzle/kuzzle/instance"
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/settings"
)

// Name is the name of the controller.
const Name = "clerk-instance"

// Deps are the dependencies of the actions.
type Deps struct {
	Instance *domain.Instance
	Settings *settings.Settings
	Rules    *rules.InForce
	Accounts *accounts.Accounts
	Dialect  *api.Dialect
}

type controller struct{ Deps }

// New declares the actions.
func New(deps Deps) api.Controller {
	c := &controller{deps}
	return api.Controller{
		Name: Name, About: "The instance and its sign-up restrictions, in the shapes of Clerk's Backend API.", Dialect: deps.Dialect,
		Actions: slices.Concat([]api.Declared{
			api.Action[api.None, Instance]{
				Name: "getInstance", Routes: api.Routes{"GET /instance"}, Summary: "Reads the instance.", Run: c.get,
			},
			api.Action[update, any]{
				Name: "updateInstance", Routes: api.Routes{"PATCH /instance"},
				Summary: "Sets whether leaked passwords are refused, and settings for pages and browsers.", Run: c.update,
				Answers: []any{api.WithStatus{Status: http.StatusNoContent, Result: api.Raw{}}},
			},
			api.Action[restrictions, Restrictions]{
				Name: "updateInstanceRestrictions", Routes: api.Routes{"PATCH /instance/restrictions"},
				Summary: "Sets the restrictions of sign-ups.", Run: c.restrict,
			},
			api.Action[older, InstanceSettings]{
				Name: "updateInstanceSettings", Routes: api.Routes{"PATCH /beta_features/instance_settings"},
				Summary: "Sets some of the same settings by an older name.", Run: c.updateOlder,
			},
		}, c.organizations(), c.lists()),
	}
}

// Instance is the instance.
type Instance struct {
	Object          string   `json:"object"`
	ID              string   `json:"id"`
	EnvironmentType string   `json:"environment_type"`
	AllowedOrigins  []string `json:"allowed_origins"`
	WorkspaceID     *string  `json:"workspace_id"`
}

// get returns the instance. The environment is the key's, because keys of both kinds
// belong to one instance.
func (c *controller) get(ctx context.Context, req *api.Request, _ api.None) (Instance, error) {
	id, err := c.Instance.ID()
	if err != nil {
		return Instance{}, err
	}
	facts, err := c.Instance.Facts(ctx)
	out := Instance{Object: "instance", ID: id, EnvironmentType: "production", AllowedOrigins: append([]string{}, facts.AllowedOrigins...)}
	if by, is := req.Caller.Principal.(*servicekeys.Principal); is && by.Key.Kind == servicekeys.Test {
		out.EnvironmentType = "development"
	}
	return out, err
}

// update has the arguments of updateInstance. An absent or null argument changes
// nothing.
type update struct {
	TestMode          edge.Flag  `body:"test_mode"`
	HIBP              edge.Flag  `body:"hibp"`
	SupportEmail      edge.Text  `body:"support_email"`
	ClientVersion     edge.Text  `body:"clerk_js_version"`
	DevelopmentOrigin edge.Text  `body:"development_origin"`
	AllowedOrigins    edge.Texts `body:"allowed_origins"`
	Cookieless        edge.Flag  `body:"cookieless_dev"`
	URLSessions       edge.Flag  `body:"url_based_session_syncing"`
	PreferredStrategy edge.Text  `body:"preferred_sign_in_strategy_when_password_required"`
	// Deliverability cannot be on: the operator sends the mails.
	Deliverability edge.Flag `body:"enhanced_email_deliverability"`
}

// Bounds of stored values.
const (
	maxOrigins = 100
	maxText    = 255
)

func (c *controller) update(ctx context.Context, req *api.Request, args update) (any, error) {
	var j edge.Judging
	if email := args.SupportEmail.Value; email != "" {
		if _, reason := users.CanonicalContact(users.Email, email); reason != "" {
			j.Refuse(edge.FormatInvalid, "support_email")
		}
	}
	line(&j, "clerk_js_version", args.ClientVersion)
	if origin := args.DevelopmentOrigin.Value; origin != "" && !isOrigin(origin) {
		j.Refuse(edge.FormatInvalid, "development_origin")
	}
	if len(args.AllowedOrigins.Values) > maxOrigins {
		j.Refuse(edge.ArraySizeExceeded, "allowed_origins")
	} else if slices.ContainsFunc(args.AllowedOrigins.Values, func(origin string) bool { return !isOrigin(origin) }) {
		j.Refuse(edge.FormatInvalid, "allowed_origins")
	}
	if !slices.Contains([]string{"", "password", "otp"}, args.PreferredStrategy.Value) {
		j.Refuse(edge.ValueInvalid, "preferred_sign_in_strategy_when_password_required")
	}
	never(&j, "enhanced_email_deliverability", args.Deliverability)
	err := j.Err()
	if err == nil {
		_, err = c.set(ctx, req, flags(map[string]edge.Flag{"clerk.hibp": args.HIBP}), func(f *domain.Facts) {
			args.AllowedOrigins.Into(&f.AllowedOrigins)
			args.DevelopmentOrigin.Into(&f.DevelopmentOrigin)
			args.SupportEmail.Into(&f.SupportEmail)
			args.ClientVersion.Into(&f.ClientVersion)
			args.PreferredStrategy.Into(&f.PreferredStrategy)
			args.TestMode.Into(&f.TestMode)
			args.Cookieless.Into(&f.Cookieless)
			args.URLSessions.Into(&f.URLSessions)
		})
	}
	return api.WithStatus{Status: http.StatusNoContent, Result: api.Raw{}}, err
}

// never refuses to turn on a feature that does not exist here.
func never(j *edge.Judging, param string, given edge.Flag) {
	if given.Value {
		j.Refuse(edge.FeatureNotEnabled, param)
	}
}

// line refuses a text that is not one short line.
func line(j *edge.Judging, param string, given edge.Text) {
	switch {
	case len(given.Value) > maxText:
		j.Refuse(edge.SizeExceeded, param)
	case strings.ContainsFunc(given.Value, unicode.IsControl):
		j.Refuse(edge.FormatInvalid, param)
	}
}

// isOrigin reports whether a text is an origin, of a web page or of a browser's
// extension.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && len(text) <= maxText && u.Scheme != "" && u.Host != "" && u.Scheme+"://"+u.Host == text
}

// flags returns the given settings as JSON.
func flags(given map[string]edge.Flag) map[string]json.RawMessage {
	values := map[string]json.RawMessage{}
	for name, flag := range given {
		if flag.Is() {
			values[name], _ = json.Marshal(flag.Value)
		}
	}
	return values
}

// set changes settings and facts, emits the events and returns the facts. If the configuration pins
// one of the settings, or a write fails, nothing changes, whether the caller stays or not.
func (c *controller) set(ctx context.Context, req *api.Request, values map[string]json.RawMessage, edit func(*domain.Facts)) (domain.Facts, error) {
	whole := context.WithoutCancel(ctx)
	ctx, cancel := context.WithTimeout(whole, finishing)
	defer cancel()
	if err := c.Settings.Check(ctx, values); err != nil {
		return domain.Facts{}, unpinned(err)
	}
	// The facts come first, since they can be taken back without an effect in between.
	facts, undo, err := c.Instance.Change(ctx, edit)
	if err != nil {
		return facts, err
	}
	set, err := c.Settings.SetAll(ctx, values)
	if err != nil && undo != nil {
		undoing, cancel := context.WithTimeout(whole, finishing)
		defer cancel()
		err = cmp.Or(undo(undoing), err)
	}
	if err != nil {
		return facts, unpinned(err)
	}
	by := kuzzleview.Actor(req)
	for _, one := range set {
		c.Accounts.Users.Emit(ctx, events.SettingChanged, by, users.Subject(events.Setting, one.Key), events.Data{events.Value: string(one.Value)})
	}
	if undo != nil {
		c.Accounts.Users.Emit(ctx, events.InstanceUpdated, by, users.Subject(events.Instance, ""), nil)
	}
	return facts, nil
}

// unpinned converts the refusal of a pinned setting.
func unpinned(err error) error {
	if !errors.Is(err, settings.ErrPinned) {
		return err
	}
	failure, _ := fault.From(err)
	refusal := edge.InstanceInvalid.New()
	refusal.Hint = failure.Message()
	return refusal
}

// restrictions has the arguments of updateInstanceRestrictions.
type restrictions struct {
	AllowList        edge.Flag `body:"allowlist"`
	BlockList        edge.Flag `body:"blocklist"`
	ListsOffOnSignIn edge.Flag `body:"allowlist_blocklist_disabled_on_sign_in"`
	Subaddresses     edge.Flag `body:"block_email_subaddresses"`
	Disposable       edge.Flag `body:"block_disposable_email_domains"`
	// IgnoreDots cannot be on: addresses with different dots are different here.
	IgnoreDots edge.Flag `body:"ignore_dots_for_gmail_addresses"`
}

// Restrictions are the restrictions of sign-ups.
type Restrictions struct {
	Object           string `json:"object"`
	AllowList        bool   `json:"allowlist"`
	BlockList        bool   `json:"blocklist"`
	ListsOffOnSignIn bool   `json:"allowlist_blocklist_disabled_on_sign_in"`
	Subaddresses     bool   `json:"block_email_subaddresses"`
	Disposable       bool   `json:"block_disposable_email_domains"`
	IgnoreDots       bool   `json:"ignore_dots_for_gmail_addresses"`
}

func (c *controller) restrict(ctx context.Context, req *api.Request, args restrictions) (Restrictions, error) {
	var j edge.Judging
	never(&j, "ignore_dots_for_gmail_addresses", args.IgnoreDots)
	if err := j.Err(); err != nil {
		return Restrictions{}, err
	}
	facts, err := c.set(ctx, req, flags(map[string]edge.Flag{
		"signUps.allowList": args.AllowList, "signUps.blockList": args.BlockList,
		"signUps.blockSubaddresses": args.Subaddresses, "signUps.blockDisposable": args.Disposable,
	}), func(f *domain.Facts) { args.ListsOffOnSignIn.Into(&f.ListsOffOnSignIn) })
	if err != nil {
		return Restrictions{}, err
	}
	rules := c.Accounts.Admission.Rules()
	return Restrictions{
		Object: "instance_restrictions", AllowList: rules.AllowList, BlockList: rules.BlockList, ListsOffOnSignIn: facts.ListsOffOnSignIn,
		Subaddresses: rules.NoSubaddresses, Disposable: rules.NoDisposable,
	}, nil
}

// older has the arguments of updateInstanceSettings.
type older struct {
	AllowList   edge.Flag `body:"restricted_to_allowlist"`
	FromEmail   edge.Text `body:"from_email_address"`
	Progressive edge.Flag `body:"progressive_sign_up"`
	TestMode    edge.Flag `body:"test_mode"`
}

// InstanceSettings are some settings of the instance.
type InstanceSettings struct {
	Object         string `json:"object"`
	ID             string `json:"id"`
	AllowList      bool   `json:"restricted_to_allowlist"`
	FromEmail      string `json:"from_email_address"`
	Progressive    bool   `json:"progressive_sign_up"`
	Deliverability bool   `json:"enhanced_email_deliverability"`
}

func (c *controller) updateOlder(ctx context.Context, req *api.Request, args older) (InstanceSettings, error) {
	var j edge.Judging
	line(&j, "from_email_address", args.FromEmail)
	if err := j.Err(); err != nil {
		return InstanceSettings{}, err
	}
	id, err := c.Instance.ID()
	if err != nil {
		return InstanceSettings{}, err
	}
	facts, err := c.set(ctx, req, flags(map[string]edge.Flag{"signUps.allowList": args.AllowList}), func(f *domain.Facts) {
		args.FromEmail.Into(&f.FromEmail)
		args.Progressive.Into(&f.Progressive)
		args.TestMode.Into(&f.TestMode)
	})
	if err != nil {
		return InstanceSettings{}, err
	}
	return InstanceSettings{
		Object: "instance_settings", ID: id, AllowList: c.Accounts.Admission.Rules().AllowList, FromEmail: facts.FromEmail, Progressive: facts.Progressive,
	}, nil
}
