package systemtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// storeVariable chooses the store of all servers here: "elasticsearch", or empty
// for the embedded one.
const storeVariable = "KUZZLE_TEST_STORE"

var prefixes atomic.Int64

// useCluster has a server store in indexes of its own, which go when the test
// ends, if the environment asks for it.
func useCluster(t *testing.T, cfg *config.Config) {
	t.Helper()
	if os.Getenv(storeVariable) != "elasticsearch" {
		return
	}
	addresses := strings.Split(os.Getenv(estest.Environment), ",")
	prefix := fmt.Sprintf("kuzzle-system-%d-%d-", os.Getpid(), prefixes.Add(1))
	cfg.Elasticsearch.Addresses, cfg.Elasticsearch.Prefix = addresses, prefix
	cfg.MasterKey = config.Secret(strings.Repeat("c0", 32))
	t.Cleanup(func() {
		store, err := elasticsearch.Open(context.Background(), elasticsearch.Options{Addresses: addresses, Prefix: prefix, RepairWithin: -1})
		if err == nil {
			err = errors.Join(store.Destroy(context.Background()), store.Close())
		}
		if err != nil {
			t.Error(err)
		}
	})
}
