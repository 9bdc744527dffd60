package admin

import (
	"context"
	"net/http"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/maintenance"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Name is the controller's name.
const Name = "admin"

// ErrUnknownDatabase has the given name.
var ErrUnknownDatabase = fault.Declare(16973825, "services.cache.database_not_found", http.StatusNotFound,
	`The cache %q does not exist. Give "internalCache" or "memoryStorage".`)

type controller struct{ accounts *accounts.Accounts }

// New declares the controller.
func New(a *accounts.Accounts) api.Controller {
	c := &controller{a}
	return api.Controller{
		Name:  Name,
		About: "Resetting and loading all users, roles and profiles.",
		Actions: []api.Declared{
			api.Action[resetCacheArgs, acknowledged]{
				Name: "resetCache", Routes: api.Routes{"POST /admin/_resetCache"},
				Summary: "Ends everybody's sessions (internalCache).", Run: c.resetCache,
			},
			api.Action[api.None, maintenance.ResetCount]{
				Name: "resetSecurity", Routes: api.Routes{"POST /admin/_resetSecurity"},
				Summary: "Deletes all users, profiles and roles and writes the standard ones.", Run: c.resetSecurity,
			},
			api.Action[api.None, *api.None]{
				Name: "resetKuzzleData", Routes: api.Routes{"POST /admin/_resetKuzzleData"},
				Summary: "Answers 404: the route is known, the action never was.", Run: noSuchAction,
			},
			api.Action[loadArgs, acknowledged]{
				Name: "loadSecurities", Routes: api.Routes{"POST /admin/_loadSecurities"},
				Summary: "Writes the roles, profiles and users of one document.", Run: c.loadSecurities,
			},
		},
	}
}

// acknowledged has both spellings: the one for clients of this controller, and the one for the
// others.
type acknowledged struct {
	Acknowledge  bool `json:"acknowledge"`
	Acknowledged bool `json:"acknowledged"`
}

var done = acknowledged{true, true}

type resetCacheArgs struct {
	Database string `arg:"database,required,id"`
}

// Kuzzle's names of the two caches. This server has no memory storage, so resetting that one does
// nothing.
const (
	internalCache = "internalCache"
	memoryStorage = "memoryStorage"
)

func (c *controller) resetCache(ctx context.Context, req *api.Request, args resetCacheArgs) (acknowledged, error) {
	switch args.Database {
	case internalCache:
		return done, c.accounts.Sessions.DropSessions(ctx, kuzzleview.Actor(req))
	case memoryStorage:
		return done, nil
	}
	return acknowledged{}, ErrUnknownDatabase.New(args.Database)
}

func (c *controller) resetSecurity(ctx context.Context, req *api.Request, _ api.None) (maintenance.ResetCount, error) {
	return c.accounts.Care.Reset(ctx, kuzzleview.Actor(req))
}

func noSuchAction(_ context.Context, req *api.Request, _ api.None) (*api.None, error) {
	return nil, api.ErrActionNotFound.New(req.Controller, req.Action)
}

type loadArgs struct {
	Body       map[string]any `body:".,required"`
	Roles      map[string]any `body:"roles"`
	Profiles   map[string]any `body:"profiles"`
	Users      map[string]any `body:"users"`
	OnExisting string         `arg:"onExistingUsers,default=fail"`
	Force      bool           `arg:"force"`
	Refresh    api.Refresh    `arg:"refresh,default=wait_for"`
}

func (c *controller) loadSecurities(ctx context.Context, req *api.Request, args loadArgs) (acknowledged, error) {
	return done, c.accounts.Imports.Load(ctx, kuzzleview.Actor(req), imports.Securities{
		Roles: args.Roles, Profiles: args.Profiles, Users: args.Users,
		OnExisting: args.OnExisting, Force: args.Force, Visible: bool(args.Refresh),
	})
}
