package bulkqueue

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
)

// How long Elasticsearch itself waits for a shard that is about to return, at each
// attempt to write: primaryTimeout, or sharedTimeout if others wait for the same
// answer. The cluster also adds new fields in that time.
const (
	primaryTimeout = time.Second
	sharedTimeout  = 100 * time.Millisecond
)

// Refresh implements storage.Store.
func (ls *Queues) Refresh(ctx context.Context, of storage.Collection) error {
	if err := ls.records.Usable(ctx, of); err != nil {
		return err
	}
	return ls.RefreshIndex(ctx, string(of))
}

// RefreshIndex makes the whole of an index visible. Elasticsearch alone would wait a
// minute for a missing shard, and then report success without it.
func (ls *Queues) RefreshIndex(ctx context.Context, index string) error {
	name := ls.names.Index(index)
	health := fmt.Sprintf("/_cluster/health/%s?wait_for_status=yellow&timeout=%dms", name, primaryTimeout.Milliseconds())
	err := ls.cluster.DoWithin(ctx, cluster.HealthTime, cluster.Get(health), nil)
	if cluster.IsStatus(err, http.StatusRequestTimeout) {
		return cluster.Unavailable(fmt.Errorf("elasticsearch: the index %s is red or gone", index))
	}
	var answer struct {
		Shards struct {
			Failed int `json:"failed"`
		} `json:"_shards"`
	}
	err = ls.cluster.Ask(ctx, cluster.Post("/"+name+"/_refresh", nil), &answer)
	if err == nil && answer.Shards.Failed > 0 {
		err = cluster.Unavailable(fmt.Errorf("elasticsearch: %d shards of the index %s were not refreshed", answer.Shards.Failed, index))
	}
	return ls.cluster.Broken(ctx, err)
}
