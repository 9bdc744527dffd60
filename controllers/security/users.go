package security

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// users are the actions on users that exist.
func (c *userActions) users() []api.Declared {
	return []api.Declared{
		api.Action[getUserArgs, kuzzleview.Document]{
			Name: "getUser", Routes: api.Routes{"GET /users/{_id}"},
			Summary: "Reads a user.", Run: c.getUser,
		},
		api.Action[findUserArgs, kuzzleview.Document]{
			Name: "findUser", Routes: api.Routes{"GET /users/_find"},
			Summary: "Reads the user who holds a name: a user name, an e-mail address or a phone number for logins, or a reserved one.", Run: c.findUser,
		},
		api.Action[mGetUsersArgs, kuzzleview.Hits[kuzzleview.Document]]{
			Name: "mGetUsers", Routes: api.Routes{"GET /users/_mGet", "POST /users/_mGet"},
			Summary: "Reads several users, leaving out those that do not exist.", Run: c.mGetUsers,
		},
		api.Action[updateUserArgs, kuzzleview.Document]{
			Name: "updateUser", Routes: api.Routes{"PUT /users/{_id}/_update"},
			Summary: "Merges content into a user's; null removes a key.", Run: c.updateUser,
		},
		api.Action[replaceUserArgs, kuzzleview.Document]{
			Name: "replaceUser", Routes: api.Routes{"PUT /users/{_id}/_replace"},
			Summary: "Replaces a user's whole content.", Run: c.replaceUser,
		},
		api.Action[deleteArgs, kuzzleview.ID]{
			Name: "deleteUser", Routes: api.Routes{"DELETE /users/{_id}"},
			Summary: "Deletes a user, with credentials, API keys and sessions.", Run: c.deleteUser,
		},
		api.Action[mDeleteArgs, any]{
			Name: "mDeleteUsers", Routes: api.Routes{"POST /users/_mDelete"},
			Summary: "Deletes several users.", Answers: deletedAnswers, Run: c.mDeleteUsers,
		},
		api.Action[byID, *api.None]{
			Name: "revokeTokens", Routes: api.Routes{"DELETE /users/{_id}/tokens"},
			Summary: "Ends all sessions of a user; API keys stay.", Run: c.revokeTokens,
		},
		c.stands("banUser", "_ban", "Ends all sessions of a user and refuses logins and API keys until the ban is lifted.", (*users.Users).Ban),
		c.stands("unbanUser", "_unban", "Lifts a ban: the user may log in again, and API keys work again.", (*users.Users).Unban),
		api.Action[lockUserArgs, kuzzleview.Standing]{
			Name: "lockUser", Routes: api.Routes{"POST /users/{_id}/_lock"},
			Summary: "Refuses further logins of a user, for a time or until the lock is lifted; sessions and API keys stay valid.", Run: c.lockUser,
		},
		c.stands("unlockUser", "_unlock", "Lets a locked user log in again.", (*users.Users).Unlock),
		api.Action[refreshArgs, *api.None]{
			Name: "refresh", Routes: api.Routes{"POST /_security/{collection}/_refresh"},
			Summary: "Makes earlier writes visible to searches.", Run: c.refresh,
		},
	}
}

// byID is the argument of all actions on one document.
type byID struct {
	ID string `arg:"_id,required,id"`
}

type getUserArgs struct {
	byID
	// Account also returns the version, and the account to callers who may change it.
	Account bool `arg:"account"`
}

func (c *userActions) getUser(ctx context.Context, req *api.Request, args getUserArgs) (kuzzleview.Document, error) {
	u, err := c.Accounts.Users.User(ctx, args.ID)
	d, err := c.shown(req, u, err)
	if err == nil && args.Account {
		err = d.WithAccount(req, u)
	}
	return d, err
}

// findUserArgs take the name in the fields of a login.
type findUserArgs struct {
	Name string `arg:"name,required"`
}

func (c *userActions) findUser(ctx context.Context, req *api.Request, args findUserArgs) (kuzzleview.Document, error) {
	u, err := c.Accounts.Names.Named(ctx, args.Name)
	return c.shown(req, u, err)
}

// shown returns a user that was read.
func (c *userActions) shown(req *api.Request, u users.User, err error) (kuzzleview.Document, error) {
	d := kuzzleview.User(u)
	if err == nil && kuzzleview.SeesStanding(req) {
		d, err = kuzzleview.ShownUser(u, c.Accounts.Users.Now())
	}
	if u.Picture != nil && kuzzleview.MayManage(req, "getPicture") {
		d.Picture = u.Picture.Blob.Hash
	}
	return d, err
}

// stands declares an action that bans, unbans or unlocks a user.
func (c *userActions) stands(name, route, summary string, change func(*users.Users, context.Context, users.Actor, string, bool) (users.User, error)) api.Declared {
	return api.Action[byID, kuzzleview.Standing]{
		Name: name, Routes: api.Routes{"POST /users/{_id}/" + route}, Summary: summary,
		Run: func(ctx context.Context, req *api.Request, args byID) (kuzzleview.Standing, error) {
			u, err := change(c.Accounts.Users, ctx, kuzzleview.Actor(req), args.ID, false)
			return kuzzleview.StandingOf(u, c.Accounts.Users.Now()), err
		},
	}
}

