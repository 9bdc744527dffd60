// Package ledger stores counts that all servers of a cluster share, such as those
// of failed logins.
package ledger

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// Ledger stores them among the expiring documents.
type Ledger struct{ Store storage.Store }

var _ throttle.Ledger = Ledger{}

// prefix begins the ids of pages; those of other flows are digests.
const prefix = "throttle:"

// Read implements throttle.Ledger.
func (l Ledger) Read(ctx context.Context, names []string) ([]throttle.Page, error) {
	pages, ids := make([]throttle.Page, len(names)), make([]string, len(names))
	for i, name := range names {
		pages[i].Name, ids[i] = name, prefix+name
	}
	docs, err := storage.All(ctx, l.Store, storage.Flows, ids)
	if err != nil {
		return nil, err
	}
	for i := range pages {
		for _, doc := range docs {
			if doc.ID == ids[i] {
				pages[i].Data, pages[i].Rev = doc.Auth, doc
			}
		}
	}
	return pages, nil
}

// Write implements throttle.Ledger.
func (l Ledger) Write(ctx context.Context, pages []throttle.Page) ([]bool, error) {
	changes := make([]storage.Change, len(pages))
	for i, page := range pages {
		was, _ := page.Rev.(storage.Document)
		doc := storage.Document{
			ID: prefix + page.Name, Incarnation: was.Incarnation, Version: was.Version + 1,
			Content: []byte(`{}`), Auth: page.Data, ExpiresAt: page.Expires,
		}
		changes[i] = storage.Change{In: storage.Flows, ID: doc.ID, Put: &doc, If: was.Rev}
	}
	done := make([]bool, len(pages))
	for i, result := range l.Store.CommitMany(ctx, changes) {
		switch {
		case result.Err == nil:
			done[i] = true
			now := *changes[i].Put
			now.Rev = result.Rev
			pages[i].Rev = now
		case !errors.Is(result.Err, storage.ErrConflict) && !errors.Is(result.Err, storage.ErrExists):
			return nil, result.Err
		}
	}
	return done, nil
}
