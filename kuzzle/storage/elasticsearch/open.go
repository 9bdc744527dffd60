package elasticsearch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// DefaultPrefix begins the name of every index.
const DefaultPrefix = "kuzzle-"

// How long Elasticsearch itself waits for a shard that is about to come back, at
// each attempt to write: primaryTimeout, or sharedTimeout where others wait for
// the same answer. The cluster takes up new fields in that time, too.
const (
	primaryTimeout = time.Second
	sharedTimeout  = 100 * time.Millisecond
)

// Visibility is a way to make changes visible to searches.
type Visibility string

const (
	// Grouped asks for refreshes, each shared by all changes that wait for one.
	Grouped Visibility = "grouped"
	// WaitFor waits for the refreshes that Elasticsearch makes by itself, about
	// one a second, where further ones cost too much.
	WaitFor Visibility = "wait_for"
)

// Options say which cluster, and how to use it. Addresses are required; the zero
// value of everything else is the default.
type Options struct {
	// Addresses are URLs of nodes of one cluster.
	Addresses []string
	// Username and Password, or APIKey, are what the cluster asks for.
	Username, Password, APIKey string
	// CAFile is a PEM file with the authority that signs the cluster's certificates.
	CAFile string
	// Prefix begins the names of all indexes; default DefaultPrefix.
	Prefix string
	// Existing has Open fail where an index is missing, instead of making it.
	Existing bool
	// Shards of each index; default 1. Replicas of each; 0 means as many as fit,
	// one at most, and a negative number none.
	Shards, Replicas int
	// WaitForActiveShards is how many copies have to be there for a write, a
	// number or "all"; default "1".
	WaitForActiveShards string
	// Visibility is how a change becomes visible to searches that has to be when
	// it is answered; default Grouped.
	Visibility Visibility
	// RefreshFloor is the least time between two refreshes of an index that
	// writes ask for; 0 is none.
	RefreshFloor time.Duration
	// Grace is how long an unconfirmed claim is left alone; default 1 second.
	Grace time.Duration
	// WriteDeadline ends a change that meets too many others; default 10 seconds.
	WriteDeadline time.Duration
	// TombstoneLife is how long a deleted document leaves a trace; default one
	// hour, and at least a hundred write deadlines.
	TombstoneLife time.Duration
	// SearchTimeout ends a search with storage.ErrTimeout; default 5 seconds.
	SearchTimeout time.Duration
	// Queue is how many changes may be under way before further ones are
	// answered storage.ErrUnavailable; default 8,192.
	Queue int
	// RepairWithin is how far back Open looks for claims that a dead node left;
	// default the life of a tombstone, negative not at all. See Repair.
	RepairWithin time.Duration
	// Expect is the ID of the store that has to be there; empty makes a new one
	// where the cluster has none under the prefix. One of another ID is used.
	Expect string
	// Log is told when the cluster does not hold the store any more; default none.
	Log *slog.Logger
	// Poll is how often changes of mapping made by other nodes are looked for;
	// default 1 second.
	Poll time.Duration
}

