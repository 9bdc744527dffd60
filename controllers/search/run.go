package search

import (
	"context"
	"maps"
	"strconv"
	"time"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Args are the arguments of a search, in the order in which they are checked.
type Args struct {
	Size   api.MaybeInt   `arg:"size"`
	From   api.MaybeInt   `arg:"from"`
	Scroll string         `arg:"scroll,id"`
	Query  map[string]any `body:"query"`
	Lang   api.Lang       `arg:"lang"`
	Body   map[string]any `body:"."`
}

// Searcher searches one of the collections that have pages and scrolls.
type Searcher struct {
	Accounts *accounts.Accounts
	Limits   Limits
	In       storage.Collection
	Shape    Shape
}

// Parse reads the query from the request, without the given keys of the body.
func (s Searcher) Parse(ctx context.Context, req *api.Request, args Args, without ...string) (query.Search, error) {
	if err := s.Limits.Check(args.Size.Int); err != nil {
		return query.Search{}, err
	}
	body := maps.Clone(args.Body)
	for _, key := range without {
		delete(body, key)
	}
	scope, err := scopeOf(ctx, s.Accounts, s.In)
	if err != nil {
		return query.Search{}, err
	}
	if s.In == storage.Users && kuzzleview.Administrator(req) {
		scope = scope.WithAccount()
	}
	limits := query.DefaultLimits()
	q, err := parser(args.Lang)(body, scope, limits)
	if err != nil {
		return q, err
	}
	if q, err = (Window{args.From, args.Size}).resolve(q, body, s.Limits.MaxPage, limits); err != nil {
		return q, err
	}
	return q, s.Limits.Check(q.Size)
}

func parser(lang api.Lang) func(map[string]any, query.Scope, query.Limits) (query.Search, error) {
	if lang == api.Koncorde {
		return query.ParseKoncordeSearch
	}
	return query.ParseSearch
}

// scopeOf returns the fields that a search of a collection may name.
func scopeOf(ctx context.Context, a *accounts.Accounts, in storage.Collection) (query.Scope, error) {
	mapping, err := a.Users.Mapping(ctx, in)
	if err != nil {
		return query.Scope{}, err
	}
	return query.Documents(query.MappedFields(mapping.Properties)), nil
}

// Run returns the first page, with a scroll id if requested.
func (s Searcher) Run(ctx context.Context, q query.Search, scroll string) (Found, error) {
	keep, err := s.Limits.Keep(scroll, 0)
	if err != nil {
		return Found{}, err
	}
	page, cursor, err := s.Accounts.Users.Search(ctx, s.In, q, keep)
	if err != nil {
		return Found{}, err
	}
	return s.show(page, cursor, q.Source, keep)
}

// ScrollArgs are the arguments for the next page.
type ScrollArgs struct {
	ScrollID string `arg:"scrollId,required,id"`
	Scroll   string `arg:"scroll,id"`
}

// Next returns the next page of a scroll.
func (s Searcher) Next(ctx context.Context, args ScrollArgs) (Found, error) {
	keep, err := s.Limits.Keep(args.Scroll, s.Limits.Scroll)
	if err != nil {
		return Found{}, err
	}
	if total, counted, ok := ended(args.ScrollID); ok {
		return s.behind(ctx, total, counted)
	}
	cursor, show, err := cursorOf(args.ScrollID)
	if err != nil {
		return Found{}, err
	}
	page, cursor, err := s.Accounts.Users.Scroll(ctx, s.In, cursor, keep)
	if err != nil {
		return Found{}, err
	}
	return s.show(page, cursor, show, keep)
}

// behind answers what lies behind the last page: no hits. A total that the scroll id
// does not say is that of the collection.
func (s Searcher) behind(ctx context.Context, total int64, counted bool) (Found, error) {
	found := Found{Hits: []kuzzleview.Document{}, Total: total, ScrollID: exhausted + mark + strconv.FormatInt(total, 10)}
	if counted {
		return found, nil
	}
	page, _, err := s.Accounts.Users.Search(ctx, s.In, query.Search{Where: query.All{}}, 0)
	if err != nil {
		return Found{}, err
	}
	found.Total, found.ScrollID = page.Total, exhausted
	return found, nil
}

func (s Searcher) show(page storage.Page, cursor string, source query.Source, keep time.Duration) (Found, error) {
	found, err := Show(page, s.Shape, source)
	switch {
	case err != nil:
	case keep > 0:
		found.ScrollID, err = scrollID(cursor, page.Total, source)
	default:
		found.SearchAfter = After(page)
	}
	return found, err
}
