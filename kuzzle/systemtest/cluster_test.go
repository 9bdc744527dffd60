package systemtest

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// storeVariable chooses the store of all servers here: "elasticsearch", or empty
// for the embedded one.
const storeVariable = "KUZZLE_TEST_STORE"

var prefixes = estest.NewPrefixes("system")

func onCluster() bool { return os.Getenv(storeVariable) == "elasticsearch" }

// cluster is the node that the environment names.
func cluster() *estest.Node {
	return &estest.Node{Addresses: strings.Split(os.Getenv(estest.Environment), ",")}
}

// useCluster has a server store in indexes that are empty and its own until the
// test ends, if the environment asks for it.
func useCluster(t *testing.T, cfg *config.Config) {
	t.Helper()
	if onCluster() {
		cfg.Elasticsearch.Addresses, cfg.Elasticsearch.Prefix = cluster().Addresses, prefixes.Lend(t, cluster())
		cfg.MasterKey = config.Secret(strings.Repeat("c0", 32))
		// The node has many tests at once.
		cfg.Limits.SearchTimeout = config.Duration(time.Minute)
	}
}
