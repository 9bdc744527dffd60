package users

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Explain returns which profile, policy and role allow or deny a user an action.
func (ct *Containment) Explain(ctx context.Context, kuid, controller, action string, t profiles.Target) (profiles.Explanation, error) {
	u, err := ct.users.User(ctx, kuid)
	if err != nil {
		return profiles.Explanation{}, err
	}
	rights, err := ct.Rights.Compiled(ctx, u.Profiles)
	if err != nil {
		return profiles.Explanation{}, err
	}
	return rights.Explain(controller, action, t), nil
}

// Allowed reports whether a user may call an action.
func (ct *Containment) Allowed(ctx context.Context, u User, controller, action string, t profiles.Target) (bool, error) {
	rights, err := ct.Rights.Compiled(ctx, u.Profiles)
	if err != nil {
		return false, err
	}
	return rights.Allowed(controller, action, t), nil
}

// Allowing is a profile that allows an action, with the number of its holders.
type Allowing struct {
	Profile string `json:"profile"`
	Users   int64  `json:"users"`
}

// WhoMay lists the profiles that allow an action, in the order of their ids. Every holder of one of
// them may call it.
func (ct *Containment) WhoMay(ctx context.Context, controller, action string, t profiles.Target) ([]Allowing, error) {
	allowing := []Allowing{}
	var after []any
	for {
		page, err := ct.Store.Search(ctx, storage.Profiles, query.Search{Where: query.All{}, Size: 200, After: after})
		if err != nil || len(page.Hits) == 0 {
			return allowing, err
		}
		for _, hit := range page.Hits {
			rights, err := ct.Rights.Compiled(ctx, []string{hit.ID})
			if err != nil {
				return nil, err
			}
			if !rights.Allowed(controller, action, t) {
				continue
			}
			holders, err := ct.Store.Search(ctx, storage.Users, query.Search{
				Where: query.Terms{Field: query.Field{Path: "profileIds"}, Values: []any{hit.ID}},
			})
			if err != nil {
				return nil, err
			}
			allowing = append(allowing, Allowing{hit.ID, holders.Total})
		}
		after = page.Hits[len(page.Hits)-1].Sort
	}
}
