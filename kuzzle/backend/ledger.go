package backend

import (
	"context"
	"errors"
	"fmt"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// ledger keeps the counts of failed logins of all servers of a cluster, among
// the things that expire.
type ledger struct{ store storage.Store }

var _ throttle.Ledger = ledger{}

// ledgerPrefix begins the ids of its pages; those of flows are digests.
const ledgerPrefix = "throttle:"

// ledgerPurpose is what the secret is derived for by which names and addresses
// are known there.
const ledgerPurpose = "backend.throttle"

// Read implements throttle.Ledger.
func (l ledger) Read(ctx context.Context, names []string) ([]throttle.Page, error) {
	pages, ids := make([]throttle.Page, len(names)), make([]string, len(names))
	for i, name := range names {
		pages[i].Name, ids[i] = name, ledgerPrefix+name
	}
	docs, err := storage.All(ctx, l.store, storage.Flows, ids)
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
func (l ledger) Write(ctx context.Context, pages []throttle.Page) ([]bool, error) {
	changes := make([]storage.Change, len(pages))
	for i, page := range pages {
		was, _ := page.Rev.(storage.Document)
		doc := storage.Document{
			ID: ledgerPrefix + page.Name, Incarnation: was.Incarnation, Version: was.Version + 1,
			Content: []byte(`{}`), Auth: page.Data, ExpiresAt: page.Expires,
		}
		changes[i] = storage.Change{In: storage.Flows, ID: doc.ID, Put: &doc, If: was.Rev}
	}
	done := make([]bool, len(pages))
	for i, result := range l.store.CommitMany(ctx, changes) {
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

// openThrottle makes what slows down guesses at passwords, and what limits service
// keys: for a server of a cluster both count together with the others.
func (app *App) openThrottle(cfg config.Config) error {
	limits := loginLimits(cfg.Logins, app.now)
	limits.Knows = func(ctx context.Context, keys throttle.Keys) bool { return app.accounts.Logins.KnowsDevice(ctx, keys) }
	var shared throttle.Ledger
	if clustered(cfg) {
		shared = ledger{app.store}
		secret, err := app.sealer.Derive(ledgerPurpose)
		if err != nil {
			return fmt.Errorf("the counts of failed logins: %w", err)
		}
		limits.Ledger, limits.Secret = shared, secret
	}
	app.logins = throttle.NewLogins(limits)
	if cfg.Clerk.RateLimit != "off" {
		app.windows = throttle.NewWindows(app.now, shared)
	}
	return nil
}
