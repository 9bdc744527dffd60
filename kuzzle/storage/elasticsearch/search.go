package elasticsearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// request is a search made ready: what Elasticsearch is asked, and how its
// answer is read.
type request struct {
	body    clause
	order   *order
	tallies []tally
	skip    int
}

// Search implements storage.Store.
func (s *Store) Search(ctx context.Context, in storage.Collection, what query.Search) (storage.Page, error) {
	if err := storage.CheckPage(what); err != nil {
		return storage.Page{}, err
	}
	if err := s.searchable(ctx, in); err != nil {
		return storage.Page{}, err
	}
	r, err := s.compile(in, what)
	if err != nil {
		return storage.Page{}, err
	}
	page, _, err := s.search(ctx, r, []string{s.index(string(in))})
	return page, err
}

func (s *Store) searchable(ctx context.Context, in storage.Collection) error {
	if err := s.usable(ctx, in); err != nil {
		return err
	}
	if !mapping.Searchable(in) {
		return fmt.Errorf("elasticsearch: collection %q is not searched", in)
	}
	return nil
}

func (s *Store) compile(in storage.Collection, what query.Search) (*request, error) {
	c := &compiler{schema: s.known(in).schema, now: time.Now()}
	where, err := query.Translate(what.Where, c)
	if err != nil {
		return nil, err
	}
	r := &request{}
	if r.order, err = c.order(what); err != nil {
		return nil, err
	}
	if r.tallies, err = c.tallies(what.Aggregations); err != nil {
		return nil, err
	}
	r.body = clause{
		"query": filtered(where), "sort": r.order.body(), "size": what.Size, "track_total_hits": true,
		"_source": []string{"ver", "content", "account"}, "timeout": fmt.Sprintf("%dms", s.options.SearchTimeout.Milliseconds()),
	}
	if aggregations := aggregationsOf(r.tallies); len(aggregations) > 0 {
		r.body["aggs"] = aggregations
	}
	switch {
	case r.order.after == nil:
		r.body["from"] = what.From
	default:
		// Elasticsearch does not take both.
		r.body["search_after"], r.body["size"], r.skip = r.order.after, what.From+what.Size, what.From
	}
	return r, nil
}

type searchAnswer struct {
	TimedOut bool   `json:"timed_out"`
	PIT      string `json:"pit_id"`
	Hits     struct {
		Total struct {
			Value int64 `json:"value"`
		} `json:"total"`
		Hits []struct {
			ID     string `json:"_id"`
			Source record `json:"_source"`
			Sort   []any  `json:"sort"`
		} `json:"hits"`
	} `json:"hits"`
	Aggregations map[string]bucketAnswer `json:"aggregations"`
}

// search asks and reads the answer; the last hit's place in the order comes as
// Elasticsearch writes it.
func (s *Store) search(ctx context.Context, r *request, indexes []string) (storage.Page, *searchAnswer, error) {
	body, err := encode(r.body)
	if err != nil {
		return storage.Page{}, nil, err
	}
	limited, cancel := context.WithTimeoutCause(ctx, s.options.SearchTimeout+time.Second, errSearchTimeout)
	defer cancel()
	defer context.AfterFunc(s.stopping, cancel)()
	partial := false
	var answer searchAnswer
	err = s.cluster.ask(limited, func() esapi.Request {
		request := esapi.SearchRequest{Index: indexes, Body: bytes.NewReader(body)}
		request.AllowPartialSearchResults = &partial
		if indexes == nil {
			request.AllowPartialSearchResults = nil // is not for a point in time
		}
		return request
	}, &answer)
	switch {
	case err == nil && !answer.TimedOut:
	case ctx.Err() != nil:
		return storage.Page{}, nil, ctx.Err()
	case s.stopping.Err() != nil:
		return storage.Page{}, nil, storage.ErrUnavailable.New()
	case err != nil && s.cluster.nodes.silent():
		return storage.Page{}, nil, unavailable(err)
	case err == nil, errors.Is(context.Cause(limited), errSearchTimeout):
		return storage.Page{}, nil, storage.ErrTimeout.New()
	default:
		return storage.Page{}, nil, s.searchFailed(err)
	}
	page := storage.Page{Total: answer.Hits.Total.Value, Hits: make([]storage.Hit, 0, len(answer.Hits.Hits))}
	for _, hit := range answer.Hits.Hits[min(r.skip, len(answer.Hits.Hits)):] {
		fits := page.Add(storage.Hit{
			ID: hit.ID, Version: hit.Source.Version, Content: raw(hit.Source.Content), Account: raw(hit.Source.Account),
			Sort: r.order.values(hit.Sort, hit.ID),
		})
		if !fits {
			break
		}
	}
	page.Aggregations = summaries(r.tallies, answer.Aggregations)
	return page, &answer, nil
}

var errSearchTimeout = errors.New("elasticsearch: the search took too long")

func (s *Store) searchFailed(err error) error {
	var refused *answerError
	if errors.As(err, &refused) && refused.status == http.StatusBadRequest && refused.kind != closedIndex {
		return storage.ErrBadRequest.New("the search has more parts than the cluster takes").Because(err)
	}
	return s.broken(context.Background(), err)
}

// bucketAnswer is an aggregation's answer, of either kind.
type bucketAnswer struct {
	Value   json.Number `json:"value"`
	Others  int64       `json:"sum_other_doc_count"`
	Error   int64       `json:"doc_count_error_upper_bound"`
	Buckets []struct {
		Key   any   `json:"key"`
		Count int64 `json:"doc_count"`
	} `json:"buckets"`
}
