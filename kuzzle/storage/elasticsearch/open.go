package elasticsearch

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/claims"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/commits"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/feed"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/maintenance"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/schemas"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/search"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/setup"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/upkeep"
)

// DefaultPrefix begins the name of every index.
const DefaultPrefix = "kuzzle-"

// Visibility is a way to make changes visible to searches.
type Visibility = bulkqueue.Visibility

const (
	// Grouped asks for refreshes, each shared by all changes that wait for one.
	Grouped = bulkqueue.Grouped
	// WaitFor waits for the refreshes that Elasticsearch makes by itself, about
	// one a second, where further ones cost too much.
	WaitFor = bulkqueue.WaitFor
)

// SetupError says why the engine cannot start on a cluster, and what to do.
type SetupError = cluster.SetupError

// ErrStoreGone is the cause of a *SetupError where Options.Expect names a store
// and the cluster has none.
var ErrStoreGone = setup.ErrStoreGone

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
	def(&o.TombstoneLife, max(time.Hour, 100*(o.WriteDeadline+cluster.BulkTimeout)))
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

func (o Options) access() cluster.Access {
	return cluster.Access{Addresses: o.Addresses, Username: o.Username, Password: o.Password, APIKey: o.APIKey, CAFile: o.CAFile}
}

func (o Options) care() maintenance.Options {
	return maintenance.Options{
		Addresses: o.Addresses, Shards: o.Shards, Grace: o.Grace, WriteDeadline: o.WriteDeadline, TombstoneLife: o.TombstoneLife,
	}
}

// Store is the indexes of one prefix. It implements storage.Store; several
// nodes may have it open at once.
type Store struct {
	options  Options
	names    *layout.Names
	cluster  *cluster.Cluster
	records  *records.Records
	queues   *bulkqueue.Queues
	schemas  *schemas.Schemas
	searches *search.Searches
	claims   *claims.Claims
	feed     *feed.Feed
	commits  *commits.Commits
	setup    *setup.Setup
	upkeep   *upkeep.Upkeep
	care     *maintenance.Care

	// stop ends what runs in the background; stopping is closed with it.
	stop     context.CancelFunc
	stopping context.Context
	running  sync.WaitGroup
	close    sync.Once
}

// Open checks the cluster, brings indexes of earlier versions to the schema of this
// program, makes those that are missing and is ready. What is wrong with the cluster
// or its configuration is a *SetupError.
func Open(ctx context.Context, options Options) (*Store, error) {
	options = options.withDefaults()
	reached, err := cluster.New(options.access())
	if err != nil {
		return nil, err
	}
	s := compose(reached, options)
	if err := s.start(ctx); err != nil {
		s.stop()
		s.cluster.Close()
		return nil, err
	}
	s.running.Go(s.upkeep.Keep)
	if options.RepairWithin > 0 {
		s.running.Go(s.repairAtStart)
	}
	return s, nil
}

// compose puts the parts of a store together. None of them does anything yet.
func compose(reached *cluster.Cluster, o Options) *Store {
	s := &Store{options: o, names: &layout.Names{Prefix: o.Prefix}, cluster: reached}
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.records = records.New(s.stopping, s.cluster, s.names, records.Options{Queue: o.Queue})
	s.queues = bulkqueue.New(s.cluster, s.names, s.records, bulkqueue.Options{Visibility: o.Visibility, RefreshFloor: o.RefreshFloor, Queue: o.Queue})
	s.schemas = schemas.New(s.cluster, s.names, s.records, s.queues)
	s.searches = search.New(s.stopping, s.cluster, s.names, s.records, s.queues, s.schemas, search.Options{Timeout: o.SearchTimeout})
	s.claims = claims.New(s.cluster, s.names, s.records, s.queues)
	s.feed = feed.New(s.records, s.queues, o.WriteDeadline+2*cluster.BulkTimeout)
	s.commits = commits.New(s.records, s.queues, s.schemas, s.claims, s.feed,
		commits.Options{Grace: o.Grace, WriteDeadline: o.WriteDeadline, Queue: o.Queue})
	s.setup = setup.New(s.cluster, s.names, s.records, s.queues, s.schemas, setup.Options{
		Access: o.access(), Existing: o.Existing, Shards: o.Shards, Replicas: o.Replicas,
		WaitForActiveShards: o.WaitForActiveShards, Expect: o.Expect,
	})
	s.upkeep = upkeep.New(s.stopping, s.names, s.records, s.queues, s.schemas, s.claims,
		upkeep.Options{Poll: o.Poll, WriteDeadline: o.WriteDeadline, Log: o.Log})
	s.care = maintenance.New(maintenance.Parts{
		Cluster: s.cluster, Names: s.names, Setup: s.setup, Records: s.records, Queues: s.queues, Claims: s.claims, Commits: s.commits,
	}, o.care())
	return s
}

func (s *Store) start(ctx context.Context) error {
	if err := s.setup.Check(ctx); err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return s.setup.Failed(err)
	}
	s.queues.Start()
	return nil
}

// prepare finds the store or makes one, with all that it needs.
func (s *Store) prepare(ctx context.Context) error {
	isNew, err := s.setup.Identify(ctx)
	if err != nil {
		return err
	}
	if err := s.setup.Create(ctx, isNew); err != nil {
		return err
	}
	if err := s.schemas.Load(ctx); err != nil {
		return err
	}
	if err := s.setup.MayWrite(ctx); err != nil {
		return err
	}
	return s.setup.EndUpgrade(ctx)
}

// repairAtStart looks at the claims of the time in which a node may have died
// whose work nobody has taken up.
func (s *Store) repairAtStart() {
	_, _ = s.care.Repair(s.stopping, time.Now().Add(-s.options.RepairWithin))
}

// Close finishes the changes that were accepted, ends background work, and lets
// go of the connections. Later calls of any method answer
// storage.ErrUnavailable.
func (s *Store) Close() error {
	s.close.Do(func() {
		s.commits.Close()
		s.feed.Close()
		s.stop()
		s.running.Wait()
		s.records.Close()
		s.queues.Close()
		s.cluster.Close()
	})
	return nil
}

// Destroy removes every index of the prefix with all documents. It is meant for
// tests and for starting over, and works on a closed store too.
func (s *Store) Destroy(ctx context.Context) error {
	if s.stopping.Err() != nil {
		defer s.cluster.Close()
	}
	s.feed.Close()
	return s.setup.Delete(ctx)
}
