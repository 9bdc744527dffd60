package elasticsearch

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// hit is a record that a search of the engine's own found.
type hit struct {
	ID     string          `json:"_id"`
	Seq    int64           `json:"_seq_no"`
	Term   int64           `json:"_primary_term"`
	Source json.RawMessage `json:"_source"`
	Sort   []any           `json:"sort"`
}

// state is what the record says.
func (h hit) state() (state, error) {
	return got{Found: true, Seq: h.Seq, Term: h.Term, Source: h.Source}.state()
}

// finds is the answer to such a search.
type finds struct {
	Total struct {
		Value int64 `json:"value"`
	} `json:"total"`
	Hits []hit `json:"hits"`
}

// find answers what a query of the engine's own finds in a collection. A shard
// that does not answer is an error: who copies, repairs or counts must not take
// a part for the whole.
func (s *Store) find(ctx context.Context, of storage.Collection, query clause) (finds, error) {
	whole := false
	return s.findBy(ctx, esapi.SearchRequest{Index: []string{s.index(string(of))}, AllowPartialSearchResults: &whole}, query)
}

// findAt is find in the point in time that the query names, which was opened
// for all shards or not at all.
func (s *Store) findAt(ctx context.Context, query clause) (finds, error) {
	return s.findBy(ctx, esapi.SearchRequest{}, query)
}

// findSome is find for at most so many records, which may be large: it answers
// the first of them, as many as fit.
func (s *Store) findSome(ctx context.Context, of storage.Collection, query clause, most int) (finds, error) {
	shrunk := false
	for next := s.portions.first(of, most); ; {
		query["size"] = int(next)
		found, err := s.find(ctx, of, query)
		if next.shrink(err) {
			shrunk = true
			continue
		}
		if err == nil {
			s.portions.note(of, next, shrunk)
		}
		return found, err
	}
}

func (s *Store) findBy(ctx context.Context, request esapi.SearchRequest, query clause) (finds, error) {
	body, err := encode(query)
	if err != nil {
		return finds{}, err
	}
	var answer struct {
		Hits finds `json:"hits"`
	}
	size, _ := query["size"].(int)
	err = s.cluster.bound(size).ask(ctx, func() esapi.Request {
		request.Body = bytes.NewReader(body)
		return request
	}, &answer)
	return answer.Hits, s.broken(ctx, err)
}

// count answers how many documents a search would find.
func (s *Store) count(ctx context.Context, of storage.Collection, where clause) (int64, error) {
	found, err := s.find(ctx, of, clause{"size": 0, "track_total_hits": true, "query": filtered(where)})
	return found.Total.Value, err
}
