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

// upkeepPage is how many users a round of Upkeep reads.
const upkeepPage = 100

// Upkept is the result of a round of Upkeep.
type Upkept struct {
	// Improved is the number of improved records.
	Improved int
	// Waiting is the number of users with such records at the beginning.
	Waiting int64
	// Next is where the next round continues; "" is the beginning.
	Next string
	// Interrupted is set if idle ended the round.
	Interrupted bool
}

// Upkeep lets a strategy improve the records that wait for it, such as digests to wrap, one user
// after another, at most a page of them, after the given kuid. It writes user by user, so it may be
// stopped anywhere and run again with "": improved records are not found any more. A record that
// changed meanwhile is left for the next time.
//
// It calls idle before each record, and ends the round when idle returns false.
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

// CountCredentials counts the users whose credentials of a strategy have a value in one of its
// search fields, as far as searches see them.
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

// before returns the kuid after which to continue so that the hit at i comes next.
func before(hits []storage.Hit, i int, after string) string {
	if i == 0 {
		return after
	}
	return hits[i-1].ID
}

// improve writes the improved records of one user, unless they changed meanwhile.
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
