package commits

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/claims"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/schemas"
)

// Options configure commits.
type Options struct {
	// Grace is how long an unconfirmed claim is left alone.
	Grace time.Duration
	// WriteDeadline ends a change that meets too many concurrent ones.
	WriteDeadline time.Duration
	// Queue is the maximum number of changes under way; further ones get
	// storage.ErrUnavailable.
	Queue int
}

// announcer notifies other nodes of a change before it is made, and of its end.
type announcer interface {
	Announce(ctx context.Context, of storage.Subject) (end func(settled bool), err error)
}

// Commits makes changes.
type Commits struct {
	records *records.Records
	queues  *bulkqueue.Queues
	schemas *schemas.Schemas
	claims  *claims.Claims
	feed    announcer
	options Options

	mu       sync.Mutex
	closed   bool
	underway int
	settled  sync.Cond
}

// New returns the commits of a store, which are announced to the feed.
func New(r *records.Records, l *bulkqueue.Queues, s *schemas.Schemas, c *claims.Claims, feed announcer, options Options) *Commits {
	cs := &Commits{records: r, queues: l, schemas: s, claims: c, feed: feed, options: options}
	cs.settled.L = &cs.mu
	return cs
}

// Close finishes accepted changes. Later ones are refused.
func (cs *Commits) Close() {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.closed = true
	for cs.underway > 0 {
		cs.settled.Wait()
	}
}

// begin counts a running change.
func (cs *Commits) begin() error {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	switch {
	case cs.closed:
		return storage.ErrUnavailable.New()
	case cs.underway >= cs.options.Queue:
		return cluster.Unavailable(errors.New("elasticsearch: too many changes are under way"))
	}
	cs.underway++
	return nil
}

func (cs *Commits) end() {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.underway--; cs.underway == 0 {
		cs.settled.Broadcast()
	}
}
