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

// ID names the store for as long as it lives, through snapshots and moves to
// other clusters. Another store under the same prefix has another.
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

// Commit implements storage.Store. The change goes on when ctx ends, so that
// nothing is left half done; only the answer is not waited for.
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

// Serving lists the servers that use the store now, by their names. It joins
// nobody and takes a second.
func (s *Store) Serving(ctx context.Context) ([]string, error) { return s.feed.Serving(ctx) }

// Repaired tells what Repair found.
type Repaired = maintenance.Repaired

// Repair removes claims that nobody confirmed within the grace time, which a
// node leaves that dies in the middle of a change. They lock no name, since who
// wants one takes it over; without them that needs no wait. With since, only
// claims written later are looked at, by their writers' clocks.
func (s *Store) Repair(ctx context.Context, since time.Time) (Repaired, error) {
	return s.care.Repair(ctx, since)
}

// Examine looks at a cluster as Open would use it, and makes nothing: no index,
// no document.
func Examine(ctx context.Context, options Options) []storage.Finding {
	options = options.withDefaults()
	return maintenance.Examine(ctx, options.access(), options.care(), options.Prefix)
}

// ReadSchema tells which schema the store of a prefix has, without opening it,
// which would upgrade it. Where there is no store the number is 0.
func ReadSchema(ctx context.Context, options Options) (storage.Schema, error) {
	options = options.withDefaults()
	return setup.ReadSchema(ctx, options.access(), options.Prefix)
}
