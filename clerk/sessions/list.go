package sessions

import (
	"context"
	"math"
	"slices"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// listing has the arguments of getSessionList.
type listing struct {
	ClientID  edge.Text   `arg:"client_id"`
	UserID    edge.Text   `arg:"user_id"`
	Status    edge.Text   `arg:"status"`
	Limit     edge.Number `arg:"limit"`
	Offset    edge.Number `arg:"offset"`
	Paginated edge.Flag   `arg:"paginated"`
}

// Page is a list with the total count.
type Page struct {
	Data       []Session `json:"data"`
	TotalCount int       `json:"total_count"`
}

// check refuses wrong arguments, and returns the size of a page.
func (l *listing) check() (limit int, err error) {
	var j edge.Judging
	if l.Status.Is() && !slices.Contains(statuses, l.Status.Value) {
		j.Refuse(edge.ValueInvalid, "status")
	}
	limit, _ = j.Limit(l.Limit)
	j.Offset(l.Offset, math.MaxInt64)
	if j.Right() && l.ClientID.Value == "" && l.UserID.Value == "" {
		j.Refuse(edge.QueryMissing, "client_id", "user_id")
	}
	return limit, j.Err()
}

func (c *controller) list(ctx context.Context, _ *api.Request, args listing) (any, error) {
	limit, err := args.check()
	if err != nil {
		return nil, err
	}
	all, err := c.matching(ctx, &args)
	if err != nil {
		return nil, err
	}
	page := make([]Session, 0, limit)
	for _, s := range edge.PageOf(all, limit, args.Offset.Value) {
		one, err := c.shown(ctx, s, Active)
		if err != nil {
			return nil, err
		}
		page = append(page, one)
	}
	if args.Paginated.Or(false) {
		return Page{Data: page, TotalCount: len(all)}, nil
	}
	return page, nil
}

// matching returns the sessions that match the arguments, newest first.
func (c *controller) matching(ctx context.Context, args *listing) ([]sessions.Session, error) {
	if args.Status.Is() && args.Status.Value != Active {
		return nil, nil
	}
	if args.ClientID.Value == "" {
		all, err := c.all.Of(ctx, args.UserID.Value)
		slices.Reverse(all)
		return all, err
	}
	one, err := c.find(ctx, args.ClientID.Value, clientPrefix)
	switch {
	case isNotFound(err), err == nil && args.UserID.Value != "" && args.UserID.Value != one.Kuid:
		return nil, nil
	case err != nil:
		return nil, err
	}
	return []sessions.Session{one}, nil
}

func isNotFound(err error) bool {
	failure, ok := fault.From(err)
	return ok && (failure.Kind == edge.NotFound || failure.Kind == storage.ErrNotFound)
}