// lockUserArgs read the time from the body or the arguments: if one were ignored, a lock would
// silently have no end.
type lockUserArgs struct {
	ID        string `arg:"_id,required,id"`
	ExpiresIn any    `arg:"expiresIn"`
	InBody    any    `body:"expiresIn"`
}

func (c *userActions) lockUser(ctx context.Context, req *api.Request, args lockUserArgs) (kuzzleview.Standing, error) {
	expiresIn := args.ExpiresIn
	if expiresIn == nil {
		expiresIn = args.InBody
	}
	u, err := c.Accounts.Users.Lock(ctx, kuzzleview.Actor(req), args.ID, expiresIn, false)
	return kuzzleview.StandingOf(u, c.Accounts.Users.Now()), err
}

type mGetUsersArgs struct {
	Listed []any `body:"ids"`
	IDs    []any `arg:"ids,legacy"`
}

func (c *userActions) mGetUsers(ctx context.Context, _ *api.Request, args mGetUsersArgs) (kuzzleview.Hits[kuzzleview.Document], error) {
	none := kuzzleview.Hits[kuzzleview.Document]{}
	name, list := "body.ids", args.Listed
	if len(list) == 0 {
		name, list = "ids", args.IDs
	}
	if len(list) == 0 {
		return none, assert.Missing.New("ids")
	}
	ids, ok := api.Strings(list)
	if !ok {
		return none, assert.InvalidType.New(name, "string[]")
	}
	if err := c.Search.Check(len(ids)); err != nil {
		return none, err
	}
	found, left, err := c.Accounts.Users.Users(ctx, ids)
	hits := make([]kuzzleview.Document, len(found))
	for i, u := range found {
		hits[i] = kuzzleview.User(u)
	}
	return kuzzleview.Some(hits, left), err
}

type updateUserArgs struct {
	ID         string             `arg:"_id,required,id"`
	Content    map[string]any     `body:".,required"`
	ProfileIDs profileList        `body:"profileIds"`
	Refresh    api.Refresh        `arg:"refresh,default=wait_for"`
	Retries    int                `arg:"retryOnConflict,default=10"`
	IfVersion  kuzzleview.Version `arg:"ifVersion"`
}

// profileList is a list of profile ids, or null for no change.
type profileList []any

// TakesNull implements api.Nullable.
func (profileList) TakesNull() {}

// Decode takes an array or null.
func (l *profileList) Decode(name string, value any) error {
	list, ok := value.([]any)
	if !ok && value != nil {
		return assert.InvalidType.New(name, "array")
	}
	*l = list
	return nil
}

func (c *userActions) updateUser(ctx context.Context, req *api.Request, args updateUserArgs) (kuzzleview.Document, error) {
	u, err := c.Accounts.Users.Update(ctx, kuzzleview.Actor(req), args.ID, args.Content, kuzzleview.EditingIf(args.IfVersion, args.Refresh, args.Retries))
	return kuzzleview.Updated(u), err
}

type replaceUserArgs struct {
	ID         string             `arg:"_id,required,id"`
	Content    map[string]any     `body:".,required"`
	ProfileIDs []any              `body:"profileIds,required"`
	Refresh    api.Refresh        `arg:"refresh,default=wait_for"`
	IfVersion  kuzzleview.Version `arg:"ifVersion"`
}

func (c *userActions) replaceUser(ctx context.Context, req *api.Request, args replaceUserArgs) (kuzzleview.Document, error) {
	u, err := c.Accounts.Users.Replace(ctx, kuzzleview.Actor(req), args.ID, args.Content, kuzzleview.EditingIf(args.IfVersion, args.Refresh, kuzzleview.DefaultRetries))
	return kuzzleview.Updated(u), err
}

type deleteArgs struct {
	ID      string      `arg:"_id,required,id"`
	Refresh api.Refresh `arg:"refresh,default=wait_for"`
}

func (c *userActions) deleteUser(ctx context.Context, req *api.Request, args deleteArgs) (kuzzleview.ID, error) {
	return kuzzleview.ID{ID: args.ID}, c.Accounts.Users.Delete(ctx, kuzzleview.Actor(req), args.ID, bool(args.Refresh))
}

func (c *userActions) mDeleteUsers(ctx context.Context, req *api.Request, args mDeleteArgs) (any, error) {
	by := kuzzleview.Actor(req)
	return c.deleteEach(ctx, storage.Users, args, 1, func(id string) error {
		return c.Accounts.Users.Delete(ctx, by, id, false)
	})
}

func (c *userActions) revokeTokens(ctx context.Context, req *api.Request, args byID) (*api.None, error) {
	return nil, c.Accounts.Sessions.RevokeTokens(ctx, kuzzleview.Actor(req), args.ID)
}

type refreshArgs struct {
	Collection string `arg:"collection,required,id"`
}

// refreshable are the collections that clients may refresh.
var refreshable = []string{string(storage.Users), string(storage.Profiles), string(storage.Roles)}

func (c *userActions) refresh(ctx context.Context, _ *api.Request, args refreshArgs) (*api.None, error) {
	switch of := storage.Collection(args.Collection); of {
	case storage.Users, storage.Profiles, storage.Roles:
		return nil, c.Accounts.Users.Refresh(ctx, of)
	}
	return nil, assert.Unexpected.New(args.Collection, refreshable)
}
