package search

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

// CredentialArgs are the arguments of a search for credentials of a strategy.
type CredentialArgs struct {
	Strategy string         `arg:"strategy,required,id"`
	Lang     api.Lang       `arg:"lang"`
	From     int            `arg:"from"`
	Size     int            `arg:"size,default=10"`
	Query    map[string]any `body:"query"`
	Body     map[string]any `body:"."`
}

// FoundCredentials are the shown fields of found credentials.
type FoundCredentials struct {
	Hits  []map[string]any `json:"hits"`
	Total int64            `json:"total"`
	// Partial and SearchAfter have the meaning of Found.
	Partial     bool  `json:"partial,omitempty"`
	SearchAfter []any `json:"searchAfter,omitempty"`
}

// hidden lists fields of Kuzzle's credential documents that exist but cannot be searched; the error
// for them differs from the one for unknown fields.
var hidden = []string{
	"password", "userPassword", "userSalt", "algorithm", "stretching", "encryption", "pepper", "updater", "passwordHistory",
}

// Credentials returns the credentials that the query finds.
func Credentials(ctx context.Context, a *accounts.Accounts, limits Limits, args CredentialArgs) (FoundCredentials, error) {
	fields, err := a.Credentials.CredentialSearchFields(args.Strategy)
	if err != nil {
		return FoundCredentials{}, err
	}
	if err := limits.Check(args.Size); err != nil {
		return FoundCredentials{}, err
	}
	scope := query.Credentials(query.CredentialFields{Strategy: args.Strategy, Searchable: fields, Forbidden: hidden})
	q, err := parser(args.Lang)(args.Body, scope, query.DefaultLimits())
	if err != nil {
		return FoundCredentials{}, err
	}
	if q, err = q.Window(args.From, args.Size, query.DefaultLimits()); err != nil {
		return FoundCredentials{}, err
	}
	hits, page, err := a.Credentials.SearchCredentials(ctx, args.Strategy, q)
	return FoundCredentials{Hits: hits, Total: page.Total, Partial: page.Partial, SearchAfter: After(page)}, err
}
