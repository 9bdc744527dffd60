package settings

import (
	"context"
	"encoding/json"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/settings"
)

// Name is the controller's name.
const Name = "settings"

// Deps has the dependencies of the controller.
type Deps struct {
	Settings *settings.Settings
	Accounts *accounts.Accounts
	Mail     Mailer
	// Fixed lists the settings that only the configuration can change.
	Fixed func() []settings.Setting
	// Strategies are the names of all strategies in the program, in order.
	Strategies []string
}

type controller struct{ Deps }

// New declares the controller.
func New(deps Deps) api.Controller {
	c := &controller{deps}
	return api.Controller{
		Name:  Name,
		About: "Settings that can change while the server runs.",
		Actions: []api.Declared{
			api.Action[api.None, kuzzleview.Counted[settings.Setting]]{
				Name: "list", Routes: api.Routes{"GET /settings"},
				Summary: "Lists the settings, with values, defaults, bounds and the source of each value.", Run: c.list,
			},
			api.Action[getArgs, settings.Setting]{
				Name: "get", Routes: api.Routes{"GET /settings/{_id}"},
				Summary: "Tells one setting.", Run: c.get,
			},
			api.Action[setArgs, settings.Setting]{
				Name: "set", Routes: api.Routes{"PUT /settings/{_id}"},
				Summary: "Changes a setting on every server; null restores its default.", Run: c.set,
			},
			api.Action[api.None, kuzzleview.Counted[settings.Setting]]{
				Name: "listFixed", Routes: api.Routes{"GET /settings/_fixed"},
				Summary: "Lists the fixed configuration of users, logins, mail and strategies, with masked secrets.", Run: c.listFixed,
			},
			api.Action[api.None, kuzzleview.Counted[strategy]]{
				Name: "listStrategies", Routes: api.Routes{"GET /settings/_strategies"},
				Summary: "Lists the strategies in the program, with their fields and whether they are on.", Run: c.listStrategies,
			},
			api.Action[testMailArgs, tested]{
				Name: "testMail", Routes: api.Routes{"POST /settings/_testMail"},
				Summary: "Sends a test mail, and reports whether the mail server accepted it, or the reason for its failure.", Run: c.testMail,
			},
		},
	}
}

func (c *controller) list(context.Context, *api.Request, api.None) (kuzzleview.Counted[settings.Setting], error) {
	return kuzzleview.Count(c.Settings.List()), nil
}

func (c *controller) listFixed(ctx context.Context, req *api.Request, _ api.None) (kuzzleview.Counted[settings.Setting], error) {
	if _, err := kuzzleview.MayDoAll(ctx, c.Accounts, req); err != nil {
		return kuzzleview.Counted[settings.Setting]{}, err
	}
	return kuzzleview.Count(c.Fixed()), nil
}

type getArgs struct {
	ID string `arg:"_id,required,id"`
}

func (c *controller) get(_ context.Context, _ *api.Request, args getArgs) (settings.Setting, error) {
	return c.Settings.Get(args.ID)
}

type setArgs struct {
	ID   string         `arg:"_id,required,id"`
	Body map[string]any `body:".,required"`
}

func (c *controller) set(ctx context.Context, req *api.Request, args setArgs) (settings.Setting, error) {
	by, err := kuzzleview.MayDoAll(ctx, c.Accounts, req)
	if err != nil {
		return settings.Setting{}, err
	}
	given, has := args.Body["value"]
	if !has {
		return settings.Setting{}, assert.Missing.New("body.value")
	}
	value, err := json.Marshal(given)
	if err != nil {
		return settings.Setting{}, err
	}
	set, err := c.Settings.Set(ctx, args.ID, value)
	if err == nil {
		c.Accounts.Users.Emit(ctx, events.SettingChanged, by, users.Subject(events.Setting, set.Key), events.Data{events.Value: string(set.Value)})
	}
	return set, err
}
