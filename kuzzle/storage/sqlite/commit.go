package sqlite

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/parallel"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/indexed"
)

// importGroup and importBytes bound the changes and their text that CommitMany
// puts into one transaction while nobody else writes: more changes share more
// pages and flushes. As soon as others write, a transaction has at most maxGroup
// changes. So another writer waits for two large transactions once, and then for
// small ones.
const (
	importGroup = 2000
	importBytes = 8 << 20
)

// write is a change prepared outside the writer.
type write struct {
	storage.Change
	table  *table
	result storage.Result
	// found has the values that schema finds in the document to write; nil in
	// collections without search.
	found  *mapping.Document
	schema *mapping.Schema
	// terms are the terms of found, nil while a field has no number yet.
	terms []indexed.Term
	// text is found's text for the index of parts.
	text string
}

// Commit implements storage.Store.
func (s *Store) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	s.commits.Add(1)
	w, err := s.prepare(ctx, change)
	if err != nil {
		return storage.Rev{}, err
	}
	err = s.writer.do(ctx, 1, w.apply)
	if err != nil {
		return storage.Rev{}, err
	}
	return w.result.Rev, w.result.Err
}

// CommitMany implements storage.Store. While one group is written the next is
// prepared.
func (s *Store) CommitMany(ctx context.Context, changes []storage.Change) []storage.Result {
	results := make([]storage.Result, len(changes))
	finish := func() {}
	for start := 0; start < len(changes); {
		end := start + groupLength(changes[start:], s.mostTogether())
		next := s.beginGroup(ctx, changes[start:end], results[start:end])
		finish()
		start, finish = end, next
	}
	finish()
	return results
}

// mostTogether returns how many changes the next group may have.
func (s *Store) mostTogether() int {
	if now := s.commits.Load(); s.commitsBefore.Swap(now) != now {
		return maxGroup
	}
	return importGroup
}

// groupLength returns how many of the changes form the next group.
func groupLength(changes []storage.Change, most int) int {
	bytes := 0
	changes = changes[:min(most, len(changes))]
	for i, change := range changes {
		if change.Put != nil {
			bytes += change.Put.Size()
		}
		if bytes > importBytes {
			return max(1, i)
		}
	}
	return len(changes)
}

// beginGroup passes a group to the writer. The returned function waits for it and
// fills in the results.
func (s *Store) beginGroup(ctx context.Context, changes []storage.Change, results []storage.Result) (finish func()) {
	writes := make([]*write, len(changes))
	parallel.Each(len(changes), func(i int) { writes[i], results[i].Err = s.prepare(ctx, changes[i]) })
	list := steps(writes)
	wait := s.writer.begin(ctx, len(writes), func(t *tx) error {
		for _, step := range list {
			if err := step(t); err != nil {
				return err
			}
		}
		return nil
	})
	return func() {
		err := wait()
		for i, w := range writes {
			switch {
			case w == nil:
			case err != nil:
				results[i].Err = err
			default:
				results[i] = w.result
			}
		}
	}
}

// prepare does the steps that need no database, in the caller's goroutine: it
// checks the change and reads its content.
func (s *Store) prepare(ctx context.Context, change storage.Change) (*write, error) {
	change, err := change.Checked()
	if err != nil {
		return nil, err
	}
	w := &write{Change: change, table: tables[change.In]}
	if w.table == nil {
		return nil, fmt.Errorf("sqlite: there is no collection %q", change.In)
	}
	if w.Put == nil {
		return w, nil
	}
	if w.Put.Incarnation == "" && w.If == (storage.Rev{}) {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		w.Put.Incarnation = id.String()
	}
	if err := s.extract(ctx, w); err != nil {
		return nil, err
	}
	return w, nil
}

// unindexed finds no values, and checks that a document is valid.
var unindexed = mapping.Compile("", storage.Mapping{})

// extract finds the values to index. If the document adds fields to the mapping,
// these are mapped first.
func (s *Store) extract(ctx context.Context, w *write) error {
	if w.table.terms == "" {
		_, err := unindexed.Extract(w.Put.Content, w.Put.Account)
		return err
	}
	for {
		i := s.indexes[w.table.number].Load()
		if err := w.find(i.schema); err != nil {
			return err
		}
		if w.found.Unmapped == nil {
			if i.numbered(w.found) {
				w.terms = i.terms(w.found)
			}
			return nil
		}
		if _, err := s.UpdateMapping(ctx, w.In, storage.Mapping{Properties: w.found.Unmapped}); err != nil {
			return err
		}
	}
}

// find reads the document's values for a schema.
func (w *write) find(schema *mapping.Schema) (refused error) {
	w.schema = schema
	if w.Restore {
		w.found = schema.Stored(w.Put.Content, w.Put.Account)
		w.found.Unmapped = nil
	} else if w.found, refused = schema.Extract(w.Put.Content, w.Put.Account); refused != nil {
		return refused
	}
	w.text = w.table.text(w.ID, w.found)
	return nil
}

// keptClaims returns the claims that a document's row lists after the change.
func (w *write) keptClaims(held []string) []string {
	kept := slices.DeleteFunc(slices.Clone(held), func(key string) bool {
		return slices.Contains(w.Free, key) && !w.takes(key)
	})
	for _, take := range w.Take {
		if !take.Latch && !take.Once && !slices.Contains(kept, take.Key) {
			kept = append(kept, take.Key)
		}
	}
	return kept
}

func (w *write) takes(key string) bool {
	return slices.ContainsFunc(w.Take, func(take storage.Take) bool { return take.Key == key })
}
