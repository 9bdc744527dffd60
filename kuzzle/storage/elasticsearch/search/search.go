package search

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/compile"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/schemas"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// clause is a query of Elasticsearch's.
type clause = map[string]any

// Options configure searching.
type Options struct {
	// Timeout ends a search with storage.ErrTimeout.
	Timeout time.Duration
}

// Searches answers searches and scrolls.
type Searches struct {
	cluster *cluster.Cluster
	names   *layout.Names
	records *records.Records
	queues  *bulkqueue.Queues
	schemas *schemas.Schemas
	options Options
	// stopping ends the searches under way.
	stopping context.Context
	cursors  cursors
}

// New returns the searches of a store, which end with stopping.
func New(stopping context.Context, c *cluster.Cluster, names *layout.Names, r *records.Records, l *bulkqueue.Queues, s *schemas.Schemas, options Options) *Searches {
	return &Searches{cluster: c, names: names, records: r, queues: l, schemas: s, options: options, stopping: stopping}
}

// request is a prepared search: the request to Elasticsearch, and how its answer is
// read.
type request struct {
	in      storage.Collection
	body    clause
	order   *compile.Order
	tallies []compile.Tally
	// size is how many hits are wanted, after the skipped ones.
	size, skip int
	// uncounted leaves out the total number of hits.
	uncounted bool
}

// counts returns how many hits are counted: true for all of them.
func counts(what query.Search) any {
	if what.Uncounted && what.Enough > 0 {
		return what.Enough
	}
	return !what.Uncounted
}

// Search implements storage.Store.
func (ss *Searches) Search(ctx context.Context, in storage.Collection, what query.Search) (storage.Page, error) {
	if err := storage.CheckPage(what); err != nil {
		return storage.Page{}, err
	}
	if err := ss.searchable(ctx, in); err != nil {
		return storage.Page{}, err
	}
	r, err := ss.compile(in, what)
	if err != nil {
		return storage.Page{}, err
	}
	found, err := ss.search(ctx, r, []string{ss.names.Index(string(in))})
	return found.page, err
}

func (ss *Searches) searchable(ctx context.Context, in storage.Collection) error {
	if err := ss.records.Usable(ctx, in); err != nil {
		return err
	}
	if !mapping.Searchable(in) {
		return fmt.Errorf("elasticsearch: collection %q is not searched", in)
	}
	return nil
}

func (ss *Searches) compile(in storage.Collection, what query.Search) (*request, error) {
	c := &compile.Compiler{Of: in, Schema: ss.schemas.Known(in).Schema, Now: time.Now()}
	where, err := query.Translate(what.Where, c)
	if err != nil {
		return nil, err
	}
	r := &request{in: in, size: what.Size, uncounted: counts(what) == false}
	if r.order, err = c.Order(what); err != nil {
		return nil, err
	}
	if r.tallies, err = c.Tallies(what.Aggregations); err != nil {
		return nil, err
	}
	source := any([]string{"ver", "content", "account"})
	if what.Bare {
		source = false
	}
	r.body = clause{
		"query": records.Filtered(where), "sort": r.order.Body(), "track_total_hits": counts(what),
		"_source": source, "timeout": fmt.Sprintf("%dms", ss.options.Timeout.Milliseconds()),
	}
	if aggregations := compile.AggregationsOf(r.tallies); len(aggregations) > 0 {
		r.body["aggs"] = aggregations
	}
	switch {
	case r.order.After == nil:
		r.body["from"] = what.From
	default:
		// Elasticsearch does not accept both.
		r.body["search_after"], r.skip = r.order.After, what.From
	}
	return r, nil
}

type searchAnswer struct {
	TimedOut bool   `json:"timed_out"`
	PIT      string `json:"pit_id"`
	Hits     struct {
		Total struct {
			Value    int64  `json:"value"`
			Relation string `json:"relation"`
		} `json:"total"`
		Hits []struct {
			ID     string         `json:"_id"`
			Source records.Record `json:"_source"`
			Sort   []any          `json:"sort"`
		} `json:"hits"`
	} `json:"hits"`
	Aggregations map[string]compile.BucketAnswer `json:"aggregations"`
}

// sought is a page, and the position for a scroll to continue: the last hit's sort
// values as Elasticsearch writes them, and the point in time.
type sought struct {
	page storage.Page
	last []any
	pit  string
}

// search reads a page in as many requests as its size in bytes needs: usually one.
func (ss *Searches) search(ctx context.Context, r *request, indexes []string) (found sought, err error) {
	limited, cancel := context.WithTimeoutCause(ctx, ss.options.Timeout+time.Second, errSearchTimeout)
	defer cancel()
	defer context.AfterFunc(ss.stopping, cancel)()
	x := &searching{Searches: ss, request: r, indexes: indexes, body: maps.Clone(r.body)}
	x.page.Hits = []storage.Hit{}
	err = x.skipped(limited)
	if err == nil {
		err = x.read(limited)
	}
	switch {
	case err == nil:
		return x.sought, nil
	case ctx.Err() != nil:
		return sought{}, ctx.Err()
	case ss.stopping.Err() != nil:
		return sought{}, storage.ErrUnavailable.New()
	case !errors.Is(err, errSearchTimeout) && ss.cluster.Silent():
		return sought{}, cluster.Unavailable(err)
	case overdue(limited, err):
		return sought{}, storage.ErrTimeout.New()
	}
	return sought{}, ss.searchFailed(err)
}

