package users

import (
	"context"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	filter "github.com/gokuzzle/kuzzle/clerk/filters"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// page is which of the users that match are answered.
type page struct {
	Limit   edge.Number `arg:"limit"`
	Offset  edge.Number `arg:"offset"`
	After   edge.Text   `arg:"starting_after"`
	OrderBy edge.Texts  `arg:"order_by"`
}

// listing are the arguments of getUserList, and of getUserCount, which passes over the
// page.
type listing struct {
	filters
	page
}

// createdAt is when a user was made.
var createdAt = query.Field{Path: users.InfoKey + ".createdAt"}

// orders are the fields that lists are in the order of, by their names.
var orders = map[string]query.Field{
	"created_at": createdAt, "updated_at": filter.Account(users.UpdatedAtField), "email_address": filter.Account(users.Email),
	"web3wallet": filter.Account(users.Wallet), "first_name": filter.Account(users.FirstNameField), "last_name": filter.Account(users.LastNameField),
	"phone_number": filter.Account(users.Phone), "username": filter.Account(users.UsernameField),
	"last_active_at": filter.Account(users.LastActiveField), "last_sign_in_at": filter.Account(users.LastSignInField),
}

func (c *controller) list(ctx context.Context, _ *api.Request, args listing) (resource.Users, error) {
	j := &judging{}
	what := query.Search{Where: j.where(&args.filters), Uncounted: true, Bare: true}
	what.Size, _ = j.Limit(args.Limit)
	skip, order := int(j.Offset(args.Offset, maxOffset)), ""
	what.Sort, order = j.order(args.OrderBy)
	if args.After.Is() && (order != "created_at" || args.Offset.Is()) {
		j.Refuse(edge.ValueInvalid, "starting_after")
	}
	narrowed, err := c.among(ctx, j, what.Where, &args.filters)
	if err == nil {
		err = j.Err()
	}
	if err != nil {
		return nil, err
	}
	what.Where = narrowed
	if args.After.Is() {
		after, err := c.Accounts.Users.Current(ctx, args.After.Value)
		if err != nil {
			return nil, err
		}
		info, err := users.StoredInfo(after.Content)
		if err != nil {
			return nil, err
		}
		what.After = []any{info.CreatedAt, after.Kuid}
	}
	ids, err := c.find(ctx, what, skip)
	if err != nil {
		return nil, err
	}
	return c.read(ctx, ids)
}

// maxOffset is more than any list has.
const maxOffset = 1 << 40

// window is how many hits a store finds behind the first ones without being told where
// to go on.
const window = 10_000

// find returns the ids of a page. A page that lies far behind the first hits is come to
// in steps.
func (c *controller) find(ctx context.Context, what query.Search, skip int) ([]string, error) {
	for step := what; skip+what.Size > window; {
		step.Size = min(skip, window)
		found, _, err := c.Accounts.Users.Search(ctx, storage.Users, step, 0)
		if err != nil || len(found.Hits) == 0 {
			return nil, err
		}
		skip -= len(found.Hits)
		step.After = found.Hits[len(found.Hits)-1].Sort
		what.After = step.After
	}
	var ids []string
	for what.From = skip; ; {
		found, _, err := c.Accounts.Users.Search(ctx, storage.Users, what, 0)
		if err != nil {
			return nil, err
		}
		for _, hit := range found.Hits {
			ids = append(ids, hit.ID)
		}
		// The bytes of a page are bounded too.
		if !found.Partial || len(found.Hits) == 0 {
			return ids, nil
		}
		what.From, what.Size, what.After = 0, what.Size-len(found.Hits), found.Hits[len(found.Hits)-1].Sort
	}
}

// read makes resources of users, in the order of their ids. Those who are gone since
// are left out.
func (c *controller) read(ctx context.Context, ids []string) (resource.Users, error) {
	all := make(resource.Users, 0, len(ids))
	for left := ids; len(left) > 0; {
		var some []*users.User
		var err error
		if some, left, err = c.Accounts.Users.CurrentUsers(ctx, left); err != nil {
			return nil, err
		}
		for _, u := range some {
			if all, err = c.Make.Append(all, u); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

func (c *controller) count(ctx context.Context, _ *api.Request, args listing) (resource.Count, error) {
	j := &judging{}
	where, err := c.among(ctx, j, j.where(&args.filters), &args.filters)
	if err == nil {
		err = j.Err()
	}
	if err != nil {
		return resource.Count{}, err
	}
	found, _, err := c.Accounts.Users.Search(ctx, storage.Users, query.Search{Where: where}, 0)
	return resource.Count{Object: resource.CountObject, TotalCount: found.Total}, err
}

// order is the first of several; users without the field come last either way.
func (j *judging) order(given edge.Texts) ([]query.Sort, string) {
	if len(given.Values) == 0 {
		return []query.Sort{{Field: createdAt, Desc: true}}, "created_at"
	}
	field, name, desc := edge.Order(&j.Judging, given, orders)
	return []query.Sort{{Field: field, Desc: desc}}, name
}