func (o Options) withDefaults() Options {
	def := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	def(&o.Grace, time.Second)
	def(&o.WriteDeadline, 10*time.Second)
	def(&o.TombstoneLife, max(time.Hour, 100*(o.WriteDeadline+bulkTimeout)))
	def(&o.SearchTimeout, 5*time.Second)
	def(&o.Poll, time.Second)
	if o.RepairWithin == 0 {
		o.RepairWithin = o.TombstoneLife
	}
	if o.Visibility == "" {
		o.Visibility = Grouped
	}
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if o.Shards <= 0 {
		o.Shards = 1
	}
	switch {
	case o.Replicas == 0:
		o.Replicas = -1
	case o.Replicas < 0:
		o.Replicas = 0
	}
	if o.WaitForActiveShards == "" {
		o.WaitForActiveShards = "1"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Queue <= 0 {
		o.Queue = 8192
	}
	return o
}

// Store is the indexes of one prefix. It implements storage.Store; several
// nodes may have it open at once.
type Store struct {
	options Options
	cluster *cluster
	version string
	// id is the store's, from identify on.
	id string
	// from is the schema that the store had when it was opened.
	from int
	// gone is keep's own: that the cluster does not have the store any more.
	gone    bool
	lanes   map[string]*lane
	schemas map[storage.Collection]*atomic.Pointer[known]
	lookups *lookups
	// portions are those of searches.
	portions portions
	cursors  cursors
	// refusing has Health look at what did not take its last writes.
	refusing refusing
	// loose is what keep removes.
	loose loose
	feed  *feed

	mu       sync.Mutex
	closed   bool
	underway int
	settled  sync.Cond

	// stop ends what runs in the background; stopping is closed with it.
	stop     context.CancelFunc
	stopping context.Context
	running  sync.WaitGroup
	wake     chan struct{}
	close    sync.Once
}

var _ storage.Shared = (*Store)(nil)

// Open checks the cluster, brings indexes of earlier versions to the schema of this
// program, makes those that are missing and is ready. What is wrong with the cluster
// or its configuration is a *SetupError.
func Open(ctx context.Context, options Options) (*Store, error) {
	s := &Store{options: options.withDefaults(), wake: make(chan struct{}, 1), lanes: map[string]*lane{}}
	s.settled.L = &s.mu
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.lookups, s.feed = &lookups{store: s, patience: gatherPatience}, newFeed(s)
	var err error
	if s.cluster, err = newCluster(s.options); err != nil {
		s.stop()
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		s.stop()
		s.cluster.close()
		return nil, err
	}
	s.running.Go(s.keep)
	if s.options.RepairWithin > 0 {
		s.running.Go(s.repairAtStart)
	}
	return s, nil
}

func (s *Store) start(ctx context.Context) error {
	if err := s.checkCluster(ctx); err != nil {
		return err
	}
	isNew, err := s.identify(ctx)
	if err != nil {
		return s.setupFailed(err)
	}
	if err := s.createIndexes(ctx, isNew); err != nil {
		return s.setupFailed(err)
	}
	if err := s.loadMappings(ctx); err != nil {
		return s.setupFailed(err)
	}
	if err := s.mayWrite(ctx); err != nil {
		return s.setupFailed(err)
	}
	if err := s.endUpgrade(ctx); err != nil {
		return s.setupFailed(err)
	}
	for _, name := range s.indexNames() {
		s.lanes[name] = startLane(s, name)
	}
	return nil
}

// usable answers why a call cannot be served at all.
func (s *Store) usable(ctx context.Context, of storage.Collection) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.stopping.Err() != nil {
		return storage.ErrUnavailable.New()
	}
	if s.lanes[string(of)] == nil || s.schemas[of] == nil {
		return fmt.Errorf("elasticsearch: there is no collection %q", of)
	}
	return nil
}

// begin counts a change that is under way.
func (s *Store) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return storage.ErrUnavailable.New()
	case s.underway >= s.options.Queue:
		return unavailable(errors.New("elasticsearch: too many changes are under way"))
	}
	s.underway++
	return nil
}

func (s *Store) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.underway--; s.underway == 0 {
		s.settled.Broadcast()
	}
}

// broken turns what a request failed with into the contract's words.
func (s *Store) broken(ctx context.Context, err error) error {
	var refused *answerError
	switch {
	case err == nil, errors.Is(err, storage.ErrUnavailable):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &refused):
		return unavailable(err)
	}
	return err
}

// Close finishes the changes that were accepted, ends background work, and lets
// go of the connections. Later calls of any method answer
// storage.ErrUnavailable.
func (s *Store) Close() error {
	s.close.Do(func() {
		s.mu.Lock()
		s.closed = true
		for s.underway > 0 {
			s.settled.Wait()
		}
		s.mu.Unlock()
		s.feed.close()
		s.stop()
		s.running.Wait()
		s.lookups.close()
		for _, l := range s.lanes {
			l.close()
		}
		s.cluster.close()
	})
	return nil
}

// Destroy removes every index of the prefix with all documents. It is meant for
// tests and for starting over, and works on a closed store too.
func (s *Store) Destroy(ctx context.Context) error {
	if s.stopping.Err() != nil {
		defer s.cluster.close()
	}
	s.feed.close()
	return s.deleteIndexes(ctx)
}
