package sqlite

import (
	"context"
	"fmt"
	"slices"

	"github.com/gofrs/uuid/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/parallel"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/indexed"
)

// importGroup and importBytes are how many changes, and how much text of theirs,
// CommitMany puts into one transaction while nobody else writes: the more there
// are, the more share a page and a flush. A transaction has up to maxGroup of them
// as soon as somebody does, so that who writes meanwhile waits for two large ones
// once and for small ones from then on.
const (
	importGroup = 2000
	importBytes = 8 << 20
)

// write is a change made ready outside the writer.
type write struct {
	storage.Change
	table  *table
	result storage.Result
	// found is what schema finds in the document to write; nil in collections
	// that are not searched.
	found  *mapping.Document
	schema *mapping.Schema
	// terms are those of found, nil while a field has no number yet.
	terms []indexed.Term
	// text is what found has for the index of parts.
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
// made ready.
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

// mostTogether is how many changes the next group may have.
func (s *Store) mostTogether() int {
	if now := s.commits.Load(); s.commitsBefore.Swap(now) != now {
		return maxGroup
	}
	return importGroup
}

// groupLength is how many of the changes make the next group.
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

// beginGroup hands a group to the writer. What it returns waits for it and
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

// prepare does what needs no database: it checks the change and reads its
// content, in the caller's goroutine.
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

// unindexed finds nothing, and checks that a document is one.
var unindexed = mapping.Compile("", storage.Mapping{})

// extract finds what is to be indexed. Where the mapping grows by what is
// written, the new fields are mapped first.
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

// find reads what a schema indexes of the document.
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

// keptClaims is what a document's row lists after the change.
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
