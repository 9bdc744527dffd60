package elasticsearch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/gofrs/uuid/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// storedKey is the id of a key's claim: the key itself, or where it is no UTF-8
// a digest of it, which no key looks like.
func storedKey(key string) string {
	if utf8.ValidString(key) {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "\ufffe" + hex.EncodeToString(sum[:])
}

// Commit implements storage.Store. The change goes on when ctx ends, so that
// nothing is left half done; only the answer is not waited for.
func (s *Store) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	return s.change(ctx, change, change.Announced())
}

// change commits, and tells those who keep documents if they have to know.
func (s *Store) change(ctx context.Context, change storage.Change, announced bool) (storage.Rev, error) {
	if err := s.usable(ctx, change.In); err != nil {
		return storage.Rev{}, err
	}
	c, err := s.prepare(ctx, change)
	if err != nil {
		return storage.Rev{}, err
	}
	if err := s.begin(); err != nil {
		return storage.Rev{}, err
	}
	result := make(chan storage.Result, 1)
	go func() {
		defer s.end()
		result <- s.commit(ctx, c, announced)
	}()
	select {
	case r := <-result:
		return r.Rev, r.Err
	case <-ctx.Done():
		return storage.Rev{}, ctx.Err()
	}
}

func (s *Store) commit(ctx context.Context, c *commit, announced bool) (r storage.Result) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.WriteDeadline)
	defer cancel()
	if !announced {
		r.Rev, r.Err = c.run(limited)
		return r
	}
	end, err := s.feed.announce(limited, storage.Subject{Of: c.In, ID: c.ID})
	if err != nil {
		return storage.Result{Err: err}
	}
	r.Rev, r.Err = c.run(limited)
	end(!errors.Is(r.Err, storage.ErrUnavailable))
	return r
}

// prepare does what needs no other record: it checks the change and finds what
// is to be indexed.
func (s *Store) prepare(ctx context.Context, change storage.Change) (*commit, error) {
	change, err := change.Checked()
	if err != nil {
		return nil, err
	}
	c := &commit{Change: change, store: s, op: newID(), asked: map[string]string{}}
	takes := make([]storage.Take, len(change.Take))
	for i, take := range change.Take {
		takes[i] = take
		takes[i].Key = storedKey(take.Key)
		c.asked[takes[i].Key] = take.Key
	}
	c.takes = takesInOrder(takes)
	c.Free = nil
	for _, key := range change.Free {
		if storage.IsKey(key) {
			c.Free = append(c.Free, storedKey(key))
		}
	}
	if change.Put == nil {
		return c, nil
	}
	if c.inc = c.Put.Incarnation; c.inc == "" {
		c.inc = newID()
	}
	c.found, err = s.extract(ctx, change.In, *c.Put, change.Restore)
	if errors.Is(err, storage.ErrUnavailable) {
		return nil, err
	}
	c.invalid = err
	return c, nil
}

// extraction is what a mapping finds in a document, as the record stores it.
type extraction struct {
	content, account json.RawMessage
	generation       int64
}

// unindexed finds nothing, and checks that a document is one.
var unindexed = mapping.Compile("", storage.Mapping{})

// extract finds what is to be indexed. Where the mapping grows by what is
// written, the new fields are mapped first.
func (s *Store) extract(ctx context.Context, in storage.Collection, d storage.Document, restore bool) (extraction, error) {
	if !mapping.Searchable(in) {
		_, err := unindexed.Extract(d.Content, d.Account)
		return extraction{}, err
	}
	if restore {
		known := s.known(in)
		return extracted(known.schema.Stored(d.Content, d.Account), known.Generation), nil
	}
	for {
		known := s.known(in)
		found, err := known.schema.Extract(d.Content, d.Account)
		if err != nil {
			return extraction{}, err
		}
		if found.Unmapped == nil {
			return extracted(found, known.Generation), nil
		}
		if _, err := s.UpdateMapping(ctx, in, storage.Mapping{Properties: found.Unmapped}); err != nil {
			return extraction{}, err
		}
	}
}

func extracted(found *mapping.Document, generation int64) extraction {
	return extraction{content: contentValues(found), account: accountValues(found), generation: generation}
}
