package search

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// KeyArgs are the arguments of a search for API keys: the body is the query itself.
type KeyArgs struct {
	From   int            `arg:"from"`
	Size   int            `arg:"size,default=10"`
	Scroll string         `arg:"scroll,id"`
	Lang   api.Lang       `arg:"lang"`
	Query  map[string]any `body:"."`
}

// Keys returns the API keys of a user that the query finds.
func Keys(ctx context.Context, a *accounts.Accounts, limits Limits, kuid string, args KeyArgs) (Found, error) {
	if err := limits.Check(args.Size); err != nil {
		return Found{}, err
	}
	if _, err := limits.Keep(args.Scroll, 0); err != nil {
		return Found{}, err
	}
	scope, err := scopeOf(ctx, a, storage.APIKeys)
	if err != nil {
		return Found{}, err
	}
	read := query.ParseFilter
	if args.Lang == api.Koncorde {
		read = query.ParseKoncorde
	}
	where, err := read(args.Query, scope.IdentifiedBy(sessions.KeyID), query.DefaultLimits())
	if err != nil {
		return Found{}, err
	}
	q, err := (query.Search{Where: where}).Window(args.From, args.Size, query.DefaultLimits())
	if err != nil {
		return Found{}, err
	}
	page, err := a.Keys.SearchKeys(ctx, kuid, q)
	if err != nil {
		return Found{}, err
	}
	return Show(page, Plain, query.Source{Excludes: []string{infoField}})
}

// infoField of an API key is shown only on its creation.
const infoField = "_kuzzle_info"
