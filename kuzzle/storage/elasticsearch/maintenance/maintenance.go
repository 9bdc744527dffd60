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

// Options of care.
type Options struct {
	// Addresses are URLs of nodes of the cluster.
	Addresses []string
	// Shards of each index.
	Shards int
	// Grace is how long an unconfirmed claim is left alone.
	Grace time.Duration
	// WriteDeadline ends a change.
	WriteDeadline time.Duration
	// TombstoneLife is how long a deleted document leaves a trace.
	TombstoneLife time.Duration
}

// Parts are those of the store that care looks at and works with.
type Parts struct {
	Cluster *cluster.Cluster
	Names   *layout.Names
	Setup   *setup.Setup
	Records *records.Records
	Queues  *bulkqueue.Queues
	Claims  *claims.Claims
	Commits *commits.Commits
}

// Care looks after a store.
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

// New makes the care of a store.
func New(p Parts, options Options) *Care {
	return &Care{
		cluster: p.Cluster, names: p.Names, setup: p.Setup, records: p.Records, queues: p.Queues,
		claims: p.Claims, commits: p.Commits, options: options,
	}
}

// Examine looks at a cluster as a store would use it, and makes nothing: no index,
// no document.
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

// What findings are about.
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

// setupFinding is why the cluster cannot be used at all.
func setupFinding(err error) storage.Finding { return asFinding(aboutCluster, err) }

func asFinding(about string, err error) storage.Finding {
	var setup *cluster.SetupError
	if !errors.As(err, &setup) {
		setup = &cluster.SetupError{Problem: "it cannot be examined", Remedy: "look at its health and log", Cause: err}
	}
	problem := setup.Problem
	if setup.Cause != nil {
		problem = cluster.OneLine(problem + " (" + setup.Cause.Error() + ")")
	}
	return storage.Finding{Level: storage.Misconfigured, About: about, Problem: problem, Remedy: setup.Remedy}
}

// examination gathers what is found.
type examination struct {
	*Care
	found []storage.Finding
	// store is the name of the store that the indexes say they are of.
	store string
}

func (e *examination) note(level storage.Level, about, problem, remedy string) {
	e.found = append(e.found, storage.Finding{Level: level, About: about, Problem: problem, Remedy: remedy})
}

// refused tells why a server would not start.
func (e *examination) refused(about string, err error) {
	e.found = append(e.found, asFinding(about, err))
}

// unseen tells of what could not be looked at.
func (e *examination) unseen(about string, err error) {
	e.note(storage.Degraded, about, "not everything could be looked at: "+err.Error(), "see that the account has the privilege monitor, and run this again")
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

// neededPrivileges are what Open and a server do with the indexes.
var neededPrivileges = []string{"manage", "read", "write"}

// privileges asks what the account may do. A cluster without security has no
// such question.
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

// unguarded tells of a cluster that asks nobody who they are, beyond this
// machine.
func (e *examination) unguarded() {
	for _, address := range e.options.Addresses {
		if !isLocal(address) {
			e.note(storage.Degraded, aboutCluster, "it asks for no credentials, so that whoever reaches it may read and change every user",
				"turn on its security (xpack.security.enabled), or see that only servers reach it")
			return
		}
	}
}

// abandoned looks for claims that a server left which died in the middle of a
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
		e.note(storage.Degraded, aboutNames, fmt.Sprintf("%d were left by servers that died in the middle of a change; who wants one waits for a second", stale),
			"run: kuzzle doctor --repair")
	}
}

// Mend implements storage.Caretaker.
func (c *Care) Mend(ctx context.Context) ([]string, error) {
	done, err := c.Repair(ctx, time.Time{})
	if err != nil || done.Stale == 0 {
		return nil, err
	}
	return []string{fmt.Sprintf("of %d names %d were held by nobody; %d of those are free now", done.Claims, done.Stale, done.Removed)}, nil
}

// compactBatch is how many documents one step of Compact removes.
const compactBatch = 1000

// Compact implements storage.Caretaker. What Elasticsearch marks as deleted is
// written out of its segments, but for what copies might still ask for, which it
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

// expungeLook is how often to look whether Elasticsearch has finished.
const expungeLook = 200 * time.Millisecond

// expunge has segments written anew without what is deleted. That may take
// longer than any request lasts.
func (c *Care) expunge(ctx context.Context) error {
	names := strings.Join(c.names.Aliases(), ",")
	// What is not on disk yet cannot be dropped, since it may be replayed.
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

// bytes is what the indexes take on the disks of all nodes, as it was within the
// last ten seconds.
func (c *Care) bytes(ctx context.Context) (int64, error) {
	sizes, err := c.sizes(ctx, "store")
	return sizes.Store.Bytes, err
}

// segmentBytes is the size of all segments as it is now, deleted documents
// included.
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
