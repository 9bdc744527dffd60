//go:build long

package losstest

import (
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// TestGrowthOnElasticsearch is TestGrowth with both servers on one cluster.
func TestGrowthOnElasticsearch(t *testing.T) {
	size, node := sized(t), estest.ForTest(t)
	t.Setenv("KUZZLE_MASTER_KEY", strings.Repeat("7", 64))
	compareSizes(t, size, populated(t, clusteredOn(t, node), fewUsers), populated(t, clusteredOn(t, node), size.users))
}

// TestLargeUpdatesOnElasticsearch is TestLargeUpdates on a cluster.
func TestLargeUpdatesOnElasticsearch(t *testing.T) {
	t.Setenv("KUZZLE_MASTER_KEY", strings.Repeat("7", 64))
	updateLarge(t, clusteredOn(t, estest.ForTest(t)), mostClustered)
}
