package maintenance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/claims"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/commits"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/setup"
)

// clause is a query of Elasticsearch's.
type clause = map[string]any

// Options configure maintenance.
type Options struct {
	// Addresses are URLs of nodes of the cluster.
	Addresses []string
	// Shards of each index.
	Shards int
	// Grace is how long an unconfirmed claim is left alone.
	Grace time.Duration
	// WriteDeadline ends a change.
	WriteDeadline time.Duration
	// TombstoneLife is how long the tombstone of a deleted document stays.
	TombstoneLife time.Duration
}

// Parts are the parts of the store that maintenance uses.
type Parts struct {
	Cluster *cluster.Cluster
	Names   *layout.Names
	Setup   *setup.Setup
	Records *records.Records
	Queues  *bulkqueue.Queues
	Claims  *claims.Claims
	Commits *commits.Commits
}

// Care maintains a store.
type Care struct {
	cluster *cluster.Cluster
	names   *layout.Names
	setup   *setup.Setup
	records *records.Records
	queues  *bulkqueue.Queues
	claims  *claims.Claims
	commits *commits.Commits
	options Options
}

// New returns the maintenance of a store.
func New(p Parts, options Options) *Care {
	return &Care{
		cluster: p.Cluster, names: p.Names, setup: p.Setup, records: p.Records, queues: p.Queues,
		claims: p.Claims, commits: p.Commits, options: options,
	}
}

// Examine examines a cluster as a store would use it, and creates nothing: no
// index, no document.
func Examine(ctx context.Context, access cluster.Access, options Options, prefix string) []storage.Finding {
	reached, err := cluster.New(access)
	if err != nil {
		return []storage.Finding{setupFinding(err)}
	}
	defer reached.Close()
	names := &layout.Names{Prefix: prefix}
	c := New(Parts{Cluster: reached, Names: names, Setup: setup.New(reached, names, nil, nil, nil, setup.Options{Access: access})}, options)
	return c.examineCluster(ctx)
}

// Topics of findings.
const (
	aboutCluster  = "cluster"
	aboutIndexes  = "indexes"
	aboutNames    = "names"
	aboutTemplate = "index templates"
)

// Examine implements storage.Caretaker.
func (c *Care) Examine(ctx context.Context) []storage.Finding {
	e := &examination{Care: c, found: c.examineCluster(ctx)}
	if !slices.ContainsFunc(e.found, func(f storage.Finding) bool { return f.Level == storage.Misconfigured }) {
		e.abandoned(ctx)
	}
	return e.found
}

// setupFinding returns the finding that the cluster cannot be used at all.
func setupFinding(err error) storage.Finding { return asFinding(aboutCluster, err) }

func asFinding(about string, err error) storage.Finding {
	var setup *cluster.SetupError
	if !errors.As(err, &setup) {
		setup = &cluster.SetupError{Problem: "it could not be examined", Remedy: "look at its health and log", Cause: err}
	}
	problem := setup.Problem
	if setup.Cause != nil {
		problem = cluster.OneLine(problem + " (" + setup.Cause.Error() + ")")
	}
	return storage.Finding{Level: storage.Misconfigured, About: about, Problem: problem, Remedy: setup.Remedy}
}

// examination collects findings.
type examination struct {
	*Care
	found []storage.Finding
	// store is the ID of the store that the indexes name.
	store string
}

func (e *examination) note(level storage.Level, about, problem, remedy string) {
	e.found = append(e.found, storage.Finding{Level: level, About: about, Problem: problem, Remedy: remedy})
}

// refused reports the reason why a server would not start.
func (e *examination) refused(about string, err error) {
	e.found = append(e.found, asFinding(about, err))
}

// unseen reports a part that could not be examined.
func (e *examination) unseen(about string, err error) {
	e.note(storage.Degraded, about, "some parts could not be examined: "+err.Error(), "check that the account has the privilege monitor, and run this again")
}

func (c *Care) examineCluster(ctx context.Context) []storage.Finding {
	e := &examination{Care: c}
	if err := c.setup.Check(ctx); err != nil {
		return []storage.Finding{setupFinding(err)}
	}
	e.privileges(ctx)
	e.nodes(ctx)
	e.indexes(ctx)
	e.templates(ctx)
	return e.found
}

// neededPrivileges are the privileges on the indexes that Open and a server need.
var neededPrivileges = []string{"manage", "read", "write"}

// privileges reports missing privileges of the account. A cluster without security
// cannot answer this.
func (e *examination) privileges(ctx context.Context) {
	body, err := cluster.Encode(map[string]any{
		"cluster": []string{"monitor"},
		"index":   []any{map[string]any{"names": []string{e.names.Prefix + "*"}, "privileges": neededPrivileges}},
	})
	if err != nil {
		e.unseen(aboutCluster, err)
		return
	}
	var answer struct {
		All     bool                       `json:"has_all_requested"`
		Cluster map[string]bool            `json:"cluster"`
		Index   map[string]map[string]bool `json:"index"`
	}
	err = e.cluster.Do(ctx, cluster.Post("/_security/user/_has_privileges", body), &answer)
	var refused *cluster.AnswerError
	switch {
	case errors.As(err, &refused) && refused.Status != http.StatusForbidden && refused.Status != http.StatusUnauthorized:
		e.unguarded()
		return
	case err != nil:
		e.unseen(aboutCluster, err)
		return
	case answer.All:
		return
	}
	var lacks []string
	for name, has := range answer.Cluster {
		if !has {
			lacks = append(lacks, name)
		}
	}
	for _, privileges := range answer.Index {
		for name, has := range privileges {
			if !has {
				lacks = append(lacks, name)
			}
		}
	}
	slices.Sort(lacks)
	e.note(storage.Misconfigured, aboutCluster, "the account lacks the privileges "+strings.Join(lacks, ", "),
		fmt.Sprintf("give it monitor on the cluster and %s on %s*", strings.Join(neededPrivileges, ", "), e.names.Prefix))
}

