package credentials

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// SearchCredentials returns the shown fields of the credentials that a query over a strategy's
// fields finds, and the page of their users.
func (cs *Credentials) SearchCredentials(ctx context.Context, strategy string, what query.Search) ([]map[string]any, storage.Page, error) {
	if err := cs.Registry.CheckStrategy(strategy); err != nil {
		return nil, storage.Page{}, err
	}
	has := query.Bool{Must: []query.Node{what.Where, query.Bool{
		MinShould: 1, Should: cs.anyCredential(strategy),
	}}}
	what.Where = has
	page, err := cs.Store.Search(ctx, storage.Users, what)
	if err != nil {
		return nil, page, err
	}
	hits := make([]map[string]any, 0, len(page.Hits))
	for _, hit := range page.Hits {
		shown, err := cs.Credentials(ctx, hit.ID, strategy)
		if err == nil {
			hits = append(hits, shown)
		}
	}
	return hits, page, nil
}

func (cs *Credentials) anyCredential(strategy string) []query.Node {
	var fields []query.Node
	for _, field := range cs.Registry.Searchable(strategy) {
		fields = append(fields, query.Exists{Field: users.CredentialField(strategy, field)})
	}
	return fields
}

// CredentialSearchFields lists the fields that a search by credentials may name.
func (cs *Credentials) CredentialSearchFields(strategy string) ([]string, error) {
	if err := cs.Registry.CheckStrategy(strategy); err != nil {
		return nil, err
	}
	return cs.Registry.Searchable(strategy), nil
}
