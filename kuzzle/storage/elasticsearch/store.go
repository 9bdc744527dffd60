package elasticsearch

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/maintenance"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/setup"
)

var (
	_ storage.Shared    = (*Store)(nil)
	_ storage.Caretaker = (*Store)(nil)
)

// ID returns the store's identity, which stays the same through snapshots and
// moves to other clusters. Another store under the same prefix has another ID.
func (s *Store) ID() string { return s.names.Store }

// Get implements storage.Store.
func (s *Store) Get(ctx context.Context, from storage.Collection, id string) (storage.Document, error) {
	return s.records.Get(ctx, from, id)
}

// GetMany implements storage.Store.
func (s *Store) GetMany(ctx context.Context, from storage.Collection, ids []string) (found []storage.Document, left []string, err error) {
	return s.records.GetMany(ctx, from, ids)
}

// Owner implements storage.Store.
func (s *Store) Owner(ctx context.Context, key string) (storage.Claim, error) {
	return s.claims.Owner(ctx, key)
}

// Commit implements storage.Store. The change continues when ctx ends, so that
// nothing is left half done; only the wait for the answer ends.
func (s *Store) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	return s.commits.Commit(ctx, change)
}

// CommitMany implements storage.Store.
func (s *Store) CommitMany(ctx context.Context, changes []storage.Change) []storage.Result {
	return s.commits.CommitMany(ctx, changes)
}

// Walk implements storage.Store.
func (s *Store) Walk(ctx context.Context, of storage.Collection, after string, limit int) ([]storage.Kept, error) {
	return s.claims.Walk(ctx, of, after, limit)
}

// Latches implements storage.Store.
func (s *Store) Latches(ctx context.Context, give func(storage.Claim) error) error {
	return s.claims.Latches(ctx, give)
}

// Search implements storage.Store.
func (s *Store) Search(ctx context.Context, in storage.Collection, what query.Search) (storage.Page, error) {
	return s.searches.Search(ctx, in, what)
}

// OpenScroll implements storage.Store.
func (s *Store) OpenScroll(ctx context.Context, in storage.Collection, what query.Search, keep time.Duration) (storage.Page, string, error) {
	return s.searches.OpenScroll(ctx, in, what, keep)
}

// NextScroll implements storage.Store.
func (s *Store) NextScroll(ctx context.Context, in storage.Collection, id string, keep time.Duration) (storage.Page, string, error) {
	return s.searches.NextScroll(ctx, in, id, keep)
}

// Refresh implements storage.Store.
func (s *Store) Refresh(ctx context.Context, of storage.Collection) error {
	return s.queues.Refresh(ctx, of)
}

// Mapping implements storage.Store.
func (s *Store) Mapping(ctx context.Context, of storage.Collection) (storage.Mapping, error) {
	return s.schemas.Mapping(ctx, of)
}

// UpdateMapping implements storage.Store.
func (s *Store) UpdateMapping(ctx context.Context, of storage.Collection, change storage.Mapping) (storage.Mapping, error) {
	return s.schemas.UpdateMapping(ctx, of, change)
}

// Indexing implements storage.Store.
func (s *Store) Indexing(ctx context.Context, of storage.Collection) (storage.Progress, error) {
	return s.schemas.Indexing(ctx, of)
}

// Purge implements storage.Store.
func (s *Store) Purge(ctx context.Context, now time.Time, limit int) (int, error) {
	return s.care.Purge(ctx, now, limit)
}

// Carry implements storage.Carrier.
func (s *Store) Carry(ctx context.Context, limit int) (int, error) { return s.care.Carry(ctx, limit) }

// Health implements storage.Store.
func (s *Store) Health(ctx context.Context) error { return s.care.Health(ctx) }

// Info implements storage.Store.
func (s *Store) Info(ctx context.Context) storage.Info { return s.care.Info(ctx) }

// Watch implements storage.Shared.
func (s *Store) Watch(name string, tell func(storage.Subject)) { s.feed.Watch(name, tell) }

// Current implements storage.Freshness.
func (s *Store) Current() bool { return s.feed.Current() }

// Keepable implements storage.Freshness.
func (s *Store) Keepable(of storage.Subject) bool { return s.feed.Keepable(of) }

// Nodes implements storage.Shared.
func (s *Store) Nodes() []storage.Node { return s.feed.Nodes() }

// Examine implements storage.Caretaker.
func (s *Store) Examine(ctx context.Context) []storage.Finding { return s.care.Examine(ctx) }

// Mend implements storage.Caretaker.
func (s *Store) Mend(ctx context.Context) ([]string, error) { return s.care.Mend(ctx) }

// Schema implements storage.Caretaker.
func (s *Store) Schema(ctx context.Context) (storage.Schema, error) { return s.setup.Schema(ctx) }

// Compact implements storage.Caretaker.
func (s *Store) Compact(ctx context.Context, now time.Time) (storage.Compacted, error) {
	return s.care.Compact(ctx, now)
}

// Serving returns the names of the servers that use the store now. It joins no
// list and takes a second.
func (s *Store) Serving(ctx context.Context) ([]string, error) { return s.feed.Serving(ctx) }

// Repaired is the result of Repair.
type Repaired = maintenance.Repaired

// Repair removes claims that were not confirmed within the grace time; a node
// leaves such claims if it dies in the middle of a change. They do not lock a
// name, because another change takes them over. But that takes a wait, which
// Repair avoids. With since, only claims written later are checked, by their
// writers' clocks.
func (s *Store) Repair(ctx context.Context, since time.Time) (Repaired, error) {
	return s.care.Repair(ctx, since)
}

// Examine examines a cluster as Open would use it, and creates nothing: no
// index, no document.
func Examine(ctx context.Context, options Options) []storage.Finding {
	options = options.withDefaults()
	return maintenance.Examine(ctx, options.access(), options.care(), options.Prefix)
}

// ReadSchema returns the schema of a prefix's store. It does not open the
// store, which would upgrade it. Without a store the number is 0.
func ReadSchema(ctx context.Context, options Options) (storage.Schema, error) {
	options = options.withDefaults()
	return setup.ReadSchema(ctx, options.access(), options.Prefix)
}
