package security

import (
	"context"
	"fmt"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// organizations are the actions on users' memberships.
func (c *userActions) organizations() []api.Declared {
	return []api.Declared{
		api.Action[organizationsArgs, organizationList]{
			Name: "getUserOrganizations", Routes: api.Routes{"GET /users/{_id}/_organizations"},
			Summary: "Lists the organizations that a user is a member of, by date of joining. Changes of the last moment may be missing.", Run: c.getUserOrganizations,
		},
	}
}

type organizationsArgs struct {
	ID   string       `arg:"_id,required,id"`
	From int          `arg:"from"`
	Size api.MaybeInt `arg:"size"`
}

// The sizes of a page of organizations.
const (
	defaultOrganizations = 100
	maxOrganizations     = 500
)

// organizationList is a page of organizations. Total counts all of them.
type organizationList struct {
	Hits  []organization `json:"hits"`
	Total int64          `json:"total"`
}

// organization is an organization that a user is a member of.
type organization struct {
	ID   string `json:"_id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
	// Role is the user's.
	Role string `json:"role"`
	// JoinedAt is in epoch milliseconds.
	JoinedAt int64 `json:"joinedAt"`
}

func (c *userActions) getUserOrganizations(ctx context.Context, _ *api.Request, args organizationsArgs) (organizationList, error) {
	page := organizations.Page{From: args.From, Size: defaultOrganizations}
	if args.Size.Given {
		page.Size = args.Size.Int
	}
	if page.Size < 1 || page.Size > maxOrganizations {
		return organizationList{}, assert.InvalidArgument.New("size", fmt.Sprintf("a number from 1 to %d", maxOrganizations))
	}
	u, err := c.Accounts.Users.Current(ctx, args.ID)
	if err != nil {
		return organizationList{}, err
	}
	joined, total, err := c.Accounts.Organizations.Of(ctx, u, page)
	list := organizationList{Hits: make([]organization, len(joined)), Total: total}
	for i, o := range joined {
		list.Hits[i] = organization{ID: o.ID, Name: o.Name, Slug: o.Slug, Role: o.Membership.Role, JoinedAt: o.Membership.CreatedAt}
	}
	return list, err
}
