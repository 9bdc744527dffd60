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

// DefaultPrefix is the default prefix of index names.
const DefaultPrefix = "kuzzle-"

// Visibility is a way to make changes visible to searches.
type Visibility = bulkqueue.Visibility

const (
	// Grouped requests refreshes; all changes that wait share one.
	Grouped = bulkqueue.Grouped
	// WaitFor waits for Elasticsearch's own refreshes, about one a second. It is for
	// clusters where more refreshes cost too much.
	WaitFor = bulkqueue.WaitFor
)

// SetupError describes why the engine cannot start on a cluster, and the remedy.
type SetupError = cluster.SetupError

// ErrStoreGone is the cause of a *SetupError if Options.Expect names a store that
// the cluster does not have.
var ErrStoreGone = setup.ErrStoreGone

// Options configure the engine. Addresses are required; the zero value of every
// other field is its default.
type Options struct {
	// Addresses are URLs of nodes of one cluster.
	Addresses []string
	// Username and Password, or APIKey, are the credentials for the cluster.
	Username, Password, APIKey string
	// CAFile is a PEM file with the authority that signs the cluster's certificates.
	CAFile string
	// Prefix begins the names of all indexes; the default is DefaultPrefix.
	Prefix string
	// Existing makes Open fail if an index is missing, instead of creating it.
	Existing bool
	// Shards is the number of shards of each index; default 1. Replicas is the
	// number of replicas of each; 0 means as many as fit, at most one, and a
	// negative number none.
	Shards, Replicas int
	// WaitForActiveShards is the number of copies that must be active for a write,
	// or "all"; default "1".
	WaitForActiveShards string
	// Visibility is how a change becomes visible to searches before it is answered;
	// default Grouped.
	Visibility Visibility
	// RefreshFloor is the shortest time between two refreshes of an index that
	// writes request; 0 is no limit.
	RefreshFloor time.Duration
	// Grace is how long other nodes leave an unconfirmed claim alone; default 1
	// second.
	Grace time.Duration
	// WriteDeadline ends a change that meets too many concurrent ones; default 10
	// seconds.
	WriteDeadline time.Duration
	// TombstoneLife is how long the tombstone of a deleted document stays; default
	// one hour, and at least a hundred write deadlines.
	TombstoneLife time.Duration
	// SearchTimeout ends a search with storage.ErrTimeout; default 5 seconds.
	SearchTimeout time.Duration
	// Queue is the maximum number of changes under way; further ones get
	// storage.ErrUnavailable. The default is 8,192.
	Queue int
	// RepairWithin is how far back Open looks for claims of a dead node; default the
	// life of a tombstone, negative not at all. See Repair.
	RepairWithin time.Duration
	// Expect is the ID of the store that must exist. If empty, Open creates a store
	// if the cluster has none under the prefix. A store with another ID is used.
	Expect string
	// Log records that the cluster no longer holds the store; default none.
	Log *slog.Logger
	// Poll is how often the node looks for changes of mappings by other nodes;
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

// Store is the set of indexes with one prefix. It implements storage.Store. Several
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

	// stop ends the background work; stopping is closed with it.
	stop     context.CancelFunc
	stopping context.Context
	running  sync.WaitGroup
	close    sync.Once
}

// Open checks the cluster, upgrades indexes of earlier versions to this program's
// schema and creates missing ones. A fault of the cluster or the configuration is a
// *SetupError.
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

// compose assembles the parts of a store. None of them starts work.
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

// prepare finds the store or creates one, with everything that it needs.
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

// repairAtStart checks the claims of the recent past, in which a node may have died
// and left work that nobody completed.
func (s *Store) repairAtStart() {
	_, _ = s.care.Repair(s.stopping, time.Now().Add(-s.options.RepairWithin))
}

// Close finishes accepted changes, ends background work, and closes the connections.
// Later calls of any method return storage.ErrUnavailable.
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

// Destroy removes every index of the prefix with all documents. It is for tests and
// for starting over, and works on a closed store too.
func (s *Store) Destroy(ctx context.Context) error {
	if s.stopping.Err() != nil {
		defer s.cluster.Close()
	}
	s.feed.Close()
	return s.setup.Delete(ctx)
}