// overdue reports whether an error means that the search takes too long.
func overdue(ctx context.Context, err error) bool {
	return err != nil && (errors.Is(err, errSearchTimeout) || errors.Is(context.Cause(ctx), errSearchTimeout))
}

// searching is a running search.
type searching struct {
	*Searches
	*request
	sought
	indexes []string
	// body is the next request.
	body clause
}

// ask sends one request for a number of hits.
func (x *searching) ask(ctx context.Context, size int) (*searchAnswer, error) {
	x.body["size"] = size
	body, err := cluster.Encode(x.body)
	if err != nil {
		return nil, err
	}
	answer := &searchAnswer{}
	path := "/_search" // in a point in time, which was opened for all shards
	if x.indexes != nil {
		path = "/" + strings.Join(x.indexes, ",") + "/_search?allow_partial_search_results=false"
	}
	err = x.cluster.Bound(size).Ask(ctx, cluster.Post(path, body), answer)
	if err == nil && answer.TimedOut {
		err = errSearchTimeout
	}
	if err == nil && answer.PIT != "" {
		x.pit = answer.PIT
	}
	return answer, err
}

// bare requests a number of hits without their documents, after those read so far.
func (x *searching) bare(ctx context.Context, size int) (*searchAnswer, error) {
	whole := x.body
	defer func() { x.body = whole }()
	x.body = maps.Clone(whole)
	delete(x.body, "aggs")
	x.body["_source"], x.body["track_total_hits"] = false, false
	return x.ask(ctx, size)
}

// skipped skips hits: Elasticsearch itself can skip only at the beginning of a
// search.
func (x *searching) skipped(ctx context.Context) error {
	if x.skip == 0 {
		return nil
	}
	answer, err := x.bare(ctx, x.skip)
	if err == nil && len(answer.Hits.Hits) > 0 {
		x.body["search_after"] = answer.Hits.Hits[len(answer.Hits.Hits)-1].Sort
	}
	return err
}

// read reads the page. A timeout ends a page that already has hits.
func (x *searching) read(ctx context.Context) error {
	shrunk := false
	for next := x.records.Portions.First(x.in, min(x.size, cluster.FirstPart)); ; {
		answer, err := x.ask(ctx, int(next))
		if next.Shrink(err) {
			shrunk = true
			x.records.Portions.Note(x.in, next, shrunk)
			continue
		}
		if overdue(ctx, err) { // perhaps because there is so much to read
			x.records.Portions.Note(x.in, next.Less(), true)
		}
		if len(x.page.Hits) > 0 && overdue(ctx, err) {
			x.page.Partial = true
			return nil
		}
		if err != nil {
			return err
		}
		if len(x.page.Hits) == 0 {
			x.page.Total, x.page.Aggregations = answer.Hits.Total.Value, compile.Summaries(x.tallies, answer.Aggregations)
			x.page.More = answer.Hits.Total.Relation == "gte"
			if x.uncounted {
				x.page.Total = storage.Uncounted
			}
			x.records.Portions.Note(x.in, next, shrunk)
		}
		if !x.add(answer) || len(answer.Hits.Hits) < int(next) || len(x.page.Hits) >= x.size {
			return nil
		}
		x.goOn()
		if x.page.Room() == 0 {
			return x.cut(ctx)
		}
		next.Follow(len(x.page.Hits), storage.PageBytes-x.page.Room(), x.page.Room())
		next = min(next, cluster.Portion(x.size-len(x.page.Hits)))
	}
}

// add appends the hits of an answer, and reports whether the page had room for all.
func (x *searching) add(answer *searchAnswer) bool {
	for _, hit := range answer.Hits.Hits {
		fits := x.page.Add(storage.Hit{
			ID: hit.ID, Version: hit.Source.Version, Content: records.Raw(hit.Source.Content), Account: records.Raw(hit.Source.Account),
			Sort: x.order.Values(hit.Sort, hit.ID),
		})
		if !fits {
			return false
		}
		x.last = hit.Sort
	}
	return true
}

// goOn makes the next request continue after the last hit.
func (x *searching) goOn() {
	delete(x.body, "from")
	delete(x.body, "aggs")
	x.body["track_total_hits"], x.body["search_after"] = false, x.last
	if x.pit != "" {
		pit, _ := x.body["pit"].(clause)
		x.body["pit"] = clause{"id": x.pit, "keep_alive": pit["keep_alive"]}
	}
}

// cut makes a full page Partial if more hits follow, or if checking that takes too
// long.
func (x *searching) cut(ctx context.Context) error {
	answer, err := x.bare(ctx, 1)
	if err != nil && !overdue(ctx, err) {
		return err
	}
	x.page.Partial = err != nil || len(answer.Hits.Hits) > 0
	return nil
}

var errSearchTimeout = errors.New("elasticsearch: the search took too long")

func (ss *Searches) searchFailed(err error) error {
	var refused *cluster.AnswerError
	if errors.As(err, &refused) && refused.Status == http.StatusBadRequest && refused.Kind != cluster.ClosedIndex {
		return storage.ErrBadRequest.New("the search has more parts than the cluster accepts").Because(err)
	}
	return ss.cluster.Broken(context.Background(), err)
}
