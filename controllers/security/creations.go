package security

import (
	"context"
	"strings"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
)

// creations are the actions that create users.
func (c *creationActions) creations() []api.Declared {
	return []api.Declared{
		api.Action[createUserArgs, kuzzleview.Document]{
			Name: "createUser", Routes: api.Routes{"POST /users/_create", "POST /users/{_id}/_create"},
			Summary: "Creates a user with its profiles and credentials, all or nothing.", Run: c.createUser,
		},
		api.Action[createRestrictedArgs, kuzzleview.Document]{
			Name: "createRestrictedUser", Routes: api.Routes{"POST /users/_createRestricted", "POST /users/{_id}/_createRestricted"},
			Summary: "Creates a user with the profiles of the configuration.", Run: c.createRestrictedUser,
		},
		api.Action[firstAdminArgs, kuzzleview.Document]{
			Name: CreateFirstAdmin, Routes: api.Routes{"POST /_createFirstAdmin/{_id}", "POST /_createFirstAdmin"},
			Summary:  "Creates the first administrator, once.",
			Precheck: c.noAdminYet, Run: c.createFirstAdmin,
		},
		api.Action[api.None, kuzzleview.Acknowledged]{
			Name: "restrictDefaultRights", Routes: api.Routes{"POST /_restrictDefaultRights"},
			Summary: "Overwrites the standard roles and profiles with their initial contents.", Run: c.restrictDefaultRights,
		},
		api.Action[upsertUserArgs, kuzzleview.Document]{
			Name: "upsertUser", Routes: api.Routes{"POST /users/{_id}/_upsert"},
			Summary: "Updates a user, or creates it if the id does not exist.", Run: c.upsertUser,
		},
	}
}

type createUserArgs struct {
	Content     map[string]any `body:"content,required"`
	ProfileIDs  []any          `body:"content.profileIds,required"`
	Kuid        string         `arg:"kuid"`
	Credentials map[string]any `body:"credentials"`
	newAccount
	ID      string      `arg:"_id,id"`
	Refresh api.Refresh `arg:"refresh,default=wait_for"`
}

func (c *creationActions) createUser(ctx context.Context, req *api.Request, args createUserArgs) (kuzzleview.Document, error) {
	nu := credentials.NewUser{
		ID: args.ID, Form: kuid.ParseForm(args.Kuid), Content: args.Content,
		Credentials: args.Credentials, Visible: bool(args.Refresh),
	}
	if args.Account != nil {
		if err := c.withAccount(&nu, &args.newAccount); err != nil {
			return kuzzleview.Document{}, err
		}
	}
	u, err := c.Accounts.Credentials.Create(ctx, kuzzleview.Actor(req), nu)
	return kuzzleview.Created(u), err
}

// contentPath begins the paths of members of a new user's content.
const contentPath = "body.content."

type createRestrictedArgs struct {
	Content     map[string]any `body:"content"`
	Kuid        string         `arg:"kuid"`
	Credentials map[string]any `body:"credentials"`
	ID          string         `arg:"_id,id"`
	Refresh     api.Refresh    `arg:"refresh,default=wait_for"`
}

func (c *creationActions) createRestrictedUser(ctx context.Context, req *api.Request, args createRestrictedArgs) (kuzzleview.Document, error) {
	by := kuzzleview.Actor(req)
	by.Creates = kuzzleview.MayCreate(req)
	if !by.Creates && strings.ContainsFunc(args.ID, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return kuzzleview.Document{}, assert.InvalidArgument.New("_id", "visible ASCII characters; only callers who may create users of any kind can use others")
	}
	if err := kuzzleview.RefuseAccount(contentPath, args.Content, nil); err != nil {
		return kuzzleview.Document{}, err
	}
	metadata, err := kuzzleview.TakeUnsafe(contentPath, args.Content)
	if err != nil {
		return kuzzleview.Document{}, err
	}
	u, err := c.Accounts.Credentials.CreateRestricted(ctx, by, credentials.NewUser{
		ID: args.ID, Form: kuid.ParseForm(args.Kuid), Content: args.Content,
		Credentials: args.Credentials, Metadata: metadata, Visible: bool(args.Refresh),
	})
	return kuzzleview.Created(u), err
}

type firstAdminArgs struct {
	Content     map[string]any `body:"content"`
	Reset       bool           `arg:"reset"`
	Kuid        string         `arg:"kuid"`
	Credentials map[string]any `body:"credentials"`
	ID          string         `arg:"_id,id"`
	Refresh     api.Refresh    `arg:"refresh,default=wait_for"`
}

// noAdminYet answers before any argument is checked; FirstAdmin itself ensures that of two callers
// only one succeeds.
func (c *creationActions) noAdminYet(ctx context.Context, _ *api.Request) error {
	exists, err := c.Accounts.Users.AdminExists(ctx)
	if err == nil && exists {
		return users.ErrAdminExists.New()
	}
	return err
}

func (c *creationActions) createFirstAdmin(ctx context.Context, req *api.Request, args firstAdminArgs) (kuzzleview.Document, error) {
	u, err := c.Accounts.Credentials.FirstAdmin(ctx, kuzzleview.Actor(req), credentials.NewUser{
		ID: args.ID, Form: kuid.ParseForm(args.Kuid), Content: args.Content,
		Credentials: args.Credentials, Visible: bool(args.Refresh),
	}, args.Reset)
	return kuzzleview.Created(u), err
}

func (c *creationActions) restrictDefaultRights(ctx context.Context, req *api.Request, _ api.None) (kuzzleview.Acknowledged, error) {
	return kuzzleview.Done, c.Rights.Restrict(ctx, kuzzleview.Writing(req, true, kuzzleview.DefaultRetries))
}

type upsertUserArgs struct {
	ID          string         `arg:"_id,required,id"`
	Content     map[string]any `body:"content,required"`
	ProfileIDs  []any          `body:"content.profileIds,required"`
	Default     map[string]any `body:"default"`
	Credentials map[string]any `body:"credentials"`
	Refresh     api.Refresh    `arg:"refresh,default=wait_for"`
	Retries     int            `arg:"retryOnConflict,default=10"`
}

func (c *creationActions) upsertUser(ctx context.Context, req *api.Request, args upsertUserArgs) (kuzzleview.Document, error) {
	nu := credentials.NewUser{ID: args.ID, Content: args.Content, Credentials: args.Credentials, Visible: bool(args.Refresh)}
	u, created, err := c.Accounts.Credentials.Upsert(ctx, kuzzleview.Actor(req), nu, args.Default, kuzzleview.Editing(args.Refresh, args.Retries))
	if created {
		return kuzzleview.Created(u), err
	}
	return kuzzleview.Updated(u), err
}
