package elasticsearch

import (
	"context"
	"fmt"
	"net/http"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Refresh implements storage.Store.
func (s *Store) Refresh(ctx context.Context, of storage.Collection) error {
	if err := s.usable(ctx, of); err != nil {
		return err
	}
	return s.refresh(ctx, string(of))
}

// refresh makes the whole of an index visible. Elasticsearch would wait a minute
// for a shard that is nowhere, and then answer that all went well without it.
func (s *Store) refresh(ctx context.Context, index string) error {
	names := []string{s.index(index)}
	err := s.cluster.doWithin(ctx, healthTime, esapi.ClusterHealthRequest{Index: names, WaitForStatus: "yellow", Timeout: primaryTimeout}, nil)
	if isStatus(err, http.StatusRequestTimeout) {
		return unavailable(fmt.Errorf("elasticsearch: the index %s is red or gone", index))
	}
	var answer struct {
		Shards struct {
			Failed int `json:"failed"`
		} `json:"_shards"`
	}
	err = s.cluster.ask(ctx, func() esapi.Request { return esapi.IndicesRefreshRequest{Index: names} }, &answer)
	if err == nil && answer.Shards.Failed > 0 {
		err = unavailable(fmt.Errorf("elasticsearch: %d shards of the index %s were not refreshed", answer.Shards.Failed, index))
	}
	return s.broken(ctx, err)
}