// unguarded reports a cluster without authentication that other machines can
// reach.
func (e *examination) unguarded() {
	for _, address := range e.options.Addresses {
		if !isLocal(address) {
			e.note(storage.Degraded, aboutCluster, "it requires no credentials, so everybody who reaches it can read and change every user",
				"turn on its security (xpack.security.enabled), or make sure that only servers can reach it")
			return
		}
	}
}

// abandoned looks for claims that a server left when it died in the middle of a
// change, among those of the last day.
func (e *examination) abandoned(ctx context.Context) {
	const day = 24 * time.Hour
	settled := time.Now().Add(-2 * e.options.WriteDeadline).UnixMilli()
	stale := 0
	recent := clause{"range": clause{"at": clause{"gte": time.Now().Add(-day).UnixMilli(), "lt": settled}}}
	err := e.claims.Each(ctx, recent, func(keys []string, _ []records.Held) error {
		claims, owners, err := e.claims.Holders(ctx, keys)
		for i, h := range claims {
			if h.There() && !h.Confirmed(h.Key, owners[i]) {
				stale++
			}
		}
		return err
	})
	if err != nil {
		e.unseen(aboutNames, err)
		return
	}
	if stale > 0 {
		e.note(storage.Degraded, aboutNames, fmt.Sprintf("%d were left by servers that died in the middle of a change; a user who wants one of these names waits for a second", stale),
			"run: kuzzle doctor --repair")
	}
}

// Mend implements storage.Caretaker.
func (c *Care) Mend(ctx context.Context) ([]string, error) {
	done, err := c.Repair(ctx, time.Time{})
	if err != nil || done.Stale == 0 {
		return nil, err
	}
	return []string{fmt.Sprintf("of %d names %d had no owner; %d of those are free now", done.Claims, done.Stale, done.Removed)}, nil
}

// compactBatch is how many documents one step of Compact removes.
const compactBatch = 1000

// Compact implements storage.Caretaker. Elasticsearch rewrites its segments
// without deleted documents, except those that copies may still need, which it
// keeps for up to a minute.
func (c *Care) Compact(ctx context.Context, now time.Time) (done storage.Compacted, err error) {
	if done.Before, err = c.segmentBytes(ctx); err != nil {
		return done, err
	}
	for n := compactBatch; n == compactBatch; done.Removed += n {
		if n, err = c.Purge(ctx, now, compactBatch); err != nil {
			return done, err
		}
	}
	for _, of := range storage.Collections {
		for n := purgeAtOnce; n == purgeAtOnce; {
			if n, err = c.purgeTombstones(ctx, of); err != nil {
				return done, err
			}
		}
	}
	if err := c.expunge(ctx); err != nil {
		return done, c.cluster.Broken(ctx, err)
	}
	done.After, err = c.segmentBytes(ctx)
	return done, err
}

// expungeLook is how often Compact checks whether Elasticsearch has finished.
const expungeLook = 200 * time.Millisecond

// expunge rewrites segments without deleted documents. That may take longer than a
// request.
func (c *Care) expunge(ctx context.Context) error {
	names := strings.Join(c.names.Aliases(), ",")
	// Writes that are not on disk yet may be replayed, so they cannot be dropped.
	if err := c.cluster.Do(ctx, cluster.Post("/"+names+"/_flush", nil), nil); err != nil {
		return err
	}
	var task struct {
		ID string `json:"task"`
	}
	err := c.cluster.Do(ctx, cluster.Post("/"+names+"/_forcemerge?only_expunge_deletes=true&wait_for_completion=false", nil), &task)
	if err != nil {
		return err
	}
	for {
		var answer struct {
			Completed bool `json:"completed"`
		}
		err := c.cluster.Ask(ctx, cluster.Get("/_tasks/"+task.ID), &answer)
		if err != nil || answer.Completed {
			return err
		}
		if err := cluster.Pause(ctx, expungeLook); err != nil {
			return err
		}
	}
}

// bytes returns the size of the indexes on the disks of all nodes, as of the last
// ten seconds.
func (c *Care) bytes(ctx context.Context) (int64, error) {
	sizes, err := c.sizes(ctx, "store")
	return sizes.Store.Bytes, err
}

// segmentBytes returns the present size of all segments, including deleted
// documents.
func (c *Care) segmentBytes(ctx context.Context) (int64, error) {
	err := c.cluster.Ask(ctx, cluster.Post("/"+strings.Join(c.names.Aliases(), ",")+"/_refresh", nil), nil)
	if err != nil {
		return 0, c.cluster.Broken(ctx, err)
	}
	sizes, err := c.sizes(ctx, "docs")
	return sizes.Docs.Bytes, err
}

type indexSizes struct {
	Store struct {
		Bytes int64 `json:"size_in_bytes"`
	} `json:"store"`
	Docs struct {
		Bytes int64 `json:"total_size_in_bytes"`
	} `json:"docs"`
}

func (c *Care) sizes(ctx context.Context, metric string) (indexSizes, error) {
	var stats struct {
		All struct {
			Total indexSizes `json:"total"`
		} `json:"_all"`
	}
	err := c.cluster.Ask(ctx, cluster.Get("/"+strings.Join(c.names.Aliases(), ",")+"/_stats/"+metric), &stats)
	return stats.All.Total, c.cluster.Broken(ctx, err)
}

func isLocal(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
