package security

import (
	"context"
	"fmt"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/listing"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// lists returns the actions that list users. Their callers see all shown fields, regardless
// of their other rights.
func (c *searchActions) lists() []api.Declared {
	return []api.Declared{
		api.Action[listUsersArgs, userList]{
			Name: "listUsers", Routes: api.Routes{"GET /users/_list"},
			Summary: "Lists users with their names and contacts, in pages, by a part of a name, by filters, and in an order.", Run: c.listUsers,
		},
	}
}

type listUsersArgs struct {
	Query         string          `arg:"query"`
	Profile       string          `arg:"profile"`
	Strategy      string          `arg:"strategy"`
	Digest        string          `arg:"digest"`
	Banned        kuzzleview.Flag `arg:"banned"`
	Locked        kuzzleview.Flag `arg:"locked"`
	SecondFactor  kuzzleview.Flag `arg:"secondFactor"`
	CreatedAfter  api.MaybeInt    `arg:"createdAfter"`
	CreatedBefore api.MaybeInt    `arg:"createdBefore"`
	Order         string          `arg:"order"`
	Descending    kuzzleview.Flag `arg:"descending"`
	Size          api.MaybeInt    `arg:"size"`
	After         string          `arg:"after"`
	// Content also returns each user's content, as _source.
	Content bool `arg:"content"`
}

// userList is a page of a list of users.
type userList struct {
	Hits []kuzzleview.Listed `json:"hits"`
	// Total is the number of users; with AtLeast it is a lower bound.
	Total   int64 `json:"total"`
	AtLeast bool  `json:"atLeast"`
	// Next is the value of "after" for the next page; it is missing after the last page.
	Next string `json:"next,omitempty"`
}

func (c *searchActions) listUsers(ctx context.Context, _ *api.Request, args listUsersArgs) (userList, error) {
	want := listing.Wanted{
		Filter: listing.Filter{
			Query: args.Query, Profile: args.Profile, Strategy: args.Strategy, Digest: args.Digest,
			Banned: args.Banned.Value, Locked: args.Locked.Value, SecondFactor: args.SecondFactor.Value,
			CreatedAfter: int64(args.CreatedAfter.Int), CreatedBefore: int64(args.CreatedBefore.Int),
		},
		Order: args.Order, Descending: listing.NewestFirst(args.Order), Size: listing.DefaultSize, After: args.After,
	}
	if args.Descending.Value != nil {
		want.Descending = *args.Descending.Value
	}
	if args.Size.Given {
		want.Size = args.Size.Int
	}
	if want.Size < 1 || want.Size > listing.MaxSize {
		return userList{}, assert.InvalidArgument.New("size", fmt.Sprintf("a number from 1 to %d", listing.MaxSize))
	}
	page, err := c.Accounts.Listing.List(ctx, want)
	if err != nil {
		return userList{}, err
	}
	found := userList{Hits: make([]kuzzleview.Listed, len(page.Users)), Total: page.Total, AtLeast: page.More, Next: page.Next}
	for i, u := range page.Users {
		if found.Hits[i], err = kuzzleview.ListedUser(u, c.Accounts.Registry, c.Accounts.Users.Now(), args.Content); err != nil {
			return userList{}, err
		}
	}
	return found, nil
}
