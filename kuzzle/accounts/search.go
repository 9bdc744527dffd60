package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Search answers one page of users, profiles or roles, and a cursor when keep
// asks for a scroll.
func (a *Accounts) Search(ctx context.Context, in storage.Collection, what query.Search, keep time.Duration) (storage.Page, string, error) {
	if keep > 0 {
		return a.Store.OpenScroll(ctx, in, what, keep)
	}
	page, err := a.Store.Search(ctx, in, what)
	return page, "", err
}

// Scroll answers the next page of a cursor.
func (a *Accounts) Scroll(ctx context.Context, in storage.Collection, cursor string, keep time.Duration) (storage.Page, string, error) {
	return a.Store.NextScroll(ctx, in, cursor, keep)
}

// SearchKeys answers a user's API keys, in the order of their own id, which
// stands in place of the fingerprint; never those of an earlier user of that kuid.
func (a *Accounts) SearchKeys(ctx context.Context, kuid string, what query.Search) (storage.Page, error) {
	u, err := a.User(ctx, kuid)
	if errors.Is(err, ErrUserNotFound) {
		return storage.Page{}, nil
	}
	if err != nil {
		return storage.Page{}, err
	}
	own := query.Bool{Must: []query.Node{
		ownedBy(storage.APIKeys, u.Kuid),
		query.Terms{Field: query.Field{Area: query.Account, Path: "incarnation"}, Values: []any{u.incarnation}},
		what.Where,
	}}
	if u.Kuid == AnonymousKuid {
		own.Must = []query.Node{own.Must[0], what.Where}
	}
	what.Where, what.Sort = own, []query.Sort{{Field: KeyID}}
	page, err := a.Store.Search(ctx, storage.APIKeys, what)
	for i := range page.Hits {
		var account keyAccount
		if err := json.Unmarshal(page.Hits[i].Account, &account); err != nil {
			return page, err
		}
		page.Hits[i].ID = account.ID
	}
	return page, err
}

// SearchCredentials answers what may be shown of the credentials that a query
// over a strategy's fields finds, and the page of users who have them.
func (a *Accounts) SearchCredentials(ctx context.Context, strategy string, what query.Search) ([]map[string]any, storage.Page, error) {
	if err := a.CheckStrategy(strategy); err != nil {
		return nil, storage.Page{}, err
	}
	has := query.Bool{Must: []query.Node{what.Where, query.Bool{
		MinShould: 1, Should: a.anyCredential(strategy),
	}}}
	what.Where = has
	page, err := a.Store.Search(ctx, storage.Users, what)
	if err != nil {
		return nil, page, err
	}
	hits := make([]map[string]any, 0, len(page.Hits))
	for _, hit := range page.Hits {
		shown, err := a.Credentials(ctx, hit.ID, strategy)
		if err == nil {
			hits = append(hits, shown)
		}
	}
	return hits, page, nil
}

func (a *Accounts) anyCredential(strategy string) []query.Node {
	var fields []query.Node
	for _, field := range a.searchable(strategy) {
		fields = append(fields, query.Exists{Field: credentialField(strategy, field)})
	}
	return fields
}

// CredentialSearchFields lists what a search by credentials may name.
func (a *Accounts) CredentialSearchFields(strategy string) ([]string, error) {
	if err := a.CheckStrategy(strategy); err != nil {
		return nil, err
	}
	return a.searchable(strategy), nil
}

// Mapping tells how the content of a collection is indexed.
func (a *Accounts) Mapping(ctx context.Context, of storage.Collection) (storage.Mapping, error) {
	return a.Store.Mapping(ctx, of)
}

// UpdateMapping adds to it.
func (a *Accounts) UpdateMapping(ctx context.Context, by Actor, of storage.Collection, change storage.Mapping) (storage.Mapping, error) {
	merged, err := a.Store.UpdateMapping(ctx, of, change)
	if err == nil {
		a.emit(ctx, events.MappingUpdated, by, subject(events.Collection, string(of)), nil)
	}
	return merged, err
}

// Refresh makes earlier writes searchable.
func (a *Accounts) Refresh(ctx context.Context, of storage.Collection) error {
	return a.Store.Refresh(ctx, of)
}
