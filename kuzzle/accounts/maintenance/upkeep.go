package maintenance

import (
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// upkeepPage is how many users a round of Upkeep looks at.
const upkeepPage = 100

// Upkept is what a round of Upkeep came to.
type Upkept struct {
	// Improved records were written.
	Improved int
	// Waiting is how many users with such records there were when it began.
	Waiting int64
	// Next is where the next round takes up; "" is at the beginning.
	Next string
	// Interrupted is set when idle ended the round.
	Interrupted bool
}

// Upkeep lets a strategy improve the records that wait for it, such as digests
// to be wrapped, one user after another and at most a page of them. It begins
// after the given kuid. What it did is written user by user, so that it may be
// stopped anywhere and begun again with "": records that were improved are not
// found any more. A record that changed meanwhile is left for the next time.
//
// idle is asked before each record; while it says false the round ends early.
func (c *Care) Upkeep(ctx context.Context, strategy, after string, idle func() bool) (Upkept, error) {
	upkeeper, ok := c.Registry.Strategy(strategy).(strategies.Upkeeper)
	if !ok {
		return Upkept{}, nil
	}
	field, value := upkeeper.Upkeep()
	if field == "" {
		return Upkept{}, nil
	}
	page, err := c.waiting(ctx, users.CredentialField(strategy, field), value, after)
	if err != nil {
		return Upkept{}, err
	}
	done := Upkept{Waiting: page.Total}
	for i, hit := range page.Hits {
		if !idle() {
			done.Next, done.Interrupted = before(page.Hits, i, after), true
			return done, nil
		}
		improved, err := c.improve(ctx, strategy, upkeeper, hit.ID)
		if err != nil {
			return done, err
		}
		if improved {
			done.Improved++
		}
	}
	if page.Partial || len(page.Hits) == upkeepPage {
		done.Next = page.Hits[len(page.Hits)-1].ID
	}
	return done, nil
}

// CountCredentials counts the users whose credentials of a strategy have a value
// in one of its search fields, as far as searches see them.
func (c *Care) CountCredentials(ctx context.Context, strategy, field, value string) (int64, error) {
	page, err := c.Store.Search(ctx, storage.Users, query.Search{
		Where: query.Terms{Field: users.CredentialField(strategy, field), Values: []any{value}},
	})
	return page.Total, err
}

func (c *Care) waiting(ctx context.Context, field query.Field, value, after string) (storage.Page, error) {
	what := query.Search{Where: query.Terms{Field: field, Values: []any{value}}, Size: upkeepPage}
	if after != "" {
		what.After = []any{after}
	}
	return c.Store.Search(ctx, storage.Users, what)
}

// before is after whom to go on with the hit at i.
func before(hits []storage.Hit, i int, after string) string {
	if i == 0 {
		return after
	}
	return hits[i-1].ID
}

// improve writes the better records of one user, unless they changed while they
// were made.
func (c *Care) improve(ctx context.Context, strategy string, upkeeper strategies.Upkeeper, kuid string) (bool, error) {
	u, err := c.users.Read(ctx, kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	improved := false
	for _, r := range u.Records {
		if r.Strategy != strategy {
			continue
		}
		better, ok, err := upkeeper.Improve(ctx, r)
		if err != nil {
			c.Log.WarnContext(ctx, "a record cannot be improved", "kuid", kuid, "strategy", strategy, "cause", err)
			return false, ctx.Err()
		}
		if !ok {
			continue
		}
		written := false
		err = c.users.Change(ctx, users.Actor{Kuid: kuid}, kuid, users.Edit{Retries: users.CredentialTries}, func(was *users.User) (*users.User, error) {
			i := slices.IndexFunc(was.Records, registry.AsRead(r))
			if written = i >= 0; !written {
				return nil, nil
			}
			records := slices.Clone(was.Records)
			records[i] = better
			return was.With(records), nil
		})
		if err != nil && !errors.Is(err, storage.ErrConflict) && !errors.Is(err, users.ErrUserNotFound) {
			return improved, err
		}
		improved = improved || written && err == nil
	}
	return improved, nil
}
