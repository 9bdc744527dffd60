package sessions

import (
	"context"
	"slices"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// The page of a list.
const (
	defaultLimit = 10
	maxLimit     = 500
)

// listing are the arguments of getSessionList.
type listing struct {
	ClientID  edge.Text   `arg:"client_id"`
	UserID    edge.Text   `arg:"user_id"`
	Status    edge.Text   `arg:"status"`
	Limit     edge.Number `arg:"limit"`
	Offset    edge.Number `arg:"offset"`
	Paginated edge.Flag   `arg:"paginated"`
}

// Page is a list with how many there are in all.
type Page struct {
	Data       []Session `json:"data"`
	TotalCount int       `json:"total_count"`
}

func (l *listing) check() error {
	var wrong []*fault.Error
	refuse := func(kind *fault.Kind, param string) { wrong = append(wrong, edge.Refusal(kind, param)) }
	if l.Status.Is() && !slices.Contains(statuses, l.Status.Value) {
		refuse(edge.ValueInvalid, "status")
	}
	switch {
	case l.Limit.Is() && l.Limit.Value < 1:
		refuse(edge.ValueInvalid, "limit")
	case l.Limit.Value > maxLimit:
		refuse(edge.ValueTooLarge, "limit")
	}
	if l.Offset.Value < 0 {
		refuse(edge.ValueInvalid, "offset")
	}
	if len(wrong) == 0 && l.ClientID.Value == "" && l.UserID.Value == "" {
		return edge.Refusal(edge.QueryMissing, "client_id", "user_id")
	}
	return edge.Refusals(wrong)
}

func (c *controller) list(ctx context.Context, _ *api.Request, args listing) (any, error) {
	if err := args.check(); err != nil {
		return nil, err
	}
	all, err := c.matching(ctx, &args)
	if err != nil {
		return nil, err
	}
	limit := int64(defaultLimit)
	if args.Limit.Is() {
		limit = args.Limit.Value
	}
	from := min(args.Offset.Value, int64(len(all)))
	page := make([]Session, 0, limit)
	for _, s := range all[from:min(from+limit, int64(len(all)))] {
		page = append(page, shown(s, active))
	}
	if args.Paginated.Or(false) {
		return Page{Data: page, TotalCount: len(all)}, nil
	}
	return page, nil
}

// matching are the sessions that a list is of, the newest first.
func (c *controller) matching(ctx context.Context, args *listing) ([]sessions.Session, error) {
	if args.Status.Is() && args.Status.Value != active {
		return nil, nil
	}
	if args.ClientID.Value == "" {
		all, err := c.Sessions.Of(ctx, args.UserID.Value)
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
