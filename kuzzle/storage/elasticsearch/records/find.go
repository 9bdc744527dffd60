package records

import (
	"context"
	"encoding/json"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
)

// clause is a query of Elasticsearch's.
type clause = map[string]any

// Hit is a record that a search of the engine itself found.
type Hit struct {
	ID     string          `json:"_id"`
	Seq    int64           `json:"_seq_no"`
	Term   int64           `json:"_primary_term"`
	Source json.RawMessage `json:"_source"`
	Sort   []any           `json:"sort"`
}

// State returns the record's state.
func (h Hit) State() (State, error) {
	return Got{Found: true, Seq: h.Seq, Term: h.Term, Source: h.Source}.State()
}

// finds is the answer to such a search.
type finds struct {
	Total struct {
		Value int64 `json:"value"`
	} `json:"total"`
	Hits []Hit `json:"hits"`
}

// Find returns the records that a query of the engine itself finds in a
// collection. A shard that does not answer is an error: copying, repairing and
// counting must not mistake a part for the whole.
func (rs *Records) Find(ctx context.Context, of storage.Collection, query clause) (finds, error) {
	return rs.findBy(ctx, "/"+rs.names.Index(string(of))+"/_search?allow_partial_search_results=false", query)
}

// FindAt is like Find, in the point in time that the query names, which was
// opened for all shards or not at all.
func (rs *Records) FindAt(ctx context.Context, query clause) (finds, error) {
	return rs.findBy(ctx, "/_search", query)
}

// FindSome is like Find with a maximum number of records, which may be large:
// it returns the first of them, as many as fit.
func (rs *Records) FindSome(ctx context.Context, of storage.Collection, query clause, most int) (finds, error) {
	shrunk := false
	for next := rs.Portions.First(of, most); ; {
		query["size"] = int(next)
		found, err := rs.Find(ctx, of, query)
		if next.Shrink(err) {
			shrunk = true
			continue
		}
		if err == nil {
			rs.Portions.Note(of, next, shrunk)
		}
		return found, err
	}
}

func (rs *Records) findBy(ctx context.Context, path string, query clause) (finds, error) {
	body, err := cluster.Encode(query)
	if err != nil {
		return finds{}, err
	}
	var answer struct {
		Hits finds `json:"hits"`
	}
	size, _ := query["size"].(int)
	err = rs.cluster.Bound(size).Ask(ctx, cluster.Post(path, body), &answer)
	return answer.Hits, rs.cluster.Broken(ctx, err)
}

// Count returns how many documents a search would find.
func (rs *Records) Count(ctx context.Context, of storage.Collection, where clause) (int64, error) {
	found, err := rs.Find(ctx, of, clause{"size": 0, "track_total_hits": true, "query": Filtered(where)})
	return found.Total.Value, err
}

// Filtered restricts a condition to live documents.
func Filtered(where map[string]any) map[string]any {
	live := map[string]any{"term": map[string]any{"live": true}}
	if where == nil {
		return live
	}
	return map[string]any{"bool": map[string]any{"filter": []any{live, where}}}
}

// ClosePoint closes a point in time; one that stays open expires.
func (rs *Records) ClosePoint(pit string) {
	ctx, cancel := context.WithTimeout(context.Background(), cluster.HealthTime)
	defer cancel()
	body, err := cluster.Encode(clause{"id": pit})
	if err == nil {
		_ = rs.cluster.Do(ctx, cluster.Delete("/_pit", body), nil)
	}
}
