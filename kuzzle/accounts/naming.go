package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
)

// NamingSetting is where the rule by which names are the same is kept, from a
// store's first start on.
const NamingSetting = "identifiers"

type namingPart struct {
	CaseSensitive bool `json:"caseSensitive"`
}

// FixNaming records at the first start by which rule names are the same, and
// refuses a start under another: the claims that were made would not be found,
// so that nobody could log in and every name could be taken again. It is called
// before anything else is read.
func (a *Accounts) FixNaming(ctx context.Context) error {
	doc, err := a.Store.Get(ctx, storage.Settings, NamingSetting)
	if errors.Is(err, storage.ErrNotFound) {
		doc, err = a.recordNaming(ctx)
	}
	if err != nil {
		return err
	}
	var begun namingPart
	if err := json.Unmarshal(doc.Content, &begun); err != nil {
		return fmt.Errorf("accounts: the setting %s: %w", NamingSetting, err)
	}
	if begun.CaseSensitive != a.CaseSensitive {
		return fmt.Errorf("identifiers.caseSensitive is %t, but the names in this data were taken under %t: "+
			"set it to %t, or begin with an empty data folder and load the users into it", a.CaseSensitive, begun.CaseSensitive, begun.CaseSensitive)
	}
	return nil
}

// recordNaming writes the rule. Data that has profiles but no record is older
// than the choice: its names are folded.
func (a *Accounts) recordNaming(ctx context.Context) (storage.Document, error) {
	_, err := a.Store.Get(ctx, storage.Profiles, profiles.Anonymous)
	older := err == nil
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return storage.Document{}, err
	}
	content, err := json.Marshal(namingPart{CaseSensitive: a.CaseSensitive && !older})
	if err != nil {
		return storage.Document{}, err
	}
	doc := storage.Document{ID: NamingSetting, Version: 1, Content: content}
	_, err = a.Store.Commit(ctx, storage.Change{In: storage.Settings, ID: NamingSetting, Put: &doc})
	if errors.Is(err, storage.ErrExists) {
		return a.Store.Get(ctx, storage.Settings, NamingSetting)
	}
	return doc, err
}
