package commits

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/claims"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// Commit implements storage.Store. A change that has begun is completed when ctx ends,
// and waited for at most for the write deadline: a caller who did not know that it was
// made would leave out what follows from it.
func (cs *Commits) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	return cs.Change(ctx, change, change.Announced())
}

// Change commits, and with announced notifies the nodes that cache documents.
func (cs *Commits) Change(ctx context.Context, change storage.Change, announced bool) (storage.Rev, error) {
	if err := cs.records.Usable(ctx, change.In); err != nil {
		return storage.Rev{}, err
	}
	c, err := cs.prepare(ctx, change)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return storage.Rev{}, err
	}
	if err := cs.begin(); err != nil {
		return storage.Rev{}, err
	}
	defer cs.end()
	r := cs.commit(ctx, c, announced)
	return r.Rev, r.Err
}

func (cs *Commits) commit(ctx context.Context, c *commit, announced bool) (r storage.Result) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), cs.options.WriteDeadline)
	defer cancel()
	if !announced {
		r.Rev, r.Err = c.run(limited)
		return r
	}
	end, err := cs.feed.Announce(limited, storage.Subject{Of: c.In, ID: c.ID})
	if err != nil {
		return storage.Result{Err: err}
	}
	r.Rev, r.Err = c.run(limited)
	end(!errors.Is(r.Err, storage.ErrUnavailable))
	return r
}

// prepare does the steps that need no other record: it checks the change and
// finds the values to index.
func (cs *Commits) prepare(ctx context.Context, change storage.Change) (*commit, error) {
	change, err := change.Checked()
	if err != nil {
		return nil, err
	}
	c := &commit{Change: change, engine: cs, op: records.NewID(), asked: map[string]string{}}
	takes := make([]storage.Take, len(change.Take))
	for i, take := range change.Take {
		takes[i] = take
		takes[i].Key = claims.StoredKey(take.Key)
		c.asked[takes[i].Key] = take.Key
	}
	c.takes = takesInOrder(takes)
	c.Free = nil
	for _, key := range change.Free {
		if storage.IsKey(key) {
			c.Free = append(c.Free, claims.StoredKey(key))
		}
	}
	if change.Put == nil {
		return c, nil
	}
	if c.inc = c.Put.Incarnation; c.inc == "" {
		c.inc = records.NewID()
	}
	c.found, err = cs.extract(ctx, change.In, change.ID, *c.Put, change.Restore)
	if errors.Is(err, storage.ErrUnavailable) {
		return nil, err
	}
	c.invalid = err
	return c, nil
}

// unindexed finds no values, and checks that a document is valid.
var unindexed = mapping.Compile("", storage.Mapping{})

// extract finds the values to index. If the document adds fields to the
// mapping, these are mapped first.
func (cs *Commits) extract(ctx context.Context, in storage.Collection, id string, d storage.Document, restore bool) (layout.Extraction, error) {
	if !mapping.Searchable(in) {
		_, err := unindexed.Extract(d.Content, d.Account)
		return layout.Extraction{}, err
	}
	if restore {
		known := cs.schemas.Known(in)
		return layout.Extracted(in, id, known.Schema.Stored(d.Content, d.Account), known.Generation), nil
	}
	for {
		known := cs.schemas.Known(in)
		found, err := known.Schema.Extract(d.Content, d.Account)
		if err != nil {
			return layout.Extraction{}, err
		}
		if found.Unmapped == nil {
			return layout.Extracted(in, id, found, known.Generation), nil
		}
		if _, err := cs.schemas.UpdateMapping(ctx, in, storage.Mapping{Properties: found.Unmapped}); err != nil {
			return layout.Extraction{}, err
		}
	}
}
