package claims

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// clause is a query of Elasticsearch's.
type clause = map[string]any

// repairPage is how many claims Repair reads at once.
const repairPage = 500

// repairKeep is the maximum time for one page.
const repairKeep = "5m"

// Each calls pass with the claims of a search, a page at a time.
func (cs *Claims) Each(ctx context.Context, where clause, pass func(keys []string, found []records.Held) error) error {
	if err := cs.queues.RefreshIndex(ctx, layout.ClaimsIndex); err != nil {
		return err
	}
	var pit struct {
		ID string `json:"id"`
	}
	err := cs.cluster.Ask(ctx, cluster.Post("/"+cs.names.Index(layout.ClaimsIndex)+"/_pit?keep_alive="+repairKeep, nil), &pit)
	if err != nil {
		return cs.cluster.Broken(ctx, err)
	}
	defer cs.records.ClosePoint(pit.ID)
	query := clause{
		"size": repairPage, "track_total_hits": false, "pit": clause{"id": pit.ID, "keep_alive": repairKeep},
		"query": where, "sort": []any{clause{"at": "asc"}},
	}
	for {
		found, last, err := cs.claimsOf(ctx, query)
		if err != nil || len(found) == 0 {
			return err
		}
		keys := make([]string, len(found))
		for i, h := range found {
			keys[i] = h.Key
		}
		if err := pass(keys, found); err != nil {
			return err
		}
		query["search_after"] = last
	}
}

// claimsOf returns the claims that a query finds, and the sort values of the
// last one.
func (cs *Claims) claimsOf(ctx context.Context, query clause) (found []records.Held, last []any, err error) {
	page, err := cs.records.FindAt(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	for _, hit := range page.Hits {
		h, err := records.Got{Found: true, Source: hit.Source}.Held(hit.ID)
		if err != nil {
			return nil, nil, err
		}
		found, last = append(found, h), hit.Sort
	}
	return found, last, nil
}
