package sessions

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/cache"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// remover removes stored sessions and API keys, and their cached states.
type remover struct {
	store          storage.Store
	log            *slog.Logger
	sessions, keys *cache.Cache
	// of are the sessions with their settings.
	of *Sessions
}

// removePage is how many documents are removed between two searches.
const removePage = 200

// sweep removes the sessions and keys of a deleted user, and keeps those of a new user with that
// id. They are void already, so after a failure they only take space until they expire.
func (r *remover) sweep(ctx context.Context, u *users.User) {
	for _, in := range (dependents{}).Collections() {
		theirs := func(hit storage.Hit) bool { return incarnationIn(in, hit) == u.Incarnation }
		if err := r.all(ctx, in, ownedBy(in, u.Kuid), ending{how: lapsed}, theirs); err != nil {
			r.log.WarnContext(ctx, "leftovers of a deleted user stay until they expire", "collection", in, "cause", err)
		}
	}
}

// incarnationIn returns the incarnation of the user of a session or an API key.
func incarnationIn(in storage.Collection, hit storage.Hit) string {
	part := hit.Content
	if in == storage.APIKeys {
		part = hit.Account
	}
	var of struct {
		Incarnation string `json:"incarnation"`
	}
	if json.Unmarshal(part, &of) != nil {
		return ""
	}
	return of.Incarnation
}

func ownedBy(in storage.Collection, kuid string) query.Node {
	field := query.Field{Path: "kuid"}
	if in == storage.APIKeys {
		field.Path = "userId"
	}
	return query.Terms{Field: field, Values: []any{kuid}}
}

// all deletes the hits of a query, page by page; which, if given, selects among them.
func (r *remover) all(ctx context.Context, in storage.Collection, where query.Node, as ending, which func(storage.Hit) bool) error {
	search := query.Search{Where: where, Size: removePage}
	removed := false
	for {
		page, err := r.store.Search(ctx, in, search)
		if err == nil && len(page.Hits) == 0 && removed {
			err = r.store.Refresh(ctx, in)
		}
		if err != nil || len(page.Hits) == 0 {
			return err
		}
		for _, hit := range page.Hits {
			if which != nil && !which(hit) {
				continue
			}
			if _, err := r.one(ctx, in, hit.ID, as); err != nil {
				return err
			}
			removed = true
		}
		search.After = page.Hits[len(page.Hits)-1].Sort
	}
}

// one deletes a document of any revision; ok is false if it was missing.
func (r *remover) one(ctx context.Context, in storage.Collection, id string, as ending) (ok bool, err error) {
	for try := 1; ; try++ {
		err = r.read(ctx, in, id, as)
		if errors.Is(err, storage.ErrNotFound) {
			return false, nil
		}
		if !errors.Is(err, storage.ErrConflict) || try == users.DeleteTries {
			return err == nil, err
		}
	}
}

// read deletes a document as it was just read; a conflict means that it was changed since.
func (r *remover) read(ctx context.Context, in storage.Collection, id string, as ending) error {
	doc, err := r.store.Get(ctx, in, id)
	if err != nil {
		r.drop(in, id)
		return err
	}
	return r.commit(ctx, in, doc, as)
}

// commit deletes a document as it was read, with the messages for outside programs.
func (r *remover) commit(ctx context.Context, in storage.Collection, doc storage.Document, as ending) error {
	gone := storage.Change{In: in, ID: doc.ID, If: doc.Rev}
	if in == storage.Sessions {
		var err error
		if gone.Outbox, err = r.told(ctx, doc, as); err != nil {
			return err
		}
	}
	_, err := r.store.Commit(ctx, gone)
	r.drop(in, doc.ID)
	if err == nil && len(gone.Outbox) > 0 {
		r.of.Outbox.Written()
	}
	return err
}

func (r *remover) drop(in storage.Collection, id string) {
	switch in {
	case storage.Sessions:
		r.sessions.Drop(id)
	case storage.APIKeys:
		r.keys.Drop(id)
	}
}
