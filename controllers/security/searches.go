package security

import (
	"context"
	"encoding/json"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/controllers/search"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

func (c *searchActions) searches() []api.Declared {
	return []api.Declared{
		api.Action[search.Args, search.Found]{
			Name: "searchUsers", Routes: api.Routes{"POST /users/_search"},
			Summary: "Searches users.", Run: c.searchUsers,
		},
		api.Action[search.ScrollArgs, search.Found]{
			Name: "scrollUsers", Routes: api.Routes{"GET /users/_scroll/{scrollId}"},
			Summary: "Reads the next page of a search of users.", Run: c.scrollUsers,
		},
		api.Action[searchProfilesArgs, search.Found]{
			Name: "searchProfiles", Routes: api.Routes{"POST /profiles/_search"},
			Summary: "Searches profiles.", Run: c.searchProfiles,
		},
		api.Action[search.ScrollArgs, search.Found]{
			Name: "scrollProfiles", Routes: api.Routes{"GET /profiles/_scroll/{scrollId}"},
			Summary: "Reads the next page of a search of profiles.", Run: c.scrollProfiles,
		},
		api.Action[searchRolesArgs, search.Found]{
			Name: "searchRoles", Routes: api.Routes{"POST /roles/_search"},
			Summary: "Searches roles.", Run: c.searchRoles,
		},
		api.Action[search.CredentialArgs, search.FoundCredentials]{
			Name: "searchUsersByCredentials", Routes: api.Routes{"POST /credentials/{strategy}/users/_search"},
			Summary: "Searches the credentials of a strategy.", Run: c.searchUsersByCredentials,
		},
	}
}

func (c *searchActions) searcher(in storage.Collection, shape search.Shape) search.Searcher {
	return search.Searcher{Accounts: c.Accounts, Limits: c.Search, In: in, Shape: shape}
}

func (c *searchActions) searchUsers(ctx context.Context, req *api.Request, args search.Args) (search.Found, error) {
	users := c.searcher(storage.Users, search.Plain)
	q, err := users.Parse(ctx, req, args)
	if err != nil {
		return search.Found{}, err
	}
	return users.Run(ctx, q, args.Scroll)
}

func (c *searchActions) scrollUsers(ctx context.Context, _ *api.Request, args search.ScrollArgs) (search.Found, error) {
	return c.searcher(storage.Users, search.Plain).Next(ctx, args)
}

type searchProfilesArgs struct {
	search.Args
	// Roles, deprecated, finds profiles that have a policy on one of them.
	Roles []string `body:"roles"`
}

func (c *searchActions) searchProfiles(ctx context.Context, req *api.Request, args searchProfilesArgs) (search.Found, error) {
	if args.Roles != nil && args.Query != nil {
		return search.Found{}, assert.MutuallyExclusive.New("body.roles", "body.query")
	}
	found := c.searcher(storage.Profiles, kuzzleview.FoundProfile)
	q, err := found.Parse(ctx, req, args.Args, "roles")
	if err != nil {
		return search.Found{}, err
	}
	if len(args.Roles) > 0 {
		q.Where = having("policies.roleId", args.Roles)
	}
	return found.Run(ctx, q, args.Scroll)
}

// having matches documents that have one of the values.
func having(path string, values []string) query.Node {
	terms := query.Terms{Field: query.Field{Path: path}}
	for _, value := range values {
		terms.Values = append(terms.Values, value)
	}
	return terms
}

func (c *searchActions) scrollProfiles(ctx context.Context, _ *api.Request, args search.ScrollArgs) (search.Found, error) {
	return c.searcher(storage.Profiles, kuzzleview.FoundProfile).Next(ctx, args)
}

type searchRolesArgs struct {
	From        api.MaybeInt   `arg:"from"`
	Size        api.MaybeInt   `arg:"size"`
	Query       map[string]any `body:"query"`
	Lang        api.Lang       `arg:"lang"`
	Controllers []string       `body:"controllers"`
	Body        map[string]any `body:"."`
}

func (c *searchActions) searchRoles(ctx context.Context, req *api.Request, args searchRolesArgs) (search.Found, error) {
	if args.Controllers != nil && args.Query != nil {
		return search.Found{}, assert.MutuallyExclusive.New("body.controllers", "body.query")
	}
	roles := c.searcher(storage.Roles, search.Plain)
	q, err := roles.Parse(ctx, req, search.Args{From: args.From, Size: args.Size, Lang: args.Lang, Body: args.Body}, "controllers")
	if err != nil {
		return search.Found{}, err
	}
	if len(args.Controllers) == 0 {
		return roles.Run(ctx, q, "")
	}
	return c.rolesNaming(ctx, q, args.Controllers)
}

// rolesNaming returns the roles that name one of the controllers, or all roles. The controllers of
// a role are no searchable field, so it reads all roles.
func (c *searchActions) rolesNaming(ctx context.Context, q query.Search, controllers []string) (search.Found, error) {
	page, err := c.naming(ctx, q, controllers)
	if err == nil && q.After != nil { // the total counts the whole search
		var all storage.Page
		all, err = c.naming(ctx, query.Search{Where: q.Where, Sort: q.Sort}, controllers)
		page.Total = all.Total
	}
	if err != nil {
		return search.Found{}, err
	}
	found, err := search.Show(page, search.Plain, q.Source)
	found.SearchAfter = search.After(page)
	return found, err
}

// naming returns the requested page of those roles, and the number of roles after it.
func (c *searchActions) naming(ctx context.Context, q query.Search, controllers []string) (named storage.Page, err error) {
	all := query.Search{Where: q.Where, Sort: q.Sort, After: q.After, Size: c.Search.MaxPage}
	for all.Size > 0 {
		page, _, err := c.Accounts.Users.Search(ctx, storage.Roles, all, 0)
		if err != nil {
			return named, err
		}
		for _, hit := range page.Hits {
			if !namesOne(hit.Content, controllers) {
				continue
			}
			if named.Total >= int64(q.From) && len(named.Hits) < q.Size && !named.Partial {
				named.Add(hit)
			}
			named.Total++
		}
		if !page.Partial {
			break
		}
		all.Size, all.After = all.Size-len(page.Hits), page.Hits[len(page.Hits)-1].Sort
	}
	return named, nil
}

func namesOne(source json.RawMessage, controllers []string) bool {
	var role struct {
		Controllers map[string]json.RawMessage `json:"controllers"`
	}
	if json.Unmarshal(source, &role) != nil {
		return false
	}
	if _, all := role.Controllers["*"]; all {
		return true
	}
	for _, name := range controllers {
		if _, named := role.Controllers[name]; named {
			return true
		}
	}
	return false
}

func (c *searchActions) searchUsersByCredentials(ctx context.Context, _ *api.Request, args search.CredentialArgs) (search.FoundCredentials, error) {
	return search.Credentials(ctx, c.Accounts, c.Search, args)
}
