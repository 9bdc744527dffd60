package maintenance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// accountsMarker is the setting with the form in which users' searchable data is stored.
const accountsMarker = "accounts"

type accountsForm struct {
	Form int `json:"form"`
}

// RenewAccounts updates, once, the searchable data of users whom an earlier version wrote. It can
// be interrupted and run again. A user who is written meanwhile gets the new form anyway.
func (c *Care) RenewAccounts(ctx context.Context) (renewed int, err error) {
	marker, err := c.Store.Get(ctx, storage.Settings, accountsMarker)
	var has accountsForm
	if err == nil {
		err = json.Unmarshal(marker.Content, &has)
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) || has.Form >= users.AccountForm {
		return 0, err
	}
	pages := storage.NewWalker(c.Store, storage.Users)
	for {
		page, err := pages.Next(ctx)
		if err != nil {
			return renewed, err
		}
		if len(page) == 0 {
			break
		}
		var changes []storage.Change
		for i := range page {
			write, needed, err := users.Renewed(c.users, page[i].Document)
			if err != nil {
				return renewed, fmt.Errorf("user %q: %w", page[i].ID, err)
			}
			if needed {
				changes = append(changes, write)
			}
		}
		for _, result := range c.Store.CommitMany(ctx, changes) {
			switch {
			case result.Err == nil:
				renewed++
			case !errors.Is(result.Err, storage.ErrConflict):
				return renewed, result.Err
			}
		}
	}
	text, err := json.Marshal(accountsForm{users.AccountForm})
	if err == nil {
		next := storage.Document{ID: accountsMarker, Incarnation: marker.Incarnation, Version: marker.Version + 1, Content: text}
		_, err = c.Store.Commit(ctx, storage.Change{In: storage.Settings, ID: accountsMarker, Put: &next, If: marker.Rev})
	}
	return renewed, err
}
