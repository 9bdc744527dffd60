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

// page has the arguments of a page of matching users.
type page struct {
	Limit   edge.Number `arg:"limit"`
	Offset  edge.Number `arg:"offset"`
	After   edge.Text   `arg:"starting_after"`
	OrderBy edge.Texts  `arg:"order_by"`
}

// listing has the arguments of getUserList, and of getUserCount, which ignores the
// page.
type listing struct {
	filters
	page
}

// createdAt is the time of a user's creation.
var createdAt = query.Field{Path: users.InfoKey + ".createdAt"}

// orders maps names of orders to fields.
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

// maxOffset is larger than any list.
const maxOffset = 1 << 40

// window is the number of hits that a store finds from the beginning, without a
// position to continue from.
const window = 10_000

// find returns the ids of a page. It reaches a page far behind the first hits in
// several steps.
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
		// The size of a page in bytes is bounded too.
		if !found.Partial || len(found.Hits) == 0 {
			return ids, nil
		}
		what.From, what.Size, what.After = 0, what.Size-len(found.Hits), found.Hits[len(found.Hits)-1].Sort
	}
}

// read returns the resources of users, in the order of the ids, without users deleted
// since.
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

// order returns the first of several orders; users without the field come last in both
// directions.
func (j *judging) order(given edge.Texts) ([]query.Sort, string) {
	if len(given.Values) == 0 {
		return []query.Sort{{Field: createdAt, Desc: true}}, "created_at"
	}
	field, name, desc := edge.Order(&j.Judging, given, orders)
	return []query.Sort{{Field: field, Desc: desc}}, name
}
